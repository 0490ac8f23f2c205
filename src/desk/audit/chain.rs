//! The hash chain: each entry's SHA-256 covers the one before it, so that no entry can be
//! changed, taken out or put in without all later hashes changing.

use super::{ChainStatus, Entry, NewEntry};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// What the first entry follows.
pub const GENESIS: [u8; 32] = [0; 32];

const LABEL: &[u8] = b"leadseal audit entry 1";

/// The last link of a chain: what the next entry follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The entry's place in the chain; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Link {
    /// Where a chain starts.
    pub const START: Self = Self { seq: 0, hash: GENESIS };

    /// The link that `entry`, made at `at`, adds to the chain.
    pub fn next(&self, entry: &NewEntry, at: Timestamp) -> Self {
        let seq = self.seq + 1;
        let texts = [
            Some(entry.actor.as_str()),
            Some(entry.action.word()),
            entry.subject.as_deref(),
            entry.reason.as_deref(),
            entry.detail.as_deref(),
        ];
        Self { seq, hash: hash(&self.hash, seq, at, texts) }
    }
}

/// SHA-256 over a label, the previous hash, the place, the time in milliseconds, and each text
/// with its presence and length: two different entries never have the same bytes.
fn hash(previous: &[u8; 32], seq: u64, at: Timestamp, texts: [Option<&str>; 5]) -> [u8; 32] {
    let mut sha = Sha256::new()
        .chain_update(LABEL)
        .chain_update(previous)
        .chain_update(seq.to_be_bytes())
        .chain_update(at.as_millisecond().to_be_bytes());
    for text in texts {
        match text {
            None => sha.update([0]),
            Some(text) => {
                sha.update([1]);
                sha.update((text.len() as u64).to_be_bytes());
                sha.update(text.as_bytes());
            }
        }
    }
    sha.finalize().into()
}

/// Checks a chain entry by entry, in constant memory. A copy of it goes on where it stands.
#[derive(Debug, Clone)]
pub struct ChainCheck {
    entries: u64,
    last: Link,
    broken_at: Option<u64>,
}

impl Default for ChainCheck {
    fn default() -> Self {
        Self { entries: 0, last: Link::START, broken_at: None }
    }
}

impl ChainCheck {
    /// The last link that was looked at.
    pub const fn last(&self) -> Link {
        self.last
    }

    /// Looks at the next entry.
    pub fn push(&mut self, entry: &Entry) {
        self.entries += 1;
        let texts = [
            Some(entry.actor.as_str()),
            Some(entry.action.as_str()),
            entry.subject.as_deref(),
            entry.reason.as_deref(),
            entry.detail.as_deref(),
        ];
        let expected = Link { seq: self.last.seq + 1, hash: hash(&self.last.hash, self.last.seq + 1, entry.at, texts) };
        if entry.seq != expected.seq || entry.hash != hex::encode(expected.hash) {
            self.broken_at = self.broken_at.or(Some(expected.seq));
        }
        // After a break the rest is still counted; the first break is what is reported.
        self.last = Link { seq: entry.seq, hash: expected.hash };
    }

    /// The last entry that was looked at is there no more, or is another.
    pub fn lost_its_place(&mut self) {
        self.broken_at = self.broken_at.or(Some(self.last.seq));
    }

    /// What was found. `appended` is how many entries were ever appended, where that is known
    /// from elsewhere: entries missing at the end leave no gap.
    pub fn finish(self, appended: Option<u64>) -> ChainStatus {
        let cut_off = appended.filter(|appended| *appended > self.last.seq).map(|_| self.last.seq + 1);
        ChainStatus { entries: self.entries, head: hex::encode(self.last.hash), broken_at: self.broken_at.or(cut_off) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::audit::Action;

    fn chain(n: u64) -> Vec<Entry> {
        let mut link = Link::START;
        (0..n)
            .map(|i| {
                let at = Timestamp::from_second(1_800_000_000 + i64::try_from(i).unwrap()).unwrap();
                let new = NewEntry {
                    actor: "desk".to_owned(),
                    action: Action::LeadStored,
                    subject: Some(format!("lead {i}")),
                    reason: None,
                    detail: (i % 2 == 0).then(|| "form=contact".to_owned()),
                };
                link = link.next(&new, at);
                Entry {
                    seq: link.seq,
                    at,
                    actor: new.actor,
                    action: new.action.word().to_owned(),
                    subject: new.subject,
                    reason: new.reason,
                    detail: new.detail,
                    hash: hex::encode(link.hash),
                }
            })
            .collect()
    }

    fn check(entries: &[Entry], appended: Option<u64>) -> ChainStatus {
        let mut check = ChainCheck::default();
        entries.iter().for_each(|entry| check.push(entry));
        check.finish(appended)
    }

    #[test]
    fn an_untouched_chain_holds() {
        let entries = chain(5);
        let status = check(&entries, Some(5));
        assert_eq!((status.entries, status.broken_at), (5, None));
        assert_eq!(status.head, entries[4].hash);
        assert_eq!(check(&[], Some(0)).broken_at, None);
    }

    #[test]
    fn every_kind_of_tampering_is_placed() {
        let whole = chain(6);
        type Change = fn(&mut Vec<Entry>);
        let changes: [(&str, Change, u64); 8] = [
            ("actor", |e| e[2].actor = "x".into(), 3),
            ("text moved between columns", |e| (e[1].subject, e[1].reason) = (None, e[1].subject.clone()), 2),
            ("nothing made empty", |e| e[3].reason = Some(String::new()), 4),
            ("time", |e| e[4].at += jiff::SignedDuration::from_secs(1), 5),
            ("taken out", |e| _ = e.remove(2), 3),
            ("first taken out", |e| _ = e.remove(0), 1),
            ("swapped", |e| e.swap(1, 2), 2),
            ("last cut off", |e| _ = e.pop(), 6),
        ];
        for (name, change, place) in changes {
            let mut entries = whole.clone();
            change(&mut entries);
            assert_eq!(check(&entries, Some(6)).broken_at, Some(place), "{name}");
        }
    }

    #[test]
    fn a_check_goes_on_where_it_stood() {
        let entries = chain(6);
        let mut first = ChainCheck::default();
        entries[..3].iter().for_each(|entry| first.push(entry));
        let mut rest = first.clone();
        entries[3..].iter().for_each(|entry| rest.push(entry));
        assert_eq!(rest.finish(Some(6)), check(&entries, Some(6)));
        first.lost_its_place();
        assert_eq!(first.finish(Some(3)).broken_at, Some(3));
    }

    #[test]
    fn words_are_read_back() {
        for action in Action::ALL {
            assert_eq!(Action::from_word(action.word()), Some(action));
        }
    }
}
