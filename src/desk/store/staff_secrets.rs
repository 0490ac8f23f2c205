//! What staff sign in with: passwords, second factors, recovery codes, one-time links, known
//! browsers.
//!
//! Keeps what checks a secret, never the secret: an Argon2id string, SHA-256 of random bits, the
//! second factor sealed by the keyring. A code and a link are used up in the transaction that
//! accepts them.

use super::staff::{COLUMNS, StaffView, entry, view};
use super::{DeliveryKind, Store, StoreError, audit_log, passkeys, rows, sessions, staff_mail};
use crate::crypto::bearer::Bearer;
use crate::desk::audit::Action;
use crate::domain::entropy::Entropy;
use crate::domain::ids::{SessionId, StaffId};
use crate::domain::staff::StaffAddress;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// How long a one-time link works.
const LINK_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Most browsers that are remembered for one account; the longest unused goes first.
const DEVICES: i64 = 20;
/// How long a browser is remembered that nobody signs in from.
const DEVICE_FOR: SignedDuration = SignedDuration::from_hours(24 * 180);

/// An account with what checks its owner.
#[derive(Clone)]
pub struct Credentials {
    /// The account.
    pub staff: StaffView,
    /// The Argon2id string of its password.
    pub password: Option<String>,
    /// The second factor's secret, sealed.
    pub totp: Option<Vec<u8>>,
    /// The time step of the last code that was accepted.
    pub totp_step: u64,
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Choosing a password.
    Password,
    /// Signing in as it is: for trying Leadseal out.
    Enter,
}

impl LinkPurpose {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Enter => "enter",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Password, Self::Enter].into_iter().find(|purpose| purpose.word() == word)
    }
}

/// A one-time link to be remembered.
#[derive(Debug, Clone)]
pub struct NewStaffLink {
    /// The SHA-256 of its secret.
    pub secret_sha256: [u8; 32],
    /// What it is for.
    pub purpose: LinkPurpose,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether one like it is mailed to its owner as well, with a secret of its own.
    pub is_mailed: bool,
}

impl NewStaffLink {
    /// A fresh link, which works for 24 hours, and its secret.
    pub fn fresh(purpose: LinkPurpose, now: Timestamp, entropy: &dyn Entropy) -> (Bearer, Self) {
        let bearer = Bearer::generate(entropy);
        let link = Self { secret_sha256: bearer.sha256(), purpose, expires_at: link_ends(now), is_mailed: false };
        (bearer, link)
    }
}

/// A password to be kept.
#[derive(Clone)]
pub struct Password<'a> {
    /// Its Argon2id string.
    pub phc: &'a str,
    /// The link that allows it, used up by it; nothing when its owner is signed in.
    pub by_link: Option<[u8; 32]>,
    /// The session that goes on; all others end.
    pub keep: Option<SessionId>,
}

/// When a link that is made now ends.
pub(super) fn link_ends(now: Timestamp) -> Timestamp {
    now.saturating_add(LINK_FOR).unwrap_or(Timestamp::MAX)
}

pub(super) fn remember_link(transaction: &Transaction<'_>, id: StaffId, link: &NewStaffLink) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO staff_links (secret_sha256, staff, purpose, expires_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![link.secret_sha256, id.to_string(), link.purpose.word(), link.expires_at.as_millisecond()])?;
    Ok(())
}

/// Uses a link up. False when it is not there, too old, or its account disabled.
fn use_link(transaction: &Transaction<'_>, id: StaffId, secret: &[u8; 32], now: Timestamp) -> rusqlite::Result<bool> {
    let used = transaction
        .prepare_cached(
            "DELETE FROM staff_links WHERE secret_sha256 = ?1 AND staff = ?2 AND expires_at > ?3
             AND EXISTS (SELECT 1 FROM staff WHERE id = ?2 AND disabled_at IS NULL)",
        )?
        .execute(params![secret, id.to_string(), now.as_millisecond()])?;
    Ok(used == 1)
}

