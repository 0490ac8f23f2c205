//! Retention under clocks that go on, jump and go back.

use super::*;
use crate::domain::ids::FormVersion;
use std::sync::atomic::{AtomicUsize, Ordering};

const DAY: i64 = 24;

impl House {
    fn rules(&self) -> RetentionRules {
        let form = form();
        let days = FormDays { form: form.id, version: form.version, days: form.retention_days };
        RetentionRules { forms: vec![days], quarantine_days: 30, unopened_days: 90, clock_jump_days: 7 }
    }

    fn retention(&self, rules: &RetentionRules) -> Retention {
        Retention {
            custody: self.custody.clone(),
            rules: rules.clone(),
            spool: self.dir.path().join("spool.db"),
            clock: self.clock.clone(),
        }
    }

    fn order(&self, rules: &RetentionRules, vouches_for_clock: bool) -> Outcome {
        let order = Order { actor: "desk", vouches_for_clock };
        self.retention(rules).run(order, &mut || true).unwrap()
    }

    /// Carries retention out; gives what was erased.
    #[track_caller]
    fn run(&self, rules: &RetentionRules) -> Vec<(&'static str, u64)> {
        match self.order(rules, false) {
            Outcome::Done(run) => run.ended.into_iter().map(|ended| (ended.what, ended.count)).collect(),
            Outcome::Waits(moved) => panic!("{moved:?}"),
        }
    }

    fn jump(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(days * DAY));
    }

    /// Days go by, and retention is carried out now and then; gives what was erased.
    #[track_caller]
    fn pass(&self, days: i64, rules: &RetentionRules) -> Vec<(&'static str, u64)> {
        let mut erased = Vec::new();
        for part in std::iter::repeat_n(5, usize::try_from(days / 5).unwrap()).chain([days % 5]) {
            self.jump(part);
            erased.extend(self.run(rules));
        }
        erased
    }

    fn is_there(&self, n: u64) -> bool {
        self.custody.store.lead(token(n)).unwrap().is_some()
    }

    fn ciphertexts(&self, n: u64) -> Vec<Vec<u8>> {
        let lead = self.custody.store.lead(token(n)).unwrap().unwrap();
        lead.fields.into_iter().filter_map(|field| field.sealed).collect()
    }

    fn audit(&self, action: &str) -> Vec<crate::desk::audit::Entry> {
        let entries = self.custody.store.audit_entries(1, 10_000).unwrap();
        entries.into_iter().filter(|entry| entry.action == action).collect()
    }
}

#[test]
fn a_lead_ends_with_its_days_and_nothing_of_it_is_left() {
    let house = House::new();
    let rules = house.rules();
    assert_eq!(house.run(&rules), []);
    house.lead(1, "a@example.jp");
    let gone = house.ciphertexts(1);
    assert!(gone.len() >= 3 && gone.iter().all(|bytes| !house.files_with(bytes).is_empty()), "the control");
    assert_eq!(house.pass(364, &rules), []);
    house.lead(2, "b@example.jp");
    let kept = house.ciphertexts(2);
    assert!(house.is_there(1) && house.has_key(token(1)));
    assert_eq!(house.pass(1, &rules), [("leads", 1)]);
    assert!(!house.is_there(1) && !house.has_key(token(1)));
    for bytes in &gone {
        assert_eq!(house.files_with(bytes), Vec::<PathBuf>::new(), "of what was erased");
    }
    assert!(kept.iter().all(|bytes| !house.files_with(bytes).is_empty()) && house.has_key(token(2)));
    let entries = house.audit("retention-erased");
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].actor.as_str(), entries[0].subject.as_deref()), ("desk", Some(form().id.as_str())));
    assert_eq!(entries[0].detail.as_deref(), Some("what=leads count=1 days=365"));

    assert_eq!(house.run(&rules), [], "once");
    assert_eq!(house.leads(1..=1, &form(), "a@example.jp"), [Stored::Erased], "a redelivery");
    assert!(!house.is_there(1));
    assert_eq!(house.audit("retention-erased").len(), 1);
    assert_eq!(house.custody.store.verify_audit().unwrap().broken_at, None);
}

