//! The job: retention carried out at the start and by the hour, without standing in ingest's way.

use super::super::PrivacyError;
use super::{BY_THE_DESK, Order, Outcome, Retention, Run};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);
/// How long the store is left to others between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Works until `stop` is cancelled; a batch that was begun is finished.
pub async fn keep_retention(retention: Retention, stop: CancellationToken) {
    let retention = Arc::new(retention);
    loop {
        let (work, stopping) = (Arc::clone(&retention), stop.clone());
        let ran = tokio::task::spawn_blocking(move || {
            let mut go_on = || {
                std::thread::sleep(PAUSE);
                !stopping.is_cancelled()
            };
            work.run(Order { actor: BY_THE_DESK, vouches_for_clock: false }, &mut go_on)
        });
        tell(&retention, &ran.await);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

fn tell(retention: &Retention, ran: &Result<Result<Outcome, PrivacyError>, JoinError>) {
    match ran {
        Ok(Ok(Outcome::Done(run))) => tell_of_run(retention, run),
        Ok(Ok(Outcome::Waits(moved))) => {
            metrics::gauge!("leadseal_retention_waits").set(1.0);
            tracing::warn!(
                last_run = %moved.last_run,
                now = %moved.now,
                days = moved.days(),
                "retention waits and nothing is erased: the clock moved far since it was last carried out. When the time is right: leadseal retention run --confirm-clock"
            );
        }
        Ok(Err(error)) => tracing::error!(%error, "retention could not be carried out; within the hour again"),
        Err(_) => tracing::error!("retention ended abnormally; within the hour again"),
    }
}

fn tell_of_run(retention: &Retention, run: &Run) {
    metrics::gauge!("leadseal_retention_waits").set(0.0);
    if !run.stopped {
        metrics::gauge!("leadseal_retention_last_run_seconds").set(retention.clock.now().as_second() as f64);
    }
}
