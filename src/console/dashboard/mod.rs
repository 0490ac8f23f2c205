//! The dashboard: how many leads came in, from where, how soon they were answered, where they stand now;
//! and whether mail and queue work.
//!
//! Every figure is of what the viewer's scope covers. Refuses to name a lead's visitor, and to count lead
//! by lead: the store keeps counters.

mod chart;
mod health;
mod span;
mod view;

use super::frame::{Frame, Place, page};
use super::guard::{Allowed, needs};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::desk::store::{FiguresOf, InboxFilter, MOST_COUNTED, StoreError};
use crate::domain::lead::Stage;
use crate::domain::staff::Viewer;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chart::number;
use health::Health;
use span::Asked;
use view::{DashboardTemplate, Found};

/// The dashboard.
pub(super) fn pages() -> Pages {
    Pages::new().get("/dashboard", show)
}

async fn show(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let viewer = staff.viewer.clone();
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let (asked_by, wanted) = (viewer.clone(), asked.clone());
    let found = console.blocking(move |console| find(console, &asked_by, &wanted)).await?;
    let mut frame = Frame::of(&console, &staff, Place::Dashboard, "dash-title");
    if asked.is_unclear {
        let words = frame.text("inbox-unclear");
        frame = frame.with_trouble(Some(words));
    }
    let template = DashboardTemplate::new(frame, &console, &viewer, &asked, found);
    Ok(page(StatusCode::OK, "dashboard", &template))
}

fn find(console: &Inner, viewer: &Viewer, asked: &Asked) -> Result<Found, StoreError> {
    let parts = &console.parts;
    let now = parts.clock.now();
    let today = now.to_zoned(parts.settings.business_hours.time_zone.clone()).date();
    let whole = asked.span.whole(today);
    let of = FiguresOf { scope: &viewer.scope, site: asked.site.as_ref(), form: asked.form.as_ref() };
    let figures = parts.store.figures(&of, &[whole.days, whole.before])?;
    let late = InboxFilter {
        stage: Some(Stage::New),
        overdue_at: Some(now),
        site: asked.site.clone(),
        form: asked.form.clone(),
        ..InboxFilter::default()
    };
    let overdue = match parts.store.inbox_count(&late, &viewer.scope)? {
        many if many >= MOST_COUNTED => format!("{}+", MOST_COUNTED - 1),
        few => number(few as u64),
    };
    Ok(Found { figures, today, overdue, health: Health::look(console, viewer)? })
}
