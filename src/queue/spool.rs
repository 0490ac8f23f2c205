//! The spool: a SQLite file in which accepted envelopes are durable before a success is answered.

use crate::crypto::envelope::Sealed;
use crate::domain::clock::Clock;
use crate::domain::token::Token;
use std::path::Path;
use std::sync::Arc;

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
    #[error("the spool has schema version {0}, newer than this program knows")]
    Newer(u32),
    /// SQLite refused.
    #[error("the spool can't be opened: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Counts for metrics and health.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpoolStats {
    /// Envelopes not yet confirmed.
    pub waiting: u64,
    /// The last write succeeded.
    pub healthy: bool,
}

/// A handle to the spool; cheap to clone. Its writer thread groups commits.
#[derive(Clone)]
pub struct Spool {}

impl Spool {
    /// Opens or creates the spool.
    ///
    /// # Errors
    /// When the file can't be used or is newer than this program.
    pub fn open(_path: &Path, _max_waiting: u64, _clock: Arc<dyn Clock>) -> Result<Self, SpoolError> {
        todo!()
    }

    /// Makes an envelope durable (fsynced) and gives its fate.
    ///
    /// # Errors
    /// When it is full or can't be written; then nothing was stored.
    pub async fn accept(&self, _sealed: Sealed, _idempotency: Option<Idempotency>) -> Result<Accepted, AcceptError> {
        todo!()
    }

    /// The fate an idempotent post would have, without storing anything: `Replayed`, `Conflict`,
    /// or nothing when the key is new.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn remembered(&self, _idempotency: Idempotency) -> Result<Option<Accepted>, AcceptError> {
        todo!()
    }

    /// Counts, without touching the disk.
    pub fn stats(&self) -> SpoolStats {
        todo!()
    }
}
