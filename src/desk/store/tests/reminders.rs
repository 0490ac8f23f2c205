//! Reminders: one of a person on a lead, mailed once whatever the clock does, gone with what they are on.

use super::*;
use crate::desk::store::sample::{forbid_audit, form, hire, protected, submission, token};
use crate::desk::store::{LeadFacts, NewLead, NewReminder, ReminderSet, StaffChange};
use crate::domain::clock::Clock;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Scope};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const ME: &str = "staff:aaaaaaaa";

struct Desk {
    place: Place,
    store: Store,
    me: StaffId,
    other: StaffId,
}

impl Desk {
    fn new() -> Self {
        let place = Place::new();
        let store = place.open();
        let lead = protected(1, &form(), &submission("a@example.jp", ""));
        store.store_leads(&[NewLead { lead, deliveries: vec![], facts: LeadFacts::default() }]).unwrap();
        let (me, other) = (hire(&store, "aaaaaaaa", Scope::All), hire(&store, "bbbbbbbb", Scope::All));
        Self { place, store, me, other }
    }

    fn remind(&self, staff: StaffId, minutes: i64, set_by: StaffId) -> ReminderSet {
        let at = self.place.clock.now() + SignedDuration::from_mins(minutes);
        self.store.set_reminder(token(1), &NewReminder { staff, at, set_by }, ME).unwrap()
    }

    /// To whom mails of reminders go now.
    fn mailed(&self) -> Vec<String> {
        self.store.mail_due_reminders().unwrap();
        let due = self.store.claim_due(9, LEASE).unwrap();
        due.into_iter().map(|delivery| delivery.recipient.unwrap()).collect()
    }

    fn pass(&self, minutes: i64) {
        self.place.clock.advance(SignedDuration::from_mins(minutes));
    }
}

