//! The spool: a SQLite file in which accepted envelopes are durable before a success is answered.
//!
//! One writer thread commits whatever has gathered (group commit) and answers only after the
//! commit was synced; reads go through their own connection. Refuses anything but sealed
//! envelopes, and forgets nothing that was not confirmed.

mod epochs;
mod reader;
mod schema;
mod writer;

pub use epochs::epochs_in;

use crate::crypto::envelope::Sealed;
use crate::domain::clock::Clock;
use crate::domain::mark::StoreMark;
use crate::domain::token::Token;
use crate::queue::database::DatabaseError;
use crate::queue::port::QueuedEnvelope;
use jiff::SignedDuration;
use reader::Reader;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};
use writer::{Request, Writer};

/// Requests that may wait for the writer before senders wait too.
const CHANNEL: usize = 1024;

/// How long a confirmed envelope stays, sealed, so that a restored desk can ask for it again.
pub const CONFIRMED_FOR: SignedDuration = SignedDuration::from_secs(schema::CONFIRMED_SECONDS);

/// The remembered key and body of an idempotent post, as MACs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// MAC of the key (and form).
    pub key: [u8; 32],
    /// MAC of the body.
    pub body: [u8; 32],
}

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is durable under its own token.
    Stored(Token),
    /// The same key and body were accepted before, under this token. Nothing was stored.
    Replayed(Token),
    /// The same key was accepted with another body, under this token. Nothing was stored.
    Conflict(Token),
}

/// An envelope with its place in the spool. Places count up and are never used twice.
#[derive(Debug, Clone)]
pub struct SpooledEnvelope {
    /// Its place.
    pub seq: u64,
    /// The lead's token and the envelope.
    pub queued: QueuedEnvelope,
}

/// Why the spool did not take an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// As many wait as the setting allows.
    #[error("the spool is full")]
    Full,
    /// It can't be written (disk full, file gone).
    #[error("the spool can't be written: {0}")]
    Unavailable(String),
}

/// Why the spool did not open.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A schema of a newer Leadseal.
    #[error("the spool has schema version {0}, newer than this program knows; use the newer program")]
    Newer(u32),
    /// Truncated, overwritten, or no spool.
    #[error("the spool is damaged: {0}")]
    Damaged(String),
    /// The file can't be reached or written.
    #[error("the spool can't be opened: {0}")]
    File(String),
    /// SQLite refused.
    #[error("the spool can't be opened: {0}")]
    Database(#[from] rusqlite::Error),
}

impl From<DatabaseError> for SpoolError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Newer(version) => Self::Newer(version),
            DatabaseError::Damaged(what) => Self::Damaged(what),
            DatabaseError::DiskFull => Self::File("the disk is full".to_owned()),
            DatabaseError::File(error) => Self::File(error.to_string()),
            DatabaseError::Sqlite(error) => Self::Database(error),
        }
    }
}

/// Counts for metrics and health.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpoolStats {
    /// Envelopes not yet confirmed.
    pub waiting: u64,
    /// The last write succeeded.
    pub healthy: bool,
}

/// What the writer tells the handles.
struct Shared {
    /// Envelopes not yet confirmed. Set by the writer after each commit.
    waiting: AtomicU64,
    /// Cleared by the writer when a write fails, set when one succeeds.
    healthy: AtomicBool,
    /// Counts the commits that brought new envelopes; readers wait on it.
    arrivals: watch::Sender<u64>,
}

struct Inner {
    shared: Arc<Shared>,
    reader: Arc<Reader>,
    /// Taken away by [`Inner::drop`], which ends the writer's loop.
    requests: Option<mpsc::Sender<Request>>,
    /// Joined by whoever closes the spool first.
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.requests = None;
        self.join();
    }
}

impl Inner {
    fn join(&self) {
        let handle = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle
            && handle.join().is_err()
        {
            tracing::error!("the spool's writer ended abnormally");
        }
    }
}

/// A handle to the spool; cheap to clone. Its writer thread groups commits. Dropping the last
/// handle commits what was taken in and ends the thread.
#[derive(Clone)]
pub struct Spool {
    inner: Arc<Inner>,
}

