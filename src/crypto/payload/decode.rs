//! Reading a payload back, strictly: at the desk only.
//!
//! Accepts exactly what the encoder writes: the smallest bucket that fits, zeros behind the body,
//! known words, no bytes left over.

use super::{CORRECTS, LENGTH_LEN, ONCE, QUARANTINE, REQUEST, bucket_for};
use crate::crypto::wire::Reader;
use crate::domain::attribution::AttributionKey;
use crate::domain::field::FieldKind;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::request::RequestKind;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;

/// Reads a padded payload; nothing when it is not canonical.
pub(in crate::crypto) fn decode_padded(payload: &[u8]) -> Option<Submission> {
    let body_len = usize::try_from(Reader::new(payload).u32()?).ok()?;
    if bucket_for(body_len)? != payload.len() {
        return None;
    }
    let (body, padding) = payload[LENGTH_LEN..].split_at_checked(body_len)?;
    if padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut reader = Reader::new(body);
    let submission = read_submission(&mut reader)?;
    reader.end()?;
    Some(submission)
}

/// Reads one value; nothing when it is not canonical.
pub(in crate::crypto) fn decode_value(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader::new(bytes);
    let value = read_value(&mut reader)?;
    reader.end()?;
    Some(value)
}

fn read_submission(reader: &mut Reader<'_>) -> Option<Submission> {
    let lang = read_lang(reader)?;
    let parts = reader.u8().filter(|parts| parts & !(CORRECTS | ONCE | QUARANTINE | REQUEST) == 0)?;
    let has = |part: u8| parts & part != 0;
    Some(Submission {
        lang,
        corrects: if has(CORRECTS) { Some(Token::from_bytes(reader.array()?)) } else { None },
        once: if has(ONCE) { Some(reader.array()?) } else { None },
        quarantine: if has(QUARANTINE) { read_reasons(reader)? } else { Vec::new() },
        request: if has(REQUEST) { Some(RequestKind::from_word(reader.word()?)?) } else { None },
        answers: read_list(reader, read_answer)?,
        consents: read_list(reader, read_consent)?,
        attribution: read_list(reader, |r| Some((AttributionKey::from_word(r.word()?)?, read_pii(r)?)))?,
    })
}

/// At least one reason, each once and in the list's order.
fn read_reasons(reader: &mut Reader<'_>) -> Option<Vec<Suspicion>> {
    let reasons = read_list(reader, |r| Suspicion::from_word(r.word()?))?;
    (!reasons.is_empty() && reasons.is_sorted_by(|one, next| one < next)).then_some(reasons)
}

/// A count and as many items. Grows with the items that are there, not with what the count says.
fn read_list<'a, T>(reader: &mut Reader<'a>, item: impl Fn(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
    let count = reader.u32()?;
    (0..count).map(|_| item(reader)).collect()
}

fn read_answer(reader: &mut Reader<'_>) -> Option<Answer> {
    Some(Answer {
        field: reader.word()?.parse().ok()?,
        kind: FieldKind::from_word(reader.word()?)?,
        value: read_value(reader)?,
    })
}

fn read_value(reader: &mut Reader<'_>) -> Option<Value> {
    match reader.u8()? {
        0 => Some(Value::One(read_pii(reader)?)),
        1 => Some(Value::Name { family: read_pii(reader)?, given: read_pii(reader)? }),
        2 => Some(Value::Many(read_list(reader, read_pii)?)),
        _ => None,
    }
}

fn read_consent(reader: &mut Reader<'_>) -> Option<ConsentRecord> {
    Some(ConsentRecord {
        field: reader.word()?.parse().ok()?,
        purpose: read_text(reader)?.to_owned(),
        version: read_text(reader)?.to_owned(),
        text: read_text(reader)?.to_owned(),
        lang: read_lang(reader)?,
        granted: match reader.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        },
    })
}

/// Exactly a tag: `ja-JP` also names a language, but is not how one is written here.
fn read_lang(reader: &mut Reader<'_>) -> Option<Lang> {
    let tag = reader.word()?;
    Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
}

fn read_pii(reader: &mut Reader<'_>) -> Option<Pii<String>> {
    read_text(reader).map(Pii::from)
}

