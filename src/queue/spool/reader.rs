//! Reading the spool beside its writer.

use super::schema::ANSWER_SECONDS;
use super::{Accepted, Idempotency};
use crate::domain::clock::Clock;
use crate::domain::token::Token;
use crate::queue::database::{self, DatabaseError};
use crate::queue::port::QueuedEnvelope;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Reader {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
}

impl Reader {
    pub(super) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, DatabaseError> {
        let connection = database::open_reader(path)?;
        // SQLite opens the log at the first read, which must not be after the file was removed.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Self { connection: Mutex::new(connection), clock })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves out rows whose token is none, which only another program can have written: one of
    /// them must not keep all others from the desk.
    pub(super) fn unconfirmed(&self, max: usize) -> Result<Vec<QueuedEnvelope>, rusqlite::Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT token, envelope FROM envelopes
                 WHERE confirmed_at IS NULL AND length(token) = 20 ORDER BY seq LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(max).unwrap_or(i64::MAX)], |row| {
            Ok(QueuedEnvelope { token: Token::from_bytes(row.get(0)?), envelope: row.get(1)? })
        })?;
        rows.collect()
    }

    pub(super) fn remembered(&self, idempotency: &Idempotency) -> Result<Option<Accepted>, rusqlite::Error> {
        remembered(&self.connection(), idempotency, self.clock.now().as_second())
    }
}

/// The answer that the key has, if it is not older than a day.
pub(super) fn remembered(
    connection: &Connection,
    idempotency: &Idempotency,
    now: i64,
) -> Result<Option<Accepted>, rusqlite::Error> {
    let found: Option<([u8; 32], [u8; 20])> = connection
        .prepare_cached("SELECT body_mac, token FROM answers WHERE key_mac = ?1 AND at > ?2")?
        .query_row(params![idempotency.key, now - ANSWER_SECONDS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(body, token)| {
        let token = Token::from_bytes(token);
        if body == idempotency.body { Accepted::Replayed(token) } else { Accepted::Conflict(token) }
    }))
}
