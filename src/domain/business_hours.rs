//! Business hours: by when a lead is to be answered.
//!
//! Time runs only while the office is open. Refuses nothing: hours that are never open let time run
//! around the clock, since a deadline that never comes would be none.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::str::FromStr;

/// Days looked ahead for an open one: no office is closed for longer.
const FURTHEST_DAYS: usize = 4000;

/// When work begins where no hours say.
const NINE: Time = Time::constant(9, 0, 0, 0);

/// A day on which the office is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedDay {
    /// Once.
    On(Date),
    /// Every year.
    Yearly {
        /// From 1.
        month: i8,
        /// From 1.
        day: i8,
    },
}

/// The text names no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a closed day is a date such as 2026-08-13, or one of every year such as 12-29")]
pub struct NotAClosedDay;

impl FromStr for ClosedDay {
    type Err = NotAClosedDay;

    fn from_str(text: &str) -> Result<Self, NotAClosedDay> {
        if let [month, day] = text.split('-').collect::<Vec<_>>()[..] {
            // A leap year has every day that a year can have.
            let named =
                Date::new(2024, month.parse().map_err(|_| NotAClosedDay)?, day.parse().map_err(|_| NotAClosedDay)?)
                    .map_err(|_| NotAClosedDay)?;
            return Ok(Self::Yearly { month: named.month(), day: named.day() });
        }
        text.parse().map(Self::On).map_err(|_| NotAClosedDay)
    }
}

impl ClosedDay {
    fn is(self, date: Date) -> bool {
        match self {
            Self::On(day) => day == date,
            Self::Yearly { month, day } => (date.month(), date.day()) == (month, day),
        }
    }
}

/// When the office is open.
#[derive(Debug, Clone)]
pub struct BusinessHours {
    /// Where it stands.
    pub time_zone: TimeZone,
    /// The days of the week on which it is open; none: time runs around the clock.
    pub days: Vec<Weekday>,
    /// From when.
    pub opens: Time,
    /// Until when; nothing: until midnight.
    pub closes: Option<Time>,
    /// Closed on Japan's public holidays.
    pub japanese_holidays: bool,
    /// Further days on which it is closed.
    pub closed: Vec<ClosedDay>,
}

impl BusinessHours {
    /// Time runs around the clock.
    pub fn always() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            days: Vec::new(),
            opens: Time::midnight(),
            closes: None,
            japanese_holidays: false,
            closed: Vec::new(),
        }
    }

    /// When so many minutes of open time have passed since `from`.
    pub fn due(&self, from: Timestamp, minutes: u32) -> Timestamp {
        let all = SignedDuration::from_mins(i64::from(minutes));
        let around_the_clock = || from.saturating_add(all).unwrap_or(Timestamp::MAX);
        let mut left = all;
        if self.days.is_empty() {
            return around_the_clock();
        }
        let first = from.to_zoned(self.time_zone.clone()).date();
        for date in first.series(1.day()).take(FURTHEST_DAYS) {
            let Some((opens, closes)) = self.open_on(date) else { continue };
            let begins = opens.max(from);
            let open_for = begins.duration_until(closes);
            if open_for <= SignedDuration::ZERO {
                continue;
            }
            if left <= open_for {
                return begins.saturating_add(left).unwrap_or(Timestamp::MAX);
            }
            left -= open_for;
        }
        around_the_clock()
    }

    /// How much open time lies between two moments; none when `to` is before `from`.
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if self.days.is_empty() {
            return from.duration_until(to).max(SignedDuration::ZERO);
        }
        let first = from.to_zoned(self.time_zone.clone()).date();
        let mut open = SignedDuration::ZERO;
        for date in first.series(1.day()).take(FURTHEST_DAYS) {
            let Some((opens, closes)) = self.open_on(date) else { continue };
            if opens >= to {
                break;
            }
            open += opens.max(from).duration_until(closes.min(to)).max(SignedDuration::ZERO);
        }
        open
    }

    /// When the office opens on a day, or on the first one after it on which it opens at all; nine
    /// o'clock where time runs around the clock.
    pub fn morning_of(&self, date: Date) -> Timestamp {
        let nine = || {
            let morning = date.to_datetime(NINE).to_zoned(self.time_zone.clone());
            morning.map_or(Timestamp::MAX, |at| at.timestamp())
        };
        let mut days = date.series(1.day()).take(if self.days.is_empty() { 0 } else { FURTHEST_DAYS });
        days.find_map(|day| self.open_on(day)).map_or_else(nine, |(opens, _)| opens)
    }

    /// The open time of a day.
    fn open_on(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        let is_closed = !self.days.contains(&date.weekday())
            || self.closed.iter().any(|closed| closed.is(date))
            || self.japanese_holidays && is_japanese_holiday(date);
        if is_closed {
            return None;
        }
        let moment =
            |date: Date, time: Time| Some(date.to_datetime(time).to_zoned(self.time_zone.clone()).ok()?.timestamp());
        let closes = match self.closes {
            Some(time) => moment(date, time)?,
            None => moment(date.tomorrow().ok()?, Time::midnight())?,
        };
        Some((moment(date, self.opens)?, closes))
    }
}

