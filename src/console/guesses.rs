//! Failed sign-ins: slowed down, counted, and never the reason to lock anybody out.
//!
//! A try is counted against who makes it, a network or a browser that the account's owner signed
//! in from before, and never against the account alone: strangers who guess for an hour from two
//! hundred networks do not keep its owner away. Accounts and networks are known only as MACs under a
//! key that dies with the process. A try counts as failed from its beginning, so that many at once
//! gain nothing.

use crate::crypto::mac::MacKey;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tries of one network at one account before it waits.
const FREE: u32 = 5;
/// The same while many networks guess at the account.
const FREE_UNDER_PRESSURE: u32 = 1;
/// Tries from a browser that the owner signed in from before it waits.
const FREE_FOR_KNOWN: u32 = 10;
/// Tries of one network over all accounts before it waits: an office signs in behind one address.
const FREE_FOR_NETWORK: u32 = 20;
/// Failures over all networks from which on an account is under pressure.
const PRESSURE: u32 = 50;
/// The first wait; each further failure doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// After so long without a try everything is forgotten.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// One entry of the audit counts the refusals of so long.
const AUDITED_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// After so many tries, what is forgotten leaves the table.
const SHED_EVERY: u32 = 1024;

type Key = [u8; 32];

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Somebody from this network.
    Network(IpNet),
    /// A browser that the account's owner signed in from, by the digest of its secret.
    Known([u8; 32]),
}

/// A try that was let through. It counts as failed unless it is [forgiven](Guesses::forgive).
#[must_use]
pub struct Try {
    keys: Vec<Key>,
}

/// Refusals to write into the audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Wrong password or code.
    pub wrong: u64,
    /// Of these, for an address without account.
    pub unknown: u64,
    /// Not tried, because they came too soon.
    pub too_soon: u64,
}

impl Refusals {
    /// As the audit's detail.
    pub fn detail(self) -> String {
        format!("wrong={} unknown={} too-soon={}", self.wrong, self.unknown, self.too_soon)
    }
}

/// Why a try was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Wrong.
    Wrong,
    /// Wrong, for an address without account.
    Unknown,
    /// Too soon.
    TooSoon,
}

/// Failures of one source at one thing.
#[derive(Clone, Copy)]
struct Tally {
    failures: u32,
    last: Timestamp,
}

impl Tally {
    /// How long until the next try, when `free` of them don't wait.
    fn wait(&self, free: u32, now: Timestamp) -> SignedDuration {
        let Some(beyond) = self.failures.checked_sub(free) else { return SignedDuration::ZERO };
        let doubled = FIRST_WAIT.checked_mul(1 << beyond.min(10)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let passed = now.duration_since(self.last);
        // A clock that was put back must not make anybody wait until it comes round again.
        if passed.is_negative() { SignedDuration::ZERO } else { (doubled - passed).max(SignedDuration::ZERO) }
    }

    fn is_forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.last).abs() >= FORGOTTEN_AFTER
    }
}

#[derive(Default)]
struct Table {
    tallies: HashMap<Key, Tally>,
    tries: u32,
    refusals: Refusals,
    audited_at: Option<Timestamp>,
}

impl Table {
    fn failures(&self, key: &Key, now: Timestamp) -> u32 {
        self.tallies.get(key).filter(|tally| !tally.is_forgotten(now)).map_or(0, |tally| tally.failures)
    }

    fn wait(&self, key: &Key, free: u32, now: Timestamp) -> SignedDuration {
        let tally = self.tallies.get(key).filter(|tally| !tally.is_forgotten(now));
        tally.map_or(SignedDuration::ZERO, |tally| tally.wait(free, now))
    }

    fn count(&mut self, key: Key, now: Timestamp) {
        let tally = self.tallies.entry(key).or_insert(Tally { failures: 0, last: now });
        if tally.is_forgotten(now) {
            tally.failures = 0;
        }
        tally.failures = tally.failures.saturating_add(1);
        tally.last = now;
    }

