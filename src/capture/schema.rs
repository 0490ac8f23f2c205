//! `schema.json`: what a form asks for, for clients that draw it themselves.
//!
//! Tells what a visitor may see on the page and nothing more: no recipients, no protection.

mod words;

use super::intake::reserved;
use super::visit::{FormVisit, knows};
use super::{origins, postal};
use crate::domain::attribution::AttributionKey;
use crate::domain::captcha::Provider;
use crate::domain::field::{Choice, Condition, ConsentStatement, Field, FieldKind, Rules};
use crate::domain::form::Form;
use crate::domain::ids::{FieldId, FormId, FormVersion};
use crate::domain::lang::{Lang, Text};
use axum::extract::{RawQuery, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};
use words::Words;

#[derive(Serialize)]
struct FormSchema<'a> {
    form: &'a FormId,
    version: FormVersion,
    languages: &'a [Lang],
    title: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    intro: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<&'a Text>,
    /// Where to post.
    action: String,
    fields: Vec<FieldSchema<'a>>,
    attribution: Vec<AttributionKey>,
    /// The input that must stay empty.
    honeypot: &'static str,
    /// The captcha that a post must bring the answer of.
    #[serde(skip_serializing_if = "Option::is_none")]
    captcha: Option<CaptchaSchema<'a>>,
    /// Where the parts of the postal code table are, when the form asks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    postal: Option<String>,
    /// The sentences in the language that the address names.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Words>,
}

#[derive(Serialize)]
struct CaptchaSchema<'a> {
    provider: Provider,
    site_key: &'a str,
    /// The name under which its answer is posted.
    input: &'static str,
}

#[derive(Serialize)]
struct FieldSchema<'a> {
    id: &'a FieldId,
    #[serde(rename = "type")]
    kind: FieldKind,
    /// The names under which the answer is posted.
    inputs: Vec<String>,
    label: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a Text>,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_if: Option<&'a Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_if: Option<&'a Condition>,
    rules: RulesSchema<'a>,
    #[serde(skip_serializing_if = "<[Choice]>::is_empty")]
    choices: &'a [Choice],
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'a ConsentStatement>,
}

/// The rules that are set. Lengths count what a reader counts: graphemes.
#[derive(Serialize)]
struct RulesSchema<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_date: Option<jiff::civil::Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_date: Option<jiff::civil::Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_choices: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_choices: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern_message: Option<&'a Text>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    business_only: bool,
}

impl<'a> RulesSchema<'a> {
    fn of(field: &'a Field) -> Self {
        let Rules { min_length, min, max, min_date, max_date, min_choices, max_choices, .. } = field.rules;
        Self {
            min_length,
            max_length: (!field.kind.is_closed()).then(|| field.max_length()),
            min,
            max,
            min_date,
            max_date,
            min_choices,
            max_choices,
            pattern: field.rules.pattern.as_ref().map(|pattern| pattern.source()),
            pattern_message: field.rules.pattern_message.as_ref(),
            business_only: field.rules.business_only,
        }
    }
}

impl<'a> FieldSchema<'a> {
    fn of(field: &'a Field) -> Self {
        Self {
            id: &field.id,
            kind: field.kind,
            inputs: field.input_names(),
            label: &field.label,
            hint: field.hint.as_ref(),
            required: field.required,
            required_if: field.required_if.as_ref(),
            shown_if: field.shown_if.as_ref(),
            rules: RulesSchema::of(field),
            choices: &field.choices,
            consent: field.consent.as_ref(),
        }
    }
}

/// A form's schema, written once at start: plain, and with the words of each of its languages.
pub struct Schema {
    plain: Document,
    with_words: Vec<(Lang, Document)>,
}

struct Document {
    json: String,
    etag: String,
}

impl Schema {
    /// The schema of a form that is posted to under `public`.
    pub fn new(form: &Form, public: &Url) -> Self {
        let with_words = form.langs.iter().map(|lang| (*lang, Document::new(form, public, Some(*lang)))).collect();
        Self { plain: Document::new(form, public, None), with_words }
    }

    /// The schema as an address asks for it. A language that the form does not speak adds nothing.
    fn document(&self, query: &str) -> &Document {
        let wished = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
        let lang = wished.and_then(|(_, tag)| Lang::from_tag(&tag));
        let found = self.with_words.iter().find(|(of, _)| Some(*of) == lang);
        found.map_or(&self.plain, |(_, document)| document)
    }
}

impl Document {
    fn new(form: &Form, public: &Url, lang: Option<Lang>) -> Self {
        let schema = FormSchema {
            form: &form.id,
            version: form.version,
            languages: &form.langs,
            title: &form.title,
            intro: form.intro.as_ref(),
            submit: form.submit.as_ref(),
            action: format!("{}/f/{}", public.as_str().trim_end_matches('/'), form.id),
            fields: form.fields.iter().map(FieldSchema::of).collect(),
            attribution: form.attribution.clone(),
            honeypot: reserved::HONEYPOT,
            captcha: form.captcha.as_ref().map(|captcha| CaptchaSchema {
                provider: captcha.provider,
                site_key: &captcha.site_key,
                input: captcha.provider.answer_input(),
            }),
            postal: postal::address_for(form, public),
            words: lang.map(|lang| Words::of(form, lang)),
        };
        let json = serde_json::to_string_pretty(&schema).unwrap_or_default();
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&json)[..8]));
        Self { json, etag }
    }
}

/// Answers with the schema. Any page may know it; only listed ones may read it from a script.
pub async fn get(on: FormVisit, RawQuery(query): RawQuery, request: Request) -> Response {
    let state = &on.visit.state;
    let sender = origins::sender(state, &on, request.headers());
    let Some(schema) = state.schemas.get(&on.form.id) else { return StatusCode::NOT_FOUND.into_response() };
    let document = schema.document(&query.unwrap_or_default());
    let known = knows(request.headers(), &document.etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], document.json.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&document.etag) {
        headers.insert(header::ETAG, etag);
    }
    sender.allow(response)
}
