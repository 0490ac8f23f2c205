//! Sealing: a submission to the epoch's public key. Holds nothing that can open.
//!
//! HPKE Base mode (RFC 9180) with HKDF-SHA256 and AES-256-GCM; the envelope's clear header is the
//! `info`. The plaintext is written once, into the envelope's own buffer, and encrypted there.

use super::envelope::{Header, Sealed, TAG_LEN, cut_to_minute, encapsulated_len, write_header, write_length};
use super::payload;
use crate::domain::entropy::{Entropy, EntropyRng};
use crate::domain::ids::{EpochId, FormId, FormVersion, SiteId};
use crate::domain::settings::SuiteName;
use crate::domain::submission::Submission;
use crate::domain::token::Token;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, OpModeS, Serializable, setup_sender_with_rng};
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Room for the clear header: two ids of 40 characters and the fixed parts.
const HEADER_ROOM: usize = 128;
/// Room for the two lengths behind it.
const LENGTHS: usize = 8;

/// The public key of an epoch, kept decoded. Cheap to clone.
#[derive(Clone)]
pub struct SealingKey {
    epoch: EpochId,
    public: PublicKey,
}

#[derive(Clone)]
enum PublicKey {
    // Decoded it holds ML-KEM's expanded matrix: shared, not copied.
    XWing(Arc<<XWing as Kem>::PublicKey>),
    X25519(<X25519HkdfSha256 as Kem>::PublicKey),
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("epoch", &self.epoch).field("suite", &self.suite()).finish_non_exhaustive()
    }
}

/// What the header says besides suite and epoch.
#[derive(Debug, Clone)]
pub struct SealContext {
    /// The site.
    pub site: SiteId,
    /// The form.
    pub form: FormId,
    /// Its definition.
    pub form_version: FormVersion,
    /// The lead's token.
    pub token: Token,
    /// When it was taken in (cut to the minute by `seal`).
    pub received_at: Timestamp,
}

/// Why sealing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The public key's bytes are no key of the suite.
    #[error("the epoch's public key is not valid")]
    BadKey,
    /// The submission is larger than the largest bucket.
    #[error("the submission is too large to seal")]
    TooLarge,
}

impl SealingKey {
    /// Reads a public key of a suite.
    ///
    /// # Errors
    /// When the bytes are no key of the suite.
    pub fn new(epoch: EpochId, suite: SuiteName, public: &[u8]) -> Result<Self, SealError> {
        let public = match suite {
            SuiteName::XWing => PublicKey::XWing(Arc::new(parse_public::<XWing>(public)?)),
            SuiteName::X25519 => PublicKey::X25519(parse_public::<X25519HkdfSha256>(public)?),
        };
        Ok(Self { epoch, public })
    }

    /// The epoch.
    pub fn epoch(&self) -> EpochId {
        self.epoch
    }

    /// The suite.
    pub fn suite(&self) -> SuiteName {
        match self.public {
            PublicKey::XWing(_) => SuiteName::XWing,
            PublicKey::X25519(_) => SuiteName::X25519,
        }
    }

    /// The public key's bytes, as [`Self::new`] reads them.
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.public {
            PublicKey::XWing(key) => key.to_bytes().to_vec(),
            PublicKey::X25519(key) => key.to_bytes().to_vec(),
        }
    }
}

fn parse_public<K: Kem>(bytes: &[u8]) -> Result<K::PublicKey, SealError> {
    K::PublicKey::from_bytes(bytes).map_err(|_| SealError::BadKey)
}

/// Seals a submission.
///
/// # Errors
/// When the submission exceeds the largest size bucket, or the public key is one that no key
/// agreement can use.
pub fn seal(
    key: &SealingKey,
    context: SealContext,
    submission: &Submission,
    entropy: &dyn Entropy,
) -> Result<Sealed, SealError> {
    let header = Header {
        suite: key.suite(),
        epoch: key.epoch,
        site: context.site,
        form: context.form,
        form_version: context.form_version,
        token: context.token,
        received_at: cut_to_minute(context.received_at),
    };
    let bytes = match &key.public {
        PublicKey::XWing(public) => seal_with::<XWing>(public, &header, submission, entropy)?,
        PublicKey::X25519(public) => seal_with::<X25519HkdfSha256>(public, &header, submission, entropy)?,
    };
    Ok(Sealed { header, bytes })
}

fn seal_with<K: Kem>(
    public: &K::PublicKey,
    header: &Header,
    submission: &Submission,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let bucket = payload::padded_len(submission).ok_or(SealError::TooLarge)?;
    let room = HEADER_ROOM + LENGTHS + encapsulated_len(header.suite) + bucket + TAG_LEN;
    // Wiped should sealing fail after the plaintext was written.
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    write_header(header, &mut out);
    let (encapsulated, mut cipher) =
        setup_sender_with_rng::<AesGcm256, HkdfSha256, K>(&OpModeS::Base, public, &out, &mut EntropyRng(entropy))
            .map_err(|_| SealError::BadKey)?;
    let encapsulated = encapsulated.to_bytes();
    write_length(&mut out, encapsulated.len());
    out.extend_from_slice(&encapsulated);
    write_length(&mut out, bucket + TAG_LEN);
    let plaintext_at = out.len();
    payload::append_padded(submission, bucket, &mut out);
    let tag = cipher.seal_inout_detached((&mut out[plaintext_at..]).into(), &[]).map_err(|_| SealError::BadKey)?;
    out.extend_from_slice(&tag.to_bytes());
    Ok(std::mem::take(&mut *out))
}

