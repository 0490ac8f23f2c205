//! The keyring: `keyring.db` with the KEK's slots, the epochs, and each lead's wrapped key.
//!
//! An unlocked keyring is shared between threads; it refuses files that others may read.

use super::envelope::Envelope;
use super::mac::MacKey;
use super::open::{OpenError, Opened};
use super::protect::{IndexKeys, LeadKey};
use super::seal::SealingKey;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::ids::EpochId;
use crate::domain::settings::SuiteName;
use crate::domain::token::Token;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What unlocks the keyring, read from the configured source.
pub enum UnlockSecret {
    /// 32 random bytes from a file, credential or command.
    Key(Zeroizing<[u8; 32]>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

/// The words of the offline recovery key. Shown once.
pub struct RecoveryPhrase(pub(super) Zeroizing<String>);

impl RecoveryPhrase {
    /// The 24 words, separated by spaces.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// One epoch, as `keys list` shows it.
#[derive(Debug, Clone)]
pub struct EpochInfo {
    /// Its number.
    pub id: EpochId,
    /// Its suite.
    pub suite: SuiteName,
    /// When it began.
    pub created_at: Timestamp,
    /// When the next one began.
    pub retired_at: Option<Timestamp>,
    /// Leads whose keys are wrapped under it.
    pub leads: u64,
    /// SHA-256 of the public key, first 8 bytes in hex.
    pub fingerprint: String,
}

/// Why the keyring cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The secret does not unlock it.
    #[error("the keyring does not open with this secret")]
    WrongSecret,
    /// There is already one.
    #[error("there is already a keyring at {0}")]
    Exists(String),
    /// There is none.
    #[error("there is no keyring at {0}")]
    Missing(String),
    /// Others may read the file.
    #[error("{0} can be read by others; run: chmod 600 {0}")]
    Permissions(String),
    /// A schema of a newer Leadseal.
    #[error("the keyring has schema version {0}, newer than this program knows")]
    Newer(u32),
    /// The lead has no key (erased, or never stored).
    #[error("no key for this lead")]
    NoLeadKey,
    /// Damaged content.
    #[error("the keyring is damaged: {0}")]
    Damaged(&'static str),
    /// SQLite refused.
    #[error("the keyring database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

/// An unlocked keyring.
pub struct Keyring {}

impl Keyring {
    /// Makes a keyring with its first epoch, and the recovery phrase.
    ///
    /// # Errors
    /// When there is one already or the file can't be written.
    pub fn create(
        _path: &Path,
        _secret: &UnlockSecret,
        _suite: SuiteName,
        _clock: Arc<dyn Clock>,
        _entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RecoveryPhrase), KeyringError> {
        todo!()
    }
    /// Unlocks a keyring.
    ///
    /// # Errors
    /// When it is missing, readable by others, too new, damaged, or the secret is wrong.
    pub fn unlock(
        _path: &Path,
        _secret: &UnlockSecret,
        _clock: Arc<dyn Clock>,
        _entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        todo!()
    }
    /// Unlocks with the recovery words and sets a new secret.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn recover(
        _path: &Path,
        _words: &str,
        _new_secret: &UnlockSecret,
        _clock: Arc<dyn Clock>,
        _entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        todo!()
    }
    /// The public key of the current epoch.
    pub fn sealing_key(&self) -> SealingKey {
        todo!()
    }
    /// Starts a new epoch.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rotate(&self, _suite: SuiteName) -> Result<EpochId, KeyringError> {
        todo!()
    }
    /// The epochs, oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn epochs(&self) -> Result<Vec<EpochInfo>, KeyringError> {
        todo!()
    }
    /// Opens an envelope with the key of its epoch.
    ///
    /// # Errors
    /// When there is no such key or the envelope is not authentic.
    pub fn open(&self, _envelope: &Envelope) -> Result<Opened, OpenError> {
        todo!()
    }
    /// Makes and durably keeps a key for each lead (one commit); a lead that has one keeps it.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn create_lead_keys(&self, _leads: &[Token]) -> Result<Vec<LeadKey>, KeyringError> {
        todo!()
    }
    /// The key of a lead.
    ///
    /// # Errors
    /// When there is none.
    pub fn lead_key(&self, _lead: Token) -> Result<LeadKey, KeyringError> {
        todo!()
    }
    /// Deletes a lead's key: its values can never be opened again.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn erase_lead(&self, _lead: Token) -> Result<(), KeyringError> {
        todo!()
    }
    /// The blind-index keys.
    pub fn index_keys(&self) -> &IndexKeys {
        todo!()
    }
    /// The key from which the bearer secrets of links in mail are made.
    pub fn link_key(&self) -> &MacKey {
        todo!()
    }
}
