//! Export: what of a list, with which values, as which file; its download; and what became of it.
//!
//! A choice travels in the address until the file is asked for, so that neither a mistake nor a fresh
//! proof loses it. Values in clear have a way of their own, with its own permission and proof. Refuses
//! an export of nothing, and one whose conditions are not all understood.

mod choice;
mod download;
mod pipe;
mod record;
mod running;
mod view;

use super::frame::{Place, page};
use super::guard::{Allowed, Fresh, Staff, needs};
use super::pages::Pages;
use super::state::{Console, Trouble};
use crate::domain::ids::ExportId;
use crate::domain::staff::{Permission, Scope, Viewer};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use choice::{Choice, Mistake};
use view::{ChoicesTemplate, Known, ReviewTemplate};

pub(super) use running::Exports;

/// The place of these pages in the navigation.
const HERE: Place = Place::Export;
/// Exports of before that are listed.
const LISTED: usize = 20;

/// Mounts the export.
pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/export", show)
        .get("/export/review", review_masked)
        .post("/export/review", download::masked)
        .get("/export/clear", review_clear)
        .post("/export/clear", download::clear)
        .get("/export/{export}", record::show)
        .post("/export/{export}/cancel", record::cancel)
}

/// Whether somebody sees all exports. Others see their own.
fn sees_all(viewer: &Viewer) -> bool {
    viewer.may(Permission::SeeAudit) && viewer.scope == Scope::All
}

/// Where a choice is looked over before its file is asked for.
fn address_of(console: &Console, choice: &Choice) -> String {
    let way = if choice.is_clear() { "clear" } else { "review" };
    format!("{}/export/{way}?{}", console.base(), choice.query())
}

fn read(console: &Console, staff: &Staff, query: Option<&str>) -> Choice {
    let parts = &console.parts;
    Choice::read(query.unwrap_or_default(), &staff.viewer, parts.clock.now(), &parts.settings)
}

async fn show(
    staff: Allowed<needs::Export>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let choice = read(&console, &staff, query.as_deref());
    choices(&console, &staff, choice, None).await
}

async fn review_masked(
    staff: Allowed<needs::Export>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    looked_over(&console, &staff, query.as_deref(), false).await
}

async fn review_clear(
    staff: Allowed<needs::ExportRevealed>,
    _fresh: Fresh,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    looked_over(&console, &staff, query.as_deref(), true).await
}

async fn looked_over(
    console: &Console,
    staff: &Staff,
    query: Option<&str>,
    is_clear: bool,
) -> Result<Response, Trouble> {
    let choice = read(console, staff, query);
    match choice.checked() {
        Err(mistake) => choices(console, staff, choice, Some(mistake)).await,
        Ok(_) if choice.is_clear() != is_clear => Ok(Redirect::to(&address_of(console, &choice)).into_response()),
        Ok(_) => review(console, staff, choice, None).await,
    }
}

/// What the pages show besides the choice.
async fn known(console: &Console, staff: &Staff, choice: &Choice) -> Result<Known, Trouble> {
    let (filter, viewer) = (choice.list.filter.clone(), staff.viewer.clone());
    console
        .blocking(move |console| {
            let store = &console.parts.store;
            let of = (!sees_all(&viewer)).then_some(viewer.id);
            let count = store.inbox_count(&filter, &viewer.scope)?;
            Ok(Known { count, colleagues: store.staff()?, records: store.export_records(of, LISTED)? })
        })
        .await
}

/// The page on which an export is chosen, with what is wrong with the choice.
async fn choices(
    console: &Console,
    staff: &Staff,
    choice: Choice,
    mistake: Option<Mistake>,
) -> Result<Response, Trouble> {
    let known = known(console, staff, &choice).await?;
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(status, "export", &ChoicesTemplate::new(console, staff, &choice, &known, mistake)))
}

/// The page on which the file is asked for. `trouble` is a message that says why there was none.
async fn review(
    console: &Console,
    staff: &Staff,
    choice: Choice,
    trouble: Option<&'static str>,
) -> Result<Response, Trouble> {
    let known = known(console, staff, &choice).await?;
    if known.count == 0 {
        let template = ChoicesTemplate::new(console, staff, &choice, &known, Some(Mistake::NoLeads));
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, "export", &template));
    }
    let status = match trouble {
        None => StatusCode::OK,
        Some("export-own-run" | "export-too-many") => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let id = ExportId::generate(console.parts.entropy.as_ref());
    let template = ReviewTemplate::new(console, staff, &choice, &known, (id, trouble));
    Ok(page(status, "export_review", &template))
}
