//! The outbox: claims with a lease, retries, ends.

use super::Place;
use crate::desk::store::sample::{form, protected, submission, token};
use crate::desk::store::{DeliveryAbout, DeliveryKind, LeadFacts, NewDelivery, NewLead, Store};
use crate::domain::clock::Clock;
use crate::domain::field::FieldKind;
use jiff::SignedDuration;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(120);

fn store_lead(store: &Store, n: u64, email: &str) {
    let deliveries = vec![
        NewDelivery { kind: DeliveryKind::Notification, recipient: Some("sales@example.jp".into()) },
        NewDelivery { kind: DeliveryKind::AutoReply, recipient: Some("must not be kept".into()) },
    ];
    store
        .store_leads(&[NewLead {
            lead: protected(n, &form(), &submission(email, "")),
            deliveries,
            facts: LeadFacts::default(),
        }])
        .unwrap();
}

#[test]
fn a_claimed_row_comes_back_when_its_lease_is_over() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(store.next_due().unwrap(), None);
    store_lead(&store, 1, "a@example.jp");
    assert_eq!(store.next_due().unwrap(), Some(place.clock.now()));
    let claimed = store.claim_due(10, LEASE).unwrap();
    assert_eq!(claimed.len(), 2);
    assert_eq!(
        (claimed[0].kind, claimed[0].recipient.as_deref()),
        (DeliveryKind::Notification, Some("sales@example.jp"))
    );
    assert_eq!((claimed[1].kind, &claimed[1].recipient), (DeliveryKind::AutoReply, &None));
    assert_eq!((claimed[0].about, claimed[0].attempts), (DeliveryAbout::Lead(token(1)), 0));
    assert_ne!(claimed[0].message_id, claimed[1].message_id);
    assert!(store.claim_due(10, LEASE).unwrap().is_empty());
    // The process is killed: nothing but the file is left.
    drop(store);
    let store = place.open();
    place.clock.advance(SignedDuration::from_secs(119));
    assert!(store.claim_due(10, LEASE).unwrap().is_empty());
    place.clock.advance(SignedDuration::from_secs(1));
    let again = store.claim_due(1, LEASE).unwrap();
    assert_eq!((again.len(), again[0].id, again[0].attempts), (1, claimed[0].id, 1));
    assert_eq!(again[0].message_id, claimed[0].message_id);
}

#[test]
fn a_row_that_is_claimed_twice_waits_until_it_is_settled_once() {
    let place = Place::new();
    let store = place.open();
    store_lead(&store, 1, "a@example.jp");
    let first = store.claim_due(10, LEASE).unwrap();
    place.clock.advance(SignedDuration::from_hours(1));
    let second = store.claim_due(10, LEASE).unwrap();
    assert_eq!(second[0].id, first[0].id, "its lease is over while it is still under way");
    assert!(store.is_waiting(second[0].id).unwrap());
    store.mark_sent(first[0].id).unwrap();
    store.mark_dead(first[1].id, "smtp 550").unwrap();
    assert!(!store.is_waiting(second[0].id).unwrap() && !store.is_waiting(second[1].id).unwrap());
    assert!(!store.is_waiting(1_000_000).unwrap());
}

#[test]
fn a_lost_notification_troubles_for_a_day_and_a_lost_auto_reply_does_not() {
    let place = Place::new();
    let store = place.open();
    store_lead(&store, 1, "a@example.jp");
    let claimed = store.claim_due(10, LEASE).unwrap();
    store.mark_dead(claimed[1].id, "capped").unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.outbox_dead, stats.notifications_lost), (1, 0), "a stranger can cause as many as they like");
    store.mark_dead(claimed[0].id, "smtp 550 5.1.1").unwrap();
    assert_eq!(store.stats().unwrap().notifications_lost, 1);
    place.clock.advance(SignedDuration::from_hours(25));
    let stats = store.stats().unwrap();
    assert_eq!((stats.outbox_dead, stats.notifications_lost), (2, 0), "said for a day, kept for good");
}

