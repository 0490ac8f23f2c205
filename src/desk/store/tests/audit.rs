//! The audit in lists: each holds what its filter says, page by page, forwards and backwards.

use super::*;
use crate::desk::audit::{ChainCheck, Entry, Group};

/// A few hundred entries of several actors, some in the same millisecond, one after the clock went back.
fn house() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    let actors = ["desk", "cli:root", "staff:aaaaaaaa"];
    let actions = [Action::LeadStored, Action::LeadRevealed, Action::SignedIn, Action::NoteAdded];
    for n in 0..240_usize {
        let entry = NewEntry {
            actor: actors[n % 3].to_owned(),
            action: actions[n / 2 % 4],
            subject: (n % 5 != 0).then(|| format!("thing {}", n % 7)),
            reason: None,
            detail: None,
        };
        store.append_audit(&entry).unwrap();
        place.clock.advance(SignedDuration::from_secs(match n {
            100 => -40,
            n if n % 4 == 0 => 0,
            _ => 1,
        }));
    }
    (place, store)
}

fn filters(since: Timestamp) -> Vec<AuditFilter> {
    let base = AuditFilter::default;
    let actor = Some("staff:aaaaaaaa".to_owned());
    let subject = Some("thing 3".to_owned());
    let at = |seconds: i64| Some(since + SignedDuration::from_secs(seconds));
    vec![
        base(),
        AuditFilter { actions: vec![Action::LeadRevealed], ..base() },
        AuditFilter { actions: Group::Leads.actions(), ..base() },
        AuditFilter { actor: actor.clone(), ..base() },
        AuditFilter { actor: actor.clone(), actions: Group::Staff.actions(), ..base() },
        AuditFilter { subject: subject.clone(), ..base() },
        AuditFilter { subject, actor: actor.clone(), actions: vec![Action::NoteAdded], ..base() },
        AuditFilter { since: at(30), until: at(90), ..base() },
        AuditFilter { actor, since: at(30), until: at(90), ..base() },
        AuditFilter { actions: vec![Action::KeyUse], ..base() },
    ]
}

fn fits(entry: &Entry, filter: &AuditFilter) -> bool {
    let is = |wanted: &Option<String>, has: Option<&str>| wanted.as_deref().is_none_or(|wanted| has == Some(wanted));
    (filter.actions.is_empty() || filter.actions.iter().any(|action| action.word() == entry.action))
        && is(&filter.actor, Some(&entry.actor))
        && is(&filter.subject, entry.subject.as_deref())
        && filter.since.is_none_or(|since| entry.at >= since)
        && filter.until.is_none_or(|until| entry.at < until)
}

#[test]
fn every_list_holds_what_its_filter_says_in_both_directions() {
    let (place, store) = house();
    let all = store.audit_entries(1, 1000).unwrap();
    let start = all[0].at;
    assert_eq!(place.raw().query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0)).unwrap(), 240);
    for filter in filters(start) {
        let mut wanted: Vec<&Entry> = all.iter().filter(|entry| fits(entry, &filter)).collect();
        wanted.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.seq)));
        let wanted: Vec<u64> = wanted.iter().map(|entry| entry.seq).collect();
        let (mut forwards, mut seek) = (Vec::new(), Some(Seek::First));
        while let Some(at) = seek {
            let page = store.audit_page(&filter, at, 7).unwrap();
            forwards.extend(page.entries.iter().map(|entry| entry.seq));
            seek = page.after.map(Seek::After);
        }
        assert_eq!(forwards, wanted, "{filter:?}");
        let (mut backwards, mut seek) = (Vec::new(), Some(Seek::Last));
        while let Some(at) = seek {
            let page = store.audit_page(&filter, at, 7).unwrap();
            backwards.extend(page.entries.iter().rev().map(|entry| entry.seq));
            seek = page.before.map(Seek::Before);
        }
        backwards.reverse();
        assert_eq!(backwards, wanted, "{filter:?}");
    }
    assert_eq!(store.audit_actors(10).unwrap(), ["cli:root", "desk", "staff:aaaaaaaa"]);
}

#[test]
fn no_list_is_read_without_its_index() {
    let (place, store) = house();
    let raw = place.raw();
    for filter in filters(store.audit_entries(1, 1).unwrap()[0].at) {
        for seek in [Seek::First, Seek::Last, Seek::After(super::super::Place { at: 1, id: 1 })] {
            for (sql, values) in audit_lists::queries(&filter, seek, 51) {
                let plan: Vec<String> = raw
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                    .unwrap()
                    .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                let said = plan.join("; ");
                assert!(said.contains("INDEX audit_") && !said.contains("TEMP B-TREE"), "{sql}: {said}");
            }
        }
    }
}

#[test]
fn a_check_in_parts_finds_what_a_whole_one_does() {
    let (place, store) = house();
    let mut check = ChainCheck::default();
    let mut rounds = 0;
    loop {
        let before = check.last().seq;
        let appended = store.check_audit(&mut check, 50).unwrap();
        if check.last().seq == before {
            assert_eq!(check.clone().finish(appended), store.verify_audit().unwrap());
            break;
        }
        rounds += 1;
    }
    assert_eq!(rounds, 5);
    // What was looked at is cut off: no entry is new, and the place is lost.
    let raw = place.raw();
    raw.execute_batch("DROP TRIGGER audit_is_never_deleted; DELETE FROM audit WHERE seq > 230").unwrap();
    raw.execute_batch("UPDATE sqlite_sequence SET seq = 230 WHERE name = 'audit'").unwrap();
    let appended = store.check_audit(&mut check, 50).unwrap();
    assert_eq!(check.finish(appended).broken_at, Some(240));
}
