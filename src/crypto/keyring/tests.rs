//! The keyring as its users meet it: on a disk, twice opened, damaged, locked, recovered.

use super::*;
use crate::crypto::seal::seal;
use crate::crypto::seal::tests::{context, submission};
use crate::domain::clock::ManualClock;
use crate::domain::entropy::{OsEntropy, SeededEntropy};
use jiff::SignedDuration;
use rstest::rstest;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

const SUITE: SuiteName = SuiteName::X25519;

struct Fixture {
    folder: TempDir,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new("2026-11-22T09:41:37.5Z".parse().unwrap()));
        Self { folder: TempDir::new().unwrap(), clock }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keyring.db")
    }

    fn create(&self) -> (Keyring, RecoveryPhrase) {
        Keyring::create(&self.path(), &key(1), SUITE, self.clock.clone(), Arc::new(SeededEntropy::new(1))).unwrap()
    }

    fn unlock_with(&self, secret: &UnlockSecret) -> Result<Keyring, KeyringError> {
        Keyring::unlock(&self.path(), secret, self.clock.clone(), Arc::new(OsEntropy))
    }

    fn unlock(&self) -> Keyring {
        self.unlock_with(&key(1)).unwrap()
    }

    fn refusal(&self) -> KeyringError {
        self.unlock_with(&key(1)).unwrap_err()
    }

    fn recover(&self, words: &str, secret: &UnlockSecret) -> Result<Keyring, KeyringError> {
        Keyring::recover(&self.path(), words, secret, self.clock.clone(), Arc::new(OsEntropy))
    }

    /// Changes the file behind the keyring's back.
    fn meddle(&self, sql: &str) {
        let database = Connection::open(self.path()).unwrap();
        database.pragma_update(None, "foreign_keys", "OFF").unwrap();
        database.execute_batch(sql).unwrap();
    }

    /// Every byte of the database and of what lies beside it.
    fn bytes_on_disk(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

fn key(byte: u8) -> UnlockSecret {
    UnlockSecret::Key(Zeroizing::new([byte; 32]))
}

fn passphrase(text: &str) -> UnlockSecret {
    UnlockSecret::Passphrase(Zeroizing::new(text.to_owned()))
}

fn lead(byte: u8) -> Token {
    Token::from_bytes([byte; 20])
}

fn sealed_to(keyring: &Keyring) -> Envelope {
    let sealed = seal(&keyring.sealing_key(), context(), &submission(), &OsEntropy).unwrap();
    Envelope::parse(sealed.as_bytes()).unwrap()
}

fn same(one: &LeadKey, other: &LeadKey) -> bool {
    one.as_bytes() == other.as_bytes()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn it_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Keyring>();
}

#[rstest]
#[case(SuiteName::XWing)]
#[case(SuiteName::X25519)]
fn what_was_sealed_before_a_restart_opens_after_it(#[case] suite: SuiteName) {
    let fixture = Fixture::new();
    let (keyring, _) =
        Keyring::create(&fixture.path(), &key(1), suite, fixture.clock.clone(), Arc::new(OsEntropy)).unwrap();
    let envelope = sealed_to(&keyring);
    assert_eq!(envelope.header.epoch, EpochId(1));
    assert_eq!(envelope.header.suite, suite);
    let index = keyring.index_keys().hash(&context().site, crate::domain::field::FieldKind::Email, "a@b.jp");
    let link = *keyring.link_key().as_bytes();
    drop(keyring);

    let again = fixture.unlock();
    assert_eq!(*again.open(&envelope).unwrap().submission(), submission());
    assert_eq!(again.index_keys().hash(&context().site, crate::domain::field::FieldKind::Email, "a@b.jp"), index);
    assert_eq!(*again.link_key().as_bytes(), link);
    assert_eq!(again.sealing_key().public_bytes().len(), if suite == SuiteName::XWing { 1216 } else { 32 });
}

#[test]
fn old_envelopes_and_leads_open_after_rotations_and_restarts() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let first = sealed_to(&keyring);
    let old_key = keyring.create_lead_keys(&[lead(1)]).unwrap().remove(0);
    fixture.clock.advance(SignedDuration::from_hours(24 * 30));
    assert_eq!(keyring.rotate(SuiteName::XWing).unwrap(), EpochId(2));
    assert_eq!(keyring.current_epoch_started(), fixture.clock.now());
    let second = sealed_to(&keyring);
    assert_eq!((second.header.epoch, second.header.suite), (EpochId(2), SuiteName::XWing));
    keyring.create_lead_keys(&[lead(2)]).unwrap();
    assert!(keyring.open(&first).is_ok() && keyring.open(&second).is_ok());
    drop(keyring);

    let again = fixture.unlock();
    assert!(again.open(&first).is_ok() && again.open(&second).is_ok());
    assert!(same(&again.lead_key(lead(1)).unwrap(), &old_key));
    assert_eq!(again.current_epoch_started(), fixture.clock.now());

    let epochs = again.epochs().unwrap();
    assert_eq!(
        epochs.iter().map(|e| (e.id.0, e.suite, e.leads)).collect::<Vec<_>>(),
        [(1, SuiteName::X25519, 1), (2, SuiteName::XWing, 1)]
    );
    assert_eq!(epochs[0].created_at.to_string(), "2026-11-22T09:41:37.5Z");
    assert_eq!(epochs[0].retired_at, Some(epochs[1].created_at));
    assert_eq!(epochs[1].retired_at, None);
    assert_eq!(epochs[0].fingerprint.len(), 16);
    assert_ne!(epochs[0].fingerprint, epochs[1].fingerprint);
}