#[test]
fn a_reminder_is_mailed_once_when_its_time_has_come() {
    let desk = Desk::new();
    assert_eq!(desk.remind(desk.me, 60, desk.me), ReminderSet::Done);
    assert_eq!(desk.mailed(), [""; 0]);
    desk.pass(60);
    assert_eq!(desk.mailed(), ["aaaaaaaa@example.jp"]);
    let sent = desk.store.deliveries(Some(token(1))).unwrap();
    assert_eq!((sent.len(), sent[0].kind.as_str()), (1, "reminder"));
    desk.store.mark_sent(sent[0].id).unwrap();
    for _ in 0..3 {
        desk.pass(600);
        assert_eq!(desk.mailed(), [""; 0]);
    }
    assert_eq!(desk.store.reminders_on(token(1)).unwrap().len(), 1, "it stays until it is done");
    let last = desk.store.audit_entries(0, 99).unwrap().pop().unwrap();
    assert_eq!((last.action.as_str(), last.detail.as_deref()), ("notification-sent", Some("kind=reminder")));
    // Set anew, it is mailed anew, as another mail.
    desk.remind(desk.me, 5, desk.me);
    desk.pass(5);
    assert_eq!(desk.mailed(), ["aaaaaaaa@example.jp"]);
    let ids: Vec<String> = desk
        .place
        .raw()
        .prepare("SELECT DISTINCT message_id FROM outbox WHERE kind = 'reminder'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_clock_that_jumps_neither_loses_a_reminder_nor_mails_it_twice() {
    let desk = Desk::new();
    desk.remind(desk.me, 60, desk.me);
    // Ahead by a year, and back.
    desk.pass(525_600);
    assert_eq!(desk.mailed().len(), 1);
    desk.pass(-525_600);
    assert_eq!(desk.mailed().len(), 1, "the same row, whose mail has not gone out yet");
    let rows = desk.store.deliveries(Some(token(1))).unwrap();
    assert_eq!(rows.len(), 1);
    desk.store.mark_sent(rows[0].id).unwrap();
    desk.pass(61);
    assert_eq!(desk.mailed(), [""; 0]);
    assert_eq!(desk.store.reminders_on(token(1)).unwrap().len(), 1);
    // Back by a year before its time: it waits for its time.
    desk.remind(desk.other, 60, desk.other);
    desk.pass(-525_600);
    assert_eq!(desk.mailed(), [""; 0]);
    desk.pass(525_660);
    assert_eq!(desk.mailed(), ["bbbbbbbb@example.jp"]);
}

#[test]
fn nobodys_own_reminder_is_replaced_by_a_colleague() {
    let desk = Desk::new();
    assert_eq!(desk.remind(desk.other, 60, desk.me), ReminderSet::Done);
    assert_eq!(desk.remind(desk.other, 90, desk.me), ReminderSet::Done, "one may correct oneself");
    assert_eq!(desk.remind(desk.other, 30, desk.other), ReminderSet::Done);
    assert_eq!(desk.remind(desk.other, 5, desk.me), ReminderSet::Taken);
    let open = desk.store.reminders_on(token(1)).unwrap();
    assert_eq!((open.len(), open[0].set_by), (1, desk.other));
    let new = NewReminder { staff: desk.me, at: desk.place.clock.now(), set_by: desk.me };
    assert_eq!(desk.store.set_reminder(token(2), &new, ME).unwrap(), ReminderSet::Missing);
}

#[test]
fn what_is_done_is_not_mailed_any_more() {
    let desk = Desk::new();
    desk.remind(desk.me, 1, desk.me);
    desk.remind(desk.other, 1, desk.other);
    desk.pass(1);
    desk.store.mail_due_reminders().unwrap();
    assert!(desk.store.end_reminder(token(1), desk.me, ME).unwrap());
    assert!(!desk.store.end_reminder(token(1), desk.me, ME).unwrap());
    assert_eq!(desk.mailed(), ["bbbbbbbb@example.jp"]);
    let last = desk.store.audit_entries(0, 99).unwrap().pop().unwrap();
    assert_eq!(last.detail.as_deref(), Some("what=reminder for=aaaaaaaa becomes=done"));
}

#[test]
fn who_may_not_see_the_lead_or_sign_in_is_not_mailed() {
    let desk = Desk::new();
    desk.remind(desk.me, 1, desk.me);
    desk.remind(desk.other, 1, desk.other);
    let elsewhere = Scope::Only { sites: vec!["shop".parse().unwrap()], forms: vec![] };
    desk.store.change_staff(desk.me, &StaffChange::Rights(Role::Rep, elsewhere), ME).unwrap().unwrap();
    desk.store.change_staff(desk.other, &StaffChange::Disable, ME).unwrap().unwrap();
    desk.pass(1);
    assert_eq!(desk.mailed(), [""; 0]);
    desk.store.change_staff(desk.other, &StaffChange::Enable, ME).unwrap().unwrap();
    assert_eq!(desk.mailed(), ["bbbbbbbb@example.jp"]);
}

#[test]
fn what_cannot_be_audited_is_not_set_or_ended() {
    let desk = Desk::new();
    desk.remind(desk.other, 1, desk.other);
    forbid_audit(&desk.store);
    let new = NewReminder { staff: desk.me, at: desk.place.clock.now(), set_by: desk.me };
    assert!(desk.store.set_reminder(token(1), &new, ME).is_err());
    assert!(desk.store.end_reminder(token(1), desk.other, ME).is_err());
    let open = desk.store.reminders_on(token(1)).unwrap();
    assert_eq!(open.iter().map(|one| one.staff).collect::<Vec<_>>(), [desk.other]);
}

#[test]
fn reminders_and_their_mails_go_with_the_lead() {
    let desk = Desk::new();
    desk.remind(desk.me, 1, desk.me);
    desk.pass(1);
    desk.store.mail_due_reminders().unwrap();
    desk.store.writer.lock().unwrap().execute("DELETE FROM leads", []).unwrap();
    for table in ["reminders", "outbox"] {
        let left: i64 =
            desk.place.raw().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[test]
fn who_listens_is_told_of_what_lists_are_made_of_and_of_nothing_else() {
    let desk = Desk::new();
    let mut changes = desk.store.changes();
    let mut told = || {
        let changed = changes.has_changed().unwrap();
        changes.mark_unchanged();
        changed
    };
    desk.store.append_audit(&entry(1)).unwrap();
    desk.store.claim_due(9, LEASE).unwrap();
    assert!(!told());
    desk.remind(desk.me, 1, desk.me);
    assert!(told());
    desk.store.notice_others().unwrap();
    assert!(!told(), "what this process wrote is no news from another");
    let other = desk.place.open();
    other.append_audit(&entry(2)).unwrap();
    assert!(!told(), "not before it is looked at");
    desk.store.notice_others().unwrap();
    assert!(told());
    desk.store.notice_others().unwrap();
    assert!(!told());
}
