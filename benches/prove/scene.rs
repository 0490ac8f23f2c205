//! One scenario at work: the house, the load on it, what was broken, and what came of it.

use crate::check::{self, Figures};
use crate::dice::Dice;
use crate::house::{House, Layout};
use crate::support::installation::Installation;
use crate::visitors::Load;
use crate::watch::Watch;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest wait for the desk to catch up after a fault.
const CATCH_UP: Duration = Duration::from_secs(60);

/// About a hundred enquiries a second: more would leave the mails too far behind to be counted soon.
const VISITORS: usize = 8;
const PACE: Duration = Duration::from_millis(150);

/// What a scenario is given.
#[derive(Debug, Clone)]
pub struct Order {
    pub name: &'static str,
    pub layout: Layout,
    pub dice: Dice,
    /// Most rounds, and how long they may take.
    pub rounds: usize,
    pub time: Duration,
    /// Where the logs go when something fails.
    pub keep: PathBuf,
}

/// What a scenario may find without failing.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Envelopes that do not open.
    pub unopened: bool,
    /// Mails given up.
    pub dead_mails: bool,
    /// Answers that a broken thing may give a visitor, e.g. `403 to a page`.
    pub answers: Vec<&'static str>,
}

pub struct Scene {
    pub order: Order,
    pub house: House,
    pub load: Load,
    pub watch: Watch,
    pub dice: Dice,
    pub allowed: Allowed,
    pub figures: Figures,
    begun: Instant,
    rounds: usize,
    /// When the last fault ended.
    over: Option<Instant>,
}

impl Scene {
    /// Builds and starts the house, then lets the visitors in.
    pub fn open(order: &Order) -> Self {
        Self::open_with(order, |_| {}, |_| {})
    }

    /// The same, after `adjust` changed the desk's settings and `prepare` the whole house.
    pub fn open_with(order: &Order, adjust: impl FnOnce(&Installation), prepare: impl FnOnce(&mut House)) -> Self {
        let mut house = House::new(order.layout, adjust);
        // Thousands of mails are counted, not read.
        house.relay.keep_heads_only();
        prepare(&mut house);
        house.start();
        let mut dice = order.dice.clone();
        let load = Load::start(&house.doors(), VISITORS, PACE, &Dice::new(dice.next(), "load"));
        let watch = Watch::new(house.leads_db());
        let (figures, allowed) = (Figures::new(order.name), Allowed::default());
        let (order, begun) = (order.clone(), Instant::now());
        let scene = Self { order, house, load, watch, dice, allowed, figures, begun, rounds: 0, over: None };
        scene.work(3);
        scene
    }

    /// Whether there is a round left; counts it.
    pub fn another_round(&mut self) -> bool {
        let go = self.rounds < self.order.rounds && (self.rounds == 0 || self.begun.elapsed() < self.order.time);
        self.rounds += usize::from(go);
        go
    }

    /// Lets the load run until so many more enquiries were acknowledged, or for ten seconds.
    pub fn work(&self, more: usize) {
        let (wanted, start) = (self.load.ledger.count() + more, Instant::now());
        while self.load.ledger.count() < wanted && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets the load run for a while of between so many milliseconds.
    pub fn work_for(&mut self, least: u64, most: u64) {
        std::thread::sleep(self.dice.millis(least, most));
    }

    pub fn say(&mut self, words: impl Into<String>) {
        let words = words.into();
        println!("    {words}");
        self.figures.notes.push(words);
    }

    pub fn fail(&mut self, words: impl Into<String>) {
        let words = words.into();
        println!("    FAILED: {words}");
        self.figures.failures.push(words);
    }

    /// Notes a failure unless something holds.
    pub fn expect(&mut self, holds: bool, words: &str) {
        if !holds {
            self.fail(words);
        }
    }

    /// From here on recovery is measured: the fault is over, what was ended is started again.
    pub fn over(&mut self) {
        self.over = Some(Instant::now());
    }

    /// Measures until everything acknowledged by now is stored, from where the fault was over.
    pub fn recovered(&mut self) -> bool {
        let since = self.over.take().unwrap_or_else(Instant::now);
        match self.watch.catch_up(&self.load.ledger, since, CATCH_UP) {
            Ok(took) => {
                self.figures.recoveries.push(took);
                true
            }
            Err(missing) => {
                self.fail(format!("{missing} acknowledged leads were not stored {CATCH_UP:?} after the fault"));
                self.rounds = usize::MAX;
                false
            }
        }
    }

    /// Stops the load, lets the desk finish, and judges.
    pub fn close(mut self) -> Figures {
        self.load.stop();
        let behind = self.watch.catch_up(&self.load.ledger, Instant::now(), CATCH_UP);
        if let Err(missing) = behind {
            self.fail(format!("{missing} acknowledged leads are not stored"));
        }
        check::settle_mail(&mut self);
        check::judge(&mut self);
        self.figures.clone()
    }

    fn keep_logs(&self, folder: &Path) {
        let folder = folder.join(self.order.name);
        if std::fs::create_dir_all(&folder).is_ok() {
            for (name, log) in self.house.logs() {
                let _ = std::fs::copy(log, folder.join(format!("{name}.log")));
            }
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.load.stop();
        if std::thread::panicking() || !self.figures.failures.is_empty() {
            self.keep_logs(&self.order.keep);
        }
    }
}
