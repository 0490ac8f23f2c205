//! The keyring: `keyring.db` with the KEK's slots, the epochs, and each lead's wrapped key.
//!
//! An unlocked keyring is shared between threads; it refuses files that others may read. Two
//! processes may have it open: a rotation by one is taken up by the other with its next write.

mod ending;
mod epochs;
mod error;
mod file;
mod nodes;
mod slots;
mod staff;
mod vault;
mod words;

pub use error::KeyringError;

use super::aead::Key;
use super::envelope::Envelope;
use super::mac::MacKey;
use super::open::{OpenError, Opened};
use super::protect::{IndexKeys, LeadKey};
use super::seal::SealingKey;
use super::signing::DeskSigner;
use crate::domain::clock::Clock;
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::EpochId;
use crate::domain::settings::SuiteName;
use crate::domain::token::Token;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epochs::{EpochKeys, Pair};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use slots::{SlotName, SlotSecret};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use vault::{Purpose, Vault};
use words::Recovery;
use zeroize::Zeroizing;

/// What unlocks the keyring, read from the configured source.
pub enum UnlockSecret {
    /// 32 random bytes from a file, credential or command.
    Key(Zeroizing<[u8; 32]>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

impl fmt::Debug for UnlockSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(redacted)",
            Self::Passphrase(_) => "Passphrase(redacted)",
        })
    }
}

/// The words of the offline recovery key. Shown once.
pub struct RecoveryPhrase(Zeroizing<String>);

impl fmt::Debug for RecoveryPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryPhrase(redacted)")
    }
}

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
    /// Its private key is there; false once it was destroyed.
    pub can_open: bool,
}

/// An unlocked keyring.
pub struct Keyring {
    database: Mutex<Connection>,
    vault: Vault,
    index: IndexKeys,
    link: MacKey,
    signer: DeskSigner,
    capture_root: MacKey,
    current: RwLock<Current>,
    /// Epochs whose keys were needed, unwrapped and decoded.
    known: RwLock<HashMap<EpochId, Arc<EpochKeys>>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// The epoch that new envelopes and lead keys belong to.
#[derive(Clone)]
struct Current {
    keys: Arc<EpochKeys>,
    sealing: SealingKey,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(redacted)")
    }
}

impl Keyring {
    /// Makes a keyring with its first epoch, and the recovery phrase.
    ///
    /// # Errors
    /// When there is one already or the file can't be written.
    pub fn create(
        path: &Path,
        secret: &UnlockSecret,
        suite: SuiteName,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RecoveryPhrase), KeyringError> {
        file::make(path)?;
        let made = Self::fill(path, secret, suite, clock, entropy);
        if made.is_err() {
            file::unmake(path);
        }
        made
    }

    fn fill(
        path: &Path,
        secret: &UnlockSecret,
        suite: SuiteName,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RecoveryPhrase), KeyringError> {
        let mut database = file::connect(path)?;
        file::migrate(&mut database)?;
        let vault = Vault { id: random_bytes(&*entropy), kek: fresh_key(&*entropy) };
        let recovery = Recovery::generate(&*entropy);
        write_content(&mut database, &vault, secret, &recovery, suite, clock.now(), &*entropy)?;
        file::sync_folder(path)?;
        Ok((Self::with(database, vault, clock, entropy)?, recovery.phrase()))
    }

    /// Unlocks a keyring.
    ///
    /// # Errors
    /// When it is missing, readable by others, too new, damaged, or the secret is wrong.
    pub fn unlock(
        path: &Path,
        secret: &UnlockSecret,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        let (database, id) = open_file(path)?;
        let kek = slots::unwrap(&database, &id, SlotName::Primary, &SlotSecret::Configured(secret))?;
        Self::with(database, Vault { id, kek }, clock, entropy)
    }

