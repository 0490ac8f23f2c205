//! What became of an export: how far it is, how it ended, what the file lacks.
//!
//! Somebody else's export is one that does not exist, but to who reads the audit of everything.

use super::view::RecordTemplate;
use super::{running::Running, sees_all};
use crate::console::frame::page;
use crate::console::guard::{Allowed, Post, Staff, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::store::{ExportView, StaffView};
use crate::domain::ids::ExportId;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// An export, how far it is while it runs, and who there is.
type Found = (ExportView, Option<Arc<Running>>, Vec<StaffView>);

async fn find(console: &Console, staff: &Staff, id: &str) -> Result<Option<Found>, Trouble> {
    let Ok(id) = id.parse::<ExportId>() else { return Ok(None) };
    let viewer = staff.viewer.clone();
    console
        .blocking(move |console| {
            // Asked first: one that ends in between is then read as ended.
            let running = console.exports.find(id);
            let store = &console.parts.store;
            let record = store.export_record(id)?.filter(|one| one.staff == viewer.id || sees_all(&viewer));
            let Some(record) = record else { return Ok(None) };
            Ok(Some((record, running, store.staff()?)))
        })
        .await
}

pub(super) async fn show(
    staff: Allowed<needs::Export>,
    State(console): State<Console>,
    Path(export): Path<String>,
) -> Result<Response, Trouble> {
    let Some((record, running, colleagues)) = find(&console, &staff, &export).await? else {
        return Ok(refusal::not_found(&console, &staff));
    };
    let progress = running.map(|running| running.progress());
    Ok(page(StatusCode::OK, "export_record", &RecordTemplate::new(&console, &staff, &record, progress, &colleagues)))
}

pub(super) async fn cancel(
    staff: Allowed<needs::Export>,
    State(console): State<Console>,
    Path(export): Path<String>,
    _post: Post,
) -> Result<Response, Trouble> {
    let Some((record, running, _)) = find(&console, &staff, &export).await? else {
        return Ok(refusal::not_found(&console, &staff));
    };
    if let Some(running) = running {
        running.stop.cancel();
    }
    Ok(Redirect::to(&format!("{}/export/{}", console.base(), record.id)).into_response())
}