/// The canonical bytes of a submission: equal submissions have equal bytes. For MACs only; they
/// are personal data.
pub fn canonical_bytes(submission: &Submission) -> Zeroizing<Vec<u8>> {
    payload::encode(submission)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::attribution::AttributionKey;
    use crate::domain::entropy::SeededEntropy;
    use crate::domain::field::FieldKind;
    use crate::domain::lang::Lang;
    use crate::domain::submission::{Answer, ConsentRecord, Value};

    /// A key pair that depends on the suite alone: private and public bytes.
    pub(in crate::crypto) fn key_pair(suite: SuiteName) -> (Vec<u8>, Vec<u8>) {
        fn of<K: Kem>() -> (Vec<u8>, Vec<u8>) {
            let (private, public) = K::derive_keypair(&[42; 32]);
            (private.to_bytes().to_vec(), public.to_bytes().to_vec())
        }
        match suite {
            SuiteName::XWing => of::<XWing>(),
            SuiteName::X25519 => of::<X25519HkdfSha256>(),
        }
    }

    pub(in crate::crypto) fn sealing_key(suite: SuiteName) -> SealingKey {
        SealingKey::new(EpochId(7), suite, &key_pair(suite).1).unwrap()
    }

    pub(in crate::crypto) fn context() -> SealContext {
        SealContext {
            site: "main".parse().unwrap(),
            form: "contact".parse().unwrap(),
            form_version: FormVersion([1, 2, 3, 4, 5, 6, 7, 8]),
            token: Token::from_bytes([9; 20]),
            received_at: "2026-11-22T09:41:37Z".parse().unwrap(),
        }
    }

    pub(in crate::crypto) fn submission() -> Submission {
        let answer = |field: &str, kind, value| Answer { field: field.parse().unwrap(), kind, value };
        Submission {
            lang: Lang::Ja,
            answers: vec![
                answer("name", FieldKind::Name, Value::Name { family: "髙﨑".into(), given: "美咲".into() }),
                answer("email", FieldKind::Email, Value::one("misaki@example.co.jp")),
                answer("topics", FieldKind::Checkboxes, Value::Many(vec!["price".into(), "demo".into()])),
            ],
            consents: vec![ConsentRecord {
                field: "privacy".parse().unwrap(),
                purpose: "privacy".into(),
                version: "2026-04".into(),
                text: "個人情報の取り扱いに同意します".into(),
                lang: Lang::Ja,
                granted: true,
            }],
            attribution: vec![(AttributionKey::UtmSource, "newsletter".into())],
            corrects: None,
            once: None,
            quarantine: Vec::new(),
            request: None,
        }
    }

    pub(in crate::crypto) fn sealed_bytes(suite: SuiteName) -> Vec<u8> {
        let sealed = seal(&sealing_key(suite), context(), &submission(), &SeededEntropy::new(5)).unwrap();
        sealed.as_bytes().to_vec()
    }

    #[test]
    fn keys_of_another_suite_or_length_are_refused() {
        let (_, x25519) = key_pair(SuiteName::X25519);
        let (_, x_wing) = key_pair(SuiteName::XWing);
        for (suite, bytes) in [
            (SuiteName::XWing, &x25519[..]),
            (SuiteName::X25519, &x_wing),
            (SuiteName::X25519, &[]),
            (SuiteName::XWing, &x_wing[1..]),
        ] {
            assert_eq!(SealingKey::new(EpochId(1), suite, bytes).unwrap_err(), SealError::BadKey);
        }
    }

    #[test]
    fn a_public_key_that_agrees_on_nothing_is_refused() {
        let key = SealingKey::new(EpochId(1), SuiteName::X25519, &[0; 32]).unwrap();
        let refused = seal(&key, context(), &submission(), &SeededEntropy::new(1)).unwrap_err();
        assert_eq!(refused, SealError::BadKey);
    }

    #[test]
    fn a_submission_beyond_the_largest_bucket_is_refused() {
        let mut large = submission();
        large.answers[1].value = Value::one("a".repeat(512 * 1024));
        let refused = seal(&sealing_key(SuiteName::X25519), context(), &large, &SeededEntropy::new(1)).unwrap_err();
        assert_eq!(refused, SealError::TooLarge);
    }

    #[test]
    fn nothing_of_the_plaintext_shows_and_the_buffer_never_grew() {
        for suite in [SuiteName::XWing, SuiteName::X25519] {
            let sealed = seal(&sealing_key(suite), context(), &submission(), &SeededEntropy::new(5)).unwrap();
            for word in ["髙﨑", "misaki", "newsletter", "同意"] {
                let word = word.as_bytes();
                assert!(!sealed.as_bytes().windows(word.len()).any(|window| window == word));
            }
            // A buffer that had grown would have left a copy of the plaintext behind.
            let room = HEADER_ROOM + LENGTHS + encapsulated_len(suite) + 1024 + TAG_LEN;
            assert_eq!(sealed.bytes.capacity(), room);
        }
    }

    #[test]
    fn the_same_submission_seals_differently_each_time() {
        let entropy = SeededEntropy::new(5);
        let key = sealing_key(SuiteName::X25519);
        let one = seal(&key, context(), &submission(), &entropy).unwrap();
        let two = seal(&key, context(), &submission(), &entropy).unwrap();
        assert_ne!(one.as_bytes(), two.as_bytes());
    }

    #[test]
    fn the_public_key_reads_back() {
        for suite in [SuiteName::XWing, SuiteName::X25519] {
            assert_eq!(sealing_key(suite).public_bytes(), key_pair(suite).1);
            assert_eq!(sealing_key(suite).suite(), suite);
        }
    }
}
