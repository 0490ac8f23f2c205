//! Links in mail: only the SHA-256 of their bearer secret is kept.

use super::{Store, StoreError};
use crate::domain::token::Token;
use rusqlite::{OptionalExtension, params};

impl Store {
    /// Remembers the SHA-256 of a link's bearer secret for a lead. Nothing happens when there is
    /// no such lead or the link is known.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn remember_link(&self, lead: Token, secret_sha256: &[u8; 32]) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO links (secret_sha256, lead, created_at) SELECT ?1, id, ?3 FROM leads WHERE token = ?2
                     ON CONFLICT (secret_sha256) DO NOTHING",
                )?
                .execute(params![secret_sha256, lead.as_bytes(), now.as_millisecond()])?;
            Ok(())
        })
    }

    /// The lead a link's secret leads to.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn lead_by_link(&self, secret_sha256: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT leads.token FROM links JOIN leads ON leads.id = links.lead WHERE secret_sha256 = ?1",
                )?
                .query_row([secret_sha256], |row| Ok(Token::from_bytes(row.get(0)?)))
                .optional()?)
        })
    }
}
