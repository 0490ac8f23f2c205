//! The lists: their pages, filters and scopes, and that each is read along an index.

use super::super::cells::{Cells, List, WALK};
use super::super::schema::SCHEMA;
use super::super::walks;
use super::*;
use crate::desk::store::sample::{form, hire, protected, submission, token};
use crate::desk::store::{NewReminder, Reminded};
use crate::domain::form::Form;
use crate::domain::funnel::Source;
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::lead::{Stage, Tag};
use crate::domain::staff::Scope;
use crate::queue::database::{Schema, open_writer};

const START: i64 = 1_800_000_000;

fn me() -> StaffId {
    "aaaaaaaa".parse().unwrap()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Forty leads of two sites and four forms, in batches that came in the same minute.
fn full(place: &Place) -> Store {
    full_of(place, 40)
}

fn full_of(place: &Place, count: u64) -> Store {
    let store = place.open();
    let at = Timestamp::from_second(START).unwrap();
    let leads: Vec<NewLead> = (0..count)
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
    for n in 0..count {
        let minute = (n / 7 * 60_000).cast_signed();
        place
            .raw()
            .execute(
                "UPDATE leads SET received_at = ?2 WHERE token = ?1",
                rusqlite::params![token(n).as_bytes(), minute],
            )
            .unwrap();
    }
    for n in (0..count).step_by(8) {
        assert_eq!(store.change_lead(token(n), 0, &Change::Owner(Some(me())), "staff:x").unwrap(), Changed::Done);
        let tags = Change::Tags(vec![id("vip"), id("展示会")]);
        assert_eq!(store.change_lead(token(n), 1, &tags, "staff:x").unwrap(), Changed::Done);
    }
    let staff = hire(&store, "aaaaaaaa", Scope::All);
    for n in (0..count).step_by(4) {
        // Two at a time.
        let at = at + SignedDuration::from_mins(i64::try_from(n / 8).unwrap());
        store.set_reminder(token(n), &NewReminder { staff, at, set_by: staff }, "staff:x").unwrap();
    }
    let done = Change::Stage(Stage::Qualified, None);
    assert_eq!(store.change_lead(token(8), 2, &done, "staff:x").unwrap(), Changed::Done);
    store
}

/// A lead, the work on it, and when somebody is reminded of it.
type Known = (LeadView, LeadWork, Option<Timestamp>);

/// Every lead, the newest stored first.
fn known(store: &Store) -> Vec<Known> {
    let (leads, _) = store.leads(&InboxFilter::default(), None, 1000).unwrap();
    let with_work = |lead: LeadView| {
        let work = store.work_on(lead.token).unwrap().unwrap();
        let reminder = store.reminders_on(lead.token).unwrap().first().map(|one| one.at);
        (lead, work, reminder)
    };
    leads.into_iter().map(with_work).collect()
}

/// What must come out, found the slow way.
fn expected(known: &[Known], filter: &InboxFilter, scope: &Scope) -> Vec<Token> {
    let mut kept: Vec<_> = known
        .iter()
        .filter(|(lead, work, reminder)| {
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
                    let at = reminder.filter(|_| reminded.staff == me());
                    at.is_some_and(|at| reminded.by.is_none_or(|by| at <= by))
                })
                && filter
                    .overdue_at
                    .is_none_or(|now| lead.stage == Stage::New && work.due_at.is_some_and(|due| due < now))
        })
        .collect();
    match (filter.reminded, filter.overdue_at) {
        (Some(_), _) => {
            // Of one time, the first stored comes first here.
            kept.reverse();
            kept.sort_by_key(|(_, _, reminder)| *reminder);
        }
        (None, Some(_)) => kept.sort_by_key(|(_, work, _)| work.due_at),
        (None, None) => kept.sort_by_key(|(lead, _, _)| std::cmp::Reverse(lead.received_at)),
    }
    kept.into_iter().map(|(lead, _, _)| lead.token).collect()
}

fn walked(store: &Store, filter: &InboxFilter, scope: &Scope, forwards: bool) -> Vec<Token> {
    walked_by(7, store, filter, scope, forwards)
}

