//! The audit's table. The chain itself belongs to [`crate::desk::audit`].

use super::{Store, StoreError, rows};
use crate::desk::audit::{ChainCheck, ChainStatus, Entry, Link, NewEntry};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Appends inside a transaction of the store. The last link is read in the same transaction, so
/// that two processes can't both follow the same entry.
pub(super) fn append(transaction: &Transaction<'_>, entry: &NewEntry, now: Timestamp) -> rusqlite::Result<u64> {
    let last = last_link(transaction)?;
    let link = last.next(entry, now);
    transaction
        .prepare_cached(
            "INSERT INTO audit (seq, at, actor, action, subject, reason, detail, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            link.seq.cast_signed(),
            now.as_millisecond(),
            entry.actor,
            entry.action.word(),
            entry.subject,
            entry.reason,
            entry.detail,
            link.hash,
        ])?;
    Ok(link.seq)
}

fn last_link(connection: &Connection) -> rusqlite::Result<Link> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Link { seq: rows::count(row, "seq")?, hash: row.get("hash")? }))
        .optional()?;
    Ok(last.unwrap_or(Link::START))
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: rows::count(row, "seq")?,
        at: rows::time(row, "at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        reason: row.get("reason")?,
        detail: row.get("detail")?,
        hash: hex::encode(row.get::<_, Vec<u8>>("hash")?),
    })
}

impl Store {
    /// Appends to the audit, durably, before it returns.
    ///
    /// # Errors
    /// When it can't be written; then the action must not happen.
    pub fn append_audit(&self, entry: &NewEntry) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| Ok(append(transaction, entry, now)?))
    }

    /// Reads audit entries from `seq` on.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn audit_entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?;
            let entries = statement.query_map(params![from.cast_signed(), rows::limit(limit)], entry)?;
            Ok(entries.collect::<Result<_, _>>()?)
        })
    }

    /// Checks the whole audit chain.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn verify_audit(&self) -> Result<ChainStatus, StoreError> {
        self.read(|connection| {
            let mut check = ChainCheck::default();
            let mut statement = connection.prepare("SELECT * FROM audit ORDER BY seq")?;
            let mut entries = statement.query([])?;
            while let Some(row) = entries.next()? {
                check.push(&entry(row)?);
            }
            Ok(check.finish(appended(connection)?))
        })
    }

    /// Looks at the next entries of a chain, at most so many, and whether the last one that was looked
    /// at is still there. Says how many were ever appended.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn check_audit(&self, check: &mut ChainCheck, most: usize) -> Result<Option<u64>, StoreError> {
        self.read(|connection| {
            let last = check.last();
            let mut still = connection.prepare_cached("SELECT 1 FROM audit WHERE seq = ?1 AND hash = ?2")?;
            if last.seq > 0 && !still.exists(params![last.seq.cast_signed(), last.hash])? {
                check.lost_its_place();
            }
            let mut statement =
                connection.prepare_cached("SELECT * FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
            let mut entries = statement.query(params![check.last().seq.cast_signed(), rows::limit(most)])?;
            while let Some(row) = entries.next()? {
                check.push(&entry(row)?);
            }
            Ok(appended(connection)?)
        })
    }
}

/// How many entries were ever appended: SQLite's own counter of the table outlives rows that were
/// deleted at its end.
fn appended(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    let appended: Option<i64> = connection
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'audit'", [], |row| row.get(0))
        .optional()?;
    Ok(appended.map(i64::unsigned_abs))
}
