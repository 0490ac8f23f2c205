//! Normal forms of numbers and dates. What is neither stays as text, for the validator to refuse.

use crate::domain::normal::text;
use jiff::civil::Date;

/// A plain decimal: no sign but `-`, no thousands commas, no needless zeros.
pub(super) fn number(raw: &str) -> String {
    let folded = text::compatible(raw).replace('\u{2212}', "-");
    decimal(&folded).unwrap_or(folded)
}

fn decimal(folded: &str) -> Option<String> {
    let (negative, digits) = match folded.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, folded.strip_prefix('+').unwrap_or(folded)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    let whole = without_commas(whole)?;
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative && (whole != "0" || !fraction.is_empty()) { "-" } else { "" };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// The digits of `12345` or `12,345`; commas only where thousands end.
fn without_commas(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().filter(|group| is_digits(group))?;
    let mut digits = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 || !is_digits(group) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `YYYY-MM-DD`, also from `2026/1/2`, `2026.1.2` and `2026年1月2日`.
pub(super) fn date(raw: &str) -> String {
    let folded = text::compatible(raw);
    read_date(&folded).map_or(folded, |date| date.to_string())
}

fn read_date(folded: &str) -> Option<Date> {
    let plain = folded.strip_suffix('日').unwrap_or(folded).replace(['年', '月', '/', '.'], "-").replace(' ', "");
    let mut parts = plain.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = year.len() == 4 && month.len() <= 2 && day.len() <= 2;
    if !fits || parts.next().is_some() || ![year, month, day].into_iter().all(is_digits) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
