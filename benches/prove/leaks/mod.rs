//! Canaries in every field, through success, refusal, crash, abort and stop, at trace level; then
//! everything that was written is looked through. The control keeps the same canaries in clear and
//! must find them in each kind of place, so that a scan that sees nothing is known to look.
//!
//! No request is known that makes the program panic, so a panic can't be provoked from outside:
//! SIGABRT, at which a program may leave a core file, stands in for it.

mod places;

use crate::arguments::Arguments;
use crate::check::Figures;
use crate::dice::Dice;
use crate::house::{House, Layout, knows_roles};
use crate::support::canaries::{self, Visitor, as_browser};
use crate::support::eventually;
use crate::support::forms::FormPage;
use crate::support::http::Request;
use crate::support::installation::Installation;
use crate::support::scanner::{Canary, Scanner};
use crate::watch;
use places::Places;
use rustix::process::{Resource, Rlimit, Signal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

type Proof = fn(&Arguments, Layout, &mut Figures);

const PROOFS: [(&str, Layout, Proof); 4] = [
    ("split", Layout::SPLIT, find_nothing),
    ("split-control", Layout::SPLIT, find_everything),
    ("serve", Layout::Embedded, find_nothing),
    ("serve-control", Layout::Embedded, find_everything),
];

pub fn run(arguments: &Arguments) -> Vec<Figures> {
    if arguments.list {
        PROOFS.iter().for_each(|(name, _, _)| println!("{name}"));
        return Vec::new();
    }
    // The program itself must see to it that no core file is left, whatever it inherits.
    let unlimited = Rlimit { current: None, maximum: None };
    let _ = rustix::process::setrlimit(Resource::Core, unlimited);
    let wanted = PROOFS.iter().filter(|(name, _, _)| arguments.wants(name));
    wanted.map(|(name, layout, proof)| prove(arguments, name, *layout, *proof)).collect()
}

fn prove(arguments: &Arguments, name: &str, layout: Layout, proof: Proof) -> Figures {
    println!("\n== {name}");
    if layout.is_split() && !knows_roles() {
        println!("    skipped: this program knows no --role");
        return Figures::skipped(name, "this program knows no --role");
    }
    let mut figures = Figures::new(name);
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| proof(arguments, layout, &mut figures))) {
        let words = payload.downcast_ref::<String>().cloned().unwrap_or_default();
        figures.failures.push(format!("broke off: {words}"));
    }
    println!("    {}", figures.line());
    figures
}

fn set_up(desk: &Installation) {
    desk.set("log", "filter", "trace");
    desk.set("public", "trusted_proxies", vec!["127.0.0.1"]);
}

fn find_nothing(arguments: &Arguments, layout: Layout, figures: &mut Figures) {
    let mut house = House::new(layout, set_up);
    house.start();
    let mut typed = canaries::browser_canaries();
    let mut wanted = 0;
    for (number, door) in house.doors().into_iter().enumerate() {
        wanted += canaries::send_good_ones(door, number * 10, &mut typed);
        canaries::send_bad_ones(door, &mut typed);
    }
    for (number, member) in house.members.iter().enumerate() {
        if let Some(door) = member.public {
            wanted += canaries::send_signed_ones(door, &member.site_key(), 80 + number * 10, &mut typed);
        }
    }
    wait_for_leads(&house, wanted);
    let rounds = if arguments.long { 12 } else { 3 };
    let crashed = crash_in_mid_load(&mut house, &Dice::new(arguments.seed, "leaks"), rounds, &mut typed);
    note(figures, format!("{crashed} enquiries were posted while members and Redis were killed {rounds} times"));
    abort_all(&mut house);
    let waiting = leave_in_the_queue(&mut house, &mut typed);
    if layout.is_split() {
        note(figures, format!("{waiting} envelopes wait in Redis while it is looked through"));
    }
    let scanner = Scanner::new(&typed);
    figures.counts.push(("canaries", typed.len() as u64));

    let mut places = Places::new(&scanner);
    places.look_through_redis(&mut house);
    if layout.is_split() {
        house.desk().start();
    }
    wait_for_leads(&house, wanted + waiting);
    places.look_through(&house);
    stop_all(&mut house);
    places.look_through_files(&house);
    house.start();
    places.look_through(&house);
    assert_reached(&house, &scanner, figures);
    places.report(figures);
    if !places.findings.is_empty() {
        figures.failures.push(format!("{} canaries were found", places.findings.len()));
    }
}

