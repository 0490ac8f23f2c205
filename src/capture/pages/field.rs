//! One field of a form as a page shows it: label, hints, faults and the control that fits its type.

use super::body::{Kept, problem_words};
use crate::domain::field::{Condition, Field, FieldKind, NamePart};
use crate::domain::form::Form;
use crate::domain::lang::{Lang, Text};
use crate::domain::prefecture::{PREFECTURES, canonical_prefecture};
use crate::i18n::{self, Arg};

/// A field as a page shows it.
pub struct FieldView<'a> {
    pub id: &'a str,
    /// The word of its type.
    pub kind: &'static str,
    pub label: &'a str,
    /// The label's language, where it is not the page's.
    pub label_lang: Option<&'static str>,
    pub mark: Mark,
    pub hints: Vec<Note>,
    pub faults: Vec<Note>,
    /// The ids of hints and faults, for the control or the group.
    pub described_by: String,
    pub width: &'static str,
    pub control: Control<'a>,
    /// Not asked for with the answers so far: a script will hide it.
    pub is_later: bool,
    invalid: bool,
}

impl FieldView<'_> {
    /// True when something is wrong with the answer.
    pub fn is_invalid(&self) -> bool {
        self.invalid
    }
}

/// The id of an input: of one form among several that may stand on a page.
pub fn input_id(form: &Form, name: &str) -> String {
    format!("ls-{}-{name}", form.id)
}

/// Whether an answer is needed, in words.
pub enum Mark {
    Needed,
    Optional,
    /// Only under a condition, which a hint names.
    Sometimes,
}

impl Mark {
    fn of(field: &Field) -> Self {
        match (field.required, &field.required_if, &field.shown_if) {
            (true, _, None) => Self::Needed,
            (true, _, Some(_)) | (false, Some(_), _) => Self::Sometimes,
            (false, None, _) => Self::Optional,
        }
    }

    pub fn key(&self) -> &'static str {
        match self {
            Self::Needed => "page-required",
            Self::Optional => "page-optional",
            Self::Sometimes => "page-required-sometimes",
        }
    }

    pub fn class(&self) -> &'static str {
        match self {
            Self::Needed => "ls-needed",
            Self::Optional => "ls-optional",
            Self::Sometimes => "ls-sometimes",
        }
    }
}

/// A hint or a fault, which a control names as its description.
pub struct Note {
    pub id: String,
    pub words: String,
}

/// What a visitor types or ticks.
pub enum Control<'a> {
    Line(Line<'a>),
    Parts(Vec<Part<'a>>),
    Area(Area<'a>),
    Select(Select<'a>),
    Options(Options<'a>),
    Consent(Consent<'a>),
}

/// One line of text.
pub struct Line<'a> {
    pub id: String,
    pub name: String,
    pub value: &'a str,
    pub kind: &'static str,
    pub autocomplete: Option<&'a str>,
    pub inputmode: Option<&'static str>,
    pub lang: Option<&'static str>,
    /// Neither capitalised nor spell-checked by the browser.
    pub verbatim: bool,
    pub described_by: String,
    pub invalid: bool,
}

/// One part of a name.
pub struct Part<'a> {
    pub label: String,
    pub faults: Vec<Note>,
    pub line: Line<'a>,
}

/// Several lines of text.
pub struct Area<'a> {
    pub line: Line<'a>,
    pub rows: u8,
}

/// A list box.
pub struct Select<'a> {
    pub id: String,
    pub name: &'a str,
    pub autocomplete: Option<&'a str>,
    pub options: Vec<Choosable<'a>>,
}

/// Radio buttons or checkboxes.
pub struct Options<'a> {
    pub name: &'a str,
    pub kind: &'static str,
    pub options: Vec<Choosable<'a>>,
}

/// One option.
pub struct Choosable<'a> {
    pub id: String,
    pub value: &'a str,
    pub label: &'a str,
    pub chosen: bool,
}

