//! One field: identity, protection, choices, consent. Rules are in `rules`, conditions in
//! `condition`.

use super::condition::{EarlierFields, condition};
use super::lower::{Lines, Lowering};
use super::raw::{ChoiceEntry, ConsentTable, FieldTable};
use super::rules::rules;
use crate::config::address::web_trouble;
use crate::config::wording::has_control;
use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Choice, ConsentStatement, Field, FieldKind};
use crate::domain::ids::FieldId;
use crate::domain::lang::Text;
use crate::domain::protect::Protect;

/// Words that a post uses for something else.
const RESERVED: [&str; 1] = ["website"];

/// Most options of one field.
const MOST_CHOICES: usize = 200;

/// Lowers a field, or nothing where it has no identity.
pub(super) fn field(
    lowering: &mut Lowering<'_, '_>,
    at: &str,
    raw: &FieldTable,
    earlier: &EarlierFields<'_>,
) -> Option<Field> {
    let id = identity(lowering, at, raw);
    let label = raw.label.as_ref().map(|words| lowering.words(&format!("{at}/label"), words, Lines::One));
    let hint = lowering.optional_words(&format!("{at}/hint"), raw.hint.as_ref(), Lines::One);
    let step = lowering.optional_words(&format!("{at}/step"), raw.step.as_ref(), Lines::One);
    let kind = raw.kind?;
    let required_if =
        raw.required_if.as_ref().and_then(|c| condition(lowering, &format!("{at}/required_if"), c, earlier));
    let shown_if = raw.shown_if.as_ref().and_then(|c| condition(lowering, &format!("{at}/shown_if"), c, earlier));
    if raw.required == Some(true) && raw.required_if.is_some() {
        lowering.report.warning(
            &format!("{at}/required_if"),
            "the field is always required, so `required_if` changes nothing",
            "take out `required` or `required_if`",
        );
    }
    let choices = choices(lowering, at, raw, kind);
    let rules = rules(lowering, at, raw, kind, choices.len());
    let protect = protect(lowering, at, raw, kind);
    let consent = consent(lowering, at, raw, kind);
    only_for(lowering, &format!("{at}/split"), raw.split.is_some(), kind, &[FieldKind::Name, FieldKind::Kana]);
    let country = country(lowering, at, raw, kind);
    autocomplete(lowering, at, raw, kind);
    Some(Field {
        id: id?,
        kind,
        label: label.unwrap_or_else(|| Text::both("")),
        hint,
        required: raw.required.unwrap_or(false),
        required_if,
        shown_if,
        step,
        rules,
        choices,
        split: raw.split.unwrap_or(true),
        country,
        consent,
        protect,
        allow_plain: raw.allow_plain.clone(),
        autocomplete: raw.autocomplete.clone(),
    })
}

fn identity(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable) -> Option<FieldId> {
    let text = raw.id.as_deref()?;
    let at = format!("{at}/id");
    let taken = match text {
        _ if text.starts_with('_') => Some("names with `_` in front are Leadseal's own"),
        _ if RESERVED.contains(&text) => Some("it is the name of the trap for robots"),
        _ if AttributionKey::from_word(text).is_some() => Some("it is the name of an attribution value"),
        _ => None,
    };
    if let Some(reason) = taken {
        let what = format!("`{}` is reserved: {reason}", text.escape_debug());
        let other = format!("choose another id, e.g. \"my_{}\"", text.trim_start_matches('_'));
        lowering.report.error(&at, what, other);
        return None;
    }
    text.parse()
        .map_err(|error| {
            lowering.report.error(
                &at,
                format!("`{}` is no id: {error}", text.escape_debug()),
                "use lower-case letters, e.g. \"company_size\"",
            );
        })
        .ok()
}

/// Complains when a key is there that only some types understand.
pub(super) fn only_for(lowering: &mut Lowering<'_, '_>, at: &str, given: bool, kind: FieldKind, kinds: &[FieldKind]) {
    if given && !kinds.contains(&kind) {
        let key = at.rsplit('/').next().unwrap_or_default();
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        lowering.report.error(
            at,
            format!("a {} field has no `{key}`", kind.word()),
            format!("take it out; it is for {}", words.join(", ")),
        );
    }
}

fn choices(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, kind: FieldKind) -> Vec<Choice> {
    let with_choices = [FieldKind::Select, FieldKind::Radio, FieldKind::Checkboxes];
    let at = format!("{at}/choices");
    only_for(lowering, &at, raw.choices.is_some(), kind, &with_choices);
    let entries = raw.choices.as_deref().unwrap_or_default();
    if with_choices.contains(&kind) && entries.is_empty() {
        lowering.report.error(
            &at,
            format!("a {} field needs `choices`", kind.word()),
            "add e.g. choices = [{ value = \"a\", label = { ja = \"…\", en = \"…\" } }]",
        );
    }
    if entries.len() > MOST_CHOICES {
        lowering.report.error(
            &at,
            format!("there are more than {MOST_CHOICES} choices"),
            "ask with a text field instead",
        );
    }
    let mut choices: Vec<Choice> = Vec::with_capacity(entries.len());
    for (n, entry) in entries.iter().enumerate() {
        if let Some(choice) = choice(lowering, &format!("{at}/{n}"), entry, &choices) {
            choices.push(choice);
        }
    }
    choices
}

