//! Reveal: a value, all values or the notes of a lead, for a reason.

use super::{Telling, answer, known};
use crate::console::guard::{Allowed, Post, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::crypto::keyring::KeyringError;
use crate::desk::export::{ExportError, What, reveal_for_staff};
use crate::domain::lead::Reason;
use crate::i18n::text;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// What a button of the page asks for.
fn wanted(word: &str) -> Option<What> {
    match word.split_once(':') {
        None if word == "all" => Some(What::All),
        None if word == "notes" => Some(What::Notes),
        Some(("field", id)) => id.parse().ok().map(What::Field),
        _ => None,
    }
}

/// Why nothing was shown, as a message. The log has the cause.
pub(super) fn message_of(error: &ExportError) -> &'static str {
    tracing::error!(%error, "a lead could not be revealed; nothing was shown");
    match error {
        ExportError::Store(_) => "lead-reveal-no-audit",
        ExportError::Keyring(KeyringError::NoLeadKey) => "lead-reveal-no-key",
        _ => "lead-reveal-failed",
    }
}

pub(super) async fn reveal(
    staff: Allowed<needs::Reveal>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let refused = |status: StatusCode, message: &str| {
        let trouble = Some(text(staff.viewer.lang, message));
        Telling { status, trouble, ..Telling::default() }
    };
    let Ok(reason) = post.get("reason").parse::<Reason>() else {
        let telling = refused(StatusCode::UNPROCESSABLE_ENTITY, "lead-reveal-needs-reason");
        return answer(&console, &staff, lead, telling).await;
    };
    let Some(what) = wanted(post.get("what")) else {
        let telling = refused(StatusCode::UNPROCESSABLE_ENTITY, "lead-reveal-what");
        return answer(&console, &staff, lead, telling).await;
    };
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let opened = console
        .blocking(move |console| {
            let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
            let (parts, of) = (&console.parts, (&known.lead, known.work.notes.as_slice()));
            Ok(Some(reveal_for_staff(&parts.store, &parts.keyring, of, &what, reason, &viewer.actor())))
        })
        .await?;
    let telling = match opened {
        None => return Ok(refusal::not_found(&console, &staff)),
        Some(Ok(opened)) => Telling { notice: "lead-revealed", opened, ..Telling::default() },
        Some(Err(error)) => refused(StatusCode::SERVICE_UNAVAILABLE, message_of(&error)),
    };
    answer(&console, &staff, lead, telling).await
}
