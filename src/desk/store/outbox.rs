//! The outbox's table: rows are claimed for a while, then sent, tried again, or given up.
//!
//! A claim only moves the time at which the row is due again, so that a worker that was killed
//! needs no cleaning up after: its rows come back when the lease is over.

use super::{Delivery, DeliveryAbout, DeliveryKind, DeliveryView, Store, StoreError, audit_log, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use std::time::Duration;

/// No row is ever made to wait this long. One that does was written while the clock was ahead, and
/// is due: a mail must not wait for the day that was there by mistake.
const FURTHEST: SignedDuration = SignedDuration::from_hours(2);

/// Rows that are due, in the order in which they became so.
const DUE: &str =
    "SELECT outbox.id, leads.token AS lead_token, requests.token AS request_token, outbox.staff, outbox.kind,
            recipient, note, message_id, attempts, outbox.created_at
     FROM outbox LEFT JOIN leads ON leads.id = outbox.lead LEFT JOIN requests ON requests.id = outbox.request
     WHERE state = 'waiting' AND next_at BETWEEN ?1 AND ?2 ORDER BY next_at, outbox.id LIMIT ?3";

impl Store {
    /// Claims outbox rows that are due, for the length of `lease`; the longest due first. A claim
    /// counts as a try, so that one that ends the process is counted too. A row that would wait
    /// longer than any row is made to (the clock was set back) is due as well.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn claim_due(&self, limit: usize, lease: Duration) -> Result<Vec<Delivery>, StoreError> {
        let now = self.clock.now();
        let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
        let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
        self.write(|transaction| {
            let mut due = transaction.prepare_cached(DUE)?;
            let mut between = |first: i64, last: i64, most: usize| {
                due.query_map(params![first, last, rows::limit(most)], delivery)?.collect::<Result<Vec<_>, _>>()
            };
            let mut claimed: Vec<Delivery> = between(i64::MIN, now.as_millisecond(), limit)?;
            let furthest = now.saturating_add(FURTHEST).unwrap_or(Timestamp::MAX);
            claimed.extend(between(furthest.as_millisecond().saturating_add(1), i64::MAX, limit - claimed.len())?);
            let mut claim =
                transaction.prepare_cached("UPDATE outbox SET next_at = ?2, attempts = attempts + 1 WHERE id = ?1")?;
            for delivery in &claimed {
                claim.execute(params![delivery.id, until.as_millisecond()])?;
            }
            Ok(claimed)
        })
    }

    /// When the next outbox row is due (for a claimed one: when its lease ends).
    ///
    /// # Errors
    /// When it can't be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT next_at FROM outbox WHERE state = 'waiting' ORDER BY next_at LIMIT 1")?
                .query_row([], |row| rows::time(row, "next_at"))
                .optional()?)
        })
    }

    /// Whether a delivery still waits: neither sent nor given up.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn is_waiting(&self, id: i64) -> Result<bool, StoreError> {
        self.read(|connection| {
            let mut waiting = connection.prepare_cached("SELECT 1 FROM outbox WHERE id = ?1 AND state = 'waiting'")?;
            Ok(waiting.exists([id])?)
        })
    }

    /// A delivery went out. Writes the audit entry in the same transaction.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_sent(&self, id: i64) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE outbox SET state = 'sent', done_at = ?2, last_error = NULL
                     WHERE id = ?1 AND state <> 'sent'",
                )?
                .execute(params![id, now.as_millisecond()])?;
            if changed > 0 {
                audit(transaction, id, now, None)?;
            }
            Ok(())
        })
    }

    /// A delivery failed and is tried again at `at`. `error` is a class such as `smtp 450`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_retry(&self, id: i64, at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached("UPDATE outbox SET next_at = ?2, last_error = ?3 WHERE id = ?1 AND state = 'waiting'")?
                .execute(params![id, at.as_millisecond(), error])?;
            Ok(())
        })
    }

    /// A delivery is given up. Writes the audit entry in the same transaction.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_dead(&self, id: i64, error: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE outbox SET state = 'dead', done_at = ?2, last_error = ?3
                     WHERE id = ?1 AND state = 'waiting'",
                )?
                .execute(params![id, now.as_millisecond(), error])?;
            if changed > 0 {
                audit(transaction, id, now, Some(error))?;
            }
            Ok(())
        })
    }

    /// Auto-replies sent since then, or written since then and still waiting (also the one that
    /// is about to be sent), for leads whose e-mail has this blind index.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn auto_replies_sent_since(&self, email_index: &[u8; 32], since: Timestamp) -> Result<u32, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT count(DISTINCT outbox.id)
                     FROM lead_fields JOIN outbox ON outbox.lead = lead_fields.lead
                     WHERE lead_fields.blind = ?1 AND lead_fields.kind = 'email' AND outbox.kind = ?3
                       AND (state = 'sent' AND done_at >= ?2 OR state = 'waiting' AND created_at >= ?2)",
                )?
                .query_row(params![email_index, since.as_millisecond(), DeliveryKind::AutoReply.word()], |row| {
                    row.get(0)
                })?)
        })
    }

    /// The deliveries of a lead, or all that are not sent; the oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn deliveries(&self, lead: Option<Token>) -> Result<Vec<DeliveryView>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT outbox.id, leads.token AS lead_token, requests.token AS request_token, outbox.staff,
                        outbox.kind, state, attempts, last_error,
                        CASE state WHEN 'waiting' THEN next_at END AS next_at
                 FROM outbox LEFT JOIN leads ON leads.id = outbox.lead
                             LEFT JOIN requests ON requests.id = outbox.request
                 WHERE CASE WHEN ?1 IS NULL THEN state <> 'sent' ELSE leads.token = ?1 END ORDER BY outbox.id",
            )?;
            let found = statement.query_map([lead.map(|token| *token.as_bytes())], delivery_view)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