/// A box to tick, with the words it stands for.
pub struct Consent<'a> {
    pub id: String,
    pub name: &'a str,
    pub text: &'a str,
    pub text_lang: Option<&'static str>,
    pub policy_url: Option<&'a str>,
    pub ticked: bool,
}

/// The language of a text that is missing in the page's own.
fn foreign(text: &Text, lang: Lang) -> Option<&'static str> {
    (!text.has(lang)).then(|| Lang::ALL.into_iter().find(|other| text.has(*other)).unwrap_or(lang).tag())
}

/// The field as the page shows it in `lang`, with the values and problems of an earlier attempt.
pub fn field_view<'a>(form: &'a Form, field: &'a Field, lang: Lang, kept: Kept<'a>) -> FieldView<'a> {
    let hints = hints(form, field, lang);
    let of_part = |part: Option<NamePart>| faults(form, field, part, lang, kept);
    let faults = of_part(None);
    let described_by = ids(hints.iter().chain(&faults));
    let invalid = kept.problems.iter().any(|problem| problem.field == field.id);
    let line = |kind: FieldKind| Line {
        described_by: described_by.clone(),
        invalid,
        ..line_of(form, field, kind, field.id.to_string(), kept)
    };
    let control = match field.kind {
        FieldKind::Name | FieldKind::Kana if field.is_split() => {
            Control::Parts(parts(form, field, lang, kept, of_part))
        }
        FieldKind::Textarea => Control::Area(Area { line: line(field.kind), rows: 7 }),
        FieldKind::Address => Control::Area(Area { line: line(field.kind), rows: 2 }),
        FieldKind::Prefecture => Control::Select(prefectures(form, field, lang, kept)),
        FieldKind::Select => Control::Select(select(form, field, lang, kept)),
        FieldKind::Radio => Control::Options(options(form, field, "radio", lang, kept)),
        FieldKind::Checkboxes => Control::Options(options(form, field, "checkbox", lang, kept)),
        FieldKind::Consent => Control::Consent(consent(form, field, lang, kept)),
        kind => Control::Line(line(kind)),
    };
    FieldView {
        id: field.id.as_str(),
        kind: field.kind.word(),
        label: field.label.get(lang),
        label_lang: foreign(&field.label, lang),
        mark: Mark::of(field),
        width: width(field.kind),
        hints,
        faults,
        described_by,
        control,
        is_later: !is_asked(form, field, kept, form.fields.len()),
        invalid,
    }
}

/// Whether a field is asked for with these answers; `depth` ends a circle of conditions.
fn is_asked(form: &Form, field: &Field, kept: Kept<'_>, depth: usize) -> bool {
    let Some(when) = &field.shown_if else { return true };
    let Some(other) = form.field(&when.field).filter(|_| depth > 0) else { return false };
    let holds = match when.any_of.as_slice() {
        [] => other.input_names().iter().any(|name| !typed(kept, name).is_empty()),
        values => values.iter().any(|value| was_chosen(kept, other, value)),
    };
    holds && is_asked(form, other, kept, depth - 1)
}

const fn width(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::PostalCode | FieldKind::Date | FieldKind::Number => " ls-narrow",
        FieldKind::Tel | FieldKind::Name | FieldKind::Kana => " ls-medium",
        _ => "",
    }
}

fn ids<'n>(notes: impl Iterator<Item = &'n Note>) -> String {
    notes.map(|note| note.id.as_str()).collect::<Vec<_>>().join(" ")
}

/// The owner's hint, when the field is needed, and what a type or limit wants to be known.
fn hints(form: &Form, field: &Field, lang: Lang) -> Vec<Note> {
    let own = field.hint.as_ref().map(|hint| hint.get(lang).to_owned());
    let shown = field.shown_if.as_ref().map(|when| condition(form, when, lang, "shown"));
    // The same condition twice would be said twice.
    let needed = field
        .required_if
        .as_ref()
        .filter(|when| field.shown_if.as_ref() != Some(*when))
        .map(|when| condition(form, when, lang, "required"));
    let by_type = match field.kind {
        FieldKind::PostalCode => Some(i18n::text(lang, "hint-postal-code")),
        FieldKind::Tel if field.country == "JP" => Some(i18n::text(lang, "hint-tel")),
        FieldKind::Kana => Some(i18n::text(lang, "hint-kana")),
        FieldKind::Textarea => field
            .rules
            .max_length
            .map(|max| i18n::text_with(lang, "hint-max-length", &[("max", Arg::Number(max.into()))])),
        _ => None,
    };
    [own, shown, needed, by_type]
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(n, words)| Note { id: format!("{}.hint-{}", input_id(form, field.id.as_str()), n + 1), words })
        .collect()
}

