//! Requests of people about their own data, and what an erasure takes and leaves.

use super::Place;
use crate::desk::store::sample::{RECEIVED, form, index_keys, protected, protected_request, submission, token};
use crate::desk::store::schema::SCHEMA;
use crate::desk::store::{
    DeliveryAbout, DeliveryKind, Erased, LeadFacts, NewDelivery, NewLead, NewRequest, Person, RequestStatus,
    RequestView, Store, Stored,
};
use crate::domain::clock::Clock;
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use crate::domain::ids::SiteId;
use crate::domain::protect::Protect;
use crate::domain::request::RequestKind::{self, Access, Erase};
use crate::queue::database::{Schema, open_writer};
use jiff::SignedDuration;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

fn site() -> SiteId {
    form().site
}

/// The address's person, as the desk finds them.
fn with_person<T>(email: &str, work: impl FnOnce(Person<'_>) -> T) -> T {
    let index = index_keys().hash(&site(), FieldKind::Email, email);
    let is_same = |other: &str| index_keys().hash(&site(), FieldKind::Email, other) == index;
    work(Person { site: &site(), index, is_same: &is_same })
}

fn ask_capped(store: &Store, n: u64, kind: RequestKind, email: &str, mails_per_day: u32) -> Option<RequestStatus> {
    let request = protected_request(n, kind, email);
    with_person(email, |person| {
        let new = NewRequest {
            request: &request,
            secret_sha256: [u8::try_from(n).unwrap(); 32],
            is_same: person.is_same,
            mails_per_day,
            asked_by: None,
        };
        store.store_request(&new).unwrap()
    })
}

fn ask(store: &Store, n: u64, kind: RequestKind, email: &str) -> Option<RequestStatus> {
    ask_capped(store, n, kind, email, 100)
}

fn lead_of(n: u64, form: &Form, email: &str) -> NewLead {
    let deliveries = vec![NewDelivery { kind: DeliveryKind::AutoReply, recipient: None }];
    NewLead { lead: protected(n, form, &submission(email, "")), deliveries, facts: LeadFacts::default() }
}

fn store_lead(store: &Store, n: u64, email: &str) -> Stored {
    store.store_leads(&[lead_of(n, &form(), email)]).unwrap()[0]
}

fn request(store: &Store, n: u64) -> RequestView {
    store.request(token(n)).unwrap().unwrap()
}

fn erase(store: &Store, n: u64, email: &str) -> Option<Erased> {
    let asked = request(store, n);
    with_person(email, |person| store.erase_person(&asked, person, "tester", "erasure-request").unwrap())
}

fn send_all(store: &Store) -> Vec<DeliveryKind> {
    let due = store.claim_due(100, LEASE).unwrap();
    due.iter().for_each(|delivery| store.mark_sent(delivery.id).unwrap());
    due.into_iter().map(|delivery| delivery.kind).collect()
}

#[test]
fn a_request_is_stored_once_with_one_mail_for_each_kind_and_address_a_day() {
    let place = Place::new();
    let store = place.open();
    store_lead(&store, 1, "a@example.jp");
    assert_eq!(ask(&store, 11, Erase, "a@example.jp"), Some(RequestStatus::Open));
    assert_eq!(ask(&store, 11, Erase, "a@example.jp"), None, "the same envelope again");
    assert_eq!(ask(&store, 12, Erase, "A@EXAMPLE.jp"), Some(RequestStatus::Repeated));
    assert_eq!(ask(&store, 13, Access, "a@example.jp"), Some(RequestStatus::Open));
    assert_eq!(ask(&store, 14, Erase, "b@example.jp"), Some(RequestStatus::Nothing));
    let mails = store.claim_due(100, LEASE).unwrap();
    let about: Vec<_> = mails.iter().filter(|mail| mail.kind == DeliveryKind::Request).map(|mail| mail.about).collect();
    assert_eq!(about, [11, 13, 14].map(|n| DeliveryAbout::Request(token(n))));
    let (open, repeated, nothing) = (request(&store, 11), request(&store, 12), request(&store, 14));
    assert_eq!(open.expires_at, place.clock.now() + SignedDuration::from_hours(7 * 24));
    assert!(open.sealed.is_some() && open.blind.is_some() && open.mail.as_deref() == Some("waiting"));
    assert_eq!((repeated.sealed, repeated.blind, repeated.mail), (None, None, None), "it keeps nothing of its person");
    assert_eq!(store.request_by_link(&[11; 32]).unwrap().map(|found| found.token), Some(token(11)));
    assert!(store.request_by_link(&[14; 32]).unwrap().is_none() && nothing.sealed.is_some());
    place.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(ask(&store, 15, Erase, "a@example.jp"), Some(RequestStatus::Open), "a day later it is mailed again");
    place.clock.advance(SignedDuration::from_hours(6 * 24));
    assert!(store.request_by_link(&[11; 32]).unwrap().is_none(), "a week later the link has ended");
    assert!(store.request_by_link(&[15; 32]).unwrap().is_some());
    assert_eq!(store.stats().unwrap().requests_waiting, 3);
}

#[test]
fn beyond_the_sites_share_of_mails_requests_wait_for_staff() {
    let place = Place::new();
    let store = place.open();
    let stati: Vec<_> = (1..=4).map(|n| ask_capped(&store, n, Access, &format!("a{n}@example.jp"), 2)).collect();
    use RequestStatus::{Held, Nothing};
    assert_eq!(stati, [Nothing, Nothing, Held, Held].map(Some));
    assert_eq!(send_all(&store).len(), 2);
    assert!(request(&store, 3).sealed.is_some(), "staff can still carry it out");
    assert_eq!(store.requests(true, None, 10).unwrap().len(), 2);
    place.clock.advance(SignedDuration::from_hours(8 * 24));
    assert_eq!(store.stats().unwrap().requests_overdue, 2);
}

#[test]
fn leads_are_found_however_their_form_keeps_the_address() {
    let place = Place::new();
    let store = place.open();
    let kept = |protect: Protect, site: &str| {
        let mut form = form();
        form.site = site.parse().unwrap();
        form.fields.iter_mut().filter(|field| field.kind == FieldKind::Email).for_each(|field| field.protect = protect);
        form
    };
    let leads = [
        lead_of(1, &kept(Protect::Tokenise, "main"), "a@example.jp"),
        lead_of(2, &kept(Protect::Keep, "main"), "A@Example.jp"),
        lead_of(3, &kept(Protect::Hash, "main"), "a@example.jp"),
        lead_of(4, &kept(Protect::Mask, "main"), "a@example.jp"),
        lead_of(5, &kept(Protect::Keep, "main"), "b@example.jp"),
        lead_of(6, &kept(Protect::Keep, "other"), "a@example.jp"),
        lead_of(7, &kept(Protect::Tokenise, "other"), "a@example.jp"),
    ];
    store.store_leads(&leads).unwrap();
    let found = with_person("a@example.jp", |person| store.leads_of(person).unwrap());
    assert_eq!(found, [token(1), token(3), token(2)], "a mask can't be searched, another site is another's");
}

#[test]
fn an_erasure_takes_everything_and_keeps_away_what_is_under_way() {
    let place = Place::new();
    // Leads say the minute in which they were sent; this is two minutes later.
    place.clock.advance(SignedDuration::from_secs(RECEIVED - 1_800_000_000 + 120));
    let store = place.open();
    for (n, email) in [(1, "a@example.jp"), (2, "b@example.jp"), (3, "a@example.jp")] {
        store_lead(&store, n, email);
    }
    store.remember_link(token(1), &[9; 32]).unwrap();
    ask(&store, 11, Erase, "a@example.jp");
    ask(&store, 12, Access, "a@example.jp");
    let erased = erase(&store, 11, "a@example.jp").unwrap();
    assert_eq!(erased, Erased { leads: vec![token(1), token(3)], requests: vec![token(12)] });
    assert_eq!(erase(&store, 11, "a@example.jp"), None, "once");
    assert!(store.lead(token(1)).unwrap().is_none() && store.lead(token(2)).unwrap().is_some());
    assert_eq!(store.lead_by_link(&[9; 32]).unwrap(), None);
    assert_eq!(send_all(&store), [DeliveryKind::AutoReply], "only the other's mail is left");
    let ended = request(&store, 11);
    assert_eq!((ended.status, ended.leads, ended.sealed), (RequestStatus::Done, Some(2), None));
    assert_eq!(request(&store, 12).status, RequestStatus::Expired);

    assert_eq!(store_lead(&store, 1, "a@example.jp"), Stored::Erased, "handed over again");
    assert_eq!(store_lead(&store, 4, "a@example.jp"), Stored::Erased, "sent before, comes after");
    assert_eq!(store_lead(&store, 5, "c@example.jp"), Stored::New);
    let masked_only = {
        let mut form = form();
        form.fields.iter_mut().filter(|field| field.kind == FieldKind::Email).for_each(|f| f.protect = Protect::Mask);
        form
    };
    assert_eq!(store.store_leads(&[lead_of(6, &masked_only, "a@example.jp")]).unwrap(), [Stored::Erased]);
    let actions: Vec<String> = store.audit_entries(1, 100).unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions.iter().filter(|action| *action == "lead-erased").count(), 2);
    assert_eq!(store.verify_audit().unwrap().broken_at, None);
}

