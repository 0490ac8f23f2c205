//! A post: from its bytes to a durable lead and a receipt, or to a refusal that says what to do.
//!
//! The stages of `intake` in order, with what surrounds them: origin, rate, size, idempotency and
//! the spool. A success is answered only when the spool has the envelope on disk. Logs and
//! metrics name the form, the lead's token and the outcome; never a value.

mod check;

use super::answer::{self, Audience, invalid_answers, rate_limited_words, refuse_post, whole_seconds};
use super::confirm::{self, NotOurs, Wish};
use super::intake::{self, Attempt, DecodeError, DecodeLimits, Decoded, Refused, Rejection, Screened, Traces};
use super::memory::Scene;
use super::once::{self, Key, NotAccepted};
use super::origins::{self, Sender};
use super::pages::{Alert, Kept, thanks_words};
use super::seen;
use super::views::{form_again, framed};
use super::visit::{FormVisit, header_text};
use crate::crypto::form_token::TokenKind;
use crate::crypto::seal::SealError;
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use crate::http::problem::ProblemDetails;
use crate::http::timed_body::{BodyError, read_post};
use crate::i18n;
use crate::queue::spool::Accepted;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use zeroize::Zeroizing;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How a post ended, for the counter.
struct Ended {
    outcome: &'static str,
    response: Response,
}

fn ended(outcome: &'static str, response: Response) -> Box<Ended> {
    Box::new(Ended { outcome, response })
}

/// Takes a post.
pub async fn post(mut on: FormVisit, request: Request) -> Response {
    let sender = origins::sender(&on.visit.state, &on, request.headers());
    let ended = match take(&mut on, &sender, request).await {
        Ok(ended) | Err(ended) => ended,
    };
    metrics::counter!(
        "leadseal_submissions_total", "form" => on.form.id.to_string(), "outcome" => ended.outcome
    )
    .increment(1);
    seen::count_outcome(&on.visit.state, &on.form, ended.outcome);
    sender.allow(framed(&on, ended.response))
}

/// The stages of a post. `Err` ends it early; both arms are answers.
async fn take(on: &mut FormVisit, sender: &Sender, request: Request) -> Result<Box<Ended>, Box<Ended>> {
    if *sender == Sender::Foreign {
        return Err(ended("foreign_origin", origins::refuse_foreign(on)));
    }
    let (parts, body) = request.into_parts();
    let over_limit = on.visit.check_post_rate().err();
    if let Some(wait) = over_limit
        && !check::may_be_asked(on)
    {
        return Err(rate_limited(on, &parts.headers, body, wait).await);
    }
    let header_key = header_key(on, &parts.headers)?;
    let bytes = read(on, &parts.headers, body).await?;
    let (wish, decoded) = decode(on, &parts.headers, &bytes)?;
    let page_key = decoded.idempotency_key().map(|key| key.expose().clone());
    if wish == Wish::Edit {
        let attempt = intake::normalise(decoded, &on.form, on.wanted).into_attempt();
        return Ok(ended("changed", confirm::edit(on, &attempt, page_key)));
    }
    let kept = confirm::is_due(on, wish, &decoded).then(|| decoded.keep());
    let (screened, traces) = judge(on, decoded, page_key.as_deref(), over_limit).await?;
    if let Some(kept) = kept {
        return to_confirm(on, &screened, &kept, page_key);
    }
    let key = match header_key {
        Some(key) => Some(Key::of_program(key)),
        None if on.visit.audience == Audience::Program => page_key.clone().map(Key::of_program),
        None => page_key.clone().map(Key::of_page),
    };
    match once::accept(&on.visit.state, &screened, key).await {
        Ok(fate) => {
            on.visit.state.memory.accepted(&traces);
            Ok(receipt(on, fate, screened.doubts()))
        }
        Err(error) => Err(not_accepted(on, &screened, page_key, error)),
    }
}

