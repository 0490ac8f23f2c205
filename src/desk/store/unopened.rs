//! Envelopes that would not open: kept sealed, to be looked at and tried again.

use super::{Store, StoreError, audit_log};
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
}
