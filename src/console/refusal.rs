//! Pages that say no: not allowed, a form that is not ours, too much at once, no such page.

use super::frame::{Frame, Place, page, preferred};
use super::guard::Staff;
use super::state::Console;
use crate::i18n;
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/refusal.html")]
struct RefusalPage {
    frame: Frame,
    words: String,
}

fn refusal(status: StatusCode, frame: Frame, words: &str) -> Response {
    let words = i18n::text(frame.lang, words);
    page(status, "refusal", &RefusalPage { frame, words })
}

/// Somebody is signed in and may not do this.
pub(super) fn not_allowed(console: &Console, staff: &Staff) -> Response {
    let frame = Frame::of(console, staff, Place::Elsewhere, "console-not-allowed-title");
    refusal(StatusCode::FORBIDDEN, frame, "console-not-allowed")
}

/// There is no such page, or nothing that this member of staff may see: one answer for both.
pub(super) fn not_found(console: &Console, staff: &Staff) -> Response {
    let frame = Frame::of(console, staff, Place::Elsewhere, "console-not-found-title");
    refusal(StatusCode::NOT_FOUND, frame, "console-not-found")
}

/// A form was not sent by a page of this session.
pub(super) fn foreign_form(console: &Console, headers: &HeaderMap) -> Response {
    let frame = Frame::open(console, preferred(headers, None), "console-foreign-title");
    refusal(StatusCode::FORBIDDEN, frame, "console-foreign")
}

/// More was sent than any form of ours holds.
pub(super) fn too_large(console: &Console, headers: &HeaderMap) -> Response {
    let frame = Frame::open(console, preferred(headers, None), "console-too-large-title");
    refusal(StatusCode::PAYLOAD_TOO_LARGE, frame, "console-too-large")
}
