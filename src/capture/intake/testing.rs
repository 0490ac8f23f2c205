//! Forms made by hand, for the tests of this room.

use crate::domain::field::{Choice, ConsentStatement, Field, FieldKind};
use crate::domain::form::Form;
use crate::domain::lang::Text;
use crate::domain::sample;
pub(super) use crate::domain::sample::form;
use std::sync::Arc;

/// An optional field of a type, with options or a statement where the type has some.
pub(super) fn field(id: &str, kind: FieldKind) -> Field {
    let has_choices = matches!(kind, FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes);
    let choice = |value: &str| Choice { value: value.to_owned(), label: Text::both(value) };
    Field {
        choices: if has_choices { ["a", "b", "c"].map(choice).to_vec() } else { Vec::new() },
        consent: (kind == FieldKind::Consent).then(|| ConsentStatement {
            purpose: "privacy".to_owned(),
            version: "2026-04".to_owned(),
            text: Text { ja: Some("同意します".to_owned()), en: None },
            policy_url: None,
        }),
        ..sample::field(id, kind)
    }
}

/// The field, needed.
pub(super) fn required(mut field: Field) -> Field {
    field.required = true;
    field
}

/// The name field in two parts.
pub(super) fn split(mut field: Field) -> Field {
    field.split = true;
    field
}

/// A Japanese contact form.
pub(super) fn contact() -> Arc<Form> {
    Arc::new(form(vec![
        required(field("company", FieldKind::Company)),
        required(split(field("name", FieldKind::Name))),
        split(field("kana", FieldKind::Kana)),
        required(field("email", FieldKind::Email)),
        field("tel", FieldKind::Tel),
        field("postal", FieldKind::PostalCode),
        field("prefecture", FieldKind::Prefecture),
        field("topics", FieldKind::Checkboxes),
        required(field("message", FieldKind::Textarea)),
        required(field("privacy", FieldKind::Consent)),
        field("marketing", FieldKind::Consent),
    ]))
}

/// A urlencoded body of these pairs, escaped byte by byte.
pub(super) fn urlencoded(pairs: &[(&str, &str)]) -> Vec<u8> {
    let escape = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&").into_bytes()
}
