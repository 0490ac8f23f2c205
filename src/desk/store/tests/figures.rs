//! The counters: equal to what counting the leads would give, on the days of the office.

use super::*;
use crate::desk::store::sample::{form, protected_at, submission, token};
use crate::desk::store::schema::SCHEMA;
use crate::desk::store::{DueGroup, DueLeads, FiguresOf};
use crate::domain::business_hours::BusinessHours;
use crate::domain::form::Form;
use crate::domain::funnel::Source;
use crate::domain::lead::{NoLead, Stage};
use crate::domain::staff::Scope;
use crate::queue::database::{Schema, open_writer};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::BTreeMap;

const ME: &str = "staff:aaaaaaaa";
const TOKYO: &str = "JST-9";
const EVERYTHING: FiguresOf<'_> = FiguresOf { scope: &Scope::All, site: None, form: None };

fn office(zone: &str) -> BusinessHours {
    BusinessHours { time_zone: TimeZone::posix(zone).unwrap(), ..BusinessHours::always() }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn new_lead(n: u64, site: &str, named: &str, received: Timestamp, due: Option<i64>) -> NewLead {
    let form = Form { site: site.parse().unwrap(), id: named.parse().unwrap(), ..form() };
    let due_at = due.map(|minutes| received + SignedDuration::from_mins(minutes));
    let facts = LeadFacts { source: Source::ALL.get((n % 9) as usize).copied(), due_at };
    let sent = submission(&format!("p{n}@example.jp"), "");
    NewLead { lead: protected_at(n, &form, &sent, received), deliveries: vec![], facts }
}

fn per_day(store: &Store, days: std::ops::Range<Date>) -> Vec<(String, u64)> {
    let figures = store.figures(&EVERYTHING, &[days]).unwrap();
    figures.spans[0].by_day.iter().map(|(day, count)| (day.to_string(), *count)).collect()
}

#[test]
fn a_day_is_the_offices_whatever_its_offset_and_when_the_zone_is_another_all_are_counted_anew() {
    let place = Place::new();
    let store = place.open();
    // Either side of midnight in Tokyo, Kolkata, Kathmandu; around both changes of Berlin's clocks in 2026;
    // the leap day; New Year.
    let moments = [
        "2026-05-01T14:59:00Z",
        "2026-05-01T15:00:00Z",
        "2026-05-01T18:29:00Z",
        "2026-05-01T18:30:00Z",
        "2026-05-01T18:14:00Z",
        "2026-05-01T18:15:00Z",
        "2026-03-28T22:59:00Z",
        "2026-03-28T23:00:00Z",
        "2026-03-29T21:59:00Z",
        "2026-03-29T22:00:00Z",
        "2026-10-24T21:59:00Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T22:59:00Z",
        "2026-10-25T23:00:00Z",
        "2028-02-28T15:00:00Z",
        "2028-02-29T14:59:00Z",
        "2028-02-29T23:59:00Z",
        "2026-12-31T23:59:00Z",
        "2027-01-01T00:00:00Z",
    ];
    for (n, moment) in (1..).zip(moments.iter().take(10)) {
        store.store_leads(&[new_lead(n, "main", "contact", at(moment), None)]).unwrap();
    }
    for zone in [TOKYO, "CET-1CEST,M3.5.0,M10.5.0/3", "IST-5:30", "<+0545>-5:45", "UTC0", "NST3:30NDT,M3.2.0,M11.1.0"] {
        let hours = office(zone);
        store.keep_office(&hours).unwrap();
        if zone == TOKYO {
            // The second half comes in while the zone is known.
            for (n, moment) in (11..).zip(&moments[10..]) {
                store.store_leads(&[new_lead(n, "main", "contact", at(moment), None)]).unwrap();
            }
        }
        let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
        for moment in moments {
            let date = at(moment).to_zoned(hours.time_zone.clone()).date();
            *wanted.entry(date.to_string()).or_default() += 1;
        }
        let found = per_day(&store, day("2026-01-01")..day("2029-01-01"));
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{zone}");
    }
    store.keep_office(&office(TOKYO)).unwrap();
    assert_eq!(per_day(&store, day("2028-02-29")..day("2028-03-01")), [("2028-02-29".to_owned(), 2)]);
    assert_eq!(per_day(&store, day("2028-03-01")..day("2028-03-02")), [("2028-03-01".to_owned(), 1)]);
}

#[test]
fn an_older_file_is_counted_as_it_stands() {
    let place = Place::new();
    let older = Schema { migrations: &SCHEMA.migrations[..7], ..SCHEMA };
    let old = open_writer(&place.path(), older).unwrap();
    old.execute_batch(
        "INSERT INTO sites VALUES ('main', 3); INSERT INTO persons VALUES (1, 3);
         INSERT INTO leads (id, token, site, number, form, form_version, lang, received_at, stored_at, stage, person,
                            enquiry, source, due_at, stage_reason)
         VALUES (1, x'01', 'main', 1, 'contact', x'00', 'ja', 1800000000000, 0, 'new', 1, 1, 'cpc', 1800000600000, NULL),
                (2, x'02', 'main', 2, 'contact', x'00', 'ja', 1800000000000, 0, 'unqualified', 1, 2, NULL, 1800000600000, 'spam'),
                (3, x'03', 'main', 3, 'event', x'00', 'ja', 1800100000000, 0, 'connected', 1, 3, 'cpc', NULL, NULL);
         INSERT INTO lead_changes (lead, at, actor, what) VALUES
                (2, 1799999999999, 'desk', 'stage'), (2, 1800000300000, 'staff:x', 'tags'),
                (2, 1800000540000, 'staff:x', 'stage'), (2, 1800009000000, 'staff:x', 'owner'),
                (3, 1800109000000, 'cli:root', 'owner');",
    )
    .unwrap();
    drop(old);
    let store = place.open();
    store.keep_office(&office(TOKYO)).unwrap();
    let figures = store.figures(&EVERYTHING, &[day("2027-01-01")..day("2027-02-01")]).unwrap();
    let came_in = &figures.spans[0];
    assert_eq!((came_in.leads, came_in.by_source[&Some(Source::Cpc)], came_in.by_source[&None]), (3, 2, 1));
    assert_eq!((figures.in_stage(Stage::New), figures.for_reason(NoLead::Spam)), (1, 1));
    assert_eq!((came_in.answers.count(), came_in.answers.timely, came_in.answers.due), (2, 1, 1));
    assert_eq!(came_in.answers.classes[&5], 1, "nine minutes");
    assert_eq!(came_in.answers.classes[&120], 1, "two hours and a half");
    assert_eq!(store.stats().unwrap().leads, 3);
}

#[test]
fn an_answer_is_a_persons_first_change_of_stage_or_owner_in_open_time() {
    let place = Place::new();
    let store = place.open();
    let received = place.clock.now();
    let tokyo = office(TOKYO);
    // 17:00 in Tokyo; the office closes at 18:00.
    let hours = BusinessHours {
        days: vec![jiff::civil::Weekday::Friday, jiff::civil::Weekday::Saturday],
        opens: jiff::civil::time(9, 0, 0, 0),
        closes: Some(jiff::civil::time(18, 0, 0, 0)),
        ..tokyo
    };
    store.keep_office(&hours).unwrap();
    store.store_leads(&[new_lead(1, "main", "contact", received, Some(30))]).unwrap();
    let days = day("2027-01-01")..day("2027-02-01");
    let answers = || store.figures(&EVERYTHING, std::slice::from_ref(&days)).unwrap().spans[0].answers.clone();
    assert_eq!((answers().count(), answers().due), (0, 0), "not due yet");
    let change = |revision, change: &Change, actor: &str| {
        assert_eq!(store.change_lead(token(1), revision, change, actor).unwrap(), Changed::Done);
    };
    change(0, &Change::Tags(vec!["vip".parse().unwrap()]), ME);
    change(1, &Change::Stage(Stage::Attempting, None), "desk");
    assert_eq!(answers().count(), 0);
    let opens = received.to_zoned(hours.time_zone.clone()).date().tomorrow().unwrap().at(9, 5, 0, 0);
    let answered = opens.to_zoned(hours.time_zone.clone()).unwrap().timestamp();
    place.clock.advance(received.duration_until(answered));
    let open_minutes = u64::try_from(hours.open_between(received, answered).as_mins()).unwrap();
    change(2, &Change::Owner(Some("aaaaaaaa".parse().unwrap())), ME);
    place.clock.advance(SignedDuration::from_hours(500));
    change(3, &Change::Stage(Stage::Connected, None), ME);
    let said = answers();
    assert_eq!((said.count(), said.due, said.timely), (1, 1, 0));
    let class = said.classes.iter().find(|(_, count)| **count > 0).map(|(least, _)| *least).unwrap();
    assert!(class <= open_minutes && open_minutes < 16 * 60, "{class} {open_minutes}");
    assert!(said.within(0.5).unwrap() >= class);
}

#[test]
fn quantiles_lie_within_their_class() {
    let answers = |counts: &[(u64, u64)]| Answers { classes: counts.iter().copied().collect(), due: 4, timely: 5 };
    assert_eq!(answers(&[(0, 0), (5, 0)]).within(0.5), None);
    let even = answers(&[(0, 0), (10, 10), (20, 0), (30, 10), (60, 0)]);
    assert_eq!((even.within(0.5), even.within(0.9), even.within(0.25)), (Some(20), Some(54), Some(15)));
    assert_eq!(answers(&[(0, 0), (20_160, 3)]).within(0.9), Some(20_160), "the last class has no end");
    assert_eq!(even.share_in_time(), Some(1.0));
    assert_eq!(Answers::default().share_in_time(), None);
}

#[test]
fn each_sees_the_figures_of_their_sites_and_forms_alone() {
    let place = Place::new();
    let store = place.open();
    let now = place.clock.now();
    for (n, site, named) in [(1, "main", "contact"), (2, "main", "event"), (3, "shop", "contact"), (4, "shop", "news")]
    {
        store.store_leads(&[new_lead(n, site, named, now, Some(0))]).unwrap();
        store.change_lead(token(n), 0, &Change::Stage(Stage::Connected, None), ME).unwrap();
    }
    let days = day("2027-01-01")..day("2027-02-01");
    let seen = |sites: &[&str], forms: &[&str], site: Option<&str>, form: Option<&str>| {
        let scope = Scope::Only {
            sites: sites.iter().map(|site| site.parse().unwrap()).collect(),
            forms: forms.iter().map(|form| form.parse().unwrap()).collect(),
        };
        let (site, form) = (site.map(|site| site.parse().unwrap()), form.map(|form| form.parse().unwrap()));
        let of = FiguresOf { scope: &scope, site: site.as_ref(), form: form.as_ref() };
        let figures = store.figures(&of, std::slice::from_ref(&days)).unwrap();
        let came_in = &figures.spans[0];
        let by_form: u64 = came_in.by_form.values().sum();
        let all = [came_in.leads, by_form, came_in.answers.count(), figures.in_stage(Stage::Connected)];
        assert!(all.iter().all(|count| *count == came_in.leads) && figures.is_begun == (came_in.leads > 0), "{all:?}");
        came_in.leads
    };
    assert_eq!(seen(&["main"], &[], None, None), 2);
    assert_eq!(seen(&[], &["contact"], None, None), 2);
    assert_eq!(seen(&["main"], &["news"], None, None), 3);
    assert_eq!(seen(&["main"], &["news"], Some("shop"), None), 1);
    assert_eq!(seen(&["main"], &[], Some("shop"), None), 0);
    assert_eq!(seen(&["main"], &[], None, Some("news")), 0);
    assert_eq!(seen(&[], &[], None, None), 0);
}

/// What somebody or something does to leads.
#[derive(Debug, Clone)]
enum Deed {
    Store { minutes_ago: i64, site: usize, form: usize, due: Option<i64> },
    Again(usize),
    Move(usize, usize, usize),
    Own(usize),
    Erase(usize),
    Retain { form: usize, hours: i64 },
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (0..20_000_i64, 0..2_usize, 0..2_usize, proptest::option::of(0..2000_i64))
            .prop_map(|(minutes_ago, site, form, due)| Deed::Store { minutes_ago, site, form, due }),
        1 => (0..20_usize).prop_map(Deed::Again),
        4 => (0..20_usize, 0..6_usize, 0..8_usize).prop_map(|(lead, stage, reason)| Deed::Move(lead, stage, reason)),
        2 => (0..20_usize).prop_map(Deed::Own),
        1 => (0..20_usize).prop_map(Deed::Erase),
        1 => (0..2_usize, 0..300_i64).prop_map(|(form, hours)| Deed::Retain { form, hours }),
        2 => (1..3000_i64).prop_map(Deed::Wait),
    ];
    proptest::collection::vec(deed, 1..30)
}

