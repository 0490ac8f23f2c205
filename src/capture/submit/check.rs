//! The check that a doubtful post must pass: a script does a sum, a person without one presses the
//! button once more. Refuses to judge; screening says when it is needed.

use super::form_with;
use crate::capture::answer::{Audience, rate_limited_words, retry_after, whole_seconds};
use crate::capture::intake::Attempt;
use crate::capture::visit::FormVisit;
use crate::crypto::form_token::TokenKind;
use crate::crypto::proof_of_work;
use crate::http::problem::ProblemDetails;
use crate::i18n;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Largest number of a sum: some tenths of a second in a browser of a phone.
const SUM: u32 = 50_000;
/// The same for a network over its limit: a second or two.
const LARGE_SUM: u32 = 300_000;

/// Whether a post of a network over its limit may still pass with a check: it must be able to do a
/// sum, and there is an end to that too. A person may share the network with robots.
pub(super) fn may_be_asked(on: &FormVisit) -> bool {
    let state = &on.visit.state;
    state.settings.screening.enabled
        && on.visit.audience == Audience::Program
        && on.visit.check_rate(&state.checked_posts).is_ok()
}

/// Asks for the check.
pub(super) fn ask(on: &FormVisit, attempt: &Attempt, page_key: Option<String>, over: Option<Duration>) -> Response {
    let lang = on.visit.lang;
    let status = if over.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
    if on.visit.audience == Audience::Browser {
        let words = (i18n::text(lang, "refused-check-title"), i18n::text(lang, "refused-check"));
        return form_with(on, status, words, attempt, page_key, TokenKind::Checked);
    }
    let state = &on.visit.state;
    let sum = if over.is_some() { LARGE_SUM } else { SUM };
    let challenge =
        proof_of_work::challenge(&state.form_token_key, &on.form.id, sum, state.clock.now(), state.entropy.as_ref());
    let (kind, (title, words)) = match over {
        Some(wait) => ("rate-limited", rate_limited_words(lang, wait)),
        None => ("proof-needed", (i18n::text(lang, "refused-check-title"), i18n::text(lang, "refused-check-program"))),
    };
    let details = ProblemDetails::new(status, kind, title, words).with_challenge(challenge);
    match over {
        Some(wait) => retry_after(details.into_response(), whole_seconds(wait)),
        None => details.into_response(),
    }
}
