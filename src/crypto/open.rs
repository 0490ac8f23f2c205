//! Opening an envelope: the desk only.

use super::envelope::{Envelope, Header};
use crate::domain::submission::Submission;

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
}

/// The private key of an epoch, kept decoded.
pub struct OpeningKey {}

impl OpeningKey {
    /// Opens an envelope that was sealed to this key.
    ///
    /// # Errors
    /// When it is not authentic or its content is malformed.
    pub fn open(&self, _envelope: &Envelope) -> Result<Opened, OpenError> {
        todo!()
    }
}
