//! What the pages of requests say. Values stand only on the page of a request that was carried out.

use crate::console::words;
use crate::desk::privacy::{Held, HeldLead, HeldValue, HeldWhat, HeldWork, Receipt};
use crate::desk::store::RequestView;
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::lead::Tag;
use crate::domain::pii::Pii;
use crate::domain::request::RequestKind;
use crate::domain::settings::Settings;
use crate::i18n::{self, Arg, moment, text_with};
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A rendered page and its status. Nothing when its template failed.
pub(super) struct Page {
    status: StatusCode,
    html: Option<String>,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        match self.html {
            Some(html) => (self.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// A failing template is logged by name; its error could quote what it was to show.
fn page(status: StatusCode, name: &'static str, template: &impl Template) -> Page {
    let html = template.render().ok();
    if html.is_none() {
        tracing::error!(page = name, "a page could not be written");
    }
    Page { status, html }
}

/// What surrounds each page.
struct Frame<'a> {
    lang: Lang,
    title: String,
    site_name: &'a str,
    site_url: Option<&'a str>,
}

impl Frame<'_> {
    fn text(&self, key: &str) -> String {
        i18n::text(self.lang, key)
    }
}

#[derive(Template)]
#[template(path = "request/ask.html")]
struct AskPage<'a> {
    frame: Frame<'a>,
    intro: String,
    once: String,
    button: String,
    ends: String,
    is_erasure: bool,
}

#[derive(Template)]
#[template(path = "request/held.html")]
struct HeldPage<'a> {
    frame: Frame<'a>,
    count: String,
    file: String,
    leads: Vec<ShownLead<'a>>,
}

/// One enquiry.
struct ShownLead<'a> {
    title: String,
    sent: String,
    receipt: String,
    values: Vec<Row<'a>>,
    source: Vec<Row<'a>>,
    consents: Vec<ShownConsent<'a>>,
    /// What staff added: a label and what it says.
    added: Vec<(String, String)>,
    notes: Vec<ShownNote<'a>>,
}

/// A note that staff wrote.
struct ShownNote<'a> {
    at: String,
    words: Option<&'a Pii<String>>,
}

/// One value, or what is held in its place.
struct Row<'a> {
    label: String,
    value: Option<ShownValue<'a>>,
    note: Option<String>,
}

/// A value as it stands, or the label of a choice.
enum ShownValue<'a> {
    Held(&'a Pii<String>),
    Label(Pii<String>),
}

impl ShownValue<'_> {
    fn text(&self) -> &Pii<String> {
        match self {
            Self::Held(value) => value,
            Self::Label(label) => label,
        }
    }
}

struct ShownConsent<'a> {
    answer: String,
    words: &'a str,
    lang: Lang,
    purpose: &'a str,
    version: &'a str,
}

#[derive(Template)]
#[template(path = "request/erased.html")]
struct ErasedPage<'a> {
    frame: Frame<'a>,
    number: String,
    count: String,
    at: String,
    rest: Vec<String>,
}

#[derive(Template)]
#[template(path = "request/notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    words: String,
}

fn frame<'a>(settings: &'a Settings, request: &RequestView, title: &str) -> Frame<'a> {
    let (lang, site) = (request.lang, settings.site(&request.site));
    Frame {
        lang,
        title: i18n::text(lang, title),
        site_name: site.map_or("", |site| site.name.get(lang)),
        site_url: site.and_then(|site| site.url.as_deref()),
    }
}

/// What the link is for, with one button.
pub(super) fn ask(settings: &Settings, request: &RequestView) -> Page {
    let (lang, is_erasure) = (request.lang, request.kind == RequestKind::Erase);
    let (title, intro, once, button) = match request.kind {
        RequestKind::Access => {
            ("request-access-title", "request-access-intro", "request-access-once", "request-access-button")
        }
        RequestKind::Erase => {
            ("request-erase-title", "request-erase-intro", "request-erase-once", "request-erase-button")
        }
    };
    let frame = frame(settings, request, title);
    let ends = moment(request.expires_at, lang);
    let ask = AskPage {
        intro: text_with(lang, intro, &[("site", Arg::Text(frame.site_name))]),
        once: i18n::text(lang, once),
        button: i18n::text(lang, button),
        ends: text_with(lang, "request-link-ends", &[("date", Arg::Text(&ends))]),
        is_erasure,
        frame,
    };
    page(StatusCode::OK, "request/ask", &ask)
}

/// Everything that is held, and the same as a file.
pub(super) fn held(settings: &Settings, request: &RequestView, held: &Held) -> Page {
    let lang = request.lang;
    let count = match held.leads.len() {
        0 => i18n::text(lang, "request-held-none"),
        leads => text_with(lang, "request-held-count", &[("count", Arg::Number(leads as f64))]),
    };
    let shown = HeldPage {
        frame: frame(settings, request, "request-held-title"),
        count,
        // The page brings its file along: the link is used up, so nothing could be fetched later.
        file: format!("data:application/json;charset=utf-8;base64,{}", STANDARD.encode(held.json().expose())),
        leads: held.leads.iter().map(|lead| shown_lead(settings, lead, lang)).collect(),
    };
    page(StatusCode::OK, "request/held", &shown)
}

