//! Form tokens: signed proof that a page of a form was served, and when.
//!
//! Bound to the form; holds issue time and a nonce; no visitor data. 48 characters of url-safe
//! base64: milliseconds since 1970 (8 bytes), nonce (12), HMAC-SHA256 cut to 128 bits (16).

use super::mac::MacKey;
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::FormId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use std::time::Duration;
use subtle::ConstantTimeEq;

const LABEL: &str = "leadseal/v1/form-token";
const TIME_LEN: usize = 8;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const BODY_LEN: usize = TIME_LEN + NONCE_LEN;
const TOKEN_LEN: usize = BODY_LEN + TAG_LEN;
const TEXT_LEN: usize = TOKEN_LEN / 3 * 4;
/// Nodes behind one address may disagree about the time by this much.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// Why a form token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormTokenError {
    /// Not of the form of a token, or its signature does not hold (also: another form's), or it
    /// claims to come from the future.
    #[error("the form token is not genuine")]
    Forged,
    /// Older than allowed.
    #[error("the form token is too old")]
    Expired,
}

/// Issues a token for a form.
pub fn issue(key: &MacKey, form: &FormId, now: Timestamp, entropy: &dyn Entropy) -> String {
    let mut token = [0u8; TOKEN_LEN];
    token[..TIME_LEN].copy_from_slice(&now.as_millisecond().to_be_bytes());
    token[TIME_LEN..BODY_LEN].copy_from_slice(&random_bytes::<NONCE_LEN>(entropy));
    let tag = sign(key, form, &token[..BODY_LEN]);
    token[BODY_LEN..].copy_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(token)
}

/// Checks a token; gives the time since it was issued.
///
/// # Errors
/// When it is not genuine, of another form, from the future (beyond five minutes of clock skew)
/// or too old.
pub fn check(
    key: &MacKey,
    form: &FormId,
    token: &str,
    now: Timestamp,
    max_age: Duration,
) -> Result<Duration, FormTokenError> {
    let token = decode(token).ok_or(FormTokenError::Forged)?;
    let (body, tag) = token.split_at(BODY_LEN);
    if !bool::from(sign(key, form, body).ct_eq(tag)) {
        return Err(FormTokenError::Forged);
    }
    let age = age_of(body, now).ok_or(FormTokenError::Forged)?;
    if age > max_age { Err(FormTokenError::Expired) } else { Ok(age) }
}

fn sign(key: &MacKey, form: &FormId, body: &[u8]) -> [u8; TAG_LEN] {
    let full = key.mac(LABEL, &[form.as_str().as_bytes(), body]);
    let mut tag = [0u8; TAG_LEN];
    tag.copy_from_slice(&full[..TAG_LEN]);
    tag
}

fn decode(text: &str) -> Option<[u8; TOKEN_LEN]> {
    // The length first, so that a long text is not decoded at all.
    if text.len() != TEXT_LEN {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// The time since the body's instant; nothing when that lies too far ahead.
fn age_of(body: &[u8], now: Timestamp) -> Option<Duration> {
    let issued = i64::from_be_bytes(*body.first_chunk()?);
    let age = now.as_millisecond().saturating_sub(issued);
    match u64::try_from(age) {
        Ok(age) => Some(Duration::from_millis(age)),
        Err(_) => (Duration::from_millis(age.unsigned_abs()) <= CLOCK_SKEW).then_some(Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn key() -> MacKey {
        MacKey::from_bytes([3; 32])
    }

    fn form() -> FormId {
        "contact".parse().unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-22T09:41:30.250Z".parse().unwrap()
    }

    fn token() -> String {
        issue(&key(), &form(), now(), &SeededEntropy::new(1))
    }

    fn after(seconds: i64) -> Timestamp {
        now() + jiff::SignedDuration::from_secs(seconds)
    }

    fn age(token: &str, at: Timestamp) -> Result<Duration, FormTokenError> {
        check(&key(), &form(), token, at, DAY)
    }

    #[test]
    fn a_genuine_token_tells_its_age() {
        assert_eq!(age(&token(), after(90)), Ok(Duration::from_secs(90)));
        assert_eq!(age(&token(), after(24 * 3600)), Ok(DAY));
        assert_eq!(age(&token(), after(24 * 3600 + 1)), Err(FormTokenError::Expired));
    }

    #[test]
    fn clocks_may_disagree_by_five_minutes() {
        assert_eq!(age(&token(), after(-300)), Ok(Duration::ZERO));
        assert_eq!(age(&token(), after(-301)), Err(FormTokenError::Forged));
    }

    #[test]
    fn another_form_or_key_does_not_accept_it() {
        let other: FormId = "download".parse().unwrap();
        assert_eq!(check(&key(), &other, &token(), now(), DAY), Err(FormTokenError::Forged));
        assert_eq!(check(&MacKey::from_bytes([4; 32]), &form(), &token(), now(), DAY), Err(FormTokenError::Forged));
    }

    #[test]
    fn it_is_url_safe_and_differs_from_view_to_view() {
        let entropy = SeededEntropy::new(1);
        let one = issue(&key(), &form(), now(), &entropy);
        let two = issue(&key(), &form(), now(), &entropy);
        assert_ne!(one, two);
        assert!(one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_forged(text in "\\PC{0,64}") {
            prop_assert_eq!(age(&text, now()), Err(FormTokenError::Forged));
        }

        #[test]
        fn any_other_character_is_forged(at in 0usize..TEXT_LEN, to in "[A-Za-z0-9_=+/-]") {
            let mut text = token();
            text.replace_range(at..=at, &to);
            prop_assume!(text != token());
            prop_assert_eq!(age(&text, now()), Err(FormTokenError::Forged));
        }
    }
}
