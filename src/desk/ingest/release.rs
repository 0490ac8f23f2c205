//! Release: makes a lead of an envelope in quarantine, as if it had just come in.

use super::IngestError;
use super::batch::Done;
use super::replay::ReplayParts;
use crate::domain::token::Token;
use crate::queue::port::QueuedEnvelope;

/// What became of an envelope that was to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Released {
    /// It is a lead now, and its mails wait in the outbox.
    Stored,
    /// The data of its person were erased after it was sent: it was deleted.
    Erased,
    /// There is no such envelope in quarantine.
    Unknown,
    /// It does not open with this keyring, and stays.
    Unopened,
}

/// Releases one envelope: the lead is stored first, then the envelope leaves quarantine, so that a
/// crash between the two leaves it to be released again, to no second lead. `actor` stands in the
/// audit.
///
/// # Errors
/// When the store or the keyring fails; the call may be repeated.
pub fn release(parts: &ReplayParts, token: Token, actor: &str) -> Result<Released, IngestError> {
    let Some(held) = parts.store.held_one(token)? else { return Ok(Released::Unknown) };
    let bench = parts.bench();
    let queued = QueuedEnvelope { token, envelope: held.envelope };
    let Some(opened) = bench.open_now(&queued)? else { return Ok(Released::Unopened) };
    bench.store_opened(vec![opened], &mut Done::default())?;
    parts.store.let_out(token, actor)?;
    // Its person's data may have been erased after it was sent: then it is gone for good.
    Ok(if parts.store.lead(token)?.is_some() { Released::Stored } else { Released::Erased })
}
