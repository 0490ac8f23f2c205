//! The slots: each wraps the keyring's key-encryption key (KEK) under another secret, so that a
//! lost passphrase does not mean lost leads and a changed one re-wraps 32 bytes only.

use super::words::Recovery;
use super::{KeyringError, UnlockSecret};
use crate::crypto::aead::{self, Key};
use crate::domain::entropy::{Entropy, random_bytes};
use argon2::{Algorithm, Argon2, Params, Version};
use rusqlite::{Connection, OptionalExtension, params};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const WRAP: &str = "leadseal/v1/keyring/slot";
const DERIVE: &str = "leadseal/v1/keyring/slot-key";

/// Argon2id for new passphrases: 64 MiB, three passes, one lane (RFC 9106 §4's second choice, on
/// one lane since the library runs lanes one after the other).
const NEW_COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
/// Beyond these a stored cost is damage, not caution: 1 GiB, 32 passes, 16 lanes.
const MAX_COST: Cost = Cost { memory_kib: 1024 * 1024, passes: 32, lanes: 16 };

/// What a slot is for.
#[derive(Clone, Copy)]
pub(super) enum SlotName {
    /// The configured secret.
    Primary,
    /// The words on paper.
    Recovery,
}

impl SlotName {
    const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Recovery => "recovery",
        }
    }
}

/// A secret that a slot is made for.
pub(super) enum SlotSecret<'a> {
    Configured(&'a UnlockSecret),
    Recovery(&'a Recovery),
}

impl SlotSecret<'_> {
    /// How the slot's key comes from the secret.
    const fn method(&self) -> Method {
        match self {
            Self::Configured(UnlockSecret::Passphrase(_)) => Method::Argon2id,
            Self::Configured(UnlockSecret::Key(_)) | Self::Recovery(_) => Method::Hkdf,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Argon2id,
    Hkdf,
}

impl Method {
    const fn word(self) -> &'static str {
        match self {
            Self::Argon2id => "argon2id",
            Self::Hkdf => "hkdf-sha256",
        }
    }

    /// The kind of secret, as an operator knows it.
    const fn secret(self) -> &'static str {
        match self {
            Self::Argon2id => "a passphrase",
            Self::Hkdf => "a key",
        }
    }
}

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A slot as it is stored, without the wrapped key.
struct Slot {
    name: SlotName,
    method: Method,
    salt: [u8; 16],
    cost: Cost,
}

/// Writes a slot, in place of an older one of the same name.
pub(super) fn write(
    database: &Connection,
    keyring: &[u8; 16],
    name: SlotName,
    secret: &SlotSecret<'_>,
    kek: &Key,
    entropy: &dyn Entropy,
) -> Result<(), KeyringError> {
    let slot = Slot { name, method: secret.method(), salt: random_bytes(entropy), cost: NEW_COST };
    let wrapped = aead::seal(&*slot_key(&slot, secret)?, &associated(keyring, &slot), kek.as_slice(), entropy);
    database.execute(
        "INSERT OR REPLACE INTO slot (name, method, salt, memory_kib, passes, lanes, wrapped)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            name.word(),
            slot.method.word(),
            slot.salt,
            slot.cost.memory_kib,
            slot.cost.passes,
            slot.cost.lanes,
            wrapped
        ],
    )?;
    Ok(())
}

/// Takes the KEK out of a slot.
pub(super) fn unwrap(
    database: &Connection,
    keyring: &[u8; 16],
    name: SlotName,
    secret: &SlotSecret<'_>,
) -> Result<Key, KeyringError> {
    let (slot, wrapped) = read(database, name)?;
    if slot.method != secret.method() {
        return Err(KeyringError::OtherSecret(slot.method.secret()));
    }
    aead::open_key(&*slot_key(&slot, secret)?, &associated(keyring, &slot), &wrapped).ok_or(KeyringError::WrongSecret)
}

fn read(database: &Connection, name: SlotName) -> Result<(Slot, Vec<u8>), KeyringError> {
    let row = database
        .query_row(
            "SELECT method, salt, memory_kib, passes, lanes, wrapped FROM slot WHERE name = ?1",
            [name.word()],
            |row| {
                let cost = Cost { memory_kib: row.get(2)?, passes: row.get(3)?, lanes: row.get(4)? };
                Ok((row.get::<_, String>(0)?, row.get(1)?, cost, row.get(5)?))
            },
        )
        .optional()?
        .ok_or(KeyringError::Damaged("a key slot is missing"))?;
    let (method, salt, cost, wrapped) = row;
    let method = [Method::Argon2id, Method::Hkdf]
        .into_iter()
        .find(|known| known.word() == method)
        .ok_or(KeyringError::Damaged("a key slot has an unknown method"))?;
    Ok((Slot { name, method, salt, cost }, wrapped))
}

fn slot_key(slot: &Slot, secret: &SlotSecret<'_>) -> Result<Key, KeyringError> {
    let info = aead::named(DERIVE, &[slot.name.word().as_bytes()]);
    match secret {
        SlotSecret::Configured(UnlockSecret::Passphrase(passphrase)) => stretch(passphrase, slot),
        SlotSecret::Configured(UnlockSecret::Key(key)) => Ok(aead::derive(key, Some(&slot.salt), &info)),
        SlotSecret::Recovery(recovery) => Ok(aead::derive(recovery.as_bytes(), Some(&slot.salt), &info)),
    }
}

/// Argon2id (RFC 9106) of a passphrase in NFKC, so that two keyboards write the same one.
fn stretch(passphrase: &str, slot: &Slot) -> Result<Key, KeyringError> {
    let Cost { memory_kib, passes, lanes } = slot.cost;
    if memory_kib > MAX_COST.memory_kib || passes > MAX_COST.passes || lanes > MAX_COST.lanes {
        return Err(KeyringError::Damaged("a key slot asks for an absurd amount of work"));
    }
    let costs =
        Params::new(memory_kib, passes, lanes, None).map_err(|_| KeyringError::Damaged("a key slot has a bad cost"))?;
    let mut normal = Zeroizing::new(String::with_capacity(passphrase.nfkc().map(char::len_utf8).sum()));
    normal.extend(passphrase.nfkc());
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, costs)
        .hash_password_into(normal.as_bytes(), &slot.salt, &mut *key)
        .map_err(|_| KeyringError::NoMemory)?;
    Ok(key)
}

/// Binds everything a slot says to the key it wraps.
fn associated(keyring: &[u8; 16], slot: &Slot) -> Vec<u8> {
    let Cost { memory_kib, passes, lanes } = slot.cost;
    aead::named(
        WRAP,
        &[
            keyring,
            slot.name.word().as_bytes(),
            slot.method.word().as_bytes(),
            &slot.salt,
            &memory_kib.to_be_bytes(),
            &passes.to_be_bytes(),
            &lanes.to_be_bytes(),
        ],
    )
}
