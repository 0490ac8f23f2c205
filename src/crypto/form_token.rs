//! Form tokens: signed proof that a page of a form was served, and when.
//!
//! Bound to the form; holds its kind, issue time and a nonce; no visitor data. 48 characters of
//! url-safe base64: kind (1 byte), milliseconds since 1970 (7), nonce (12), HMAC-SHA256 cut to 128
//! bits (16). Whether a token is too old is for the reader to judge: it says its age.

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

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// One visitor's: of a page that is not cached.
    View,
    /// Of markup that is cached, and so of many visitors.
    Shared,
    /// Of a page that asked a visitor to send once more.
    Checked,
}

impl TokenKind {
    const ALL: [Self; 3] = [Self::View, Self::Shared, Self::Checked];

    const fn byte(self) -> u8 {
        match self {
            Self::View => 0,
            Self::Shared => 1,
            Self::Checked => 2,
        }
    }
}

/// What a genuine token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genuine {
    /// Whose it is.
    pub kind: TokenKind,
    /// The time since it was issued.
    pub age: Duration,
    /// Tells this token from all others.
    pub nonce: [u8; 12],
}

/// Issues a token for a form.
pub fn issue(key: &MacKey, form: &FormId, kind: TokenKind, now: Timestamp, entropy: &dyn Entropy) -> String {
    let mut token = [0u8; TOKEN_LEN];
    token[..TIME_LEN].copy_from_slice(&now.as_millisecond().to_be_bytes());
    // Milliseconds need seven bytes for the next two million years.
    token[0] = kind.byte();
    token[TIME_LEN..BODY_LEN].copy_from_slice(&random_bytes::<NONCE_LEN>(entropy));
    let tag = sign(key, form, &token[..BODY_LEN]);
    token[BODY_LEN..].copy_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(token)
}

/// Reads a token; nothing when it is not of the form of one, its signature does not hold (also:
/// another form's), or it claims to come from the future, beyond five minutes of clock skew.
pub fn check(key: &MacKey, form: &FormId, token: &str, now: Timestamp) -> Option<Genuine> {
    let token = decode(token)?;
    let (body, tag) = token.split_at(BODY_LEN);
    if !bool::from(sign(key, form, body).ct_eq(tag)) {
        return None;
    }
    let kind = TokenKind::ALL.into_iter().find(|kind| kind.byte() == body[0])?;
    Some(Genuine { kind, age: age_of(body, now)?, nonce: *body[TIME_LEN..].first_chunk()? })
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
    let mut time: [u8; TIME_LEN] = *body.first_chunk()?;
    time[0] = 0;
    let issued = i64::from_be_bytes(time);
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
        issue(&key(), &form(), TokenKind::View, now(), &SeededEntropy::new(1))
    }

    fn after(seconds: i64) -> Timestamp {
        now() + jiff::SignedDuration::from_secs(seconds)
    }

    fn age(token: &str, at: Timestamp) -> Option<Duration> {
        check(&key(), &form(), token, at).map(|genuine| genuine.age)
    }

    #[test]
    fn a_genuine_token_tells_its_age() {
        assert_eq!(age(&token(), after(90)), Some(Duration::from_secs(90)));
        assert_eq!(age(&token(), after(90 * 86_400)), Some(Duration::from_secs(90 * 86_400)));
    }

    #[test]
    fn its_kind_is_signed() {
        for kind in TokenKind::ALL {
            let token = issue(&key(), &form(), kind, now(), &SeededEntropy::new(1));
            let genuine = check(&key(), &form(), &token, after(1)).unwrap();
            assert_eq!((genuine.kind, genuine.age), (kind, Duration::from_secs(1)));
        }
    }

    #[test]
    fn clocks_may_disagree_by_five_minutes() {
        assert_eq!(age(&token(), after(-300)), Some(Duration::ZERO));
        assert_eq!(age(&token(), after(-301)), None);
    }

    #[test]
    fn another_form_or_key_does_not_accept_it() {
        let other: FormId = "download".parse().unwrap();
        assert_eq!(check(&key(), &other, &token(), now()), None);
        assert_eq!(check(&MacKey::from_bytes([4; 32]), &form(), &token(), now()), None);
    }

    #[test]
    fn it_is_url_safe_and_differs_from_view_to_view() {
        let entropy = SeededEntropy::new(1);
        let one = issue(&key(), &form(), TokenKind::View, now(), &entropy);
        let two = issue(&key(), &form(), TokenKind::View, now(), &entropy);
        assert_ne!(one, two);
        assert!(one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_forged(text in "\\PC{0,64}") {
            prop_assert_eq!(age(&text, now()), None);
        }

        #[test]
        fn any_other_character_is_forged(at in 0usize..TEXT_LEN, to in "[A-Za-z0-9_=+/-]") {
            let mut text = token();
            text.replace_range(at..=at, &to);
            prop_assume!(text != token());
            prop_assert_eq!(age(&text, now()), None);
        }
    }
}
