//! Reminders: when a member of staff wants to come back to a lead.
//!
//! One open reminder of a person on a lead; it is gone once it is done. When its time comes, the mail
//! about it is put into the outbox in the transaction that remembers that it was: whatever the clock
//! does and whenever the process ends, it is put there once. Nobody's own reminder is replaced by
//! somebody else's.

use super::intake::message_id;
use super::{DeliveryKind, Store, StoreError, audit_log, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::staff::Scope;
use crate::domain::token::Token;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// Reminders that are put into the outbox at a time.
const BATCH: usize = 100;

/// A reminder to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewReminder {
    /// Who is reminded.
    pub staff: StaffId,
    /// When.
    pub at: Timestamp,
    /// Who sets it.
    pub set_by: StaffId,
}

/// What became of a reminder that was to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderSet {
    /// It is set, in the place of an earlier one.
    Done,
    /// Who is to be reminded has set one for themselves.
    Taken,
    /// There is no such lead.
    Missing,
}

/// An open reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderView {
    /// Who is reminded.
    pub staff: StaffId,
    /// When.
    pub at: Timestamp,
    /// Who set it.
    pub set_by: StaffId,
}

fn view(row: &Row<'_>) -> rusqlite::Result<ReminderView> {
    Ok(ReminderView {
        staff: rows::word(row, "staff", |text| text.parse().ok())?,
        at: rows::time(row, "at")?,
        set_by: rows::word(row, "set_by", |text| text.parse().ok())?,
    })
}

/// A reminder whose time has come, and to whom it goes.
struct Due {
    id: i64,
    lead: i64,
    token: Token,
    site: SiteId,
    form: FormId,
    address: String,
    scope: Scope,
}

fn due(row: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        id: row.get("id")?,
        lead: row.get("lead")?,
        token: Token::from_bytes(row.get("token")?),
        site: rows::word(row, "site", |text| text.parse().ok())?,
        form: rows::word(row, "form", |text| text.parse().ok())?,
        address: row.get("address")?,
        scope: rows::word(row, "scope", |text| serde_json::from_str(text).ok())?,
    })
}

