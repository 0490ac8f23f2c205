//! HMAC-SHA256 under named labels.

use crate::domain::entropy::Entropy;
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

    /// HMAC-SHA256 over a label and length-prefixed parts.
    pub fn mac(&self, _label: &str, _parts: &[&[u8]]) -> [u8; 32] {
        todo!()
    }

    /// Compares in constant time.
    pub fn verify(&self, _label: &str, _parts: &[&[u8]], _tag: &[u8]) -> bool {
        todo!()
    }
}