#[test]
fn a_clock_that_jumps_erases_nothing_until_somebody_vouches_for_it() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    house.lead(1, "a@example.jp");
    house.jump(2000);
    let Outcome::Waits(moved) = house.order(&rules, false) else { panic!("it ran") };
    assert_eq!(moved.days(), 2000);
    house.jump(1);
    assert!(matches!(house.order(&rules, false), Outcome::Waits(_)), "waiting is no run");
    assert!(house.is_there(1) && house.has_key(token(1)));

    // The clock is set right, and all goes on by itself.
    house.jump(-2001);
    assert_eq!(house.run(&rules), []);
    house.jump(-9);
    assert!(matches!(house.order(&rules, false), Outcome::Waits(_)), "a clock that went back");
    house.jump(9);
    assert_eq!(house.pass(40, &rules), []);

    house.jump(400);
    assert!(matches!(house.order(&rules, false), Outcome::Waits(_)));
    let Outcome::Done(run) = house.order(&rules, true) else { panic!("it waits") };
    assert_eq!(run.ended[0].count, 1);
    assert!(!house.is_there(1));
    assert_eq!(house.audit("retention-clock-confirmed").len(), 1);
    assert_eq!(house.run(&rules), [], "believed from now on");
}

#[test]
fn days_that_are_new_or_shortened_hold_a_day_later() {
    let house = House::new();
    house.lead(1, "a@example.jp");
    let year = house.rules();
    let month = |version: u8| {
        let forms =
            year.forms.iter().map(|form| FormDays { version: FormVersion([version; 8]), days: 30, ..form.clone() });
        RetentionRules { forms: forms.collect(), ..year.clone() }
    };
    // Retention begins when the lead is long past its days.
    house.jump(370);
    assert_eq!(house.run(&year), []);
    assert!(house.is_there(1), "not at the first run");
    let lines = countdown(&house.custody.store, &year, house.clock.now()).unwrap();
    assert_eq!(lines[0].holds_from, Some(house.clock.now() + SignedDuration::from_hours(DAY)));
    assert_eq!((lines[0].due, lines[0].in_7_days), (0, 1));
    house.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(house.run(&year), []);
    house.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(house.run(&year), [("leads", 1)]);

    house.leads(2..=2, &Form { version: FormVersion([9; 8]), ..form() }, "b@example.jp");
    house.jump(-370);
    house.order(&year, true);
    assert_eq!(house.pass(40, &year), []);
    // Shortened, then changed in another way: the day counts from the first.
    assert_eq!(house.run(&month(1)), []);
    house.clock.advance(SignedDuration::from_hours(20));
    assert_eq!(house.run(&month(2)), []);
    house.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(house.run(&month(2)), []);
    // Longer days hold at once.
    assert_eq!(house.run(&year), []);
    assert_eq!(house.pass(5, &year), []);
}

#[test]
fn leads_of_a_form_that_is_gone_keep_the_days_they_came_under() {
    let house = House::new();
    let rules = |version: u8, days: u32| {
        let form = FormDays { form: form().id, version: FormVersion([version; 8]), days };
        RetentionRules { forms: vec![form], ..house.rules() }
    };
    let of_version = |version: u8| Form { version: FormVersion([version; 8]), ..form() };
    house.run(&rules(1, 30));
    house.leads(1..=1, &of_version(1), "a@example.jp");
    house.pass(1, &rules(2, 60));
    house.leads(2..=2, &of_version(2), "b@example.jp");
    house.leads(3..=3, &of_version(3), "c@example.jp");
    let none = RetentionRules { forms: Vec::new(), ..house.rules() };
    assert_eq!(house.pass(28, &none), []);
    assert_eq!(house.pass(1, &none), [("leads", 1)]);
    assert!(!house.is_there(1) && house.is_there(2) && house.is_there(3));
    assert_eq!(house.pass(30, &none), [("leads", 2)], "of an unknown definition: the last days");

    // Of a form that nobody ever wrote down: the default.
    let other = Form { id: "gone".parse().unwrap(), ..form() };
    house.jump(-60);
    house.order(&none, true);
    house.leads(4..=4, &other, "d@example.jp");
    assert_eq!(house.pass(364, &none), []);
    let lines = countdown(&house.custody.store, &none, house.clock.now()).unwrap();
    assert_eq!((lines[0].form_is_present, lines[0].days, lines[0].due, lines[0].in_7_days), (false, 365, 0, 1));
    assert_eq!(house.pass(1, &none), [("leads", 1)]);
}

