//! Sessions of staff: opened at sign-in, looked up at each request, ended.
//!
//! Of a session's secret only the SHA-256 is kept. One that has been idle or open for too long is
//! no session any more, whoever asks. A session whose password was right waits for the second
//! factor, and is nothing else until then.

use super::staff::{COLUMNS, StaffView, entry, view};
use super::staff_secrets::{is_device_of, remember_device};
use super::{DeliveryKind, Store, StoreError, audit_log, rows, staff_mail};
use crate::desk::audit::Action;
use crate::domain::ids::{SessionId, StaffId};
use crate::domain::staff::actor as actor_of;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// A session ends after so long without a request.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A session ends so long after sign-in, whatever is done in it.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// The second factor is waited for so long.
const CODE_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// Codes that may be tried in one session.
const CODES: i64 = 5;
/// The last request of a session is noted once in so long, not at each.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInWay {
    /// The password alone.
    Password,
    /// The password and a code.
    Code,
    /// A one-time link.
    Link,
    /// A passkey.
    Passkey,
}

impl SignInWay {
    /// The way's word in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Link => "link",
            Self::Passkey => "passkey",
        }
    }
}

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// By which its owner's list names it.
    pub id: SessionId,
    /// The SHA-256 of its secret.
    pub secret_sha256: [u8; 32],
    /// Whose.
    pub staff: StaffId,
    /// The browser, in words of ours.
    pub browser: String,
    /// The second factor is still to be given.
    pub awaits_code: bool,
    /// How its owner showed who they are.
    pub way: SignInWay,
    /// The SHA-256 of the secret by which their browser is to be known again.
    pub device: [u8; 32],
    /// The SHA-256 of the one that the browser showed.
    pub device_shown: Option<[u8; 32]>,
    /// Whether its owner is told by mail where the browser is new.
    pub tells: bool,
}

/// A session, as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// By which it is named.
    pub id: SessionId,
    /// The browser.
    pub browser: String,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request, to a minute.
    pub seen_at: Timestamp,
    /// When its owner last proved who they are.
    pub proved_at: Timestamp,
}

/// A session and whose it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: SessionView,
    /// Whose.
    pub staff: StaffView,
}

/// How a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its owner signs out.
    SignedOut,
    /// It is ended from another session.
    Revoked,
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionView> {
    Ok(SessionView {
        id: rows::word(row, "session_id", |text| text.parse().ok())?,
        browser: row.get("browser")?,
        created_at: rows::time(row, "session_created_at")?,
        seen_at: rows::time(row, "session_seen_at")?,
        proved_at: rows::time(row, "proved_at")?,
    })
}

const SESSION: &str = "sessions.id AS session_id, browser, sessions.created_at AS session_created_at,
    sessions.seen_at AS session_seen_at, proved_at";

/// Instants before which a session is too old: of its last request, and of its beginning.
fn bounds(now: Timestamp) -> (i64, i64) {
    let before = |ago| now.saturating_sub(ago).unwrap_or(Timestamp::MIN).as_millisecond();
    (before(IDLE), before(ABSOLUTE))
}

/// Ends every session of an account but one.
pub(super) fn end_all(
    transaction: &Transaction<'_>,
    staff: StaffId,
    keep: Option<SessionId>,
    actor: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let ended = transaction
        .prepare_cached("DELETE FROM sessions WHERE staff = ?1 AND id IS NOT ?2")?
        .execute(params![staff.to_string(), keep.map(|id| id.to_string())])?;
    if ended > 0 {
        let detail = Some(format!("sessions={ended}"));
        audit_log::append(transaction, &entry(actor, Action::SessionRevoked, staff, detail), now)?;
    }
    Ok(())
}

/// What a sign-in leaves behind: when, how, and from which browser. Gives whether the browser was known.
fn note_sign_in(
    transaction: &Transaction<'_>,
    new: &NewSession,
    now: Timestamp,
    message_id: &str,
) -> rusqlite::Result<bool> {
    let staff = new.staff;
    let known = match &new.device_shown {
        Some(shown) => is_device_of(transaction, staff, shown, now)?,
        None => false,
    };
    let device = new.device_shown.as_ref().filter(|_| known).unwrap_or(&new.device);
    remember_device(transaction, staff, device, now)?;
    let was_here = transaction
        .prepare_cached("SELECT seen_at IS NOT NULL FROM staff WHERE id = ?1")?
        .query_row([staff.to_string()], |row| row.get::<_, bool>(0))?;
    // The first sign-in of all follows an invitation that its owner has just opened: no news to them.
    if new.tells && was_here && !known {
        staff_mail::insert(transaction, staff, DeliveryKind::NewDevice, &new.browser, message_id, now)?;
    }
    transaction
        .prepare_cached("UPDATE staff SET seen_at = ?2 WHERE id = ?1")?
        .execute(params![staff.to_string(), now.as_millisecond()])?;
    let detail = Some(format!("way={}", new.way.word()));
    audit_log::append(transaction, &entry(&actor_of(staff), Action::SignedIn, staff, detail), now)?;
    Ok(known)
}

