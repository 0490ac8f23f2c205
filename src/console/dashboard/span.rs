//! What the address of the dashboard asks for, and into which periods its days fall.
//!
//! A part that can't be read is left out, and the page says so; it never widens what a viewer sees.

use crate::domain::ids::{FormId, SiteId};
use jiff::civil::{Date, Weekday};
use jiff::{Span as Length, ToSpan};
use std::ops::Range;

/// How far back the dashboard looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Span {
    /// Seven days, today included.
    Week,
    /// Thirty days.
    #[default]
    Month,
    /// Ninety days.
    Quarter,
    /// From New Year on, week by week.
    YearByWeek,
    /// From New Year on, month by month.
    YearByMonth,
}

/// Days that are counted together, and those that they are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) days: Range<Date>,
    pub(super) before: Range<Date>,
}

impl Span {
    pub(super) const ALL: [Self; 5] = [Self::Week, Self::Month, Self::Quarter, Self::YearByWeek, Self::YearByMonth];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Week => "7",
            Self::Month => "30",
            Self::Quarter => "90",
            Self::YearByWeek => "weeks",
            Self::YearByMonth => "months",
        }
    }

    fn days(self) -> Option<i32> {
        match self {
            Self::Week => Some(7),
            Self::Month => Some(30),
            Self::Quarter => Some(90),
            Self::YearByWeek | Self::YearByMonth => None,
        }
    }

    /// The whole span up to and with today, and the one it is compared with: as many days before it, or
    /// the same days of the year before.
    pub(super) fn whole(self, today: Date) -> Period {
        let end = later(today, 1.day());
        let start = match self.days() {
            Some(days) => later(today, (1 - days).days()),
            None => Date::new(today.year(), 1, 1).unwrap_or(today),
        };
        self.period(start..end)
    }

    fn period(self, days: Range<Date>) -> Period {
        let back = match self.days() {
            Some(count) => (-count).days(),
            None => (-1).years(),
        };
        let before = later(days.start, back)..later(days.end, back);
        Period { days, before }
    }

    /// The parts of the span, in order: days, weeks from Monday on, or months. New Year may cut the first
    /// week, and today the last.
    pub(super) fn periods(self, today: Date) -> Vec<Period> {
        let whole = self.whole(today).days;
        let mut periods = Vec::new();
        let mut start = whole.start;
        while start < whole.end {
            let next = match self {
                Self::YearByMonth => later(start.first_of_month(), 1.month()),
                Self::YearByWeek => later(start, (7 - start.weekday().since(Weekday::Monday)).days()),
                Self::Week | Self::Month | Self::Quarter => later(start, 1.day()),
            };
            // At the end of the calendar no day is later.
            if next <= start {
                break;
            }
            periods.push(self.period(start..next.min(whole.end)));
            start = next;
        }
        periods
    }
}

/// A day so much later; the calendar's last one when there is none.
fn later(day: Date, by: Length) -> Date {
    day.saturating_add(by)
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) span: Span,
    pub(super) site: Option<SiteId>,
    pub(super) form: Option<FormId>,
    /// Something could not be read.
    pub(super) is_unclear: bool,
}