/// Too many posts. A visitor may share the network with whoever sent the others, so what was typed
/// is read and shown again; a program still has what it sent.
async fn rate_limited(on: &mut FormVisit, headers: &HeaderMap, body: axum::body::Body, wait: Duration) -> Box<Ended> {
    let response = match kept_attempt(on, headers, body).await {
        Some((attempt, page_key)) => {
            let alert = rate_limited_words(on.visit.lang, wait);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let page = form_with(on, status, alert, &attempt, page_key, TokenKind::View);
            answer::retry_after(page, whole_seconds(wait))
        }
        None => answer::rate_limited(&on.visit, wait),
    };
    ended("rate_limited", response)
}

/// What a visitor typed and the key of the page view, where the post can be read.
async fn kept_attempt(
    on: &mut FormVisit,
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Option<(Attempt, Option<String>)> {
    if on.visit.audience == Audience::Program {
        return None;
    }
    let bytes = read(on, headers, body).await.ok()?;
    let (_, decoded) = decode(on, headers, &bytes).ok()?;
    let page_key = decoded.idempotency_key().map(|key| key.expose().clone());
    Some((intake::normalise(decoded, &on.form, on.wanted).into_attempt(), page_key))
}

/// The `Idempotency-Key` header: 1 to 200 printable ASCII characters, once.
fn header_key(on: &FormVisit, headers: &HeaderMap) -> Result<Option<String>, Box<Ended>> {
    let mut lines = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let text = line.to_str().ok().filter(|text| (1..=200).contains(&text.len()));
    let readable = text.filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    match (readable, lines.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => {
            let words = "error-bad-key";
            Err(ended("bad_key", refuse_post(on, StatusCode::BAD_REQUEST, "bad-key", "error-bad-key-title", words)))
        }
    }
}

async fn read(on: &FormVisit, headers: &HeaderMap, body: axum::body::Body) -> Result<Zeroizing<Vec<u8>>, Box<Ended>> {
    let error = match read_post(headers, body, on.visit.state.settings.limits.max_body).await {
        Ok(bytes) => return Ok(bytes),
        Err(error) => error,
    };
    let (status, outcome, kind, key) = match error {
        BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "too-large", "error-too-large"),
        BodyError::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "timeout", "error-timeout"),
        BodyError::Broken => {
            let response = refuse_post(on, StatusCode::BAD_REQUEST, "malformed", "refused-title", "refused-malformed");
            return Err(ended("undecodable", response));
        }
    };
    Err(ended(outcome, refuse_post(on, status, kind, &format!("{key}-title"), key)))
}

/// Decodes a post, or the one that a confirm page brings back, and learns from it how its page
/// spoke and stood.
fn decode(on: &mut FormVisit, headers: &HeaderMap, bytes: &[u8]) -> Result<(Wish, Decoded), Box<Ended>> {
    let limits = DecodeLimits { max_values: on.visit.state.settings.limits.max_values, ..DecodeLimits::default() };
    let decoded = intake::decode(content_type(headers), bytes, &limits).map_err(|error| {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let response = refuse_post(on, status, decode_kind(error), "refused-title", error.message_key());
        ended("undecodable", response)
    })?;
    on.learn(&decoded);
    let (wish, decoded) = confirm::reopened(on, decoded).map_err(|NotOurs| unreadable(on))?;
    on.learn(&decoded);
    Ok((wish, decoded))
}

/// A confirm page's answers that can't be opened: nothing of them is known, so the form is empty.
fn unreadable(on: &FormVisit) -> Box<Ended> {
    let (status, words) = (StatusCode::UNPROCESSABLE_ENTITY, ("refused-title", "refused-state"));
    let lang = on.visit.lang;
    let response = match on.visit.audience {
        Audience::Program => refuse_post(on, status, "state", words.0, words.1),
        Audience::Browser => {
            let alert = Alert::sentence(i18n::text(lang, words.0), vec![i18n::text(lang, words.1)]);
            form_again(on, status, (&Attempt::default(), None), TokenKind::View, Kept::default(), Some(alert))
        }
    };
    ended("state", response)
}