impl Store {
    /// Opens a session; sessions of anybody that are too old go. A whole one is audited, its browser
    /// remembered, and its owner told where that is new, in the same transaction. Gives whether the
    /// browser was known.
    ///
    /// # Errors
    /// When it can't be written; then nobody is signed in.
    pub fn open_session(&self, new: &NewSession) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let message_id = staff_mail::message_id(self.entropy.as_ref());
        let (idle, absolute) = bounds(now);
        self.write(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE seen_at <= ?1 OR created_at <= ?2", [idle, absolute])?;
            transaction
                .prepare_cached(
                    "INSERT INTO sessions
                        (secret_sha256, id, staff, browser, awaits_code, created_at, seen_at, proved_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)",
                )?
                .execute(params![
                    new.secret_sha256,
                    new.id.to_string(),
                    new.staff.to_string(),
                    new.browser,
                    new.awaits_code,
                    now.as_millisecond(),
                ])?;
            if new.awaits_code { Ok(false) } else { Ok(note_sign_in(transaction, new, now, &message_id)?) }
        })
    }

    /// The session of this secret, when it is whole, not too old, and its account not disabled. It gets
    /// no longer by being looked at.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn session_of(&self, secret: &[u8; 32]) -> Result<Option<SignedIn>, StoreError> {
        let (idle, absolute) = bounds(self.clock.now());
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS}, {SESSION} FROM sessions JOIN staff ON staff.id = sessions.staff
                 WHERE secret_sha256 = ?1 AND awaits_code = 0 AND sessions.seen_at > ?2 AND sessions.created_at > ?3
                 AND disabled_at IS NULL"
            );
            Ok(connection
                .prepare_cached(&query)?
                .query_row(params![secret, idle, absolute], |row| {
                    Ok(SignedIn { session: session(row)?, staff: view(row)? })
                })
                .optional()?)
        })
    }

    /// As [`Self::session_of`], of a request that somebody made: notes, once a minute, that the session
    /// is in use.
    ///
    /// # Errors
    /// When it can't be read or written.
    pub fn signed_in(&self, secret: &[u8; 32]) -> Result<Option<SignedIn>, StoreError> {
        let now = self.clock.now();
        let found = self.session_of(secret)?;
        if let Some(found) = &found
            && now.duration_since(found.session.seen_at) >= NOTED_EVERY
        {
            self.write(|transaction| {
                transaction
                    .prepare_cached("UPDATE sessions SET seen_at = MAX(seen_at, ?2) WHERE secret_sha256 = ?1")?
                    .execute(params![secret, now.as_millisecond()])?;
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Takes one try at the second factor: who waits in the session of this secret. Nothing when
    /// nobody waits, waited too long, or has tried too often.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn try_code(&self, secret: &[u8; 32]) -> Result<Option<StaffId>, StoreError> {
        let since = self.clock.now().saturating_sub(CODE_WITHIN).unwrap_or(Timestamp::MIN);
        self.write(|transaction| {
            Ok(transaction
                .prepare_cached(
                    "UPDATE sessions SET codes_tried = codes_tried + 1
                     WHERE secret_sha256 = ?1 AND awaits_code = 1 AND created_at > ?2 AND codes_tried < ?3
                     RETURNING staff",
                )?
                .query_row(params![secret, since.as_millisecond(), CODES], |row| {
                    rows::word(row, "staff", |text| text.parse().ok())
                })
                .optional()?)
        })
    }

    /// Whether somebody waits for the second factor in the session of this secret.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn awaits_code(&self, secret: &[u8; 32]) -> Result<bool, StoreError> {
        let since = self.clock.now().saturating_sub(CODE_WITHIN).unwrap_or(Timestamp::MIN);
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM sessions
                        WHERE secret_sha256 = ?1 AND awaits_code = 1 AND created_at > ?2 AND codes_tried < ?3)",
                )?
                .query_row(params![secret, since.as_millisecond(), CODES], |row| row.get(0))?)
        })
    }

    /// Forgets a session that waited for a code, or one that is replaced at sign-in. Not audited.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn drop_session(&self, secret: &[u8; 32]) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached("DELETE FROM sessions WHERE secret_sha256 = ?1")?.execute([secret])?;
            Ok(())
        })
    }

    /// The sessions of an account that are not too old, the latest used first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn sessions_of(&self, staff: StaffId) -> Result<Vec<SessionView>, StoreError> {
        let (idle, absolute) = bounds(self.clock.now());
        self.read(|connection| {
            let query = format!(
                "SELECT {SESSION} FROM sessions WHERE staff = ?1 AND awaits_code = 0 AND seen_at > ?2
                 AND created_at > ?3 ORDER BY seen_at DESC, created_at DESC"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let all = statement.query_map(params![staff.to_string(), idle, absolute], session)?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }

    /// Ends a session of an account. False when it has none such.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_session(&self, staff: StaffId, id: SessionId, how: SessionEnd) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let ended = transaction
                .prepare_cached("DELETE FROM sessions WHERE staff = ?1 AND id = ?2")?
                .execute(params![staff.to_string(), id.to_string()])?;
            if ended == 1 {
                let action = match how {
                    SessionEnd::SignedOut => Action::SignedOut,
                    SessionEnd::Revoked => Action::SessionRevoked,
                };
                audit_log::append(transaction, &entry(&actor_of(staff), action, staff, None), now)?;
            }
            Ok(ended == 1)
        })
    }

    /// Ends every session of an account but one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_other_sessions(&self, staff: StaffId, keep: SessionId) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| Ok(end_all(transaction, staff, Some(keep), &actor_of(staff), now)?))
    }

    /// Notes that a session's owner has just proved who they are.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn note_proof(&self, staff: StaffId, id: SessionId) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            transaction
                .prepare_cached("UPDATE sessions SET proved_at = ?3 WHERE staff = ?1 AND id = ?2")?
                .execute(params![staff.to_string(), id.to_string(), now.as_millisecond()])?;
            audit_log::append(transaction, &entry(&actor_of(staff), Action::SteppedUp, staff, None), now)?;
            Ok(())
        })
    }
}