    /// Unlocks with the recovery words and sets a new secret.
    ///
    /// # Errors
    /// As [`Self::unlock`], and when the words are mistyped.
    pub fn recover(
        path: &Path,
        words: &str,
        new_secret: &UnlockSecret,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        let recovery = Recovery::parse(words)?;
        let (database, id) = open_file(path)?;
        let kek = slots::unwrap(&database, &id, SlotName::Recovery, &SlotSecret::Recovery(&recovery))?;
        slots::write(&database, &id, SlotName::Primary, &SlotSecret::Configured(new_secret), &kek, &*entropy)?;
        // The slot that was replaced may have been a stolen secret's.
        file::empty_log(&database)?;
        Self::with(database, Vault { id, kek }, clock, entropy)
    }

    /// Reads what an unlocked keyring always needs.
    fn with(
        database: Connection,
        vault: Vault,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyringError> {
        let index = IndexKeys::from_bytes(*secret(&database, &vault, Purpose::IndexRoot)?);
        let link = MacKey::from_bytes(*secret(&database, &vault, Purpose::Link)?);
        let signer = DeskSigner::from_seed(&*secret_or_new(&database, &vault, Purpose::Signing, &*entropy)?);
        let root = secret_or_new(&database, &vault, Purpose::CaptureRoot, &*entropy)?;
        let capture_root = MacKey::from_bytes(*root);
        let latest = epochs::latest(&database)?.ok_or(NO_EPOCH)?;
        let keys = Arc::new(epochs::load(&database, &vault, latest)?.ok_or(NO_EPOCH)?);
        let known = RwLock::new(HashMap::from([(latest, Arc::clone(&keys))]));
        let current = RwLock::new(Current::of(keys)?);
        Ok(Self {
            database: Mutex::new(database),
            vault,
            index,
            link,
            signer,
            capture_root,
            current,
            known,
            clock,
            entropy,
        })
    }

    /// The public key of the current epoch.
    pub fn sealing_key(&self) -> SealingKey {
        self.current().sealing
    }

    /// When the current epoch began, so that the next can begin in time.
    pub fn current_epoch_started(&self) -> Timestamp {
        self.current().keys.created_at
    }

    /// Takes up an epoch that another process began, forgets private keys that it destroyed, and
    /// gives the current public key.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn refresh(&self) -> Result<SealingKey, KeyringError> {
        let database = self.database();
        self.latest(&database)?;
        self.forget_destroyed(&database)?;
        drop(database);
        Ok(self.sealing_key())
    }

