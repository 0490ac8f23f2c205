//! Privacy: what people may ask about their own data, carried out: access and erasure by e-mail.
//! And retention: what is past its days goes without being asked.
//!
//! A request is carried out once, by its person over the mailed link or by staff. Every value that
//! is opened and every lead that is erased has its audit entry. Refuses to search what is sealed:
//! quarantine, unopened envelopes and spools end by their days, and the receipt says when.

mod epochs;
mod erase;
mod held;
mod house;
mod preview;
mod retention;
mod written_down;

pub use epochs::{EndReason, EpochState, WaitsFor, end_epoch, epoch_states};
pub use erase::{Receipt, envelopes_until, erase};
pub use held::{Held, HeldLead, HeldNote, HeldValue, HeldWhat, HeldWork, access};
pub use house::keep_house;
pub use preview::{Preview, preview};
pub use retention::{
    ClockMoved, Countdown, Ended, FormDays, Order, Outcome, Retention, RetentionRules, Run, clock_moved, countdown,
    keep_retention,
};
pub use written_down::{WrittenDown, address_typed, sites_that_hold, take_back, write_down};

use crate::crypto::keyring::{Keyring, KeyringError};
use crate::desk::export::ExportError;
use crate::desk::store::{Person, RequestView, Store, StoreError};
use crate::domain::field::FieldKind;
use crate::domain::request::RequestKind;
use crate::queue::spool::SpoolError;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Who the audit names when people carry their request out themselves.
pub const BY_ITS_PERSON: &str = "data-subject";

/// What carrying out a request takes.
#[derive(Clone)]
pub struct Custody {
    /// Where leads and requests are.
    pub store: Arc<Store>,
    /// What opens them.
    pub keyring: Arc<Keyring>,
}

/// Why a request could not be carried out now. It stays as it was, and can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// The store, or its audit.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A value does not open.
    #[error(transparent)]
    Reveal(#[from] ExportError),
    /// This machine's spool.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The address of a request can't be sealed.
    #[error("the address of a request can't be sealed")]
    NotSealed,
}

/// The request that a link leads to, while it may be used.
///
/// # Errors
/// When the store can't be read.
pub fn request_behind(store: &Store, secret: &str) -> Result<Option<RequestView>, PrivacyError> {
    Ok(store.request_by_link(&Sha256::digest(secret.as_bytes()).into())?)
}

/// Who carries a request out, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// For the audit.
    pub actor: &'a str,
    /// A word of a list.
    pub reason: &'a str,
}

impl By<'_> {
    /// The person, over the mailed link.
    pub const fn person(kind: RequestKind) -> By<'static> {
        By { actor: BY_ITS_PERSON, reason: kind.reason() }
    }
}

/// Calls `work` with the person of a request; nothing when the request holds no index any more.
fn with_person<T>(keyring: &Keyring, request: &RequestView, work: impl FnOnce(Person<'_>) -> T) -> Option<T> {
    let index = request.blind?;
    let is_same = |address: &str| keyring.index_keys().hash(&request.site, FieldKind::Email, address) == index;
    Some(work(Person { site: &request.site, index, is_same: &is_same }))
}

#[cfg(test)]
mod tests;
