//! The auto-reply to the visitor: the owner's words, and nothing the visitor typed.
//!
//! Texts are minijinja templates that know the site's and the form's name, the receipt, and the
//! labels of closed choices. They can't name a field that can be typed into: an auto-reply goes to
//! whatever address somebody entered, and must not carry a stranger's words there.

use super::notification::{Words, accent, readable_on};
use super::words::{LONGEST_NAME, LONGEST_SUBJECT, line, lines};
use crate::desk::store::LeadView;
use crate::domain::field::{Field, FieldKind};
use crate::domain::form::{AutoReply, Form};
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::protect::Protect;
use crate::domain::site::Site;
use crate::domain::token::Token;
use crate::i18n::{Arg, text_with};
use askama::Template;
use minijinja::{Environment, UndefinedBehavior, context};
use std::collections::BTreeMap;

/// Steps a template may take: some hundred times what a long letter needs.
const FUEL: u64 = 50_000;
/// Longest rendered body in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Why a text does not render.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    /// The template engine's reason.
    #[error("{0}")]
    Template(String),
    /// The rendered subject is empty.
    #[error("the subject is empty")]
    EmptySubject,
    /// The rendered body is too long.
    #[error("the body is longer than {LONGEST_BODY} bytes")]
    TooLong,
}

#[derive(Template)]
#[template(path = "mail/auto_reply/body.txt")]
struct TextBody<'a> {
    body: &'a str,
    receipt: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/auto_reply/body.html")]
struct HtmlBody<'a> {
    lang: Lang,
    accent: String,
    on_accent: &'static str,
    site: String,
    url: Option<&'a str>,
    subject: &'a str,
    paragraphs: Vec<Vec<&'a str>>,
    receipt: Option<String>,
}

/// Writes the auto-reply in the language of the page.
pub(super) fn write(form: &Form, reply: &AutoReply, site: &Site, lead: &LeadView) -> Result<Words, TextError> {
    let lang = lead.lang;
    let name = line(site.name.get(lang), LONGEST_NAME);
    let receipt = lead.token.to_string();
    let (subject, body) = render(form, reply, lang, &name, &receipt, &chosen(form, lead))?;
    // The receipt is the visitor's only handle; a text that forgot it gets it at the end.
    let missing =
        (!body.contains(&receipt)).then(|| text_with(lang, "mail-reply-receipt", &[("receipt", Arg::Text(&receipt))]));
    let accent = accent(site.accent.as_deref());
    let html = HtmlBody {
        lang,
        on_accent: readable_on(&accent),
        accent,
        site: name,
        url: site.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        subject: &subject,
        paragraphs: paragraphs(&body),
        receipt: missing.clone(),
    };
    let html = html.render().map_err(|error| TextError::Template(error.to_string()))?;
    let text = TextBody { body: &body, receipt: missing }.render();
    let text = text.map_err(|error| TextError::Template(error.to_string()))?;
    Ok(Words { lang, subject, text: Pii::new(text), html: Pii::new(html) })
}

/// Subject and body from the owner's templates.
fn render(
    form: &Form,
    reply: &AutoReply,
    lang: Lang,
    site: &str,
    receipt: &str,
    choice: &BTreeMap<String, String>,
) -> Result<(String, String), TextError> {
    let title = line(form.title.get(lang), LONGEST_NAME);
    let words = context! { site => site, form => title, receipt => receipt, choice => choice };
    let environment = environment();
    let part = |name: &str, source: &str| {
        environment.render_named_str(name, source, &words).map_err(|error| TextError::Template(reason(&error)))
    };
    let subject = line(&part("subject.txt", reply.subject.get(lang))?, LONGEST_SUBJECT);
    let body = lines(part("body.txt", reply.body.get(lang))?.trim_matches('\n'));
    match (subject.is_empty(), body.len() > LONGEST_BODY) {
        (true, _) => Err(TextError::EmptySubject),
        (_, true) => Err(TextError::TooLong),
        _ => Ok((subject, body)),
    }
}

/// Plain text templates: nothing is escaped here, everything is in the HTML part. A misspelt name
/// is an error, so that `check` finds it.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

fn reason(error: &minijinja::Error) -> String {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let place = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    format!("{}{detail}{place}", error.kind())
}

/// The labels of the closed choices a visitor made; empty for those not made, so that a template
/// may name each. Only labels that the form has now: a value is never passed on as it came.
fn chosen(form: &Form, lead: &LeadView) -> BTreeMap<String, String> {
    let choices = form.fields.iter().filter(|field| offers_choices(field));
    choices
        .map(|field| {
            let kept = lead.fields.iter().find(|view| !view.attribution && view.field == field.id);
            let plain = kept.filter(|view| view.protect == Protect::Keep).and_then(|view| view.plain.as_deref());
            let known =
                plain.filter(|plain| plain.split("; ").all(|value| field.choices.iter().any(|c| c.value == value)));
            let words = known.map(|plain| line(&field.choice_labels(plain, lead.lang), 200)).unwrap_or_default();
            (field.id.to_string(), words)
        })
        .collect()
}

const fn offers_choices(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes)
}

/// Paragraphs of lines, parted by empty lines.
fn paragraphs(body: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = body.lines().collect();
    let parted = lines.split(|line| line.trim().is_empty());
    parted.filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect()
}

/// Renders a form's auto-reply with sample data in each of its languages. Gives the place and the
/// reason of each text that would fail.
pub fn check_texts(form: &Form) -> Vec<(String, String)> {
    let Some(reply) = &form.auto_reply else { return Vec::new() };
    let receipt = Token::from_bytes([0; 20]).to_string();
    let mut mistakes = Vec::new();
    for lang in &form.langs {
        let first = |field: &Field| field.choices.first().map(|c| c.label.get(*lang).to_owned()).unwrap_or_default();
        let fields = || form.fields.iter().filter(|field| offers_choices(field));
        let full: BTreeMap<_, _> = fields().map(|field| (field.id.to_string(), first(field))).collect();
        let empty: BTreeMap<_, _> = fields().map(|field| (field.id.to_string(), String::new())).collect();
        for choice in [&full, &empty] {
            if let Err(error) = render(form, reply, *lang, "Sample", &receipt, choice) {
                mistakes.push((format!("auto_reply.body.{}", lang.tag()), error.to_string()));
                break;
            }
        }
    }
    mistakes
}
