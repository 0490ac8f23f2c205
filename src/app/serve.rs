//! `serve` with both roles in one process: two listeners, one spool, no other machine.
//!
//! Start-up fails with one line before a listener opens; shutdown drains the public side first,
//! then lets ingest and the outbox finish what they hold.

use super::desk::Desk;
use super::files::DataDir;
use super::listeners::{Listeners, metrics_handle, run_until_stopped};
use super::private::{self, PrivateState, Source};
use crate::capture::{Capture, CaptureParts, DaySecrets, SiteKeys};
use crate::console;
use crate::crypto::keyring::UnlockSecret;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::settings::Settings;
use crate::http::headers::private_headers;
use crate::http::listener::{self, ListenerOptions};
use crate::queue::embedded::EmbeddedQueue;
use crate::queue::funnel::Funnel;
use crate::queue::spool::Spool;
use axum::Router;
use std::fs::File;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Everything `serve` runs, built but not started.
pub struct Service {
    desk: Desk,
    spool: Spool,
    funnel: Funnel,
    capture: Capture,
    /// The pages of people's requests: they need the desk, and visitors reach them.
    requests: Router,
    private: Router,
    _lock: File,
}

impl Service {
    /// Opens databases and keys, and builds both sides. `extra` is mounted on the private listener.
    ///
    /// # Errors
    /// One line that names what is wrong and the fix.
    pub fn build(settings: Settings, secret: &UnlockSecret, extra: Router) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let data = DataDir::new(&settings.data_dir);
        let lock = data.take()?;
        let request_url = settings.privacy.url.clone().unwrap_or_else(|| settings.public.url.clone());
        let desk =
            Desk::open(Arc::clone(&settings), &data, secret, request_url, Arc::clone(&clock), Arc::clone(&entropy))?;
        let spool = Spool::open(&data.spool(), settings.limits.max_spool, Arc::clone(&clock))?;
        let funnel = Funnel::new(&data.funnel());
        let capture = Capture::new(CaptureParts {
            settings: Arc::clone(&settings),
            sealing_key: desk.sealing_key.subscribe(),
            spool: spool.clone(),
            funnel: funnel.clone(),
            secrets: DaySecrets::open(&data.capture_keys(), Arc::clone(&clock), Arc::clone(&entropy))?,
            site_keys: SiteKeys::open(&data.site_keys())?,
            clock,
            entropy,
            membership: None,
        })?;
        let health = PrivateState {
            source: Source::Spool(spool.clone()),
            store: Arc::clone(&desk.store),
            mail: desk.mail_health(),
            metrics: metrics_handle()?,
        };
        let requests = console::request_router(desk.request_pages());
        let private = private::router(health)
            .merge(desk.staff_pages(Arc::new(Source::Spool(spool.clone())))?)
            .layer(private_headers())
            .merge(extra);
        Ok(Self { desk, spool, funnel, capture, requests, private, _lock: lock })
    }

    /// Serves until `shutdown` is cancelled, then drains. Calls `ready` once both listeners answer.
    ///
    /// # Errors
    /// When a part stops that should run.
    pub async fn run(
        self,
        listeners: Listeners,
        shutdown: CancellationToken,
        ready: impl FnOnce(),
    ) -> anyhow::Result<()> {
        let settings = Arc::clone(&self.desk.settings);
        let stop_workers = CancellationToken::new();
        let mut workers = JoinSet::new();
        workers.spawn(self.funnel.write_down(stop_workers.clone()));
        self.desk.spawn_workers(EmbeddedQueue::new(self.spool.clone()), &mut workers, &stop_workers);

        let options = ListenerOptions::from(&settings.public);
        let mut servers = JoinSet::new();
        let public = self.capture.router().merge(self.requests);
        servers.spawn(listener::serve(listeners.public, public, options.clone(), shutdown.clone()));
        servers.spawn(listener::serve(listeners.private, self.private, options, shutdown.clone()));
        tracing::info!(public = %settings.public.url, private = %settings.private.url, "serving");
        ready();

        let ended = run_until_stopped(servers, workers, shutdown, stop_workers).await;
        self.spool.close().await;
        tracing::info!("stopped");
        ended
    }
}
