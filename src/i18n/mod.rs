//! Messages in Japanese and English.
//!
//! Words live in `src/i18n/{ja,en}.ftl` (Fluent), compiled in; every key exists in both. No value
//! of a visitor is ever an argument of a message.

use crate::domain::field::NamePart;
use crate::domain::lang::Lang;
use crate::domain::problem::{Problem, ProblemCode};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

const JA: &str = include_str!("ja.ftl");
const EN: &str = include_str!("en.ftl");

static JAPANESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::Ja, JA));
static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::En, EN));

/// A bundle of one language. What a message file holds besides messages is left out; the tests
/// refuse such a file.
fn bundle(lang: Lang, source: &str) -> FluentBundle<FluentResource> {
    let tag = LanguageIdentifier::from_bytes(lang.tag().as_bytes()).unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolating marks would stand as invisible characters in mail subjects and copied text.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

fn bundle_of(lang: Lang) -> &'static FluentBundle<FluentResource> {
    match lang {
        Lang::Ja => &JAPANESE,
        Lang::En => &ENGLISH,
    }
}

/// An argument of a message: a number or a word of ours.
#[derive(Debug, Clone)]
pub enum Arg<'a> {
    /// A text of ours or of the owner (a label, a limit).
    Text(&'a str),
    /// A number.
    Number(f64),
}

/// A moment as readers of the language write it: Japan's time for Japanese, else UTC, and says which.
pub fn moment(at: Timestamp, lang: Lang) -> String {
    let (offset, format) = match lang {
        Lang::Ja => (Offset::constant(9), "%Y年%-m月%-d日 %H:%M（日本時間）"),
        Lang::En => (Offset::UTC, "%-d %b %Y, %H:%M UTC"),
    };
    at.to_zoned(TimeZone::fixed(offset)).strftime(format).to_string()
}

/// A moment in a list, in the same time as [`moment`], without its year.
pub fn short_moment(at: Timestamp, lang: Lang) -> String {
    let (offset, format) = match lang {
        Lang::Ja => (Offset::constant(9), "%-m月%-d日 %H:%M"),
        Lang::En => (Offset::UTC, "%-d %b, %H:%M UTC"),
    };
    at.to_zoned(TimeZone::fixed(offset)).strftime(format).to_string()
}

/// A moment by the clock on the office's wall, with its day of the week.
pub fn office_moment(at: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let at = at.to_zoned(zone.clone());
    match lang {
        Lang::Ja => {
            let day = ["月", "火", "水", "木", "金", "土", "日"]
                [usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
            format!("{}（{day}）{}", at.strftime("%Y年%-m月%-d日"), at.strftime("%H:%M"))
        }
        Lang::En => at.strftime("%a %-d %b %Y, %H:%M").to_string(),
    }
}

/// The message `key` in `lang`.
pub fn text(lang: Lang, key: &str) -> String {
    text_with(lang, key, &[])
}

/// The message `key` in `lang`, with arguments. A key that does not exist shows as itself; the
/// tests see to it that no page names one.
pub fn text_with(lang: Lang, key: &str, args: &[(&str, Arg<'_>)]) -> String {
    let bundle = bundle_of(lang);
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return key.to_owned();
    };
    let mut values = FluentArgs::with_capacity(args.len());
    for (name, arg) in args {
        values.set(
            *name,
            match arg {
                Arg::Text(text) => FluentValue::from(*text),
                Arg::Number(number) => FluentValue::from(*number),
            },
        );
    }
    bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
}

/// The sentence for a problem with a field, which names the field by its label. `pattern_message`
/// is the owner's own sentence for a pattern, where there is one.
pub fn problem(lang: Lang, problem: &Problem, label: &str, pattern_message: Option<&str>) -> String {
    if let (ProblemCode::Pattern, Some(own)) = (problem.code, pattern_message) {
        return own.to_owned();
    }
    let label = match problem.part {
        Some(part) => part_label(lang, label, part),
        None => label.to_owned(),
    };
    let (key, limit) = problem_message(lang, problem.code);
    let mut args = vec![("label", Arg::Text(&label))];
    match &limit {
        Limit::None => {}
        Limit::Number(name, number) => args.push((name, Arg::Number(*number))),
        Limit::Date(name, date) => args.push((name, Arg::Text(date))),
    }
    text_with(lang, key, &args)
}

/// A field's label with the name of one part of it: `お名前（姓）`.
fn part_label(lang: Lang, label: &str, part: NamePart) -> String {
    let part = match part {
        NamePart::Family => text(lang, "name-family"),
        NamePart::Given => text(lang, "name-given"),
    };
    text_with(lang, "label-with-part", &[("label", Arg::Text(label)), ("part", Arg::Text(&part))])
}

/// The limit that a problem names.
enum Limit {
    None,
    Number(&'static str, f64),
    Date(&'static str, String),
}

/// The key of a problem's sentence, and its limit.
fn problem_message(lang: Lang, code: ProblemCode) -> (&'static str, Limit) {
    let plain = |key| (key, Limit::None);
    match code {
        ProblemCode::Required => plain("problem-required"),
        ProblemCode::ChoiceRequired => plain("problem-choice-required"),
        ProblemCode::ConsentRequired => plain("problem-consent-required"),
        ProblemCode::TooShort { min } => ("problem-too-short", Limit::Number("min", min.into())),
        ProblemCode::TooLong { max } => ("problem-too-long", Limit::Number("max", max.into())),
        ProblemCode::Email => plain("problem-email"),
        ProblemCode::BusinessEmail => plain("problem-business-email"),
        ProblemCode::Tel => plain("problem-tel"),
        ProblemCode::PostalCode => plain("problem-postal-code"),
        ProblemCode::Prefecture => plain("problem-prefecture"),
        ProblemCode::Url => plain("problem-url"),
        ProblemCode::Number => plain("problem-number"),
        ProblemCode::BelowMin { min } => ("problem-below-min", Limit::Number("min", min)),
        ProblemCode::AboveMax { max } => ("problem-above-max", Limit::Number("max", max)),
        ProblemCode::Date => plain("problem-date"),
        ProblemCode::BeforeMin { min } => ("problem-before-min", Limit::Date("min", date(lang, min))),
        ProblemCode::AfterMax { max } => ("problem-after-max", Limit::Date("max", date(lang, max))),
        ProblemCode::Kana => plain("problem-kana"),
        ProblemCode::Choice => plain("problem-choice"),
        ProblemCode::TooFewChoices { min } => ("problem-too-few-choices", Limit::Number("min", min.into())),
        ProblemCode::TooManyChoices { max } => ("problem-too-many-choices", Limit::Number("max", max.into())),
        ProblemCode::Pattern => plain("problem-pattern"),
        ProblemCode::ControlCharacters => plain("problem-control-characters"),
        ProblemCode::CardNumber => plain("problem-card-number"),
        ProblemCode::MyNumber => plain("problem-my-number"),
        ProblemCode::Repeated => plain("problem-repeated"),
    }
}

/// A date as people write it: `2026年4月1日`, `1 April 2026`.
pub fn date(lang: Lang, date: jiff::civil::Date) -> String {
    match lang {
        Lang::Ja => date.strftime("%-Y年%-m月%-d日").to_string(),
        Lang::En => date.strftime("%-d %B %-Y").to_string(),
    }
}

#[cfg(test)]
mod tests;
