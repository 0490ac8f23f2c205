//! Export: leads as CSV, XLSX or JSON lines, masked, as tokens or in clear, whole or as another
//! program imports them; and the reveal of one lead.
//!
//! Streams page by page in constant memory. The audit has an entry before the first byte leaves,
//! and one at the end with the count and the digest. Refuses to write in clear without a reason.

mod cell;
mod columns;
mod cp932;
mod csv;
mod digest;
mod jsonl;
mod preset;
mod record;
mod reveal;
mod shown;
mod table;
mod xlsx;

pub use cp932::Unmapped;
pub use preset::{LeftOut, LeftOutCounts, Preset};
pub use record::Record;
pub use xlsx::Cut;

pub use reveal::{Opened, What, reveal_for_request, reveal_for_staff, reveal_lead, seal_note};

use crate::crypto::keyring::{Keyring, KeyringError};
use crate::desk::store::{InboxFilter, LeadView, Store, StoreError};
use crate::domain::form::Form;
use crate::domain::ids::FieldId;
use crate::domain::lead::Reason;
use crate::domain::staff::Scope;
use crate::domain::token::Token;
use digest::DigestWriter;
use jsonl::JsonlSink;
use reveal::LeadKeys;
use shown::{Opener, ShownLead};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use table::{Rows, TableKind, TableSink};

/// Leads read at a time.
const PAGE: usize = 500;

/// What stands in place of a protected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Its masked form.
    Masked,
    /// Its token; the masked form where there is none.
    Tokens,
    /// The value itself.
    Revealed {
        /// Why, for the audit.
        reason: Reason,
    },
}

impl Mode {
    const fn word(self) -> &'static str {
        match self {
            Self::Masked => "masked",
            Self::Tokens => "tokens",
            Self::Revealed { .. } => "revealed",
        }
    }
}

/// How leads are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180), UTF-8, with a heading line. A cell that a spreadsheet
    /// would take for a formula gets a leading apostrophe, telephone numbers with `+` among them.
    Csv,
    /// The same with a byte order mark, by which Excel knows UTF-8.
    CsvExcel,
    /// The same in CP932 (Windows-31J). What it lacks is counted in the report.
    CsvCp932,
    /// A spreadsheet whose texts are texts.
    Xlsx,
    /// One JSON object a line, values exact.
    Jsonl,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Csv, Self::CsvExcel, Self::CsvCp932, Self::Xlsx, Self::Jsonl];

    /// Its word in the audit and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvExcel => "csv-excel",
            Self::CsvCp932 => "csv-cp932",
            Self::Xlsx => "xlsx",
            Self::Jsonl => "jsonl",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}

/// What to export, and for whom.
#[derive(Clone, Copy)]
pub struct ExportRequest<'a> {
    /// Where the leads are.
    pub store: &'a Store,
    /// What opens values; needed for [`Mode::Revealed`] only.
    pub keyring: Option<&'a Keyring>,
    /// The forms, whose order of fields the columns follow.
    pub forms: &'a [Arc<Form>],
    /// Which leads.
    pub filter: &'a InboxFilter,
    /// Of those, the ones that whoever asks may see.
    pub scope: &'a Scope,
    /// What stands in place of a protected value.
    pub mode: Mode,
    /// How leads are written.
    pub format: Format,
    /// The program that is to import them, where it is not all of them with all they have. It gets
    /// values in clear: [`Mode::Revealed`] only.
    pub preset: Option<Preset>,
    /// Who asks: `cli:<os user>`, `staff:<id>`.
    pub actor: &'a str,
    /// Under which it is looked up later, where it is.
    pub record: Option<Record>,
}