impl Spool {
    /// Opens or creates the spool.
    ///
    /// # Errors
    /// When the file can't be used or is newer than this program.
    pub fn open(path: &Path, max_waiting: u64, clock: Arc<dyn Clock>) -> Result<Self, SpoolError> {
        let connection = schema::open(path)?;
        let waiting = schema::count_waiting(&connection)?;
        let strange = schema::count_strange(&connection)?;
        if strange > 0 {
            tracing::error!(rows = strange, "the spool has rows that leadseal did not write; they stay where they are");
        }
        let shared = Arc::new(Shared {
            waiting: AtomicU64::new(waiting),
            healthy: AtomicBool::new(true),
            arrivals: watch::Sender::new(0),
        });
        let writer = Writer::new(connection, path, max_waiting, clock.clone(), shared.clone())?;
        let reader = Arc::new(Reader::open(path, clock)?);
        let (requests, inbox) = mpsc::channel(CHANNEL);
        let thread = std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || writer.run(inbox))
            .map_err(|error| SpoolError::File(error.to_string()))?;
        let writer = Mutex::new(Some(thread));
        Ok(Self { inner: Arc::new(Inner { shared, reader, requests: Some(requests), writer }) })
    }

    /// Makes an envelope durable (fsynced) and gives its fate.
    ///
    /// # Errors
    /// When it is full or can't be written; then nothing was stored.
    pub async fn accept(&self, sealed: Sealed, idempotency: Option<Idempotency>) -> Result<Accepted, AcceptError> {
        self.accept_bytes(sealed.header().token, sealed.as_bytes().to_vec(), idempotency).await
    }

    async fn accept_bytes(
        &self,
        token: Token,
        envelope: Vec<u8>,
        idempotency: Option<Idempotency>,
    ) -> Result<Accepted, AcceptError> {
        let (answer, fate) = oneshot::channel();
        self.send(Request::Accept { token, envelope, idempotency, answer }).await?;
        fate.await.map_err(|_| closed())?
    }

    /// The fate an idempotent post would have, without storing anything: `Replayed`, `Conflict`,
    /// or nothing when the key is new.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn remembered(&self, idempotency: Idempotency) -> Result<Option<Accepted>, AcceptError> {
        self.read(move |reader| reader.remembered(&idempotency)).await
    }

    /// Counts, without touching the disk.
    pub fn stats(&self) -> SpoolStats {
        SpoolStats {
            waiting: self.inner.shared.waiting.load(Ordering::Acquire),
            healthy: self.inner.shared.healthy.load(Ordering::Acquire),
        }
    }

    /// Commits what was taken in and ends the writer, whatever handles there still are; later
    /// calls on those fail.
    pub async fn close(self) {
        let (answer, done) = oneshot::channel();
        // Either error means that the writer has ended already.
        if self.send(Request::Close { answer }).await.is_ok() {
            let _ended = done.await;
        }
        let inner = self.inner;
        if tokio::task::spawn_blocking(move || inner.join()).await.is_err() {
            tracing::error!("the spool's writer could not be joined");
        }
    }

    /// The oldest envelopes that are not confirmed.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn unconfirmed(&self, max: usize) -> Result<Vec<QueuedEnvelope>, AcceptError> {
        self.read(move |reader| reader.unconfirmed(max)).await
    }

    /// Remembers that the desk has these leads by this commit of its store. Unknown ones are
    /// ignored, and so is what an earlier life of the store confirmed. The first mark of a later
    /// life makes everything wait again that is still here: it may be missing there. `evidence`
    /// is the signed confirmation, where there is one.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn confirm(
        &self,
        leads: &[Token],
        mark: StoreMark,
        evidence: Option<Vec<u8>>,
    ) -> Result<(), AcceptError> {
        let (answer, done) = oneshot::channel();
        self.send(Request::Confirm { leads: leads.to_vec(), mark, evidence, answer }).await?;
        done.await.map_err(|_| closed())?
    }

    /// The newest mark that envelopes were confirmed with, and its evidence.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn desk(&self) -> Result<(StoreMark, Option<Vec<u8>>), AcceptError> {
        self.read(Reader::desk).await
    }

    /// The oldest envelopes that are not confirmed, behind the one at `seq`.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn unconfirmed_after(&self, seq: u64, max: usize) -> Result<Vec<SpooledEnvelope>, AcceptError> {
        self.read(move |reader| reader.unconfirmed_after(seq, max)).await
    }

    /// How many envelopes up to the place `seq` are not confirmed, and the last place ever used.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn unconfirmed_up_to(&self, seq: u64) -> Result<(u64, u64), AcceptError> {
        self.read(move |reader| reader.unconfirmed_up_to(seq)).await
    }

    /// Changes whenever new envelopes were committed.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.inner.shared.arrivals.subscribe()
    }

    async fn send(&self, request: Request) -> Result<(), AcceptError> {
        let requests = self.inner.requests.as_ref().ok_or_else(closed)?;
        requests.send(request).await.map_err(|_| closed())
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, AcceptError> {
        let reader = self.inner.reader.clone();
        match tokio::task::spawn_blocking(move || query(&reader)).await {
            Ok(result) => result.map_err(|error| AcceptError::Unavailable(error.to_string())),
            Err(_) => Err(AcceptError::Unavailable("the reading task ended abnormally".to_owned())),
        }
    }
}

fn closed() -> AcceptError {
    AcceptError::Unavailable("it is closed".to_owned())
}

#[cfg(test)]
mod tests;
