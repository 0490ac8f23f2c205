//! HMAC-SHA256 under named labels.
//!
//! Owns the one way in which Leadseal authenticates or fingerprints byte strings. Refuses to
//! compare tags in any other than constant time.

use crate::domain::entropy::Entropy;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A 32-byte MAC key, wiped on drop.
#[derive(Clone)]
pub struct MacKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(redacted)")
    }
}

impl MacKey {
    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(crate::domain::entropy::random_bytes(entropy))
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes, to be kept in a 0600 file.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 (RFC 2104) over a label and parts, each behind its length of four bytes, so
    /// that no two calls with other arguments feed it the same bytes.
    pub fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.block());
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            // Parts come from requests, whose bodies are limited far below 4 GiB.
            mac.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// HMAC-SHA256 over the parts one after the other, as a protocol that is not ours alone lays
    /// them out. Who calls it sees to it that other parts don't make the same bytes.
    pub fn bare(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.block());
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// Compares in constant time. A tag of another length than 32 bytes does not hold.
    pub fn verify(&self, label: &str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.mac(label, parts).ct_eq(tag).into()
    }

    /// The key as HMAC's block: zeros follow a key that is shorter (RFC 2104 §2).
    fn block(&self) -> hmac::digest::Key<Hmac<Sha256>> {
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..32].copy_from_slice(self.as_bytes());
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_rfc_4231() {
        // Test case 2 has a key of four bytes; zeros behind it are the same key.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex::encode(MacKey::from_bytes(key).bare(&[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn label_parts_and_their_borders_all_count() {
        let key = MacKey::from_bytes([7; 32]);
        let tag = key.mac("a", &[b"bc", b"d"]);
        assert!(key.verify("a", &[b"bc", b"d"], &tag));
        for (label, parts) in
            [("ab", [&b"c"[..], b"d"]), ("a", [b"b", b"cd"]), ("a", [b"bcd", b""]), ("b", [b"bc", b"d"])]
        {
            assert!(!key.verify(label, &parts, &tag));
        }
        assert!(!key.verify("a", &[b"bcd"], &tag));
        assert!(!MacKey::from_bytes([8; 32]).verify("a", &[b"bc", b"d"], &tag));
    }

    #[test]
    fn a_short_tag_does_not_hold() {
        let key = MacKey::from_bytes([7; 32]);
        let tag = key.mac("a", &[]);
        assert!(key.verify("a", &[], &tag));
        assert!(!key.verify("a", &[], &tag[..31]));
        assert!(!key.verify("a", &[], &[]));
    }

    #[test]
    fn debug_says_nothing_about_the_key() {
        assert_eq!(format!("{:?}", MacKey::from_bytes([7; 32])), "MacKey(redacted)");
    }
}
