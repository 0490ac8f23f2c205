//! The plaintext inside an envelope: canonical encoding of a submission, padded to buckets.
//!
//! Equal submissions have equal bytes: every text stands behind its length, every list behind its
//! count, every word of a closed list under its own name. Reading it back is the desk's alone
//! (`decode`), so a build without the desk holds no reader.

#[cfg(feature = "desk")]
mod decode;

#[cfg(feature = "desk")]
pub(super) use decode::{decode_padded, decode_value};

use crate::domain::pii::Pii;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use zeroize::Zeroizing;

/// The smallest bucket, in bytes.
const MIN_BUCKET: usize = 1024;
/// The largest bucket, in bytes.
const MAX_BUCKET: usize = 512 * 1024;
/// The length of the body stands before it.
const LENGTH_LEN: usize = 4;

/// True for the sizes a padded payload may have: the powers of two from 1 KiB to 512 KiB.
pub(super) const fn is_bucket(size: usize) -> bool {
    size.is_power_of_two() && MIN_BUCKET <= size && size <= MAX_BUCKET
}

/// The bucket for a body of this many bytes, or nothing when it exceeds the largest.
fn bucket_for(body: usize) -> Option<usize> {
    let bucket = body.checked_add(LENGTH_LEN)?.max(MIN_BUCKET).checked_next_power_of_two()?;
    is_bucket(bucket).then_some(bucket)
}

/// Takes the pieces of an encoding one after the other.
type Put<'a> = &'a mut dyn FnMut(&[u8]);

/// The size of the padded payload of a submission, or nothing when it exceeds the largest bucket.
pub(super) fn padded_len(submission: &Submission) -> Option<usize> {
    bucket_for(encoded_len(submission))
}

/// Appends the padded payload of `bucket` bytes. `out` has room for it, so that growing leaves no
/// copy behind.
pub(super) fn append_padded(submission: &Submission, bucket: usize, out: &mut Vec<u8>) {
    let end = out.len() + bucket;
    put_count(encoded_len(submission), &mut |bytes| out.extend_from_slice(bytes));
    put_submission(submission, &mut |bytes| out.extend_from_slice(bytes));
    out.resize(end, 0);
}

/// The canonical bytes of a submission, unpadded.
pub(super) fn encode(submission: &Submission) -> Zeroizing<Vec<u8>> {
    collect(&mut |put| put_submission(submission, put))
}

/// The canonical bytes of one value.
#[cfg(feature = "desk")]
pub(super) fn encode_value(value: &Value) -> Zeroizing<Vec<u8>> {
    collect(&mut |put| put_value(value, put))
}

fn encoded_len(submission: &Submission) -> usize {
    let mut len = 0;
    put_submission(submission, &mut |bytes| len += bytes.len());
    len
}

/// Measures an encoding, then writes it into a buffer of just that size.
fn collect(encoding: &mut dyn FnMut(Put<'_>)) -> Zeroizing<Vec<u8>> {
    let mut len = 0;
    encoding(&mut |bytes| len += bytes.len());
    let mut out = Zeroizing::new(Vec::with_capacity(len));
    encoding(&mut |bytes| out.extend_from_slice(bytes));
    out
}

/// The parts of a submission that most do not have, each with its bit. Bits 3 and 4 are free.
const CORRECTS: u8 = 1;
const ONCE: u8 = 1 << 1;
const QUARANTINE: u8 = 1 << 2;
const REQUEST: u8 = 1 << 5;

/// Which of the parts a submission has.
fn parts(submission: &Submission) -> u8 {
    [
        (submission.corrects.is_some(), CORRECTS),
        (submission.once.is_some(), ONCE),
        (!submission.quarantine.is_empty(), QUARANTINE),
        (submission.request.is_some(), REQUEST),
    ]
    .into_iter()
    .fold(0, |bits, (is_there, bit)| if is_there { bits | bit } else { bits })
}

fn put_submission(submission: &Submission, put: Put<'_>) {
    put_word(submission.lang.tag(), put);
    put(&[parts(submission)]);
    if let Some(token) = submission.corrects {
        put(token.as_bytes());
    }
    if let Some(once) = &submission.once {
        put(once);
    }
    if !submission.quarantine.is_empty() {
        put_count(submission.quarantine.len(), put);
        for reason in &submission.quarantine {
            put_word(reason.word(), put);
        }
    }
    if let Some(kind) = submission.request {
        put_word(kind.word(), put);
    }
    put_count(submission.answers.len(), put);
    for answer in &submission.answers {
        put_answer(answer, put);
    }
    put_count(submission.consents.len(), put);
    for consent in &submission.consents {
        put_consent(consent, put);
    }
    put_count(submission.attribution.len(), put);
    for (key, text) in &submission.attribution {
        put_word(key.word(), put);
        put_pii(text, put);
    }
}

fn put_answer(answer: &Answer, put: Put<'_>) {
    put_word(answer.field.as_str(), put);
    put_word(answer.kind.word(), put);
    put_value(&answer.value, put);
}

fn put_value(value: &Value, put: Put<'_>) {
    match value {
        Value::One(text) => {
            put(&[0]);
            put_pii(text, put);
        }
        Value::Name { family, given } => {
            put(&[1]);
            put_pii(family, put);
            put_pii(given, put);
        }
        Value::Many(texts) => {
            put(&[2]);
            put_count(texts.len(), put);
            for text in texts {
                put_pii(text, put);
            }
        }
    }
}

fn put_consent(consent: &ConsentRecord, put: Put<'_>) {
    put_word(consent.field.as_str(), put);
    for text in [&consent.purpose, &consent.version, &consent.text] {
        put_text(text, put);
    }
    put_word(consent.lang.tag(), put);
    put(&[u8::from(consent.granted)]);
}

fn put_pii(text: &Pii<String>, put: Put<'_>) {
    put_text(text.expose(), put);
}

fn put_text(text: &str, put: Put<'_>) {
    put_count(text.len(), put);
    put(text.as_bytes());
}

/// Ids and words of closed lists, of at most 40 ASCII characters.
fn put_word(word: &str, put: Put<'_>) {
    put(&[u8::try_from(word.len()).unwrap_or(u8::MAX)]);
    put(word.as_bytes());
}

/// Lengths and counts. What would not fit in 32 bits exceeds the largest bucket long before.
fn put_count(count: usize, put: Put<'_>) {
    put(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}
