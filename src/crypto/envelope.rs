//! The envelope `LSE1` on the wire: strict canonical form of header, encapsulated key, ciphertext.

use crate::domain::ids::{EpochId, FormId, FormVersion, SiteId};
use crate::domain::settings::SuiteName;
use crate::domain::token::Token;
use jiff::Timestamp;

/// What stands in the clear, and is bound to the ciphertext as the HPKE `info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The suite.
    pub suite: SuiteName,
    /// The epoch whose public key it was sealed to.
    pub epoch: EpochId,
    /// The site.
    pub site: SiteId,
    /// The form.
    pub form: FormId,
    /// The definition of the form the visitor saw.
    pub form_version: FormVersion,
    /// The lead's token.
    pub token: Token,
    /// When it was taken in, cut to the minute.
    pub received_at: Timestamp,
}

/// A sealed submission: the only thing the spool takes. Only [`super::seal::seal`] makes one.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub(super) header: Header,
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The envelope's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A parsed envelope, not yet authenticated.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// What the header claims.
    pub header: Header,
    pub(super) info: Vec<u8>,
    pub(super) encapsulated: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
}

/// Why bytes are no envelope. Never holds their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Cut short, over-long, or not canonical.
    #[error("malformed envelope")]
    Malformed,
    /// A version this binary does not know.
    #[error("unknown envelope version")]
    UnknownVersion,
    /// A suite this binary does not know.
    #[error("unknown envelope suite")]
    UnknownSuite,
}

impl Envelope {
    /// Parses an envelope strictly: one canonical form, no trailing bytes.
    ///
    /// # Errors
    /// When the bytes are not exactly one envelope of a known version and suite.
    pub fn parse(_bytes: &[u8]) -> Result<Self, EnvelopeError> {
        todo!()
    }
}
