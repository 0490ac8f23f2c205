//! Requests carried out between a real keyring and a real store.

mod epochs;
mod retention;

use super::house::tidy;
use super::*;
use crate::crypto::envelope::Envelope;
use crate::crypto::keyring::UnlockSecret;
use crate::crypto::protect::{LeadKey, protect, protect_request};
use crate::desk::store::sample::{self, asking, form, sealed, submission, token};
use crate::desk::store::{LeadFacts, NewHeld, NewLead, NewRequest, RequestStatus, Stored};
use crate::domain::clock::{Clock, ManualClock};
use crate::domain::entropy::SeededEntropy;
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::settings::SuiteName;
use crate::domain::submission::Submission;
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use zeroize::Zeroizing;

struct House {
    dir: tempfile::TempDir,
    clock: Arc<ManualClock>,
    custody: Custody,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(sample::RECEIVED + 3600).unwrap()));
        let entropy = Arc::new(SeededEntropy::new(21));
        let secret = UnlockSecret::Key(Zeroizing::new([1; 32]));
        let path = dir.path().join("keyring.db");
        let (keyring, _) = Keyring::create(&path, &secret, SuiteName::X25519, clock.clone(), entropy.clone()).unwrap();
        let store = Store::open(&dir.path().join("leads.db"), clock.clone(), entropy).unwrap();
        Self { dir, clock, custody: Custody { store: Arc::new(store), keyring: Arc::new(keyring) } }
    }

    fn opened(&self, n: u64, submission: &Submission) -> crate::crypto::open::Opened {
        let keyring = &self.custody.keyring;
        let envelope = sealed(&keyring.sealing_key(), n, &form(), submission);
        keyring.open(&Envelope::parse(envelope.as_bytes()).unwrap()).unwrap()
    }

    fn key(&self, n: u64) -> LeadKey {
        self.custody.keyring.create_lead_keys(&[token(n)]).unwrap().remove(0)
    }

    fn lead(&self, n: u64, email: &str) {
        self.leads(n..=n, &form(), email);
    }

    /// Stores leads of a form in one go.
    fn leads(&self, numbers: RangeInclusive<u64>, form: &Form, email: &str) -> Vec<Stored> {
        let Custody { store, keyring } = &self.custody;
        let keys = keyring.create_lead_keys(&numbers.clone().map(token).collect::<Vec<_>>()).unwrap();
        let new = |(n, key): (u64, &LeadKey)| {
            let envelope = sealed(&keyring.sealing_key(), n, form, &submission(email, "+819012345678"));
            let opened = keyring.open(&Envelope::parse(envelope.as_bytes()).unwrap()).unwrap();
            let lead = protect(opened, Some(form), key, keyring.index_keys(), &SeededEntropy::new(n));
            NewLead { lead, deliveries: Vec::new(), facts: LeadFacts::default() }
        };
        store.store_leads(&numbers.zip(&keys).map(new).collect::<Vec<_>>()).unwrap()
    }

    /// Puts a robot's submission into quarantine; gives how many were new, and the envelope.
    fn hold(&self, n: u64) -> (u64, Vec<u8>) {
        let submission = submission("r@example.jp", "");
        let envelope = sealed(&self.custody.keyring.sealing_key(), n, &form(), &submission).as_bytes().to_vec();
        let header = Envelope::parse(&envelope).unwrap().header;
        let new = NewHeld { header: &header, reasons: &[Suspicion::Honeypot], envelope: &envelope };
        (self.custody.store.hold(&[new]).unwrap(), envelope)
    }

    /// Stores a request; gives its link's secret.
    fn ask(&self, n: u64, kind: RequestKind, email: &str) -> String {
        let Custody { store, keyring } = &self.custody;
        let opened = self.opened(n, &asking(kind, email));
        let request = protect_request(&opened, &self.key(n), keyring.index_keys(), &SeededEntropy::new(n)).unwrap();
        let secret = keyring.request_secret(token(n));
        let secret_sha256 = Sha256::digest(secret.as_bytes()).into();
        let new =
            NewRequest { request: &request, secret_sha256, is_same: &|_| false, mails_per_day: 9, asked_by: None };
        assert_eq!(store.store_request(&new).unwrap(), Some(RequestStatus::Open));
        secret.to_string()
    }

    fn behind(&self, secret: &str) -> Option<RequestView> {
        request_behind(&self.custody.store, secret).unwrap()
    }

    fn access(&self, request: &RequestView) -> Result<Option<Held>, PrivacyError> {
        access(&self.custody, request, By::person(RequestKind::Access), self.clock.now())
    }

    fn erase(&self, request: &RequestView) -> Result<Option<Receipt>, PrivacyError> {
        erase(&self.custody, request, By::person(RequestKind::Erase), self.clock.now())
    }

    fn has_key(&self, of: Token) -> bool {
        self.custody.keyring.lead_key(of).is_ok()
    }

    /// The files in which some bytes stand.
    fn files_with(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let holds = |file: &PathBuf| std::fs::read(file).unwrap().windows(bytes.len()).any(|part| part == bytes);
        files.filter(holds).collect()
    }
}

