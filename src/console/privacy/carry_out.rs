//! A request carried out by staff: asked once more on a page of its own, for who has just proved who
//! they are.
//!
//! Erasure can't be undone and needs a tick. What an access request opens is given as a file, this
//! once; the page shows no value.

use super::one::{Known, look, with_trouble};
use super::working;
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Allowed, Fresh, Post, Staff, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::export::ExportError;
use crate::desk::privacy::{By, Held, PrivacyError, access, erase};
use crate::domain::lead::Reason;
use crate::domain::request::RequestKind;
use crate::i18n::{Arg, text, text_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[derive(Template)]
#[template(path = "console/privacy_confirm.html")]
struct ConfirmPage {
    frame: Frame,
    token: String,
    is_erasure: bool,
    count: String,
}

#[derive(Template)]
#[template(path = "console/privacy_file.html")]
struct FilePage {
    frame: Frame,
    token: String,
    count: String,
    file: String,
}

pub(super) async fn ask(
    staff: Allowed<needs::Erase>,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(request): Path<String>,
) -> Result<Response, Trouble> {
    match look(&console, &staff, request.clone()).await? {
        None => Ok(refusal::not_found(&console, &staff)),
        Some(known) if known.request.status.is_waiting() => Ok(confirm(&console, &staff, &known, None)),
        Some(_) => with_trouble(&console, &staff, request, (StatusCode::CONFLICT, "privacy-ended")).await,
    }
}

fn confirm(console: &Console, staff: &Staff, known: &Known, trouble: Option<String>) -> Response {
    let (lang, is_erasure) = (staff.viewer.lang, known.request.kind == RequestKind::Erase);
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let title = if is_erasure { "privacy-erase-title" } else { "privacy-access-title" };
    let shown = ConfirmPage {
        frame: Frame::of(console, staff, Place::Privacy, title).with_trouble(trouble),
        token: known.request.token.to_string(),
        is_erasure,
        count: text_with(lang, "privacy-held-count", &[("count", Arg::Number(known.preview.count as f64))]),
    };
    page(status, "privacy_confirm", &shown)
}

/// What came of it.
enum Came {
    Opened(Held),
    Erased,
    /// Somebody else was quicker, or it ran out.
    Ended,
}

pub(super) async fn carry_out(
    staff: Allowed<needs::Erase>,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(request): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let Some(known) = look(&console, &staff, request.clone()).await? else {
        return Ok(refusal::not_found(&console, &staff));
    };
    let kind = known.request.kind;
    if kind == RequestKind::Erase && post.get("sure") != "yes" {
        let trouble = text(staff.viewer.lang, "privacy-erase-tick");
        return Ok(confirm(&console, &staff, &known, Some(trouble)));
    }
    let (actor, asked) = (staff.viewer.actor(), known.request);
    let came = working(&console, move |console| {
        let (custody, now) = (console.parts.custody(), console.parts.clock.now());
        let by = By { actor: &actor, reason: Reason::DataSubjectRequest.word() };
        Ok(match asked.kind {
            RequestKind::Access => access(&custody, &asked, by, now)?.map_or(Came::Ended, Came::Opened),
            RequestKind::Erase => erase(&custody, &asked, by, now)?.map_or(Came::Ended, |_| Came::Erased),
        })
    });
    match came.await? {
        Ok(Came::Opened(held)) => Ok(file(&console, &staff, &request, &held)),
        Ok(Came::Erased) => Ok(Redirect::to(&format!("{}/privacy/{request}?done", console.base())).into_response()),
        Ok(Came::Ended) => with_trouble(&console, &staff, request, (StatusCode::CONFLICT, "privacy-ended")).await,
        Err(error) => {
            tracing::error!(%error, "a request could not be carried out by staff; it still waits");
            let said = (StatusCode::SERVICE_UNAVAILABLE, why_not(kind, &error));
            with_trouble(&console, &staff, request, said).await
        }
    }
}

/// What staff are told of a failure: a request whose audit entry can't be written opens nothing.
const fn why_not(kind: RequestKind, error: &PrivacyError) -> &'static str {
    match (kind, error) {
        (RequestKind::Erase, _) => "privacy-erase-failed",
        (RequestKind::Access, PrivacyError::Store(_) | PrivacyError::Reveal(ExportError::Store(_))) => {
            "privacy-access-no-audit"
        }
        (RequestKind::Access, _) => "privacy-access-failed",
    }
}

fn file(console: &Console, staff: &Staff, request: &str, held: &Held) -> Response {
    let (lang, count) = (staff.viewer.lang, held.leads.len());
    let shown = FilePage {
        frame: Frame::of(console, staff, Place::Privacy, "privacy-file-title"),
        token: request.to_owned(),
        count: text_with(lang, "privacy-file-count", &[("count", Arg::Number(count as f64))]),
        // The page brings its file along: the request has ended, so nothing could be fetched later.
        file: format!("data:application/json;charset=utf-8;base64,{}", STANDARD.encode(held.json().expose())),
    };
    page(StatusCode::OK, "privacy_file", &shown)
}
