//! AES-256-GCM under random nonces, and the keys derived for it: at the desk for whatever is kept
//! sealed at rest, at capture for what a confirm page carries.
//!
//! A sealed text is nonce (12 bytes), ciphertext, tag (16). Keys are for one purpose and few
//! messages each, far from the 2³² that random nonces allow (NIST SP 800-38D §8.3).

use crate::domain::entropy::{Entropy, random_bytes};
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
#[cfg(feature = "desk")]
use hkdf::Hkdf;
#[cfg(feature = "desk")]
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// A key of 32 bytes, wiped on drop.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// A label and parts, each part behind its length: the `info` of a derivation or the associated
/// data of a sealed text. No two purposes share one.
pub(super) fn named(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut name = Vec::with_capacity(label.len() + 1 + parts.iter().map(|part| part.len() + 1).sum::<usize>());
    name.extend_from_slice(label.as_bytes());
    // Labels hold no zero byte, so none is the beginning of another.
    name.push(0);
    for part in parts {
        // Ids, tokens and keys: all far below 256 bytes.
        name.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        name.extend_from_slice(part);
    }
    name
}

#[cfg(feature = "desk")]
/// HKDF-SHA256 (RFC 5869) of a key that is random already.
pub(super) fn derive(key: &[u8; 32], salt: Option<&[u8]>, info: &[u8]) -> Key {
    let mut derived = Zeroizing::new([0u8; 32]);
    if Hkdf::<Sha256>::new(salt, key).expand(info, &mut *derived).is_err() {
        unreachable!("HKDF-SHA256 refuses only outputs beyond 8160 bytes");
    }
    derived
}

/// Seals a text; the associated data must be given again to open it.
pub(super) fn seal(key: &[u8; 32], associated: &[u8], text: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random_bytes(entropy);
    let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + TAG_LEN);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(text);
    let cipher = Aes256Gcm::new(key.into());
    match cipher.encrypt_inout_detached(&nonce.into(), associated, (&mut sealed[NONCE_LEN..]).into()) {
        Ok(tag) => sealed.extend_from_slice(&tag),
        Err(_) => unreachable!("AES-GCM refuses only texts beyond 64 GiB"),
    }
    sealed
}

/// Opens a sealed text; nothing when it, the key or the associated data differs in any bit.
pub(super) fn open(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    Aes256Gcm::new(key.into())
        .decrypt_inout_detached(nonce.into(), associated, text.as_mut_slice().into(), tag.into())
        .ok()?;
    Some(text)
}

#[cfg(feature = "desk")]
/// Opens a sealed key of 32 bytes.
pub(super) fn open_key(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Option<Key> {
    let text = open(key, associated, sealed)?;
    let mut opened = Zeroizing::new([0u8; 32]);
    opened.copy_from_slice(text.first_chunk::<32>().filter(|_| text.len() == 32)?);
    Some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn only_the_same_key_and_data_open() {
        let sealed = seal(&[1; 32], b"data", b"text", &SeededEntropy::new(1));
        assert_eq!(open(&[1; 32], b"data", &sealed).unwrap().as_slice(), b"text");
        assert!(open(&[2; 32], b"data", &sealed).is_none());
        assert!(open(&[1; 32], b"date", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(open(&[1; 32], b"data", &flipped).is_none(), "byte {at}");
            assert!(open(&[1; 32], b"data", &sealed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_sealed_text_that_is_no_key_is_no_key() {
        let sealed = seal(&[1; 32], b"", &[5; 33], &SeededEntropy::new(1));
        assert!(open_key(&[1; 32], b"", &sealed).is_none());
        let sealed = seal(&[1; 32], b"", &[5; 32], &SeededEntropy::new(1));
        assert_eq!(*open_key(&[1; 32], b"", &sealed).unwrap(), [5; 32]);
    }

    #[test]
    fn derivation_is_hkdf_of_rfc_5869() {
        // Computed step by step from HMAC-SHA256 with another implementation.
        let known = |salt: Option<&[u8]>, hex: &str| assert_eq!(hex::encode(*derive(&[1; 32], salt, b"a")), hex);
        known(None, "c61f48dd14941832e8f6c368e48db6d6e28dcac0dc8dcbd7bfa8b873097fb607");
        known(Some(b"s"), "acad04595776f59de4d1f67aa4e2a63b6dcc897892bf6e3c421bbe85997f8414");
    }

    #[test]
    fn names_keep_their_parts_apart() {
        assert_eq!(named("label", &[b"bc", b""]), b"label\0\x02bc\0");
        assert_ne!(named("a", &[b"bc"]), named("a", &[b"b", b"c"]));
    }
}
