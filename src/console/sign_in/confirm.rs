//! Proving anew who one is, before what asks for it: the password, or where there is a second
//! factor a code of it; or a passkey.

use super::{next_of, note_refusal, wait_words, with_retry_after};
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Post, Staff, safe_next};
use crate::console::guesses::{Refused, Source};
use crate::console::passkey::{Answered, Outcome, PasskeyForm};
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
    passkey: Option<PasskeyForm>,
}

async fn confirm_page(
    console: &Console,
    staff: &Staff,
    (next, by_code): (&str, bool),
    status: StatusCode,
    trouble: Option<String>,
) -> Result<Response, Trouble> {
    let passkey = PasskeyForm::for_proof(console, staff).await?;
    let frame = Frame::of(console, staff, Place::Elsewhere, "console-confirm-title").with_trouble(trouble);
    Ok(page(status, "confirm", &ConfirmPage { frame, next, by_code, passkey }))
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
        Some(known) => confirm_page(&console, &staff, (&next, known.totp.is_some()), StatusCode::OK, None).await,
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
            let words = wait_words(staff.viewer.lang, wait);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let response = confirm_page(&console, &staff, (&next, by_code), status, Some(words)).await?;
            return Ok(with_retry_after(response, wait));
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
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return confirm_page(&console, &staff, (&next, by_code), status, Some(words)).await;
    }
    console.guesses.forgive(tried);
    console.blocking(move |console| console.parts.store.note_proof(id, session)).await?;
    Ok(Redirect::to(&next).into_response())
}

pub(super) async fn check_passkey(
    staff: Staff,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let next = safe_next(&console, Some(post.get("next")));
    let (id, session, mark) = (staff.viewer.id, staff.session.id, staff.session_mark());
    let (sealed, answer) = (post.get("sealed").to_owned(), post.get("answer").to_owned());
    let outcome = console
        .blocking(move |console| {
            let answered = Answered::read(console, &sealed, &answer)?;
            if answered.whose() != Some(id) {
                return Ok(Outcome::Wrong);
            }
            let outcome = answered.check(console, Some(&mark))?;
            if matches!(outcome, Outcome::Right(_)) {
                console.parts.store.note_proof(id, session)?;
            }
            Ok(outcome)
        })
        .await?;
    let words = match outcome {
        Outcome::Right(_) => return Ok(Redirect::to(&next).into_response()),
        Outcome::Wrong => {
            note_refusal(&console, Refused::Wrong);
            "console-passkey-wrong"
        }
        Outcome::Over => "console-passkey-over",
    };
    let Some(known) = credentials(&console, &staff).await? else { return Ok(refusal::not_found(&console, &staff)) };
    let words = crate::i18n::text(staff.viewer.lang, words);
    let shown = (next.as_str(), known.totp.is_some());
    confirm_page(&console, &staff, shown, StatusCode::UNPROCESSABLE_ENTITY, Some(words)).await
}
