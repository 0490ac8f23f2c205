//! Which store this is, how far it has come, and how it finds that it was restored.
//!
//! Every commit that takes envelopes in leaves a mark. Who was told of a mark that the store does
//! not know was told by a later state of it: the file was put back from a backup.

use super::{Store, StoreError, audit_log};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::mark::{StoreId, StoreMark};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// How long marks are kept: longer than any sender keeps what was confirmed (72 hours).
const MARKS_KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);

impl Store {
    /// The store's id, the same for good.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// The newest mark.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn mark(&self) -> Result<StoreMark, StoreError> {
        self.read(|connection| Ok(newest(connection)?))
    }

    /// Whether the store is the one, or a successor of the one, that made this mark.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn knows(&self, mark: &StoreMark) -> Result<bool, StoreError> {
        self.read(|connection| {
            let own = newest(connection)?;
            if mark.incarnation != own.incarnation || mark.seq == 0 {
                return Ok(mark.incarnation <= own.incarnation);
            }
            let nonce: Option<i64> = connection
                .prepare_cached("SELECT nonce FROM marks WHERE seq = ?1")?
                .query_row([signed(mark.seq)], |row| row.get(0))
                .optional()?;
            // A mark that is no longer kept was ours long ago.
            Ok(mark.seq <= own.seq && nonce.is_none_or(|nonce| nonce == mark.nonce.cast_signed()))
        })
    }

    /// Begins another life of the store, so that all senders hand over again what they still have;
    /// with an audit entry. `seen` is the mark it did not know, if that is the reason.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin_incarnation(&self, actor: &str, seen: Option<StoreMark>) -> Result<StoreMark, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let own = newest(transaction)?;
            let last = seen.map_or(own.incarnation, |seen| seen.incarnation.max(own.incarnation));
            let incarnation = last.saturating_add(1);
            transaction.execute("UPDATE identity SET incarnation = ?1", [signed(incarnation)])?;
            let entry = NewEntry {
                actor: actor.to_owned(),
                action: Action::StoreRestored,
                subject: None,
                reason: None,
                detail: Some(format!("incarnation={incarnation} seq={}", own.seq)),
            };
            audit_log::append(transaction, &entry, now)?;
            Ok(StoreMark { incarnation, ..own })
        })
    }
}

/// Gives a new file its id; reads it from an old one.
pub(super) fn of_file(connection: &Connection, entropy: &dyn Entropy) -> Result<StoreId, rusqlite::Error> {
    // Two processes may open a new file at once: the first one's id stays.
    connection.execute(
        "INSERT INTO identity (only, store, incarnation) VALUES (1, ?1, 1) ON CONFLICT (only) DO NOTHING",
        [random_bytes::<16>(entropy)],
    )?;
    connection.query_row("SELECT store FROM identity", [], |row| row.get(0).map(StoreId))
}

/// Marks a transaction that takes envelopes in.
pub(super) fn advance(
    transaction: &Transaction<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), rusqlite::Error> {
    let nonce = i64::from_be_bytes(random_bytes(entropy));
    transaction
        .prepare_cached("INSERT INTO marks (nonce, at) VALUES (?1, ?2)")?
        .execute(params![nonce, now.as_millisecond()])?;
    transaction
        .prepare_cached("DELETE FROM marks WHERE at < ?1 AND seq IN (SELECT seq FROM marks ORDER BY seq LIMIT 8)")?
        .execute([(now - MARKS_KEPT).as_millisecond()])?;
    Ok(())
}

fn newest(connection: &Connection) -> Result<StoreMark, rusqlite::Error> {
    let incarnation: i64 =
        connection.prepare_cached("SELECT incarnation FROM identity")?.query_row([], |row| row.get(0))?;
    let last: Option<(i64, i64)> = connection
        .prepare_cached("SELECT seq, nonce FROM marks ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, nonce) = last.unwrap_or_default();
    Ok(StoreMark { incarnation: incarnation.unsigned_abs(), seq: seq.unsigned_abs(), nonce: nonce.cast_unsigned() })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
