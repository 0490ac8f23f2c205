//! Sealing: a submission to the epoch's public key. Holds nothing that can open.

use super::envelope::Sealed;
use crate::domain::entropy::Entropy;
use crate::domain::ids::{EpochId, FormId, FormVersion, SiteId};
use crate::domain::settings::SuiteName;
use crate::domain::submission::Submission;
use crate::domain::token::Token;
use jiff::Timestamp;

/// The public key of an epoch.
#[derive(Debug, Clone)]
pub struct SealingKey {
    epoch: EpochId,
    suite: SuiteName,
    public: Vec<u8>,
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
        Ok(Self { epoch, suite, public: public.to_vec() })
    }

    /// The epoch.
    pub fn epoch(&self) -> EpochId {
        self.epoch
    }
}

/// Seals a submission.
///
/// # Errors
/// When the submission exceeds the largest size bucket.
pub fn seal(
    _key: &SealingKey,
    _context: SealContext,
    _submission: &Submission,
    _entropy: &dyn Entropy,
) -> Result<Sealed, SealError> {
    todo!()
}

/// The canonical bytes of a submission: equal submissions have equal bytes. For MACs only; they
/// are personal data.
pub fn canonical_bytes(_submission: &Submission) -> zeroize::Zeroizing<Vec<u8>> {
    todo!()
}
