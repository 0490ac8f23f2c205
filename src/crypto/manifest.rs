//! The manifest: which public key capture nodes seal to, signed by the desk.
//!
//! ```text
//! magic "LSM1"         4
//! store               16
//! incarnation          8   which life of the store signed it
//! serial               8   goes up with each change within a life
//! issued at            8   seconds since 1970-01-01T00:00Z
//! good until           8   the same; a warning after it, never a stop
//! epoch                4
//! suite                1
//! public key           4 + n
//! revoked nodes        4   then each 1 + n
//! signature           64   Ed25519 over all before
//! ```
//!
//! One canonical form; anything else is refused, as is a signature that is not the desk's.

use super::envelope::{suite_from_id, suite_id};
use super::seal::SealingKey;
use super::signing::{DeskPublicKey, SIGNATURE_LEN};
use super::wire::Reader;
use crate::domain::ids::{EpochId, NodeId};
use crate::domain::mark::StoreId;
use jiff::Timestamp;

const MAGIC: &[u8; 4] = b"LSM1";
const PURPOSE: &str = "leadseal/v1/manifest";
/// Far more than any installation has.
const MOST_REVOKED: u32 = 10_000;

/// What the desk tells its nodes.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The store that the nodes' leads go to.
    pub store: StoreId,
    /// Which life of the store signed it.
    pub incarnation: u64,
    /// Goes up with each change within a life.
    pub serial: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// Until when a newer one should have come.
    pub good_until: Timestamp,
    /// The public key to seal to.
    pub key: SealingKey,
    /// Nodes that were told to stop.
    pub revoked: Vec<NodeId>,
}

impl PartialEq for Manifest {
    fn eq(&self, other: &Self) -> bool {
        self.body() == other.body()
    }
}

impl Manifest {
    /// Reads a manifest that `desk` signed; nothing when it is malformed or not the desk's.
    pub fn verified(bytes: &[u8], desk: &DeskPublicKey) -> Option<Self> {
        let (body, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>()?;
        desk.verifies(PURPOSE, body, signature).then(|| Self::read(body))?
    }

    /// Whether it may take the place of another: never an older one.
    pub fn supersedes(&self, other: &Self) -> bool {
        self.store == other.store && (self.incarnation, self.serial) > (other.incarnation, other.serial)
    }

    /// Whether this node was told to stop.
    pub fn revokes(&self, node: &NodeId) -> bool {
        self.revoked.contains(node)
    }

    fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        if reader.array::<4>()? != *MAGIC {
            return None;
        }
        let store = StoreId(reader.array()?);
        let (incarnation, serial) = (reader.u64()?, reader.u64()?);
        let (issued_at, good_until) = (read_time(&mut reader)?, read_time(&mut reader)?);
        let epoch = EpochId(reader.u32()?);
        let suite = suite_from_id(reader.u8()?).ok()?;
        let key = SealingKey::new(epoch, suite, reader.long()?).ok()?;
        let count = reader.u32().filter(|count| *count <= MOST_REVOKED)?;
        let revoked = (0..count).map(|_| reader.word()?.parse().ok()).collect::<Option<_>>()?;
        reader.end()?;
        Some(Self { store, incarnation, serial, issued_at, good_until, key, revoked })
    }

    fn body(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.store.0);
        out.extend_from_slice(&self.incarnation.to_be_bytes());
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.extend_from_slice(&self.issued_at.as_second().to_be_bytes());
        out.extend_from_slice(&self.good_until.as_second().to_be_bytes());
        out.extend_from_slice(&self.key.epoch().0.to_be_bytes());
        out.push(suite_id(self.key.suite()));
        let public = self.key.public_bytes();
        super::envelope::write_length(&mut out, public.len());
        out.extend_from_slice(&public);
        super::envelope::write_length(&mut out, self.revoked.len());
        for node in &self.revoked {
            // Ids have at most 40 characters.
            out.push(u8::try_from(node.as_str().len()).unwrap_or(u8::MAX));
            out.extend_from_slice(node.as_str().as_bytes());
        }
        out
    }

    /// The manifest as it travels.
    #[cfg(feature = "desk")]
    pub fn signed(&self, signer: &super::signing::DeskSigner) -> Vec<u8> {
        let mut out = self.body();
        let signature = signer.sign(PURPOSE, &out);
        out.extend_from_slice(&signature);
        out
    }
}

fn read_time(reader: &mut Reader<'_>) -> Option<Timestamp> {
    Timestamp::from_second(i64::from_be_bytes(reader.array()?)).ok()
}

#[cfg(test)]
#[cfg(feature = "desk")]
mod tests {
    use super::*;
    use crate::crypto::seal::tests::sealing_key;
    use crate::crypto::signing::DeskSigner;
    use crate::domain::settings::SuiteName;
    use proptest::prelude::*;

    fn manifest(suite: SuiteName) -> Manifest {
        Manifest {
            store: StoreId([3; 16]),
            incarnation: 2,
            serial: 17,
            issued_at: "2026-11-25T02:11:58Z".parse().unwrap(),
            good_until: "2026-12-25T02:11:58Z".parse().unwrap(),
            key: sealing_key(suite),
            revoked: vec!["web3".parse().unwrap()],
        }
    }

    #[test]
    fn it_reads_back_and_only_with_the_desks_own_signature() {
        let desk = DeskSigner::from_seed(&[1; 32]);
        for suite in [SuiteName::XWing, SuiteName::X25519] {
            let bytes = manifest(suite).signed(&desk);
            let read = Manifest::verified(&bytes, &desk.public_key()).unwrap();
            assert_eq!(read, manifest(suite));
            assert_eq!(read.key.public_bytes(), sealing_key(suite).public_bytes());
            assert!(read.revokes(&"web3".parse().unwrap()) && !read.revokes(&"web1".parse().unwrap()));
            let other = DeskSigner::from_seed(&[2; 32]).public_key();
            assert!(Manifest::verified(&bytes, &other).is_none());
        }
    }

    #[test]
    fn an_older_one_or_another_stores_never_takes_its_place() {
        let now = manifest(SuiteName::X25519);
        let newer = Manifest { serial: 18, ..now.clone() };
        assert!(newer.supersedes(&now) && !now.supersedes(&newer) && !now.supersedes(&now));
        assert!(Manifest { incarnation: 3, serial: 1, ..now.clone() }.supersedes(&newer));
        assert!(!Manifest { store: StoreId([4; 16]), ..newer }.supersedes(&now));
    }

    proptest! {
        #[test]
        fn a_changed_byte_or_length_is_refused(at in 0usize..2000, to: u8, cut in 0usize..2000) {
            let desk = DeskSigner::from_seed(&[1; 32]);
            let bytes = manifest(SuiteName::X25519).signed(&desk);
            let mut changed = bytes.clone();
            let at = at % bytes.len();
            changed[at] = to;
            prop_assert!(to == bytes[at] || Manifest::verified(&changed, &desk.public_key()).is_none());
            prop_assert!(Manifest::verified(&bytes[..cut % bytes.len()], &desk.public_key()).is_none());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Manifest::read(&bytes);
            let _ = Manifest::read(&[MAGIC.as_slice(), bytes.as_slice()].concat());
        }
    }
}
