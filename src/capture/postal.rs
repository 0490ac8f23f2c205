//! Japanese postal codes for the page's script, in parts of one three-digit prefix each.
//!
//! The table is built by `scripts/postal` and compiled in; its parts lie there compressed and are
//! served as they are. The server learns no more than a code's first three digits, and keeps
//! nothing. A post is never checked against the table: it ages, and a visitor knows their address.

use super::views;
use super::visit::{Visit, header_text};
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use std::io::Read;
use url::Url;

/// Magic, version, number of parts, their prefixes and lengths, the parts: as `scripts/postal` says.
static TABLE: &[u8] = include_bytes!("../../assets/postal/table.bin");

const MAGIC: &[u8] = b"LSPOST1\n";
const VERSION_LENGTH: usize = 16;
const COUNT_AT: usize = MAGIC.len() + VERSION_LENGTH;
const INDEX_AT: usize = COUNT_AT + 2;
const ENTRY: usize = 6;

/// What names this table's contents: another table has another version.
fn version() -> &'static str {
    TABLE.get(MAGIC.len()..COUNT_AT).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The prefixes and their compressed parts, in order.
fn parts() -> impl Iterator<Item = (u16, &'static [u8])> {
    let count = TABLE.get(COUNT_AT..INDEX_AT).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_be_bytes);
    let contents_at = INDEX_AT + usize::from(count) * ENTRY;
    let entries = TABLE.get(INDEX_AT..contents_at).unwrap_or_default().chunks_exact(ENTRY);
    entries.scan(contents_at, |at, entry| {
        let prefix = u16::from_be_bytes([*entry.first()?, *entry.get(1)?]);
        let length = u32::from_be_bytes(entry.get(2..)?.try_into().ok()?);
        let start = *at;
        *at += usize::try_from(length).ok()?;
        Some((prefix, TABLE.get(start..*at)?))
    })
}

fn part(prefix: u16) -> Option<&'static [u8]> {
    parts().find(|(of, _)| *of == prefix).map(|(_, part)| part)
}

fn unpacked(part: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    GzDecoder::new(part).read_to_end(&mut json)?;
    Ok(json)
}

/// Where the parts are, for a form that asks for a postal code.
pub fn address_for(form: &Form, public: &Url) -> Option<String> {
    let asked = form.fields.iter().any(|field| field.kind == FieldKind::PostalCode);
    asked.then(|| format!("{}/postal/{}/", public.as_str().trim_end_matches('/'), version()))
}

/// The codes that begin with three digits: `/postal/{version}/100.json`. Any page may read them.
pub async fn get(visit: Visit, path: Result<Path<(String, String)>, PathRejection>, headers: HeaderMap) -> Response {
    let named = path.ok().and_then(|Path((of, file))| (of == version()).then(|| prefix_of(&file)).flatten());
    let Some(prefix) = named else { return views::not_found(visit).await };
    let Some(part) = part(prefix) else { return ready("{}").into_response() };
    if takes_gzip(&headers) {
        return ([(header::CONTENT_ENCODING, "gzip")], ready(part)).into_response();
    }
    match unpacked(part) {
        Ok(json) => ready(json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn prefix_of(file: &str) -> Option<u16> {
    let digits = file.strip_suffix(".json")?;
    (digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// Whether the client takes gzip (RFC 9110 §12.5.3). One that only says `*` gets plain JSON.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let takes = |offer: &str| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).is_some_and(|q: f32| q == 0.0);
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    };
    header_text(headers, header::ACCEPT_ENCODING).is_some_and(|offers| offers.split(',').any(takes))
}

/// An answer that never changes under its address, readable from every page.
fn ready<B: IntoResponse>(body: B) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "Accept-Encoding"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::prefecture::PREFECTURES;
    use sha2::{Digest, Sha256};
    use std::collections::BTreeMap;

    type Part = BTreeMap<String, Vec<Vec<String>>>;

    fn all() -> impl Iterator<Item = (u16, Part)> {
        parts().map(|(prefix, part)| (prefix, serde_json::from_slice(&unpacked(part).unwrap()).unwrap()))
    }

    #[test]
    fn every_code_of_the_table_leads_to_an_address_in_japan() {
        let (mut areas, mut offices) = (0, 0);
        for (prefix, part) in all() {
            assert!(!part.is_empty());
            for (code, choices) in part {
                assert!(code.len() == 7 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
                assert!(code.starts_with(&format!("{prefix:03}")), "{code} lies under {prefix}");
                assert!(!choices.is_empty(), "{code}");
                for choice in &choices {
                    assert!(matches!(choice.len(), 3 | 4), "{code}: {choice:?}");
                    assert!(PREFECTURES.iter().any(|(ja, _)| *ja == choice[0]), "{code}: {choice:?}");
                    assert!(!choice[1].is_empty(), "{code}: {choice:?}");
                    assert!(choice.len() == 3 || !choice[3].is_empty(), "{code}: {choice:?}");
                }
                let mut unique = choices.clone();
                unique.sort();
                unique.dedup();
                assert_eq!(unique.len(), choices.len(), "{code} offers the same address twice");
                if choices[0].len() == 4 { offices += 1 } else { areas += 1 }
            }
        }
        assert!(areas > 120_000 && offices > 22_000, "{areas} areas, {offices} offices");
    }

    #[test]
    fn no_town_holds_words_that_are_no_part_of_an_address() {
        for (code, choice) in all().flat_map(|(_, part)| part).flat_map(|(code, choices)| {
            choices.into_iter().filter(|choice| choice.len() == 3).map(move |choice| (code.clone(), choice))
        }) {
            for banned in ["場合", "掲載", "地割", "の次に", "を除く", "（", "(", "、", "〜", "\u{3000}", "０", "Ａ"]
            {
                assert!(!choice[2].contains(banned), "{code}: {choice:?}");
            }
        }
    }

    #[test]
    fn the_version_names_the_contents() {
        let mut digest = Sha256::new();
        for (_, part) in parts() {
            digest.update(unpacked(part).unwrap());
        }
        assert_eq!(version(), &hex::encode(digest.finalize())[..VERSION_LENGTH]);
        assert!(TABLE.starts_with(MAGIC));
    }

    #[test]
    fn parts_are_small_enough_to_fetch_while_typing_and_fill_the_file() {
        let sizes: Vec<usize> = parts().map(|(_, part)| part.len()).collect();
        let header = INDEX_AT + sizes.len() * ENTRY;
        assert_eq!(header + sizes.iter().sum::<usize>(), TABLE.len());
        assert!(sizes.iter().all(|size| *size < 13_000), "the largest is {:?}", sizes.iter().max());
        assert!(TABLE.len() < 1_900_000, "the whole table: {}", TABLE.len());
    }

    #[test]
    fn only_three_digits_name_a_part() {
        assert_eq!(prefix_of("001.json"), Some(1));
        for bad in ["1.json", "1000.json", "+10.json", "１００.json", "100", "100.json.gz", "abc.json", "../100.json"]
        {
            assert_eq!(prefix_of(bad), None, "{bad}");
        }
    }
}