#[test]
fn who_writes_again_after_an_erasure_is_taken_in() {
    let place = Place::new();
    // Before the minute in which leads were sent.
    place.clock.advance(SignedDuration::from_secs(RECEIVED - 1_800_000_000 - 30));
    let store = place.open();
    ask(&store, 11, Erase, "b@example.jp");
    store_lead(&store, 1, "a@example.jp");
    ask(&store, 12, Erase, "a@example.jp");
    assert!(erase(&store, 12, "a@example.jp").is_some());
    assert_eq!(store_lead(&store, 2, "a@example.jp"), Stored::New);
}

#[test]
fn requests_that_ran_out_keep_nothing_of_their_person() {
    let place = Place::new();
    let store = place.open();
    store_lead(&store, 1, "a@example.jp");
    ask(&store, 11, Access, "a@example.jp");
    ask(&store, 12, Access, "b@example.jp");
    let at_their_end = |store: &Store| store.requests_at_their_end().unwrap();
    assert_eq!(at_their_end(&store), [], "their mails need the address");
    send_all(&store);
    assert_eq!(at_their_end(&store), [token(12)], "its mail said all there was to say");
    store.end_requests(&[token(12)]).unwrap();
    let nothing = request(&store, 12);
    assert_eq!(
        (nothing.status, nothing.sealed.is_some(), nothing.blind.is_some()),
        (RequestStatus::Nothing, false, true)
    );
    place.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    assert_eq!(at_their_end(&store), [token(11)]);
    store.end_requests(&[token(11)]).unwrap();
    for n in [11, 12] {
        let ended = request(&store, n);
        assert_eq!((ended.sealed, ended.blind), (None, None));
    }
    assert_eq!(request(&store, 11).status, RequestStatus::Expired);
    assert!(!store.end_access(token(11), 1, "tester", "access-request").unwrap(), "it can't be carried out any more");
    ask(&store, 13, Access, "a@example.jp");
    place.clock.advance(SignedDuration::from_hours(29 * 24));
    assert_eq!(at_their_end(&store), [], "without a mail it waits for staff");
    place.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(at_their_end(&store), [token(13)]);
}