/// Shows the answers before they are taken.
fn to_confirm(
    on: &FormVisit,
    screened: &Screened,
    kept: &Zeroizing<Vec<u8>>,
    page_key: Option<String>,
) -> Result<Box<Ended>, Box<Ended>> {
    match confirm::page(on, screened, kept) {
        Ok(response) => Ok(ended("confirm", response)),
        Err(_) => Err(not_accepted(on, screened, page_key, NotAccepted::Seal(SealError::TooLarge))),
    }
}

/// The one `Content-Type`. Of two, a proxy before us may have believed the other: neither counts.
fn content_type(headers: &HeaderMap) -> &str {
    let single = headers.get_all(header::CONTENT_TYPE).iter().count() == 1;
    header_text(headers, header::CONTENT_TYPE).filter(|_| single).unwrap_or_default()
}

/// The problem type of a post that can't be read: the message's key says the same in one word.
fn decode_kind(error: DecodeError) -> &'static str {
    let key = error.message_key();
    key.strip_prefix("refused-").unwrap_or(key)
}

/// Normalises, validates and screens.
async fn judge(
    on: &FormVisit,
    decoded: Decoded,
    page_key: Option<&str>,
    over_limit: Option<Duration>,
) -> Result<(Screened, Traces), Box<Ended>> {
    let state = &on.visit.state;
    let normalised = intake::normalise(decoded, &on.form, on.wanted);
    let valid = intake::validate(normalised).map_err(|refused| invalid(on, &refused, page_key))?;
    let (network, form) = (on.visit.network.as_ref(), &on.form.id);
    let scene = Scene { network, form, over_limit: over_limit.is_some(), signed: false };
    state.screen(valid, scene).await.map_err(|rejection| screened_out(on, &rejection, page_key, over_limit))
}

fn invalid(on: &FormVisit, refused: &Refused, page_key: Option<&str>) -> Box<Ended> {
    seen::count_mistakes(&on.visit.state, &on.form, &refused.problems);
    let response = match on.visit.audience {
        Audience::Program => invalid_answers(&on.form, refused).into_response(),
        Audience::Browser => {
            let kept = Kept { attempt: Some(&refused.attempt), problems: &refused.problems };
            let key = page_key.map(str::to_owned);
            form_again(on, StatusCode::UNPROCESSABLE_ENTITY, (&refused.attempt, key), TokenKind::View, kept, None)
        }
    };
    ended("invalid", response)
}

fn screened_out(
    on: &FormVisit,
    rejection: &Rejection,
    page_key: Option<&str>,
    over_limit: Option<Duration>,
) -> Box<Ended> {
    let status = StatusCode::from_u16(rejection.why.status()).unwrap_or(StatusCode::FORBIDDEN);
    let key = rejection.why.message_key();
    let page_key = page_key.map(str::to_owned);
    match rejection.why {
        intake::Rejected::TokenMissing => {
            let words = ("refused-title", key);
            ended("token", ask_again(on, status, "token-missing", words, &rejection.attempt, page_key))
        }
        intake::Rejected::CaptchaNeeded => {
            let words = ("refused-captcha-title", key);
            ended("captcha", ask_again(on, status, "captcha-needed", words, &rejection.attempt, page_key))
        }
        intake::Rejected::CheckNeeded => ended("check", check::ask(on, &rejection.attempt, page_key, over_limit)),
    }
}

/// Nothing is wrong with the answers, but the post was not taken: the form with what was typed.
fn ask_again(
    on: &FormVisit,
    status: StatusCode,
    kind: &str,
    (title_key, key): (&str, &str),
    attempt: &Attempt,
    page_key: Option<String>,
) -> Response {
    let lang = on.visit.lang;
    let (title, words) = (i18n::text(lang, title_key), i18n::text(lang, key));
    match on.visit.audience {
        Audience::Program => ProblemDetails::new(status, kind, title, words).into_response(),
        Audience::Browser => form_with(on, status, (title, words), attempt, page_key, TokenKind::View),
    }
}