impl Store {
    /// The account of an address, when it may sign in, with what checks its owner.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn credentials_of(&self, address: &StaffAddress) -> Result<Option<Credentials>, StoreError> {
        self.credentials_where("staff.address = ?1", address.as_str())
    }

    /// The same by id.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn credentials(&self, id: StaffId) -> Result<Option<Credentials>, StoreError> {
        self.credentials_where("staff.id = ?1", &id.to_string())
    }

    fn credentials_where(&self, condition: &'static str, value: &str) -> Result<Option<Credentials>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS}, password, totp, totp_step FROM staff WHERE {condition} AND disabled_at IS NULL"
            );
            Ok(connection
                .prepare_cached(&query)?
                .query_row([value], |row| {
                    Ok(Credentials {
                        staff: view(row)?,
                        password: row.get("password")?,
                        totp: row.get("totp")?,
                        totp_step: rows::count(row, "totp_step")?,
                    })
                })
                .optional()?)
        })
    }

    /// Keeps a password; every session but the one named ends. False when the link that allows it
    /// was used or is too old: then nothing was changed.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_password(&self, id: StaffId, password: &Password<'_>, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            if let Some(secret) = &password.by_link
                && !use_link(transaction, id, secret, now)?
            {
                return Ok(false);
            }
            transaction
                .prepare_cached("UPDATE staff SET password = ?2 WHERE id = ?1")?
                .execute(params![id.to_string(), password.phc])?;
            // What else would let somebody in goes with the old password.
            transaction.execute("DELETE FROM staff_links WHERE staff = ?1", [id.to_string()])?;
            transaction.execute("DELETE FROM staff_devices WHERE staff = ?1", [id.to_string()])?;
            staff_mail::drop_links(transaction, id)?;
            sessions::end_all(transaction, id, password.keep, actor, now)?;
            let detail = Some("what=password".to_owned());
            audit_log::append(transaction, &entry(actor, Action::StaffChanged, id, detail), now)?;
            Ok(true)
        })
    }

    /// Takes password, sessions and other links away and remembers a new link; second factor and
    /// passkeys too, where said. False when there is no such account.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn reset_staff(
        &self,
        id: StaffId,
        link: &NewStaffLink,
        second_factor_too: bool,
        actor: &str,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let message_id = staff_mail::message_id(self.entropy.as_ref());
        self.write(|transaction| {
            let there = transaction
                .prepare_cached("UPDATE staff SET password = NULL WHERE id = ?1 AND disabled_at IS NULL")?
                .execute([id.to_string()])?;
            if there == 0 {
                return Ok(false);
            }
            if second_factor_too {
                forget_totp(transaction, id)?;
                passkeys::forget_all(transaction, id)?;
            }
            transaction.execute("DELETE FROM staff_links WHERE staff = ?1", [id.to_string()])?;
            remember_link(transaction, id, link)?;
            staff_mail::drop_links(transaction, id)?;
            if link.is_mailed {
                staff_mail::insert(transaction, id, DeliveryKind::Reset, actor, &message_id, now)?;
            }
            sessions::end_all(transaction, id, None, actor, now)?;
            let what = if second_factor_too { "what=reset,totp-off,passkeys-removed" } else { "what=reset" };
            audit_log::append(transaction, &entry(actor, Action::StaffChanged, id, Some(what.to_owned())), now)?;
            Ok(true)
        })
    }

    /// Whom a one-time link is for, and what for. Looking uses nothing up.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn staff_behind_link(&self, secret: &[u8; 32]) -> Result<Option<(StaffView, LinkPurpose)>, StoreError> {
        let now = self.clock.now();
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS}, purpose FROM staff_links JOIN staff ON staff.id = staff_links.staff
                 WHERE secret_sha256 = ?1 AND expires_at > ?2 AND disabled_at IS NULL"
            );
            Ok(connection
                .prepare_cached(&query)?
                .query_row(params![secret, now.as_millisecond()], |row| {
                    Ok((view(row)?, rows::word(row, "purpose", LinkPurpose::from_word)?))
                })
                .optional()?)
        })
    }

    /// Uses a link up. False when somebody was quicker or it is too old.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn use_staff_link(&self, id: StaffId, secret: &[u8; 32]) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| Ok(use_link(transaction, id, secret, now)?))
    }

    /// Sets a second factor with its recovery codes in place of any other. `step` is the time step
    /// of the code that proved it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_totp(
        &self,
        id: StaffId,
        sealed: &[u8],
        step: u64,
        codes_sha256: &[[u8; 32]],
        actor: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            forget_totp(transaction, id)?;
            transaction
                .prepare_cached("UPDATE staff SET totp = ?2, totp_step = ?3 WHERE id = ?1")?
                .execute(params![id.to_string(), sealed, step.cast_signed()])?;
            let mut insert =
                transaction.prepare_cached("INSERT INTO staff_recovery_codes (staff, sha256) VALUES (?1, ?2)")?;
            for code in codes_sha256 {
                insert.execute(params![id.to_string(), code])?;
            }
            let detail = Some("what=totp-on".to_owned());
            audit_log::append(transaction, &entry(actor, Action::StaffChanged, id, detail), now)?;
            Ok(())
        })
    }

    /// Takes the second factor and its recovery codes away.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn clear_totp(&self, id: StaffId, actor: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            forget_totp(transaction, id)?;
            let detail = Some("what=totp-off".to_owned());
            audit_log::append(transaction, &entry(actor, Action::StaffChanged, id, detail), now)?;
            Ok(())
        })
    }

    /// Uses up a code of a time step. False when that step or a later one was used before.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn use_totp_step(&self, id: StaffId, step: u64) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let used = transaction
                .prepare_cached("UPDATE staff SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2")?
                .execute(params![id.to_string(), step.cast_signed()])?;
            Ok(used == 1)
        })
    }

    /// Uses up a recovery code. False when there is none such.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn use_recovery_code(&self, id: StaffId, sha256: &[u8; 32]) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let used = transaction
                .prepare_cached("DELETE FROM staff_recovery_codes WHERE staff = ?1 AND sha256 = ?2")?
                .execute(params![id.to_string(), sha256])?;
            Ok(used == 1)
        })
    }

    /// How many recovery codes are left.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn recovery_codes_left(&self, id: StaffId) -> Result<u64, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT COUNT(*) AS n FROM staff_recovery_codes WHERE staff = ?1")?
                .query_row([id.to_string()], |row| rows::count(row, "n"))?)
        })
    }

    /// Whose browser it is that has this secret, when somebody signed in from it.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn staff_of_device(&self, secret: &[u8; 32]) -> Result<Option<StaffId>, StoreError> {
        let since = self.clock.now().saturating_sub(DEVICE_FOR).unwrap_or(Timestamp::MIN);
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT staff FROM staff_devices WHERE secret_sha256 = ?1 AND seen_at > ?2")?
                .query_row(params![secret, since.as_millisecond()], |row| {
                    rows::word(row, "staff", |text| text.parse().ok())
                })
                .optional()?)
        })
    }
}

