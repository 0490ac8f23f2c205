//! Limits on a field's value: which type understands which, and whether they can be met.

use super::field::only_for;
use super::lower::{Lines, Lowering};
use super::raw::FieldTable;
use crate::config::shape::name_of;
use crate::domain::field::{FieldKind, Pattern, Rules};

/// Types whose length may be limited.
const TEXTS: [FieldKind; 10] = [
    FieldKind::Text,
    FieldKind::Name,
    FieldKind::Kana,
    FieldKind::Email,
    FieldKind::Address,
    FieldKind::Company,
    FieldKind::Department,
    FieldKind::JobTitle,
    FieldKind::Url,
    FieldKind::Textarea,
];

/// Types that may have a pattern.
const PATTERNED: [FieldKind; 10] = [
    FieldKind::Text,
    FieldKind::Email,
    FieldKind::Tel,
    FieldKind::PostalCode,
    FieldKind::Address,
    FieldKind::Company,
    FieldKind::Department,
    FieldKind::JobTitle,
    FieldKind::Url,
    FieldKind::Textarea,
];

/// Lowers a field's rules. `choices` is how many options it has.
pub(super) fn rules(
    lowering: &mut Lowering<'_, '_>,
    at: &str,
    raw: &FieldTable,
    kind: FieldKind,
    choices: usize,
) -> Rules {
    for (key, given, kinds) in [
        ("min_length", raw.min_length.is_some(), TEXTS.as_slice()),
        ("max_length", raw.max_length.is_some(), &TEXTS),
        ("min", raw.min.is_some(), &[FieldKind::Number]),
        ("max", raw.max.is_some(), &[FieldKind::Number]),
        ("min_date", raw.min_date.is_some(), &[FieldKind::Date]),
        ("max_date", raw.max_date.is_some(), &[FieldKind::Date]),
        ("min_choices", raw.min_choices.is_some(), &[FieldKind::Checkboxes]),
        ("max_choices", raw.max_choices.is_some(), &[FieldKind::Checkboxes]),
        ("pattern", raw.pattern.is_some(), &PATTERNED),
        ("pattern_message", raw.pattern_message.is_some(), &PATTERNED),
        ("business_only", raw.business_only.is_some(), &[FieldKind::Email]),
    ] {
        only_for(lowering, &format!("{at}/{key}"), given, kind, kinds);
    }
    let min_date = date(lowering, &format!("{at}/min_date"), raw.min_date.as_deref());
    let max_date = date(lowering, &format!("{at}/max_date"), raw.max_date.as_deref());
    ordered(lowering, &format!("{at}/min_length"), raw.min_length, raw.max_length);
    ordered(lowering, &format!("{at}/min"), raw.min, raw.max);
    ordered(lowering, &format!("{at}/min_date"), min_date, max_date);
    ordered(lowering, &format!("{at}/min_choices"), raw.min_choices, raw.max_choices);
    if kind == FieldKind::Checkboxes {
        enough_choices(lowering, at, raw, choices);
    }
    let pattern_message = pattern_message(lowering, at, raw);
    Rules {
        min_length: raw.min_length,
        max_length: raw.max_length,
        min: raw.min,
        max: raw.max,
        min_date,
        max_date,
        min_choices: raw.min_choices,
        max_choices: raw.max_choices,
        pattern: pattern(lowering, at, raw.pattern.as_deref()),
        pattern_message,
        business_only: raw.business_only.unwrap_or(false),
    }
}

fn ordered<T: PartialOrd>(lowering: &mut Lowering<'_, '_>, at: &str, min: Option<T>, max: Option<T>) {
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let other = name_of(at).replace("min", "max");
        lowering.report.error(at, format!("{} is more than {other}", name_of(at)), "swap the two, or leave one out");
    }
}

fn date(lowering: &mut Lowering<'_, '_>, at: &str, text: Option<&str>) -> Option<jiff::civil::Date> {
    let text = text?;
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    if date.is_none() {
        let what = format!("`{}` is no date", text.escape_debug());
        lowering.report.error(at, what, "write year, month and day, e.g. \"2026-04-01\"");
    }
    date
}

fn enough_choices(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, choices: usize) {
    for (key, limit) in [("min_choices", raw.min_choices), ("max_choices", raw.max_choices)] {
        if let Some(limit) = limit.filter(|limit| choices > 0 && *limit as usize > choices) {
            let what = format!("`{key}` is {limit}, more than the number of choices ({choices})");
            lowering.report.error(&format!("{at}/{key}"), what, format!("use at most {choices}"));
        }
    }
}

fn pattern(lowering: &mut Lowering<'_, '_>, at: &str, source: Option<&str>) -> Option<Pattern> {
    let source = source?;
    // Alone first: a pattern such as `a)|(b` becomes valid, but another one, between anchors.
    let alone = regex::RegexBuilder::new(source).size_limit(1 << 20).build();
    alone
        .and_then(|_| Pattern::new(source))
        .map_err(|error| {
            let fix = match &error {
                regex::Error::CompiledTooBig(_) => "make it shorter; large repetitions cost too much".to_owned(),
                _ if source.contains("(?=") || source.contains("(?!") || source.contains("(?<") => {
                    "say it without look-around; Leadseal's patterns run in linear time and have none".to_owned()
                }
                _ if has_back_reference(source) => {
                    "say it without back-references; Leadseal's patterns run in linear time and have none".to_owned()
                }
                _ => "try it at regex101.com with the flavour Rust; in TOML, put patterns in single quotes".to_owned(),
            };
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            lowering.report.error(&format!("{at}/pattern"), format!("the pattern can't be used: {reason}"), fix);
        })
        .ok()
}

fn has_back_reference(source: &str) -> bool {
    source.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'1'..=b'9' | b'k'))
}

fn pattern_message(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable) -> Option<crate::domain::lang::Text> {
    let at = format!("{at}/pattern_message");
    if raw.pattern_message.is_some() && raw.pattern.is_none() {
        lowering.report.error(
            &at,
            "there is a `pattern_message` but no `pattern`",
            "add the pattern, or take the message out",
        );
    }
    lowering.optional_words(&at, raw.pattern_message.as_ref(), Lines::One)
}