/// Whether Japan's law makes the day a holiday: a named one, the day that stands in for one on a
/// Sunday, or the day between two. As the law has stood since 2022; the equinoxes until 2099.
pub fn is_japanese_holiday(date: Date) -> bool {
    if is_named_holiday(date) {
        return true;
    }
    let before = |date: Date| date.yesterday().ok();
    // A Sunday's holiday moves to the next day that is none itself.
    let mut day = before(date);
    while let Some(holiday) = day.filter(|day| is_named_holiday(*day)) {
        if holiday.weekday() == Weekday::Sunday {
            return true;
        }
        day = before(holiday);
    }
    let neighbours = [before(date), date.tomorrow().ok()];
    neighbours.iter().all(|day| day.is_some_and(is_named_holiday))
}

fn is_named_holiday(date: Date) -> bool {
    let nth_monday = |n: i8| date.weekday() == Weekday::Monday && (date.day() - 1) / 7 + 1 == n;
    match (date.month(), date.day()) {
        _ if is_fixed_holiday(date) => true,
        (1 | 10, _) => nth_monday(2),
        (7, _) => nth_monday(3),
        (3, day) => day == equinox(date.year(), 20.8431),
        (9, day) => nth_monday(3) || day == equinox(date.year(), 23.2488),
        _ => false,
    }
}

fn is_fixed_holiday(date: Date) -> bool {
    matches!((date.month(), date.day()), (1, 1) | (2, 11 | 23) | (4, 29) | (5, 3..=5) | (8, 11) | (11, 3 | 23))
}

