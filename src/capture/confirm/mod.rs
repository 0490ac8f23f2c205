//! The confirm screen (確認画面): what was typed, once more, before it is sent. Nothing of it is
//! kept on the server: the page carries the answers, sealed, through the browser and back.

use super::intake::{Attempt, DecodeError, Decoded, Screened, reserved};
use super::pages::{ReviewPage, View, review_rows};
use super::visit::FormVisit;
use super::{answer, views};
use crate::crypto::page_state;
use crate::domain::form::Confirm;
use axum::http::StatusCode;
use axum::response::Response;
use zeroize::Zeroizing;

/// What else a post holds besides the sealed answers, at most.
const ALLOWANCE: usize = 2048;

/// What a visitor wants with their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// See them once more, if the form has it so.
    Look,
    /// Send them.
    Send,
    /// Change them.
    Edit,
}

impl Wish {
    /// What a post asks for: a button of the confirm page says so.
    pub fn of(decoded: &Decoded) -> Self {
        match decoded.step().map(|step| step.expose().as_str()) {
            Some("edit") => Self::Edit,
            Some("send") => Self::Send,
            _ => Self::Look,
        }
    }
}

/// The sealed answers are not ours, of another form, or older than yesterday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOurs;

/// The post that a confirm page carries, in the place of the one that brings it back. Any other
/// post is itself.
///
/// # Errors
/// When there are sealed answers and they can't be opened.
pub fn reopened(on: &FormVisit, decoded: Decoded) -> Result<(Wish, Decoded), NotOurs> {
    let wish = Wish::of(&decoded);
    let Some(sealed) = decoded.state() else { return Ok((wish, decoded)) };
    let secrets = on.visit.state.secrets.today();
    let open = |secret| page_state::open(secret, &on.form.id, sealed.expose());
    let bytes = open(&secrets.today).or_else(|| secrets.yesterday.as_ref().and_then(open)).ok_or(NotOurs)?;
    // Whoever brings sealed answers back has seen them.
    let wish = if wish == Wish::Edit { wish } else { Wish::Send };
    Decoded::kept(&bytes).map(|decoded| (wish, decoded)).ok_or(NotOurs)
}

/// Whether the answers of this post are to be shown before they are taken.
pub fn is_due(on: &FormVisit, wish: Wish, decoded: &Decoded) -> bool {
    wish == Wish::Look
        && on.form.confirm != Confirm::Off
        && decoded.encoding().is_browser()
        && on.visit.audience == answer::Audience::Browser
}

/// The confirm page. `kept` is the post that was judged.
///
/// # Errors
/// When a post that carries it would be larger than any that is taken.
pub fn page(on: &FormVisit, screened: &Screened, kept: &Zeroizing<Vec<u8>>) -> Result<Response, DecodeError> {
    let state = &on.visit.state;
    let sealed = page_state::seal(&state.secrets.today().today, &on.form.id, kept, state.entropy.as_ref());
    if sealed.len() + ALLOWANCE > state.settings.limits.max_body {
        return Err(DecodeError::TooLong);
    }
    let mut hidden = vec![(reserved::LANG, on.visit.lang.tag().to_owned()), (reserved::STATE, sealed)];
    if on.visit.framed {
        hidden.push((reserved::FRAME, "1".to_owned()));
    }
    let rows = review_rows(&on.form, on.visit.lang, screened.submission(), screened.attempt());
    let frame = state.review_frame(on);
    let review = ReviewPage::new(frame, &on.form, state.action(on), View { hidden }, rows);
    Ok(views::with_policy(on, answer::page(StatusCode::OK, &review)))
}

/// The form with what was typed, for a visitor who went back.
pub fn edit(on: &FormVisit, attempt: &Attempt, key: Option<String>) -> Response {
    let kept = super::pages::Kept { attempt: Some(attempt), problems: &[] };
    views::form_again(on, StatusCode::OK, attempt, key, kept, None)
}