impl Store {
    /// Sets a reminder on a lead.
    ///
    /// # Errors
    /// When it can't be written, also into the audit; then none was set.
    pub fn set_reminder(&self, lead: Token, new: &NewReminder, actor: &str) -> Result<ReminderSet, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let Some(id) = lead_id(transaction, lead)? else { return Ok(ReminderSet::Missing) };
            let own = transaction
                .prepare_cached("SELECT 1 FROM reminders WHERE lead = ?1 AND staff = ?2 AND set_by <> ?3")?
                .exists(params![id, new.staff.to_string(), new.set_by.to_string()])?;
            if own && new.staff != new.set_by {
                return Ok(ReminderSet::Taken);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO reminders (lead, staff, at, set_by) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (lead, staff)
                     DO UPDATE SET at = excluded.at, set_by = excluded.set_by, is_mailed = 0",
                )?
                .execute(params![id, new.staff.to_string(), new.at.as_millisecond(), new.set_by.to_string()])?;
            call_mail_back(transaction, id, new.staff)?;
            audit(transaction, lead, format!("what=reminder for={} becomes={}", new.staff, new.at), actor, now)?;
            Ok(ReminderSet::Done)
        })
    }

    /// Ends a reminder on a lead: it is done, or not needed. False when there is none.
    ///
    /// # Errors
    /// When it can't be written, also into the audit; then it is still there.
    pub fn end_reminder(&self, lead: Token, staff: StaffId, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let Some(id) = lead_id(transaction, lead)? else { return Ok(false) };
            let ended = transaction
                .prepare_cached("DELETE FROM reminders WHERE lead = ?1 AND staff = ?2")?
                .execute(params![id, staff.to_string()])?;
            if ended == 0 {
                return Ok(false);
            }
            call_mail_back(transaction, id, staff)?;
            audit(transaction, lead, format!("what=reminder for={staff} becomes=done"), actor, now)?;
            Ok(true)
        })
    }

    /// The open reminders on a lead, the next first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn reminders_on(&self, lead: Token) -> Result<Vec<ReminderView>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT staff, at, set_by FROM reminders WHERE lead = (SELECT id FROM leads WHERE token = ?1)
                     ORDER BY at, staff",
                )?
                .query_map([lead.as_bytes()], view)?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Puts the mails of reminders whose time has come into the outbox, of those who can sign in and
    /// may see the lead. Gives how many.
    ///
    /// # Errors
    /// When it can't be written; then none was put there.
    pub fn mail_due_reminders(&self) -> Result<usize, StoreError> {
        const DUE: &str = "SELECT reminders.id, reminders.lead, leads.token, leads.site, leads.form, staff.address,
                staff.scope
            FROM reminders INDEXED BY reminders_due JOIN leads ON leads.id = reminders.lead
                JOIN staff ON staff.id = reminders.staff
            WHERE is_mailed = 0 AND at <= ?1 AND staff.disabled_at IS NULL ORDER BY at LIMIT ?2";
        let now = self.clock.now();
        let waits = |sql: &str| {
            self.read(|connection| {
                Ok(connection.prepare_cached(sql)?.exists(params![now.as_millisecond(), rows::limit(1)])?)
            })
        };
        if !waits(DUE)? {
            return Ok(0);
        }
        self.write(|transaction| {
            let found: Vec<Due> = transaction
                .prepare_cached(DUE)?
                .query_map(params![now.as_millisecond(), rows::limit(BATCH)], due)?
                .collect::<Result<_, _>>()?;
            let mut put = 0;
            for due in &found {
                transaction.prepare_cached("UPDATE reminders SET is_mailed = 1 WHERE id = ?1")?.execute([due.id])?;
                if due.scope.covers(&due.site, &due.form) {
                    put_mail(transaction, due, now)?;
                    put += 1;
                }
            }
            Ok(put)
        })
    }
}

fn lead_id(transaction: &Transaction<'_>, lead: Token) -> rusqlite::Result<Option<i64>> {
    let mut statement = transaction.prepare_cached("SELECT id FROM leads WHERE token = ?1")?;
    statement.query_row([lead.as_bytes()], |row| row.get(0)).optional()
}

fn put_mail(transaction: &Transaction<'_>, due: &Due, now: Timestamp) -> rusqlite::Result<()> {
    let kind = DeliveryKind::Reminder;
    let earlier: u32 = transaction
        .prepare_cached("SELECT count(*) FROM outbox WHERE lead = ?1 AND kind = ?2 AND recipient = ?3")?
        .query_row(params![due.lead, kind.word(), due.address], |row| row.get(0))?;
    let message_id = message_id(due.token, kind, Some(&due.address), earlier as usize);
    transaction
        .prepare_cached(
            "INSERT INTO outbox (lead, kind, recipient, message_id, next_at, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![due.lead, kind.word(), due.address, message_id, now.as_millisecond()])?;
    Ok(())
}

/// A mail about a reminder that is over, or that another took the place of, does not go out any more.
fn call_mail_back(transaction: &Transaction<'_>, lead: i64, staff: StaffId) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM outbox WHERE lead = ?1 AND kind = ?2 AND state = 'waiting'
             AND recipient = (SELECT address FROM staff WHERE id = ?3)",
        )?
        .execute(params![lead, DeliveryKind::Reminder.word(), staff.to_string()])?;
    Ok(())
}

fn audit(
    transaction: &Transaction<'_>,
    lead: Token,
    detail: String,
    actor: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let entry = NewEntry {
        actor: actor.to_owned(),
        action: Action::LeadChanged,
        subject: Some(lead.to_string()),
        reason: None,
        detail: Some(detail),
    };
    audit_log::append(transaction, &entry, now)?;
    Ok(())
}
