//! Accounts of staff: mails about them, browsers that are new, passkeys; the table that took them in.

use super::super::schema::SCHEMA;
use super::Place;
use crate::desk::store::{
    Delivery, DeliveryAbout, DeliveryKind, LinkPurpose, NewPasskey, NewSession, NewStaff, NewStaffLink, Password,
    SignInWay, StaffChange, Store,
};
use crate::domain::clock::Clock;
use crate::domain::entropy::{OsEntropy, SeededEntropy};
use crate::domain::ids::{SessionId, StaffId};
use crate::domain::lang::Lang;
use crate::domain::staff::{Role, Scope};
use crate::queue::database::{Schema, open_writer};
use jiff::SignedDuration;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

fn link(place: &Place, is_mailed: bool) -> NewStaffLink {
    let (_, link) = NewStaffLink::fresh(LinkPurpose::Password, place.clock.now(), &OsEntropy);
    NewStaffLink { is_mailed, ..link }
}

fn account(place: &Place, store: &Store, n: u64, is_mailed: bool) -> StaffId {
    let id = StaffId::generate(&SeededEntropy::new(n));
    let new = NewStaff {
        id,
        address: format!("s{n}@example.jp").parse().unwrap(),
        name: "担当 花子".to_owned(),
        role: Role::Owner,
        scope: Scope::All,
        lang: Lang::Ja,
    };
    store.add_staff(&new, &link(place, is_mailed), "staff:aaaaaaaa").unwrap().unwrap();
    id
}

fn sign_in(store: &Store, staff: StaffId, device: [u8; 32], shown: Option<[u8; 32]>) -> bool {
    let session = NewSession {
        id: SessionId::generate(&OsEntropy),
        secret_sha256: crate::domain::entropy::random_bytes(&OsEntropy),
        staff,
        browser: "Firefox, Linux".to_owned(),
        awaits_code: false,
        way: SignInWay::Password,
        device,
        device_shown: shown,
        tells: true,
    };
    store.open_session(&session).unwrap()
}

fn waiting(store: &Store) -> Vec<Delivery> {
    store.claim_due(10, LEASE).unwrap()
}

#[test]
fn an_invitation_waits_until_a_password_is_chosen() {
    let place = Place::new();
    let store = place.open();
    let quiet = account(&place, &store, 1, false);
    assert!(waiting(&store).is_empty(), "without mail nothing waits for a relay");
    let id = account(&place, &store, 2, true);
    let mail = &waiting(&store)[0];
    assert_eq!((mail.about, mail.kind), (DeliveryAbout::Staff(id), DeliveryKind::Invitation));
    assert_eq!(mail.note.as_deref(), Some("staff:aaaaaaaa"));
    assert!(store.remember_mailed_link(mail.id, &[1; 32]).unwrap());
    assert!(store.remember_mailed_link(mail.id, &[1; 32]).unwrap(), "at every try");
    assert_eq!(store.staff_behind_link(&[1; 32]).unwrap().unwrap().0.id, id);
    place.clock.advance(SignedDuration::from_hours(23));
    assert!(store.remember_mailed_link(mail.id, &[1; 32]).unwrap());
    place.clock.advance(SignedDuration::from_hours(2));
    assert!(store.staff_behind_link(&[1; 32]).unwrap().is_some(), "24 hours from the last try");
    assert_eq!(store.deliveries(None).unwrap().len(), 1);
    let password = Password { phc: "x", by_link: Some([1; 32]), keep: None };
    assert!(store.set_password(id, &password, "test").unwrap());
    assert!(store.staff_behind_link(&[1; 32]).unwrap().is_none());
    assert!(!store.is_waiting(mail.id).unwrap(), "a mail that is not sent yet is taken back");
    assert!(!store.remember_mailed_link(mail.id, &[1; 32]).unwrap(), "no try brings a used link back");
    assert!(store.staff_behind_link(&[1; 32]).unwrap().is_none());
    store.mark_sent(mail.id).unwrap();
    assert!(store.reset_staff(quiet, &link(&place, true), false, "test").unwrap());
    assert!(store.reset_staff(quiet, &link(&place, true), false, "test").unwrap());
    let mails = waiting(&store);
    assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), [DeliveryKind::Reset], "the second takes over");
    store.change_staff(quiet, &StaffChange::Disable, "test").unwrap().unwrap();
    assert!(!store.is_waiting(mails[0].id).unwrap());
}

