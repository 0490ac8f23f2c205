//! Erasure: what is held of a person goes, and what is still under way stays away.
//!
//! A lead's row takes its fields, indexes, consents, links and mails with it. Its token stays as a
//! tombstone. For as long as envelopes may still come, the address's blind index stays with the
//! time of the erasure: a lead that was sent before it is not taken in.

use super::requests::{Person, audit, end, forget_address, leads_of};
use super::{RequestView, Store, StoreError, audit_log};
use crate::crypto::protect::Protected;
use crate::desk::audit::{Action, NewEntry};
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

/// As long as a spool may still hold an envelope back.
const MARKS_KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Envelopes say the minute in which they were taken in.
const MINUTE: i64 = 60_000;

/// What an erasure took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// The leads.
    pub leads: Vec<Token>,
    /// Other requests of the same person: they held the address too.
    pub requests: Vec<Token>,
}

impl Store {
    /// The leads of a site that came from an address, the oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_of(&self, person: Person<'_>) -> Result<Vec<Token>, StoreError> {
        self.read(|connection| Ok(leads_of(connection, person)?.into_iter().map(|(_, token)| token).collect()))
    }

    /// Erases the leads of a request's person and ends the request, in one transaction with its
    /// audit entries. Gives what was erased; nothing when the request had ended before.
    ///
    /// Their keys are the caller's to delete, before and after: a lead without a key can't be
    /// opened, and is erased by the next try.
    ///
    /// # Errors
    /// When it can't be written; then nothing was erased.
    pub fn erase_person(
        &self,
        request: &RequestView,
        person: Person<'_>,
        actor: &str,
        reason: &str,
    ) -> Result<Option<Erased>, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let leads = leads_of(transaction, person)?;
            if !end(transaction, request.token, leads.len(), actor, reason, now)? {
                return Ok(None);
            }
            for (id, token) in &leads {
                erase_lead(transaction, *id, *token, now)?;
                let entry = NewEntry {
                    actor: actor.to_owned(),
                    action: Action::LeadErased,
                    subject: Some(token.to_string()),
                    reason: Some(reason.to_owned()),
                    detail: Some(format!("request={}", request.token)),
                };
                audit_log::append(transaction, &entry, now)?;
            }
            leave_mark(transaction, person, now)?;
            let requests = end_others(transaction, request.token, person, now)?;
            Ok(Some(Erased { leads: leads.into_iter().map(|(_, token)| token).collect(), requests }))
        })
    }

    /// Moves everything into the main file and empties the log, so that nothing erased stays in
    /// it. False when a reader is in the way for longer than a moment.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn empty_log(&self) -> Result<bool, StoreError> {
        let connection = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!busy)
    }
}

/// Leaves a tombstone: what has this token does not come back.
pub(super) fn bury(transaction: &Transaction<'_>, token: Token, now: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO tombstones (token, at) VALUES (?1, ?2)")?
        .execute(params![token.as_bytes(), now.as_millisecond()])?;
    Ok(())
}

pub(super) fn erase_lead(transaction: &Transaction<'_>, id: i64, token: Token, now: Timestamp) -> rusqlite::Result<()> {
    bury(transaction, token, now)?;
    transaction.prepare_cached("DELETE FROM leads WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Leaves the mark by which leads that come late are known.
fn leave_mark(transaction: &Transaction<'_>, person: Person<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let minute = now.as_millisecond().div_euclid(MINUTE) * MINUTE;
    transaction
        .prepare_cached(
            "INSERT INTO erased_addresses (site, blind, before, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (site, blind) DO UPDATE SET before = excluded.before, at = excluded.at",
        )?
        .execute(params![person.site.as_str(), person.index, minute, now.as_millisecond()])?;
    Ok(())
}

/// Ends the person's other requests, which hold the address too.
fn end_others(
    transaction: &Transaction<'_>,
    request: Token,
    person: Person<'_>,
    now: Timestamp,
) -> rusqlite::Result<Vec<Token>> {
    let others: Vec<Token> = transaction
        .prepare_cached("SELECT token FROM requests WHERE blind = ?1 AND site = ?2 AND sealed IS NOT NULL")?
        .query_map(params![person.index, person.site.as_str()], |row| Ok(Token::from_bytes(row.get(0)?)))?
        .collect::<Result<_, _>>()?;
    for other in &others {
        transaction
            .prepare_cached(
                "UPDATE requests SET ended_at = ?2, status = iif(status IN ('open', 'held'), 'expired', status)
                 WHERE token = ?1",
            )?
            .execute(params![other.as_bytes(), now.as_millisecond()])?;
        forget_address(transaction, *other)?;
        audit(transaction, *other, Action::RequestExpired, "desk", None, format!("erased-by={request}"), now)?;
    }
    Ok(others)
}

/// Whether a lead was sent before its person's data were erased.
pub(super) fn is_of_erased_person(transaction: &Transaction<'_>, lead: &Protected) -> rusqlite::Result<bool> {
    let mut statement =
        transaction.prepare_cached("SELECT 1 FROM erased_addresses WHERE site = ?1 AND blind = ?2 AND before > ?3")?;
    let header = lead.header();
    for index in lead.addresses() {
        if statement.exists(params![header.site.as_str(), index, header.received_at.as_millisecond()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets the marks of erasures when nothing can be under way any more.
pub(super) fn forget_old_marks(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM erased_addresses WHERE at < ?1")?
        .execute([(now - MARKS_KEPT).as_millisecond()])?;
    Ok(())
}
