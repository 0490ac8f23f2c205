//! The inbox: lists of leads, masked, the newest or the longest due first.
//!
//! Every list holds what the viewer's scope covers and nothing else, and works without script; with
//! it, by keyboard. Shows no value, and counts no further than helps.

mod filter;
mod live;
mod saved;
mod view;

use super::frame::{Frame, Place, page};
use super::guard::{Allowed, Staff, needs};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::desk::store::{InboxFilter, Seek, StoreError};
use crate::domain::staff::Viewer;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use view::{Counted, Found, InboxTemplate, Known};

pub(super) use filter::{Asked, View, read_seek, write_seek};
pub(super) use live::Live;
pub(super) use view::{Line, Lister, name_of, view_label};

/// Rows on a page.
const ROWS: usize = 50;
/// Tags offered as filters.
const TAGS: usize = 200;

/// Mounts the inbox.
pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/inbox", show)
        .get("/inbox/events", live::events)
        .post("/views", saved::save)
        .post("/views/{id}", saved::change)
}

/// What the inbox says besides its list.
#[derive(Default)]
struct Telling {
    status: StatusCode,
    /// A message that something was done.
    notice: &'static str,
    /// What is wrong, in words.
    trouble: Option<String>,
    /// What somebody typed as the name of a list that could not be kept.
    name: String,
}

/// What an address asks for, and what there is of it that the viewer may see.
fn look(console: &Inner, viewer: &Viewer, query: &str) -> Result<(Asked, Found), StoreError> {
    let (parts, now) = (&console.parts, console.parts.clock.now());
    let zone = &parts.settings.business_hours.time_zone;
    let asked = Asked::read(query, viewer, now, zone);
    let page = parts.store.inbox(&asked.filter, &viewer.scope, asked.seek.unwrap_or(Seek::First), ROWS)?;
    let mut counts = Vec::new();
    for view in [View::New, View::Mine, View::Overdue, View::Reminders] {
        let mut of_view = Asked::read(&format!("view={}", view.word()), viewer, now, zone).filter;
        if let Some(reminded) = &mut of_view.reminded {
            // Those that wait for their time press nobody.
            reminded.by = Some(now);
        }
        counts.push(Counted { view, count: parts.store.inbox_count(&of_view, &viewer.scope)? });
    }
    // Whether there is anything at all decides what an empty list teaches.
    let has_any = !page.rows.is_empty() || parts.store.inbox_count(&InboxFilter::default(), &viewer.scope)? > 0;
    let is_bare = asked.parts.is_empty();
    Ok((asked, Found { page, counts, has_any, is_bare, now }))
}

/// The inbox.
async fn answer(console: &Console, staff: &Staff, query: String, telling: Telling) -> Result<Response, Trouble> {
    let viewer = staff.viewer.clone();
    let found = console
        .blocking(move |console| {
            let (asked, found) = look(console, &viewer, &query)?;
            let store = &console.parts.store;
            let known = Known {
                colleagues: store.staff()?,
                tags: store.tags_in_use(TAGS)?,
                saved: store.saved_views(viewer.id)?,
            };
            Ok((asked, found, known))
        })
        .await?;
    let (asked, found, known) = found;
    let Telling { status, notice, mut trouble, name } = telling;
    let mut frame = Frame::of(console, staff, Place::Inbox, "inbox-title").with_notice(notice);
    if asked.is_unclear && trouble.is_none() {
        trouble = Some(frame.text("inbox-unclear"));
    }
    frame = frame.with_trouble(trouble);
    let template = InboxTemplate::new(frame, (console, &staff.viewer), &asked, found, &known, name);
    Ok(page(status, "inbox", &template))
}

async fn show(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = query.unwrap_or_default();
    let done = query.split('&').find_map(|part| part.strip_prefix("done="));
    let notice = match done {
        Some("view-saved") => "view-done-saved",
        Some("view-renamed") => "view-done-renamed",
        Some("view-shared") => "view-done-shared",
        Some("view-private") => "view-done-private",
        Some("view-removed") => "view-done-removed",
        Some("reminder-done") => "lead-done-reminder-done",
        _ => "",
    };
    answer(&console, &staff, query, Telling { notice, ..Telling::default() }).await
}
