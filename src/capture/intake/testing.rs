//! Forms made by hand, for the tests of this room.

use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Choice, ConsentStatement, Field, FieldKind, Rules};
use crate::domain::form::{ForbiddenNumbers, Form, FormTokenRule, Notify, Thanks};
use crate::domain::ids::FormVersion;
use crate::domain::lang::{Lang, Text};
use crate::domain::protect::Protect;
use std::sync::Arc;

/// An optional field of a type, with two options where the type has some.
pub(super) fn field(id: &str, kind: FieldKind) -> Field {
    let has_choices = matches!(kind, FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes);
    let choice = |value: &str| Choice { value: value.to_owned(), label: Text::both(value) };
    Field {
        id: id.parse().unwrap(),
        kind,
        label: Text::both(id),
        hint: None,
        required: false,
        required_if: None,
        shown_if: None,
        rules: Rules::default(),
        choices: if has_choices { ["a", "b", "c"].map(choice).to_vec() } else { Vec::new() },
        split: false,
        country: "JP".to_owned(),
        consent: (kind == FieldKind::Consent).then(|| ConsentStatement {
            purpose: "privacy".to_owned(),
            version: "2026-04".to_owned(),
            text: Text { ja: Some("同意します".to_owned()), en: None },
            policy_url: None,
        }),
        protect: kind.default_protect(),
        allow_plain: None,
        autocomplete: None,
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

/// A form of these fields that needs no form token.
pub(super) fn form(fields: Vec<Field>) -> Form {
    let mut form = Form {
        site: "acme".parse().unwrap(),
        id: "contact".parse().unwrap(),
        version: FormVersion([0; 8]),
        langs: Lang::ALL.to_vec(),
        title: Text::both("Contact"),
        intro: None,
        submit: None,
        thanks: Thanks { title: None, body: None },
        allowed_origins: Vec::new(),
        fields,
        attribution: vec![AttributionKey::UtmSource, AttributionKey::LandingPage],
        attribution_protect: Protect::Tokenise,
        notify: Notify {
            recipients: Vec::new(),
            routes: Vec::new(),
            subject_facets: Vec::new(),
            reveal: Vec::new(),
            reply_to_lead: false,
            answer_within_minutes: None,
            lang: Lang::Ja,
        },
        auto_reply: None,
        retention_days: 365,
        forbidden_numbers: ForbiddenNumbers::Refuse,
        form_token: FormTokenRule::WhenPresent,
    };
    form.version = form.computed_version();
    form
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
