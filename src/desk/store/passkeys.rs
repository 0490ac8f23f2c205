//! Passkeys of staff: public keys by which they sign in, with the authenticator's counter.
//!
//! Refuses a counter that does not go on (a copy of the key may be about), one credential for two
//! accounts, and to touch a passkey for anybody but its owner.

use super::staff::{COLUMNS, StaffView, entry, view};
use super::{Store, StoreError, audit_log, rows};
use crate::desk::audit::Action;
use crate::domain::ids::StaffId;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// Most passkeys of one account.
const MOST: i64 = 20;

/// A passkey to be kept.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// By which its owner knows it.
    pub name: String,
    /// By which the authenticator knows it.
    pub credential: Vec<u8>,
    /// What checks it.
    pub kept: String,
    /// The authenticator's counter.
    pub counter: u32,
}

/// A passkey, as its owner sees it.
#[derive(Debug, Clone)]
pub struct PasskeyView {
    /// By which their list names it.
    pub id: i64,
    /// By which they know it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last proved with it who they are.
    pub used_at: Option<Timestamp>,
}

/// A passkey and whose it is.
#[derive(Debug, Clone)]
pub struct PasskeyOf {
    /// By which its owner's list names it.
    pub id: i64,
    /// What checks it.
    pub kept: String,
    /// Whose.
    pub staff: StaffView,
}

fn passkey(row: &Row<'_>) -> rusqlite::Result<PasskeyView> {
    Ok(PasskeyView {
        id: row.get("id")?,
        name: row.get("name")?,
        created_at: rows::time(row, "created_at")?,
        used_at: rows::optional_time(row, "used_at")?,
    })
}

pub(super) fn forget_all(transaction: &Transaction<'_>, staff: StaffId) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM staff_passkeys WHERE staff = ?1", [staff.to_string()])?;
    Ok(())
}

impl Store {
    /// Keeps a passkey. False when the credential is known, or its owner has as many as anybody may.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn add_passkey(&self, staff: StaffId, new: &NewPasskey, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let added = transaction
                .prepare_cached(
                    "INSERT INTO staff_passkeys (staff, credential, name, kept, counter, created_at)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6
                     WHERE (SELECT COUNT(*) FROM staff_passkeys WHERE staff = ?1) < ?7
                     ON CONFLICT (credential) DO NOTHING",
                )?
                .execute(params![
                    staff.to_string(),
                    new.credential,
                    new.name,
                    new.kept,
                    new.counter,
                    now.as_millisecond(),
                    MOST
                ])?;
            if added == 1 {
                let detail = Some("what=passkey-added".to_owned());
                audit_log::append(transaction, &entry(actor, Action::StaffChanged, staff, detail), now)?;
            }
            Ok(added == 1)
        })
    }

    /// The passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn passkeys_of(&self, staff: StaffId) -> Result<Vec<PasskeyView>, StoreError> {
        self.read(|connection| {
            let query = "SELECT id, name, created_at, used_at FROM staff_passkeys WHERE staff = ?1 ORDER BY id";
            let mut statement = connection.prepare_cached(query)?;
            let all = statement.query_map([staff.to_string()], passkey)?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }

    /// By which authenticators know the passkeys of an account.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn credentials_of_passkeys(&self, staff: StaffId) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT credential FROM staff_passkeys WHERE staff = ?1 ORDER BY id")?;
            let all = statement.query_map([staff.to_string()], |row| row.get(0))?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }

    /// The passkey of a credential, when its owner may sign in.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn passkey(&self, credential: &[u8]) -> Result<Option<PasskeyOf>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS}, staff_passkeys.id AS passkey, kept
                 FROM staff_passkeys JOIN staff ON staff.id = staff_passkeys.staff
                 WHERE credential = ?1 AND disabled_at IS NULL"
            );
            Ok(connection
                .prepare_cached(&query)?
                .query_row([credential], |row| {
                    Ok(PasskeyOf { id: row.get("passkey")?, kept: row.get("kept")?, staff: view(row)? })
                })
                .optional()?)
        })
    }

    /// Notes that a passkey was used. False when it is gone or its counter does not go on: then the
    /// proof does not count. An authenticator that keeps no counter always says 0.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn use_passkey(&self, id: i64, kept: &str, counter: u32) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let used = transaction
                .prepare_cached(
                    "UPDATE staff_passkeys SET kept = ?2, counter = ?3, used_at = ?4
                     WHERE id = ?1 AND (counter < ?3 OR counter = 0 AND ?3 = 0)",
                )?
                .execute(params![id, kept, counter, now.as_millisecond()])?;
            Ok(used == 1)
        })
    }

    /// Gives a passkey of an account another name. False when it has none such.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rename_passkey(&self, staff: StaffId, id: i64, name: &str) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let renamed = transaction
                .prepare_cached("UPDATE staff_passkeys SET name = ?3 WHERE staff = ?1 AND id = ?2")?
                .execute(params![staff.to_string(), id, name])?;
            Ok(renamed == 1)
        })
    }

    /// Takes a passkey of an account away. False when it has none such.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn remove_passkey(&self, staff: StaffId, id: i64, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let removed = transaction
                .prepare_cached("DELETE FROM staff_passkeys WHERE staff = ?1 AND id = ?2")?
                .execute(params![staff.to_string(), id])?;
            if removed == 1 {
                let detail = Some("what=passkey-removed".to_owned());
                audit_log::append(transaction, &entry(actor, Action::StaffChanged, staff, detail), now)?;
            }
            Ok(removed == 1)
        })
    }
}
