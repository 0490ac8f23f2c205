//! Signing in with a passkey: no address, no password, no code.
//!
//! Passkeys that are not known, or of an account that may not sign in, get the answer of a wrong one.
//! Tries are counted as those of passwords are; nobody waits for others' tries at passkeys that are not
//! there.

use super::password::{sign_in_frame, sign_in_page};
use super::{Welcome, begin, note_refusal, source, wait_words, with_retry_after};
use crate::console::frame::preferred;
use crate::console::guard::{Open, OpenPost, safe_next};
use crate::console::guesses::Refused;
use crate::console::passkey::{Answered, Outcome};
use crate::console::state::{Console, Inner, Trouble};
use crate::desk::store::{SignInWay, StaffView, StoreError};
use crate::domain::lang::Lang;
use crate::http::listener::Peer;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::time::Duration;

/// What came of one try.
enum Tried {
    Right(Box<StaffView>),
    Wrong,
    /// The page was too old.
    Over,
    /// It came too soon after others.
    TooSoon(Duration),
}

pub(super) async fn check(
    _open: Open,
    State(console): State<Console>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    post: OpenPost,
) -> Result<Response, Trouble> {
    let next = safe_next(&console, Some(post.get("next")));
    let (sealed, answer) = (post.get("sealed").to_owned(), post.get("answer").to_owned());
    let (shown, peer) = (headers.clone(), peer.map(|Extension(peer)| peer));
    let tried = console.blocking(move |console| try_passkey(console, peer, &shown, &sealed, &answer)).await?;
    let lang = Lang::from_tag(post.get("lang")).unwrap_or_else(|| preferred(&headers, None));
    let frame = sign_in_frame(&console, lang, &next);
    let (status, words, wait) = match tried {
        Tried::Right(staff) => {
            return begin(&console, &headers, Welcome { staff: *staff, next }, SignInWay::Passkey).await;
        }
        Tried::Wrong => {
            note_refusal(&console, Refused::Wrong);
            (StatusCode::UNPROCESSABLE_ENTITY, frame.text("console-passkey-wrong"), None)
        }
        Tried::Over => (StatusCode::UNPROCESSABLE_ENTITY, frame.text("console-passkey-over"), None),
        Tried::TooSoon(wait) => {
            note_refusal(&console, Refused::TooSoon);
            (StatusCode::TOO_MANY_REQUESTS, wait_words(frame.lang, wait), Some(wait))
        }
    };
    let response = sign_in_page(&console, status, frame.with_trouble(Some(words)), "", &next);
    Ok(match wait {
        Some(wait) => with_retry_after(response, wait),
        None => response,
    })
}

fn try_passkey(
    console: &Inner,
    peer: Option<Peer>,
    headers: &HeaderMap,
    sealed: &str,
    answer: &str,
) -> Result<Tried, StoreError> {
    let answered = Answered::read(console, sealed, answer)?;
    let whose = answered.whose();
    let account = whose.map_or_else(|| "passkey of nobody".to_owned(), |id| format!("passkey of {id}"));
    let tried = match console.guesses.admit(&account, source(console, peer, headers, whose)?) {
        Ok(tried) => tried,
        Err(wait) => return Ok(Tried::TooSoon(wait)),
    };
    Ok(match answered.check(console, None)? {
        Outcome::Right(staff) => {
            console.guesses.forgive(tried);
            Tried::Right(staff)
        }
        Outcome::Wrong => Tried::Wrong,
        Outcome::Over => Tried::Over,
    })
}