fn walked_by(size: usize, store: &Store, filter: &InboxFilter, scope: &Scope, forwards: bool) -> Vec<Token> {
    let mut seek = if forwards { Seek::First } else { Seek::Last };
    let mut out: Vec<Token> = Vec::new();
    loop {
        let page = store.inbox(filter, scope, seek, size).unwrap();
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
    let known = known(&store);
    for filter in filters() {
        for scope in scopes() {
            let wanted = expected(&known, &filter, &scope);
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
    let between = walks::Between { above: 3, below: 30, newest_first: false };
    for filter in filters() {
        for scope in scopes() {
            let (sql, values) = walks::walk(&filter, &scope).rows(between, 50);
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
    let overdue_and_tagged = InboxFilter {
        overdue_at: Some(Timestamp::from_second(START + 20 * 60).unwrap()),
        tag: Some(id("vip")),
        ..InboxFilter::default()
    };
    for filter in filters().into_iter().chain([overdue_and_tagged]) {
        for seek in [Seek::First, Seek::After(somewhere), Seek::Before(somewhere), Seek::Last] {
            for cell in [None, Some(1)] {
                let place = matches!(seek, Seek::After(_) | Seek::Before(_)).then_some(somewhere);
                let (sql, values) = List::new(&filter, seek, 50, WALK).query(cell, place, (0, i64::MAX), 50);
                let plan = plan_of(&store, &sql, values);
                let is_along_an_index =
                    plan.starts_with("SEARCH") && (plan.contains("COVERING") || plan.contains("PRIMARY KEY"));
                assert!(is_along_an_index && !plan.contains("TEMP B-TREE"), "{filter:?} {seek:?}\n{sql}\n{plan}");
            }
        }
    }
}

/// Random filters and scopes over leads that were worked on at random, found by each way there is.
#[test]
fn every_way_of_finding_a_list_gives_what_reading_all_leads_gives() {
    let place = Place::new();
    let store = full_of(&place, 300);
    let mut dice = Dice(7);
    for n in 0..300_u64 {
        for revision in store.work_on(token(n)).unwrap().into_iter().map(|work| work.revision) {
            let change = match dice.roll(4) {
                0 => Change::Stage(Stage::ALL[dice.roll(6)], None),
                1 => Change::Owner(Some(me())),
                2 => Change::Owner(None),
                _ => Change::Tags(["vip", "展示会", "hot"][..dice.roll(4)].iter().map(|tag| id(tag)).collect()),
            };
            store.change_lead(token(n), revision, &change, "staff:x").unwrap();
        }
    }
    let (scopes, known) = (scopes(), known(&store));
    for _ in 0..300 {
        let (filter, scope) = (dice.filter(), &scopes[dice.roll(scopes.len())]);
        let wanted = expected(&known, &filter, scope);
        assert_eq!(walked_by(37, &store, &filter, scope, true), wanted, "{filter:?} {scope:?}");
        assert_eq!(walked_by(37, &store, &filter, scope, false), wanted, "{filter:?} {scope:?}");
        assert_eq!(store.inbox_count(&filter, scope).unwrap(), wanted.len());
        let behind = store.inbox(&filter, scope, Seek::First, 9).unwrap().after;
        let within = behind.into_iter().flat_map(|place| [Seek::After(place), Seek::Before(place)]);
        for seek in [Seek::First, Seek::Last].into_iter().chain(within) {
            let found = |walk: usize| {
                let list = List::new(&filter, seek, 8, walk);
                let find = |connection: &Connection| list.places(connection, &Cells::of(connection, &filter, scope)?);
                store.read(|connection| Ok(find(connection)?)).unwrap()
            };
            for walk in [1, 5, 40] {
                assert_eq!(found(walk), found(WALK), "{walk} {seek:?} {filter:?} {scope:?}");
            }
        }
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn maybe<T>(&mut self, one_in: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(one_in) == 0).then(|| make(self))
    }

    fn filter(&mut self) -> InboxFilter {
        let minute = |n: usize| Timestamp::from_millisecond(n as i64 * 60_000).unwrap();
        InboxFilter {
            site: self.maybe(4, |dice| id(["main", "shop"][dice.roll(2)])),
            form: self.maybe(4, |dice| id(["contact", "event", "news", "gone"][dice.roll(4)])),
            stage: self.maybe(4, |dice| Stage::ALL[dice.roll(6)]),
            is_open: self.roll(6) == 0,
            owner: self.maybe(4, |dice| if dice.roll(2) == 0 { OwnedBy::Nobody } else { OwnedBy::Staff(me()) }),
            source: self.maybe(4, |dice| Source::ALL[dice.roll(4)]),
            tag: self.maybe(4, |dice| id(["vip", "展示会", "hot", "none"][dice.roll(4)])),
            since: self.maybe(5, |dice| minute(dice.roll(43))),
            until: self.maybe(5, |dice| minute(dice.roll(44))),
            reminded: self.maybe(6, |dice| Reminded {
                staff: me(),
                by: dice.maybe(2, |dice| Timestamp::from_second(START + 60 * dice.roll(40) as i64).unwrap()),
            }),
            overdue_at: self.maybe(4, |dice| Timestamp::from_second(START + 60 * dice.roll(320) as i64).unwrap()),
        }
    }
}

#[test]
fn what_lists_are_found_by_follows_every_write() {
    let place = Place::new();
    let store = full(&place);
    let erased = [token(0), token(8), token(13)];
    for lead in erased {
        place.raw().execute("DELETE FROM leads WHERE token = ?1", [lead.as_bytes()]).unwrap();
    }
    let odd: [&str; 5] = [
        "SELECT id FROM lead_cells WHERE leads <> (SELECT count(*) FROM lead_lists WHERE cell = lead_cells.id)",
        "SELECT leads.token FROM leads LEFT JOIN lead_lists ON lead = leads.id LEFT JOIN lead_cells ON lead_cells.id = cell
         WHERE (leads.site, leads.form, leads.stage, ifnull(leads.owner, ''), ifnull(leads.source, ''),
                leads.received_at, iif(leads.stage = 'new', leads.due_at, NULL))
            IS NOT (lead_cells.site, lead_cells.form, lead_cells.stage, lead_cells.owner, lead_cells.source,
                lead_lists.received_at, lead_lists.due_at)",
        "SELECT lead FROM lead_lists WHERE lead NOT IN (SELECT id FROM leads)",
        "SELECT lead_tags.lead FROM lead_tags LEFT JOIN lead_lists ON lead_lists.lead = lead_tags.lead
         WHERE (lead_tags.received_at, lead_tags.cell, lead_tags.due_at)
            IS NOT (lead_lists.received_at, lead_lists.cell, lead_lists.due_at)",
        "SELECT tag FROM tags WHERE leads <> (SELECT count(*) FROM lead_tags WHERE lead_tags.tag = tags.tag)",
    ];
    for sql in odd {
        assert!(!place.raw().prepare(sql).unwrap().exists([]).unwrap(), "{sql}");
    }
    assert_eq!(store.inbox_count(&InboxFilter::default(), &Scope::All).unwrap(), 37);
    assert_eq!(store.stats().unwrap().leads, 37);
    store.change_lead(token(16), 2, &Change::Tags(vec![]), "staff:x").unwrap();
    store.change_lead(token(24), 2, &Change::Tags(vec![id("vip")]), "staff:x").unwrap();
    store.change_lead(token(32), 2, &Change::Tags(vec![id("vip")]), "staff:x").unwrap();
    assert_eq!(store.tags_in_use(9).unwrap(), [id::<Tag>("vip")]);
}

#[test]
fn a_store_of_before_is_brought_into_the_same_lists() {
    let place = Place::new();
    let older = Schema { migrations: &SCHEMA.migrations[..7], ..SCHEMA };
    open_writer(&place.path(), older)
        .unwrap()
        .execute_batch(
            "INSERT INTO sites (site, last_number) VALUES ('main', 2);
             INSERT INTO persons (id, enquiries) VALUES (1, 2);
             INSERT INTO leads (token, site, number, form, form_version, lang, received_at, stored_at, stage, person,
                                enquiry, owner, source, due_at)
                VALUES (zeroblob(20), 'main', 1, 'contact', zeroblob(8), 'ja', 1, 1, 'new', 1, 1, NULL, NULL, 9),
                       (randomblob(20), 'main', 2, 'contact', zeroblob(8), 'ja', 2, 2, 'connected', 1, 2, 'aaaaaaaa',
                        'cpc', 9);
             INSERT INTO lead_tags (tag, received_at, lead) VALUES ('vip', 2, 2);",
        )
        .unwrap();
    let store = place.open();
    let at = |filter: InboxFilter| -> Vec<u64> {
        store.inbox(&filter, &Scope::All, Seek::First, 9).unwrap().rows.iter().map(|row| row.number).collect()
    };
    let all = InboxFilter::default();
    assert_eq!(at(all.clone()), [2, 1]);
    assert_eq!(at(InboxFilter { owner: Some(OwnedBy::Nobody), ..all.clone() }), [1]);
    assert_eq!(at(InboxFilter { source: Some(Source::Cpc), tag: Some(id("vip")), ..all.clone() }), [2]);
    assert_eq!(at(InboxFilter { overdue_at: Some(Timestamp::from_second(1).unwrap()), ..all }), [1]);
    assert_eq!(store.tags_in_use(9).unwrap(), [id::<Tag>("vip")]);
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
