//! Form tokens: signed proof that a page of a form was served, and when.
//!
//! Bound to the form; holds issue time and a nonce; no visitor data.

use super::mac::MacKey;
use crate::domain::entropy::Entropy;
use crate::domain::ids::FormId;
use jiff::Timestamp;
use std::time::Duration;

/// Why a form token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormTokenError {
    /// Not of the form of a token, or its signature does not hold (also: another form's).
    #[error("the form token is not genuine")]
    Forged,
    /// Older than allowed.
    #[error("the form token is too old")]
    Expired,
}

/// Issues a token for a form.
pub fn issue(_key: &MacKey, _form: &FormId, _now: Timestamp, _entropy: &dyn Entropy) -> String {
    todo!()
}

/// Checks a token; gives the time since it was issued.
///
/// # Errors
/// When it is not genuine, of another form, from the future (beyond five minutes of clock skew)
/// or too old.
pub fn check(
    _key: &MacKey,
    _form: &FormId,
    _token: &str,
    _now: Timestamp,
    _max_age: Duration,
) -> Result<Duration, FormTokenError> {
    todo!()
}