#[test]
fn an_envelope_of_an_unknown_epoch_has_no_key() {
    let (one, other) = (Fixture::new(), Fixture::new());
    let (keyring, _) = one.create();
    keyring.rotate(SUITE).unwrap();
    let (stranger, _) = other.create();
    assert_eq!(stranger.open(&sealed_to(&keyring)).unwrap_err(), OpenError::NoKey);
}

#[test]
fn an_envelope_whose_private_key_was_destroyed_has_no_key_but_its_leads_can_be_read() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let envelope = sealed_to(&keyring);
    keyring.create_lead_keys(&[lead(1)]).unwrap();
    keyring.rotate(SUITE).unwrap();
    drop(keyring);
    fixture.meddle("UPDATE epoch SET private_key = NULL WHERE id = 1");
    let again = fixture.unlock();
    assert_eq!(again.open(&envelope).unwrap_err(), OpenError::NoKey);
    assert!(again.lead_key(lead(1)).is_ok());
}

#[test]
fn a_keyring_that_cannot_be_read_condemns_no_envelope() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let envelope = sealed_to(&keyring);
    keyring.rotate(SUITE).unwrap();
    drop(keyring);
    let again = fixture.unlock();
    fixture.meddle("DROP TABLE lead_key; DROP TABLE epoch");
    assert_eq!(again.open(&envelope).unwrap_err(), OpenError::Unavailable);
}

#[test]
fn a_rotation_by_another_process_is_taken_up() {
    let fixture = Fixture::new();
    let (server, _) = fixture.create();
    let command_line = fixture.unlock();
    command_line.rotate(SUITE).unwrap();
    assert!(server.open(&sealed_to(&command_line)).is_ok());
    assert_eq!(server.sealing_key().epoch(), EpochId(1));
    server.create_lead_keys(&[lead(1)]).unwrap();
    assert_eq!(server.sealing_key().epoch(), EpochId(2));
    assert_eq!(server.epochs().unwrap()[1].leads, 1);
    assert_eq!(server.rotate(SUITE).unwrap(), EpochId(3));
}

#[test]
fn a_lead_keeps_its_key() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let first = keyring.create_lead_keys(&[lead(1), lead(2)]).unwrap();
    assert!(!same(&first[0], &first[1]));
    let second = keyring.create_lead_keys(&[lead(2), lead(3), lead(1), lead(3)]).unwrap();
    assert!(same(&second[0], &first[1]));
    assert!(same(&second[2], &first[0]));
    assert!(same(&second[1], &second[3]));
    assert!(same(&fixture.unlock().lead_key(lead(3)).unwrap(), &second[1]));
}

#[test]
fn an_erased_lead_has_no_key_and_leaves_nothing_on_the_disk() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    keyring.create_lead_keys(&[lead(1), lead(2)]).unwrap();
    assert!(holds(&fixture.bytes_on_disk(), lead(1).as_bytes()));
    keyring.erase_lead(lead(1)).unwrap();
    assert!(matches!(keyring.lead_key(lead(1)), Err(KeyringError::NoLeadKey)));
    assert!(!holds(&fixture.bytes_on_disk(), lead(1).as_bytes()));
    assert!(keyring.lead_key(lead(2)).is_ok());
    keyring.erase_lead(lead(1)).unwrap();
    assert!(matches!(fixture.unlock().lead_key(lead(1)), Err(KeyringError::NoLeadKey)));
}

