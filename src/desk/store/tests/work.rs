//! The work on leads: no change is lost, each leaves its trace, and all of it goes with the lead.

use super::*;
use crate::desk::store::sample::{forbid_audit, form, protected, submission, token};
use crate::domain::lead::{NoLead, Stage};

const ME: &str = "staff:aaaaaaaa";

fn with_a_lead(place: &Place) -> Store {
    let store = place.open();
    let deliveries = vec![NewDelivery { kind: DeliveryKind::Notification, recipient: Some("s@example.jp".into()) }];
    let lead = protected(1, &form(), &submission("a@example.jp", ""));
    store.store_leads(&[NewLead { lead, deliveries, facts: LeadFacts::default() }]).unwrap();
    store
}

#[test]
fn two_who_change_one_lead_do_not_undo_each_other() {
    let place = Place::new();
    let store = with_a_lead(&place);
    let seen = store.work_on(token(1)).unwrap().unwrap().revision;
    let change = |change: Change| store.change_lead(token(1), seen, &change, ME).unwrap();
    assert_eq!(change(Change::Stage(Stage::Attempting, None)), Changed::Done);
    assert_eq!(change(Change::Stage(Stage::Unqualified, Some(NoLead::Spam))), Changed::Overtaken);
    assert_eq!(change(Change::Owner(None)), Changed::Overtaken);
    let now = store.work_on(token(1)).unwrap().unwrap();
    assert_eq!((now.revision, now.stage_reason, now.changes.len()), (seen + 1, None, 1));
    assert_eq!(store.lead(token(1)).unwrap().unwrap().stage, Stage::Attempting);
    assert_eq!(store.change_lead(token(2), 0, &Change::Owner(None), ME).unwrap(), Changed::Missing);
}

#[test]
fn each_change_stands_in_the_history_and_in_the_audit_without_what_may_have_to_be_erased() {
    let place = Place::new();
    let store = with_a_lead(&place);
    let owner = Change::Owner(Some("bbbbbbbb".parse().unwrap()));
    let changes = [
        owner.clone(),
        Change::Tags(vec!["vip".parse().unwrap(), "展示会".parse().unwrap(), "vip".parse().unwrap()]),
        Change::Stage(Stage::Unqualified, Some(NoLead::NoFit)),
        // A reason belongs to that stage alone.
        Change::Stage(Stage::Connected, Some(NoLead::NoFit)),
    ];
    for (revision, change) in (0..).zip(&changes) {
        assert_eq!(store.change_lead(token(1), revision, change, ME).unwrap(), Changed::Done);
    }
    assert_eq!(store.change_lead(token(1), 4, &owner, ME).unwrap(), Changed::Same);
    assert!(store.add_note(token(1), token(50), b"sealed", ME).unwrap());
    assert!(!store.add_note(token(2), token(51), b"sealed", ME).unwrap());

    let work = store.work_on(token(1)).unwrap().unwrap();
    let lines: Vec<_> = work.changes.iter().map(|line| (line.what.as_str(), line.becomes.as_deref())).collect();
    let wanted = [("stage", "connected"), ("stage", "unqualified"), ("tags", "vip 展示会"), ("owner", "bbbbbbbb")];
    assert_eq!(lines, wanted.map(|(what, becomes)| (what, Some(becomes))));
    assert_eq!((work.notes.len(), work.notes[0].author.as_str()), (1, ME));

    let entries = store.audit_entries(2, 99).unwrap();
    let told: Vec<_> = entries.iter().map(|entry| entry.detail.clone().unwrap()).collect();
    assert_eq!(
        told[..4],
        [
            "what=owner was=nobody becomes=bbbbbbbb",
            "what=tags count=3",
            "what=stage was=new becomes=unqualified",
            "what=stage was=unqualified becomes=connected"
        ]
    );
    assert_eq!(entries[2].reason.as_deref(), Some("no-fit"));
    assert_eq!(entries[4].action, "note-added");
    assert!(entries.iter().all(|entry| !format!("{entry:?}").contains("展示会")));
}

#[test]
fn what_cannot_be_audited_is_not_done() {
    let place = Place::new();
    let store = with_a_lead(&place);
    forbid_audit(&store);
    assert!(store.change_lead(token(1), 0, &Change::Stage(Stage::Connected, None), ME).is_err());
    assert!(store.add_note(token(1), token(50), b"sealed", ME).is_err());
    let work = store.work_on(token(1)).unwrap().unwrap();
    assert_eq!((work.revision, work.notes.len(), work.changes.len()), (0, 0, 0));
    assert_eq!(store.lead(token(1)).unwrap().unwrap().stage, Stage::New);
}

#[test]
fn a_mail_that_was_given_up_is_tried_again_and_one_that_went_out_is_not() {
    let place = Place::new();
    let store = with_a_lead(&place);
    let due = store.claim_due(9, std::time::Duration::from_secs(60)).unwrap();
    store.mark_dead(due[0].id, "smtp 550").unwrap();
    let id = store.deliveries(Some(token(1))).unwrap()[0].id;
    assert!(!store.retry_delivery(token(2), id, ME).unwrap(), "another lead's");
    assert!(store.retry_delivery(token(1), id, ME).unwrap());
    let due = store.claim_due(9, std::time::Duration::from_secs(60)).unwrap();
    assert_eq!((due.len(), due[0].id), (1, id));
    store.mark_sent(id).unwrap();
    assert!(!store.retry_delivery(token(1), id, ME).unwrap());
}

#[test]
fn all_of_it_goes_with_the_lead() {
    let place = Place::new();
    let store = with_a_lead(&place);
    store.change_lead(token(1), 0, &Change::Tags(vec!["vip".parse().unwrap()]), ME).unwrap();
    store.add_note(token(1), token(50), b"sealed", ME).unwrap();
    store.writer.lock().unwrap().execute("DELETE FROM leads", []).unwrap();
    for table in ["lead_tags", "lead_notes", "lead_changes"] {
        let left: i64 = place.raw().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}
