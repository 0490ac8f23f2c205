//! Quarantine: envelopes of submissions that look like a robot's work. Kept sealed as they came;
//! nobody is told. Leaves it as a lead, or for good.

use super::erasure::bury;
use super::intake::is_settled;
use super::{HeldView, NewHeld, Store, StoreError, audit_log, identity, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::FormId;
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

impl Store {
    /// Puts envelopes into quarantine, in one transaction with their audit entries. What is there
    /// already, became a lead or was deleted stays as it is. Gives how many were new.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn hold(&self, envelopes: &[NewHeld<'_>]) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            identity::advance(transaction, now, self.entropy.as_ref())?;
            let mut new = 0;
            for held in envelopes {
                new += u64::from(hold_once(transaction, held, now)?);
            }
            Ok(new)
        })
    }

    /// What is in quarantine, oldest first, behind this place; of one form or of all.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn held(
        &self,
        form: Option<&FormId>,
        after: Option<(Timestamp, Token)>,
        limit: usize,
    ) -> Result<Vec<HeldView>, StoreError> {
        let (at, token) = after.map_or((i64::MIN, [0; 20]), |(at, token)| (at.as_millisecond(), *token.as_bytes()));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM quarantine
                 WHERE (at, token) > (?1, ?2) AND (?3 IS NULL OR form = ?3) ORDER BY at, token LIMIT ?4",
            )?;
            let form = form.map(FormId::as_str);
            let found = statement.query_map(params![at, token, form, rows::limit(limit)], view)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// One envelope in quarantine.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn held_one(&self, token: Token) -> Result<Option<HeldView>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT * FROM quarantine WHERE token = ?1")?;
            Ok(statement.query_map([token.as_bytes()], view)?.next().transpose()?)
        })
    }

    /// Takes an envelope out of quarantine after its lead was stored, with an audit entry.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn let_out(&self, token: Token, actor: &str) -> Result<(), StoreError> {
        self.leave(token, actor, Action::QuarantineReleased).map(|_| ())
    }

    /// Deletes an envelope from quarantine, with an audit entry and a tombstone, so that it does
    /// not come back when it is handed over again. False when it is not there.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn purge_held(&self, token: Token, actor: &str) -> Result<bool, StoreError> {
        self.leave(token, actor, Action::QuarantinePurged)
    }

    fn leave(&self, token: Token, actor: &str, action: Action) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let removed = transaction.execute("DELETE FROM quarantine WHERE token = ?1", [token.as_bytes()])?;
            if removed == 0 {
                return Ok(false);
            }
            if action == Action::QuarantinePurged {
                bury(transaction, token, now)?;
            }
            let entry = NewEntry {
                actor: actor.to_owned(),
                action,
                subject: Some(token.to_string()),
                reason: None,
                detail: None,
            };
            audit_log::append(transaction, &entry, now)?;
            Ok(true)
        })
    }
}

fn hold_once(transaction: &Transaction<'_>, held: &NewHeld<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let header = held.header;
    if is_settled(transaction, header.token)? {
        return Ok(false);
    }
    let reasons = words(held.reasons);
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO quarantine (token, form, received_at, reasons, envelope, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (token) DO NOTHING",
        )?
        .execute(params![
            header.token.as_bytes(),
            header.form.as_str(),
            header.received_at.as_millisecond(),
            reasons,
            held.envelope,
            now.as_millisecond()
        ])?;
    if inserted > 0 {
        let entry = NewEntry {
            actor: "desk".to_owned(),
            action: Action::LeadQuarantined,
            subject: Some(header.token.to_string()),
            reason: None,
            detail: Some(format!("form={} reasons={reasons}", header.form)),
        };
        audit_log::append(transaction, &entry, now)?;
    }
    Ok(inserted > 0)
}

fn words(reasons: &[Suspicion]) -> String {
    reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(" ")
}

fn view(row: &Row<'_>) -> rusqlite::Result<HeldView> {
    let words: String = row.get("reasons")?;
    Ok(HeldView {
        token: Token::from_bytes(row.get("token")?),
        form: row.get("form")?,
        received_at: rows::time(row, "received_at")?,
        at: rows::time(row, "at")?,
        reasons: words.split_whitespace().filter_map(Suspicion::from_word).collect(),
        envelope: row.get("envelope")?,
    })
}