#[test]
fn access_opens_everything_once_and_audits_it() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    house.lead(2, "b@example.jp");
    let secret = house.ask(11, RequestKind::Access, "a@example.jp");
    let request = house.behind(&secret).unwrap();
    let held = house.access(&request).unwrap().unwrap();
    assert_eq!(held.leads.iter().map(|lead| lead.token).collect::<Vec<_>>(), [token(1)]);
    let json: serde_json::Value = serde_json::from_str(held.json().expose()).unwrap();
    let values = &json["enquiries"][0]["values"];
    assert_eq!(values["email"], serde_json::json!({ "held": "value", "value": "a@example.jp" }));
    assert_eq!(values["name"]["value"], "髙﨑 美咲");
    assert_eq!(values["company"], serde_json::json!({ "held": "digest" }));
    assert!(values["age"].is_null(), "what was dropped is not held");
    assert_eq!(json["enquiries"][0]["consents"][0]["purpose"], "privacy");
    // Whoever pressed the button at the same moment is too late, and so is the link.
    assert!(house.access(&request).unwrap().is_none());
    assert!(house.behind(&secret).is_none() && house.behind("guessed").is_none());
    assert!(!house.has_key(token(11)) && house.has_key(token(1)));
    let entries = house.custody.store.audit_entries(1, 100).unwrap();
    let revealed = entries.iter().find(|entry| entry.action == "lead-revealed").unwrap();
    assert_eq!((revealed.actor.as_str(), revealed.reason.as_deref()), (BY_ITS_PERSON, Some("access-request")));
    assert_eq!(revealed.detail.as_deref(), Some(format!("request={}", token(11)).as_str()));
}

#[test]
fn a_lead_without_a_key_is_shown_as_it_is_kept() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    house.custody.keyring.erase_lead(token(1)).unwrap();
    let secret = house.ask(11, RequestKind::Access, "a@example.jp");
    let held = house.access(&house.behind(&secret).unwrap()).unwrap().unwrap();
    let name = held.leads[0].values.iter().find(|value| value.field.as_str() == "name").unwrap();
    assert!(matches!(name.what, HeldWhat::Masked(_)));
}

#[test]
fn an_audit_that_cant_be_written_keeps_values_and_leads() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    let see = house.ask(11, RequestKind::Access, "a@example.jp");
    let go = house.ask(12, RequestKind::Erase, "a@example.jp");
    sample::forbid_audit(&house.custody.store);
    assert!(house.access(&house.behind(&see).unwrap()).is_err());
    assert!(house.erase(&house.behind(&go).unwrap()).is_err());
    assert!(house.custody.store.lead(token(1)).unwrap().is_some());
    assert!(house.behind(&see).is_some() && house.behind(&go).is_some(), "both links still work");
}

