//! The lists: their pages, filters and scopes, and that each is read along an index.

use super::super::inbox_sql::{Order, streams};
use super::*;
use crate::desk::store::sample::{form, hire, protected, submission, token};
use crate::desk::store::{NewReminder, Reminded};
use crate::domain::form::Form;
use crate::domain::funnel::Source;
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::lead::{Stage, Tag};
use crate::domain::staff::Scope;

const START: i64 = 1_800_000_000;

fn me() -> StaffId {
    "aaaaaaaa".parse().unwrap()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Forty leads of two sites and four forms, in batches that came in the same minute.
fn full(place: &Place) -> Store {
    let store = place.open();
    let at = Timestamp::from_second(START).unwrap();
    let leads: Vec<NewLead> = (0..40)
        .map(|n: u64| {
            let site = if n.is_multiple_of(2) { "main" } else { "shop" };
            let named = ["contact", "event", "news", "docs"][(n % 4) as usize];
            let form = Form { site: id(site), id: id(named), ..form() };
            let facts = LeadFacts {
                source: Some(Source::ALL[(n % 3) as usize]),
                due_at: (!n.is_multiple_of(5)).then(|| at + SignedDuration::from_mins(n.cast_signed())),
            };
            let sent = submission(&format!("p{}@example.jp", n / 2), "");
            NewLead { lead: protected(n, &form, &sent), deliveries: vec![], facts }
        })
        .collect();
    store.store_leads(&leads).unwrap();
    for n in 0..40_u64 {
        let minute = (n / 7 * 60_000).cast_signed();
        place
            .raw()
            .execute(
                "UPDATE leads SET received_at = ?2 WHERE token = ?1",
                rusqlite::params![token(n).as_bytes(), minute],
            )
            .unwrap();
    }
    for n in (0..40).step_by(8) {
        assert_eq!(store.change_lead(token(n), 0, &Change::Owner(Some(me())), "staff:x").unwrap(), Changed::Done);
        let tags = Change::Tags(vec![id("vip"), id("展示会")]);
        assert_eq!(store.change_lead(token(n), 1, &tags, "staff:x").unwrap(), Changed::Done);
    }
    let staff = hire(&store, "aaaaaaaa", Scope::All);
    for n in (0..40_u64).step_by(4) {
        // Two at a time.
        let at = at + SignedDuration::from_mins(i64::try_from(n / 8).unwrap());
        store.set_reminder(token(n), &NewReminder { staff, at, set_by: staff }, "staff:x").unwrap();
    }
    let done = Change::Stage(Stage::Qualified, None);
    assert_eq!(store.change_lead(token(8), 2, &done, "staff:x").unwrap(), Changed::Done);
    store
}

/// What must come out, found the slow way.
fn expected(store: &Store, filter: &InboxFilter, scope: &Scope) -> Vec<Token> {
    let (leads, _) = store.leads(&InboxFilter::default(), None, 1000).unwrap();
    let mut kept: Vec<_> = leads
        .iter()
        .map(|lead| (lead, store.work_on(lead.token).unwrap().unwrap()))
        .filter(|(lead, work)| {
            scope.covers(&lead.site, &lead.form)
                && filter.site.as_ref().is_none_or(|site| lead.site == *site)
                && filter.form.as_ref().is_none_or(|form| lead.form == *form)
                && filter.stage.is_none_or(|stage| lead.stage == stage)
                && (!filter.is_open || !matches!(lead.stage, Stage::Qualified | Stage::Unqualified))
                && filter.source.is_none_or(|source| work.source == Some(source))
                && filter.tag.as_ref().is_none_or(|tag| work.tags.contains(tag))
                && filter.since.is_none_or(|since| lead.received_at >= since)
                && filter.until.is_none_or(|until| lead.received_at < until)
                && filter.owner.is_none_or(|owner| match owner {
                    OwnedBy::Nobody => work.owner.is_none(),
                    OwnedBy::Staff(id) => work.owner == Some(id),
                })
                && filter.reminded.is_none_or(|reminded| {
                    let at = reminder(store, lead.token).filter(|_| reminded.staff == me());
                    at.is_some_and(|at| reminded.by.is_none_or(|by| at <= by))
                })
                && filter
                    .overdue_at
                    .is_none_or(|now| lead.stage == Stage::New && work.due_at.is_some_and(|due| due < now))
        })
        .collect();
    // `leads` gives the newest stored first.
    match (filter.reminded, filter.overdue_at) {
        (Some(_), _) => {
            // `leads` gives the last stored first; of one time, the first stored comes first here.
            kept.reverse();
            kept.sort_by_key(|(lead, _)| reminder(store, lead.token));
        }
        (None, Some(_)) => kept.sort_by_key(|(_, work)| work.due_at),
        (None, None) => kept.sort_by_key(|(lead, _)| std::cmp::Reverse(lead.received_at)),
    }
    kept.into_iter().map(|(lead, _)| lead.token).collect()
}

fn reminder(store: &Store, lead: Token) -> Option<Timestamp> {
    store.reminders_on(lead).unwrap().first().map(|one| one.at)
}

fn walked(store: &Store, filter: &InboxFilter, scope: &Scope, forwards: bool) -> Vec<Token> {
    let mut seek = if forwards { Seek::First } else { Seek::Last };
    let mut out: Vec<Token> = Vec::new();
    loop {
        let page = store.inbox(filter, scope, seek, 7).unwrap();
        let tokens: Vec<Token> = page.rows.iter().map(|row| row.token).collect();
        let next = if forwards { page.after } else { page.before };
        if forwards {
            out.extend(tokens);
        } else {
            out.splice(0..0, tokens);
        }
        match next {
            Some(place) if forwards => seek = Seek::After(place),
            Some(place) => seek = Seek::Before(place),
            None => return out,
        }
    }
}

fn filters() -> Vec<InboxFilter> {
    let minute = |n: i64| Some(Timestamp::from_millisecond(n * 60_000).unwrap());
    let all = InboxFilter::default();
    vec![
        all.clone(),
        InboxFilter { site: Some(id("shop")), ..all.clone() },
        InboxFilter { form: Some(id("event")), ..all.clone() },
        InboxFilter { stage: Some(Stage::New), ..all.clone() },
        InboxFilter { stage: Some(Stage::New), form: Some(id("contact")), ..all.clone() },
        InboxFilter { stage: Some(Stage::Qualified), site: Some(id("main")), ..all.clone() },
        InboxFilter { source: Some(Source::Cpc), ..all.clone() },
        InboxFilter { source: Some(Source::Email), stage: Some(Stage::New), ..all.clone() },
        InboxFilter { owner: Some(OwnedBy::Staff(me())), ..all.clone() },
        InboxFilter { owner: Some(OwnedBy::Staff(me())), is_open: true, ..all.clone() },
        InboxFilter { owner: Some(OwnedBy::Nobody), ..all.clone() },
        InboxFilter { tag: Some(id::<Tag>("vip")), ..all.clone() },
        InboxFilter { tag: Some(id::<Tag>("nobody")), ..all.clone() },
        InboxFilter { since: minute(1), until: minute(3), ..all.clone() },
        InboxFilter { tag: Some(id::<Tag>("vip")), since: minute(2), ..all.clone() },
        InboxFilter { reminded: Some(Reminded { staff: me(), by: None }), ..all.clone() },
        InboxFilter { reminded: Some(Reminded { staff: id("bbbbbbbb"), by: None }), ..all.clone() },
        InboxFilter {
            reminded: Some(Reminded { staff: me(), by: Timestamp::from_second(START + 120).ok() }),
            tag: Some(id::<Tag>("vip")),
            since: minute(1),
            ..all.clone()
        },
        InboxFilter { overdue_at: Some(Timestamp::from_second(START + 20 * 60).unwrap()), ..all.clone() },
        InboxFilter {
            overdue_at: Some(Timestamp::from_second(START + 30 * 60).unwrap()),
            tag: Some(id::<Tag>("vip")),
            since: minute(0),
            ..all
        },
    ]
}

fn scopes() -> Vec<Scope> {
    let only = |sites: &[&str], forms: &[&str]| Scope::Only {
        sites: sites.iter().map(|site| id::<SiteId>(site)).collect(),
        forms: forms.iter().map(|form| id::<FormId>(form)).collect(),
    };
    vec![
        Scope::All,
        only(&["main"], &[]),
        only(&[], &["event"]),
        // Overlapping: the form is of the site.
        only(&["main"], &["contact", "docs"]),
        only(&[], &[]),
        only(&["elsewhere"], &["nothing"]),
    ]
}

#[test]
fn every_list_has_each_of_its_leads_once_walked_from_either_end() {
    let place = Place::new();
    let store = full(&place);
    for filter in filters() {
        for scope in scopes() {
            let wanted = expected(&store, &filter, &scope);
            let as_set = |mut tokens: Vec<Token>| {
                tokens.sort_by_key(|token| *token.as_bytes());
                tokens
            };
            let forwards = walked(&store, &filter, &scope, true);
            assert_eq!(as_set(forwards.clone()), as_set(wanted.clone()), "{filter:?} {scope:?}");
            assert_eq!(forwards, walked(&store, &filter, &scope, false), "{filter:?} {scope:?}");
            assert_eq!(forwards, wanted, "{filter:?} {scope:?}");
            assert_eq!(store.inbox_count(&filter, &scope).unwrap(), wanted.len());
        }
    }
}

#[test]
fn an_export_walks_through_what_its_list_holds_each_once_in_the_order_of_storing() {
    let place = Place::new();
    let store = full(&place);
    let last = store.last_lead().unwrap();
    for filter in filters() {
        for scope in scopes() {
            let mut listed: Vec<u64> = walked(&store, &filter, &scope, true)
                .iter()
                .map(|lead| u64::from_be_bytes(lead.as_bytes()[12..].try_into().unwrap()))
                .collect();
            listed.sort_unstable();
            let (mut exported, mut after) = (Vec::new(), None);
            loop {
                let (page, cursor) = store.leads_oldest_first(&filter, &scope, (after, last), 7).unwrap();
                exported.extend(
                    page.iter().map(|lead| u64::from_be_bytes(lead.token.as_bytes()[12..].try_into().unwrap())),
                );
                after = cursor;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(exported, listed, "{filter:?} {scope:?}");
            assert_eq!(store.count_leads(&filter, &scope).unwrap(), listed.len() as u64, "{filter:?} {scope:?}");
        }
    }
}

#[test]
fn an_export_walks_along_the_leads_and_sorts_nothing() {
    let place = Place::new();
    let store = full(&place);
    let between = inbox_sql::Between { above: 3, below: 30, newest_first: false };
    for filter in filters() {
        for scope in scopes() {
            let (sql, values) = inbox_sql::walk(&filter, &scope).rows(between, 50);
            let plan = plan_of(&store, &sql, values);
            assert!(plan.starts_with("SEARCH leads USING INTEGER PRIMARY KEY"), "{filter:?}\n{sql}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}\n{sql}\n{plan}");
        }
    }
}

fn plan_of(store: &Store, sql: &str, values: Vec<rusqlite::types::Value>) -> String {
    let plan: Vec<String> = store
        .read(|connection| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get("detail"))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    plan.join("; ")
}

#[test]
fn no_list_is_found_by_reading_all_leads_or_by_sorting_them() {
    let place = Place::new();
    let store = full(&place);
    let somewhere = super::super::Place { at: 60_000, id: 9 };
    for filter in filters() {
        for scope in scopes() {
            for stream in streams(&filter, &scope) {
                for seek in [Seek::First, Seek::After(somewhere), Seek::Before(somewhere), Seek::Last] {
                    let (sql, values) = stream.query(Order::of(&filter), seek, 50);
                    let plan = plan_of(&store, &sql, values);
                    // An index walked from its end is no scan of the table.
                    let scans =
                        plan.contains("SCAN leads") && !plan.contains("USING INDEX") && !plan.contains("COVERING");
                    assert!(!scans && !plan.contains("TEMP B-TREE"), "{filter:?} {seek:?}\n{sql}\n{plan}");
                }
            }
        }
    }
}

#[test]
fn a_lead_that_comes_in_moves_nothing_on_the_next_page() {
    let place = Place::new();
    let store = full(&place);
    let (all, scope) = (InboxFilter::default(), Scope::All);
    let before = walked(&store, &all, &scope, true);
    let first = store.inbox(&all, &scope, Seek::First, 7).unwrap();
    let sent = submission("late@example.jp", "");
    let facts = LeadFacts::default();
    store.store_leads(&[NewLead { lead: protected(99, &form(), &sent), deliveries: vec![], facts }]).unwrap();
    let second = store.inbox(&all, &scope, Seek::After(first.after.unwrap()), 7).unwrap();
    let tokens: Vec<Token> = second.rows.iter().map(|row| row.token).collect();
    assert_eq!(tokens, before[7..14]);
}

#[test]
fn rows_show_masks_and_never_a_value() {
    let place = Place::new();
    let store = full(&place);
    let page = store.inbox(&InboxFilter::default(), &Scope::All, Seek::First, 50).unwrap();
    let row = page.rows.iter().find(|row| row.token == token(6)).unwrap();
    assert_eq!((row.name.as_deref(), row.email.as_deref()), (Some("** **"), Some("**@e***.jp")));
    // A hashed company leaves nothing to show.
    assert_eq!((row.company.as_deref(), row.stage, row.enquiry), (None, Stage::New, 1));
}

#[test]
fn what_is_searched_for_is_found_within_the_scope_alone() {
    let place = Place::new();
    let store = full(&place);
    let mine = Scope::Only { sites: vec![id("main")], forms: vec![] };
    let index = store.lead(token(6)).unwrap().unwrap().fields.iter().find_map(|field| field.index).unwrap();
    let tokens = |rows: Vec<InboxRow>| rows.into_iter().map(|row| row.token).collect::<Vec<_>>();
    assert_eq!(tokens(store.leads_by_index(&[index], &mine, 9).unwrap()).len(), 1);
    assert_eq!(tokens(store.leads_by_index(&[[1; 32]], &Scope::All, 9).unwrap()), []);
    assert_eq!(store.leads_by_number(3, &Scope::All).unwrap().len(), 2);
    assert_eq!(store.leads_by_number(3, &mine).unwrap().len(), 1);
    assert_eq!(store.leads_by_number(u64::MAX, &Scope::All).unwrap().len(), 0);
    assert_eq!(store.tags_in_use(9).unwrap(), [id::<Tag>("vip"), id("展示会")]);
}

#[test]
fn the_same_persons_leads_are_shown_to_those_who_may_see_them() {
    let place = Place::new();
    let store = place.open();
    let facts = LeadFacts::default();
    let sent = submission("a@example.jp", "");
    let other = Form { id: id("event"), ..form() };
    let leads = [(1, form()), (2, other), (3, form())];
    let leads = leads.map(|(n, form)| NewLead { lead: protected(n, &form, &sent), deliveries: vec![], facts });
    store.store_leads(&leads).unwrap();
    let others =
        |scope: &Scope| store.same_person(token(1), scope, 9).unwrap().iter().map(|row| row.token).collect::<Vec<_>>();
    assert_eq!(others(&Scope::All), [token(3), token(2)]);
    assert_eq!(others(&Scope::Only { sites: vec![], forms: vec![id("contact")] }), [token(3)]);
}