#[test]
fn no_key_lies_on_the_disk_unwrapped() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let lead_key = keyring.create_lead_keys(&[lead(1)]).unwrap().remove(0);
    let disk = fixture.bytes_on_disk();
    let current = keyring.current().keys;
    let private = current.pair.as_ref().unwrap().opening.to_bytes();
    for secret in [lead_key.as_bytes(), &*private, &*current.storage, &*keyring.vault.kek, keyring.link.as_bytes()] {
        assert!(!holds(&disk, secret));
    }
    // The search works: what is not secret is found.
    assert!(holds(&disk, &current.pair.as_ref().unwrap().sealing.public_bytes()));
}

#[test]
fn only_the_right_passphrase_unlocks() {
    let fixture = Fixture::new();
    let create = Keyring::create(
        &fixture.path(),
        &passphrase("correct horse ﾊﾞｯﾃﾘｰ"),
        SUITE,
        fixture.clock.clone(),
        Arc::new(OsEntropy),
    );
    drop(create.unwrap());
    assert!(fixture.unlock_with(&passphrase("correct horse ﾊﾞｯﾃﾘｰ")).is_ok());
    // The same words from another keyboard.
    assert!(fixture.unlock_with(&passphrase("correct horse バッテリー")).is_ok());
    for wrong in ["correct horse", "Correct horse バッテリー", ""] {
        assert!(matches!(fixture.unlock_with(&passphrase(wrong)), Err(KeyringError::WrongSecret)), "{wrong}");
    }
    let other_kind = fixture.refusal().to_string();
    assert!(other_kind.contains("a passphrase") && other_kind.contains("[keys]"), "{other_kind}");
}

#[test]
fn only_the_right_key_unlocks() {
    let fixture = Fixture::new();
    drop(fixture.create());
    assert!(matches!(fixture.unlock_with(&key(2)), Err(KeyringError::WrongSecret)));
    assert!(matches!(fixture.unlock_with(&passphrase("x")), Err(KeyringError::OtherSecret("a key"))));
}

#[test]
fn the_recovery_words_set_a_new_secret() {
    let fixture = Fixture::new();
    let (keyring, phrase) = fixture.create();
    let envelope = sealed_to(&keyring);
    keyring.create_lead_keys(&[lead(1)]).unwrap();
    drop(keyring);

    let recovered = fixture.recover(phrase.expose(), &passphrase("a new one")).unwrap();
    assert!(recovered.open(&envelope).is_ok());
    drop(recovered);
    assert!(fixture.unlock_with(&key(1)).is_err());
    assert!(fixture.unlock_with(&passphrase("a new one")).unwrap().lead_key(lead(1)).is_ok());
    // The paper stays good.
    drop(fixture.recover(phrase.expose(), &key(5)).unwrap());
    assert!(fixture.unlock_with(&key(5)).is_ok());
}

#[test]
fn other_or_mistyped_words_recover_nothing_and_change_nothing() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    let (_, phrase) = fixture.create();
    let entropy = Arc::new(SeededEntropy::new(2));
    let (_, strange) = Keyring::create(&other.path(), &key(1), SUITE, other.clock.clone(), entropy).unwrap();
    assert!(matches!(fixture.recover(strange.expose(), &key(9)), Err(KeyringError::WrongSecret)));
    let mistyped = phrase.expose().replacen(' ', " zoo ", 1);
    assert!(matches!(fixture.recover(&mistyped, &key(9)), Err(KeyringError::RecoveryWords(_))));
    assert!(fixture.unlock_with(&key(9)).is_err());
    assert!(fixture.unlock_with(&key(1)).is_ok());
}

#[test]
fn a_keyring_is_never_overwritten() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    keyring.create_lead_keys(&[lead(1)]).unwrap();
    let again = Keyring::create(&fixture.path(), &key(2), SUITE, fixture.clock.clone(), Arc::new(OsEntropy));
    assert!(matches!(again, Err(KeyringError::Exists(_))));
    assert!(fixture.unlock().lead_key(lead(1)).is_ok());
}

