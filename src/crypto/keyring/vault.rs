//! The vault: what the key-encryption key wraps. Each wrapped key names its keyring, its purpose
//! and its row, so that none can stand in another's place.

use crate::crypto::aead::{self, Key};
use crate::domain::entropy::Entropy;
use crate::domain::ids::EpochId;
use crate::domain::token::Token;

const WRAP: &str = "leadseal/v1/keyring/secret";
const WRAP_LEAD: &str = "leadseal/v1/keyring/lead";

/// The keyring's identity and key-encryption key.
pub(super) struct Vault {
    pub(super) id: [u8; 16],
    pub(super) kek: Key,
}

/// What a secret of the keyring is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// The root of the blind-index keys.
    IndexRoot,
    /// The key of links in mail.
    Link,
    /// The seed of the key that signs manifests and confirmations.
    Signing,
    /// The root of what capture nodes share: form tokens and day keys.
    CaptureRoot,
    /// An epoch's private key; the suite's word is bound to it.
    Private(EpochId, &'a str),
    /// An epoch's storage key.
    Storage(EpochId),
}

impl Purpose<'_> {
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::IndexRoot => "index root",
            Self::Link => "link key",
            Self::Signing => "signing key",
            Self::CaptureRoot => "capture root",
            Self::Private(..) => "private key",
            Self::Storage(_) => "storage key",
        }
    }
}

impl Vault {
    pub(super) fn wrap(&self, purpose: Purpose<'_>, key: &[u8; 32], entropy: &dyn Entropy) -> Vec<u8> {
        aead::seal(&self.kek, &self.associated(purpose), key, entropy)
    }

    pub(super) fn unwrap(&self, purpose: Purpose<'_>, wrapped: &[u8]) -> Option<Key> {
        aead::open_key(&self.kek, &self.associated(purpose), wrapped)
    }

    fn associated(&self, purpose: Purpose<'_>) -> Vec<u8> {
        let (epoch, suite) = match purpose {
            Purpose::IndexRoot | Purpose::Link | Purpose::Signing | Purpose::CaptureRoot => (None, ""),
            Purpose::Private(epoch, suite) => (Some(epoch), suite),
            Purpose::Storage(epoch) => (Some(epoch), ""),
        };
        let epoch = epoch.map_or([0; 4], |epoch| epoch.0.to_be_bytes());
        aead::named(WRAP, &[&self.id, purpose.word().as_bytes(), &epoch, suite.as_bytes()])
    }
}

/// Wraps a lead's key under an epoch's storage key.
pub(super) fn wrap_lead(storage: &Key, epoch: EpochId, lead: Token, key: &[u8; 32], entropy: &dyn Entropy) -> Vec<u8> {
    aead::seal(storage, &lead_associated(epoch, lead), key, entropy)
}

/// Unwraps a lead's key.
pub(super) fn unwrap_lead(storage: &Key, epoch: EpochId, lead: Token, wrapped: &[u8]) -> Option<Key> {
    aead::open_key(storage, &lead_associated(epoch, lead), wrapped)
}

fn lead_associated(epoch: EpochId, lead: Token) -> Vec<u8> {
    aead::named(WRAP_LEAD, &[&epoch.0.to_be_bytes(), lead.as_bytes()])
}
