//! `serve --role capture`: the public side alone. Takes enquiries in, hands them to the desk over
//! Redis, and holds nothing that opens one.
//!
//! Needs no Redis and no desk to start or to take enquiries: what it needs to know stands in its
//! enrolment, and what it takes in is safe in its spool.

use super::files::DataDir;
use super::listeners::{Listeners, metrics_handle, run_until_stopped};
use crate::capture::{Capture, CaptureParts, DaySecrets, Membership, SiteKeys};
use crate::crypto::enrolment::Enrolment;
use crate::crypto::manifest::Manifest;
use crate::crypto::private_file::{self, is_exposed};
use crate::crypto::seal::SealingKey;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::settings::Settings;
use crate::http::headers::private_headers;
use crate::http::listener::{self, ListenerOptions};
use crate::queue::funnel::Funnel;
use crate::queue::redis::{Confirmed, Forwarder, ForwarderParts, RedisClient, SharedMemory, fetch_manifest};
use crate::queue::spool::Spool;
use anyhow::{Context, bail};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often a newer manifest is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks between two warnings that none came.
const WARN_EVERY: u32 = 12 * 60 * 6;

/// A capture node, built but not started.
pub struct CaptureRole {
    settings: Arc<Settings>,
    enrolment: Enrolment,
    spool: Spool,
    funnel: Funnel,
    capture: Capture,
    client: Arc<RedisClient>,
    memory: Arc<SharedMemory>,
    manifests: ManifestWatch,
    private: Router,
    _lock: File,
}

impl CaptureRole {
    /// Reads the enrolment and opens the spool.
    ///
    /// # Errors
    /// One line that names what is wrong and the fix.
    pub fn build(settings: Settings) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let redis = settings.redis.as_ref().context(super::NEEDS_REDIS)?;
        let enrolment = read_enrolment(&settings.node.enrolment)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let data = DataDir::new(&settings.data_dir);
        let lock = data.take()?;
        let spool = Spool::open(&data.spool(), settings.limits.max_spool, Arc::clone(&clock))?;
        let client = RedisClient::new(redis)?;
        let manifests = ManifestWatch::begin(&enrolment, &data.manifest(), Arc::clone(&clock), Arc::clone(&client))?;
        let secrets = DaySecrets::open_shared(
            &data.capture_keys(),
            enrolment.shared.clone(),
            Arc::clone(&clock),
            Arc::clone(&entropy),
        )?;
        let memory = Arc::new(SharedMemory::new(Arc::clone(&client)));
        let funnel = Funnel::new(&data.funnel());
        let capture = Capture::new(CaptureParts {
            settings: Arc::clone(&settings),
            sealing_key: manifests.sealing_key.subscribe(),
            spool: spool.clone(),
            funnel: funnel.clone(),
            secrets,
            site_keys: SiteKeys::open(&data.site_keys())?,
            clock,
            entropy,
            membership: Some(Membership { memory: Arc::clone(&memory), revoked: Arc::clone(&manifests.revoked) }),
        })?;
        let health =
            NodeHealth { spool: spool.clone(), revoked: Arc::clone(&manifests.revoked), metrics: metrics_handle()? };
        let private = health.router().layer(private_headers());
        Ok(Self { settings, enrolment, spool, funnel, capture, client, memory, manifests, private, _lock: lock })
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
        let Self { settings, enrolment, spool, funnel, capture, client, memory, manifests, private, _lock } = self;
        let stop_workers = CancellationToken::new();
        let mut workers = JoinSet::new();
        let forwarder = Forwarder::new(ForwarderParts {
            client: Arc::clone(&client),
            spool: spool.clone(),
            node: enrolment.node.clone(),
            revoked: Arc::clone(&manifests.revoked),
        });
        workers.spawn(forwarder.run(stop_workers.clone()));
        let confirmed = Confirmed::new(client, spool.clone(), enrolment.node.clone(), enrolment.desk);
        workers.spawn(confirmed.run(stop_workers.clone()));
        workers.spawn(manifests.follow(stop_workers.clone()));
        workers.spawn(memory.share_counts(stop_workers.clone()));
        workers.spawn(funnel.write_down(stop_workers.clone()));

        let options = ListenerOptions::from(&settings.public);
        let mut servers = JoinSet::new();
        servers.spawn(listener::serve(listeners.public, capture.router(), options.clone(), shutdown.clone()));
        servers.spawn(listener::serve(listeners.private, private, options, shutdown.clone()));
        tracing::info!(
            node = %enrolment.node, public = %settings.public.url, private = %settings.private.listen,
            "serving as a capture node"
        );
        ready();
        let ended = run_until_stopped(servers, workers, shutdown, stop_workers).await;
        spool.close().await;
        tracing::info!("stopped");
        ended
    }
}

