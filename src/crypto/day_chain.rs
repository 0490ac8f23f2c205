//! Day keys that several capture nodes share without asking each other: each day's key follows
//! from the day before's, and none leads back.
//!
//! A node that has turned to a day can't make the keys of the days before it any more, so what was
//! remembered under those can no longer be guessed at.

use super::mac::MacKey;
use jiff::ToSpan;
use jiff::civil::Date;

/// Days that a chain is turned on at once, at most: a clock that is wrong by more must not spin.
const MOST_DAYS: i32 = 20_000;

/// A chain at one day.
#[derive(Debug, Clone)]
pub struct DayChain {
    day: Date,
    link: MacKey,
}

impl DayChain {
    /// The chain whose link of `day` is `link`.
    pub fn new(day: Date, link: MacKey) -> Self {
        Self { day, link }
    }

    /// The day it stands at.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Its link, to be kept in a 0600 file.
    pub fn link(&self) -> &MacKey {
        &self.link
    }

    /// The key of the day it stands at.
    pub fn key(&self) -> MacKey {
        MacKey::from_bytes(self.link.mac("leadseal day key", &[self.day.to_string().as_bytes()]))
    }

    /// Turns on to a later day, and forgets all before it. An earlier day changes nothing.
    pub fn turn_to(&mut self, day: Date) {
        for _ in 0..MOST_DAYS {
            if self.day >= day {
                return;
            }
            let Ok(next) = self.day.checked_add(1.day()) else { return };
            self.link = MacKey::from_bytes(self.link.mac("leadseal next day", &[]));
            self.day = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> DayChain {
        DayChain::new("2026-11-25".parse().unwrap(), MacKey::from_bytes([5; 32]))
    }

    #[test]
    fn nodes_that_turned_at_different_times_have_the_same_key_of_a_day() {
        let (mut one, mut other) = (chain(), chain());
        one.turn_to("2026-11-26".parse().unwrap());
        one.turn_to("2026-12-03".parse().unwrap());
        other.turn_to("2026-12-03".parse().unwrap());
        assert_eq!(one.key().as_bytes(), other.key().as_bytes());
        assert_ne!(one.key().as_bytes(), chain().key().as_bytes());
        assert_ne!(one.link().as_bytes(), chain().link().as_bytes());
    }

    #[test]
    fn it_never_turns_back() {
        let mut chain = chain();
        chain.turn_to("2020-01-01".parse().unwrap());
        assert_eq!(chain.day(), "2026-11-25".parse().unwrap());
    }
}
