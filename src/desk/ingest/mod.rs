//! Ingest: takes envelopes from the queue, opens and protects them, stores them, then confirms.
//!
//! Drops nothing. What can't be opened is set aside, still sealed, and then confirmed, so that
//! others flow. What can't be stored now (full disk, locked file, failing keyring) pauses ingest:
//! nothing is confirmed, and the queue hands it out again.

mod batch;
mod lineage;
mod pause;
mod plan;
mod release;
mod replay;
mod requests;

pub use release::{Released, release};
pub use replay::{ReplayParts, Replayed, replay};

use crate::crypto::keyring::{Keyring, KeyringError};
use crate::desk::store::{Store, StoreError};
use crate::domain::business_hours::BusinessHours;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::queue::port::{Queue, QueueError, QueuedEnvelope};
use batch::{Done, Workbench};
use lineage::Lineage;
use pause::Pause;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Most envelopes taken at a time.
const BATCH: usize = 256;
/// How long one look into the queue waits, and so how long a call for a replay may take to be heard.
const WAIT: Duration = Duration::from_secs(5);

/// What ingest is made of.
pub struct IngestParts<Q> {
    /// Where envelopes come from.
    pub queue: Q,
    /// Where leads go.
    pub store: Arc<Store>,
    /// What opens envelopes and keeps the leads' keys.
    pub keyring: Arc<Keyring>,
    /// The forms by id.
    pub forms: Arc<HashMap<FormId, Arc<Form>>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for value tokens, nonces and the jitter of pauses.
    pub entropy: Arc<dyn Entropy>,
    /// Woken when new outbox rows are there.
    pub wake: Arc<Notify>,
    /// Most mails to people who ask about their own data, per site and day.
    pub request_mails_per_day: u32,
    /// When the office is open, for deadlines.
    pub hours: Arc<BusinessHours>,
}

/// Why envelopes could not be taken in now. They are tried again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The store, or its audit.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring, when it was to keep a key.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The keyring, when it was to open an envelope.
    #[error("the keyring can't be read now")]
    KeyringUnread,
    /// A fault of the program.
    #[error("the ingest task ended abnormally")]
    Crashed,
}

/// The worker between queue and store. One per queue.
pub struct Ingest<Q> {
    queue: Q,
    bench: Arc<Workbench>,
    lineage: Lineage,
    pause: Pause,
    wake: Arc<Notify>,
}

impl<Q: Queue> Ingest<Q> {
    /// An ingest that is not yet running.
    pub fn new(parts: IngestParts<Q>) -> Self {
        let IngestParts { queue, store, keyring, forms, clock, entropy, wake, request_mails_per_day, hours } = parts;
        let pause = Pause::new(clock, Arc::clone(&entropy));
        let lineage = Lineage::new(Arc::clone(&store));
        Self {
            queue,
            bench: Arc::new(Workbench { store, keyring, forms, entropy, request_mails_per_day, hours }),
            lineage,
            pause,
            wake,
        }
    }

    /// Works until `shutdown` is cancelled; a batch that was begun is finished.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let next = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                next = self.next() => next,
            };
            let taken = match next {
                Ok(batch) => self.take_in(batch).await,
                Err(error) => Err(error),
            };
            match taken {
                Ok(()) => self.pause.end(),
                Err(trouble) => {
                    let delay = self.pause.begin(&trouble);
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        () = tokio::time::sleep(delay) => {}
                    }
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Vec<QueuedEnvelope>, IngestError> {
        self.lineage.keep(&self.queue).await?;
        Ok(self.queue.next(BATCH, WAIT).await?)
    }

    async fn take_in(&self, batch: Vec<QueuedEnvelope>) -> Result<(), IngestError> {
        if batch.is_empty() {
            return Ok(());
        }
        let bench = Arc::clone(&self.bench);
        let work = tokio::task::spawn_blocking(move || bench.store_batch(&batch));
        let done = work.await.map_err(|_| IngestError::Crashed)??;
        // Woken before the confirmation: the mail should not wait for the queue.
        if done.has_deliveries {
            self.wake.notify_one();
        }
        self.queue.confirm(&done.settled, done.mark).await?;
        count(&done);
        Ok(())
    }
}

fn count(done: &Done) {
    for (form, leads) in &done.stored {
        metrics::counter!("leadseal_leads_stored_total", "form" => form.to_string()).increment(*leads);
    }
    if done.quarantined > 0 {
        metrics::counter!("leadseal_leads_quarantined_total").increment(done.quarantined);
    }
    if done.unopened > 0 {
        metrics::counter!("leadseal_envelopes_unopened_total").increment(done.unopened);
    }
}

#[cfg(test)]
mod tests;
