//! An export begins, and its file leaves.
//!
//! The answer to the form is the file itself, written while it is sent: nothing of it lies on a disk or
//! in memory as a whole. The audit has its entry before the answer's first byte; where it can't be
//! written there is no file. Whether somebody may, and has proved who they are, is asked by this very
//! request.

use super::choice::{Choice, Mistake};
use super::pipe::{Pipe, pipe};
use super::running::{Refused, Slot};
use super::{address_of, choices, review};
use crate::console::guard::{Allowed, Fresh, Post, Staff, needs};
use crate::console::state::{Console, Trouble};
use crate::desk::export::{ExportError, ExportRequest, Format, Mode, Preset, Progress, Record, begin, write};
use crate::desk::store::{InboxFilter, Store};
use crate::domain::ids::ExportId;
use crate::domain::staff::{Scope, Viewer};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::oneshot;

/// Values masked or as tokens.
pub(super) async fn masked(
    staff: Allowed<needs::Export>,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    start(&console, &staff, &post, false).await
}

/// Values in clear.
pub(super) async fn clear(
    staff: Allowed<needs::ExportRevealed>,
    _fresh: Fresh,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    start(&console, &staff, &post, true).await
}

/// An export, with all that its thread needs.
struct Job {
    filter: InboxFilter,
    scope: Scope,
    mode: Mode,
    format: Format,
    preset: Option<Preset>,
    viewer: Viewer,
    id: ExportId,
}

async fn start(console: &Console, staff: &Staff, post: &Post, is_clear: bool) -> Result<Response, Trouble> {
    let now = console.parts.clock.now();
    let choice = Choice::read(post.get("choice"), &staff.viewer, now, &console.parts.settings);
    let mode = match choice.checked() {
        // Each way asks for what it needs: nothing in clear leaves by the one for masks.
        Ok(_) if choice.is_clear() != is_clear => {
            return Ok(Redirect::to(&address_of(console, &choice)).into_response());
        }
        Ok(mode) => mode,
        Err(mistake) => return choices(console, staff, choice, Some(mistake)).await,
    };
    let Ok(id) = post.get("id").parse::<ExportId>() else {
        return choices(console, staff, choice, Some(Mistake::Unclear)).await;
    };
    let (filter, scope) = (choice.list.filter.clone(), staff.viewer.scope.clone());
    let looked_up = (filter.clone(), scope.clone());
    let (known, count) = console
        .blocking(move |console| {
            let store = &console.parts.store;
            Ok((store.export_record(id)?, store.inbox_count(&looked_up.0, &looked_up.1)?))
        })
        .await?;
    if known.is_some() {
        return Ok(to_record(console, id));
    }
    if count == 0 {
        return choices(console, staff, choice, Some(Mistake::NoLeads)).await;
    }
    let slot = match Slot::take(console, id, staff.viewer.id) {
        Ok(slot) => slot,
        Err(Refused::Begun) => return Ok(to_record(console, id)),
        Err(Refused::OwnRun) => return review(console, staff, choice, Some("export-own-run")).await,
        Err(Refused::TooMany) => return review(console, staff, choice, Some("export-too-many")).await,
    };
    let (format, preset, viewer) = (choice.format, choice.preset, staff.viewer.clone());
    match run(console, slot, Job { filter, scope, mode, format, preset, viewer, id }).await {
        Ok(body) => {
            let zone = &console.parts.settings.business_hours.time_zone;
            Ok(file(body, format, &name_of(format, preset, id, now, zone)))
        }
        Err(trouble) => review(console, staff, choice, Some(trouble)).await,
    }
}

fn to_record(console: &Console, id: ExportId) -> Response {
    Redirect::to(&format!("{}/export/{id}", console.base())).into_response()
}

/// Begins an export on a thread of its own. Gives its body once the audit has the entry; else the
/// message that says why there is none.
async fn run(console: &Console, slot: Slot, job: Job) -> Result<Body, &'static str> {
    let (pipe, body) = pipe(slot.running.stop.clone());
    let (begun, has_begun) = oneshot::channel();
    let console = console.clone();
    tokio::task::spawn_blocking(move || job.run(&console, &slot, pipe, begun));
    match has_begun.await {
        Ok(Ok(())) => Ok(body),
        Ok(Err(error)) => {
            tracing::error!(%error, "an export could not begin; nothing was exported");
            Err(if matches!(error, ExportError::Store(_)) { "export-no-audit" } else { "export-failed" })
        }
        Err(_) => Err("export-failed"),
    }
}

impl Job {
    fn run(self, console: &Console, slot: &Slot, mut pipe: Pipe, begun: oneshot::Sender<Result<(), ExportError>>) {
        let (parts, actor) = (&console.parts, self.viewer.actor());
        let request = ExportRequest {
            store: &parts.store,
            keyring: Some(&parts.keyring),
            forms: &parts.settings.forms,
            filter: &self.filter,
            scope: &self.scope,
            mode: self.mode,
            format: self.format,
            preset: self.preset,
            actor: &actor,
            record: Some(Record { id: self.id, staff: self.viewer.id }),
        };
        let entry = match begin(&request) {
            Ok(entry) => entry,
            Err(error) => {
                // Whoever asked may be gone.
                let _ = begun.send(Err(error));
                return;
            }
        };
        let _ = begun.send(Ok(()));
        let mut watch = |progress: Progress| {
            if !self.may_go_on(&parts.store) {
                slot.running.stop.cancel();
            }
            slot.running.note(progress)
        };
        let written = write(&request, entry, &mut pipe, &mut watch);
        match written.map(|_| pipe.end()) {
            Ok(_) => {}
            Err(ExportError::Cancelled | ExportError::Write(_)) => {
                tracing::info!(export = %self.id, "an export was stopped, or whoever took it went away");
            }
            Err(error) => tracing::error!(%error, export = %self.id, "an export broke off"),
        }
    }

    /// Whether its maker is still who they were when it began: who loses an account or rights loses the
    /// rest of a file too.
    fn may_go_on(&self, store: &Store) -> bool {
        // What can't be read now breaks the export off by itself.
        store.staff_member(self.viewer.id).map_or(true, |member| {
            member.is_some_and(|member| {
                member.disabled_at.is_none() && member.role == self.viewer.role && member.scope == self.viewer.scope
            })
        })
    }
}

/// The file's name: words of ours, the day where the office stands, the export.
fn name_of(format: Format, preset: Option<Preset>, id: ExportId, now: Timestamp, zone: &TimeZone) -> String {
    let what = preset.map_or("leads", Preset::word);
    let day = now.to_zoned(zone.clone()).date();
    let ending = match format {
        Format::Csv | Format::CsvExcel | Format::CsvCp932 => "csv",
        Format::Xlsx => "xlsx",
        Format::Jsonl => "jsonl",
    };
    format!("{what}-{day}-{id}.{ending}")
}

/// A file to be kept and never shown (RFC 6266). Its name needs no escape: see [`name_of`].
fn file(body: Body, format: Format, name: &str) -> Response {
    let kind = match format {
        Format::Csv | Format::CsvExcel => "text/csv; charset=utf-8",
        Format::CsvCp932 => "text/csv; charset=windows-31j",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Jsonl => "application/jsonl",
    };
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
