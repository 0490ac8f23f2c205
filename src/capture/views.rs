//! The pages a visitor opens: a form, its thanks, and what is not there.

use super::answer::{self, page};
use super::intake::{Attempt, reserved};
use super::origins::{self, Sender};
use super::pages::{Alert, FormBody, FormPage, Kept, Place, ThanksPage, View, thanks_words};
use super::seen;
use super::state::CaptureState;
use super::visit::{FormVisit, Visit, header_text};
use crate::crypto::form_token::{self, TokenKind};
use crate::domain::attribution::AttributionKey;
use crate::domain::entropy::random_bytes;
use crate::domain::form::Layout;
use crate::domain::origin::Origin;
use crate::domain::token::Token;
use crate::http::headers::{Dealings, MayBeFramed, form_policy};
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
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
    let view = own_view(&on, TokenKind::View, fresh_key(state), attribution);
    let body = FormBody::new(lang, form, state.own_place(form, lang), view, Kept::default(), None);
    with_policy(&on, page(StatusCode::OK, &FormPage::new(frame, body)))
}

/// The form alone, on a page made for a frame within another page.
pub async fn frame(on: FormVisit, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if let Err(wait) = on.visit.check_rate(&on.visit.state.views) {
        return framed(&on, answer::rate_limited(&on.visit, wait));
    }
    let query = query.unwrap_or_default();
    seen::count_served(&on, &query, &headers);
    let (state, lang, form) = (&on.visit.state, on.visit.lang, &on.form);
    let mut place = state.own_place(form, lang);
    place.action = state.action(&on);
    place.layout = wished_layout(&query).unwrap_or(place.layout);
    let view = own_view(&on, TokenKind::View, fresh_key(state), attribution(&on, &query, &headers));
    let body = FormBody::new(lang, form, place, view, Kept::default(), None);
    let frame = state.frame(lang, form.title.get(lang), Some(form)).framed(true);
    with_policy(&on, page(StatusCode::OK, &FormPage::new(frame, body)))
}

/// The layout that an address asks for.
pub fn wished_layout(query: &str) -> Option<Layout> {
    in_query(query, "layout").and_then(|word| Layout::from_word(&word))
}

/// The page of a form once more, with what was typed, a fresh token and the same key.
pub fn form_again(
    on: &FormVisit,
    status: StatusCode,
    (attempt, key): (&Attempt, Option<String>),
    token: TokenKind,
    kept: Kept<'_>,
    alert: Option<Alert>,
) -> Response {
    let (state, lang, form) = (&on.visit.state, on.visit.lang, &on.form);
    let value = |key: &AttributionKey| Some((key.word(), attempt.first(key.word())?.expose().clone()));
    let attribution = form.attribution.iter().filter_map(value).collect();
    let view = own_view(on, token, key.unwrap_or_else(|| fresh_key(state)), attribution);
    let frame = state.frame(lang, form.title.get(lang), Some(form)).framed(on.visit.framed);
    let place = Place { action: state.action(on), ..state.own_place(form, lang) };
    let body = FormBody::new(lang, form, place, view, kept, alert);
    with_policy(on, page(status, &FormPage::new(frame, body)))
}

/// The unseen inputs of a view that no cache keeps.
fn own_view(on: &FormVisit, token: TokenKind, key: String, attribution: Vec<(&'static str, String)>) -> View {
    let mut hidden = vec![(reserved::TOKEN, fresh_token(&on.visit.state, on, token)), (reserved::KEY, key)];
    if on.visit.framed {
        hidden.push((reserved::FRAME, "1".to_owned()));
    }
    // Only what the form lists is passed on: what is not would be refused with the post anyway.
    hidden.extend(on.listed_thanks().map(|url| (reserved::THANKS, url.to_owned())));
    hidden.extend(attribution);
    View { hidden }
}

/// Lets an answer about a form stand in the frame in which it was asked for.
pub fn framed(on: &FormVisit, response: Response) -> Response {
    if on.visit.framed { with_policy(on, response) } else { response }
}

/// Lets a page with a form run our script, post to where its answers lead and, in a frame, be
/// shown by the pages of the form's origins.
pub fn with_policy(on: &FormVisit, mut response: Response) -> Response {
    let targets = on.form.thanks.origins();
    let frames = on.visit.framed.then(|| on.form.allowed_origins.iter().map(Origin::as_str).collect());
    let loads = on.form.captcha.as_ref().map_or(&[][..], |captcha| captcha.provider.sources());
    let dealings = Dealings { targets: targets.iter().map(Origin::as_str).collect(), frames, loads };
    if let Some(policy) = form_policy(&dealings) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if on.visit.framed {
        response.extensions_mut().insert(MayBeFramed);
    }
    response
}

pub fn fresh_token(state: &CaptureState, on: &FormVisit, kind: TokenKind) -> String {
    form_token::issue(&state.form_token_key, &on.form.id, kind, state.clock.now(), state.entropy.as_ref())
}

pub fn fresh_key(state: &CaptureState) -> String {
    hex::encode(random_bytes::<16>(state.entropy.as_ref()))
}

/// What the form takes of the page's own address and of where the visitor came from.
pub fn attribution(on: &FormVisit, query: &str, headers: &HeaderMap) -> Vec<(&'static str, String)> {
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

/// A fresh form token, for a script whose page is cached.
pub async fn token(on: FormVisit, headers: HeaderMap) -> Response {
    let state = &on.visit.state;
    let sender = origins::sender(state, &on, &headers);
    if sender == Sender::Foreign {
        return sender.allow(origins::refuse_foreign(&on));
    }
    if let Err(wait) = on.visit.check_rate(&state.views) {
        return sender.allow(answer::rate_limited(&on.visit, wait));
    }
    let token = fresh_token(state, &on, TokenKind::View);
    sender.allow(
        ([(header::CONTENT_TYPE, "application/json")], serde_json::json!({ "token": token }).to_string())
            .into_response(),
    )
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
    let frame = frame.framed(on.visit.framed);
    let answer =
        page(StatusCode::OK, &ThanksPage { frame, title, words, receipt, mail_follows: form.auto_reply.is_some() });
    framed(&on, answer)
}

/// No such page.
pub async fn not_found(visit: Visit) -> Response {
    answer::refuse(&visit, StatusCode::NOT_FOUND, "not-found", "error-not-found")
}

/// Another method than the page has; the router names those it has.
pub async fn method_not_allowed(visit: Visit) -> Response {
    answer::refuse(&visit, StatusCode::METHOD_NOT_ALLOWED, "method", "error-method")
}
