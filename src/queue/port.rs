//! The queue port: what ingest needs of a queue, whichever backend carries the envelopes.

use crate::domain::token::Token;
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

/// A queue of sealed envelopes. What is not confirmed is delivered again.
pub trait Queue: Send + Sync + 'static {
    /// Waits up to `wait` for envelopes, and gives at most `max`. Empty when none came.
    fn next(&self, max: usize, wait: Duration) -> impl Future<Output = Result<Vec<QueuedEnvelope>, QueueError>> + Send;

    /// Tells the queue that these leads are durably at the desk.
    fn confirm(&self, leads: &[Token]) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// How many envelopes wait.
    fn waiting(&self) -> impl Future<Output = Result<u64, QueueError>> + Send;
}
