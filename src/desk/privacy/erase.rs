//! Erasure of what is held under an address: keys first, then rows, then what the log still holds.
//!
//! A crash in between leaves leads that nobody can open and a request that is still open: the next
//! try finishes what this one began.

use super::{By, Custody, PrivacyError, with_person};
use crate::desk::store::{Erased, RequestView};
use crate::domain::token::Token;
use crate::queue::spool::CONFIRMED_FOR;
use jiff::Timestamp;

/// Times that the log is asked to be emptied while readers are in the way.
const TRIES: usize = 3;

/// What an erasure did, for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Receipt {
    /// The request.
    pub request: Token,
    /// Leads that were erased.
    pub leads: usize,
    /// When.
    pub erased_at: Timestamp,
    /// When the last sealed envelope in a spool is gone.
    pub envelopes_until: Timestamp,
}

/// When the last sealed envelope in a spool is gone, of what was erased then.
pub fn envelopes_until(erased_at: Timestamp) -> Timestamp {
    erased_at.saturating_add(CONFIRMED_FOR).unwrap_or(Timestamp::MAX)
}

/// Erases what is held under a request's address and ends the request. Nothing when it had ended
/// before.
///
/// # Errors
/// When a part fails; what was done stays done, and the call is to be repeated.
pub fn erase(
    custody: &Custody,
    request: &RequestView,
    by: By<'_>,
    now: Timestamp,
) -> Result<Option<Receipt>, PrivacyError> {
    if !request.status.is_waiting() {
        return Ok(None);
    }
    let Custody { store, keyring } = custody;
    let work = with_person(keyring, request, |person| {
        keyring.erase_leads(&store.leads_of(person)?)?;
        Ok::<_, PrivacyError>(store.erase_person(request, person, by.actor, by.reason)?)
    });
    let Some(Erased { leads, requests }) = work.transpose()?.flatten() else { return Ok(None) };
    let keys: Vec<Token> = leads.iter().chain(&requests).copied().chain([request.token]).collect();
    keyring.erase_leads(&keys)?;
    empty_log(custody)?;
    tracing::info!(request = %request.token, leads = leads.len(), "a person's data were erased");
    Ok(Some(Receipt {
        request: request.token,
        leads: leads.len(),
        erased_at: now,
        envelopes_until: envelopes_until(now),
    }))
}

/// What is erased must not stay in the log. A reader that is in the way ends soon; the house is
/// kept by the hour, too.
pub(super) fn empty_log(custody: &Custody) -> Result<(), PrivacyError> {
    for _ in 0..TRIES {
        if custody.store.empty_log()? {
            return Ok(());
        }
    }
    tracing::warn!("leads.db's log could not be emptied after an erasure; it is tried again within the hour");
    Ok(())
}
