//! What is counted of visits: the beacon of a form's script, and what the server sees itself.
//!
//! Makes every count from closed sets: the form's fields, the pages it lists, words of our own.
//! Keeps no address, no identifier and no text of a visitor, and answers `204` whatever comes.

use super::origins::{self, Sender};
use super::state::CaptureState;
use super::visit::{FormVisit, header_text};
use crate::domain::form::Form;
use crate::domain::funnel::{FunnelEvent, FunnelKey, Page, Source};
use crate::domain::ids::FieldId;
use crate::domain::problem::Problem;
use crate::http::headers::RESOURCE_POLICY;
use crate::http::timed_body::read_limited;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeSet;
use url::{Url, form_urlencoded};

/// Longest beacon, in bytes; a script's are a tenth of it.
const MAX_BEACON: usize = 1024;

/// Takes a beacon. The answer tells nothing, since nobody reads it.
pub async fn beacon(on: Result<FormVisit, Response>, request: Request) -> Response {
    let Ok(on) = on else { return StatusCode::NO_CONTENT.into_response() };
    let sender = origins::sender(&on.visit.state, &on, request.headers());
    if sender != Sender::Foreign
        && on.visit.check_rate(&on.visit.state.beacons).is_ok()
        && let Ok(bytes) = read_limited(&mut request.into_body(), MAX_BEACON).await
    {
        let state = &on.visit.state;
        let hosted = (sender == Sender::Own).then(|| state.form_path(&on.form));
        if let Some(seen) = understood(&bytes, &on.form, hosted.as_deref()) {
            count(state, &on.form, seen);
        }
    }
    let mut response = sender.allow(StatusCode::NO_CONTENT.into_response());
    // Browsers complain to a site's developer about a beacon whose answer its page may not have.
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

/// What happened, without when and to which form.
struct Seen {
    event: FunnelEvent,
    field: Option<FieldId>,
    page: Option<Page>,
    source: Option<Source>,
}

/// Reads a beacon; nothing where it tells nothing that is counted.
fn understood(bytes: &[u8], form: &Form, hosted: Option<&str>) -> Option<Seen> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let event = FunnelEvent::from_word(text("event")?).filter(|event| event.is_told_by_browsers())?;
    let field = match event.is_about_a_field() {
        true => Some(form.fields.iter().find(|field| Some(field.id.as_str()) == text("field"))?.id.clone()),
        false => None,
    };
    let page = text("page").map_or(Page::Other, |path| Page::of(path, hosted, &form.funnel_pages));
    let source = text("source").map_or(Source::Direct, Source::of_medium);
    Some(Seen { event, field, page: Some(page), source: Some(source) })
}

fn count(state: &CaptureState, form: &Form, seen: Seen) {
    let day = state.clock.now().to_zoned(TimeZone::UTC).date();
    let Seen { event, field, page, source } = seen;
    state.funnel.count(FunnelKey { day, form: form.id.clone(), event, field, page, source });
}

/// Counts a page of the form that was made for somebody.
pub fn count_served(on: &FormVisit, query: &str, headers: &HeaderMap) {
    let source = Some(source(on, query, headers));
    let seen = Seen { event: FunnelEvent::Served, field: None, page: Some(Page::Hosted), source };
    count(&on.visit.state, &on.form, seen);
}

/// Counts how a post ended, by the word of its outcome.
pub fn count_outcome(state: &CaptureState, form: &Form, outcome: &str) {
    if let Some(event) = FunnelEvent::from_word(outcome).filter(|event| !event.is_told_by_browsers()) {
        count(state, form, Seen { event, field: None, page: None, source: None });
    }
}

/// Counts the fields in which the server found mistakes, each once per post.
pub fn count_mistakes(state: &CaptureState, form: &Form, problems: &[Problem]) {
    let fields: BTreeSet<&FieldId> = problems.iter().map(|problem| &problem.field).collect();
    for field in fields {
        let seen = Seen { event: FunnelEvent::Invalid, field: Some(field.clone()), page: None, source: None };
        count(state, form, seen);
    }
}

/// How somebody came to the page, from its address and, failing that, from the page before.
fn source(on: &FormVisit, query: &str, headers: &HeaderMap) -> Source {
    let (mut medium, mut named) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "utm_medium" => medium = Some(Source::of_medium(&value)),
            "gclid" | "yclid" => named = Some(Source::Cpc),
            "fbclid" => named = named.or(Some(Source::Social)),
            "utm_source" => named = named.or(Some(Source::Other)),
            _ => {}
        }
    }
    let own = on.visit.state.origin.as_str();
    let came_from_elsewhere = || {
        // The page before a frame is the one that holds it, and tells nothing of how its visitor came.
        if on.visit.framed {
            return None;
        }
        let before = Url::parse(header_text(headers, header::REFERER)?).ok()?;
        (before.origin().ascii_serialization() != own).then_some(Source::Referral)
    };
    medium.or(named).or_else(came_from_elsewhere).unwrap_or(Source::Direct)
}