fn shown_lead<'a>(settings: &Settings, lead: &'a HeldLead, lang: Lang) -> ShownLead<'a> {
    let form = settings.form(&lead.form).map(AsRef::as_ref);
    let rows = |attribution: bool| {
        let values = lead.values.iter().filter(|value| value.attribution == attribution);
        values.map(|value| row(form.filter(|_| !attribution), value, lang)).collect()
    };
    let notes = lead.work.notes.iter();
    let notes = notes.map(|note| ShownNote { at: moment(note.at, lang), words: note.words.as_ref() });
    ShownLead {
        title: form.map_or_else(|| lead.form.to_string(), |form| form.title.get(lang).to_owned()),
        sent: moment(lead.received_at, lang),
        receipt: lead.token.to_string(),
        values: rows(false),
        source: rows(true),
        consents: lead
            .consents
            .iter()
            .map(|consent| ShownConsent {
                answer: i18n::text(
                    lang,
                    if consent.granted { "request-held-granted" } else { "request-held-declined" },
                ),
                words: &consent.text,
                lang: consent.lang,
                purpose: &consent.purpose,
                version: &consent.version,
            })
            .collect(),
        added: added(&lead.work, lang),
        notes: notes.collect(),
    }
}

fn added(work: &HeldWork, lang: Lang) -> Vec<(String, String)> {
    let owner = if work.has_owner { "request-held-owner-staff" } else { "owner-nobody" };
    let tags = work.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" ");
    let facts = [
        ("lead-stage", Some(words::stage(work.stage, lang))),
        ("lead-no-lead", work.stage_reason.map(|reason| words::no_lead(reason, lang))),
        ("lead-owner", Some(i18n::text(lang, owner))),
        ("lead-tags", (!tags.is_empty()).then_some(tags)),
    ];
    let reminders = work.reminders.iter().map(|at| ("request-held-reminder", Some(moment(*at, lang))));
    facts.into_iter().chain(reminders).filter_map(|(label, says)| Some((i18n::text(lang, label), says?))).collect()
}

fn row<'a>(form: Option<&Form>, held: &'a HeldValue, lang: Lang) -> Row<'a> {
    let field = form.and_then(|form| form.field(&held.field));
    let label = field.map_or_else(|| other_label(held, lang), |field| field.label.get(lang).to_owned());
    let is_choice = matches!(held.kind, FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes);
    let (value, note) = match (&held.what, field.filter(|_| is_choice)) {
        (HeldWhat::Value(value), Some(field)) => {
            (Some(ShownValue::Label(Pii::new(field.choice_labels(value.expose(), lang)))), None)
        }
        (HeldWhat::Value(value), None) => (Some(ShownValue::Held(value)), None),
        (HeldWhat::Masked(mask), _) => (Some(ShownValue::Held(mask)), Some("request-held-masked")),
        (HeldWhat::Digest, _) => (None, Some("request-held-digest")),
    };
    Row { label, value, note: note.map(|key| i18n::text(lang, key)) }
}

/// The label of a value that no field of today's form has.
fn other_label(held: &HeldValue, lang: Lang) -> String {
    match held.field.as_str() {
        "landing_page" if held.attribution => i18n::text(lang, "request-held-page"),
        "referrer" if held.attribution => i18n::text(lang, "request-held-referrer"),
        word => word.to_owned(),
    }
}

/// That everything was erased, and when the rest ends.
pub(super) fn erased(settings: &Settings, request: &RequestView, receipt: &Receipt) -> Page {
    let lang = request.lang;
    let rest = words::rest_of_erasure(settings, receipt.erased_at, lang);
    let shown = ErasedPage {
        frame: frame(settings, request, "request-erased-title"),
        number: receipt.request.to_string(),
        count: text_with(lang, "request-erased-count-value", &[("count", Arg::Number(receipt.leads as f64))]),
        at: moment(receipt.erased_at, lang),
        rest,
    };
    page(StatusCode::OK, "request/erased", &shown)
}

/// One answer for every link that can't be used, whatever the reason.
pub(super) fn unknown(lang: Lang) -> Page {
    notice(StatusCode::NOT_FOUND, lang, "request-unknown-title", "request-unknown")
}

/// The databases can't be used now.
pub(super) fn failed(lang: Lang) -> Page {
    notice(StatusCode::SERVICE_UNAVAILABLE, lang, "request-failed-title", "request-failed")
}

/// Too many looks from one network.
pub(super) fn busy(lang: Lang) -> Page {
    notice(StatusCode::TOO_MANY_REQUESTS, lang, "request-busy-title", "request-busy")
}

fn notice(status: StatusCode, lang: Lang, title: &str, words: &str) -> Page {
    let frame = Frame { lang, title: i18n::text(lang, title), site_name: "", site_url: None };
    page(status, "request/notice", &NoticePage { frame, words: i18n::text(lang, words) })
}
