//! Leads: stored once, numbered, recognised, read back page by page.

use super::Place;
use crate::desk::store::sample::{RECEIVED, form, protected, submission, token};
use crate::desk::store::{InboxFilter, LeadFacts, LeadView, NewLead, Store, Stored};
use crate::domain::form::Form;
use crate::domain::lead::Stage;
use crate::domain::protect::Protect;
use crate::domain::staff::Scope;
use crate::domain::submission::Submission;
use jiff::{SignedDuration, Timestamp};

fn new_lead(n: u64, form: &Form, submission: &Submission) -> NewLead {
    NewLead { lead: protected(n, form, submission), deliveries: vec![], facts: LeadFacts::default() }
}

fn from(n: u64, email: &str, tel: &str) -> NewLead {
    new_lead(n, &form(), &submission(email, tel))
}

fn enquiries(store: &Store) -> Vec<u32> {
    let (mut leads, _) = store.leads(&InboxFilter::default(), None, 100).unwrap();
    leads.reverse();
    leads.into_iter().map(|lead| lead.enquiry).collect()
}

#[test]
fn a_lead_is_read_back_as_it_was_protected() {
    let place = Place::new();
    let store = place.open();
    let mut sent = submission("misaki@example.co.jp", "+819012345678");
    sent.corrects = Some(token(77));
    let lead = new_lead(1, &form(), &sent);
    assert_eq!(store.store_leads(std::slice::from_ref(&lead)).unwrap(), [Stored::New]);
    let view = store.lead(token(1)).unwrap().unwrap();
    assert_eq!((view.number, view.enquiry, view.stage), (1, 1, Stage::New));
    assert_eq!((view.site.as_str(), view.form.as_str(), view.form_version), ("main", "contact", form().version));
    assert_eq!(view.received_at, Timestamp::from_second(RECEIVED).unwrap());
    assert_eq!(view.corrects, Some(token(77)));
    assert_eq!(view.consents, sent.consents);
    let ids: Vec<&str> = view.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(ids, ["name", "email", "phone", "company", "industry", "budget", "message", "utm_source"]);
    for (stored, protected) in view.fields.iter().zip(lead.lead.fields()) {
        assert_eq!(stored.protect, protected.protect);
        assert_eq!((stored.kind, stored.attribution), (protected.kind, protected.attribution));
        assert_eq!((&stored.mask, &stored.plain), (&protected.mask, &protected.plain));
        assert_eq!((&stored.sealed, stored.index, stored.token), (&protected.sealed, protected.index, protected.token));
    }
    assert_eq!(view.fields[4].plain.as_deref(), Some("小売業"));
    assert!(view.fields[3].protect == Protect::Hash && view.fields[3].mask.is_none());
    assert!(store.lead(token(2)).unwrap().is_none());
    let entry = &store.audit_entries(1, 9).unwrap()[0];
    assert_eq!((entry.action.as_str(), entry.subject.as_deref()), ("lead-stored", Some(token(1).to_string().as_str())));
}

#[test]
fn nothing_a_visitor_typed_stands_in_the_files() {
    let place = Place::new();
    let store = place.open();
    store.store_leads(&[from(1, "misaki@example.co.jp", "+819012345678")]).unwrap();
    for name in ["leads.db", "leads.db-wal"] {
        let bytes = std::fs::read(place.path().with_file_name(name)).unwrap();
        for canary in ["髙﨑", "美咲", "misaki@", "9012345678", "山田商店", "二部", "newsletter"] {
            assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{canary} in {name}");
        }
    }
}

#[test]
fn a_redelivered_lead_is_stored_once_and_an_erased_one_does_not_come_back() {
    let place = Place::new();
    let store = place.open();
    let one = from(1, "a@example.jp", "");
    assert_eq!(store.store_leads(&[one.clone(), one.clone()]).unwrap(), [Stored::New, Stored::Duplicate]);
    assert_eq!(store.store_leads(std::slice::from_ref(&one)).unwrap(), [Stored::Duplicate]);
    place.raw().execute("INSERT INTO tombstones (token, at) VALUES (?1, 0)", [token(2).as_bytes()]).unwrap();
    let stored = store.store_leads(&[from(2, "b@example.jp", ""), from(3, "c@example.jp", "")]).unwrap();
    assert_eq!(stored, [Stored::Erased, Stored::New]);
    assert_eq!(store.stats().unwrap().leads, 2);
    assert_eq!(store.verify_audit().unwrap().entries, 2);
    assert!(store.lead(token(2)).unwrap().is_none());
}

#[test]
fn numbers_count_per_site_and_skip_none() {
    let place = Place::new();
    let store = place.open();
    let mut other = form();
    other.site = "other".parse().unwrap();
    let sent = submission("a@example.jp", "");
    let one = new_lead(1, &form(), &sent);
    store.store_leads(&[one.clone(), new_lead(2, &other, &sent), one, new_lead(3, &form(), &sent)]).unwrap();
    drop(store);
    let store = place.open();
    store.store_leads(&[new_lead(4, &other, &sent)]).unwrap();
    let number = |n| store.lead(token(n)).unwrap().unwrap().number;
    assert_eq!([number(1), number(3), number(2), number(4)], [1, 2, 1, 2]);
}