impl Asked {
    /// Reads an address.
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let understood = match name.as_ref() {
                "span" => {
                    let span = Span::ALL.into_iter().find(|span| span.word() == value);
                    asked.span = span.unwrap_or_default();
                    span.is_some()
                }
                "site" => {
                    asked.site = value.parse().ok();
                    asked.site.is_some()
                }
                "form" => {
                    asked.form = value.parse().ok();
                    asked.form.is_some()
                }
                // Marks that mailers and the language switch add are nobody's mistake.
                _ => true,
            };
            asked.is_unclear |= !understood;
        }
        asked
    }

    pub(super) const fn is_narrowed(&self) -> bool {
        self.site.is_some() || self.form.is_some()
    }

    /// The address of the same figures over another span, from `?` on.
    pub(super) fn over(&self, span: Span) -> String {
        self.narrowing(&[("span", span.word())])
    }

    /// An address with these parts and the ones that narrow, from `?` on.
    pub(super) fn narrowing(&self, parts: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        query.extend_pairs(parts);
        if let Some(site) = &self.site {
            query.append_pair("site", site.as_str());
        }
        if let Some(form) = &self.form {
            query.append_pair("form", form.as_str());
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn said(days: &Range<Date>) -> String {
        format!("{}..{}", days.start, days.end)
    }

    #[test]
    fn a_span_ends_with_today_and_is_compared_with_as_many_days_before() {
        let month = Span::Month.whole(day("2028-03-01"));
        assert_eq!(said(&month.days), "2028-02-01..2028-03-02", "over the leap day");
        assert_eq!(said(&month.before), "2028-01-02..2028-02-01");
        for (span, count) in [(Span::Week, 7), (Span::Month, 30), (Span::Quarter, 90)] {
            let periods = span.periods(day("2026-03-30"));
            assert_eq!(periods.len(), count);
            assert_eq!(periods[count - 1].days, day("2026-03-30")..day("2026-03-31"));
        }
    }

    #[test]
    fn a_year_is_compared_with_the_same_days_of_the_year_before() {
        let year = Span::YearByMonth.whole(day("2028-02-29"));
        assert_eq!(
            (said(&year.days), said(&year.before)),
            ("2028-01-01..2028-03-01".into(), "2027-01-01..2027-03-01".into())
        );
        let months = Span::YearByMonth.periods(day("2029-03-15"));
        let days: Vec<_> = months.iter().map(|month| said(&month.days)).collect();
        assert_eq!(days, ["2029-01-01..2029-02-01", "2029-02-01..2029-03-01", "2029-03-01..2029-03-16"]);
        assert_eq!(said(&months[1].before), "2028-02-01..2028-03-01", "the leap day is in it");
        assert_eq!(Span::YearByMonth.periods(day("2026-12-31")).len(), 12);
        assert_eq!(Span::YearByMonth.periods(day("2026-01-01")).len(), 1);
    }

    #[test]
    fn weeks_begin_on_monday_and_new_year_cuts_the_first() {
        let weeks = Span::YearByWeek.periods(day("2026-01-13"));
        let days: Vec<_> = weeks.iter().map(|week| said(&week.days)).collect();
        assert_eq!(days, ["2026-01-01..2026-01-05", "2026-01-05..2026-01-12", "2026-01-12..2026-01-14"]);
        assert_eq!(Span::YearByWeek.periods(day("2028-12-31")).len(), 53);
    }

    #[test]
    fn periods_follow_each_other_without_a_gap_in_both_spans() {
        for today in ["2024-02-29", "2025-03-01", "2028-12-31", "2026-11-01"] {
            for span in Span::ALL {
                let (whole, periods) = (span.whole(day(today)), span.periods(day(today)));
                let ends = |of: fn(&Period) -> &Range<Date>, whole: &Range<Date>| {
                    assert_eq!((of(&periods[0]).start, of(periods.last().unwrap()).end), (whole.start, whole.end));
                    assert!(periods.windows(2).all(|pair| of(&pair[0]).end == of(&pair[1]).start), "{today} {span:?}");
                };
                ends(|period| &period.days, &whole.days);
                ends(|period| &period.before, &whole.before);
            }
        }
        assert_eq!(Span::Week.periods(Date::MAX).len(), 6, "the calendar ends");
    }

    #[test]
    fn an_address_reads_back_and_what_it_does_not_say_is_told() {
        let asked = Asked::read("span=weeks&site=main&form=contact&utm_source=x");
        assert_eq!(asked.over(asked.span), "?span=weeks&site=main&form=contact");
        assert!(!asked.is_unclear && asked.is_narrowed());
        assert_eq!(Asked::read("").span, Span::Month);
        for query in ["span=365", "site=A%20B", "form=%3Cscript%3E"] {
            let asked = Asked::read(query);
            assert!(asked.is_unclear && !asked.is_narrowed() && asked.span == Span::Month, "{query}");
        }
    }
}
