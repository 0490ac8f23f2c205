//! Bearer secrets of 256 random bits: of sessions, one-time links, known browsers.
//!
//! Whoever shows one is believed, so only its SHA-256 is stored, and nothing prints it by accident.
//! They are random, so a plain digest can't be guessed back.

use super::mac::MacKey;
use crate::domain::entropy::{Entropy, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A bearer secret, wiped on drop.
#[derive(Clone)]
pub struct Bearer(MacKey);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(redacted)")
    }
}

impl Bearer {
    /// A fresh secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(MacKey::from_bytes(random_bytes(entropy)))
    }

    /// Reads a secret as [`Self::written`] wrote it; nothing for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(MacKey::from_bytes(bytes.as_slice().try_into().ok()?)))
    }

    /// The secret for its holder: 43 characters that need no escaping in a cookie or an address.
    pub fn written(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }

    /// What is stored of it.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// A token that only the holder of this secret is given, for one purpose: it does not tell the
    /// secret.
    pub fn token_for(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.mac("leadseal bearer token", &[purpose.as_bytes()]))
    }

    /// Whether a token is the one for this purpose, in constant time.
    pub fn holds(&self, purpose: &str, token: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else { return false };
        self.0.verify("leadseal bearer token", &[purpose.as_bytes()], &tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn it_is_read_back_and_nothing_else_is_read() {
        let bearer = Bearer::generate(&SeededEntropy::new(1));
        let written = bearer.written();
        assert_eq!(written.len(), 43);
        assert_eq!(Bearer::read(&written).unwrap().sha256(), bearer.sha256());
        for no in ["", "short", &written[..42], &format!("{}A", *written), &format!("{}=", *written)] {
            assert!(Bearer::read(no).is_none(), "{no}");
        }
        assert_eq!(format!("{bearer:?}"), "Bearer(redacted)");
    }

    #[test]
    fn a_token_is_for_one_purpose_and_one_holder() {
        let (one, other) = (Bearer::generate(&SeededEntropy::new(1)), Bearer::generate(&SeededEntropy::new(2)));
        let token = one.token_for("post");
        assert!(one.holds("post", &token));
        assert!(!one.holds("other", &token) && !other.holds("post", &token));
        assert!(!one.holds("post", "") && !one.holds("post", &token[1..]) && !one.holds("post", &one.written()));
    }
}
