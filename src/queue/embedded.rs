//! The embedded backend: the desk reads the spool in the same process.

use super::port::{Queue, QueueError, QueuedEnvelope};
use super::spool::Spool;
use crate::domain::token::Token;
use std::time::Duration;

/// The spool as a queue.
#[derive(Clone)]
pub struct EmbeddedQueue {
    #[allow(dead_code)]
    spool: Spool,
}

impl EmbeddedQueue {
    /// Reads from `spool`.
    pub fn new(spool: Spool) -> Self {
        Self { spool }
    }
}

impl Queue for EmbeddedQueue {
    async fn next(&self, _max: usize, _wait: Duration) -> Result<Vec<QueuedEnvelope>, QueueError> {
        todo!()
    }
    async fn confirm(&self, _leads: &[Token]) -> Result<(), QueueError> {
        todo!()
    }
    async fn waiting(&self) -> Result<u64, QueueError> {
        todo!()
    }
}