#[test]
fn every_file_of_it_is_the_owners_alone() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    keyring.create_lead_keys(&[lead(1)]).unwrap();
    let files: Vec<_> = std::fs::read_dir(fixture.folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "database, log and shared memory: {files:?}");
    for file in files {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[rstest]
#[case(0o640)]
#[case(0o604)]
#[case(0o620)]
fn a_keyring_that_others_may_use_is_refused(#[case] mode: u32) {
    let fixture = Fixture::new();
    drop(fixture.create());
    std::fs::set_permissions(fixture.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    let refusal = fixture.refusal();
    assert!(matches!(refusal, KeyringError::Permissions(_)));
    assert!(refusal.to_string().contains("chmod 600"));
}

#[test]
fn a_missing_keyring_is_not_made_by_looking_for_it() {
    let fixture = Fixture::new();
    assert!(matches!(fixture.refusal(), KeyringError::Missing(_)));
    assert!(!fixture.path().exists());
}

#[test]
fn a_folder_that_does_not_exist_is_said() {
    let fixture = Fixture::new();
    let path = fixture.folder.path().join("nowhere/keyring.db");
    let made = Keyring::create(&path, &key(1), SUITE, fixture.clock.clone(), Arc::new(OsEntropy));
    let said = made.unwrap_err().to_string();
    assert!(said.contains("nowhere/keyring.db can't be used"), "{said}");
}

#[test]
fn a_newer_schema_is_refused() {
    let fixture = Fixture::new();
    drop(fixture.create());
    fixture.meddle("PRAGMA user_version = 2");
    assert!(matches!(fixture.refusal(), KeyringError::Newer(2)));
}

#[test]
fn a_cut_or_overwritten_file_is_called_damaged() {
    let fixture = Fixture::new();
    drop(fixture.create());
    let whole = std::fs::read(fixture.path()).unwrap();
    let mut garbage = whole.clone();
    garbage[..4096].fill(b'x');
    let mut torn = whole.clone();
    torn[4096..].fill(0x5a);
    for bad in [&whole[..whole.len() / 2], &whole[..1000], &garbage, &torn, b"hello", b""] {
        std::fs::write(fixture.path(), bad).unwrap();
        let refusal = fixture.refusal();
        assert!(matches!(refusal, KeyringError::Damaged(_)), "{refusal:?}");
    }
    std::fs::write(fixture.path(), &whole).unwrap();
    fixture.unlock();
}

#[test]
fn another_programs_database_is_told_from_a_keyring() {
    let fixture = Fixture::new();
    drop(fixture.create());
    fixture.meddle("PRAGMA application_id = 1");
    assert!(fixture.refusal().to_string().contains("another program's"));
}

#[rstest]
#[case("UPDATE epoch SET public_key = zeroblob(32)")]
#[case("UPDATE epoch SET private_key = zeroblob(60)")]
#[case("UPDATE epoch SET storage_key = zeroblob(60)")]
#[case("UPDATE epoch SET suite = 'x-wing'")]
#[case("UPDATE epoch SET suite = 'rot13'")]
#[case("UPDATE epoch SET id = 2")]
#[case("UPDATE epoch SET created_at = 9223372036854775807")]
#[case("DELETE FROM epoch")]
#[case("DELETE FROM secret")]
#[case("UPDATE secret SET wrapped = zeroblob(60)")]
#[case("UPDATE secret SET wrapped = (SELECT wrapped FROM secret WHERE name = 'link key')")]
#[case("DELETE FROM slot WHERE name = 'primary'")]
#[case("UPDATE slot SET method = 'rot13' WHERE name = 'primary'")]
#[case("UPDATE slot SET method = 'argon2id', memory_kib = 2000000000 WHERE name = 'primary'")]
#[case("DELETE FROM identity")]
#[case("UPDATE identity SET id = x'00'")]
fn a_row_that_was_tampered_with_is_noticed(#[case] sql: &str) {
    let fixture = Fixture::new();
    drop(fixture.create());
    fixture.meddle(sql);
    let secret = if sql.contains("argon2id") { passphrase("x") } else { key(1) };
    let refusal = fixture.unlock_with(&secret).unwrap_err();
    assert!(matches!(refusal, KeyringError::Damaged(_)), "{refusal:?}");
}

#[rstest]
#[case("UPDATE slot SET memory_kib = 8 WHERE name = 'primary'")]
#[case("UPDATE slot SET salt = zeroblob(16) WHERE name = 'primary'")]
#[case("UPDATE slot SET wrapped = zeroblob(60) WHERE name = 'primary'")]
#[case("UPDATE slot SET wrapped = (SELECT wrapped FROM slot WHERE name = 'recovery') WHERE name = 'primary'")]
#[case("UPDATE identity SET id = zeroblob(16)")]
fn a_slot_that_was_tampered_with_does_not_open(#[case] sql: &str) {
    let fixture = Fixture::new();
    drop(fixture.create());
    fixture.meddle(sql);
    assert!(matches!(fixture.refusal(), KeyringError::WrongSecret));
}

#[rstest]
#[case(
    "UPDATE lead_key SET wrapped = (SELECT wrapped FROM lead_key WHERE lead = x'0202020202020202020202020202020202020202')"
)]
#[case("UPDATE lead_key SET epoch = 2")]
#[case("UPDATE lead_key SET epoch = 9")]
#[case("UPDATE lead_key SET wrapped = zeroblob(60)")]
fn a_lead_key_that_was_moved_does_not_open(#[case] sql: &str) {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    keyring.create_lead_keys(&[lead(1), lead(2)]).unwrap();
    keyring.rotate(SUITE).unwrap();
    fixture.meddle(sql);
    assert!(matches!(keyring.lead_key(lead(1)), Err(KeyringError::Damaged(_))));
    // Nor is a second key made for the lead, which would hide the loss.
    assert!(matches!(keyring.create_lead_keys(&[lead(1)]), Err(KeyringError::Damaged(_))));
}

