//! The inbox: lists of leads, masked, the newest or the longest due first.
//!
//! Every list holds what the viewer's scope covers and nothing else, and works without script; with
//! it, by keyboard. Shows no value, and counts no further than helps.

mod filter;
mod view;

use super::frame::{Frame, Place, page};
use super::guard::{Allowed, needs};
use super::pages::Pages;
use super::state::{Console, Trouble};
use crate::desk::store::{InboxFilter, Seek};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use filter::{Asked, View};
use view::{Counted, InboxTemplate};

pub(super) use view::{Line, Lister, name_of};

/// Rows on a page.
const ROWS: usize = 50;
/// Tags offered as filters.
const TAGS: usize = 200;

/// Mounts the inbox.
pub(super) fn pages() -> Pages {
    Pages::new().get("/inbox", show)
}

async fn show(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let viewer = staff.viewer.clone();
    let asked_by = viewer.clone();
    let found = console
        .blocking(move |console| {
            let (parts, now) = (&console.parts, console.parts.clock.now());
            let zone = &parts.settings.business_hours.time_zone;
            let asked = Asked::read(query.as_deref().unwrap_or_default(), &asked_by, now, zone);
            let seek = asked.seek.unwrap_or(Seek::First);
            let rows = parts.store.inbox(&asked.filter, &asked_by.scope, seek, ROWS)?;
            let mut counts = Vec::new();
            for view in [View::New, View::Mine, View::Overdue] {
                let of_view = Asked::read(&format!("view={}", view.word()), &asked_by, now, zone).filter;
                counts.push(Counted { view, count: parts.store.inbox_count(&of_view, &asked_by.scope)? });
            }
            let is_bare = asked.parts.is_empty();
            // Whether there is anything at all decides what an empty list teaches.
            let has_any =
                !rows.rows.is_empty() || parts.store.inbox_count(&InboxFilter::default(), &asked_by.scope)? > 0;
            let found = view::Found { page: rows, counts, has_any, is_bare, now };
            Ok((asked, found, parts.store.staff()?, parts.store.tags_in_use(TAGS)?))
        })
        .await?;
    let (asked, found, colleagues, tags) = found;
    let mut frame = Frame::of(&console, &staff, Place::Inbox, "inbox-title");
    if asked.is_unclear {
        let words = frame.text("inbox-unclear");
        frame = frame.with_trouble(Some(words));
    }
    let template = InboxTemplate::new(frame, &console, &viewer, &asked, found, &colleagues, &tags);
    Ok(page(StatusCode::OK, "inbox", &template))
}
