//! `serve --role desk`: the private side alone, fed by capture nodes over Redis.
//!
//! Starts without Redis when it must, since mail and staff don't need it; refuses only the Redis
//! of another store, which a second installation would rob.

use super::desk::Desk;
use super::files::DataDir;
use super::listeners::{metrics_handle, run_until_stopped};
use super::nodes::{NodeWatch, follow_nodes, holder, known_nodes};
use super::private::{self, PrivateState, Source};
use crate::console;
use crate::crypto::keyring::UnlockSecret;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::settings::Settings;
use crate::http::headers::private_headers;
use crate::http::listener::{self, ListenerOptions};
use crate::queue::redis::{Grade, RedisClient, RedisQueue, RedisQueueParts, RedisTrouble, claim_redis, inspect};
use anyhow::Context;
use axum::Router;
use std::fs::File;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The private side, built but not started.
pub struct DeskRole {
    desk: Desk,
    queue: RedisQueue,
    watch: NodeWatch,
    private: Router,
    _lock: File,
}

impl DeskRole {
    /// Opens databases and keys and looks at Redis.
    ///
    /// # Errors
    /// One line that names what is wrong and the fix.
    pub async fn build(settings: Settings, secret: &UnlockSecret) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let redis = settings.redis.as_ref().context(super::NEEDS_REDIS)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let data = DataDir::new(&settings.data_dir);
        let lock = data.take()?;
        let desk = Desk::open(Arc::clone(&settings), &data, secret, request_url(&settings), clock, entropy)?;
        let client = RedisClient::new(redis)?;
        look_at_redis(&client, &desk).await?;

        let nodes = watch::Sender::new(known_nodes(&desk.store)?);
        let queue = RedisQueue::start(RedisQueueParts {
            client: Arc::clone(&client),
            store: desk.store.id(),
            keyring: Arc::clone(&desk.keyring),
            holder: holder(desk.store.id(), &data.leads()),
            nodes: nodes.subscribe(),
        });
        let health = PrivateState {
            source: Source::Redis(queue.clone()),
            store: Arc::clone(&desk.store),
            mail: desk.mail_health(),
            metrics: metrics_handle()?,
        };
        let requests = console::request_router(desk.request_pages());
        let private = private::router(health)
            .merge(desk.staff_pages(Arc::new(Source::Redis(queue.clone())))?)
            .layer(private_headers())
            .merge(requests);
        let watch = NodeWatch {
            store: Arc::clone(&desk.store),
            keyring: Arc::clone(&desk.keyring),
            clock: Arc::clone(&desk.clock),
            client,
            nodes,
            sealing_key: desk.sealing_key.subscribe(),
        };
        Ok(Self { desk, queue, watch, private, _lock: lock })
    }

    /// Serves until `shutdown` is cancelled, then lets ingest and the outbox finish.
    ///
    /// # Errors
    /// When a part stops that should run.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
        let settings = Arc::clone(&self.desk.settings);
        let stop_workers = CancellationToken::new();
        let mut workers = JoinSet::new();
        workers.spawn(follow_nodes(self.watch, stop_workers.clone()));
        self.desk.spawn_workers(self.queue, &mut workers, &stop_workers);
        let mut servers = JoinSet::new();
        let options = ListenerOptions::from(&settings.public);
        servers.spawn(listener::serve(listener, self.private, options, shutdown.clone()));
        tracing::info!(private = %settings.private.url, "serving as the desk");
        let ended = run_until_stopped(servers, workers, shutdown, stop_workers).await;
        tracing::info!("stopped");
        ended
    }
}

/// Where people reach the pages of their requests. The public address is the capture nodes', which
/// have no such pages.
fn request_url(settings: &Settings) -> Url {
    settings.privacy.url.clone().unwrap_or_else(|| {
        tracing::warn!(
            "[privacy] url is not set: links in mails about people's own data lead to [private] url, which they \
             may not reach; have your proxy pass /r/ on to the private listener, and set it to that address"
        );
        settings.private.url.clone()
    })
}

/// Refuses another store's Redis; says what its settings would lose.
async fn look_at_redis(client: &RedisClient, desk: &Desk) -> anyhow::Result<()> {
    match claim_redis(client, desk.store.id()).await {
        Ok(()) => {}
        Err(refused @ (RedisTrouble::OtherStore(_) | RedisTrouble::TooOld(_) | RedisTrouble::Settings(_))) => {
            anyhow::bail!(refused)
        }
        Err(trouble) => {
            tracing::error!("{trouble}. The desk starts without it; leads wait in the spools of the capture nodes");
            return Ok(());
        }
    }
    for finding in inspect(client).await.unwrap_or_default() {
        match finding.grade {
            Grade::Good => {}
            Grade::Advice => tracing::info!("Redis: {}", finding.words),
            Grade::Broken => tracing::warn!("Redis: {}", finding.words),
        }
    }
    Ok(())
}
