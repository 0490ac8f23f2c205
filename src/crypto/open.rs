//! Opening an envelope: the desk only.
//!
//! Owns an epoch's private key, decoded once and wiped on drop. Refuses what was changed in any
//! bit, and what opens but is no canonical submission.

use super::envelope::{Envelope, Header, TAG_LEN};
use super::payload;
use super::seal::SealingKey;
use crate::domain::entropy::{Entropy, EntropyRng};
use crate::domain::ids::EpochId;
use crate::domain::settings::SuiteName;
use crate::domain::submission::Submission;
use hpke::aead::{AeadTag, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, OpModeR, Serializable, setup_receiver};
use std::fmt;
use zeroize::Zeroizing;

/// An opened submission: still raw, on its way to protection.
#[derive(Debug, Clone)]
pub struct Opened {
    pub(super) header: Header,
    pub(super) submission: Submission,
}

impl Opened {
    /// The authenticated header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The submission, for routing.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }
}

/// Why an envelope did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Its epoch is unknown here or its private key was destroyed.
    #[error("no key for the envelope's epoch")]
    NoKey,
    /// It was changed, or sealed to another key.
    #[error("the envelope is not authentic")]
    NotAuthentic,
    /// It opened, but its content is no submission.
    #[error("the envelope's content is malformed")]
    BadContent,
    /// The keyring could not be read; the envelope may be good. Try again later.
    #[error("the keyring can't be read now")]
    Unavailable,
}

/// The private key of an epoch, kept decoded.
pub struct OpeningKey {
    epoch: EpochId,
    private: PrivateKey,
}

// Both wipe themselves on drop.
enum PrivateKey {
    XWing(Box<<XWing as Kem>::PrivateKey>),
    X25519(<X25519HkdfSha256 as Kem>::PrivateKey),
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpeningKey").field("epoch", &self.epoch).field("suite", &self.suite()).finish_non_exhaustive()
    }
}

impl OpeningKey {
    /// A fresh key pair for an epoch.
    pub fn generate(epoch: EpochId, suite: SuiteName, entropy: &dyn Entropy) -> Self {
        let rng = &mut EntropyRng(entropy);
        let private = match suite {
            SuiteName::XWing => PrivateKey::XWing(Box::new(XWing::gen_keypair_with_rng(rng).0)),
            SuiteName::X25519 => PrivateKey::X25519(X25519HkdfSha256::gen_keypair_with_rng(rng).0),
        };
        Self { epoch, private }
    }

    /// Reads a private key of a suite; nothing when the bytes are none.
    pub fn from_bytes(epoch: EpochId, suite: SuiteName, bytes: &[u8]) -> Option<Self> {
        let private = match suite {
            SuiteName::XWing => PrivateKey::XWing(Box::new(<XWing as Kem>::PrivateKey::from_bytes(bytes).ok()?)),
            SuiteName::X25519 => PrivateKey::X25519(<X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes).ok()?),
        };
        Some(Self { epoch, private })
    }

    /// The private key's 32 bytes, to be wrapped at once.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        match &self.private {
            PrivateKey::XWing(key) => key.write_exact(&mut *bytes),
            PrivateKey::X25519(key) => key.write_exact(&mut *bytes),
        }
        bytes
    }

    /// The epoch.
    pub fn epoch(&self) -> EpochId {
        self.epoch
    }

    /// The suite.
    pub fn suite(&self) -> SuiteName {
        match self.private {
            PrivateKey::XWing(_) => SuiteName::XWing,
            PrivateKey::X25519(_) => SuiteName::X25519,
        }
    }

    /// The bytes of the public key that belongs to it.
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.private {
            PrivateKey::XWing(key) => XWing::sk_to_pk(key).to_bytes().to_vec(),
            PrivateKey::X25519(key) => X25519HkdfSha256::sk_to_pk(key).to_bytes().to_vec(),
        }
    }

    /// The public key that belongs to it.
    ///
    /// # Errors
    /// Never for a key that was generated or read here.
    pub fn sealing_key(&self) -> Result<SealingKey, super::seal::SealError> {
        SealingKey::new(self.epoch, self.suite(), &self.public_bytes())
    }

    /// Opens an envelope that was sealed to this key.
    ///
    /// # Errors
    /// When it is not authentic or its content is malformed.
    pub fn open(&self, envelope: &Envelope) -> Result<Opened, OpenError> {
        if (envelope.header.epoch, envelope.header.suite) != (self.epoch, self.suite()) {
            return Err(OpenError::NoKey);
        }
        let payload = match &self.private {
            PrivateKey::XWing(key) => decrypt::<XWing>(key, envelope),
            PrivateKey::X25519(key) => decrypt::<X25519HkdfSha256>(key, envelope),
        }
        .ok_or(OpenError::NotAuthentic)?;
        let submission = payload::decode_padded(&payload).ok_or(OpenError::BadContent)?;
        Ok(Opened { header: envelope.header.clone(), submission })
    }
}

