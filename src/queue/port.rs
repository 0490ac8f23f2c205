//! The queue port: what ingest needs of a queue, whichever backend carries the envelopes.

use crate::domain::mark::StoreMark;
use crate::domain::token::Token;
use crate::queue::spool::AcceptError;
use std::future::Future;
use std::time::Duration;

/// An envelope on its way to ingest.
#[derive(Debug, Clone)]
pub struct QueuedEnvelope {
    /// The lead's token, by which it is confirmed.
    pub token: Token,
    /// The envelope.
    pub envelope: Vec<u8>,
}

/// The queue can't be used now; try again later.
#[derive(Debug, thiserror::Error)]
#[error("the queue is not available: {0}")]
pub struct QueueError(pub String);

impl From<AcceptError> for QueueError {
    fn from(error: AcceptError) -> Self {
        Self(error.to_string())
    }
}

/// A queue of sealed envelopes. What is not confirmed is delivered again.
pub trait Queue: Send + Sync + 'static {
    /// Waits up to `wait` for envelopes, and gives at most `max`. Empty when none came.
    fn next(&self, max: usize, wait: Duration) -> impl Future<Output = Result<Vec<QueuedEnvelope>, QueueError>> + Send;

    /// Tells the queue that these leads are durably at the desk by this commit of its store, or by
    /// one before it.
    fn confirm(&self, leads: &[Token], mark: StoreMark) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// The newest marks that the senders remember. A store that does not know one of them was
    /// restored from a backup made before.
    fn witnessed(&self) -> impl Future<Output = Result<Vec<StoreMark>, QueueError>> + Send;

    /// Tells the senders which life of the store listens now: what they handed to an earlier one,
    /// they hand over again as far as they still have it.
    fn announce(&self, mark: StoreMark) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// How many envelopes wait.
    fn waiting(&self) -> impl Future<Output = Result<u64, QueueError>> + Send;
}