fn choice(lowering: &mut Lowering<'_, '_>, at: &str, entry: &ChoiceEntry, earlier: &[Choice]) -> Option<Choice> {
    let (value, label, place) = match entry {
        ChoiceEntry::Plain(text) => (text.clone(), Text::both(text), at.to_owned()),
        ChoiceEntry::Full(table) => {
            let label = table.label.as_ref().map(|words| lowering.words(&format!("{at}/label"), words, Lines::One));
            (table.value.clone()?, label?, format!("{at}/value"))
        }
    };
    if value.is_empty() || value.trim() != value || has_control(&value) || value.chars().count() > 100 {
        lowering.report.error(
            &place,
            format!("the choice `{}` can't be a stored value", value.escape_debug()),
            "use 1 to 100 characters, without spaces at either end and without line breaks",
        );
        return None;
    }
    if earlier.iter().any(|choice| choice.value == value) {
        lowering.report.error(
            &place,
            format!("the choice `{value}` is there twice"),
            "take one out or give it another value",
        );
        return None;
    }
    Some(Choice { value, label })
}

fn protect(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, kind: FieldKind) -> Protect {
    let protect = raw.protect.unwrap_or(kind.default_protect());
    let reason = raw.allow_plain.as_deref();
    let place = format!("{at}/protect");
    if kind == FieldKind::Consent && protect != Protect::Keep {
        lowering.report.error(&place, "a consent must stay provable", "take out `protect`");
    }
    if protect == Protect::Keep && !kind.is_closed() && reason.is_none() {
        lowering.report.error(
            &place,
            format!("`keep` would store what visitors type into this {} field in clear", kind.word()),
            "use \"tokenise\", or say why it is no personal data: allow_plain = \"…\"",
        );
    }
    let at = format!("{at}/allow_plain");
    if let Some(reason) = reason {
        lowering.single_line(&at, reason);
        if protect != Protect::Keep || kind.is_closed() {
            lowering.report.warning(&at, "`allow_plain` changes nothing here", "take it out");
        }
    }
    protect
}

fn consent(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, kind: FieldKind) -> Option<ConsentStatement> {
    let at = format!("{at}/consent");
    only_for(lowering, &at, raw.consent.is_some(), kind, &[FieldKind::Consent]);
    if kind != FieldKind::Consent {
        return None;
    }
    let Some(table) = &raw.consent else {
        lowering.report.error(
            &at,
            "a consent field needs its statement",
            "add consent = { purpose = \"privacy\", version = \"2026-04\", text = { ja = \"…\", en = \"…\" } }",
        );
        return None;
    };
    let statement = statement(lowering, &at, table)?;
    if raw.required == Some(true) && statement.purpose != "privacy" {
        lowering.report.warning(
            &format!("{}/required", at.trim_end_matches("/consent")),
            format!("nobody can send the form without agreeing to `{}`; such a consent is not freely given (GDPR art. 7(4))", statement.purpose),
            "take out `required`",
        );
    }
    Some(statement)
}

fn statement(lowering: &mut Lowering<'_, '_>, at: &str, table: &ConsentTable) -> Option<ConsentStatement> {
    for (key, text) in [("purpose", &table.purpose), ("version", &table.version)] {
        if let Some(text) = text {
            lowering.single_line(&format!("{at}/{key}"), text);
        }
    }
    if let Some(url) = &table.policy_url
        && let Some(trouble) = web_trouble(url)
    {
        let what = format!("`{}` {trouble}", url.escape_debug());
        lowering.report.error(
            &format!("{at}/policy_url"),
            what,
            "write the policy's address, e.g. \"https://www.example.jp/privacy\"",
        );
    }
    let text = table.text.as_ref().map(|words| lowering.words(&format!("{at}/text"), words, Lines::One));
    Some(ConsentStatement {
        purpose: table.purpose.clone()?,
        version: table.version.clone()?,
        text: text?,
        policy_url: table.policy_url.clone(),
    })
}

fn country(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, kind: FieldKind) -> String {
    let at = format!("{at}/country");
    only_for(lowering, &at, raw.country.is_some(), kind, &[FieldKind::Tel]);
    let country = raw.country.as_deref().unwrap_or("JP");
    if !is_country(country) {
        let what = format!("`{}` is no country with telephone numbers", country.escape_debug());
        lowering.report.error(&at, what, "use the two capital letters of ISO 3166, e.g. \"JP\"");
    }
    country.to_owned()
}

#[cfg(feature = "capture")]
fn is_country(code: &str) -> bool {
    code.parse::<phonenumber::country::Id>().is_ok()
}

#[cfg(not(feature = "capture"))]
fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

fn autocomplete(lowering: &mut Lowering<'_, '_>, at: &str, raw: &FieldTable, kind: FieldKind) {
    let Some(token) = &raw.autocomplete else { return };
    let at = format!("{at}/autocomplete");
    if matches!(kind, FieldKind::Consent | FieldKind::Radio | FieldKind::Checkboxes) {
        lowering.report.error(&at, format!("a {} field has no `autocomplete`", kind.word()), "take it out");
    } else if token.is_empty()
        || !token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b' '))
    {
        lowering.report.error(
            &at,
            format!("`{}` is no autocomplete token", token.escape_debug()),
            "use a token of the HTML standard, e.g. \"work email\", or \"off\"",
        );
    }
}
