//! Pauses: how long to wait after a failure, and what the operator hears of it.

use super::IngestError;
use crate::domain::clock::Clock;
use crate::domain::entropy::{Entropy, random_bytes};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Counts failures in a row. The log has one line when a pause begins and one when it ends.
pub(super) struct Pause {
    failures: u32,
    since: Option<Timestamp>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Pause {
    pub(super) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        metrics::gauge!("leadseal_ingest_paused").set(0.0);
        Self { failures: 0, since: None, clock, entropy }
    }

    /// Notes a failure; gives the time to wait: doubling from a tenth of a second to five
    /// seconds, of which up to half is left off at random.
    pub(super) fn begin(&mut self, trouble: &IngestError) -> Duration {
        if self.since.is_none() {
            self.since = Some(self.clock.now());
            metrics::gauge!("leadseal_ingest_paused").set(1.0);
            tracing::error!(error = %trouble, "ingest pauses; leads wait in the queue and nothing is lost");
        }
        let full = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let jitter = f64::from(u16::from_le_bytes(random_bytes(self.entropy.as_ref()))) / f64::from(u16::MAX);
        full.mul_f64(1.0 - jitter / 2.0)
    }

    /// Notes a success.
    pub(super) fn end(&mut self) {
        self.failures = 0;
        if let Some(since) = self.since.take() {
            let seconds = self.clock.now().duration_since(since).as_secs();
            metrics::gauge!("leadseal_ingest_paused").set(0.0);
            tracing::info!(seconds, "ingest goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::SystemClock;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn waits_grow_to_a_few_seconds_and_start_over_after_a_success() {
        let mut pause = Pause::new(Arc::new(SystemClock), Arc::new(SeededEntropy::new(1)));
        let waits: Vec<Duration> = (0..40).map(|_| pause.begin(&IngestError::Crashed)).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[10..].iter().all(|wait| *wait >= LONGEST / 2 && *wait <= LONGEST));
        assert!(waits[10..].windows(2).any(|two| two[0] != two[1]), "jitter");
        pause.end();
        assert!(pause.begin(&IngestError::Crashed) <= FIRST);
    }
}
