//! Every way in which things break, one file per family, each as one or more named scenarios.

mod clock;
mod disk;
mod keyring;
mod kills;
mod poison;
mod queue_loss;
mod relay;
mod replica;
mod restore;
mod second_desk;
mod stop;

use crate::arguments::Arguments;
use crate::check::Figures;
use crate::dice::Dice;
use crate::house::{Layout, knows_roles};
use crate::member::has_faketime;
use crate::redis_server::Fsync;
use crate::scene::Order;
use crate::small_disk::SmallDisk;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a scenario needs of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    SmallDisk,
    Faketime,
}

struct Scenario {
    name: &'static str,
    about: &'static str,
    layout: Layout,
    need: Need,
    /// Rounds in the short run (0: not part of it) and in the long one.
    rounds: (usize, usize),
    /// Its share of the time.
    share: u32,
    run: fn(&Order) -> Figures,
}

const fn scenario(name: &'static str, about: &'static str, layout: Layout, run: fn(&Order) -> Figures) -> Scenario {
    Scenario { name, about, layout, need: Need::Nothing, rounds: (0, 6), share: 2, run }
}

impl Scenario {
    const fn rounds(mut self, short: usize, long: usize) -> Self {
        self.rounds = (short, long);
        self
    }

    const fn share(mut self, share: u32) -> Self {
        self.share = share;
        self
    }

    const fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }
}

const ALWAYS: Layout = Layout::Split { nodes: 2, fsync: Fsync::Always, sentinel: false };
const SENTINEL: Layout = Layout::Split { nodes: 2, fsync: Fsync::EverySecond, sentinel: true };

const SCENARIOS: [Scenario; 24] = [
    scenario("kill", "kill -9 of nodes, desk and Redis (fsync every second)", Layout::SPLIT, kills::run)
        .rounds(6, 120)
        .share(12),
    scenario("kill-always", "the same, Redis syncing every write", ALWAYS, kills::run).rounds(0, 60).share(6),
    scenario(
        "ten-thousand",
        "10,000 submissions while Redis is restarted and the desk killed",
        Layout::SPLIT,
        kills::ten_thousand,
    )
    .rounds(0, 1)
    .share(0),
    scenario("redis-away", "Redis away for seconds: nodes can't ask each other", Layout::SPLIT, queue_loss::away)
        .rounds(1, 6),
    scenario("redis-older", "Redis put back from an older append-only file", Layout::SPLIT, queue_loss::older_file)
        .rounds(0, 8),
    scenario("redis-wiped", "FLUSHALL, and a Redis that starts empty", Layout::SPLIT, queue_loss::wiped).rounds(2, 8),
    scenario("replica-sentinel", "Sentinel promotes a replica", SENTINEL, replica::promoted_by_sentinel).rounds(0, 4),
    scenario("replica-moved", "a replica takes the primary's address", Layout::SPLIT, replica::moved).rounds(0, 4),
    scenario("second-desk", "second desks started by mistake", Layout::SPLIT, second_desk::run).rounds(0, 1),
    scenario("restore", "the desk put back from a backup", Layout::SPLIT, restore::run).rounds(1, 8),
    scenario("disk-capture", "a node's disk is full", Layout::SPLIT, disk::at_capture)
        .rounds(1, 5)
        .need(Need::SmallDisk),
    scenario("disk-desk", "the desk's disk is full", Layout::SPLIT, disk::at_desk).rounds(1, 5).need(Need::SmallDisk),
    scenario("keyring", "the keyring is locked or its key missing", Layout::SPLIT, keyring::run).rounds(0, 4).share(3),
    scenario("relay", "a mail relay in every bad mood", Layout::SPLIT, relay::run).rounds(0, 8).share(3),
    scenario("clock", "clocks a day off", Layout::SPLIT, clock::run).rounds(0, 10).need(Need::Faketime),
    scenario("poison", "entries that no node wrote, streams that can't be written", Layout::SPLIT, poison::run)
        .rounds(3, 16)
        .share(3),
    scenario("stop", "SIGTERM in mid-load", Layout::SPLIT, stop::run).rounds(2, 20),
    scenario("serve-kill", "kill -9 of the one process", Layout::Embedded, kills::run).rounds(6, 110).share(8),
    scenario("serve-restore", "the one process put back from a backup", Layout::Embedded, restore::run).rounds(1, 8),
    scenario("serve-disk", "its disk is full", Layout::Embedded, disk::at_capture).rounds(1, 5).need(Need::SmallDisk),
    scenario("serve-keyring", "its keyring is locked or its key missing", Layout::Embedded, keyring::run).rounds(0, 3),
    scenario("serve-relay", "its mail relay in every bad mood", Layout::Embedded, relay::run).rounds(0, 8).share(3),
    scenario("serve-clock", "its clock a day off", Layout::Embedded, clock::run).rounds(0, 8).need(Need::Faketime),
    scenario("serve-stop", "SIGTERM in mid-load", Layout::Embedded, stop::run).rounds(2, 15),
];

pub fn run(arguments: &Arguments) -> Vec<Figures> {
    let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|one| is_wanted(one, arguments)).collect();
    if arguments.list {
        SCENARIOS.iter().for_each(|one| println!("{:18} {}", one.name, one.about));
        return Vec::new();
    }
    let shares: u32 = chosen.iter().filter(|one| obstacle(one).is_none()).map(|one| one.share).sum();
    let for_one_share = arguments.budget() / shares.max(1);
    chosen.into_iter().map(|one| perform(one, for_one_share * one.share, arguments)).collect()
}

fn is_wanted(scenario: &Scenario, arguments: &Arguments) -> bool {
    // What is named is run, whatever the profile.
    arguments.wants(scenario.name) && (arguments.long || !arguments.only.is_empty() || scenario.rounds.0 > 0)
}

/// Why a scenario can't be run here.
fn obstacle(scenario: &Scenario) -> Option<&'static str> {
    let has_redis = || {
        let mut version = Command::new("redis-server");
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    match scenario.need {
        _ if scenario.layout.is_split() && !knows_roles() => Some("this program knows no --role"),
        _ if scenario.layout.is_split() && !has_redis() => Some("redis-server is not installed"),
        Need::SmallDisk if !SmallDisk::is_possible() => Some("this user may mount no tmpfs"),
        Need::Faketime if !has_faketime() => Some("libfaketime is not installed"),
        _ => None,
    }
}

fn perform(scenario: &Scenario, time: Duration, arguments: &Arguments) -> Figures {
    println!("\n== {}: {}", scenario.name, scenario.about);
    if let Some(why) = obstacle(scenario) {
        println!("    skipped: {why}");
        return Figures::skipped(scenario.name, why);
    }
    let rounds = if arguments.long { scenario.rounds.1 } else { scenario.rounds.0.max(1) };
    let order = Order {
        name: scenario.name,
        layout: scenario.layout,
        dice: Dice::new(arguments.seed, scenario.name),
        rounds,
        time,
        keep: arguments.report.clone(),
    };
    let figures = catch_unwind(AssertUnwindSafe(|| (scenario.run)(&order))).unwrap_or_else(|payload| {
        let words = payload.downcast_ref::<String>().cloned();
        let words = words.or_else(|| payload.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        let mut figures = Figures::new(scenario.name);
        figures.failures.push(format!("broke off: {}", words.unwrap_or_default()));
        figures
    });
    println!("    {}", figures.line());
    figures
}
