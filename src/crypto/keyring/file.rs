//! The file `keyring.db`: made and opened for its owner alone, with the pragmas its promises need,
//! and brought up to the schema this program knows.

use super::KeyringError;
use crate::crypto::private_file::beside;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// Marks the file as a keyring: "LSKR".
const APPLICATION_ID: i32 = 0x4c53_4b52;
/// How long a write waits for another process, e.g. a rotation while the server stores leads.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Group and world: nobody but the owner may have a part in the keyring.
const OTHERS: u32 = 0o077;

/// The steps from one schema version to the next, the first from nothing to version 1.
const MIGRATIONS: [&str; 1] = [include_str!("schema_v1.sql")];

/// Makes the file, empty and 0600 from its first moment. SQLite gives its `-wal` and `-shm`
/// beside it the same mode.
pub(super) fn make(path: &Path) -> Result<(), KeyringError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(KeyringError::Exists(shown(path))),
        Err(error) => Err(KeyringError::File(shown(path), error)),
    }
}

/// Takes back what [`make`] made, when filling it failed.
pub(super) fn unmake(path: &Path) {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        // What stays is an unfinished file, which `unlock` reports as such.
        let _ = std::fs::remove_file(file);
    }
}

/// Makes the file's name durable, as `fsync` on the file alone does not.
pub(super) fn sync_folder(path: &Path) -> Result<(), KeyringError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| KeyringError::File(shown(folder), error))
}

/// Refuses a keyring that others may read or write.
pub(super) fn check_permissions(path: &Path) -> Result<(), KeyringError> {
    for (file, needed) in [(path.to_owned(), true), (beside(path, "-wal"), false), (beside(path, "-shm"), false)] {
        match std::fs::metadata(&file) {
            Ok(found) if found.permissions().mode() & OTHERS != 0 => {
                return Err(KeyringError::Permissions(shown(&file)));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound && needed => {
                return Err(KeyringError::Missing(shown(path)));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(KeyringError::File(shown(&file), error)),
        }
    }
    Ok(())
}

/// Connects to the file; never makes one.
pub(super) fn connect(path: &Path) -> Result<Connection, KeyringError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(BUSY_TIMEOUT)?;
    // A deleted key is overwritten with zeros; a commit is on the disk when it returns.
    database.pragma_update(None, "secure_delete", "ON")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "foreign_keys", "ON")?;
    database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(database)
}

/// Refuses a file that is no finished keyring of a known version, and migrates an older one.
pub(super) fn check_schema(database: &mut Connection) -> Result<(), KeyringError> {
    let version = schema_version(database)?;
    let application: i32 = database.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    match (application, version) {
        (0, 0) => Err(KeyringError::Damaged("it was never finished; delete the file and run init again")),
        (APPLICATION_ID, 1..) if version as usize <= MIGRATIONS.len() => migrate(database),
        (APPLICATION_ID, 1..) => Err(KeyringError::Newer(version)),
        _ => Err(KeyringError::Damaged("the file is another program's database")),
    }
}

/// Brings the schema up to date, from whichever version, in one transaction.
pub(super) fn migrate(database: &mut Connection) -> Result<(), KeyringError> {
    let from = schema_version(database)?;
    if from as usize == MIGRATIONS.len() {
        return Ok(());
    }
    let change = database.transaction()?;
    for step in MIGRATIONS.iter().skip(from as usize) {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", MIGRATIONS.len() as u32)?;
    change.commit()?;
    Ok(())
}

fn schema_version(database: &Connection) -> Result<u32, KeyringError> {
    Ok(database.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Moves everything into the main file and empties the log, so that nothing deleted stays in it.
pub(super) fn empty_log(database: &Connection) -> Result<(), KeyringError> {
    let busy: bool = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(KeyringError::Busy) } else { Ok(()) }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