/// The entry for a delivery that has just ended: sent, or dead with its error's class.
fn audit(transaction: &Transaction<'_>, id: i64, now: Timestamp, dead: Option<&str>) -> Result<(), StoreError> {
    let (about, kind) = transaction
        .prepare_cached(
            "SELECT leads.token AS lead_token, requests.token AS request_token, outbox.staff, outbox.kind
             FROM outbox LEFT JOIN leads ON leads.id = outbox.lead LEFT JOIN requests ON requests.id = outbox.request
             WHERE outbox.id = ?1",
        )?
        .query_row([id], |row| Ok((about(row)?, rows::word(row, "kind", DeliveryKind::from_word)?)))
        .optional()?
        .ok_or_else(|| rows::missing("what a delivery is about"))?;
    let action = match (dead, kind) {
        (Some(_), _) => Action::DeliveryDead,
        (None, DeliveryKind::Notification | DeliveryKind::Reminder) => Action::NotificationSent,
        (None, DeliveryKind::AutoReply) => Action::AutoReplySent,
        (None, DeliveryKind::Request) => Action::RequestMailed,
        (None, DeliveryKind::Invitation | DeliveryKind::Reset | DeliveryKind::NewDevice) => Action::StaffMailed,
    };
    let detail = match dead {
        Some(error) => Some(format!("kind={} error={error}", kind.word())),
        None => {
            (action == Action::StaffMailed || kind == DeliveryKind::Reminder).then(|| format!("kind={}", kind.word()))
        }
    };
    let entry = NewEntry { actor: "desk".to_owned(), action, subject: Some(about.to_string()), reason: None, detail };
    audit_log::append(transaction, &entry, now)?;
    Ok(())
}

fn about(row: &Row<'_>) -> rusqlite::Result<DeliveryAbout> {
    if let Some(token) = row.get("lead_token")? {
        return Ok(DeliveryAbout::Lead(Token::from_bytes(token)));
    }
    if let Some(token) = row.get("request_token")? {
        return Ok(DeliveryAbout::Request(Token::from_bytes(token)));
    }
    rows::word(row, "staff", |text| text.parse().ok()).map(DeliveryAbout::Staff)
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get("id")?,
        about: about(row)?,
        kind: rows::word(row, "kind", DeliveryKind::from_word)?,
        recipient: row.get("recipient")?,
        note: row.get("note")?,
        message_id: row.get("message_id")?,
        attempts: row.get("attempts")?,
        created_at: rows::time(row, "created_at")?,
    })
}

fn delivery_view(row: &Row<'_>) -> rusqlite::Result<DeliveryView> {
    let next_at: Option<i64> = row.get("next_at")?;
    Ok(DeliveryView {
        id: row.get("id")?,
        about: about(row)?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        next_at: next_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
    })
}
