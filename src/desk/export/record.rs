//! What stays of an export: its two audit entries, and the record that staff look up.
//!
//! Owns their words. Refuses to keep what may have to be erased: of a tag only that there was one, of
//! characters that an encoding lacks only how many.

use super::{Begun, ExportError, ExportReport, ExportRequest, Mode, Unmapped};
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{ExportEnd, ExportState, InboxFilter, NewExport, OwnedBy};
use crate::domain::ids::{ExportId, StaffId};
use crate::domain::staff::{Scope, actor};

/// Under which an export is looked up later.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    /// Its id.
    pub id: ExportId,
    /// Whose it is.
    pub staff: StaffId,
}

impl ExportReport {
    /// The report of a record.
    pub fn of_record(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

pub(super) fn begin_entry(request: &ExportRequest<'_>) -> NewEntry {
    let (action, reason) = match request.mode {
        Mode::Masked | Mode::Tokens => (Action::ExportMasked, None),
        Mode::Revealed { reason } => (Action::ExportRevealed, Some(reason.word().to_owned())),
    };
    let mut detail = format!("format={} mode={}", request.format.word(), request.mode.word());
    if let Some(preset) = request.preset {
        detail += &format!(" preset={}", preset.word());
    }
    for word in filter_words(request.filter) {
        detail += &format!(" {word}");
    }
    if *request.scope != Scope::All {
        detail += " scope=part";
    }
    let subject = request.filter.form.as_ref().map(|form| format!("form {form}"));
    NewEntry { actor: request.actor.to_owned(), action, subject, reason, detail: Some(detail) }
}

/// What narrows the filter besides its form.
fn filter_words(filter: &InboxFilter) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |key: &str, value: Option<String>| words.extend(value.map(|value| format!("{key}={value}")));
    say("site", filter.site.as_ref().map(ToString::to_string));
    say("since", filter.since.map(|at| at.to_string()));
    say("until", filter.until.map(|at| at.to_string()));
    say("stage", filter.stage.map(|stage| stage.word().to_owned()));
    say("owner", filter.owner.map(owner_word));
    say("source", filter.source.map(|source| source.word().to_owned()));
    say("tag", filter.tag.as_ref().map(|_| "yes".to_owned()));
    say("open", filter.is_open.then(|| "yes".to_owned()));
    say("overdue", filter.overdue_at.map(|_| "yes".to_owned()));
    say("reminded", filter.reminded.map(|_| "yes".to_owned()));
    words
}

fn owner_word(owner: OwnedBy) -> String {
    match owner {
        OwnedBy::Nobody => "nobody".to_owned(),
        OwnedBy::Staff(id) => actor(id),
    }
}

pub(super) fn new_record(request: &ExportRequest<'_>) -> Option<NewExport> {
    let record = request.record?;
    let form = request.filter.form.iter().map(|form| format!("form={form}"));
    let reason = match request.mode {
        Mode::Masked | Mode::Tokens => None,
        Mode::Revealed { reason } => Some(reason.word()),
    };
    Some(NewExport {
        id: record.id,
        staff: record.staff,
        mode: request.mode.word(),
        format: request.format.word(),
        preset: request.preset.map(super::Preset::word),
        reason,
        filter: form.chain(filter_words(request.filter)).collect::<Vec<_>>().join(" "),
    })
}

/// How an export ended: for the audit, and for its record.
pub(super) fn ended(
    request: &ExportRequest<'_>,
    begun: Begun,
    report: &ExportReport,
    result: Result<(), &ExportError>,
) -> (NewEntry, ExportEnd) {
    let state = match result {
        Ok(()) => ExportState::Complete,
        Err(ExportError::Cancelled) => ExportState::Cancelled,
        Err(_) => ExportState::BrokenOff,
    };
    let entry = NewEntry {
        actor: request.actor.to_owned(),
        action: Action::ExportEnded,
        subject: Some(format!("entry {}", begun.entry)),
        reason: None,
        detail: Some(end_detail(state, report)),
    };
    // A report is made of words and counts: it can always be written.
    let kept = serde_json::to_string(&without_characters(report)).unwrap_or_default();
    (entry, ExportEnd { state, leads: report.leads, total: report.total, report: kept })
}

fn end_detail(state: ExportState, report: &ExportReport) -> String {
    let mut detail = format!("state={} leads={}", state.word(), report.leads);
    if report.without_key > 0 {
        detail += &format!(" without-key={}", report.without_key);
    }
    for (reason, leads) in &report.left_out {
        detail += &format!(" {}={leads}", reason.word());
    }
    let unmapped: u64 = report.unmapped.iter().map(|column| column.count).sum();
    if unmapped > 0 {
        detail += &format!(" unmapped={unmapped}");
    }
    detail + &format!(" sha256={}", report.sha256)
}

/// A rare character may be a part of somebody's name.
fn without_characters(report: &ExportReport) -> ExportReport {
    let counts = report.unmapped.iter().map(|column| Unmapped { count: column.count, ..Unmapped::of(&column.column) });
    ExportReport { unmapped: counts.collect(), ..report.clone() }
}