#[test]
fn who_signs_in_from_a_new_browser_is_told_in_the_same_transaction() {
    let place = Place::new();
    let store = place.open();
    let (id, other) = (account(&place, &store, 1, false), account(&place, &store, 2, false));
    assert!(!sign_in(&store, id, [1; 32], None));
    assert!(waiting(&store).is_empty(), "the first sign-in of all is no news");
    assert!(sign_in(&store, id, [2; 32], Some([1; 32])), "the browser is known");
    assert!(waiting(&store).is_empty());
    assert!(!sign_in(&store, id, [3; 32], None));
    let mail = &waiting(&store)[0];
    assert_eq!((mail.about, mail.kind), (DeliveryAbout::Staff(id), DeliveryKind::NewDevice));
    assert_eq!(mail.note.as_deref(), Some("Firefox, Linux"));
    store.mark_sent(mail.id).unwrap();
    let sent = store.audit_entries(0, 100).unwrap().into_iter().find(|entry| entry.action == "staff-mailed").unwrap();
    assert_eq!((sent.subject, sent.detail.as_deref()), (Some(id.to_string()), Some("kind=new_device")));
    sign_in(&store, other, [4; 32], None);
    assert!(!sign_in(&store, other, [5; 32], Some([3; 32])), "of somebody else");
    assert_eq!(waiting(&store).len(), 1);
    place.clock.advance(SignedDuration::from_hours(24 * 181));
    assert!(!sign_in(&store, id, [6; 32], Some([1; 32])), "after half a year");
}

#[test]
fn a_passkey_is_of_one_account_and_its_counter_goes_on() {
    let place = Place::new();
    let store = place.open();
    let (id, other) = (account(&place, &store, 1, false), account(&place, &store, 2, false));
    let new = |credential: u8, counter| NewPasskey {
        name: "Laptop".to_owned(),
        credential: vec![credential; 16],
        kept: "{}".to_owned(),
        counter,
    };
    assert!(store.add_passkey(id, &new(1, 3), "test").unwrap());
    assert!(!store.add_passkey(other, &new(1, 3), "test").unwrap(), "one credential, one account");
    assert!(store.add_passkey(id, &new(2, 0), "test").unwrap());
    assert_eq!(store.staff_member(id).unwrap().unwrap().passkeys, 2);
    let (first, second) = (store.passkey(&[1; 16]).unwrap().unwrap(), store.passkey(&[2; 16]).unwrap().unwrap());
    assert_eq!(first.staff.id, id);
    for (counter, goes_on) in [(3, false), (2, false), (0, false), (4, true), (4, false)] {
        assert_eq!(store.use_passkey(first.id, "{}", counter).unwrap(), goes_on, "{counter}");
    }
    for (counter, goes_on) in [(0, true), (0, true), (1, true), (0, false)] {
        assert_eq!(store.use_passkey(second.id, "{}", counter).unwrap(), goes_on, "{counter}");
    }
    assert!(!store.rename_passkey(other, first.id, "Mine").unwrap());
    assert!(!store.remove_passkey(other, first.id, "test").unwrap());
    assert!(store.rename_passkey(id, first.id, "Phone").unwrap());
    let shown = &store.passkeys_of(id).unwrap()[0];
    assert_eq!((shown.name.as_str(), shown.used_at), ("Phone", Some(place.clock.now())));
    for n in 10..28 {
        assert!(store.add_passkey(id, &new(n, 0), "test").unwrap());
    }
    assert!(!store.add_passkey(id, &new(30, 0), "test").unwrap(), "twenty are enough");
    assert!(store.reset_staff(id, &link(&place, false), false, "test").unwrap());
    assert_eq!(store.passkeys_of(id).unwrap().len(), 20, "a lost password is no lost passkey");
    store.change_staff(other, &StaffChange::Rights(Role::Owner, Scope::All), "test").unwrap().unwrap();
    assert!(store.remove_passkey(id, first.id, "test").unwrap());
    assert!(store.passkey(&[1; 16]).unwrap().is_none() && !store.use_passkey(first.id, "{}", 9).unwrap());
    assert!(store.reset_staff(id, &link(&place, false), true, "test").unwrap());
    assert!(store.passkeys_of(id).unwrap().is_empty());
}

#[test]
fn an_older_store_keeps_its_mails_beside_those_of_staff() {
    let place = Place::new();
    let before = SCHEMA.migrations.iter().position(|step| step.contains("outbox_with_staff")).unwrap();
    let older = Schema { migrations: &SCHEMA.migrations[..before], ..SCHEMA };
    open_writer(&place.path(), older)
        .unwrap()
        .execute_batch(
            "INSERT INTO sites VALUES ('main', 1);
             INSERT INTO persons VALUES (1, 1);
             INSERT INTO leads (id, token, site, number, form, form_version, lang, received_at, stored_at, stage, person,
                enquiry) VALUES (1, zeroblob(20), 'main', 1, 'contact', zeroblob(8), 'ja', 0, 0, 'new', 1, 1);
             INSERT INTO outbox (id, lead, kind, message_id, next_at, created_at, state, last_error)
                 VALUES (6, 1, 'notification', 'x', 0, 0, 'dead', 'smtp 550'), (7, 1, 'auto_reply', 'y', 0, 0, 'waiting', NULL),
                        (40, 1, 'auto_reply', 'z', 0, 0, 'waiting', NULL);
             DELETE FROM outbox WHERE id = 40;",
        )
        .unwrap();
    let store = place.open();
    assert_eq!(waiting(&store).iter().map(|row| (row.id, row.message_id.as_str())).collect::<Vec<_>>(), [(7, "y")]);
    assert_eq!(store.deliveries(None).unwrap()[0].last_error.as_deref(), Some("smtp 550"));
    account(&place, &store, 1, true);
    assert_eq!(waiting(&store)[0].id, 41, "a row's number is never used twice");
}