#[test]
fn a_lead_that_came_late_is_not_erased_on_arrival() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    house.pass(364, &rules);
    house.lead(1, "late@example.jp");
    assert_eq!(house.pass(356, &rules), []);
    assert_eq!(house.pass(1, &rules), [("leads", 1)]);

    let short = RetentionRules { forms: vec![FormDays { days: 2, ..rules.forms[0].clone() }], ..rules };
    house.pass(2, &short);
    house.lead(2, "late@example.jp");
    assert_eq!(house.run(&short), []);
    assert_eq!(house.pass(1, &short), [("leads", 1)], "half of its days");
}

#[test]
fn what_was_set_aside_ends_too() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    let store = &house.custody.store;
    let (_, doubted) = house.hold(1);
    house.hold(2);
    // One of them became a lead, and the release broke off before it left quarantine.
    house.lead(2, "r@example.jp");
    store.set_aside(token(3), b"an envelope of which nobody has the key", "no-key").unwrap();
    assert!(!house.files_with(&doubted).is_empty());
    assert_eq!(house.pass(29, &rules), []);
    assert_eq!(house.pass(1, &rules), [("quarantine", 2)]);
    assert_eq!(house.files_with(&doubted), Vec::<PathBuf>::new());
    assert_eq!(house.hold(1).0, 0, "it stays away");
    assert_eq!(house.leads(2..=2, &form(), "r@example.jp"), [Stored::Duplicate], "the lead is a lead");
    assert_eq!(house.pass(59, &rules), []);
    assert_eq!(house.pass(1, &rules), [("unopened", 1)]);
    assert_eq!(house.files_with(b"an envelope of which nobody"), Vec::<PathBuf>::new());
    assert_eq!(house.leads(3..=3, &form(), "s@example.jp"), [Stored::New], "its token was nobody's word");
    let details: Vec<_> = house.audit("retention-erased").into_iter().map(|entry| entry.detail.unwrap()).collect();
    assert_eq!(details, ["what=quarantine count=2 days=30", "what=unopened count=1 days=90"]);
}

#[test]
fn a_run_that_breaks_off_is_finished_by_the_next() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    house.lead(1, "a@example.jp");
    house.pass(364, &rules);
    sample::forbid_audit(&house.custody.store);
    house.jump(1);
    let order = Order { actor: "desk", vouches_for_clock: false };
    assert!(house.retention(&rules).run(order, &mut || true).is_err());
    assert!(house.is_there(1) && !house.has_key(token(1)), "nobody can open it any more");
    sample::permit_audit(&house.custody.store);
    assert_eq!(house.run(&rules), [("leads", 1)]);
}

#[test]
fn a_run_can_be_stopped_between_its_batches() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    house.leads(1..=450, &form(), "a@example.jp");
    house.pass(364, &rules);
    house.jump(1);
    let mut asked = 0;
    let mut go_on = || {
        asked += 1;
        asked < 3
    };
    let order = Order { actor: "desk", vouches_for_clock: false };
    let Outcome::Done(run) = house.retention(&rules).run(order, &mut go_on).unwrap() else { panic!("it waits") };
    assert_eq!((run.stopped, run.ended[0].count), (true, 400));
    assert_eq!(house.run(&rules), [("leads", 50)]);
}

#[test]
fn two_runs_at_once_erase_nothing_twice() {
    let house = House::new();
    let rules = house.rules();
    house.run(&rules);
    house.leads(1..=500, &form(), "a@example.jp");
    house.pass(364, &rules);
    house.jump(1);
    let entropy = Arc::new(SeededEntropy::new(22));
    let path = house.dir.path().join("leads.db");
    let other = Arc::new(Store::open(&path, house.clock.clone(), entropy).unwrap());
    let second = Retention { custody: Custody { store: other, ..house.custody.clone() }, ..house.retention(&rules) };
    let first = house.retention(&rules);
    let erased = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for retention in [&first, &second] {
            scope.spawn(|| {
                let order = Order { actor: "desk", vouches_for_clock: false };
                let Outcome::Done(run) = retention.run(order, &mut || true).unwrap() else { panic!("it waits") };
                let count: u64 = run.ended.iter().map(|ended| ended.count).sum();
                erased.fetch_add(usize::try_from(count).unwrap(), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(erased.load(Ordering::Relaxed), 500);
    assert_eq!(house.custody.store.stats().unwrap().leads, 0);
    let counted = |entry: crate::desk::audit::Entry| {
        let detail = entry.detail.unwrap();
        detail.split(' ').find_map(|word| word.strip_prefix("count=")).unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(house.audit("retention-erased").into_iter().map(counted).sum::<u64>(), 500);
    assert_eq!(house.custody.store.verify_audit().unwrap().broken_at, None);
}