impl<'a> ExportRequest<'a> {
    /// The forms whose leads may be in it.
    fn chosen_forms(&self) -> impl Iterator<Item = &'a Arc<Form>> + use<'a> {
        let (forms, filter, scope) = (self.forms, self.filter, self.scope);
        forms.iter().filter(move |form| {
            filter.form.as_ref().is_none_or(|wanted| form.id == *wanted)
                && filter.site.as_ref().is_none_or(|wanted| form.site == *wanted)
                && scope.covers(&form.site, &form.id)
        })
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExportReport {
    /// Leads that there were to write.
    pub total: u64,
    /// Leads that were written.
    pub leads: u64,
    /// Leads that were to be opened and have no key in this keyring: masked, or with a preset not
    /// written.
    pub without_key: u64,
    /// Leads that the preset leaves out.
    pub left_out: LeftOutCounts,
    /// Columns with characters that the encoding lacks.
    pub unmapped: Vec<Unmapped>,
    /// Columns with texts that are too long for a cell.
    pub cut: Vec<Cut>,
    /// SHA-256 of all bytes, in hex.
    pub sha256: String,
    /// The file's length.
    pub bytes: u64,
}

/// Why an export ended early. What was written until then is counted in the audit.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Values in clear need the keyring.
    #[error("values in clear need an unlocked keyring")]
    KeyringNeeded,
    /// A preset without clear values.
    #[error("the preset {} takes values in clear: they need a reason", .0.word())]
    ClearNeeded(Preset),
    /// The program that the preset is for can't read the format.
    #[error("the preset {} can't be written as {}; it is read as: {}", .0.word(), .1.word(), formats_of(*.0))]
    FormatNotTaken(Preset, Format),
    /// A preset whose headings are those of one form.
    #[error("kintone's columns are the fields of one form: choose the form")]
    FormNeeded,
    /// Whoever watches it has stopped it.
    #[error("the export was stopped")]
    Cancelled,
    /// There is no such lead.
    #[error("there is no lead {0}")]
    NoLead(Token),
    /// A stored value does not open.
    #[error("field {field} of lead {lead} does not open; the stored value is damaged")]
    Unreadable {
        /// The lead.
        lead: Token,
        /// The field.
        field: FieldId,
    },
    /// A note does not open.
    #[error("a note on lead {0} does not open; it is damaged")]
    UnreadableNote(Token),
    /// The store failed, or the audit could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring failed.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The output could not be written.
    #[error("the export can't be written to its end")]
    Write(#[from] io::Error),
}

fn formats_of(preset: Preset) -> String {
    let taken: Vec<&str> =
        Format::ALL.into_iter().filter(|format| preset.takes(*format)).map(|format| format.word()).collect();
    taken.join(", ")
}

/// An export whose beginning is in the audit.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    /// The audit entry.
    entry: u64,
    /// The last lead that belongs to it: what comes in while it runs does not.
    last: i64,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Leads that were read.
    pub read: u64,
    /// Leads that there are to read.
    pub total: u64,
}

/// Hears after each page how far an export is, and may stop it.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Writes the chosen leads to `out`, oldest first.
///
/// # Errors
/// When a part fails; the audit then says how far it came.
pub fn export(request: &ExportRequest<'_>, out: &mut dyn Write, watch: Watch<'_>) -> Result<ExportReport, ExportError> {
    let begun = begin(request)?;
    write(request, begun, out, watch)
}

/// Writes down that an export begins. From now on it may be written.
///
/// # Errors
/// When it is known to be impossible, or can't be audited.
pub fn begin(request: &ExportRequest<'_>) -> Result<Begun, ExportError> {
    if matches!(request.mode, Mode::Revealed { .. }) && request.keyring.is_none() {
        return Err(ExportError::KeyringNeeded);
    }
    begin_checked(request)
}

/// Writes an export that has begun.
///
/// # Errors
/// When a part fails; the audit then says how far it came.
pub fn write(
    request: &ExportRequest<'_>,
    begun: Begun,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<ExportReport, ExportError> {
    match (request.mode, request.keyring) {
        (Mode::Revealed { .. }, Some(keyring)) => {
            write_audited(request, begun, Some(&|lead| keyring.lead_key(lead)), out, watch)
        }
        _ => write_audited(request, begun, None, out, watch),
    }
}

/// What is known to be impossible before the audit has its entry.
fn check(request: &ExportRequest<'_>) -> Result<(), ExportError> {
    let Some(preset) = request.preset else { return Ok(()) };
    if !matches!(request.mode, Mode::Revealed { .. }) {
        return Err(ExportError::ClearNeeded(preset));
    }
    if !preset.takes(request.format) {
        return Err(ExportError::FormatNotTaken(preset, request.format));
    }
    if preset == Preset::Kintone && request.filter.form.is_none() {
        return Err(ExportError::FormNeeded);
    }
    Ok(())
}

fn begin_checked(request: &ExportRequest<'_>) -> Result<Begun, ExportError> {
    check(request)?;
    let last = request.store.last_lead()?;
    let record = record::new_record(request);
    Ok(Begun { entry: request.store.begin_export(&record::begin_entry(request), record.as_ref())?, last })
}

fn write_audited(
    request: &ExportRequest<'_>,
    begun: Begun,
    keys: Option<LeadKeys<'_>>,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<ExportReport, ExportError> {
    let mut digest = DigestWriter::new(out);
    let mut report = ExportReport::default();
    let result = stream(request, begun, keys, &mut digest, &mut report, &mut *watch);
    // Who stopped it may have shut its output as well: that is the reason then.
    let mut is_stopped = || watch(Progress { read: report.leads, total: report.total }).is_break();
    let result = match result {
        Err(ExportError::Write(_)) if is_stopped() => Err(ExportError::Cancelled),
        result => result,
    };
    (report.sha256, report.bytes) = digest.finish();
    let (entry, end) = record::ended(request, begun, &report, result.as_ref().copied());
    request.store.end_export(&entry, request.record.map(|record| record.id), &end)?;
    result.map(|()| report)
}

fn stream(
    request: &ExportRequest<'_>,
    begun: Begun,
    keys: Option<LeadKeys<'_>>,
    out: &mut DigestWriter<'_>,
    report: &mut ExportReport,
    watch: Watch<'_>,
) -> Result<(), ExportError> {
    report.total = request.store.count_leads(request.filter, request.scope)?;
    let mut tell = |read: u64, total: u64| match watch(Progress { read, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExportError::Cancelled),
    };
    tell(0, report.total)?;
    let walk = Walk { request, last: begun.last, keys };
    let Some(kind) = TableKind::of(request.format) else {
        let mut sink = JsonlSink::start(out);
        walk.pages(report, &mut tell, &|_| None, &mut |lead| sink.write(lead).map(|()| None))?;
        return Ok(sink.finish()?);
    };
    let rows = Rows::of(request)?;
    let mut sink = TableSink::start(kind, &rows.headings(), out)?;
    walk.pages(report, &mut tell, &|lead| rows.refusal(lead), &mut |lead| match rows.row(lead) {
        Ok(cells) => sink.write(&cells).map(|()| None),
        Err(reason) => Ok(Some(reason)),
    })?;
    (report.unmapped, report.cut) = sink.finish()?;
    Ok(out.flush()?)
}

/// The walk through the leads of an export.
struct Walk<'a> {
    request: &'a ExportRequest<'a>,
    last: i64,
    keys: Option<LeadKeys<'a>>,
}

impl Walk<'_> {
    /// Calls `write` with each lead that is not refused, and counts what became of it. `write` may
    /// leave a lead out, too.
    fn pages(
        &self,
        report: &mut ExportReport,
        tell: &mut dyn FnMut(u64, u64) -> Result<(), ExportError>,
        refusal: &dyn Fn(&LeadView) -> Option<LeftOut>,
        write: &mut dyn FnMut(&ShownLead<'_>) -> io::Result<Option<LeftOut>>,
    ) -> Result<(), ExportError> {
        let (request, keys) = (self.request, self.keys);
        let (mut after, mut read) = (None, 0);
        loop {
            let (leads, cursor) =
                request.store.leads_oldest_first(request.filter, request.scope, (after, self.last), PAGE)?;
            for lead in &leads {
                read += 1;
                let mut left_out = refusal(lead);
                if left_out.is_none() {
                    let opener = opener(lead, keys)?;
                    if keys.is_some() && opener.is_none() {
                        report.without_key += 1;
                        if request.preset.is_some() {
                            continue;
                        }
                    }
                    left_out = write(&shown::show(lead, request.mode, opener.as_ref())?)?;
                }
                match left_out {
                    None => report.leads += 1,
                    Some(reason) => *report.left_out.entry(reason).or_default() += 1,
                }
            }
            tell(read, report.total)?;
            match cursor {
                Some(cursor) => after = Some(cursor),
                None => return Ok(()),
            }
        }
    }
}

/// What opens a lead; nothing without keys, and where its own is gone: one such lead must not keep
/// all others from those who need them.
fn opener(lead: &LeadView, keys: Option<LeadKeys<'_>>) -> Result<Option<Opener>, ExportError> {
    match keys.map(|keys| Opener::for_lead(lead, keys)).transpose() {
        Err(ExportError::Keyring(KeyringError::NoLeadKey)) => Ok(None),
        opener => opener,
    }
}

#[cfg(test)]
mod tests;
