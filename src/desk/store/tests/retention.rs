//! What the store remembers for retention, and what it finds.

use super::*;
use crate::desk::store::sample::{form, protected, submission};
use crate::desk::store::schema::SCHEMA;
use crate::desk::store::{DueGroup, DueLeads, LeadFacts, NewLead, RetentionTerm};
use crate::domain::form::Form;
use crate::domain::ids::FormVersion;
use crate::queue::database::{Schema, open_writer};

#[test]
fn an_older_file_begins_with_the_time_of_its_last_audit_entry() {
    assert_eq!(Place::new().open().last_retention().unwrap(), None, "a new one has no time");
    let place = Place::new();
    let older = Schema { migrations: &SCHEMA.migrations[..4], ..SCHEMA };
    let then = place.clock.now();
    open_writer(&place.path(), older)
        .unwrap()
        .execute(
            "INSERT INTO audit (at, actor, action, hash) VALUES (?1, 'tester', 'lead-stored', zeroblob(32))",
            [then.as_millisecond()],
        )
        .unwrap();
    place.clock.advance(SignedDuration::from_hours(1000));
    let kept = place.open().last_retention().unwrap().unwrap();
    assert_eq!(kept.as_millisecond(), then.as_millisecond());
}

#[test]
fn definitions_are_found_one_by_one_and_their_days_kept() {
    let place = Place::new();
    let store = place.open();
    let form = form();
    let versions = [FormVersion([7; 8]), FormVersion([0; 8]), FormVersion([255; 8])];
    let of = |n: u64, version| {
        let form = Form { version, ..form.clone() };
        NewLead {
            lead: protected(n, &form, &submission("a@example.jp", "")),
            deliveries: Vec::new(),
            facts: LeadFacts::default(),
        }
    };
    let new: Vec<NewLead> = (1..=9).map(|n| of(n, versions[usize::try_from(n % 3).unwrap()])).collect();
    store.store_leads(&new).unwrap();
    let mut sorted = versions;
    sorted.sort();
    assert_eq!(store.lead_definitions().unwrap(), sorted.map(|version| (form.id.clone(), version)));

    let since = place.clock.now();
    let term = |version, days| RetentionTerm { form: form.id.clone(), version, days, since };
    store.remember_terms(&[term(versions[0], 30), term(versions[1], 60)]).unwrap();
    store.remember_terms(&[term(versions[0], 10)]).unwrap();
    let days: Vec<u32> = store.retention_terms().unwrap().iter().map(|term| term.days).collect();
    assert_eq!(days, [60, 10]);
}

#[test]
fn a_batch_takes_no_more_than_it_may_and_over_definitions() {
    let place = Place::new();
    let store = place.open();
    let form = form();
    let versions = [FormVersion([1; 8]), FormVersion([2; 8])];
    let of = |n: u64| {
        let form = Form { version: versions[usize::try_from(n % 2).unwrap()], ..form.clone() };
        NewLead {
            lead: protected(n, &form, &submission("a@example.jp", "")),
            deliveries: Vec::new(),
            facts: LeadFacts::default(),
        }
    };
    store.store_leads(&(1..=6).map(of).collect::<Vec<_>>()).unwrap();
    let now = place.clock.now();
    let group = |version| DueGroup { version, received_until: now, stored_until: now };
    let due = DueLeads { form: form.id.clone(), days: 1, groups: versions.map(group).to_vec() };
    assert_eq!(store.count_due(&due).unwrap(), 6);
    for (limit, found) in [(2, 2), (4, 4), (100, 6)] {
        assert_eq!(store.leads_due(&due, limit).unwrap().len(), found);
    }
    let batch = store.leads_due(&due, 4).unwrap();
    assert_eq!(
        (store.erase_due(&due, &batch, "desk").unwrap(), store.erase_due(&due, &batch, "desk").unwrap()),
        (4, 0)
    );
    let entries = store.audit_entries(7, 10).unwrap();
    assert_eq!(entries.len(), 1, "nothing erased, nothing written");
    let early = DueGroup { stored_until: now - SignedDuration::from_secs(1), ..group(versions[0]) };
    let early = DueLeads { groups: vec![early], ..due };
    assert_eq!(store.count_due(&early).unwrap(), 0, "it has just come");
}
