//! Ed25519 (RFC 8032) signatures of the desk: over the manifest of public keys and over the
//! confirmations it sends to capture nodes.
//!
//! Owns the form of what is signed. Capture nodes hold the public key alone; only a build with the
//! desk can sign.

use ed25519_dalek::VerifyingKey;
use std::fmt;

/// How long a signature is.
pub const SIGNATURE_LEN: usize = 64;

/// The key by which a node knows its desk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeskPublicKey(VerifyingKey);

impl fmt::Debug for DeskPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeskPublicKey({})", hex::encode(self.0.as_bytes()))
    }
}

impl DeskPublicKey {
    /// Reads a public key; nothing when the bytes are none.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).map(Self)
    }

    /// The key's bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether the desk signed these bytes for this purpose.
    pub fn verifies(&self, purpose: &str, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(&named(purpose, message), &signature).is_ok()
    }
}

/// The purpose stands before the message, so that a signature made for one can't serve another.
fn named(purpose: &str, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(purpose.len() + 1 + message.len());
    out.extend_from_slice(purpose.as_bytes());
    out.push(0);
    out.extend_from_slice(message);
    out
}

#[cfg(feature = "desk")]
pub use desk::DeskSigner;

#[cfg(feature = "desk")]
mod desk {
    use super::{DeskPublicKey, SIGNATURE_LEN, named};
    use ed25519_dalek::{Signer, SigningKey};
    use std::fmt;

    /// The desk's signing key. Wiped on drop.
    pub struct DeskSigner(SigningKey);

    impl fmt::Debug for DeskSigner {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("DeskSigner(redacted)")
        }
    }

    impl DeskSigner {
        /// The key made of these 32 secret bytes.
        pub fn from_seed(seed: &[u8; 32]) -> Self {
            Self(SigningKey::from_bytes(seed))
        }

        /// The key by which others know this one's signatures.
        pub fn public_key(&self) -> DeskPublicKey {
            DeskPublicKey(self.0.verifying_key())
        }

        /// Signs bytes for a purpose.
        pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; SIGNATURE_LEN] {
            self.0.sign(&named(purpose, message)).to_bytes()
        }
    }
}

#[cfg(test)]
#[cfg(feature = "desk")]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_purpose_message_and_key_alone() {
        let signer = DeskSigner::from_seed(&[7; 32]);
        let signature = signer.sign("one", b"message");
        let key = signer.public_key();
        assert!(key.verifies("one", b"message", &signature));
        assert!(!key.verifies("two", b"message", &signature));
        assert!(!key.verifies("one", b"massage", &signature));
        assert!(!DeskSigner::from_seed(&[8; 32]).public_key().verifies("one", b"message", &signature));
        // A NUL can't move the border between purpose and message.
        assert!(!key.verifies("one\0m", b"essage", &signature));
    }

    #[test]
    fn it_is_the_ed25519_of_rfc_8032() {
        // §7.1, test 1: the public key of this secret.
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let public = DeskSigner::from_seed(seed.as_slice().try_into().unwrap()).public_key();
        assert_eq!(hex::encode(public.to_bytes()), expected);
    }

    #[test]
    fn a_key_of_small_order_is_none() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert_eq!(DeskPublicKey::from_bytes(&identity), None);
    }
}
