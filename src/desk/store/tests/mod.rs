//! The store against a real file: here the file itself and the audit.

mod audit;
mod figures;
mod identity;
mod inbox;
mod leads;
mod outbox;
mod reminders;
mod requests;
mod retention;
mod saved_views;
mod staff;
mod work;

use super::*;
use crate::desk::audit::{Action, NewEntry};
use crate::domain::clock::ManualClock;
use crate::domain::entropy::SeededEntropy;
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};

pub(super) struct Place {
    dir: tempfile::TempDir,
    pub(super) clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
}

impl Place {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
        Self { dir: tempfile::tempdir().unwrap(), clock, entropy: Arc::new(SeededEntropy::new(5)) }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("leads.db")
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.path(), self.clock.clone(), self.entropy.clone()).unwrap()
    }

    /// A connection past the store, as somebody with the file has.
    pub(super) fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn entry(n: u32) -> NewEntry {
    NewEntry {
        actor: "cli:root".to_owned(),
        action: Action::KeyUse,
        subject: Some(format!("epoch {n}")),
        reason: None,
        detail: None,
    }
}

#[test]
fn audit_entries_are_chained_over_restarts_and_two_processes() {
    let place = Place::new();
    let (one, two) = (place.open(), place.open());
    for n in 0..4 {
        assert_eq!(one.append_audit(&entry(n)).unwrap(), u64::from(2 * n + 1));
        place.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(two.append_audit(&entry(n)).unwrap(), u64::from(2 * n + 2));
    }
    drop((one, two));
    let store = place.open();
    let status = store.verify_audit().unwrap();
    assert_eq!((status.entries, status.broken_at), (8, None));
    let entries = store.audit_entries(7, 10).unwrap();
    assert_eq!(entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [7, 8]);
    assert_eq!((entries[1].hash.as_str(), entries[1].action.as_str()), (status.head.as_str(), "key-use"));
    assert_eq!(entries[1].subject.as_deref(), Some("epoch 3"));
}

#[test]
fn the_audit_refuses_to_be_changed() {
    let place = Place::new();
    let store = place.open();
    for n in 0..3 {
        store.append_audit(&entry(n)).unwrap();
    }
    let raw = place.raw();
    for sql in [
        "UPDATE audit SET actor = 'x' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (seq, at, actor, action, hash) VALUES (2, 0, 'x', 'x', x'00')",
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(store.verify_audit().unwrap().broken_at, None);
}

#[test]
fn whoever_gets_around_the_triggers_is_found_out() {
    for (sql, place_of_break) in [
        ("UPDATE audit SET subject = 'epoch 9' WHERE seq = 2", 2),
        ("UPDATE audit SET at = at + 1 WHERE seq = 4", 4),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 5", 5),
    ] {
        let place = Place::new();
        let store = place.open();
        for n in 0..5 {
            store.append_audit(&entry(n)).unwrap();
        }
        let raw = place.raw();
        raw.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_deleted").unwrap();
        assert_eq!(raw.execute(sql, []).unwrap(), 1);
        assert_eq!(store.verify_audit().unwrap().broken_at, Some(place_of_break), "{sql}");
    }
}

#[test]
fn an_unopened_envelope_is_kept_once_and_audited_once() {
    let place = Place::new();
    let store = place.open();
    let token = Token::from_bytes([7; 20]);
    store.set_aside(token, b"sealed", "malformed").unwrap();
    store.set_aside(token, b"sealed", "malformed").unwrap();
    store.set_aside(token, b"other bytes", "not-authentic").unwrap();
    assert_eq!(store.stats().unwrap().unopened, 2);
    let kept: Vec<u8> =
        place.raw().query_row("SELECT envelope FROM unopened ORDER BY id LIMIT 1", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, b"sealed");
    let entries = store.audit_entries(1, 10).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].detail.as_deref(), Some("cause=not-authentic"));
}

#[test]
fn files_that_are_no_sound_store_are_refused_with_a_reason() {
    let place = Place::new();
    drop(place.open());
    let open = || Store::open(&place.path(), place.clock.clone(), place.entropy.clone()).map(drop);
    let whole = std::fs::read(place.path()).unwrap();
    std::fs::write(place.path(), &whole[..whole.len() / 2]).unwrap();
    let error = open().unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    std::fs::write(place.path(), &whole).unwrap();
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    let error = open().unwrap_err().to_string();
    assert!(error.contains("version 99, newer"), "{error}");
}

#[test]
fn a_full_disk_has_its_own_error_and_leaves_nothing_half_done() {
    let place = Place::new();
    let store = place.open();
    let pages: u32 =
        store.read(|connection| Ok(connection.query_row("PRAGMA page_count", [], |row| row.get(0))?)).unwrap();
    let limit = |pages: u32| store.writer.lock().unwrap().pragma_update(None, "max_page_count", pages).unwrap();
    limit(pages + 2);
    let error = store.set_aside(Token::from_bytes([7; 20]), &[7; 100_000], "malformed").unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert_eq!(store.stats().unwrap().unopened, 0);
    assert_eq!(store.verify_audit().unwrap().entries, 0);
    limit(pages + 2000);
    store.set_aside(Token::from_bytes([7; 20]), &[7; 100_000], "malformed").unwrap();
    assert_eq!(store.stats().unwrap().unopened, 1);
}
