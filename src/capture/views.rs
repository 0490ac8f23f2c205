//! The pages a visitor opens: a form, its thanks, and what is not there.

use super::answer::{self, page};
use super::intake::Attempt;
use super::pages::{Alert, FormPage, Kept, ThanksPage, View, thanks_words};
use super::seen;
use super::state::CaptureState;
use super::visit::{FormVisit, Visit, header_text};
use crate::crypto::form_token;
use crate::domain::attribution::AttributionKey;
use crate::domain::entropy::random_bytes;
use crate::domain::token::Token;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// Longest attribution value taken from an address, in bytes; longer ones are nobody's campaign.
const MAX_ATTRIBUTION: usize = 800;

/// The page of a form.
pub async fn form(on: FormVisit, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if let Err(wait) = on.visit.check_rate(&on.visit.state.views) {
        return answer::rate_limited(&on.visit, wait);
    }
    let query = query.unwrap_or_default();
    seen::count_served(&on, &query, &headers);
    let attribution = attribution(&on, &query, &headers);
    // The other language's page is a new view: it learns of the campaign from its own address.
    let campaign: Vec<_> = attribution.iter().filter(|(name, _)| in_query(&query, name).is_some()).cloned().collect();
    let (state, lang, form) = (&on.visit.state, on.visit.lang, &on.form);
    let frame = state.frame(lang, form.title.get(lang), Some(form)).with_languages(&form.langs, |other| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("lang", other.tag()).extend_pairs(&campaign);
        format!("{}?{}", state.form_path(form), query.finish())
    });
    let view = View { token: fresh_token(state, &on), key: fresh_key(state), attribution };
    page(StatusCode::OK, &FormPage::new(frame, form, state.form_path(form), view, Kept::default(), None))
}

/// The page of a form once more, with what was typed, a fresh token and the same key.
pub fn form_again(
    on: &FormVisit,
    status: StatusCode,
    attempt: &Attempt,
    key: Option<String>,
    kept: Kept<'_>,
    alert: Option<Alert>,
) -> Response {
    let (state, lang, form) = (&on.visit.state, on.visit.lang, &on.form);
    let value = |key: &AttributionKey| Some((key.word(), attempt.first(key.word())?.expose().clone()));
    let view = View {
        token: fresh_token(state, on),
        key: key.unwrap_or_else(|| fresh_key(state)),
        attribution: form.attribution.iter().filter_map(value).collect(),
    };
    let frame = state.frame(lang, form.title.get(lang), Some(form));
    page(status, &FormPage::new(frame, form, state.form_path(form), view, kept, alert))
}

fn fresh_token(state: &CaptureState, on: &FormVisit) -> String {
    form_token::issue(&state.form_token_key, &on.form.id, state.clock.now(), state.entropy.as_ref())
}

fn fresh_key(state: &CaptureState) -> String {
    hex::encode(random_bytes::<16>(state.entropy.as_ref()))
}

/// What the form takes of the page's own address and of where the visitor came from.
fn attribution(on: &FormVisit, query: &str, headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let public = on.visit.state.settings.public.url.as_str().trim_end_matches('/');
    let own_page = format!("{public}/f/{}", on.form.id);
    let value = |key: &AttributionKey| {
        let found = in_query(query, key.word()).or_else(|| match key {
            AttributionKey::Referrer => header_text(headers, header::REFERER).map(str::to_owned),
            AttributionKey::LandingPage => Some(own_page.clone()),
            _ => None,
        })?;
        let found = if key.is_page() { bare_page(&found)? } else { found };
        // Nobody came from here: the visitor changed the language or loaded the page again.
        if *key == AttributionKey::Referrer && found == own_page {
            return None;
        }
        (!found.is_empty() && found.len() <= MAX_ATTRIBUTION).then(|| (key.word(), found))
    };
    on.form.attribution.iter().filter_map(value).collect()
}

fn in_query(query: &str, wanted: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// An address without query and fragment, which may name a person.
fn bare_page(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.into())
}

/// The page after a success. A receipt number stands on it only if it is well-formed, so that
/// nobody can put words on the page through its address.
pub async fn thanks(on: FormVisit, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let receipt = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "r")
        .and_then(|(_, text)| text.parse::<Token>().ok());
    let (state, lang, form) = (&on.visit.state, on.visit.lang, &on.form);
    let (title, words) = thanks_words(form, lang);
    let frame = state.frame(lang, &title, Some(form)).with_languages(&form.langs, |other| {
        let receipt = receipt.map(|token| format!("r={token}&")).unwrap_or_default();
        format!("{}/thanks?{receipt}lang={}", state.form_path(form), other.tag())
    });
    page(StatusCode::OK, &ThanksPage { frame, title, words, receipt, mail_follows: form.auto_reply.is_some() })
}

/// A style sheet. Its name is its content's hash, so it never changes.
pub async fn style_sheet(
    State(state): State<Arc<CaptureState>>,
    visit: Visit,
    file: Result<Path<String>, PathRejection>,
) -> Response {
    match file.ok().and_then(|Path(name)| state.sheets.get(&name)) {
        Some(sheet) => {
            let headers = [
                (header::CONTENT_TYPE, "text/css; charset=utf-8"),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, sheet.to_owned()).into_response()
        }
        None => not_found(visit).await,
    }
}

/// No such page.
pub async fn not_found(visit: Visit) -> Response {
    answer::refuse(&visit, StatusCode::NOT_FOUND, "not-found", "error-not-found")
}

/// Another method than the page has; the router names those it has.
pub async fn method_not_allowed(visit: Visit) -> Response {
    answer::refuse(&visit, StatusCode::METHOD_NOT_ALLOWED, "method", "error-method")
}
