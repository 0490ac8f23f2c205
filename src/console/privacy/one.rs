//! The page of one request: where it stands; while it waits, what it is about, masked; after that, its
//! receipt, as often as it is needed.

use super::{known, words};
use crate::console::audit::actor;
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Allowed, Staff, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::console::words::{self as shared, Chip};
use crate::desk::privacy::{Preview, preview};
use crate::desk::store::{LeadView, LeadWork, RequestStatus, RequestView, StaffView};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::request::RequestKind;
use crate::i18n::{Arg, moment, text, text_with};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

/// One enquiry that a request is about.
struct Enquiry {
    href: String,
    title: String,
    sent: String,
    stage: String,
    fields: Vec<(String, String)>,
    added: String,
}

#[derive(Template)]
#[template(path = "console/privacy_one.html")]
struct OnePage {
    frame: Frame,
    token: String,
    is_waiting: bool,
    is_erasure: bool,
    may_take_back: bool,
    chip: Option<Chip>,
    facts: Vec<(String, String)>,
    count: String,
    enquiries: Vec<Enquiry>,
    rest: Vec<String>,
    trail: String,
}

/// What is known of a request.
pub(super) struct Known {
    pub(super) request: RequestView,
    pub(super) preview: Preview,
    colleagues: Vec<StaffView>,
}

/// A request with what it is about, where the viewer may see it.
pub(super) async fn look(console: &Console, staff: &Staff, request: String) -> Result<Option<Known>, Trouble> {
    let viewer = staff.viewer.clone();
    let found = super::working(console, move |console| {
        let Some(request) = known(console, &viewer, &request)? else { return Ok(None) };
        let preview = preview(&console.parts.custody(), &request)?;
        Ok(Some(Known { preview, colleagues: console.parts.store.staff()?, request }))
    });
    Ok(found.await??)
}

pub(super) async fn show(
    staff: Allowed<needs::Erase>,
    State(console): State<Console>,
    Path(request): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let Some(known) = look(&console, &staff, request).await? else { return Ok(refusal::not_found(&console, &staff)) };
    let said = match (query.as_deref(), known.request.status) {
        (Some("done"), RequestStatus::Done) => "privacy-erased",
        (Some("taken-back"), RequestStatus::Expired) => "privacy-withdrawn",
        _ => "",
    };
    let frame = frame(&console, &staff, &known.request).with_notice(said);
    Ok(answer(&console, frame, &known, StatusCode::OK))
}

/// The page with something said on it that is wrong.
pub(super) async fn with_trouble(
    console: &Console,
    staff: &Staff,
    request: String,
    (status, message): (StatusCode, &'static str),
) -> Result<Response, Trouble> {
    let Some(known) = look(console, staff, request).await? else { return Ok(refusal::not_found(console, staff)) };
    let frame = frame(console, staff, &known.request).with_trouble(Some(text(staff.viewer.lang, message)));
    Ok(answer(console, frame, &known, status))
}

fn frame(console: &Console, staff: &Staff, request: &RequestView) -> Frame {
    Frame::titled(console, staff, Place::Privacy, words::kind(request.kind, staff.viewer.lang))
}

fn answer(console: &Console, frame: Frame, known: &Known, status: StatusCode) -> Response {
    let (lang, request) = (frame.lang, &known.request);
    let is_waiting = request.status.is_waiting();
    let is_erased = request.status == RequestStatus::Done && request.kind == RequestKind::Erase;
    let erased_at = request.ended_at.filter(|_| is_erased);
    let count = [("count", Arg::Number(known.preview.count as f64))];
    let shown = OnePage {
        token: request.token.to_string(),
        is_waiting,
        is_erasure: request.kind == RequestKind::Erase,
        may_take_back: is_waiting && request.asked_by.is_some(),
        chip: is_waiting.then(|| words::chip(request, console.parts.clock.now(), lang)),
        facts: facts(console, known, lang),
        count: text_with(lang, "privacy-held-count", &count),
        enquiries: known.preview.leads.iter().map(|lead| enquiry(console, lead, &frame)).collect(),
        rest: erased_at.map(|at| shared::rest_of_erasure(&console.parts.settings, at, lang)).unwrap_or_default(),
        trail: frame.path(&format!("audit?on={}", request.token)),
        frame,
    };
    page(status, "privacy_one", &shown)
}

fn facts(console: &Console, known: &Known, lang: Lang) -> Vec<(String, String)> {
    let (request, colleagues) = (&known.request, known.colleagues.as_slice());
    let many_sites = console.parts.settings.sites.len() > 1;
    let asked_by = request.asked_by.as_deref().map(|by| actor(by, colleagues, lang));
    let is_done = request.status == RequestStatus::Done;
    let leads = request.leads.filter(|_| is_done);
    let counted = if request.kind == RequestKind::Erase { "privacy-fact-erased" } else { "privacy-fact-opened" };
    let facts = [
        ("privacy-fact-status", Some(words::status(request, lang))),
        ("privacy-fact-asked", Some(moment(request.created_at, lang))),
        ("privacy-fact-by", Some(asked_by.unwrap_or_else(|| text(lang, "privacy-by-site")))),
        ("lead-site", many_sites.then(|| words::site(console, &request.site, lang))),
        ("privacy-fact-ends", request.status.is_waiting().then(|| moment(request.given_up_at(), lang))),
        ("privacy-fact-ended", request.ended_at.map(|at| moment(at, lang))),
        ("privacy-fact-ended-by", request.ended_by.as_deref().map(|by| actor(by, colleagues, lang))),
        (counted, leads.map(|leads| text_with(lang, "privacy-enquiries", &[("count", Arg::Number(leads as f64))]))),
        ("privacy-fact-number", Some(request.token.to_string())),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((text(lang, label), value?))).collect()
}

fn enquiry(console: &Console, (lead, work): &(LeadView, LeadWork), frame: &Frame) -> Enquiry {
    let lang = frame.lang;
    let form = console.parts.settings.form(&lead.form).map(AsRef::as_ref);
    let fields = lead.fields.iter().filter(|field| !field.attribution);
    let shown = fields.map(|field| {
        let definition = form.and_then(|form: &Form| form.field(&field.field));
        let label = definition.map_or_else(|| field.field.to_string(), |one| one.label.get(lang).to_owned());
        let kept = match (&field.mask, field.plain.is_some()) {
            (_, true) => text(lang, "privacy-kept-plain"),
            (Some(mask), false) => mask.clone(),
            (None, false) => text(lang, "lead-hashed"),
        };
        (label, kept)
    });
    let number = |count: usize| Arg::Number(count as f64);
    Enquiry {
        href: frame.path(&format!("leads/{}", lead.token)),
        title: format!("#{} {}", lead.number, shared::form_title(form, lead.form.as_str(), lang)),
        sent: moment(lead.received_at, lang),
        stage: shared::stage(lead.stage, lang),
        fields: shown.collect(),
        added: text_with(
            lang,
            "privacy-added",
            &[("notes", number(work.notes.len())), ("tags", number(work.tags.len()))],
        ),
    }
}
