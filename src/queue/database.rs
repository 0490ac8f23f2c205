//! How a SQLite file of ours is opened: private (0600), durable, checked, brought up to date.
//!
//! Knows no table. Refuses files of a newer program, of another program, truncated or damaged
//! ones, each with its own error, so that nobody mistakes a broken file for an empty one.

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// How long a connection waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Files up to this size are checked page by page at every start; a larger one would hold the
/// start up, and a truncated one is noticed by SQLite itself whatever its size.
const QUICK_CHECK_BYTES: u64 = 8 << 20;

/// After a checkpoint the write-ahead log is cut back to this size.
const WAL_BYTES: i64 = 32 << 20;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 64;

/// What a file holds: its mark and the SQL that brings it from each version to the next.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// SQLite's `application_id`: tells our files from others and from each other.
    pub application_id: u32,
    /// `migrations[n]` leads from version `n` to `n + 1`. What was released never changes.
    pub migrations: &'static [&'static str],
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A schema of a newer program.
    #[error("schema version {0} is newer than this program knows")]
    Newer(u32),
    /// Damaged, truncated, or no database of this kind.
    #[error("{0}")]
    Damaged(String),
    /// No room.
    #[error("the disk is full")]
    DiskFull,
    /// The file can't be reached.
    #[error("{0}")]
    File(#[from] io::Error),
    /// SQLite refused.
    #[error("{0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::NotADatabase) => Self::Damaged("it is no SQLite database".to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged("the file is cut short or overwritten".to_owned()),
            _ => Self::Sqlite(error),
        }
    }
}

/// Opens or creates the file for writing and brings its schema up to date.
///
/// # Errors
/// When the file can't be used; the error says why.
pub fn open_writer(path: &Path, schema: Schema) -> Result<Connection, DatabaseError> {
    prepare_file(path)?;
    let mut connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    refuse_foreign(&connection, schema)?;
    make_durable(&connection)?;
    migrate(&mut connection, schema)?;
    if path.metadata()?.len() <= QUICK_CHECK_BYTES {
        quick_check(&connection)?;
    }
    Ok(connection)
}

/// Opens the file for reading only. It must have been opened by [`open_writer`] before.
///
/// # Errors
/// When the file can't be used.
pub fn open_reader(path: &Path) -> Result<Connection, DatabaseError> {
    // A reader of a write-ahead log takes part in its shared-memory index, hence READ_WRITE.
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Reads every page and index; slow on large files.
///
/// # Errors
/// When a page or an index is damaged.
pub fn quick_check(connection: &Connection) -> Result<(), DatabaseError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(DatabaseError::Damaged("a page check found errors".to_owned())) }
}

fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Creates the file with its final permissions before SQLite sees it, since SQLite would go by
/// the umask; files that exist are tightened.
fn prepare_file(path: &Path) -> Result<(), DatabaseError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            file.sync_all()?;
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(parent)?.sync_all()?;
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = path.metadata()?;
            if metadata.len() == 0 {
                let advice = "the file is empty; restore it from a backup, or remove it to start anew";
                return Err(DatabaseError::Damaged(advice.to_owned()));
            }
            if metadata.permissions().mode() & 0o077 != 0 {
                std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Nothing may be written into a file that is not ours.
fn refuse_foreign(connection: &Connection, schema: Schema) -> Result<(), DatabaseError> {
    let version = user_version(connection)?;
    let mark: u32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if mark != schema.application_id && (version > 0 || tables > 0) {
        return Err(DatabaseError::Damaged("it is a database of another kind".to_owned()));
    }
    if version as usize > schema.migrations.len() {
        return Err(DatabaseError::Newer(version));
    }
    Ok(())
}

fn make_durable(connection: &Connection) -> Result<(), DatabaseError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // NORMAL may roll a commit back after a power loss; FULL syncs the log at each commit.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn user_version(connection: &Connection) -> Result<u32, rusqlite::Error> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Each step is one transaction, and looks at the version inside it: two processes may start at
/// the same time.
fn migrate(connection: &mut Connection, schema: Schema) -> Result<(), DatabaseError> {
    loop {
        if user_version(connection)? as usize >= schema.migrations.len() {
            return Ok(());
        }
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = user_version(&step)?;
        if let Some(sql) = schema.migrations.get(version as usize) {
            step.execute_batch(sql)?;
            step.pragma_update(None, "application_id", schema.application_id)?;
            step.pragma_update(None, "user_version", version + 1)?;
        }
        step.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Schema = Schema { application_id: 0x4c53_5400, migrations: &["CREATE TABLE a (x INTEGER) STRICT;"] };
    const TWO: Schema = Schema {
        application_id: 0x4c53_5400,
        migrations: &["CREATE TABLE a (x INTEGER) STRICT;", "ALTER TABLE a ADD COLUMN y INTEGER;"],
    };

    #[test]
    fn an_older_file_is_brought_up_to_date_and_a_newer_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        open_writer(&path, ONE).unwrap().execute("INSERT INTO a VALUES (7)", []).unwrap();
        let kept: (i64, Option<i64>) = open_writer(&path, TWO)
            .unwrap()
            .query_row("SELECT x, y FROM a", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, (7, None));
        assert!(matches!(open_writer(&path, ONE), Err(DatabaseError::Newer(2))));
    }

    #[test]
    fn the_file_and_its_log_are_private_and_durable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let connection = open_writer(&path, ONE).unwrap();
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        for name in ["t.db", "t.db-wal", "t.db-shm"] {
            let mode = dir.path().join(name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(pragma("synchronous"), 2);
        assert_eq!(pragma("secure_delete"), 1);
        drop(connection);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        open_writer(&path, ONE).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_sound_database_of_this_kind_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let mut connection = open_writer(&path, ONE).unwrap();
        let tx = connection.transaction().unwrap();
        for n in 0..20_000 {
            tx.execute("INSERT INTO a VALUES (?1)", [n]).unwrap();
        }
        tx.commit().unwrap();
        drop(connection);
        let whole = std::fs::read(&path).unwrap();
        let holed = {
            let mut bytes = whole.clone();
            let half = bytes.len() / 2;
            bytes[half..half + 4096].fill(0xa5);
            bytes
        };
        let cases: [(&str, &[u8]); 5] = [
            ("empty", b""),
            ("garbage", &[b'x'; 5000]),
            ("half", &whole[..whole.len() / 2]),
            ("header only", &whole[..100]),
            ("a page overwritten", &holed),
        ];
        for (name, bytes) in cases {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(open_writer(&path, ONE), Err(DatabaseError::Damaged(_))), "{name}");
        }
        let other = Schema { application_id: 1, ..ONE };
        std::fs::write(&path, &whole).unwrap();
        assert!(matches!(open_writer(&path, other), Err(DatabaseError::Damaged(_))));
        assert!(open_writer(&path, ONE).is_ok());
    }
}
