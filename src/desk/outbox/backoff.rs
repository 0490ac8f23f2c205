//! When a failed mail is tried again.

use crate::domain::entropy::{Entropy, random_bytes};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The first wait.
const FIRST: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// The time of the next try after `attempts` failed ones before this one: waits double from 30
/// seconds to an hour, each shortened by up to a quarter at random, so that a queue that failed
/// together does not come back together. Nothing once `give_up_after` has passed since
/// `created_at`; the last try is at that moment.
pub(super) fn next_try(
    attempts: u32,
    created_at: Timestamp,
    now: Timestamp,
    give_up_after: Duration,
    entropy: &dyn Entropy,
) -> Option<Timestamp> {
    let give_up_after = SignedDuration::try_from(give_up_after).unwrap_or(SignedDuration::MAX);
    let deadline = created_at.saturating_add(give_up_after).unwrap_or(Timestamp::MAX);
    if now >= deadline {
        return None;
    }
    Some(now.saturating_add(wait(attempts, entropy)).unwrap_or(Timestamp::MAX).min(deadline))
}

fn wait(attempts: u32, entropy: &dyn Entropy) -> SignedDuration {
    let full = FIRST.saturating_mul(1 << attempts.min(10)).min(LONGEST);
    let share = i64::from(u16::from_be_bytes(random_bytes(entropy)));
    let millis = i64::try_from(full.as_millis()).unwrap_or(i64::MAX);
    SignedDuration::from_millis(millis - millis / 4 * share / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    const DAYS_3: Duration = Duration::from_secs(72 * 3600);

    #[test]
    fn waits_grow_from_seconds_to_an_hour() {
        let entropy = SeededEntropy::new(1);
        for (attempts, full) in [(0, 30), (1, 60), (2, 120), (6, 1920), (7, 3600), (40, 3600), (u32::MAX, 3600)] {
            let wait = wait(attempts, &entropy);
            let (least, most) = (SignedDuration::from_millis(full * 750), SignedDuration::from_secs(full));
            assert!(least <= wait && wait <= most, "{attempts}: {wait:?}");
        }
        assert_ne!(wait(3, &entropy), wait(3, &entropy));
    }

    #[test]
    fn the_last_try_is_at_the_deadline() {
        let entropy = SeededEntropy::new(2);
        let start = Timestamp::UNIX_EPOCH;
        let almost = start + SignedDuration::from_hours(72) - SignedDuration::from_secs(5);
        let deadline = start + SignedDuration::from_hours(72);
        assert_eq!(next_try(90, start, almost, DAYS_3, &entropy), Some(deadline));
        assert_eq!(next_try(91, start, deadline, DAYS_3, &entropy), None);
        let set_back = start - SignedDuration::from_hours(24);
        assert!(next_try(0, start, set_back, DAYS_3, &entropy).is_some(), "a clock set back gives nothing up");
    }
}
