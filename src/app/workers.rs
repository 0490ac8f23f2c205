//! The tasks that run beside the listeners: epoch rotation and gauges.

use crate::crypto::keyring::{Keyring, KeyringError};
use crate::crypto::seal::SealingKey;
use crate::desk::store::Store;
use crate::domain::clock::Clock;
use crate::domain::settings::SealingSettings;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the age of the epoch is looked at.
const ROTATION_CHECK: Duration = Duration::from_secs(60);

/// Starts a new epoch when the current one has reached its age, and hands its public key to
/// capture. A clock that jumped back never rotates, one that jumped ahead rotates once: no key
/// is destroyed by it.
pub async fn rotate_epochs(
    keyring: Arc<Keyring>,
    settings: SealingSettings,
    clock: Arc<dyn Clock>,
    publish: watch::Sender<Arc<SealingKey>>,
    shutdown: CancellationToken,
) {
    let lifetime = SignedDuration::from_hours(i64::from(settings.epoch_days) * 24);
    loop {
        // Another process (`leadseal keys rotate`) may have started an epoch meanwhile.
        let keyring = Arc::clone(&keyring);
        let clock = Arc::clone(&clock);
        let current = tokio::task::spawn_blocking(move || {
            keyring.refresh()?;
            if clock.now().duration_since(keyring.current_epoch_started()) >= lifetime {
                keyring.rotate(settings.suite)?;
            }
            Ok::<_, KeyringError>(keyring.sealing_key())
        })
        .await;
        match current {
            Ok(Ok(key)) if key.epoch() != publish.borrow().epoch() => {
                tracing::info!(epoch = %key.epoch(), "a new epoch has begun");
                publish.send_replace(Arc::new(key));
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the epoch could not be looked at; the current one goes on"),
            Err(_) => tracing::error!("the epoch check failed; the current epoch goes on"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(ROTATION_CHECK) => {}
        }
    }
}

/// Sets the gauges that a scrape reads.
pub fn update_gauges(store: &Store) {
    if let Ok(stats) = store.stats() {
        metrics::gauge!("leadseal_leads").set(stats.leads as f64);
        metrics::gauge!("leadseal_outbox_waiting").set(stats.outbox_waiting as f64);
        metrics::gauge!("leadseal_outbox_failing").set(stats.outbox_failing as f64);
        metrics::gauge!("leadseal_outbox_dead").set(stats.outbox_dead as f64);
        metrics::gauge!("leadseal_envelopes_unopened").set(stats.unopened as f64);
        metrics::gauge!("leadseal_quarantined").set(stats.quarantined as f64);
        metrics::gauge!("leadseal_requests_waiting").set(stats.requests_waiting as f64);
    }
}