    fn shed_now_and_then(&mut self, now: Timestamp) {
        self.tries = self.tries.wrapping_add(1);
        if self.tries.is_multiple_of(SHED_EVERY) {
            self.tallies.retain(|_, tally| !tally.is_forgotten(now));
        }
    }
}

/// What is remembered of tries to sign in.
pub struct Guesses {
    key: MacKey,
    clock: Arc<dyn Clock>,
    table: Mutex<Table>,
}

impl Guesses {
    /// Nothing yet.
    pub fn new(clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        Self { key: MacKey::generate(entropy), clock, table: Mutex::default() }
    }

    /// Lets a try at an account through, or says how long to wait. An account is whatever was typed
    /// as an address, whether or not there is one.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn admit(&self, account: &str, source: Source) -> Result<Try, Duration> {
        let now = self.clock.now();
        let of_account = self.key.mac("leadseal sign-in account", &[account.as_bytes()]);
        let mut table = self.table();
        table.shed_now_and_then(now);
        let (limits, counted) = match source {
            Source::Known(browser) => {
                let own = self.key.mac("leadseal sign-in browser", &[account.as_bytes(), &browser]);
                (vec![(own, FREE_FOR_KNOWN)], vec![own])
            }
            Source::Network(network) => {
                let network = network.to_string();
                let pair = self.key.mac("leadseal sign-in pair", &[account.as_bytes(), network.as_bytes()]);
                let all = self.key.mac("leadseal sign-in network", &[network.as_bytes()]);
                let is_pressed = table.failures(&of_account, now) >= PRESSURE;
                let free = if is_pressed { FREE_UNDER_PRESSURE } else { FREE };
                (vec![(pair, free), (all, FREE_FOR_NETWORK)], vec![pair, all, of_account])
            }
        };
        let wait = limits.iter().map(|(key, free)| table.wait(key, *free, now)).max().unwrap_or_default();
        if wait.is_positive() {
            return Err(wait.unsigned_abs().max(Duration::from_secs(1)));
        }
        counted.iter().for_each(|key| table.count(*key, now));
        Ok(Try { keys: counted })
    }

    /// The try was right: it and what its source failed at this account before is forgotten.
    pub fn forgive(&self, tried: Try) {
        let mut table = self.table();
        let mut keys = tried.keys.into_iter();
        if let Some(own) = keys.next() {
            table.tallies.remove(&own);
        }
        // Of others' failures at the account, and of the network's at other accounts, only this
        // one try is taken back.
        for key in keys {
            if let Some(tally) = table.tallies.get_mut(&key) {
                tally.failures = tally.failures.saturating_sub(1);
            }
        }
    }

    /// Counts a refusal. Gives what to write into the audit, once in some minutes.
    pub fn note(&self, refused: Refused) -> Option<Refusals> {
        let now = self.clock.now();
        let mut table = self.table();
        match refused {
            Refused::Wrong => table.refusals.wrong += 1,
            Refused::Unknown => {
                table.refusals.wrong += 1;
                table.refusals.unknown += 1;
            }
            Refused::TooSoon => table.refusals.too_soon += 1,
        }
        let due = table.audited_at.is_none_or(|at| now.duration_since(at).abs() >= AUDITED_EVERY);
        if due { Self::take(&mut table, now) } else { None }
    }

    /// What was counted and is in no entry of the audit yet.
    pub fn unaudited(&self) -> Option<Refusals> {
        let now = self.clock.now();
        Self::take(&mut self.table(), now)
    }

    fn take(table: &mut Table, now: Timestamp) -> Option<Refusals> {
        let taken = std::mem::take(&mut table.refusals);
        if taken == Refusals::default() {
            return None;
        }
        table.audited_at = Some(now);
        Some(taken)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::ManualClock;
    use crate::domain::entropy::SeededEntropy;
    use std::net::IpAddr;

    fn place() -> (Arc<ManualClock>, Guesses) {
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
        (clock.clone(), Guesses::new(clock, &SeededEntropy::new(1)))
    }

    fn network(n: u32) -> Source {
        Source::Network(IpNet::from(IpAddr::from((0x0a00_0000 + n).to_be_bytes())))
    }

    #[test]
    fn who_guesses_waits_longer_each_time_and_at_last_a_quarter_of_an_hour() {
        let (clock, guesses) = place();
        for _ in 0..FREE {
            assert!(guesses.admit("a", network(1)).is_ok());
        }
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            assert_eq!(guesses.admit("a", network(1)).err(), Some(Duration::from_secs(wait)));
            clock.advance(SignedDuration::from_secs(wait.cast_signed()));
            assert!(guesses.admit("a", network(1)).is_ok());
        }
        assert!(guesses.admit("a", network(2)).is_ok(), "another network does not wait");
        assert!(guesses.admit("b", network(1)).is_ok(), "nor the same one at another account");
    }

    #[test]
    fn a_thousand_guesses_from_two_hundred_networks_lock_nobody_out_and_get_nowhere() {
        let (_, guesses) = place();
        let mut let_through = 0;
        for n in 0..1000 {
            let_through += u32::from(guesses.admit("owner", network(n % 200)).is_ok());
            if n % 100 == 0 {
                let tried = guesses.admit("owner", network(10_000)).ok();
                guesses.forgive(tried.expect("the owner's own network never waits"));
                let known = guesses.admit("owner", Source::Known([7; 32])).ok();
                guesses.forgive(known.expect("nor does the owner's browser"));
            }
        }
        assert_eq!(let_through, 200, "one try of each network");
    }

    #[test]
    fn the_owners_browser_does_not_wait_behind_a_network_of_guessers() {
        let (_, guesses) = place();
        while guesses.admit("owner", network(1)).is_ok() {}
        assert!(guesses.admit("owner", Source::Known([7; 32])).is_ok());
    }

    #[test]
    fn a_network_that_tries_one_password_at_many_accounts_waits() {
        let (_, guesses) = place();
        let passed = (0..100).filter(|n| guesses.admit(&format!("{n}@x"), network(1)).is_ok()).count();
        assert_eq!(passed, FREE_FOR_NETWORK as usize);
    }

    #[test]
    fn an_office_that_signs_in_rightly_never_waits() {
        let (_, guesses) = place();
        for n in 0..200 {
            let tried = guesses.admit(&format!("{}@x", n % 40), network(1)).ok();
            guesses.forgive(tried.expect("right tries do not add up"));
        }
    }

    #[test]
    fn everything_is_forgotten_after_an_hour_and_no_clock_that_jumps_keeps_anybody_out() {
        let (clock, guesses) = place();
        while guesses.admit("a", network(1)).is_ok() {}
        clock.advance(FORGOTTEN_AFTER);
        assert!(guesses.admit("a", network(1)).is_ok());
        while guesses.admit("a", network(1)).is_ok() {}
        clock.advance(SignedDuration::from_mins(-10));
        assert!(guesses.admit("a", network(1)).is_ok());
    }

    #[test]
    fn a_flood_is_one_entry_of_the_audit_in_five_minutes() {
        let (clock, guesses) = place();
        let first = guesses.note(Refused::Unknown);
        assert_eq!(first, Some(Refusals { wrong: 1, unknown: 1, too_soon: 0 }));
        for _ in 0..500 {
            assert_eq!(guesses.note(Refused::TooSoon), None);
        }
        clock.advance(AUDITED_EVERY);
        let next = guesses.note(Refused::Wrong).unwrap();
        assert_eq!(next.detail(), "wrong=1 unknown=0 too-soon=500");
        assert_eq!(guesses.unaudited(), None);
    }
}