#[test]
fn an_older_store_keeps_its_mails() {
    let place = Place::new();
    let older = Schema { migrations: &SCHEMA.migrations[..3], ..SCHEMA };
    let connection = open_writer(&place.path(), older).unwrap();
    connection
        .execute_batch(
            "INSERT INTO sites VALUES ('main', 1);
             INSERT INTO persons VALUES (1, 1);
             INSERT INTO leads VALUES (1, zeroblob(20), 'main', 1, 'contact', zeroblob(8), 'ja', 0, 0, 'new', 1, 1, NULL);
             INSERT INTO outbox (id, lead, kind, message_id, next_at, created_at, state)
                 VALUES (6, 1, 'notification', 'x', 0, 0, 'sent'), (7, 1, 'auto_reply', 'y', 0, 0, 'waiting');
             DELETE FROM outbox WHERE id = 6;
             INSERT INTO outbox (id, lead, kind, message_id, next_at, created_at) VALUES (40, 1, 'auto_reply', 'z', 0, 0);
             DELETE FROM outbox WHERE id = 40;",
        )
        .unwrap();
    drop(connection);
    let store = place.open();
    let due = store.claim_due(10, LEASE).unwrap();
    assert_eq!(due.iter().map(|row| (row.id, row.message_id.as_str())).collect::<Vec<_>>(), [(7, "y")]);
    ask(&store, 11, Access, "a@example.jp");
    assert_eq!(store.claim_due(10, LEASE).unwrap()[0].id, 41, "a row's number is never used twice");
}
