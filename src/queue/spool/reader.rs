//! Reading the spool beside its writer.

use super::schema::{self, ANSWER_SECONDS};
use super::{Accepted, Idempotency, SpooledEnvelope};
use crate::domain::clock::Clock;
use crate::domain::mark::StoreMark;
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
            "SELECT token, envelope FROM waiting CROSS JOIN envelopes ON envelopes.seq = waiting.seq
                 WHERE length(token) = 20 ORDER BY waiting.seq LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(max).unwrap_or(i64::MAX)], |row| {
            Ok(QueuedEnvelope { token: Token::from_bytes(row.get(0)?), envelope: row.get(1)? })
        })?;
        rows.collect()
    }

    /// The oldest envelopes that are not confirmed, behind one of them.
    pub(super) fn unconfirmed_after(&self, seq: u64, max: usize) -> Result<Vec<SpooledEnvelope>, rusqlite::Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT waiting.seq, token, envelope FROM waiting CROSS JOIN envelopes ON envelopes.seq = waiting.seq
                 WHERE waiting.seq > ?1 AND length(token) = 20 ORDER BY waiting.seq LIMIT ?2",
        )?;
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![signed(seq), limit], |row| {
            let queued = QueuedEnvelope { token: Token::from_bytes(row.get(1)?), envelope: row.get(2)? };
            Ok(SpooledEnvelope { seq: row.get::<_, i64>(0)?.unsigned_abs(), queued })
        })?;
        rows.collect()
    }

    /// How many up to this one are not confirmed, and the number of the last that ever was.
    pub(super) fn unconfirmed_up_to(&self, seq: u64) -> Result<(u64, u64), rusqlite::Error> {
        let connection = self.connection();
        let waiting: i64 = connection
            .prepare_cached("SELECT count(*) FROM waiting WHERE seq <= ?1")?
            .query_row([signed(seq)], |row| row.get(0))?;
        let last: Option<i64> = connection
            .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'envelopes'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok((waiting.unsigned_abs(), last.unwrap_or(0).unsigned_abs()))
    }

    pub(super) fn desk(&self) -> Result<(StoreMark, Option<Vec<u8>>), rusqlite::Error> {
        schema::desk(&self.connection())
    }

    pub(super) fn remembered(&self, idempotency: &Idempotency) -> Result<Option<Accepted>, rusqlite::Error> {
        remembered(&self.connection(), idempotency, self.clock.now().as_second())
    }
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
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
