//! The embedded backend: the desk reads the spool in the same process.

use super::port::{Queue, QueueError, QueuedEnvelope};
use super::spool::Spool;
use crate::domain::mark::StoreMark;
use crate::domain::token::Token;
use std::time::Duration;

/// The spool as a queue. For one reader: two would be handed the same envelopes.
#[derive(Clone)]
pub struct EmbeddedQueue {
    spool: Spool,
}

impl EmbeddedQueue {
    /// Reads from `spool`.
    pub fn new(spool: Spool) -> Self {
        Self { spool }
    }
}

impl Queue for EmbeddedQueue {
    async fn next(&self, max: usize, wait: Duration) -> Result<Vec<QueuedEnvelope>, QueueError> {
        // Subscribed before the look, so that what arrives in between wakes the wait.
        let mut arrivals = self.spool.arrivals();
        if self.spool.stats().waiting > 0 {
            let found = self.spool.unconfirmed(max).await?;
            // The count may be too high (rows of another hand); that must not become a busy loop.
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let arrived = tokio::time::timeout(wait, arrivals.changed()).await;
        if !matches!(arrived, Ok(Ok(()))) {
            return Ok(Vec::new());
        }
        Ok(self.spool.unconfirmed(max).await?)
    }

    async fn confirm(&self, leads: &[Token], mark: StoreMark) -> Result<(), QueueError> {
        Ok(self.spool.confirm(leads, mark, None).await?)
    }

    async fn witnessed(&self) -> Result<Vec<StoreMark>, QueueError> {
        Ok(vec![self.spool.desk().await?.0])
    }

    async fn announce(&self, mark: StoreMark) -> Result<(), QueueError> {
        Ok(self.spool.confirm(&[], mark, None).await?)
    }

    async fn waiting(&self) -> Result<u64, QueueError> {
        Ok(self.spool.stats().waiting)
    }
}
