//! The server's sentences about a form in one language, for the script that says them early.
//!
//! Whole sentences, not templates: labels and limits are known here, and so are the plural rules.
//! Refuses to hold a rule; those stand beside, in the schema's fields.

use crate::domain::field::{Field, FieldKind, NamePart};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::problem::{Problem, ProblemCode};
use crate::i18n::{self, Arg};
use serde::Serialize;
use std::collections::BTreeMap;

/// Sentences by what they say.
type Sentences = BTreeMap<String, String>;

/// Everything that the script may say about a form.
#[derive(Serialize)]
pub struct Words {
    /// What can be wrong, by input name and by the code that a refusal names.
    faults: BTreeMap<String, Sentences>,
    /// The rest.
    page: Sentences,
}

/// Messages without arguments, by the name under which the script knows them.
const PLAIN: &[(&str, &str)] = &[
    ("sending", "script-sending"),
    ("receipt", "thanks-receipt"),
    ("failed_title", "refused-title"),
    ("failed", "error-unavailable"),
    ("kept", "page-values-kept"),
    ("next", "script-next"),
    ("back", "script-back"),
    ("filled", "script-address-filled"),
    ("choose", "script-address-choose"),
    ("confirm", "confirm-title"),
    ("not_sent", "confirm-not-sent"),
    ("send", "confirm-send"),
    ("edit", "confirm-back"),
    ("blank", "confirm-blank"),
    ("agreed", "confirm-agreed"),
    ("not_agreed", "confirm-not-agreed"),
    ("and", "confirm-and"),
];

/// Messages in which the script sets its own number or text for each name in braces.
const OPEN: &[(&str, &str, &[&str])] = &[
    ("error_title", "page-error-title", &["title"]),
    ("summary", "page-error-summary", &["count"]),
    ("step", "script-step", &["step", "steps"]),
    ("meant", "script-meant", &["address"]),
];

impl Words {
    /// The words of a form.
    pub fn of(form: &Form, lang: Lang) -> Self {
        let mut page: Sentences = PLAIN.iter().map(|(name, key)| ((*name).to_owned(), i18n::text(lang, key))).collect();
        for (name, key, holes) in OPEN {
            let braces: Vec<String> = holes.iter().map(|hole| format!("{{{hole}}}")).collect();
            let args: Vec<(&str, Arg<'_>)> =
                holes.iter().zip(&braces).map(|(hole, braces)| (*hole, Arg::Text(braces))).collect();
            page.insert((*name).to_owned(), i18n::text_with(lang, key, &args));
        }
        let one = i18n::text_with(lang, "page-error-summary", &[("count", Arg::Number(1.0))]);
        page.insert("summary_one".to_owned(), one);
        Self { faults: form.fields.iter().flat_map(|field| faults(field, lang)).collect(), page }
    }
}

/// The sentences about a field, for each of its inputs.
fn faults(field: &Field, lang: Lang) -> Vec<(String, Sentences)> {
    let of = |part: Option<NamePart>| codes(field).into_iter().map(|code| sentence(field, part, code, lang)).collect();
    if field.is_split() {
        [NamePart::Family, NamePart::Given].map(|part| (field.part_name(part), of(Some(part)))).into()
    } else {
        vec![(field.id.to_string(), of(None))]
    }
}

fn sentence(field: &Field, part: Option<NamePart>, code: ProblemCode, lang: Lang) -> (String, String) {
    let problem = Problem { field: field.id.clone(), part, code };
    let own = field.rules.pattern_message.as_ref().map(|text| text.get(lang));
    let named = serde_json::to_value(code).ok();
    let name = named.as_ref().and_then(|value| value["code"].as_str()).unwrap_or_default().to_owned();
    (name, i18n::problem(lang, &problem, field.label.get(lang), own))
}

/// What the script can find wrong with a field. The rest only the server knows.
fn codes(field: &Field) -> Vec<ProblemCode> {
    use FieldKind::{Checkboxes, Consent, Date, Email, Kana, Number, PostalCode, Prefecture, Radio, Select, Tel, Url};
    let rules = &field.rules;
    let mut codes = Vec::new();
    if field.required || field.required_if.is_some() {
        codes.push(match field.kind {
            Consent => ProblemCode::ConsentRequired,
            Select | Radio | Prefecture | Checkboxes => ProblemCode::ChoiceRequired,
            _ => ProblemCode::Required,
        });
    }
    codes.extend(match field.kind {
        Email => Some(ProblemCode::Email),
        Tel => Some(ProblemCode::Tel),
        PostalCode => Some(ProblemCode::PostalCode),
        Url => Some(ProblemCode::Url),
        Number => Some(ProblemCode::Number),
        Date => Some(ProblemCode::Date),
        Kana => Some(ProblemCode::Kana),
        _ => None,
    });
    if !field.kind.is_closed() {
        codes.push(ProblemCode::TooLong { max: field.max_length() });
    }
    codes.extend(rules.min_length.map(|min| ProblemCode::TooShort { min }));
    codes.extend(rules.min.map(|min| ProblemCode::BelowMin { min }));
    codes.extend(rules.max.map(|max| ProblemCode::AboveMax { max }));
    codes.extend(rules.min_date.map(|min| ProblemCode::BeforeMin { min }));
    codes.extend(rules.max_date.map(|max| ProblemCode::AfterMax { max }));
    codes.extend(rules.min_choices.map(|min| ProblemCode::TooFewChoices { min }));
    codes.extend(rules.max_choices.map(|max| ProblemCode::TooManyChoices { max }));
    codes.extend(rules.pattern.as_ref().map(|_| ProblemCode::Pattern));
    codes
}