/// The form with what was typed under these words, which end by saying that it is there.
fn form_with(
    on: &FormVisit,
    status: StatusCode,
    (title, words): (String, String),
    attempt: &Attempt,
    page_key: Option<String>,
    token: TokenKind,
) -> Response {
    let kept = Kept { attempt: Some(attempt), problems: &[] };
    let alert = Alert::sentence(title, vec![words, i18n::text(on.visit.lang, "page-values-kept")]);
    form_again(on, status, (attempt, page_key), token, kept, Some(alert))
}

fn not_accepted(on: &FormVisit, screened: &Screened, page_key: Option<String>, error: NotAccepted) -> Box<Ended> {
    error.log(&on.form.id);
    match error {
        NotAccepted::OtherBody => {
            let (title, words) = ("error-key-mismatch-title", "error-key-mismatch");
            ended("key_mismatch", refuse_post(on, StatusCode::UNPROCESSABLE_ENTITY, "key-mismatch", title, words))
        }
        NotAccepted::Seal(SealError::TooLarge) => {
            let (title, words) = ("error-too-large-title", "error-too-large");
            let attempt = screened.attempt();
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            ended("too_large", ask_again(on, status, "too-large", (title, words), attempt, page_key))
        }
        NotAccepted::Seal(SealError::BadKey) | NotAccepted::Spool(_) => unavailable(on, screened, page_key),
    }
}

fn unavailable(on: &FormVisit, screened: &Screened, page_key: Option<String>) -> Box<Ended> {
    let words = ("error-unavailable-title", "error-unavailable");
    let response = ask_again(on, StatusCode::SERVICE_UNAVAILABLE, "unavailable", words, screened.attempt(), page_key);
    ended("unavailable", answer::retry_after(response, once::RETRY_SECONDS))
}

/// The answer to a lead that is on disk: the same for a post that is repeated.
fn receipt(on: &FormVisit, fate: Accepted, doubts: &[Suspicion]) -> Box<Ended> {
    let (outcome, lead) = once::outcome(fate, doubts);
    tracing::info!(form = %on.form.id, %lead, outcome, "submission");
    let response = match on.visit.audience {
        Audience::Program => {
            ([(header::CONTENT_TYPE, "application/json")], receipt_json(on, lead).to_string()).into_response()
        }
        Audience::Browser => {
            let location = thanks_page(on).unwrap_or_else(|| thanks_path(on, lead));
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }
    };
    ended(outcome, response)
}

fn receipt_json(on: &FormVisit, lead: Token) -> serde_json::Value {
    let (title, message) = thanks_words(&on.form, on.visit.lang);
    let page = thanks_page(on);
    let redirect = page.is_some();
    // A program may run on another origin, where a path alone would lead nowhere.
    let thanks = page.unwrap_or_else(|| format!("{}{}", on.visit.state.origin, thanks_path(on, lead)));
    serde_json::json!({
        "receipt": lead, "title": title, "message": message, "thanks": thanks, "redirect": redirect,
    })
}

fn thanks_path(on: &FormVisit, lead: Token) -> String {
    let frame = if on.visit.framed { "&frame=1" } else { "" };
    format!("{}/thanks?r={lead}&lang={}{frame}", on.visit.state.form_path(&on.form), on.visit.lang.tag())
}

/// The site's own page after a success, told nothing but which form it was: an address is written
/// into logs and handed to whatever counts conversions. A page that the form does not list gives
/// way to the form's own.
fn thanks_page(on: &FormVisit) -> Option<String> {
    if on.thanks.is_some() && on.listed_thanks().is_none() {
        tracing::warn!(form = %on.form.id, "a page after a success was asked for that the form does not list");
        metrics::counter!("leadseal_thanks_refused_total", "form" => on.form.id.to_string()).increment(1);
    }
    let mut url = url::Url::parse(on.form.thanks.page(on.thanks.as_deref())?).ok()?;
    url.query_pairs_mut().append_pair("leadseal", on.form.id.as_str());
    Some(url.into())
}
