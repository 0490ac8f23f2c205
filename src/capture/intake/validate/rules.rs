//! The rules for one value: what its type demands, what is forbidden in free text, and the limits
//! that the form sets.

use super::email;
use crate::capture::intake::normalise::{is_control, is_katakana, length, tel_e164};
use crate::domain::field::{Field, FieldKind};
use crate::domain::form::ForbiddenNumbers;
use crate::domain::numbers::{ForbiddenNumber, find_forbidden_numbers, strike_out_forbidden_numbers};
use crate::domain::pii::Pii;
use crate::domain::prefecture::canonical_prefecture;
use crate::domain::problem::ProblemCode;
use jiff::civil::Date;
use url::{Host, Url};
use validator::{ValidateEmail, ValidateUrl};

/// Judges a non-empty text in normal form; gives it as it may go on (numbers struck out where the
/// form says so).
pub(super) fn text(field: &Field, forbidden: ForbiddenNumbers, text: &str) -> Result<String, ProblemCode> {
    no_control_characters(field, text)?;
    of_type(field, text)?;
    let text = without_forbidden_numbers(field, forbidden, text)?;
    within_length(field, &text)?;
    if field.rules.pattern.as_ref().is_some_and(|pattern| !pattern.matches(&text)) {
        return Err(ProblemCode::Pattern);
    }
    Ok(text)
}

/// Judges chosen options.
pub(super) fn options(field: &Field, required: bool, chosen: &[Pii<String>]) -> Result<(), ProblemCode> {
    let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return if required { Err(ProblemCode::ChoiceRequired) } else { Ok(()) };
    }
    chosen.iter().try_for_each(|option| is_option(field, option.expose()))?;
    match (field.rules.min_choices, field.rules.max_choices) {
        (Some(min), _) if count < min => Err(ProblemCode::TooFewChoices { min }),
        (_, Some(max)) if count > max => Err(ProblemCode::TooManyChoices { max }),
        _ => Ok(()),
    }
}

/// Line breaks and tabs are for text of several lines; other control characters for none. What
/// passes here can't end a mail header.
fn no_control_characters(field: &Field, text: &str) -> Result<(), ProblemCode> {
    let several_lines = matches!(field.kind, FieldKind::Textarea | FieldKind::Address);
    let refused = |c: char| is_control(c) && !(several_lines && matches!(c, '\n' | '\t'));
    if text.contains(refused) { Err(ProblemCode::ControlCharacters) } else { Ok(()) }
}

/// What the type demands.
fn of_type(field: &Field, text: &str) -> Result<(), ProblemCode> {
    let demand = |holds: bool, code: ProblemCode| if holds { Ok(()) } else { Err(code) };
    match field.kind {
        FieldKind::Email => is_email(field, text),
        FieldKind::Number => is_number(field, text),
        FieldKind::Date => is_date(field, text),
        FieldKind::Select | FieldKind::Radio => is_option(field, text),
        FieldKind::Kana => demand(text.chars().all(|c| is_katakana(c) || c == ' '), ProblemCode::Kana),
        FieldKind::Tel => demand(tel_e164(text, &field.country).as_deref() == Some(text), ProblemCode::Tel),
        FieldKind::PostalCode => demand(is_postal_code(text), ProblemCode::PostalCode),
        FieldKind::Prefecture => demand(canonical_prefecture(text) == Some(text), ProblemCode::Prefecture),
        FieldKind::Url => demand(is_web_address(text), ProblemCode::Url),
        _ => Ok(()),
    }
}

fn is_option(field: &Field, text: &str) -> Result<(), ProblemCode> {
    if field.choices.iter().any(|choice| choice.value == text) { Ok(()) } else { Err(ProblemCode::Choice) }
}

/// The library's check and our own must both pass: it lets through what must not reach a header,
/// and ours alone would miss what it knows.
fn is_email(field: &Field, text: &str) -> Result<(), ProblemCode> {
    if !text.validate_email() || !email::is_safe(text) {
        return Err(ProblemCode::Email);
    }
    if field.rules.business_only && email::is_free_provider(text) {
        return Err(ProblemCode::BusinessEmail);
    }
    Ok(())
}

fn is_number(field: &Field, text: &str) -> Result<(), ProblemCode> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    let number: f64 = text.parse().ok().filter(|n: &f64| plain && n.is_finite()).ok_or(ProblemCode::Number)?;
    match (field.rules.min, field.rules.max) {
        (Some(min), _) if number < min => Err(ProblemCode::BelowMin { min }),
        (_, Some(max)) if number > max => Err(ProblemCode::AboveMax { max }),
        _ => Ok(()),
    }
}

fn is_date(field: &Field, text: &str) -> Result<(), ProblemCode> {
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text).ok_or(ProblemCode::Date)?;
    match (field.rules.min_date, field.rules.max_date) {
        (Some(min), _) if date < min => Err(ProblemCode::BeforeMin { min }),
        (_, Some(max)) if date > max => Err(ProblemCode::AfterMax { max }),
        _ => Ok(()),
    }
}

fn is_postal_code(text: &str) -> bool {
    text.len() == 8 && text.bytes().enumerate().all(|(at, b)| if at == 3 { b == b'-' } else { b.is_ascii_digit() })
}

/// An http(s) address of a named host, without user or password. The library's check accepts
/// every scheme, so it is only the first step.
fn is_web_address(text: &str) -> bool {
    let Some(url) = Some(text).filter(|text| text.validate_url()).and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let named_host = matches!(url.host(), Some(Host::Domain(host)) if host.trim_end_matches('.').contains('.'));
    let plain = url.username().is_empty() && url.password().is_none();
    matches!(url.scheme(), "http" | "https") && named_host && plain
}

/// Payment cards and マイナンバー in free text: refused or struck out, as the form says.
fn without_forbidden_numbers(field: &Field, rule: ForbiddenNumbers, text: &str) -> Result<String, ProblemCode> {
    if !field.kind.is_free_text() {
        return Ok(text.to_owned());
    }
    match (find_forbidden_numbers(text).first(), rule) {
        (None, _) => Ok(text.to_owned()),
        (Some(_), ForbiddenNumbers::StrikeOut) => Ok(strike_out_forbidden_numbers(text)),
        (Some(found), ForbiddenNumbers::Refuse) => Err(match found.kind {
            ForbiddenNumber::Card => ProblemCode::CardNumber,
            ForbiddenNumber::MyNumber => ProblemCode::MyNumber,
        }),
    }
}

/// Lengths in what a person counts as characters.
fn within_length(field: &Field, text: &str) -> Result<(), ProblemCode> {
    if matches!(field.kind, FieldKind::Select | FieldKind::Radio | FieldKind::Prefecture) {
        return Ok(());
    }
    let max = field.max_length();
    // No text has more graphemes than characters, and those are counted in a fraction of the time.
    if field.rules.min_length.is_none() && text.chars().count() <= max as usize {
        return Ok(());
    }
    let count = u32::try_from(length(text)).unwrap_or(u32::MAX);
    match field.rules.min_length {
        Some(min) if count < min => Err(ProblemCode::TooShort { min }),
        _ if count > max => Err(ProblemCode::TooLong { max }),
        _ => Ok(()),
    }
}
