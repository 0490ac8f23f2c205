//! Envelopes that would not open: kept sealed, to be looked at and tried again.

use super::{Store, StoreError, UnopenedView, audit_log, identity, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::token::Token;
use rusqlite::params;
use sha2::{Digest, Sha256};

impl Store {
    /// Sets an envelope aside that would not open, with an audit entry. `reason` is one of our
    /// words. Setting the same one aside again changes nothing.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_aside(&self, token: Token, envelope: &[u8], reason: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let digest: [u8; 32] = Sha256::digest(envelope).into();
        self.write(|transaction| {
            identity::advance(transaction, now, self.entropy.as_ref())?;
            let inserted = transaction
                .prepare_cached(
                    "INSERT INTO unopened (token, sha256, envelope, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (token, sha256) DO NOTHING",
                )?
                .execute(params![token.as_bytes(), digest, envelope, reason, now.as_millisecond()])?;
            if inserted > 0 {
                let entry = NewEntry {
                    actor: "desk".to_owned(),
                    action: Action::EnvelopeUnopened,
                    subject: Some(token.to_string()),
                    reason: None,
                    detail: Some(format!("cause={reason}")),
                };
                audit_log::append(transaction, &entry, now)?;
            }
            Ok(())
        })
    }

    /// Envelopes that were set aside, oldest first, after the one with this id.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn unopened(&self, after: Option<i64>, limit: usize) -> Result<Vec<UnopenedView>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM unopened WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            let found = statement.query_map(params![after.unwrap_or(0), rows::limit(limit)], |row| {
                Ok(UnopenedView {
                    id: row.get("id")?,
                    token: Token::from_bytes(row.get("token")?),
                    reason: row.get("reason")?,
                    at: rows::time(row, "at")?,
                    envelope: row.get("envelope")?,
                })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// Takes an envelope off the list, after its lead was stored, with an audit entry.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn take_back(&self, envelope: &UnopenedView, actor: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let removed = transaction.execute("DELETE FROM unopened WHERE id = ?1", [envelope.id])?;
            if removed > 0 {
                let entry = NewEntry {
                    actor: actor.to_owned(),
                    action: Action::EnvelopeReplayed,
                    subject: Some(envelope.token.to_string()),
                    reason: None,
                    detail: None,
                };
                audit_log::append(transaction, &entry, now)?;
            }
            Ok(())
        })
    }
}
