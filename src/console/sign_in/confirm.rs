//! Proving anew who one is, before what asks for it: the password, or where there is a second
//! factor a code of it.

use super::{next_of, note_refusal, wait_words, with_retry_after};
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Post, Staff, safe_next};
use crate::console::guesses::{Refused, Source};
use crate::console::proof::{password_holds, second_factor_holds};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::store::Credentials;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "console/confirm.html")]
struct ConfirmPage<'a> {
    frame: Frame,
    next: &'a str,
    by_code: bool,
}

fn confirm_page(console: &Console, staff: &Staff, next: &str, by_code: bool, trouble: Option<String>) -> Response {
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::of(console, staff, Place::Elsewhere, "console-confirm-title").with_trouble(trouble);
    page(status, "confirm", &ConfirmPage { frame, next, by_code })
}

async fn credentials(console: &Console, staff: &Staff) -> Result<Option<Credentials>, Trouble> {
    let id = staff.viewer.id;
    console.blocking(move |console| console.parts.store.credentials(id)).await
}

pub(super) async fn show(
    staff: Staff,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let next = next_of(&console, query.as_deref());
    match credentials(&console, &staff).await? {
        Some(known) => Ok(confirm_page(&console, &staff, &next, known.totp.is_some(), None)),
        None => Ok(refusal::not_found(&console, &staff)),
    }
}

pub(super) async fn check(staff: Staff, State(console): State<Console>, post: Post) -> Result<Response, Trouble> {
    let next = safe_next(&console, Some(post.get("next")));
    let Some(known) = credentials(&console, &staff).await? else { return Ok(refusal::not_found(&console, &staff)) };
    let by_code = known.totp.is_some();
    let (id, session) = (staff.viewer.id, staff.session.id);
    // Whoever has found the session open guesses as slowly from every network.
    let source = Source::Known(staff.session_mark());
    let tried = match console.guesses.admit(known.staff.address.as_str(), source) {
        Ok(tried) => tried,
        Err(wait) => {
            note_refusal(&console, Refused::TooSoon);
            let frame = Frame::of(&console, &staff, Place::Elsewhere, "console-confirm-title");
            let words = wait_words(&frame, wait);
            let shown = ConfirmPage { frame: frame.with_trouble(Some(words)), next: &next, by_code };
            return Ok(with_retry_after(page(StatusCode::TOO_MANY_REQUESTS, "confirm", &shown), wait));
        }
    };
    let holds = if by_code {
        let typed = zeroize::Zeroizing::new(post.get("proof").to_owned());
        console.blocking(move |console| second_factor_holds(console, &known, &typed)).await?
    } else {
        password_holds(&console, post.get("proof"), Some(&known)).await?
    };
    if !holds {
        note_refusal(&console, Refused::Wrong);
        let wrong = if by_code { "console-code-wrong" } else { "console-confirm-wrong" };
        let words = crate::i18n::text(staff.viewer.lang, wrong);
        return Ok(confirm_page(&console, &staff, &next, by_code, Some(words)));
    }
    console.guesses.forgive(tried);
    console.blocking(move |console| console.parts.store.note_proof(id, session)).await?;
    Ok(Redirect::to(&next).into_response())
}
