//! What is remembered of signed calls: how many there were, and which questions were asked.
//!
//! In memory, bounded, gone with the process. When it is full, calls are refused, not forgotten.

use crate::capture::memory::Halves;
use crate::domain::entropy::Entropy;
use crate::domain::ids::SiteKeyId;
use crate::http::rate_limit::RateLimiter;
use ipnet::IpNet;
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Seconds by which the time of a call may differ from ours.
pub const TOLERANCE: i64 = 300;
/// Sites that may call from one network: an agency's server holds many.
const SITES_OF_A_NETWORK: u32 = 10;
/// Most questions that are remembered in one half.
const MOST_QUESTIONS: usize = 50_000;

/// The memory. Shared between requests.
pub struct Calls {
    of_keys: RateLimiter,
    of_networks: RateLimiter,
    asked: Mutex<Asked>,
}

/// In two halves: one is kept at least for as long as a call of it could be sent again.
#[derive(Default)]
struct Asked {
    halves: Halves,
    young: HashSet<(SiteKeyId, String)>,
    old: HashSet<(SiteKeyId, String)>,
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnswered {
    /// It was asked before.
    Replayed,
    /// There is no room to remember it.
    Full,
}

impl Calls {
    /// An empty memory, for keys that may call so often each minute.
    pub fn new(per_minute: u32, entropy: &dyn Entropy) -> Self {
        Self {
            of_keys: RateLimiter::new(per_minute, entropy),
            of_networks: RateLimiter::new(per_minute.saturating_mul(SITES_OF_A_NETWORK), entropy),
            asked: Mutex::default(),
        }
    }

    /// Counts a call before anything of it is believed.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn check_network(&self, network: &IpNet) -> Result<(), Duration> {
        self.of_networks.check(network)
    }

    /// Counts a call that a key has signed.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn check_key(&self, key: SiteKeyId) -> Result<(), Duration> {
        self.of_keys.check_named(key.to_string().as_bytes())
    }

    /// Remembers a question, which is answered once.
    ///
    /// # Errors
    /// When it was asked before, or too many were.
    pub fn ask(&self, key: SiteKeyId, id: &str, now: Timestamp) -> Result<(), NotAnswered> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        // From the earliest to the latest moment at which one call is in time.
        if asked.halves.are_over(now, 2 * TOLERANCE + 1) {
            asked.old = std::mem::take(&mut asked.young);
        }
        let question = (key, id.to_owned());
        if asked.old.contains(&question) || asked.young.contains(&question) {
            return Err(NotAnswered::Replayed);
        }
        if asked.young.len() >= MOST_QUESTIONS {
            return Err(NotAnswered::Full);
        }
        asked.young.insert(question);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use jiff::SignedDuration;

    fn at(seconds: i64) -> Timestamp {
        "2026-11-25T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    fn key(text: &str) -> SiteKeyId {
        text.parse().unwrap()
    }

    #[test]
    fn a_question_is_answered_once_for_as_long_as_it_could_come_again() {
        let calls = Calls::new(600, &SeededEntropy::new(1));
        let ask = |id: &str, seconds| calls.ask(key("aaaaaaaa"), id, at(seconds));
        assert_eq!(ask("first", 0), Ok(()));
        for (n, seconds) in [1, 300, 599, 600, 601, 900, 1100].into_iter().enumerate() {
            assert_eq!(ask(&format!("call-{n}"), seconds), Ok(()));
            assert_eq!(ask(&format!("call-{n}"), seconds), Err(NotAnswered::Replayed));
            if seconds <= 2 * TOLERANCE {
                assert_eq!(ask("first", seconds), Err(NotAnswered::Replayed), "{seconds} s later");
            }
        }
        assert_eq!(calls.ask(key("bbbbbbbb"), "first", at(1)), Ok(()), "another key's id is another id");
    }

    #[test]
    fn a_full_memory_refuses_and_does_not_forget() {
        let calls = Calls::new(600, &SeededEntropy::new(1));
        for n in 0..MOST_QUESTIONS {
            assert_eq!(calls.ask(key("aaaaaaaa"), &n.to_string(), at(0)), Ok(()));
        }
        assert_eq!(calls.ask(key("aaaaaaaa"), "one more", at(1)), Err(NotAnswered::Full));
        assert_eq!(calls.ask(key("aaaaaaaa"), "0", at(1)), Err(NotAnswered::Replayed));
        assert_eq!(calls.ask(key("aaaaaaaa"), "one more", at(700)), Ok(()));
    }

    #[test]
    fn one_key_that_calls_too_often_does_not_stop_another() {
        let calls = Calls::new(2, &SeededEntropy::new(1));
        assert!(calls.check_key(key("aaaaaaaa")).is_ok() && calls.check_key(key("aaaaaaaa")).is_ok());
        assert!(calls.check_key(key("aaaaaaaa")).is_err());
        assert!(calls.check_key(key("bbbbbbbb")).is_ok());
    }
}
