//! Epochs: rows of the keyring, and their keys once unwrapped.

use super::vault::{Purpose, Vault};
use super::{EpochInfo, KeyringError};
use crate::crypto::aead::Key;
use crate::crypto::open::OpeningKey;
use crate::crypto::seal::SealingKey;
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::EpochId;
use crate::domain::settings::SuiteName;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const DAMAGED: KeyringError = KeyringError::Damaged("an epoch's keys do not unwrap");
const SWAPPED: KeyringError = KeyringError::Damaged("an epoch's public key does not belong to its private key");
const UNKNOWN_SUITE: KeyringError = KeyringError::Damaged("an epoch has an unknown suite");

/// An epoch's keys, unwrapped and decoded.
pub(super) struct EpochKeys {
    pub(super) id: EpochId,
    pub(super) created_at: Timestamp,
    /// Nothing once the private key was destroyed.
    pub(super) pair: Option<Pair>,
    pub(super) storage: Key,
}

/// The two sides of an epoch's key pair.
pub(super) struct Pair {
    pub(super) opening: OpeningKey,
    pub(super) sealing: SealingKey,
}

impl Pair {
    /// Takes the public side from the private one, so that no swapped public key is ever used.
    fn of(opening: OpeningKey) -> Result<Self, KeyringError> {
        let sealing = opening.sealing_key().map_err(|_| DAMAGED)?;
        Ok(Self { opening, sealing })
    }
}

const fn suite_word(suite: SuiteName) -> &'static str {
    match suite {
        SuiteName::XWing => "x-wing",
        SuiteName::X25519 => "x25519",
    }
}

fn suite_from_word(word: &str) -> Option<SuiteName> {
    [SuiteName::XWing, SuiteName::X25519].into_iter().find(|suite| suite_word(*suite) == word)
}

/// Writes the epoch that follows the latest one, which retires.
pub(super) fn begin(
    database: &Connection,
    vault: &Vault,
    suite: SuiteName,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<EpochKeys, KeyringError> {
    let id = EpochId(latest(database)?.map_or(0, |id| id.0).saturating_add(1));
    let pair = Pair::of(OpeningKey::generate(id, suite, entropy))?;
    let storage: Key = Zeroizing::new(random_bytes(entropy));
    let private = vault.wrap(Purpose::Private(id, suite_word(suite)), &pair.opening.to_bytes(), entropy);
    let wrapped_storage = vault.wrap(Purpose::Storage(id), &storage, entropy);
    let created_at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    database.execute("UPDATE epoch SET retired_at = ?1 WHERE retired_at IS NULL", [created_at.as_millisecond()])?;
    database.execute(
        "INSERT INTO epoch (id, suite, created_at, public_key, private_key, storage_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            id.0,
            suite_word(suite),
            created_at.as_millisecond(),
            pair.sealing.public_bytes(),
            private,
            wrapped_storage
        ],
    )?;
    Ok(EpochKeys { id, created_at, pair: Some(pair), storage })
}

/// The number of the latest epoch; nothing in a new keyring.
pub(super) fn latest(database: &Connection) -> Result<Option<EpochId>, KeyringError> {
    Ok(database.query_row("SELECT max(id) FROM epoch", [], |row| row.get::<_, Option<u32>>(0))?.map(EpochId))
}

/// An epoch's row, still wrapped.
struct Wrapped {
    suite: String,
    created_at: i64,
    public: Vec<u8>,
    private: Option<Vec<u8>>,
    storage: Vec<u8>,
}

/// Reads and unwraps an epoch's keys; nothing when there is no such epoch.
pub(super) fn load(database: &Connection, vault: &Vault, id: EpochId) -> Result<Option<EpochKeys>, KeyringError> {
    let row = database
        .prepare_cached("SELECT suite, created_at, public_key, private_key, storage_key FROM epoch WHERE id = ?1")?
        .query_row([id.0], |row| {
            Ok(Wrapped {
                suite: row.get(0)?,
                created_at: row.get(1)?,
                public: row.get(2)?,
                private: row.get(3)?,
                storage: row.get(4)?,
            })
        })
        .optional()?;
    row.map(|row| unwrap(vault, id, &row)).transpose()
}

fn unwrap(vault: &Vault, id: EpochId, row: &Wrapped) -> Result<EpochKeys, KeyringError> {
    let suite = suite_from_word(&row.suite).ok_or(UNKNOWN_SUITE)?;
    let pair = match &row.private {
        None => None,
        Some(wrapped) => {
            let private = vault.unwrap(Purpose::Private(id, &row.suite), wrapped).ok_or(DAMAGED)?;
            let opening = OpeningKey::from_bytes(id, suite, private.as_slice()).ok_or(DAMAGED)?;
            Some(Pair::of(opening)?)
        }
    };
    if pair.as_ref().is_some_and(|pair| pair.sealing.public_bytes() != row.public) {
        return Err(SWAPPED);
    }
    let storage = vault.unwrap(Purpose::Storage(id), &row.storage).ok_or(DAMAGED)?;
    Ok(EpochKeys { id, created_at: instant(row.created_at)?, pair, storage })
}

/// The epochs as a list, oldest first.
pub(super) fn list(database: &Connection) -> Result<Vec<EpochInfo>, KeyringError> {
    let mut statement = database.prepare(
        "SELECT epoch.id, suite, created_at, retired_at, public_key, coalesce(held.leads, 0),
                private_key IS NOT NULL
         FROM epoch LEFT JOIN (SELECT epoch, count(*) AS leads FROM lead_key GROUP BY epoch) AS held
         ON held.epoch = epoch.id ORDER BY epoch.id",
    )?;
    let mut rows = statement.query([])?;
    let mut epochs = Vec::new();
    while let Some(row) = rows.next()? {
        epochs.push(info(row)?);
    }
    Ok(epochs)
}

fn info(row: &Row<'_>) -> Result<EpochInfo, KeyringError> {
    let public: Vec<u8> = row.get(4)?;
    Ok(EpochInfo {
        id: EpochId(row.get(0)?),
        suite: suite_from_word(&row.get::<_, String>(1)?).ok_or(UNKNOWN_SUITE)?,
        created_at: instant(row.get(2)?)?,
        retired_at: row.get::<_, Option<i64>>(3)?.map(instant).transpose()?,
        leads: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        can_open: row.get(6)?,
        fingerprint: hex::encode(&Sha256::digest(&public)[..8]),
    })
}

fn instant(milliseconds: i64) -> Result<Timestamp, KeyringError> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| KeyringError::Damaged("an epoch has an impossible date"))
}