/// When a field is needed or shown, in words: pages work without a script, so nothing is hidden.
fn condition(form: &Form, when: &Condition, lang: Lang, kind: &str) -> String {
    let other = form.field(&when.field);
    let label = other.map_or(when.field.as_str(), |field| field.label.get(lang));
    if when.any_of.is_empty() || other.is_some_and(|field| field.kind == FieldKind::Consent) {
        return i18n::text_with(lang, &format!("page-{kind}-if-any"), &[("label", Arg::Text(label))]);
    }
    let names: Vec<&str> =
        when.any_of.iter().map(|value| other.map_or(value.as_str(), |field| field.choice_label(value, lang))).collect();
    let names = names.join(&i18n::text(lang, "page-or"));
    i18n::text_with(lang, &format!("page-{kind}-if"), &[("label", Arg::Text(label)), ("choices", Arg::Text(&names))])
}

fn faults(form: &Form, field: &Field, part: Option<NamePart>, lang: Lang, kept: Kept<'_>) -> Vec<Note> {
    let name = part.map_or_else(|| field.id.to_string(), |part| field.part_name(part));
    kept.problems
        .iter()
        .filter(|problem| problem.field == field.id && problem.part == part)
        .enumerate()
        .map(|(n, problem)| Note {
            id: format!("{}.fault-{}", input_id(form, &name), n + 1),
            words: problem_words(lang, field, problem),
        })
        .collect()
}

fn typed<'a>(kept: Kept<'a>, name: &str) -> &'a str {
    kept.attempt.and_then(|attempt| attempt.first(name)).map_or("", |value| value.expose().as_str())
}

fn was_chosen(kept: Kept<'_>, field: &Field, value: &str) -> bool {
    kept.attempt.is_some_and(|attempt| attempt.has(field.id.as_str(), value))
}

fn line_of<'a>(form: &Form, field: &'a Field, kind: FieldKind, name: String, kept: Kept<'a>) -> Line<'a> {
    let value = typed(kept, &name);
    let (input, inputmode, verbatim) = match kind {
        FieldKind::Email => ("email", None, true),
        FieldKind::Tel => ("tel", None, false),
        FieldKind::Url => ("url", None, true),
        FieldKind::PostalCode => ("text", Some("numeric"), false),
        FieldKind::Number => ("text", Some("decimal"), false),
        // A date input would drop what is not in its own form; what was typed is to be kept.
        FieldKind::Date if value.is_empty() || value.parse::<jiff::civil::Date>().is_ok() => ("date", None, false),
        _ => ("text", None, false),
    };
    Line {
        id: input_id(form, &name),
        name,
        value,
        kind: input,
        autocomplete: field.autocomplete.as_deref().or(autocomplete(kind)),
        inputmode,
        lang: (kind == FieldKind::Kana).then_some("ja"),
        verbatim,
        described_by: String::new(),
        invalid: false,
    }
}

/// The autofill token of a type (HTML standard; WCAG 1.3.5). Kana has none.
const fn autocomplete(kind: FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::Name => Some("name"),
        FieldKind::Email => Some("email"),
        FieldKind::Tel => Some("tel"),
        FieldKind::PostalCode => Some("postal-code"),
        FieldKind::Prefecture => Some("address-level1"),
        FieldKind::Address => Some("street-address"),
        FieldKind::Company => Some("organization"),
        FieldKind::JobTitle => Some("organization-title"),
        FieldKind::Url => Some("url"),
        _ => None,
    }
}

