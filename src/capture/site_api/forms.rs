//! `GET /site/v1/forms`: the site's forms, for whoever places them or maps another form's fields to
//! theirs.
//!
//! Tells more than `schema.json` does, since only the site's own server reads it: how a field is
//! protected and how long a lead is kept. Tells no recipients.

use super::call::SignedCall;
use super::json;
use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Choice, Field, FieldKind};
use crate::domain::form::{FormTokenRule, Layout};
use crate::domain::ids::{FieldId, FormId};
use crate::domain::lang::{Lang, Text};
use crate::domain::origin::Origin;
use crate::domain::protect::Protect;
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Listed<'a> {
    forms: Vec<ListedForm<'a>>,
}

#[derive(Serialize)]
struct ListedForm<'a> {
    id: &'a FormId,
    title: &'a Text,
    /// The form's own page.
    url: String,
    layout: Layout,
    layouts: [Layout; 3],
    languages: &'a [Lang],
    allowed_origins: &'a [Origin],
    form_token: FormTokenRule,
    retention_days: u32,
    fields: Vec<ListedField<'a>>,
    attribution: &'a [AttributionKey],
}

#[derive(Serialize)]
struct ListedField<'a> {
    id: &'a FieldId,
    kind: FieldKind,
    /// The names under which the answer is posted.
    inputs: Vec<String>,
    label: &'a Text,
    required: bool,
    protect: Protect,
    #[serde(skip_serializing_if = "<[Choice]>::is_empty")]
    options: &'a [Choice],
    /// What a consent is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
}

impl<'a> ListedField<'a> {
    fn of(field: &'a Field) -> Self {
        Self {
            id: &field.id,
            kind: field.kind,
            inputs: field.input_names(),
            label: &field.label,
            required: field.required,
            protect: field.protect,
            options: &field.choices,
            purpose: field.consent.as_ref().map(|consent| consent.purpose.as_str()),
        }
    }
}

/// Answers with the forms of the key's site.
pub async fn get(call: SignedCall) -> Response {
    let public = call.visit.state.settings.public.url.as_str().trim_end_matches('/');
    let forms = call.forms().map(|form| ListedForm {
        id: &form.id,
        title: &form.title,
        url: format!("{public}/f/{}", form.id),
        layout: form.layout,
        layouts: Layout::ALL,
        languages: &form.langs,
        allowed_origins: &form.allowed_origins,
        form_token: form.form_token,
        retention_days: form.retention_days,
        fields: form.fields.iter().map(ListedField::of).collect(),
        attribution: &form.attribution,
    });
    json(&Listed { forms: forms.collect() })
}