#[test]
fn rows_end_sent_or_dead_and_the_audit_says_so() {
    let place = Place::new();
    let store = place.open();
    store_lead(&store, 1, "a@example.jp");
    let claimed = store.claim_due(10, LEASE).unwrap();
    let later = place.clock.now() + SignedDuration::from_mins(5);
    store.mark_retry(claimed[0].id, later, "smtp 451").unwrap();
    store.mark_dead(claimed[1].id, "smtp 550").unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.outbox_waiting, stats.outbox_failing, stats.outbox_dead), (1, 1, 1));
    assert_eq!(store.next_due().unwrap(), Some(later));
    let open = store.deliveries(None).unwrap();
    assert_eq!(open.iter().map(|d| d.state.as_str()).collect::<Vec<_>>(), ["waiting", "dead"]);
    assert_eq!((open[0].last_error.as_deref(), open[0].next_at, open[0].attempts), (Some("smtp 451"), Some(later), 1));
    assert_eq!((open[1].last_error.as_deref(), open[1].next_at), (Some("smtp 550"), None));
    place.clock.advance(SignedDuration::from_mins(5));
    let again = store.claim_due(10, LEASE).unwrap();
    assert_eq!((again.len(), again[0].attempts), (1, 1));
    store.mark_sent(again[0].id).unwrap();
    store.mark_sent(again[0].id).unwrap();
    store.mark_dead(again[0].id, "too late").unwrap();
    assert_eq!(store.next_due().unwrap(), None);
    let all = store.deliveries(Some(token(1))).unwrap();
    assert_eq!(all.iter().map(|d| d.state.as_str()).collect::<Vec<_>>(), ["sent", "dead"]);
    assert_eq!(store.deliveries(None).unwrap().len(), 1);
    let entries = store.audit_entries(2, 9).unwrap();
    assert_eq!(entries.iter().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["delivery-dead", "notification-sent"]);
    assert_eq!(entries[0].detail.as_deref(), Some("kind=auto_reply error=smtp 550"));
    assert_eq!(entries[0].subject.as_deref(), Some(token(1).to_string().as_str()));
}

#[test]
fn auto_replies_to_one_address_are_counted_within_a_time() {
    let place = Place::new();
    let store = place.open();
    let index = |email: &str| {
        let lead = protected(99, &form(), &submission(email, ""));
        lead.fields().iter().find(|field| field.kind == FieldKind::Email).unwrap().index.unwrap()
    };
    let start = place.clock.now();
    store_lead(&store, 1, "a@example.jp");
    store_lead(&store, 2, "A@example.jp");
    store_lead(&store, 3, "b@example.jp");
    let count = |email: &str, since| store.auto_replies_sent_since(&index(email), since).unwrap();
    assert_eq!((count("a@example.jp", start), count("b@example.jp", start)), (2, 1));
    place.clock.advance(SignedDuration::from_hours(20));
    for delivery in store.claim_due(10, LEASE).unwrap() {
        match delivery.about == DeliveryAbout::Lead(token(1)) {
            true => store.mark_sent(delivery.id).unwrap(),
            false => store.mark_dead(delivery.id, "smtp 550").unwrap(),
        }
    }
    let now = place.clock.now();
    assert_eq!(count("a@example.jp", now), 1, "sent just now, however old the row is");
    assert_eq!(count("a@example.jp", now + SignedDuration::from_secs(1)), 0);
    assert_eq!(count("b@example.jp", start), 0, "dead ones were not sent");
}

#[test]
fn a_clock_that_was_ahead_by_a_day_holds_no_mail_back() {
    let place = Place::new();
    let store = place.open();
    place.clock.advance(SignedDuration::from_hours(24));
    store_lead(&store, 1, "a@example.jp");
    let claimed = store.claim_due(1, LEASE).unwrap();
    store.mark_retry(claimed[0].id, place.clock.now() + SignedDuration::from_mins(30), "smtp 451").unwrap();
    place.clock.advance(SignedDuration::from_hours(-24));
    assert_eq!(store.claim_due(10, LEASE).unwrap().len(), 2, "the one tried before and the one that was not");
    assert_eq!(store.claim_due(10, LEASE).unwrap().len(), 0, "claimed by the clock as it is now");
    store.mark_retry(claimed[0].id, place.clock.now() + SignedDuration::from_mins(60), "smtp 451").unwrap();
    assert_eq!(store.claim_due(10, LEASE).unwrap().len(), 0, "an ordinary wait is waited for");
}