const SITES: [&str; 2] = ["main", "shop"];
const FORMS: [&str; 2] = ["contact", "event"];

/// What counting by hand would give, of leads that are there and of those that were.
#[derive(Default)]
struct ByHand {
    days: BTreeMap<String, u64>,
    sources: BTreeMap<Option<Source>, u64>,
    leads: Vec<(u64, Timestamp, Option<Timestamp>, Option<Timestamp>)>,
}

impl ByHand {
    fn answered(&mut self, n: u64, now: Timestamp) {
        let lead = self.leads.iter_mut().find(|(of, ..)| *of == n);
        if let Some((.., answered @ None)) = lead {
            *answered = Some(now);
        }
    }
}

fn carry_out(place: &Place, store: &Store, deed: &Deed, by_hand: &mut ByHand, zone: &TimeZone) {
    let now = place.clock.now();
    let nth =
        |n: &usize, by_hand: &ByHand| (!by_hand.leads.is_empty()).then(|| by_hand.leads[n % by_hand.leads.len()].0);
    match deed {
        Deed::Store { minutes_ago, site, form, due } => {
            let (n, received) = (by_hand.leads.len() as u64 + 1, now - SignedDuration::from_mins(*minutes_ago));
            let new = new_lead(n, SITES[*site], FORMS[*form], received, *due);
            let (source, due_at) = (new.facts.source, new.facts.due_at);
            assert_eq!(store.store_leads(&[new]).unwrap(), [Stored::New]);
            let received = received - SignedDuration::from_millis(received.as_millisecond().rem_euclid(60_000));
            *by_hand.days.entry(received.to_zoned(zone.clone()).date().to_string()).or_default() += 1;
            *by_hand.sources.entry(source).or_default() += 1;
            by_hand.leads.push((n, received, due_at, None));
        }
        Deed::Again(n) => {
            let Some(n) = nth(n, by_hand) else { return };
            assert_ne!(store.store_leads(&[new_lead(n, "main", "contact", now, None)]).unwrap(), [Stored::New]);
        }
        Deed::Move(n, stage, reason) => {
            let Some(n) = nth(n, by_hand) else { return };
            let Some(work) = store.work_on(token(n)).unwrap() else { return };
            let change = Change::Stage(Stage::ALL[*stage], Some(NoLead::ALL[*reason]));
            if store.change_lead(token(n), work.revision, &change, ME).unwrap() == Changed::Done {
                by_hand.answered(n, now);
            }
        }
        Deed::Own(n) => {
            let Some(n) = nth(n, by_hand) else { return };
            let Some(work) = store.work_on(token(n)).unwrap() else { return };
            let change = Change::Owner(Some("aaaaaaaa".parse().unwrap()));
            if store.change_lead(token(n), work.revision, &change, ME).unwrap() == Changed::Done {
                by_hand.answered(n, now);
            }
        }
        Deed::Erase(n) => {
            let Some(n) = nth(n, by_hand) else { return };
            let form: Option<String> = place
                .raw()
                .query_row("SELECT form FROM leads WHERE token = ?1", [token(n).as_bytes()], |row| row.get(0))
                .ok();
            let Some(form) = form else { return };
            let due = DueLeads { form: form.parse().unwrap(), days: 1, groups: vec![] };
            store.erase_due(&due, &[token(n)], "test").unwrap();
        }
        Deed::Retain { form: named, hours } => {
            let until = now - SignedDuration::from_hours(*hours);
            let version = form().version;
            let groups = vec![DueGroup { version, received_until: until, stored_until: now }];
            let due = DueLeads { form: FORMS[*named].parse().unwrap(), days: 1, groups };
            let leads = store.leads_due(&due, 100).unwrap();
            store.erase_due(&due, &leads, "test").unwrap();
        }
        Deed::Wait(minutes) => place.clock.advance(SignedDuration::from_mins(*minutes)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn counters_are_what_counting_would_give(deeds in deeds()) {
        let place = Place::new();
        let store = place.open();
        let hours = office(TOKYO);
        store.keep_office(&hours).unwrap();
        let mut by_hand = ByHand::default();
        for deed in &deeds {
            carry_out(&place, &store, deed, &mut by_hand, &hours.time_zone);
        }
        let figures = store.figures(&EVERYTHING, &[day("2026-12-01")..day("2027-12-01")]).unwrap();
        let came_in = &figures.spans[0];
        let days: BTreeMap<String, u64> =
            came_in.by_day.iter().map(|(day, count)| (day.to_string(), *count)).collect();
        prop_assert_eq!(&days, &by_hand.days);
        prop_assert_eq!(&came_in.by_source, &by_hand.sources);
        prop_assert_eq!(came_in.leads, by_hand.leads.len() as u64);

        let answered: Vec<_> = by_hand.leads.iter().filter_map(|(_, received, due, at)| Some((received, due, (*at)?))).collect();
        prop_assert_eq!(came_in.answers.count(), answered.len() as u64);
        let timely = answered.iter().filter(|(_, due, at)| due.is_some_and(|due| *at <= due)).count();
        prop_assert_eq!(came_in.answers.timely, timely as u64);
        let least = |minutes: u64| *came_in.answers.classes.keys().rev().find(|least| **least <= minutes).unwrap();
        let mut classes: BTreeMap<u64, u64> = came_in.answers.classes.keys().map(|least| (*least, 0)).collect();
        for (received, _, at) in &answered {
            *classes.get_mut(&least(u64::try_from(received.duration_until(*at).as_mins()).unwrap())).unwrap() += 1;
        }
        prop_assert_eq!(&came_in.answers.classes, &classes);

        let mut stages: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
        let raw = place.raw();
        let mut statement = raw.prepare("SELECT stage, stage_reason FROM leads").unwrap();
        for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap() {
            *stages.entry(row.unwrap()).or_default() += 1;
        }
        let found: BTreeMap<(String, Option<String>), u64> = figures
            .stages
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|((stage, reason), count)| (((*stage).to_owned(), reason.map(str::to_owned)), *count))
            .collect();
        prop_assert_eq!(found, stages);
    }
}