fn read_enrolment(path: &Path) -> anyhow::Result<Enrolment> {
    let shown = path.display();
    if is_exposed(path) {
        bail!("[node] enrolment {shown} may be read by others; run: chmod 600 {shown}");
    }
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("[node] enrolment {shown} can't be read; make it on the desk with: leadseal enrol NODE --out FILE, and copy it here")
    })?;
    Enrolment::parse(&text)
        .with_context(|| format!("[node] enrolment {shown} can't be used; make it anew with: leadseal enrol"))
}

/// The manifest that the node goes by, and the search for a newer one.
struct ManifestWatch {
    sealing_key: watch::Sender<Arc<SealingKey>>,
    revoked: Arc<AtomicBool>,
    enrolment: Enrolment,
    current: Manifest,
    file: PathBuf,
    clock: Arc<dyn Clock>,
    client: Arc<RedisClient>,
}

impl ManifestWatch {
    /// Goes by the newer of the enrolment's manifest and the one that was kept.
    fn begin(
        enrolment: &Enrolment,
        file: &Path,
        clock: Arc<dyn Clock>,
        client: Arc<RedisClient>,
    ) -> anyhow::Result<Self> {
        let first = enrolment.first_manifest().context("the enrolment's manifest is not its desk's")?;
        let kept = std::fs::read(file).ok().and_then(|bytes| Manifest::verified(&bytes, &enrolment.desk));
        let current = kept.filter(|kept| kept.supersedes(&first)).unwrap_or(first);
        let revoked = current.revokes(&enrolment.node);
        Ok(Self {
            sealing_key: watch::Sender::new(Arc::new(current.key.clone())),
            revoked: Arc::new(AtomicBool::new(revoked)),
            enrolment: enrolment.clone(),
            current,
            file: file.to_owned(),
            clock,
            client,
        })
    }

    async fn follow(mut self, stop: CancellationToken) {
        if self.revoked.load(Ordering::Acquire) {
            self.tell_of_revocation();
        }
        for look in 0u32.. {
            // Troubles with Redis are the forwarder's to tell of.
            if let Ok(Some(bytes)) = fetch_manifest(&self.client).await {
                self.consider(&bytes);
            }
            if look % WARN_EVERY == 1 && self.clock.now() > self.current.good_until {
                tracing::warn!(
                    issued = %self.current.issued_at,
                    "no newer manifest has come from the desk for days; enquiries are taken in and sealed to the last key"
                );
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    fn consider(&mut self, bytes: &[u8]) {
        let Some(found) = Manifest::verified(bytes, &self.enrolment.desk) else {
            tracing::debug!("the manifest in Redis is not this node's desk's; it is not believed");
            return;
        };
        if found.store != self.current.store || self.current.supersedes(&found) {
            return;
        }
        let is_new = found.supersedes(&self.current);
        if is_new && let Err(error) = private_file::replace(&self.file, bytes) {
            tracing::error!(%error, "the manifest can't be kept; after a restart the one before counts until it comes again");
        }
        if found.key.epoch() != self.current.key.epoch() {
            tracing::info!(epoch = %found.key.epoch(), "a new epoch has begun");
            self.sealing_key.send_replace(Arc::new(found.key.clone()));
        }
        let revoked = found.revokes(&self.enrolment.node);
        if self.revoked.swap(revoked, Ordering::AcqRel) != revoked {
            if revoked {
                self.tell_of_revocation();
            } else {
                tracing::info!(node = %self.enrolment.node, "the desk has enrolled this node again");
            }
        }
        self.current = found;
    }

    fn tell_of_revocation(&self) {
        tracing::error!(
            node = %self.enrolment.node,
            "the desk has revoked this node: visitors are asked to try again, and what waits stays in the spool. On the desk: leadseal enrol, or stop this node"
        );
    }
}

/// What a node's private listener answers from.
#[derive(Clone)]
struct NodeHealth {
    spool: Spool,
    revoked: Arc<AtomicBool>,
    metrics: PrometheusHandle,
}

impl NodeHealth {
    fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(scrape))
            .with_state(self)
    }
}

/// As the public side's: a node depends on its own spool alone.
async fn ready(State(state): State<NodeHealth>) -> Response {
    if state.revoked.load(Ordering::Acquire) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the desk has revoked this node\n").into_response();
    }
    if !state.spool.stats().healthy {
        return (StatusCode::SERVICE_UNAVAILABLE, "spool: can't be written; visitors are asked to try again\n")
            .into_response();
    }
    "ready\n".into_response()
}

async fn scrape(State(state): State<NodeHealth>) -> Response {
    metrics::gauge!("leadseal_spool_waiting").set(state.spool.stats().waiting as f64);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render()).into_response()
}