/// The values did go in: an operator who reveals them sees them.
fn assert_reached(house: &House, scanner: &Scanner, figures: &mut Figures) {
    let revealed = house.desk_home.succeed(&["export", "--format", "jsonl", "--reveal", "--reason", "audit"]);
    let shown = scanner.scan_bytes("export".as_ref(), revealed.as_bytes());
    figures.counts.push(("revealed on purpose", shown.len() as u64));
    for name in ["accepted contact ja: email", "accepted document-request en: address", "crash: message"] {
        let found = shown.iter().any(|found| found.canary == name);
        if !found {
            figures.failures.push(format!("{name} was never taken in"));
        }
    }
}

/// Kills members and Redis while visitors post; gives how many posts were begun.
fn crash_in_mid_load(house: &mut House, dice: &Dice, rounds: usize, typed: &mut Vec<Canary>) -> usize {
    let visitors: Vec<Visitor> = (0..rounds * 40).map(|n| Visitor::new("crash", 100 + n)).collect();
    visitors.iter().for_each(|visitor| typed.extend(visitor.canaries.clone()));
    let (begun, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let doors = house.doors();
    let page = FormPage::load_at(doors[0], "contact", "lang=ja");
    let mut dice = dice.clone();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let n = begun.fetch_add(1, Ordering::SeqCst);
                    let Some(visitor) = visitors.get(n) else { return };
                    let request = Request::form(&page.path, &page.filled(&visitor.answers(&page)));
                    let _ = as_browser(request).send(doors[n % doors.len()]);
                    std::thread::sleep(Duration::from_millis(40));
                }
            });
        }
        for _ in 0..rounds {
            std::thread::sleep(dice.millis(50, 300));
            house.members.iter_mut().for_each(|member| member.kill());
            if let Some(redis) = &mut house.redis {
                redis.kill();
                redis.start();
            }
            house.start();
        }
        stop.store(true, Ordering::SeqCst);
    });
    begun.into_inner().min(visitors.len())
}

/// SIGABRT: a program that may leave a core file does so.
fn abort_all(house: &mut House) {
    for member in &mut house.members {
        member.signal(Signal::ABORT);
        let status = member.ended();
        assert!(!status.success(), "{} outlived SIGABRT", member.name);
    }
    house.start();
}

/// Ends the desk and sends more, so that envelopes lie in Redis while it is looked through.
fn leave_in_the_queue(house: &mut House, typed: &mut Vec<Canary>) -> usize {
    if !house.layout.is_split() {
        return 0;
    }
    house.desk().kill();
    let mut sent = 0;
    for (number, door) in house.doors().into_iter().enumerate() {
        sent += canaries::send_good_ones(door, 50 + number * 10, typed);
    }
    let redis = house.redis();
    let streams = redis.keys_ending(":stream");
    eventually("envelopes lie in Redis", PATIENCE, || {
        let waiting: usize = streams.iter().map(|stream| length(redis, stream)).sum();
        (waiting >= sent).then_some(())
    });
    sent
}

fn length(redis: &crate::redis_server::Redis, stream: &str) -> usize {
    match redis.ask(&["XLEN", stream]) {
        redis::Value::Int(length) => length.unsigned_abs() as usize,
        _ => 0,
    }
}

fn stop_all(house: &mut House) {
    for member in &mut house.members {
        let status = member.stop();
        assert!(status.success(), "{} ended with {status}", member.name);
    }
}

fn wait_for_leads(house: &House, wanted: usize) {
    eventually("the leads are stored", PATIENCE, || {
        let db = watch::open(&house.leads_db()).ok()?;
        let stored: i64 = db.query_row("SELECT count(*) FROM leads", [], |row| row.get(0)).ok()?;
        (stored.unsigned_abs() as usize >= wanted).then_some(())
    });
}

/// The control: forms that keep everything, canaries written into Redis and the logs on purpose.
fn find_everything(_arguments: &Arguments, layout: Layout, figures: &mut Figures) {
    let mut house = House::new(layout, |desk| {
        set_up(desk);
        canaries::keep_everything_in_clear(desk);
    });
    house.start();
    let mut typed = Vec::new();
    let door = house.doors()[0];
    let wanted = canaries::send_good_ones(door, 0, &mut typed);
    wait_for_leads(&house, wanted);
    places::plant(&mut house, &typed);
    let scanner = Scanner::new(&typed);
    figures.counts.push(("canaries", typed.len() as u64));
    let mut places = Places::new(&scanner);
    if layout.is_split() {
        places.look_through_redis(&mut house);
    }
    places.look_through(&house);
    places.report(figures);
    for kind in places::kinds(layout) {
        let found = places.findings.iter().filter(|(place, _)| place == kind).count();
        if found == 0 {
            figures.failures.push(format!("the control found nothing in {kind}: the scan does not look there"));
        }
    }
}

fn note(figures: &mut Figures, words: String) {
    println!("    {words}");
    figures.notes.push(words);
}