#[test]
fn an_erasure_that_broke_off_is_finished_by_the_next_try() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    house.lead(2, "b@example.jp");
    let secret = house.ask(11, RequestKind::Erase, "a@example.jp");
    let sealed = |n: u64| {
        let lead = house.custody.store.lead(token(n)).unwrap().unwrap();
        lead.fields.into_iter().filter_map(|field| field.sealed).collect::<Vec<_>>()
    };
    let (gone, kept) = (sealed(1), sealed(2));
    let address = house.custody.store.request(token(11)).unwrap().unwrap().sealed.unwrap();
    assert!(gone.iter().chain([&address]).all(|bytes| !house.files_with(bytes).is_empty()), "the control");

    sample::forbid_audit(&house.custody.store);
    let request = house.behind(&secret).unwrap();
    assert!(house.erase(&request).is_err());
    assert!(!house.has_key(token(1)), "nobody can open it any more");
    sample::permit_audit(&house.custody.store);
    let receipt = house.erase(&house.behind(&secret).unwrap()).unwrap().unwrap();
    assert_eq!((receipt.leads, receipt.erased_at), (1, house.clock.now()));
    assert_eq!(receipt.envelopes_until, house.clock.now() + SignedDuration::from_hours(72));
    for bytes in gone.iter().chain([&address]) {
        assert_eq!(house.files_with(bytes), Vec::<PathBuf>::new());
    }
    assert!(kept.iter().all(|bytes| !house.files_with(bytes).is_empty()) && house.has_key(token(2)));
    assert!(house.erase(&request).unwrap().is_none() && house.behind(&secret).is_none());
}

#[test]
fn the_house_is_kept() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    let secret = house.ask(11, RequestKind::Access, "a@example.jp");
    let address = house.custody.store.request(token(11)).unwrap().unwrap().sealed.unwrap();
    for delivery in house.custody.store.claim_due(10, std::time::Duration::from_secs(60)).unwrap() {
        house.custody.store.mark_sent(delivery.id).unwrap();
    }
    tidy(&house.custody).unwrap();
    assert!(house.behind(&secret).is_some() && house.has_key(token(11)));
    house.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    tidy(&house.custody).unwrap();
    assert!(house.behind(&secret).is_none() && !house.has_key(token(11)));
    assert_eq!(house.files_with(&address), Vec::<PathBuf>::new());
    assert!(house.has_key(token(1)), "leads stay");
    let entries = house.custody.store.audit_entries(1, 100).unwrap();
    assert!(entries.iter().any(|entry| entry.action == "request-expired"));
}

#[test]
fn a_request_that_was_written_down_goes_by_itself_when_nobody_carries_it_out() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    let address = Pii::from("a@example.jp");
    let asked = WrittenDown { kind: RequestKind::Access, lang: Lang::Ja, address: &address, actor: "staff:aaaaaaaa" };
    let site = form().site;
    let entropy = SeededEntropy::new(77);
    assert_eq!(
        sites_that_hold(&house.custody, std::slice::from_ref(&site), &address).unwrap(),
        std::slice::from_ref(&site)
    );
    let request = write_down(&house.custody, &site, &asked, house.clock.now(), &entropy).unwrap();
    let view = || house.custody.store.request(request).unwrap().unwrap();
    let sealed = view().sealed.unwrap();
    assert_eq!(
        (view().status, view().mail, preview(&house.custody, &view()).unwrap().count),
        (RequestStatus::Held, None, 1)
    );
    house.clock.advance(SignedDuration::from_hours(24 * 29));
    tidy(&house.custody).unwrap();
    assert!(view().status == RequestStatus::Held && house.has_key(request));
    house.clock.advance(SignedDuration::from_hours(24 + 1));
    tidy(&house.custody).unwrap();
    assert!(view().status == RequestStatus::Expired && !house.has_key(request));
    assert_eq!(house.files_with(&sealed), Vec::<PathBuf>::new());
    assert_eq!(preview(&house.custody, &view()).unwrap().count, 0);
}

#[test]
fn what_is_no_address_is_not_looked_for() {
    let read = |text: &str| address_typed(&Pii::from(text)).map(|address| address.expose().clone());
    assert_eq!(read("ｔａｒｏ@Example.JP").as_deref(), Some("taro@example.jp"));
    for no in ["", "taro", "@example.jp", "taro@", "ta ro@example.jp", "taro@exam ple.jp"] {
        assert_eq!(read(no), None, "{no}");
    }
}
