//! Passkeys against an authenticator of our own.

use super::super::device::Device;
use super::*;
use crate::domain::entropy::{OsEntropy, SeededEntropy};

const ORIGIN: &str = "https://leads.example.jp";
const SESSION: [u8; 32] = [7; 32];

/// What is wrong, and how a device comes to do it.
type Wrong = (&'static str, fn(&mut Device));

struct Place {
    passkeys: Passkeys,
    device: Device,
    owner: StaffId,
    now: Timestamp,
}

impl Place {
    fn new() -> Self {
        Self {
            passkeys: Passkeys::new(&ORIGIN.parse().unwrap(), &OsEntropy).unwrap(),
            device: Device::new(ORIGIN),
            owner: StaffId::generate(&SeededEntropy::new(1)),
            now: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    fn asked_to_add(&self) -> Challenge {
        let whose = Whose { id: self.owner, address: "hana@example.jp", name: "担当 花子" };
        self.passkeys.add(whose, Vec::new(), &SESSION, self.now, &OsEntropy).unwrap()
    }

    fn add(&mut self) -> Result<Added, Refused> {
        let asked = self.asked_to_add();
        let answer = self.device.create(&asked.options);
        self.passkeys.added(&asked.sealed, &answer, &SESSION, self.now)
    }

    fn ask(&self) -> Challenge {
        self.passkeys.ask(&[], None, self.now, &OsEntropy).unwrap()
    }

    fn check(&self, sealed: &str, answer: &str, kept: &str) -> Result<Proof, Refused> {
        let claim = self.passkeys.claimed(answer).ok_or(Refused::Wrong)?;
        self.passkeys.proved(sealed, &claim, (self.owner, kept), None, self.now)
    }

    fn prove(&mut self, kept: &str) -> Result<Proof, Refused> {
        let asked = self.ask();
        let answer = self.device.get(&asked.options);
        self.check(&asked.sealed, &answer, kept)
    }
}

#[test]
fn a_passkey_is_added_and_proves_who_its_owner_is() {
    let mut place = Place::new();
    let options: Value = serde_json::from_str(&place.asked_to_add().options).unwrap();
    assert_eq!(options["rp"]["id"], "leads.example.jp");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert!(!options["user"]["id"].to_string().contains(&place.owner.to_string()));
    let added = place.add().unwrap();
    assert_eq!(added.counter, 1);
    let first = place.prove(&added.kept).unwrap();
    assert_eq!(first.counter, 2);
    let second = place.prove(&first.kept).unwrap();
    assert_eq!(second.counter, 3);
}

#[test]
fn each_question_is_answered_once() {
    let mut place = Place::new();
    // Without a counter nothing but the question tells a second time from the first.
    place.device.counts = false;
    let asked = place.asked_to_add();
    let answer = place.device.create(&asked.options);
    let added = place.passkeys.added(&asked.sealed, &answer, &SESSION, place.now).unwrap();
    assert_eq!(place.passkeys.added(&asked.sealed, &answer, &SESSION, place.now).err(), Some(Refused::Wrong));
    let asked = place.ask();
    let answer = place.device.get(&asked.options);
    assert!(place.check(&asked.sealed, &answer, &added.kept).is_ok());
    assert_eq!(place.check(&asked.sealed, &answer, &added.kept).err(), Some(Refused::Wrong));
    let other = place.ask();
    assert_eq!(place.check(&other.sealed, &answer, &added.kept).err(), Some(Refused::Wrong), "another question");
    place.now += LIFE + LIFE + SignedDuration::from_secs(1);
    assert!(place.prove(&added.kept).is_ok());
    assert_eq!(place.passkeys.answered.lock().unwrap().len(), 1, "what is over is forgotten");
}

#[test]
fn a_question_is_of_its_time_its_session_and_its_purpose() {
    let mut place = Place::new();
    let added = place.add().unwrap();
    let asked = place.ask();
    let answer = place.device.get(&asked.options);
    let began = place.now;
    for (later, is_over) in [(LIFE, true), (SignedDuration::from_secs(-1), true)] {
        place.now = began + later;
        assert_eq!(place.check(&asked.sealed, &answer, &added.kept).is_err(), is_over, "{later}");
    }
    place.now = began;
    let claim = place.passkeys.claimed(&answer).unwrap();
    let owner = (place.owner, added.kept.as_str());
    let refused = |sealed: &str, session| place.passkeys.proved(sealed, &claim, owner, session, began).err();
    assert_eq!(refused(&asked.sealed, Some(&SESSION)), Some(Refused::Over), "asked before sign-in");
    let in_session = place.passkeys.ask(&[], Some(&SESSION), began, &OsEntropy).unwrap();
    assert_eq!(refused(&in_session.sealed, None), Some(Refused::Over), "asked in a session");
    assert_eq!(refused(&in_session.sealed, Some(&[8; 32])), Some(Refused::Over), "of another session");
    let to_add = place.asked_to_add();
    assert_eq!(refused(&to_add.sealed, Some(&SESSION)), Some(Refused::Over), "for another purpose");
    assert_eq!(refused("", None), Some(Refused::Over));
    let restarted = Passkeys::new(&ORIGIN.parse().unwrap(), &OsEntropy).unwrap();
    assert_eq!(restarted.proved(&asked.sealed, &claim, owner, None, began).err(), Some(Refused::Over));
    assert!(place.check(&asked.sealed, &answer, &added.kept).is_ok());
}

#[test]
fn another_origin_host_or_user_is_refused_and_one_who_was_not_verified() {
    let wrongs: [Wrong; 5] = [
        ("another site", |device| device.origin = "https://evil.example".to_owned()),
        ("another port", |device| device.origin = "https://leads.example.jp:444".to_owned()),
        ("a subdomain", |device| device.origin = "https://x.leads.example.jp".to_owned()),
        ("another host", |device| device.other_host = Some("evil.example".to_owned())),
        ("not verified", |device| device.verifies = false),
    ];
    for (what, wrong) in wrongs {
        let mut place = Place::new();
        let added = place.add().unwrap();
        wrong(&mut place.device);
        assert_eq!(place.add().err(), Some(Refused::Wrong), "{what}");
        assert_eq!(place.prove(&added.kept).err(), Some(Refused::Wrong), "{what}");
    }
    let mut place = Place::new();
    let added = place.add().unwrap();
    let asked = place.ask();
    let answer = place.device.get(&asked.options);
    place.owner = StaffId::generate(&SeededEntropy::new(2));
    assert_eq!(place.check(&asked.sealed, &answer, &added.kept).err(), Some(Refused::Wrong), "another account");
    place.owner = StaffId::generate(&SeededEntropy::new(1));
    let mut nameless: Value = serde_json::from_str(&answer).unwrap();
    nameless["response"]["userHandle"] = Value::Null;
    let nameless = nameless.to_string();
    assert_eq!(place.check(&asked.sealed, &nameless, &added.kept).err(), Some(Refused::Wrong), "of nobody");
    for nonsense in ["", "{}", "null", "[]", "\"\""] {
        assert!(place.passkeys.claimed(nonsense).is_none());
        assert_eq!(place.passkeys.added(&asked.sealed, nonsense, &SESSION, place.now).err(), Some(Refused::Over));
    }
}

#[test]
fn a_counter_that_does_not_go_on_is_a_copys() {
    let mut place = Place::new();
    let added = place.add().unwrap();
    let kept = place.prove(&added.kept).unwrap().kept;
    place.device.counter = 1;
    assert_eq!(place.prove(&kept).err(), Some(Refused::Wrong), "the same counter");
    place.device.counter = 0;
    assert_eq!(place.prove(&kept).err(), Some(Refused::Wrong), "an earlier one");
    place.device.counter = 5;
    assert_eq!(place.prove(&kept).unwrap().counter, 6);
}

#[test]
fn another_passkeys_signature_is_refused() {
    let mut place = Place::new();
    let first = place.add().unwrap();
    let second = place.add().unwrap();
    assert_eq!(place.prove(&first.kept).err(), Some(Refused::Wrong), "the device signs with its latest");
    assert!(place.prove(&second.kept).is_ok());
    let asked =
        place.passkeys.ask(std::slice::from_ref(&first.credential), Some(&SESSION), place.now, &OsEntropy).unwrap();
    let answer = place.device.get(&asked.options);
    let claim = place.passkeys.claimed(&answer).unwrap();
    assert_eq!(claim.credential, first.credential, "the one that was asked for");
    let owner = (place.owner, first.kept.as_str());
    assert!(place.passkeys.proved(&asked.sealed, &claim, owner, Some(&SESSION), place.now).is_ok());
}