/// The day of an equinox in Japan, by the usual approximation for 1980 to 2099.
fn equinox(year: i16, day_in_1980: f64) -> i8 {
    let years = year - 1980;
    let day = day_in_1980 + 0.242_194 * f64::from(years) - f64::from(years.div_euclid(4));
    day as i8
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn office() -> BusinessHours {
        BusinessHours {
            time_zone: TimeZone::fixed(jiff::tz::offset(9)),
            days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            opens: time(9, 0, 0, 0),
            closes: Some(time(18, 0, 0, 0)),
            japanese_holidays: true,
            closed: ["12-29", "12-30", "12-31", "01-02", "01-03"].iter().map(|day| day.parse().unwrap()).collect(),
        }
    }

    fn due(hours: &BusinessHours, from: &str, minutes: u32) -> String {
        let from: Timestamp = format!("{from}:00+09:00").parse().unwrap();
        let at = hours.due(from, minutes).to_zoned(TimeZone::fixed(jiff::tz::offset(9)));
        at.strftime("%a %Y-%m-%dT%H:%M").to_string()
    }

    #[test]
    fn what_is_due_after_some_open_time_is_that_much_open_time_away() {
        let from: Timestamp = "2026-04-10T17:58:00+09:00".parse().unwrap();
        for minutes in [0, 1, 2, 5, 540, 541, 5000, 100_000] {
            let between = |hours: &BusinessHours| hours.open_between(from, hours.due(from, minutes)).as_mins();
            assert_eq!([between(&office()), between(&BusinessHours::always())], [i64::from(minutes); 2]);
        }
        let (night, morning) =
            ("2026-04-10T22:00:00+09:00".parse().unwrap(), "2026-04-11T08:00:00+09:00".parse().unwrap());
        assert_eq!(office().open_between(night, morning), SignedDuration::ZERO);
        assert_eq!(office().open_between(morning, from), SignedDuration::ZERO, "a clock was put back");
        assert_eq!(BusinessHours::always().open_between(morning, night), SignedDuration::ZERO);
    }

    #[test]
    fn time_runs_while_the_office_is_open() {
        let table = [
            ("at closing time on Friday", "2026-04-10T18:00", 5, "Mon 2026-04-13T09:05"),
            ("just before closing time", "2026-04-10T17:55", 5, "Fri 2026-04-10T18:00"),
            ("over the weekend", "2026-04-10T17:58", 5, "Mon 2026-04-13T09:03"),
            ("before the office opens", "2026-04-09T06:30", 60, "Thu 2026-04-09T10:00"),
            ("in the middle of the night", "2026-04-09T23:59", 1, "Fri 2026-04-10T09:01"),
            ("on a Saturday", "2026-04-11T12:00", 30, "Mon 2026-04-13T09:30"),
            ("longer than a day", "2026-04-08T10:00", 1440, "Fri 2026-04-10T16:00"),
            ("over the golden week", "2026-05-01T17:30", 60, "Thu 2026-05-07T09:30"),
            ("over the turn of the year", "2026-12-28T17:59", 2, "Mon 2027-01-04T09:01"),
            ("over the silver week", "2026-09-18T18:00", 5, "Thu 2026-09-24T09:05"),
        ];
        for (name, from, minutes, expected) in table {
            assert_eq!(due(&office(), from, minutes), expected, "{name}");
        }
    }

    #[test]
    fn hours_until_midnight_and_around_the_clock() {
        let late = BusinessHours { opens: time(13, 0, 0, 0), closes: None, ..office() };
        assert_eq!(due(&late, "2026-04-09T23:50", 20), "Fri 2026-04-10T13:10");
        assert_eq!(due(&BusinessHours::always(), "2026-04-11T23:50", 20), "Sun 2026-04-12T00:10");
        let never = BusinessHours { closes: Some(time(9, 0, 0, 0)), ..office() };
        assert_eq!(due(&never, "2026-04-11T23:50", 20), "Sun 2026-04-12T00:10");
    }

    #[test]
    fn a_clock_that_jumps_makes_no_hour_longer() {
        let berlin = TimeZone::get("Europe/Berlin");
        // A machine without a time zone database has nothing to try.
        let Ok(time_zone) = berlin else { return };
        let hours =
            BusinessHours { time_zone, opens: Time::midnight(), closes: None, days: vec![Weekday::Sunday], ..office() };
        let from: Timestamp = "2026-03-29T01:30:00+01:00".parse().unwrap();
        assert_eq!(hours.due(from, 60).to_string(), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn the_holidays_of_the_law() {
        let of = |year: i16| {
            let days = Date::constant(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
            days.filter(|day| is_japanese_holiday(*day))
                .map(|day| day.strftime("%m-%d").to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(2026),
            [
                "01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06", "07-20",
                "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"
            ]
        );
        assert_eq!(
            of(2025),
            [
                "01-01", "01-13", "02-11", "02-23", "02-24", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-21", "08-11", "09-15", "09-23", "10-13", "11-03", "11-23", "11-24"
            ]
        );
    }

    #[test]
    fn days_are_read_and_nonsense_is_not() {
        assert_eq!("02-29".parse(), Ok(ClosedDay::Yearly { month: 2, day: 29 }));
        assert_eq!("2026-08-13".parse(), Ok(ClosedDay::On(Date::constant(2026, 8, 13))));
        for no in ["", "13-01", "2026-13-01", "8/13", "02-30", "x-y"] {
            assert_eq!(no.parse::<ClosedDay>(), Err(NotAClosedDay), "{no}");
        }
    }
}
