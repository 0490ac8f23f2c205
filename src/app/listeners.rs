//! What every role's process has: its sockets, the recorder of metrics, and the signal to stop.

use super::metric_help;
use crate::domain::settings::Settings;
use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::OnceLock;
use tokio::net::TcpListener;
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

/// Binds the private listener alone, for a role that visitors don't reach.
///
/// # Errors
/// One line that names the setting.
pub async fn bind_private(settings: &Settings) -> anyhow::Result<TcpListener> {
    bind_one("private", settings.private.listen).await
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

/// Waits until all tasks have ended.
pub(super) async fn drained(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

/// Runs until the servers were told to stop and have drained, or a worker stops that should run;
/// then tells everything to stop and waits for it. Workers outlive the servers: what was accepted
/// while draining is still handled.
pub(super) async fn run_until_stopped(
    mut servers: JoinSet<()>,
    mut workers: JoinSet<()>,
    shutdown: CancellationToken,
    stop_workers: CancellationToken,
) -> anyhow::Result<()> {
    let failed = tokio::select! {
        () = drained(&mut servers) => false,
        _ = workers.join_next() => true,
    };
    shutdown.cancel();
    drained(&mut servers).await;
    stop_workers.cancel();
    drained(&mut workers).await;
    if failed {
        anyhow::bail!("a worker stopped unexpectedly; the log above says where. Accepted leads are in the spool");
    }
    Ok(())
}

/// The process's one recorder.
pub(super) fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
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
