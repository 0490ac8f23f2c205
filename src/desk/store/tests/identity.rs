//! A store that was restored notices; a post that came over two nodes is one lead.

use super::*;
use crate::desk::store::sample::{form, protected, submission, token};
use crate::domain::ids::NodeId;
use crate::domain::mark::StoreMark;
use crate::domain::submission::Submission;

fn new_lead(n: u64, once: Option<[u8; 32]>) -> NewLead {
    let sent = Submission { once, ..submission("a@example.jp", "") };
    let deliveries = vec![NewDelivery { kind: DeliveryKind::Notification, recipient: Some("s@example.jp".to_owned()) }];
    NewLead { lead: protected(n, &form(), &sent), deliveries, facts: LeadFacts::default() }
}

#[test]
fn a_store_knows_its_own_marks_and_not_those_of_a_later_state() {
    let place = Place::new();
    let store = place.open();
    assert!(store.knows(&StoreMark::default()).unwrap(), "nobody was told anything yet");
    store.store_leads(&[new_lead(1, None)]).unwrap();
    let early = store.mark().unwrap();
    assert_eq!((early.incarnation, early.seq), (1, 1));
    drop(store);
    let backup = std::fs::read(place.path()).unwrap();

    let store = place.open();
    let id = store.id();
    store.store_leads(&[new_lead(2, None)]).unwrap();
    let late = store.mark().unwrap();
    assert!(store.knows(&early).unwrap() && store.knows(&late).unwrap());
    drop(store);

    std::fs::write(place.path(), backup).unwrap();
    let store = place.open();
    assert_eq!(store.id(), id, "a backup is the same store");
    assert!(store.knows(&early).unwrap());
    assert!(!store.knows(&late).unwrap(), "it is of a later state");
    // Counting the same number again does not make it the same commit.
    store.store_leads(&[new_lead(3, None)]).unwrap();
    assert_eq!(store.mark().unwrap().seq, late.seq);
    assert!(!store.knows(&late).unwrap());

    let next = store.begin_incarnation("test", Some(late)).unwrap();
    assert_eq!(next.incarnation, 2);
    assert!(store.knows(&late).unwrap(), "that was an earlier life");
    assert!(!store.knows(&StoreMark { incarnation: 3, ..late }).unwrap());
    let entries = store.audit_entries(1, 99).unwrap();
    assert_eq!(entries.last().unwrap().action, "store-restored");
}

#[test]
fn the_same_post_over_two_nodes_is_one_lead_with_two_receipts() {
    let place = Place::new();
    let store = place.open();
    let first = store.store_leads(&[new_lead(1, Some([9; 32]))]).unwrap();
    let again =
        store.store_leads(&[new_lead(2, Some([9; 32])), new_lead(3, Some([8; 32])), new_lead(4, None)]).unwrap();
    assert_eq!(first, [Stored::New]);
    assert_eq!(again, [Stored::Alias, Stored::New, Stored::New]);
    assert_eq!(store.lead(token(2)).unwrap().unwrap().token, token(1));
    assert_eq!(store.deliveries(Some(token(1))).unwrap().len(), 1);
    assert_eq!(store.stats().unwrap().leads, 3);
    // A redelivery of either changes nothing.
    let twice = store.store_leads(&[new_lead(1, Some([9; 32])), new_lead(2, Some([9; 32]))]).unwrap();
    assert_eq!(twice, [Stored::Duplicate, Stored::Alias]);
}

#[test]
fn an_alias_of_an_erased_lead_does_not_come_back() {
    let place = Place::new();
    let store = place.open();
    store.store_leads(&[new_lead(1, Some([9; 32])), new_lead(2, Some([9; 32]))]).unwrap();
    let raw = place.raw();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    raw.execute("DELETE FROM leads WHERE token = ?1", [token(1).as_bytes()]).unwrap();
    assert!(store.lead(token(2)).unwrap().is_none());
    assert_eq!(store.store_leads(&[new_lead(2, Some([9; 32]))]).unwrap(), [Stored::Erased]);
}

#[test]
fn nodes_are_enrolled_revoked_and_taken_back() {
    let place = Place::new();
    let store = place.open();
    let node: NodeId = "web1".parse().unwrap();
    assert!(!store.revoke_node(&node, "test").unwrap(), "there is none");
    store.enrol_node(&node, "test").unwrap();
    assert!(store.revoke_node(&node, "test").unwrap() && !store.revoke_node(&node, "test").unwrap());
    assert!(store.nodes().unwrap()[0].revoked_at.is_some());
    store.enrol_node(&node, "test").unwrap();
    assert!(store.nodes().unwrap()[0].revoked_at.is_none());
    let audited = store.audit_entries(1, 99).unwrap();
    assert_eq!(audited.iter().filter(|entry| entry.action == "node-changed").count(), 3);
}

#[test]
fn a_manifest_has_a_new_serial_only_when_its_content_changed() {
    let place = Place::new();
    let store = place.open();
    let serials = [[1; 32], [1; 32], [2; 32], [1; 32]].map(|content| store.manifest_serial(&content).unwrap());
    assert_eq!(serials, [1, 1, 2, 3]);
}
