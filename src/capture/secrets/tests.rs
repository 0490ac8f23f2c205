//! Days turn, restarts remember, and files others may read are refused.

use super::*;
use crate::domain::clock::ManualClock;
use crate::domain::entropy::SeededEntropy;
use jiff::SignedDuration;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

struct Place {
    dir: tempfile::TempDir,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
}

fn place() -> Place {
    Place {
        dir: tempfile::tempdir().unwrap(),
        clock: Arc::new(ManualClock::new("2026-11-22T23:59:00Z".parse().unwrap())),
        entropy: Arc::new(SeededEntropy::new(1)),
    }
}

impl Place {
    fn path(&self) -> PathBuf {
        self.dir.path().join("capture.keys")
    }

    fn open(&self) -> Result<DaySecrets, SecretsError> {
        DaySecrets::open(&self.path(), self.clock.clone(), self.entropy.clone())
    }
}

#[test]
fn at_midnight_todays_secret_becomes_yesterdays() {
    let place = place();
    let secrets = place.open().unwrap();
    let before = secrets.today();
    assert!(before.yesterday.is_none());
    place.clock.advance(SignedDuration::from_mins(2));
    let after = secrets.today();
    assert_eq!(after.yesterday.unwrap().as_bytes(), before.today.as_bytes());
    assert_ne!(after.today.as_bytes(), before.today.as_bytes());
    place.clock.advance(SignedDuration::from_hours(24));
    let later = secrets.today();
    assert_eq!(later.yesterday.unwrap().as_bytes(), after.today.as_bytes());
    let file = fs::read_to_string(place.path()).unwrap();
    assert!(!file.contains(&hex::encode(before.today.as_bytes())), "the oldest secret is still on disk");
}

#[test]
fn a_restart_finds_the_same_secrets() {
    let place = place();
    let first = place.open().unwrap();
    let (token_key, today) = (first.form_token_key(), first.today().today);
    drop(first);
    let second = place.open().unwrap();
    assert_eq!(second.form_token_key().as_bytes(), token_key.as_bytes());
    assert_eq!(second.today().today.as_bytes(), today.as_bytes());
    assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_clock_set_back_a_day_finds_its_secret_again() {
    let place = place();
    let secrets = place.open().unwrap();
    let before = secrets.today().today;
    place.clock.advance(SignedDuration::from_mins(2));
    let _ = secrets.today();
    place.clock.advance(SignedDuration::from_mins(-2));
    assert_eq!(secrets.today().today.as_bytes(), before.as_bytes());
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let place = place();
    drop(place.open().unwrap());
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = place.open().err().unwrap().to_string();
    assert!(refused.contains("mode 640") && refused.contains("chmod 600"), "{refused}");
}

#[test]
fn a_damaged_file_is_refused_and_says_what_to_do() {
    let place = place();
    drop(place.open().unwrap());
    let whole = fs::read_to_string(place.path()).unwrap();
    for damaged in [String::new(), whole[..60].to_owned(), whole.replace("form-token", "form"), whole + "x\n"] {
        fs::write(place.path(), damaged).unwrap();
        assert!(matches!(place.open(), Err(SecretsError::Damaged(_))));
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let missing = Path::new("/nonexistent/capture.keys");
    let place = place();
    let refused = DaySecrets::open(missing, place.clock.clone(), place.entropy.clone()).err().unwrap();
    assert!(refused.to_string().starts_with("/nonexistent/capture.keys: "), "{refused}");
}

fn shared(day: &str) -> SharedSecrets {
    let mut days = DayChain::new("2026-11-20".parse().unwrap(), MacKey::from_bytes([6; 32]));
    days.turn_to(day.parse().unwrap());
    SharedSecrets { form_token: MacKey::from_bytes([5; 32]), days }
}

#[test]
fn nodes_enrolled_on_different_days_have_the_secrets_of_a_day_in_common() {
    let (one, two) = (place(), place());
    let open = |place: &Place, day: &str| {
        DaySecrets::open_shared(&place.path(), shared(day), place.clock.clone(), place.entropy.clone()).unwrap()
    };
    let (first, second) = (open(&one, "2026-11-20"), open(&two, "2026-11-22"));
    assert_eq!(first.form_token_key().as_bytes(), second.form_token_key().as_bytes());
    assert_eq!(first.today().today.as_bytes(), second.today().today.as_bytes());
    for place in [&one, &two] {
        place.clock.advance(SignedDuration::from_mins(2));
    }
    let (here, there) = (first.today(), second.today());
    assert_eq!(here.today.as_bytes(), there.today.as_bytes());
    assert_eq!(here.yesterday.unwrap().as_bytes(), there.yesterday.unwrap().as_bytes());
    drop(first);
    assert_eq!(open(&one, "2026-11-20").today().today.as_bytes(), there.today.as_bytes(), "after a restart");
    let file = fs::read_to_string(one.path()).unwrap();
    let old = shared("2026-11-22");
    assert!(!file.contains(&hex::encode(old.days.link().as_bytes())), "the day's link is gone with the day");
}

#[test]
fn another_enrolment_begins_anew() {
    let place = place();
    let open = |shared: SharedSecrets| {
        DaySecrets::open_shared(&place.path(), shared, place.clock.clone(), place.entropy.clone()).unwrap()
    };
    let before = open(shared("2026-11-22")).today().today;
    let other = SharedSecrets { form_token: MacKey::from_bytes([7; 32]), ..shared("2026-11-22") };
    let secrets = open(other);
    assert_eq!(secrets.form_token_key().as_bytes(), &[7; 32]);
    assert_eq!(secrets.today().today.as_bytes(), before.as_bytes(), "its chain is the same here");
}
