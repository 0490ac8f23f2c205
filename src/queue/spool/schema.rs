//! The spool's tables.

use crate::domain::mark::StoreMark;
use crate::queue::database::{self, DatabaseError, Schema};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;

/// `LSSP`.
const SCHEMA: Schema = Schema { application_id: 0x4c53_5350, migrations: &[VERSION_1, VERSION_2] };

/// `envelopes.confirmed_at` and `answers.at` are Unix seconds. No time of arrival is kept: the
/// envelope's header has it, to the minute. `seq` is never used twice, not even after pruning.
const VERSION_1: &str = "
    CREATE TABLE envelopes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL UNIQUE,
        envelope BLOB NOT NULL,
        confirmed_at INTEGER
    ) STRICT;
    CREATE INDEX envelopes_waiting ON envelopes (seq) WHERE confirmed_at IS NULL;
    CREATE INDEX envelopes_confirmed ON envelopes (confirmed_at) WHERE confirmed_at IS NOT NULL;
    CREATE TABLE answers (
        key_mac BLOB PRIMARY KEY,
        body_mac BLOB NOT NULL,
        token BLOB NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX answers_at ON answers (at);
";

/// Which envelopes wait and which are confirmed stands in small tables of its own, so that a
/// confirmation does not write the envelope again. `confirmed.at` is in Unix seconds.
///
/// `desk` has one row: the newest mark of the desk's store that envelopes were confirmed with, and the signed
/// confirmation that said so where it came from another machine.
const VERSION_2: &str = "
    CREATE TABLE waiting (seq INTEGER PRIMARY KEY) STRICT;
    INSERT INTO waiting SELECT seq FROM envelopes WHERE confirmed_at IS NULL;
    CREATE TABLE confirmed (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    INSERT INTO confirmed SELECT seq, confirmed_at FROM envelopes WHERE confirmed_at IS NOT NULL;
    CREATE INDEX confirmed_at ON confirmed (at);
    DROP INDEX envelopes_waiting;
    DROP INDEX envelopes_confirmed;
    ALTER TABLE envelopes DROP COLUMN confirmed_at;
    CREATE TABLE desk (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        mark BLOB NOT NULL,
        evidence BLOB
    ) STRICT;
";

/// How long an answer to an idempotent post is remembered.
pub(super) const ANSWER_SECONDS: i64 = 24 * 3600;

/// How long a confirmed envelope stays, sealed, so that a desk restored from a backup can ask
/// for it again.
pub(super) const CONFIRMED_SECONDS: i64 = 72 * 3600;

pub(super) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    database::open_writer(path, SCHEMA)
}

/// Rows that no lead belongs to; see the reader.
pub(super) fn count_strange(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection
        .query_row("SELECT count(*) FROM envelopes WHERE length(token) <> 20", [], |row| row.get::<_, i64>(0))
        .map(i64::unsigned_abs)
}

/// What is remembered of the desk.
pub(super) fn desk(connection: &Connection) -> Result<(StoreMark, Option<Vec<u8>>), rusqlite::Error> {
    let found: Option<([u8; 24], Option<Vec<u8>>)> =
        connection.query_row("SELECT mark, evidence FROM desk", [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.map_or_else(Default::default, |(mark, evidence)| (StoreMark::from_bytes(mark), evidence)))
}

pub(super) fn count_waiting(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let count: i64 = connection.query_row("SELECT count(*) FROM waiting", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
