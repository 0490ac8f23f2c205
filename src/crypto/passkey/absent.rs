//! A program without passkeys: none can be offered.

use super::{Added, Challenge, Proof, Refused, Whose};
use crate::domain::entropy::Entropy;
use crate::domain::ids::StaffId;
use jiff::Timestamp;
use url::Url;

/// There are none.
pub enum Passkeys {}

/// An answer, which nobody can give.
pub struct Claim {
    /// By which the authenticator would know the passkey.
    pub credential: Vec<u8>,
}

impl Passkeys {
    /// None.
    pub fn new(_url: &Url, _entropy: &dyn Entropy) -> Option<Self> {
        None
    }

    /// Never called.
    pub fn origin(&self) -> &str {
        match *self {}
    }

    /// Never called.
    pub fn add(
        &self,
        _whose: Whose<'_>,
        _known: Vec<Vec<u8>>,
        _session: &[u8; 32],
        _now: Timestamp,
        _entropy: &dyn Entropy,
    ) -> Option<Challenge> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn added(&self, _sealed: &str, _answer: &str, _session: &[u8; 32], _now: Timestamp) -> Result<Added, Refused> {
        match *self {}
    }

    /// Never called.
    pub fn ask(
        &self,
        _allowed: &[Vec<u8>],
        _session: Option<&[u8; 32]>,
        _now: Timestamp,
        _entropy: &dyn Entropy,
    ) -> Option<Challenge> {
        match *self {}
    }

    /// Never called.
    pub fn claimed(&self, _answer: &str) -> Option<Claim> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn proved(
        &self,
        _sealed: &str,
        _claim: &Claim,
        _owner: (StaffId, &str),
        _session: Option<&[u8; 32]>,
        _now: Timestamp,
    ) -> Result<Proof, Refused> {
        match *self {}
    }
}