/// The padded payload, or nothing when the envelope is not authentic.
fn decrypt<K: Kem>(key: &K::PrivateKey, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
    let encapsulated = K::EncappedKey::from_bytes(&envelope.encapsulated).ok()?;
    let mut cipher =
        setup_receiver::<AesGcm256, HkdfSha256, K>(&OpModeR::Base, key, &encapsulated, &envelope.info).ok()?;
    let (ciphertext, tag) = envelope.ciphertext.split_at_checked(envelope.ciphertext.len().checked_sub(TAG_LEN)?)?;
    let tag = AeadTag::<AesGcm256>::from_bytes(tag).ok()?;
    let mut payload = Zeroizing::new(ciphertext.to_vec());
    cipher.open_inout_detached(payload.as_mut_slice().into(), &[], &tag).ok()?;
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::super::seal::tests::{context, key_pair, sealed_bytes, sealing_key, submission};
    use super::*;
    use crate::crypto::seal::seal;
    use crate::domain::entropy::SeededEntropy;
    use rstest::rstest;

    fn opening_key(suite: SuiteName) -> OpeningKey {
        OpeningKey::from_bytes(EpochId(7), suite, &key_pair(suite).0).unwrap()
    }

    #[rstest]
    #[case(SuiteName::XWing)]
    #[case(SuiteName::X25519)]
    fn what_was_sealed_opens(#[case] suite: SuiteName) {
        let opened = opening_key(suite).open(&Envelope::parse(&sealed_bytes(suite)).unwrap()).unwrap();
        assert_eq!(*opened.submission(), submission());
        assert_eq!(opened.header().token, context().token);
    }

    /// Flips each of `bits(byte)` in turn.
    fn no_flip_opens(suite: SuiteName, bits: impl Fn(usize) -> std::ops::Range<usize>) {
        let key = opening_key(suite);
        let bytes = sealed_bytes(suite);
        let opens = |bytes: &[u8]| Envelope::parse(bytes).is_ok_and(|envelope| key.open(&envelope).is_ok());
        assert!(opens(&bytes));
        for at in 0..bytes.len() {
            for bit in bits(at) {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(!opens(&flipped), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn no_flipped_bit_opens() {
        no_flip_opens(SuiteName::X25519, |_| 0..8);
    }

    #[test]
    fn no_flipped_bit_opens_in_the_hybrid() {
        // Every bit of the header, then one of each byte: opening this suite costs ten times more.
        no_flip_opens(SuiteName::XWing, |at| if at < 80 { 0..8 } else { at % 8..at % 8 + 1 });
    }

    #[rstest]
    #[case(SuiteName::XWing)]
    #[case(SuiteName::X25519)]
    fn another_key_or_epoch_does_not_open(#[case] suite: SuiteName) {
        let envelope = Envelope::parse(&sealed_bytes(suite)).unwrap();
        let other = OpeningKey::generate(EpochId(7), suite, &SeededEntropy::new(1));
        assert_eq!(other.open(&envelope).unwrap_err(), OpenError::NotAuthentic);
        let later = OpeningKey::from_bytes(EpochId(8), suite, &key_pair(suite).0).unwrap();
        assert_eq!(later.open(&envelope).unwrap_err(), OpenError::NoKey);
    }

    #[test]
    fn a_header_put_on_another_body_does_not_open() {
        let suite = SuiteName::X25519;
        let entropy = SeededEntropy::new(2);
        let one = seal(&sealing_key(suite), context(), &submission(), &entropy).unwrap();
        let mut changed = context();
        changed.site = "other".parse().unwrap();
        let two = seal(&sealing_key(suite), changed, &submission(), &entropy).unwrap();
        let header_of_two = Envelope::parse(two.as_bytes()).unwrap();
        let body_of_one = Envelope::parse(one.as_bytes()).unwrap();
        let mixed = Envelope { header: header_of_two.header, info: header_of_two.info, ..body_of_one };
        assert_eq!(opening_key(suite).open(&mixed).unwrap_err(), OpenError::NotAuthentic);
    }

    #[test]
    fn an_authentic_envelope_without_a_submission_is_told_apart() {
        let suite = SuiteName::X25519;
        let envelope = Envelope::parse(&sealed_bytes(suite)).unwrap();
        let (_, public) = key_pair(suite);
        let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&public).unwrap();
        let entropy = SeededEntropy::new(3);
        let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &hpke::OpModeS::Base,
            &public,
            &envelope.info,
            &[0xff; 1024],
            &[],
            &mut EntropyRng(&entropy),
        )
        .unwrap();
        let hollow = Envelope { encapsulated: encapsulated.to_bytes().to_vec(), ciphertext, ..envelope };
        assert_eq!(opening_key(suite).open(&hollow).unwrap_err(), OpenError::BadContent);
    }

    #[rstest]
    #[case(SuiteName::XWing)]
    #[case(SuiteName::X25519)]
    fn a_private_key_reads_back_with_its_public_key(#[case] suite: SuiteName) {
        let key = OpeningKey::generate(EpochId(3), suite, &SeededEntropy::new(4));
        let again = OpeningKey::from_bytes(EpochId(3), suite, &*key.to_bytes()).unwrap();
        assert_eq!(again.public_bytes(), key.public_bytes());
        assert_eq!(key.sealing_key().unwrap().public_bytes(), key.public_bytes());
        assert!(!format!("{key:?}").contains(&hex::encode(*key.to_bytes())));
    }
}