    /// Starts a new epoch.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rotate(&self, suite: SuiteName) -> Result<EpochId, KeyringError> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let keys = epochs::begin(&change, &self.vault, suite, self.clock.now(), &*self.entropy)?;
        change.commit()?;
        Ok(self.adopt(Arc::new(keys))?.id)
    }

    /// The epochs, oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn epochs(&self) -> Result<Vec<EpochInfo>, KeyringError> {
        epochs::list(&self.database())
    }

    /// Opens an envelope with the key of its epoch.
    ///
    /// # Errors
    /// When there is no such key, the envelope is not authentic, or the keyring can't be read.
    pub fn open(&self, envelope: &Envelope) -> Result<Opened, OpenError> {
        let epoch = envelope.header.epoch;
        let keys = match self.cached(epoch) {
            Some(keys) => keys,
            None => {
                self.epoch_keys(&self.database(), epoch).map_err(|_| OpenError::Unavailable)?.ok_or(OpenError::NoKey)?
            }
        };
        keys.pair.as_ref().ok_or(OpenError::NoKey)?.opening.open(envelope)
    }

    /// Makes and durably keeps a key for each lead (one commit); a lead that has one keeps it.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn create_lead_keys(&self, leads: &[Token]) -> Result<Vec<LeadKey>, KeyringError> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let epoch = self.latest(&change)?;
        let keys = leads
            .iter()
            .map(|lead| match self.read_lead_key(&change, *lead)? {
                Some(key) => Ok(key),
                None => self.add_lead_key(&change, &epoch, *lead),
            })
            .collect::<Result<Vec<_>, KeyringError>>()?;
        change.commit()?;
        Ok(keys)
    }

    /// The key of a lead.
    ///
    /// # Errors
    /// When there is none.
    pub fn lead_key(&self, lead: Token) -> Result<LeadKey, KeyringError> {
        self.read_lead_key(&self.database(), lead)?.ok_or(KeyringError::NoLeadKey)
    }

    /// Deletes a lead's key: its values can never be opened again. May be repeated.
    ///
    /// # Errors
    /// When it can't be written, or another process keeps the log from being emptied: then the
    /// key is gone from use, but not yet from the disk, and the call is to be repeated.
    pub fn erase_lead(&self, lead: Token) -> Result<(), KeyringError> {
        self.erase_leads(&[lead])
    }

    /// Deletes the keys of leads, in one commit. As [`Self::erase_lead`].
    ///
    /// # Errors
    /// As [`Self::erase_lead`].
    pub fn erase_leads(&self, leads: &[Token]) -> Result<(), KeyringError> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for lead in leads {
            change.prepare_cached("DELETE FROM lead_key WHERE lead = ?1")?.execute([lead.as_bytes()])?;
        }
        change.commit()?;
        file::empty_log(&database)
    }

    /// The bearer secret of the link that is mailed for a request. Made anew from the request at
    /// every try of the mail; only its SHA-256 is stored.
    pub fn request_secret(&self, request: Token) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.link.mac("privacy request link", &[request.as_bytes()])))
    }

    /// The blind-index keys.
    pub fn index_keys(&self) -> &IndexKeys {
        &self.index
    }

    /// The key from which the bearer secrets of links in mail are made.
    pub fn link_key(&self) -> &MacKey {
        &self.link
    }

    fn read_lead_key(&self, database: &Connection, lead: Token) -> Result<Option<LeadKey>, KeyringError> {
        let row = database
            .prepare_cached("SELECT epoch, wrapped FROM lead_key WHERE lead = ?1")?
            .query_row([lead.as_bytes()], |row| Ok((EpochId(row.get(0)?), row.get::<_, Vec<u8>>(1)?)))
            .optional()?;
        let Some((epoch, wrapped)) = row else { return Ok(None) };
        let keys = self.epoch_keys(database, epoch)?.ok_or(KeyringError::Damaged("a lead's epoch is missing"))?;
        let key = vault::unwrap_lead(&keys.storage, epoch, lead, &wrapped)
            .ok_or(KeyringError::Damaged("a lead's key does not unwrap"))?;
        Ok(Some(LeadKey::from_bytes(*key)))
    }

    fn add_lead_key(&self, database: &Connection, epoch: &EpochKeys, lead: Token) -> Result<LeadKey, KeyringError> {
        let key = LeadKey::generate(&*self.entropy);
        let wrapped = vault::wrap_lead(&epoch.storage, epoch.id, lead, key.as_bytes(), &*self.entropy);
        database
            .prepare_cached("INSERT INTO lead_key (lead, epoch, wrapped) VALUES (?1, ?2, ?3)")?
            .execute(params![lead.as_bytes(), epoch.id.0, wrapped])?;
        Ok(key)
    }

    /// The latest epoch's keys, also when another process began it.
    fn latest(&self, database: &Connection) -> Result<Arc<EpochKeys>, KeyringError> {
        let latest = epochs::latest(database)?.ok_or(NO_EPOCH)?;
        let current = self.current().keys;
        if latest == current.id {
            return Ok(current);
        }
        let keys = self.epoch_keys(database, latest)?.ok_or(NO_EPOCH)?;
        self.adopt(keys)
    }

    /// Makes an epoch the current one.
    fn adopt(&self, keys: Arc<EpochKeys>) -> Result<Arc<EpochKeys>, KeyringError> {
        let current = Current::of(Arc::clone(&keys))?;
        self.remember(&keys);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(keys)
    }

    /// An epoch's keys, unwrapped when they are needed first; nothing for an unknown epoch.
    fn epoch_keys(&self, database: &Connection, id: EpochId) -> Result<Option<Arc<EpochKeys>>, KeyringError> {
        if let Some(keys) = self.cached(id) {
            return Ok(Some(keys));
        }
        let keys = epochs::load(database, &self.vault, id)?.map(Arc::new);
        if let Some(keys) = &keys {
            self.remember(keys);
        }
        Ok(keys)
    }

    fn cached(&self, id: EpochId) -> Option<Arc<EpochKeys>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn remember(&self, keys: &Arc<EpochKeys>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(keys.id, Arc::clone(keys));
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NO_EPOCH: KeyringError = KeyringError::Damaged("it has no epoch with keys");

impl Current {
    fn of(keys: Arc<EpochKeys>) -> Result<Self, KeyringError> {
        let sealing = keys.pair.as_ref().map(|Pair { sealing, .. }| sealing.clone()).ok_or(NO_EPOCH)?;
        Ok(Self { keys, sealing })
    }
}

/// Writes everything that a new keyring holds, in one transaction.
fn write_content(
    database: &mut Connection,
    vault: &Vault,
    secret: &UnlockSecret,
    recovery: &Recovery,
    suite: SuiteName,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), KeyringError> {
    let content = database.transaction()?;
    content
        .execute("INSERT INTO identity (id, created_at) VALUES (?1, ?2)", params![vault.id, now.as_millisecond()])?;
    for (name, secret) in
        [(SlotName::Primary, SlotSecret::Configured(secret)), (SlotName::Recovery, SlotSecret::Recovery(recovery))]
    {
        slots::write(&content, &vault.id, name, &secret, &vault.kek, entropy)?;
    }
    for purpose in [Purpose::IndexRoot, Purpose::Link, Purpose::Signing, Purpose::CaptureRoot] {
        let wrapped = vault.wrap(purpose, &fresh_key(entropy), entropy);
        content.execute("INSERT INTO secret (name, wrapped) VALUES (?1, ?2)", params![purpose.word(), wrapped])?;
    }
    epochs::begin(&content, vault, suite, now, entropy)?;
    content.commit()?;
    Ok(())
}

/// Opens an existing keyring's file, still locked: the database and the keyring's id.
fn open_file(path: &Path) -> Result<(Connection, [u8; 16]), KeyringError> {
    file::check_permissions(path)?;
    let mut database = file::connect(path)?;
    file::check_schema(&mut database)?;
    let id = database
        .query_row("SELECT id FROM identity", [], |row| row.get(0))
        .optional()?
        .ok_or(KeyringError::Damaged("it has no identity"))?;
    Ok((database, id))
}

fn secret(database: &Connection, vault: &Vault, purpose: Purpose<'_>) -> Result<Key, KeyringError> {
    let wrapped: Vec<u8> = database
        .query_row("SELECT wrapped FROM secret WHERE name = ?1", [purpose.word()], |row| row.get(0))
        .optional()?
        .ok_or(KeyringError::Damaged("a secret is missing"))?;
    vault.unwrap(purpose, &wrapped).ok_or(KeyringError::Damaged("a secret does not unwrap"))
}

/// A secret that keyrings made before capture nodes existed do not have yet.
fn secret_or_new(
    database: &Connection,
    vault: &Vault,
    purpose: Purpose<'_>,
    entropy: &dyn Entropy,
) -> Result<Key, KeyringError> {
    let is_there = database.prepare("SELECT 1 FROM secret WHERE name = ?1")?.exists([purpose.word()])?;
    if !is_there {
        let wrapped = vault.wrap(purpose, &fresh_key(entropy), entropy);
        // Two processes may come here at once: the first one's stays.
        database.execute(
            "INSERT INTO secret (name, wrapped) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            params![purpose.word(), wrapped],
        )?;
    }
    secret(database, vault, purpose)
}

fn fresh_key(entropy: &dyn Entropy) -> Key {
    Zeroizing::new(random_bytes(entropy))
}

#[cfg(test)]
mod tests;