#[test]
fn debug_says_nothing() {
    let fixture = Fixture::new();
    let (keyring, phrase) = fixture.create();
    let printed = format!("{keyring:?} {phrase:?} {:?} {:?}", key(1), passphrase("secret"));
    assert_eq!(printed, "Keyring(redacted) RecoveryPhrase(redacted) Key(redacted) Passphrase(redacted)");
}

/// The wrapped private key of an epoch, as it lies on the disk.
fn private_key(fixture: &Fixture, epoch: u32) -> Option<Vec<u8>> {
    let database = Connection::open(fixture.path()).unwrap();
    database.query_row("SELECT private_key FROM epoch WHERE id = ?1", [epoch], |row| row.get(0)).unwrap()
}

#[test]
fn an_epoch_ends_its_leads_stay_and_its_private_key_is_nowhere() {
    let fixture = Fixture::new();
    let (keyring, _) = fixture.create();
    let server = fixture.unlock();
    let envelope = sealed_to(&keyring);
    let leads: Vec<Token> = (1..=5).map(lead).collect();
    let before = keyring.create_lead_keys(&leads).unwrap();
    assert!(matches!(keyring.rewrap(EpochId(1), None, 2), Err(KeyringError::EpochGoesOn(..))), "the current one");
    assert!(matches!(keyring.destroy_private_key(EpochId(1)), Err(KeyringError::EpochGoesOn(..))));
    keyring.rotate(SUITE).unwrap();
    assert!(matches!(keyring.destroy_private_key(EpochId(7)), Err(KeyringError::EpochGoesOn(..))), "no such one");
    let private = private_key(&fixture, 1).unwrap();
    assert!(holds(&fixture.bytes_on_disk(), &private), "the control");

    let mut after = None;
    let mut batches = 0;
    loop {
        let refused = keyring.destroy_private_key(EpochId(1));
        assert!(batches == 3 || matches!(refused, Err(KeyringError::EpochGoesOn(..))), "keys are under it");
        match keyring.rewrap(EpochId(1), after, 2).unwrap() {
            Some(last) => after = Some(last),
            None => break,
        }
        batches += 1;
    }
    assert_eq!((batches, after), (3, Some(lead(5))));
    assert!(!keyring.destroy_private_key(EpochId(1)).unwrap(), "once");
    assert!(!holds(&fixture.bytes_on_disk(), &private) && private_key(&fixture, 1).is_none());
    assert!(matches!(keyring.open(&envelope), Err(OpenError::NoKey)));
    assert!(keyring.open(&sealed_to(&keyring)).is_ok());
    assert!(server.open(&envelope).is_ok(), "another process still has it in memory");
    server.refresh().unwrap();
    assert!(matches!(server.open(&envelope), Err(OpenError::NoKey)), "until it looks");
    drop((keyring, server));

    let again = fixture.unlock();
    for (lead, key) in leads.iter().zip(&before) {
        assert!(same(&again.lead_key(*lead).unwrap(), key));
    }
    let epochs = again.epochs().unwrap();
    let seen: Vec<_> = epochs.iter().map(|epoch| (epoch.leads, epoch.can_open)).collect();
    assert_eq!(seen, [(0, false), (5, true)]);
}