#[test]
fn the_same_person_is_recognised_by_address_and_else_by_number() {
    let place = Place::new();
    let store = place.open();
    let leads = [
        from(1, "misaki@example.jp", "+819012345678"),
        from(2, "other@example.jp", "+819099999999"),
        // The same address, written otherwise and without a number.
        from(3, "Misaki@Example.JP", ""),
        // A new address with a known number.
        from(4, "misaki@another.example", "+819012345678"),
        // The address counts more than the number.
        from(5, "other@example.jp", "+819012345678"),
        from(6, "", ""),
        from(7, "", ""),
    ];
    store.store_leads(&leads).unwrap();
    assert_eq!(enquiries(&store), [1, 1, 2, 3, 2, 1, 1]);
}

#[test]
fn nobody_is_recognised_across_sites() {
    let place = Place::new();
    let store = place.open();
    let mut other = form();
    other.site = "other".parse().unwrap();
    let sent = submission("misaki@example.jp", "+819012345678");
    store.store_leads(&[new_lead(1, &form(), &sent), new_lead(2, &other, &sent), new_lead(3, &form(), &sent)]).unwrap();
    assert_eq!(enquiries(&store), [1, 1, 2]);
}

#[test]
fn the_words_of_a_consent_are_kept_once() {
    let place = Place::new();
    let store = place.open();
    let leads: Vec<NewLead> = (0..5).map(|n| from(n, "a@example.jp", "")).collect();
    store.store_leads(&leads).unwrap();
    let texts: i64 = place.raw().query_row("SELECT count(*) FROM consent_texts", [], |row| row.get(0)).unwrap();
    assert_eq!(texts, 1);
    assert_eq!(store.lead(token(4)).unwrap().unwrap().consents, submission("", "").consents);
}

fn numbers(leads: &[LeadView]) -> Vec<u64> {
    leads.iter().map(|lead| lead.number).collect()
}

#[test]
fn pages_follow_each_other_while_leads_come_in() {
    let place = Place::new();
    let store = place.open();
    let leads: Vec<NewLead> = (1..=7).map(|n| from(n, "a@example.jp", "")).collect();
    store.store_leads(&leads).unwrap();
    let all = InboxFilter::default();
    let (page, cursor) = store.leads(&all, None, 3).unwrap();
    assert_eq!(numbers(&page), [7, 6, 5]);
    store.store_leads(&[from(8, "a@example.jp", "")]).unwrap();
    let (page, cursor) = store.leads(&all, cursor, 3).unwrap();
    assert_eq!(numbers(&page), [4, 3, 2]);
    let (page, cursor) = store.leads(&all, cursor, 3).unwrap();
    assert_eq!((numbers(&page), cursor), (vec![1], None));
    let (page, cursor) = store.leads_oldest_first(&all, &Scope::All, (None, 8), 5).unwrap();
    assert_eq!(numbers(&page), [1, 2, 3, 4, 5]);
    let (page, cursor) = store.leads_oldest_first(&all, &Scope::All, (cursor, 8), 5).unwrap();
    assert_eq!((numbers(&page), cursor), (vec![6, 7, 8], None));
}

#[test]
fn filters_choose_by_form_time_and_stage() {
    let place = Place::new();
    let store = place.open();
    let mut catalogue = form();
    catalogue.id = "catalogue".parse().unwrap();
    let sent = submission("a@example.jp", "");
    store.store_leads(&[new_lead(1, &form(), &sent), new_lead(2, &catalogue, &sent)]).unwrap();
    place.raw().execute("UPDATE leads SET stage = 'qualified' WHERE number = 1", []).unwrap();
    let received = Timestamp::from_second(RECEIVED).unwrap();
    let chosen = |filter: InboxFilter| numbers(&store.leads(&filter, None, 9).unwrap().0);
    assert_eq!(chosen(InboxFilter { form: Some(catalogue.id.clone()), ..InboxFilter::default() }), [2]);
    assert_eq!(chosen(InboxFilter { stage: Some(Stage::Qualified), ..InboxFilter::default() }), [1]);
    assert_eq!(chosen(InboxFilter { since: Some(received), ..InboxFilter::default() }), [2, 1]);
    let later = received + SignedDuration::from_mins(1);
    assert_eq!(chosen(InboxFilter { since: Some(later), ..InboxFilter::default() }), [] as [u64; 0]);
}

#[test]
fn a_link_leads_to_its_lead_by_digest_only() {
    let place = Place::new();
    let store = place.open();
    store.store_leads(&[from(1, "a@example.jp", "")]).unwrap();
    store.remember_link(token(1), &[9; 32]).unwrap();
    store.remember_link(token(1), &[9; 32]).unwrap();
    store.remember_link(token(5), &[8; 32]).unwrap();
    assert_eq!(store.lead_by_link(&[9; 32]).unwrap(), Some(token(1)));
    assert_eq!(store.lead_by_link(&[8; 32]).unwrap(), None);
    assert_eq!(store.lead_by_link(&[7; 32]).unwrap(), None);
}
