//! The second page of signing in, where the account has a second factor: the code of an app, or a
//! recovery code. Five tries, within five minutes; then the password is asked for again.

use super::{Welcome, begin, next_of, note_refusal};
use crate::console::cookies::Cookie;
use crate::console::frame::{Frame, page, preferred};
use crate::console::guard::{OpenPost, safe_next, with_next};
use crate::console::guesses::Refused;
use crate::console::proof::second_factor_holds;
use crate::console::state::{Console, Trouble};
use crate::desk::store::Credentials;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "console/sign_in_code.html")]
struct CodePage<'a> {
    frame: Frame,
    next: &'a str,
}

pub(super) async fn show(
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

pub(super) async fn check(
    State(console): State<Console>,
    headers: HeaderMap,
    post: OpenPost,
) -> Result<Response, Trouble> {
    let next = safe_next(&console, Some(post.get("next")));
    let Some(secret) = Cookie::Session.read(&console, &headers) else { return Ok(from_the_beginning(&console, &next)) };
    let typed = zeroize::Zeroizing::new(post.get("code").to_owned());
    let tried = console
        .blocking(move |console| {
            let Some(id) = console.parts.store.try_code(&secret.sha256())? else { return Ok(None) };
            let Some(credentials) = console.parts.store.credentials(id)? else { return Ok(None) };
            let holds = second_factor_holds(console, &credentials, &typed)?;
            Ok(Some((credentials, holds)))
        })
        .await?;
    match tried {
        Some((Credentials { staff, .. }, true)) => begin(&console, &headers, Welcome { staff, next }, true).await,
        Some((_, false)) => {
            note_refusal(&console, Refused::Wrong);
            let frame = Frame::open(&console, preferred(&headers, None), "console-code-title");
            let words = frame.text("console-code-wrong");
            let shown = CodePage { frame: frame.with_trouble(Some(words)), next: &next };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, "sign_in_code", &shown))
        }
        None => Ok(from_the_beginning(&console, &next)),
    }
}

/// Nobody waits here, or waited too long.
fn from_the_beginning(console: &Console, next: &str) -> Response {
    Redirect::to(&with_next(&format!("{}/sign-in", console.base()), next)).into_response()
}
