//! The plainest field and form: what the rooms' tests build theirs from.

use super::attribution::AttributionKey;
use super::field::{Field, FieldKind, Rules};
use super::form::{Confirm, ForbiddenNumbers, Form, FormTokenRule, Layout, Notify, Thanks};
use super::ids::FormVersion;
use super::lang::{Lang, Text};
use super::protect::Protect;

/// An optional field of a type, without rules or options, protected as the type is by default.
pub(crate) fn field(id: &str, kind: FieldKind) -> Field {
    Field {
        id: id.parse().unwrap(),
        kind,
        label: Text::both(id),
        hint: None,
        required: false,
        required_if: None,
        shown_if: None,
        step: None,
        rules: Rules::default(),
        choices: Vec::new(),
        split: false,
        country: "JP".to_owned(),
        consent: None,
        protect: kind.default_protect(),
        allow_plain: None,
        autocomplete: None,
    }
}

/// A form of these fields that tells nobody and needs no form token.
pub(crate) fn form(fields: Vec<Field>) -> Form {
    let mut form = Form {
        site: "main".parse().unwrap(),
        id: "contact".parse().unwrap(),
        version: FormVersion([0; 8]),
        langs: Lang::ALL.to_vec(),
        title: Text::both("Contact"),
        intro: None,
        submit: None,
        thanks: Thanks { title: None, body: None, url: None, urls: Vec::new() },
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
        funnel_pages: Vec::new(),
        layout: Layout::default(),
        confirm: Confirm::default(),
        captcha: None,
    };
    form.version = form.computed_version();
    form
}