/// The order in which a language writes the parts of a name.
pub fn part_order(lang: Lang) -> [NamePart; 2] {
    match lang {
        Lang::Ja => [NamePart::Family, NamePart::Given],
        Lang::En => [NamePart::Given, NamePart::Family],
    }
}

/// Family and given name, in the order the page's language has them.
fn parts<'a>(
    form: &Form,
    field: &'a Field,
    lang: Lang,
    kept: Kept<'a>,
    faults_of: impl Fn(Option<NamePart>) -> Vec<Note>,
) -> Vec<Part<'a>> {
    let order = part_order(lang);
    let of_whole = faults_of(None);
    let part = |part: NamePart| {
        let faults = faults_of(Some(part));
        let line = line_of(form, field, field.kind, field.part_name(part), kept);
        let autocomplete =
            field.autocomplete.as_deref().filter(|token| *token == "off").or(part_token(field.kind, part));
        Part {
            label: i18n::text(lang, &format!("{}-{}", field.kind.word(), part.suffix())),
            line: Line {
                autocomplete,
                described_by: ids(faults.iter()),
                invalid: !faults.is_empty() || !of_whole.is_empty(),
                ..line
            },
            faults,
        }
    };
    order.map(part).into()
}

fn part_token(kind: FieldKind, part: NamePart) -> Option<&'static str> {
    match (kind, part) {
        (FieldKind::Name, NamePart::Family) => Some("family-name"),
        (FieldKind::Name, NamePart::Given) => Some("given-name"),
        _ => None,
    }
}

fn prefectures<'a>(form: &Form, field: &'a Field, lang: Lang, kept: Kept<'a>) -> Select<'a> {
    let typed = canonical_prefecture(typed(kept, field.id.as_str()));
    let options = PREFECTURES.iter().map(|(ja, en)| Choosable {
        id: String::new(),
        value: ja,
        label: match lang {
            Lang::Ja => ja,
            Lang::En => en,
        },
        chosen: typed == Some(ja),
    });
    Select {
        id: input_id(form, field.id.as_str()),
        name: field.id.as_str(),
        autocomplete: field.autocomplete.as_deref().or(autocomplete(field.kind)),
        options: options.collect(),
    }
}

fn select<'a>(form: &Form, field: &'a Field, lang: Lang, kept: Kept<'a>) -> Select<'a> {
    Select {
        id: input_id(form, field.id.as_str()),
        name: field.id.as_str(),
        autocomplete: field.autocomplete.as_deref(),
        options: choosable(form, field, lang, kept),
    }
}

fn options<'a>(form: &Form, field: &'a Field, kind: &'static str, lang: Lang, kept: Kept<'a>) -> Options<'a> {
    Options { name: field.id.as_str(), kind, options: choosable(form, field, lang, kept) }
}

/// The options; the first carries the field's own id, to which the summary links.
fn choosable<'a>(form: &Form, field: &'a Field, lang: Lang, kept: Kept<'a>) -> Vec<Choosable<'a>> {
    let own_id = input_id(form, field.id.as_str());
    let option = |(n, choice): (usize, &'a crate::domain::field::Choice)| Choosable {
        id: if n == 0 { own_id.clone() } else { format!("{own_id}.option-{}", n + 1) },
        value: &choice.value,
        label: choice.label.get(lang),
        chosen: was_chosen(kept, field, &choice.value),
    };
    field.choices.iter().enumerate().map(option).collect()
}

fn consent<'a>(form: &Form, field: &'a Field, lang: Lang, kept: Kept<'a>) -> Consent<'a> {
    let statement = field.consent.as_ref();
    Consent {
        id: input_id(form, field.id.as_str()),
        name: field.id.as_str(),
        text: statement.map_or("", |statement| statement.text.get(lang)),
        text_lang: statement.and_then(|statement| foreign(&statement.text, lang)),
        policy_url: statement.and_then(|statement| statement.policy_url.as_deref()),
        ticked: !typed(kept, field.id.as_str()).is_empty(),
    }
}
