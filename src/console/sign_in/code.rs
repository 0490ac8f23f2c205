//! The second page of signing in, where the account has a second factor: the code of an app, or a
//! recovery code. Five tries, within five minutes; then the password is asked for again.

use super::{Welcome, begin, next_of, note_refusal, source, wait_words, with_retry_after};
use crate::console::cookies::Cookie;
use crate::console::frame::{Frame, page, preferred};
use crate::console::guard::{Open, OpenPost, safe_next, with_next};
use crate::console::guesses::{Refused, Source};
use crate::console::proof::second_factor_holds;
use crate::console::state::{Console, Inner, Trouble};
use crate::crypto::bearer::Bearer;
use crate::desk::store::{SignInWay, StaffView, StoreError};
use crate::http::listener::Peer;
use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::time::Duration;

#[derive(Template)]
#[template(path = "console/sign_in_code.html")]
struct CodePage<'a> {
    frame: Frame,
    next: &'a str,
}

pub(super) async fn show(
    _open: Open,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let next = next_of(&console, query.as_deref());
    let Some(secret) = Cookie::Session.read(&console, &headers) else { return Ok(from_the_beginning(&console, &next)) };
    let waits = console.blocking(move |console| console.parts.store.awaits_code(&secret.sha256())).await?;
    if !waits {
        return Ok(from_the_beginning(&console, &next));
    }
    let frame = Frame::open(&console, preferred(&headers, query.as_deref()), "console-code-title");
    Ok(page(StatusCode::OK, "sign_in_code", &CodePage { frame, next: &next }))
}

/// What came of one try.
enum Tried {
    /// It was right.
    Right(Box<StaffView>),
    /// It was wrong.
    Wrong,
    /// It came too soon after others.
    TooSoon(Duration),
    /// Nobody waits here.
    Nobody,
}

pub(super) async fn check(
    _open: Open,
    State(console): State<Console>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    post: OpenPost,
) -> Result<Response, Trouble> {
    let next = safe_next(&console, Some(post.get("next")));
    let Some(secret) = Cookie::Session.read(&console, &headers) else { return Ok(from_the_beginning(&console, &next)) };
    let typed = zeroize::Zeroizing::new(post.get("code").to_owned());
    let (shown, peer) = (headers.clone(), peer.map(|Extension(peer)| peer));
    let tried = console.blocking(move |console| try_code(console, &secret, peer, &shown, &typed)).await?;
    let frame = || Frame::open(&console, preferred(&headers, None), "console-code-title");
    match tried {
        Tried::Right(staff) => begin(&console, &headers, Welcome { staff: *staff, next }, SignInWay::Code).await,
        Tried::Wrong => {
            note_refusal(&console, Refused::Wrong);
            let frame = frame();
            let words = frame.text("console-code-wrong");
            let shown = CodePage { frame: frame.with_trouble(Some(words)), next: &next };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, "sign_in_code", &shown))
        }
        Tried::TooSoon(wait) => {
            note_refusal(&console, Refused::TooSoon);
            let frame = frame();
            let words = wait_words(frame.lang, wait);
            let shown = CodePage { frame: frame.with_trouble(Some(words)), next: &next };
            Ok(with_retry_after(page(StatusCode::TOO_MANY_REQUESTS, "sign_in_code", &shown), wait))
        }
        Tried::Nobody => Ok(from_the_beginning(&console, &next)),
    }
}

/// Whoever is here knows the password, which strangers don't: tries are counted over all networks,
/// so that signing in again and again is no way to try a million codes. The owner's own browser is
/// counted by itself.
fn try_code(
    console: &Inner,
    secret: &Bearer,
    peer: Option<Peer>,
    headers: &HeaderMap,
    typed: &str,
) -> Result<Tried, StoreError> {
    let store = &console.parts.store;
    let Some(id) = store.try_code(&secret.sha256())? else { return Ok(Tried::Nobody) };
    let Some(credentials) = store.credentials(id)? else { return Ok(Tried::Nobody) };
    let source = match source(console, peer, headers, Some(id))? {
        Source::Network(_) => Source::Known([0; 32]),
        known @ Source::Known(_) => known,
    };
    let tried = match console.guesses.admit(&format!("code of {id}"), source) {
        Ok(tried) => tried,
        Err(wait) => return Ok(Tried::TooSoon(wait)),
    };
    if !second_factor_holds(console, &credentials, typed)? {
        return Ok(Tried::Wrong);
    }
    console.guesses.forgive(tried);
    Ok(Tried::Right(Box::new(credentials.staff)))
}

/// Nobody waits here, or waited too long.
fn from_the_beginning(console: &Console, next: &str) -> Response {
    Redirect::to(&with_next(&format!("{}/sign-in", console.base()), next)).into_response()
}
