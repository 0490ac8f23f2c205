//! `[business_hours]`: when the office is open, by which deadlines are counted.

use crate::config::report::Report;
use crate::domain::business_hours::{BusinessHours, ClosedDay};
use jiff::civil::{Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use schemars::JsonSchema;
use serde::Deserialize;

/// A day of the week.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// When the office is open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    /// A name such as `Asia/Tokyo`, or an offset such as `+09:00`.
    time_zone: String,
    /// The open days of the week.
    days: Vec<Day>,
    /// From when.
    opens: String,
    /// Until when.
    closes: String,
    /// Closed on Japan's public holidays.
    japanese_holidays: bool,
    /// Further closed days.
    closed: Vec<String>,
}

/// Lowers `[business_hours]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Hours) -> Option<BusinessHours> {
    let time_zone = time_zone(report, &raw.time_zone);
    let opens = clock_time(report, "/business_hours/opens", &raw.opens);
    let closes = match raw.closes.as_str() {
        "24:00" => Some(None),
        text => clock_time(report, "/business_hours/closes", text).map(Some),
    };
    if let (Some(opens), Some(Some(closes))) = (opens, closes)
        && closes <= opens
    {
        report.error(
            "/business_hours/closes",
            "the office closes before it opens",
            "write a time after `opens`, up to \"24:00\"",
        );
        return None;
    }
    let closed = closed_days(report, &raw.closed);
    Some(BusinessHours {
        time_zone: time_zone?,
        days: raw.days.iter().map(|day| weekday(*day)).collect(),
        opens: opens?,
        closes: closes?,
        japanese_holidays: raw.japanese_holidays,
        closed: closed?,
    })
}

const fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

/// Japan has had no summer time since 1951: its zone needs no database, which small machines lack.
fn time_zone(report: &mut Report<'_>, text: &str) -> Option<TimeZone> {
    if matches!(text, "Asia/Tokyo" | "Japan") {
        return Some(TimeZone::fixed(Offset::constant(9)));
    }
    let by_offset = || jiff::fmt::temporal::DateTimeParser::new().parse_time_zone(text).ok();
    let found = TimeZone::get(text).ok().or_else(by_offset);
    if found.is_none() {
        report.error(
            "/business_hours/time_zone",
            format!("there is no time zone `{}`", text.escape_debug()),
            "write a name such as \"Asia/Tokyo\" or \"Europe/Berlin\" (which needs the machine's tzdata), or an offset \
             such as \"+09:00\"",
        );
    }
    found
}

fn clock_time(report: &mut Report<'_>, at: &str, text: &str) -> Option<Time> {
    let read = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
    let time = read.and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
    if time.is_none() {
        report.error(
            at,
            format!("`{}` is no time of the day", text.escape_debug()),
            "write it as \"09:00\" or \"17:30\"",
        );
    }
    time
}

fn closed_days(report: &mut Report<'_>, texts: &[String]) -> Option<Vec<ClosedDay>> {
    let mut days = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(day) => days.push(day),
            Err(refused) => report.error(
                &format!("/business_hours/closed/{n}"),
                format!("`{}` is no day", text.escape_debug()),
                format!("{refused}"),
            ),
        }
    }
    (days.len() == texts.len()).then_some(days)
}