fn read_text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    std::str::from_utf8(reader.long()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::one),
            any::<(String, String)>()
                .prop_map(|(family, given)| Value::Name { family: Pii::new(family), given: Pii::new(given) }),
            proptest::collection::vec(any::<String>(), 0..4)
                .prop_map(|texts| Value::Many(texts.into_iter().map(Pii::new).collect())),
        ]
    }

    fn answer() -> impl Strategy<Value = Answer> {
        ("[a-z][a-z0-9_-]{0,39}", 0..FieldKind::ALL.len(), value()).prop_map(|(field, kind, value)| Answer {
            field: field.parse().unwrap(),
            kind: FieldKind::ALL[kind],
            value,
        })
    }

    fn consent() -> impl Strategy<Value = ConsentRecord> {
        ("[a-z]{1,8}", any::<String>(), any::<String>(), any::<String>(), any::<(bool, bool)>()).prop_map(
            |(field, purpose, version, text, (ja, granted))| ConsentRecord {
                field: field.parse().unwrap(),
                purpose,
                version,
                text,
                lang: if ja { Lang::Ja } else { Lang::En },
                granted,
            },
        )
    }

    fn submission() -> impl Strategy<Value = Submission> {
        let attribution = (0..AttributionKey::ALL.len(), any::<String>())
            .prop_map(|(key, text)| (AttributionKey::ALL[key], Pii::new(text)));
        (
            any::<bool>(),
            proptest::collection::vec(answer(), 0..6),
            proptest::collection::vec(consent(), 0..3),
            proptest::collection::vec(attribution, 0..4),
            any::<Option<[u8; 20]>>(),
            any::<Option<[u8; 32]>>(),
            proptest::sample::subsequence(&Suspicion::ALL[..], 0..4),
            proptest::option::of(proptest::sample::select(&RequestKind::ALL[..])),
        )
            .prop_map(|(ja, answers, consents, attribution, corrects, once, quarantine, request)| Submission {
                lang: if ja { Lang::Ja } else { Lang::En },
                answers,
                consents,
                attribution,
                corrects: corrects.map(Token::from_bytes),
                once,
                quarantine,
                request,
            })
    }

    fn padded(submission: &Submission) -> Vec<u8> {
        let mut out = Vec::new();
        append_padded(submission, padded_len(submission).unwrap(), &mut out);
        out
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(submission in submission()) {
            let bytes = padded(&submission);
            prop_assert!(is_bucket(bytes.len()));
            prop_assert_eq!(decode_padded(&bytes), Some(submission));
        }

        #[test]
        fn different_submissions_have_different_bytes(one in submission(), other in submission()) {
            prop_assert_eq!(one == other, encode(&one) == encode(&other));
        }

        #[test]
        fn what_reads_is_canonical(submission in submission(), at: usize, to: u8) {
            let mut bytes = padded(&submission);
            let at = at % bytes.len();
            bytes[at] = to;
            if let Some(read) = decode_padded(&bytes) {
                prop_assert_eq!(padded(&read), bytes);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 1024)) {
            let _ = decode_value(&bytes);
            let _ = decode_padded(&bytes);
            // A length that fits, so that the body itself is read.
            bytes[..4].copy_from_slice(&1000u32.to_be_bytes());
            bytes[1004..].fill(0);
            let _ = decode_padded(&bytes);
        }
    }

    fn of_text(len: usize) -> Submission {
        let answer =
            Answer { field: "message".parse().unwrap(), kind: FieldKind::Textarea, value: Value::one("a".repeat(len)) };
        Submission {
            lang: Lang::Ja,
            answers: vec![answer],
            consents: vec![],
            attribution: vec![],
            corrects: None,
            once: None,
            quarantine: Vec::new(),
            request: None,
        }
    }

    #[test]
    fn sizes_are_powers_of_two_from_1_kib_to_512_kib() {
        assert_eq!(padded_len(&of_text(1)), Some(1024));
        assert_eq!(padded_len(&of_text(1024)), Some(2048));
        let frame = encoded_len(&of_text(0)) + LENGTH_LEN;
        assert_eq!(padded_len(&of_text(1024 - frame)), Some(1024));
        assert_eq!(padded_len(&of_text(1025 - frame)), Some(2048));
        assert_eq!(padded_len(&of_text(512 * 1024 - frame)), Some(512 * 1024));
        assert_eq!(padded_len(&of_text(512 * 1024 - frame + 1)), None);
    }

    #[test]
    fn padding_that_is_not_zero_or_not_minimal_is_refused() {
        let submission = of_text(1);
        let mut dirty = padded(&submission);
        *dirty.last_mut().unwrap() = 1;
        assert_eq!(decode_padded(&dirty), None);
        let mut wide = padded(&submission);
        wide.resize(2048, 0);
        assert_eq!(decode_padded(&wide), None);
    }

    #[test]
    fn another_spelling_of_a_language_is_refused() {
        let mut body = encode(&of_text(1)).to_vec();
        assert_eq!(body[..3], *b"\x02ja");
        body.splice(..3, *b"\x05ja-JP");
        let mut payload = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        payload.extend_from_slice(&body);
        payload.resize(1024, 0);
        assert_eq!(decode_padded(&payload), None);
    }
}
