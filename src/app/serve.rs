//! `serve`: both roles in one process, two listeners, one spool.
//!
//! Start-up fails with one line before a listener opens; shutdown drains the public side first,
//! then lets ingest and the outbox finish what they hold.

use crate::app::files::{DataDir, is_exposed};
use crate::app::metric_help;
use crate::app::private::{self, PrivateState};
use crate::app::workers::rotate_epochs;
use crate::capture::{Capture, CaptureParts, DaySecrets};
use crate::console::{self, LinkState};
use crate::crypto::keyring::{Keyring, UnlockSecret};
use crate::crypto::seal::SealingKey;
use crate::desk::ingest::{Ingest, IngestParts};
use crate::desk::outbox::{Dispatcher, DispatcherParts};
use crate::desk::store::Store;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use crate::http::headers::private_headers;
use crate::http::listener::{self, ListenerOptions};
use crate::queue::embedded::EmbeddedQueue;
use crate::queue::spool::Spool;
use anyhow::Context;
use axum::Router;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Listeners that are already bound.
pub struct Listeners {
    /// For visitors.
    pub public: TcpListener,
    /// For staff and monitoring.
    pub private: TcpListener,
}

impl Listeners {
    /// Binds both.
    ///
    /// # Errors
    /// One line that names the setting.
    pub async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            public: bind_one("public", settings.public.listen).await?,
            private: bind_one("private", settings.private.listen).await?,
        })
    }
}

async fn bind_one(section: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let fix = match error.kind() {
            ErrorKind::AddrInUse => "another program is on that port; stop it, or choose another port",
            ErrorKind::AddrNotAvailable => "this machine has no such address; choose one that `ip address` lists",
            ErrorKind::PermissionDenied => "ports below 1024 need root; choose a higher one, with a proxy in front",
            _ => "choose another address",
        };
        anyhow::anyhow!("[{section}] listen = \"{address}\" can't be bound: {fix} ({error})")
    })
}

/// Everything `serve` runs, built but not started.
pub struct Service {
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    spool: Spool,
    capture: Capture,
    ingest: Ingest<EmbeddedQueue>,
    dispatcher: Dispatcher,
    private: Router,
    publish_key: watch::Sender<Arc<SealingKey>>,
    _lock: File,
}

impl Service {
    /// Opens databases and keys, and builds both sides. `command` is the line that runs this
    /// program with this configuration, shown to staff. `extra` is mounted on the private listener.
    ///
    /// # Errors
    /// One line that names what is wrong and the fix.
    pub fn build(settings: Settings, secret: &UnlockSecret, command: String, extra: Router) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let data = DataDir::new(&settings.data_dir);
        data.ensure()?;
        if is_exposed(data.path()) {
            tracing::warn!("data_dir {0} can be read by others; run: chmod go-rwx {0}", data.path().display());
        }
        let lock = data.lock()?;
        let keyring = Arc::new(Keyring::unlock(&data.keyring(), secret, Arc::clone(&clock), Arc::clone(&entropy))?);
        let store = Arc::new(Store::open(&data.leads(), Arc::clone(&clock), Arc::clone(&entropy))?);
        let spool = Spool::open(&data.spool(), settings.limits.max_spool, Arc::clone(&clock))?;
        let forms: Arc<HashMap<FormId, Arc<Form>>> =
            Arc::new(settings.forms.iter().map(|form| (form.id.clone(), Arc::clone(form))).collect());
        let wake_outbox = Arc::new(Notify::new());
        let (publish_key, sealing_key) = watch::channel(Arc::new(keyring.sealing_key()));

        let capture = Capture::new(CaptureParts {
            settings: Arc::clone(&settings),
            sealing_key,
            spool: spool.clone(),
            secrets: DaySecrets::open(&data.capture_keys(), Arc::clone(&clock), Arc::clone(&entropy))?,
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
        })?;
        let ingest = Ingest::new(IngestParts {
            queue: EmbeddedQueue::new(spool.clone()),
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            forms: Arc::clone(&forms),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            wake: Arc::clone(&wake_outbox),
        });
        let dispatcher = Dispatcher::new(DispatcherParts {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            settings: Arc::clone(&settings),
            clock: Arc::clone(&clock),
            entropy,
            wake: wake_outbox,
        })?;
        let health = PrivateState {
            spool: spool.clone(),
            store: Arc::clone(&store),
            mail: dispatcher.health(),
            metrics: metrics_handle()?,
        };
        let private = private::router(health)
            .merge(console::router(LinkState { store, forms, command }))
            .layer(private_headers())
            .merge(extra);
        Ok(Self { settings, clock, keyring, spool, capture, ingest, dispatcher, private, publish_key, _lock: lock })
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
        // Workers outlive the listeners: what was accepted while draining is still handled.
        let stop_workers = CancellationToken::new();
        let mut workers = JoinSet::new();
        let dispatcher = self.dispatcher;
        let ingest = self.ingest;
        workers.spawn({
            let stop = stop_workers.clone();
            async move { ingest.run(stop).await }
        });
        workers.spawn({
            let stop = stop_workers.clone();
            async move { dispatcher.run(stop).await }
        });
        workers.spawn(rotate_epochs(
            self.keyring,
            self.settings.sealing.clone(),
            self.clock,
            self.publish_key,
            stop_workers.clone(),
        ));

        let options = ListenerOptions::from(&self.settings.public);
        let mut servers = JoinSet::new();
        servers.spawn(listener::serve(listeners.public, self.capture.router(), options.clone(), shutdown.clone()));
        servers.spawn(listener::serve(listeners.private, self.private, options, shutdown.clone()));
        tracing::info!(public = %self.settings.public.url, private = %self.settings.private.url, "serving");
        ready();

        let failure = tokio::select! {
            () = drained(&mut servers) => None,
            stopped = workers.join_next() => Some(stopped),
        };
        shutdown.cancel();
        drained(&mut servers).await;
        stop_workers.cancel();
        while workers.join_next().await.is_some() {}
        self.spool.close().await;
        tracing::info!("stopped");
        match failure {
            None => Ok(()),
            Some(_) => anyhow::bail!(
                "a worker stopped unexpectedly; the log above says where. Accepted leads are in the spool"
            ),
        }
    }
}

async fn drained(servers: &mut JoinSet<()>) {
    while servers.join_next().await.is_some() {}
}

/// The process's one recorder.
fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().install_recorder().context("the metrics recorder can't be installed")?;
    metric_help::describe();
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Cancelled by Ctrl-C or SIGTERM.
///
/// # Errors
/// When the handlers can't be installed.
pub fn shutdown_on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let cancel = token.clone();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: running requests are finished first");
        cancel.cancel();
    });
    Ok(token)
}
