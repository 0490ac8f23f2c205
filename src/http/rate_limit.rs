//! Requests per network and minute.
//!
//! Networks are known only as MACs under a key that is made at start and dies with the process,
//! so that neither memory nor a core dump lists who visited.

use crate::crypto::mac::MacKey;
use crate::domain::entropy::Entropy;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use ipnet::IpNet;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Half a MAC tells networks apart well enough, and halves the table.
type NetworkKey = [u8; 16];

/// After so many checks, networks that are back at their full allowance are forgotten.
const SHED_EVERY: u32 = 4096;

/// Counts requests per network; a full minute's allowance may come at once.
pub struct RateLimiter {
    key: MacKey,
    limiter: DefaultKeyedRateLimiter<NetworkKey>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl RateLimiter {
    /// Lets `per_minute` requests of a network pass each minute (at least one).
    pub fn new(per_minute: u32, entropy: &dyn Entropy) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self {
            key: MacKey::generate(entropy),
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Counts one request of `network`.
    ///
    /// # Errors
    /// With the time to wait, when the network has used up its allowance.
    pub fn check(&self, network: &IpNet) -> Result<(), Duration> {
        self.check_named(network.to_string().as_bytes())
    }

    /// Counts one request of whoever has this name.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_named(&self, name: &[u8]) -> Result<(), Duration> {
        self.shed_now_and_then();
        self.limiter
            .check_key(&self.key_of(name))
            .map_err(|refused| refused.wait_time_from(self.clock.now()).max(Duration::from_secs(1)))
    }

    fn key_of(&self, name: &[u8]) -> NetworkKey {
        let mac = self.key.mac("leadseal rate limit network", &[name]);
        let mut key = NetworkKey::default();
        key.copy_from_slice(&mac[..16]);
        key
    }

    fn shed_now_and_then(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SHED_EVERY == SHED_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn a_network_that_asks_too_often_waits_and_others_do_not() {
        let limiter = RateLimiter::new(2, &SeededEntropy::new(1));
        let (one, other) = ("192.0.2.1/32".parse().unwrap(), "192.0.2.2/32".parse().unwrap());
        assert!(limiter.check(&one).is_ok());
        assert!(limiter.check(&one).is_ok());
        let wait = limiter.check(&one).unwrap_err();
        assert!(wait > Duration::from_secs(20) && wait <= Duration::from_secs(30), "{wait:?}");
        assert!(limiter.check(&other).is_ok());
    }

    #[test]
    fn networks_at_rest_are_forgotten() {
        // At this rate an allowance is whole again after a fraction of a millisecond.
        let limiter = RateLimiter::new(600_000, &SeededEntropy::new(1));
        for n in 0..SHED_EVERY * 4 {
            let network = IpNet::from(std::net::IpAddr::from(n.to_be_bytes()));
            assert!(limiter.check(&network).is_ok());
        }
        assert!(limiter.limiter.len() <= 2 * SHED_EVERY as usize, "{}", limiter.limiter.len());
    }

    #[test]
    fn the_table_holds_no_address() {
        let limiter = RateLimiter::new(1, &SeededEntropy::new(1));
        let again = RateLimiter::new(1, &SeededEntropy::new(2));
        let network = b"192.0.2.77/32";
        assert_ne!(limiter.key_of(network), again.key_of(network), "the key dies with the process");
    }
}
