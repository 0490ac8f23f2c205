//! Normalisation: equal answers get equal characters, per field type. It never refuses: what has
//! no normal form stays as text for the validator.
//!
//! Also sorts the inputs of a post: the form's fields, the attribution values it takes, and
//! others, which are counted and dropped for browsers (extensions and caches add inputs) and kept
//! by name for JSON, whose client made them on purpose.

mod figures;

use super::Attempt;
use super::attribution;
use super::decode::{Decoded, Encoding, Input, PageInputs};
use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Field, FieldKind, NamePart};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::normal::{self, text};
use crate::domain::pii::Pii;
use crate::domain::prefecture::canonical_prefecture;
use crate::domain::submission::Value;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) use crate::domain::normal::contact::{tel_e164, warm_up};
pub(super) use crate::domain::normal::text::{is_control, is_katakana, length, single_line};

/// The answer to one field in its normal form, not yet judged.
#[derive(Debug, Clone)]
pub(super) struct FieldInput {
    /// Empty when unanswered.
    pub(super) value: Value,
    /// The inputs of this field that came more than once where one is asked for.
    pub(super) repeated: Vec<Option<NamePart>>,
}

/// A post sorted by the form's fields, in normal form. Only [`normalise`] makes one.
#[derive(Debug, Clone)]
pub struct Normalised {
    pub(super) form: Arc<Form>,
    pub(super) lang: Lang,
    pub(super) encoding: Encoding,
    /// One entry for each field of the form, in its order.
    pub(super) fields: Vec<FieldInput>,
    pub(super) attribution: Vec<(AttributionKey, Pii<String>)>,
    pub(super) attempt: Attempt,
    pub(super) page: PageInputs,
    pub(super) ignored: usize,
    pub(super) unknown: Vec<Pii<String>>,
}

impl Normalised {
    /// The values as typed, for a page that shows them again unjudged.
    pub fn into_attempt(self) -> Attempt {
        self.attempt
    }
}

/// Brings a post into normal form for a form. `page_lang` is the language of the page (from its
/// address or `Accept-Language`) where the post itself names none.
pub fn normalise(decoded: Decoded, form: &Arc<Form>, page_lang: Option<Lang>) -> Normalised {
    let Decoded { encoding, inputs, page } = decoded;
    let Sorted { by_name, unknown } = sort(inputs, form);
    let fields = form.fields.iter().map(|field| field_input(field, &by_name)).collect();
    let (ignored, unknown) = if encoding.is_browser() { (unknown.len(), Vec::new()) } else { (0, unknown) };
    Normalised {
        form: Arc::clone(form),
        lang: form.lang_or_default(page.lang.or(page_lang)),
        encoding,
        fields,
        attribution: attribution::normalise(form, &by_name),
        attempt: Attempt::new(by_name),
        page,
        ignored,
        unknown,
    }
}

/// The inputs of a post by what they are.
struct Sorted {
    by_name: HashMap<String, Vec<Pii<String>>>,
    unknown: Vec<Pii<String>>,
}

fn sort(inputs: Vec<Input>, form: &Form) -> Sorted {
    let mut by_name: HashMap<String, Vec<Pii<String>>> = form
        .fields
        .iter()
        .flat_map(Field::input_names)
        .chain(form.attribution.iter().map(|key| key.word().to_owned()))
        .map(|name| (name, Vec::new()))
        .collect();
    let mut unknown = Vec::new();
    for input in inputs {
        match by_name.get_mut(&input.name) {
            Some(values) => values.push(input.value),
            // An attribution value that this form does not take is no mistake of the sender's.
            None if AttributionKey::from_word(&input.name).is_some() => {}
            None => unknown.push(Pii::new(input.name)),
        }
    }
    Sorted { by_name, unknown }
}

/// The answer to a field.
fn field_input(field: &Field, by_name: &HashMap<String, Vec<Pii<String>>>) -> FieldInput {
    let typed = |name: &str| by_name.get(name).map_or(&[][..], Vec::as_slice);
    if field.kind == FieldKind::Checkboxes {
        return FieldInput { value: chosen_options(field, typed(field.id.as_str())), repeated: Vec::new() };
    }
    let mut repeated = Vec::new();
    let mut one = |name: &str, part: Option<NamePart>| match typed(name) {
        [] => Pii::new(String::new()),
        [value] => Pii::new(normal_form(field, value.expose())),
        _ => {
            repeated.push(part);
            Pii::new(String::new())
        }
    };
    let value = if field.is_split() {
        let mut part = |part| one(&field.part_name(part), Some(part));
        Value::Name { family: part(NamePart::Family), given: part(NamePart::Given) }
    } else {
        Value::One(one(field.id.as_str(), None))
    };
    FieldInput { value, repeated }
}

/// The chosen options once each, in the form's order; what is no option comes last.
fn chosen_options(field: &Field, typed: &[Pii<String>]) -> Value {
    let mut chosen: Vec<Pii<String>> = Vec::new();
    for value in typed {
        let value = Pii::new(normal_form(field, value.expose()));
        if !value.is_empty() && !chosen.contains(&value) {
            chosen.push(value);
        }
    }
    let place = |text: &str| field.choices.iter().position(|choice| choice.value == text).unwrap_or(usize::MAX);
    chosen.sort_by_key(|value| place(value.expose()));
    Value::Many(chosen)
}

/// The normal form of one text for a field. Applying it again changes nothing.
pub(super) fn normal_form(field: &Field, raw: &str) -> String {
    if let Some(normal) = normal::of_text(field.kind, raw, &field.country) {
        return normal;
    }
    match field.kind {
        FieldKind::Number => figures::number(raw),
        FieldKind::Date => figures::date(raw),
        FieldKind::Prefecture => {
            let folded = text::compatible(raw);
            canonical_prefecture(&folded).map_or(folded, str::to_owned)
        }
        FieldKind::Consent => consent(raw),
        // Options are compared with the form's own words, exactly.
        _ => raw.trim().to_owned(),
    }
}

/// A ticked box is `true`, whatever its `value` says in the ways pages and clients write it.
fn consent(raw: &str) -> String {
    let folded = raw.trim().to_ascii_lowercase();
    match folded.as_str() {
        "true" | "on" | "yes" | "1" => "true".to_owned(),
        "false" | "off" | "no" | "0" => String::new(),
        _ => folded,
    }
}

#[cfg(test)]
mod tests;
