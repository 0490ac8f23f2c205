//! The end of an epoch: the keys of its leads go under the current epoch, then its private key is
//! destroyed. From then on nobody opens an envelope that was sealed to it, wherever a copy lies.
//!
//! Refuses the current epoch, and one under which a lead's key is still wrapped.

use super::{EpochKeys, Keyring, KeyringError, file, vault};
use crate::domain::ids::EpochId;
use crate::domain::token::Token;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::sync::{Arc, PoisonError};

impl Keyring {
    /// Wraps keys of an epoch's leads anew under the current epoch, at most so many, behind `after`
    /// in the order of tokens. Gives the last one; nothing when there was none.
    ///
    /// # Errors
    /// When the epoch is the current one or unknown, or the keyring can't be written.
    pub fn rewrap(&self, epoch: EpochId, after: Option<Token>, limit: u32) -> Result<Option<Token>, KeyringError> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (old, current) = self.old_and_current(&change, epoch)?;
        let keys: Vec<([u8; 20], Vec<u8>)> = change
            .prepare_cached("SELECT lead, wrapped FROM lead_key WHERE epoch = ?1 AND lead > ?2 ORDER BY lead LIMIT ?3")?
            .query_map(params![epoch.0, after.as_ref().map_or(&[][..], |token| &token.as_bytes()[..]), limit], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        for (lead, wrapped) in &keys {
            let lead = Token::from_bytes(*lead);
            let key = vault::unwrap_lead(&old.storage, epoch, lead, wrapped)
                .ok_or(KeyringError::Damaged("a lead's key does not unwrap"))?;
            let wrapped = vault::wrap_lead(&current.storage, current.id, lead, &key, &*self.entropy);
            change.prepare_cached("UPDATE lead_key SET epoch = ?2, wrapped = ?3 WHERE lead = ?1")?.execute(params![
                lead.as_bytes(),
                current.id.0,
                wrapped
            ])?;
        }
        change.commit()?;
        Ok(keys.last().map(|(lead, _)| Token::from_bytes(*lead)))
    }

    /// Destroys an epoch's private key; false when that was done before.
    ///
    /// # Errors
    /// When the epoch is the current one or unknown, leads' keys are still wrapped under it, or the
    /// keyring can't be written. When another process keeps the log from being emptied, the key is
    /// gone from use, but not yet from the disk, and the call is to be repeated.
    pub fn destroy_private_key(&self, epoch: EpochId) -> Result<bool, KeyringError> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.old_and_current(&change, epoch)?;
        if change.prepare_cached("SELECT 1 FROM lead_key WHERE epoch = ?1 LIMIT 1")?.exists([epoch.0])? {
            return Err(KeyringError::EpochGoesOn(epoch, "keys of leads are still wrapped under it; try again"));
        }
        let destroyed = change
            .prepare_cached("UPDATE epoch SET private_key = NULL WHERE id = ?1 AND private_key IS NOT NULL")?
            .execute([epoch.0])?;
        change.commit()?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&epoch);
        file::empty_log(&database)?;
        Ok(destroyed > 0)
    }

    fn old_and_current(
        &self,
        database: &Connection,
        epoch: EpochId,
    ) -> Result<(Arc<EpochKeys>, Arc<EpochKeys>), KeyringError> {
        let current = self.latest(database)?;
        if current.id == epoch {
            return Err(KeyringError::EpochGoesOn(
                epoch,
                "it is the current one; begin the next: leadseal keys rotate",
            ));
        }
        let old = self.epoch_keys(database, epoch)?;
        Ok((old.ok_or(KeyringError::EpochGoesOn(epoch, "there is none; see: leadseal keys epochs list"))?, current))
    }

    /// Forgets private keys that another process destroyed.
    pub(super) fn forget_destroyed(&self, database: &Connection) -> Result<(), KeyringError> {
        let mut has_key = database.prepare_cached("SELECT private_key IS NOT NULL FROM epoch WHERE id = ?1")?;
        let known: Vec<EpochId> = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .filter(|keys| keys.pair.is_some())
            .map(|keys| keys.id)
            .collect();
        for id in known {
            if has_key.query_row([id.0], |row| row.get::<_, bool>(0)).optional()? == Some(false) {
                self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
            }
        }
        Ok(())
    }
}
