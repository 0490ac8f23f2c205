//! The listener: an axum router on a TCP socket, with the timeouts and the cap on connections that
//! `axum::serve` does not have, and a shutdown that lets running requests finish.

use super::timed_body::TimedBody;
use super::timed_stream::TimedStream;
use crate::domain::settings::PublicSettings;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Most bytes of request line and headers.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Most header lines.
const MAX_HEADERS: usize = 64;
/// How long to wait when the process has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Timeouts and limits of a listener.
#[derive(Debug, Clone)]
pub struct ListenerOptions {
    /// Most connections at a time; further ones wait in the socket's backlog.
    pub max_connections: usize,
    /// Longest wait for a request's headers, and for the next request on an idle connection.
    pub header_timeout: Duration,
    /// Longest wait for a request's whole body, and for a client that takes nothing of its answer.
    pub body_timeout: Duration,
    /// Longest wait for running requests when the listener stops.
    pub drain_timeout: Duration,
}

impl From<&PublicSettings> for ListenerOptions {
    fn from(settings: &PublicSettings) -> Self {
        Self {
            max_connections: settings.max_connections,
            header_timeout: settings.header_timeout,
            body_timeout: settings.body_timeout,
            drain_timeout: settings.drain_timeout,
        }
    }
}

/// The other end of the connection, as an extension of each request. Behind a proxy that is the
/// proxy: see [`super::network::client_address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Cancelled when the listener is to stop, as an extension of each request: an answer that has no end
/// of its own ends then.
#[derive(Debug, Clone)]
pub struct Closing(pub CancellationToken);

/// Serves `router` until `shutdown` is cancelled; then takes no new connection, lets running
/// requests finish for at most the drain timeout, and closes what is left.
pub async fn serve(listener: TcpListener, router: Router, options: ListenerOptions, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    while let Some((slot, stream, peer)) = next_connection(&listener, &slots, &shutdown).await {
        // Finished tasks are collected as new ones come, so the set does not grow.
        while connections.try_join_next().is_some() {}
        let closing = Closing(shutdown.clone());
        let ours = (options.clone(), closing, graceful.watcher(), slot);
        connections.spawn(connection(stream, peer, router.clone(), ours));
    }
    drop(listener);
    if tokio::time::timeout(options.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!(open = connections.len(), "drain timeout: closing connections that are still open");
    }
    connections.shutdown().await;
}

/// Waits for a free slot, then for a connection. Nothing when the listener shall stop.
async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let accept = async {
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((slot, stream, peer)),
                Err(error) => pause_after(&error).await,
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        accepted = accept => accepted,
    }
}

/// A client that hung up is no reason to wait; a lack of descriptors or memory is.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    (options, closing, watcher, slot): (ListenerOptions, Closing, Watcher, OwnedSemaphorePermit),
) {
    // Answers are small and written at once: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let body_timeout = options.body_timeout;
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(|body| Body::new(TimedBody::new(body, body_timeout)));
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(closing.clone());
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(TimedStream::new(stream, body_timeout)), service);
    // What goes wrong on a connection is the client's affair, and its address is not logged.
    if let Err(error) = watcher.watch(serving).await {
        tracing::debug!(timeout = error.is_timeout(), parse = error.is_parse(), "connection closed early");
    }
    drop(slot);
}

#[cfg(test)]
mod tests;
