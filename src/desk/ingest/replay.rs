//! Replay: tries envelopes that were set aside once more, e.g. after the right keyring is back.

use super::IngestError;
use super::batch::{Done, Workbench};
use crate::crypto::keyring::Keyring;
use crate::desk::store::{Store, UnopenedView};
use crate::domain::business_hours::BusinessHours;
use crate::domain::entropy::Entropy;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::queue::port::QueuedEnvelope;
use std::collections::HashMap;
use std::sync::Arc;

/// Envelopes tried at a time.
const PAGE: usize = 100;

/// What a replay is made of.
pub struct ReplayParts {
    /// Where the envelopes are and leads go.
    pub store: Arc<Store>,
    /// What opens envelopes and keeps the leads' keys.
    pub keyring: Arc<Keyring>,
    /// The forms by id.
    pub forms: Arc<HashMap<FormId, Arc<Form>>>,
    /// Randomness for value tokens and nonces.
    pub entropy: Arc<dyn Entropy>,
    /// Most mails to people who ask about their own data, per site and day.
    pub request_mails_per_day: u32,
    /// When the office is open, for deadlines.
    pub hours: Arc<BusinessHours>,
}

impl ReplayParts {
    pub(super) fn bench(&self) -> Workbench {
        Workbench {
            store: Arc::clone(&self.store),
            keyring: Arc::clone(&self.keyring),
            forms: Arc::clone(&self.forms),
            entropy: Arc::clone(&self.entropy),
            request_mails_per_day: self.request_mails_per_day,
            hours: Arc::clone(&self.hours),
        }
    }
}

/// What a replay did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Replayed {
    /// Envelopes that opened; their leads are stored.
    pub opened: u64,
    /// Envelopes that stay set aside.
    pub unopened: u64,
}

/// Tries every envelope that was set aside. One that opens becomes a lead, with its outbox rows,
/// and leaves the list; one that does not stays as it is. `actor` stands in the audit.
///
/// # Errors
/// When the store or the keyring fails; what was done until then stays done, and the call may be
/// repeated.
pub fn replay(parts: &ReplayParts, actor: &str) -> Result<Replayed, IngestError> {
    let (bench, store) = (parts.bench(), &parts.store);
    let mut replayed = Replayed::default();
    let mut after = None;
    loop {
        let page = store.unopened(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(replayed) };
        after = Some(last.id);
        for envelope in page {
            if try_again(&bench, &envelope)? {
                store.take_back(&envelope, actor)?;
                replayed.opened += 1;
            } else {
                replayed.unopened += 1;
            }
        }
    }
}

/// Whether it opened and its lead is stored.
fn try_again(bench: &Workbench, envelope: &UnopenedView) -> Result<bool, IngestError> {
    let queued = QueuedEnvelope { token: envelope.token, envelope: envelope.envelope.clone() };
    match bench.open_now(&queued)? {
        Some(opened) => {
            bench.store_opened(vec![opened], &mut Done::default())?;
            Ok(true)
        }
        None => Ok(false),
    }
}