/// Whether somebody signed in from the browser of this secret.
pub(super) fn is_device_of(
    connection: &Connection,
    id: StaffId,
    secret: &[u8; 32],
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let since = now.saturating_sub(DEVICE_FOR).unwrap_or(Timestamp::MIN);
    let query = "SELECT 1 FROM staff_devices WHERE secret_sha256 = ?1 AND staff = ?2 AND seen_at > ?3";
    connection.prepare_cached(query)?.exists(params![secret, id.to_string(), since.as_millisecond()])
}

/// Remembers a browser that somebody signed in from.
pub(super) fn remember_device(
    transaction: &Transaction<'_>,
    id: StaffId,
    secret: &[u8; 32],
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO staff_devices (secret_sha256, staff, seen_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (secret_sha256) DO UPDATE SET staff = ?2, seen_at = ?3",
        )?
        .execute(params![secret, id.to_string(), now.as_millisecond()])?;
    transaction
        .prepare_cached(
            "DELETE FROM staff_devices WHERE staff = ?1 AND secret_sha256 NOT IN
                (SELECT secret_sha256 FROM staff_devices WHERE staff = ?1 ORDER BY seen_at DESC LIMIT ?2)",
        )?
        .execute(params![id.to_string(), DEVICES])?;
    Ok(())
}

fn forget_totp(transaction: &Transaction<'_>, id: StaffId) -> rusqlite::Result<()> {
    transaction.execute("UPDATE staff SET totp = NULL, totp_step = 0 WHERE id = ?1", [id.to_string()])?;
    transaction.execute("DELETE FROM staff_recovery_codes WHERE staff = ?1", [id.to_string()])?;
    Ok(())
}
