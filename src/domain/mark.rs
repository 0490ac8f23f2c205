//! How far a store has come, as it tells those who send to it: by this they notice that it was
//! restored from a backup and lacks what it once confirmed.

use std::fmt;
use std::str::FromStr;

/// Names a store for good: random, made with `leads.db`, the same in its backups.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreId(pub [u8; 16]);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StoreId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
        let mut bytes = [0u8; 16];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// One commit of a store. Commits that differ have marks that differ, also when a restored store
/// counts the same numbers once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreMark {
    /// Which life of the store: goes up by one when it finds that it was restored. What was
    /// confirmed to an earlier life may be missing in this one.
    pub incarnation: u64,
    /// Counts the commits that took envelopes in.
    pub seq: u64,
    /// Random per commit, 0 for none.
    pub nonce: u64,
}

impl StoreMark {
    /// The mark in 24 bytes, big-endian.
    pub fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0u8; 24];
        bytes[..8].copy_from_slice(&self.incarnation.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.seq.to_be_bytes());
        bytes[16..].copy_from_slice(&self.nonce.to_be_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: [u8; 24]) -> Self {
        let number = |at: usize| {
            let mut part = [0u8; 8];
            part.copy_from_slice(&bytes[at..at + 8]);
            u64::from_be_bytes(part)
        };
        Self { incarnation: number(0), seq: number(8), nonce: number(16) }
    }

    /// Whether this mark was made after the other.
    pub fn is_after(&self, other: &Self) -> bool {
        (self.incarnation, self.seq) > (other.incarnation, other.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back() {
        let mark = StoreMark { incarnation: 3, seq: u64::MAX - 1, nonce: 0x0102_0304_0506_0708 };
        assert_eq!(StoreMark::from_bytes(mark.to_bytes()), mark);
    }

    #[test]
    fn a_later_life_is_after_whatever_an_earlier_one_counted() {
        let old = StoreMark { incarnation: 1, seq: 900, nonce: 5 };
        let new = StoreMark { incarnation: 2, seq: 10, nonce: 6 };
        assert!(new.is_after(&old) && !old.is_after(&new) && !old.is_after(&old));
    }
}
