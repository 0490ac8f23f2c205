//! Export: leads as CSV or JSON lines, masked, as tokens or in clear; and the reveal of one lead.
//!
//! Streams page by page in constant memory. The audit has an entry before the first byte leaves,
//! and one at the end with the count and the digest. Refuses to write in clear without a reason.

mod columns;
mod csv;
mod digest;
mod jsonl;
mod reveal;
mod shown;

pub use reveal::{Opened, What, reveal_for_request, reveal_for_staff, reveal_lead, seal_note};

use self::csv::CsvSink;
use crate::crypto::keyring::{Keyring, KeyringError};
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{LeadFilter, Store, StoreError};
use crate::domain::form::Form;
use crate::domain::ids::FieldId;
use crate::domain::lead::Reason;
use crate::domain::token::Token;
use digest::DigestWriter;
use jsonl::JsonlSink;
use reveal::LeadKeys;
use shown::{Opener, ShownLead};
use std::io::{self, Write};
use std::sync::Arc;

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
    Csv {
        /// Starts with a byte order mark, by which Excel knows UTF-8.
        bom: bool,
    },
    /// One JSON object a line, values exact.
    Jsonl,
}

impl Format {
    const fn word(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Jsonl => "jsonl",
        }
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
    pub filter: &'a LeadFilter,
    /// What stands in place of a protected value.
    pub mode: Mode,
    /// How leads are written.
    pub format: Format,
    /// Who asks: `cli:<os user>`, later a staff id.
    pub actor: &'a str,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExportReport {
    /// Leads.
    pub leads: u64,
    /// Of these, leads that were to be opened and have no key in this keyring: masked.
    pub without_key: u64,
    /// SHA-256 of all bytes, in hex.
    pub sha256: String,
}

/// Why an export ended early. What was written until then is counted in the audit.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Values in clear need the keyring.
    #[error("values in clear need an unlocked keyring")]
    KeyringNeeded,
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

/// Writes the chosen leads to `out`, oldest first. `progress` hears the count after each page.
///
/// # Errors
/// When a part fails; the audit then says how far it came.
pub fn export(
    request: &ExportRequest<'_>,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<ExportReport, ExportError> {
    match request.mode {
        Mode::Masked | Mode::Tokens => audited(request, None, out, progress),
        Mode::Revealed { .. } => {
            let keyring = request.keyring.ok_or(ExportError::KeyringNeeded)?;
            audited(request, Some(&|lead| keyring.lead_key(lead)), out, progress)
        }
    }
}

fn audited(
    request: &ExportRequest<'_>,
    keys: Option<LeadKeys<'_>>,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<ExportReport, ExportError> {
    let begun = request.store.append_audit(&begin_entry(request))?;
    let mut counted = Counted { out: DigestWriter::new(out), leads: 0, without_key: 0, progress };
    let result = stream(request, keys, &mut counted);
    let report = ExportReport { leads: counted.leads, without_key: counted.without_key, sha256: counted.out.finish() };
    let state = if result.is_ok() { "complete" } else { "broken-off" };
    let masked = match report.without_key {
        0 => String::new(),
        leads => format!(" without-key={leads}"),
    };
    request.store.append_audit(&NewEntry {
        actor: request.actor.to_owned(),
        action: Action::ExportEnded,
        subject: Some(format!("entry {begun}")),
        reason: None,
        detail: Some(format!("state={state} leads={}{masked} sha256={}", report.leads, report.sha256)),
    })?;
    result.map(|()| report)
}

fn begin_entry(request: &ExportRequest<'_>) -> NewEntry {
    let (action, reason) = match request.mode {
        Mode::Masked | Mode::Tokens => (Action::ExportMasked, None),
        Mode::Revealed { reason } => (Action::ExportRevealed, Some(reason.word().to_owned())),
    };
    let filter = request.filter;
    let mut detail = format!("format={} mode={}", request.format.word(), request.mode.word());
    if let Some(since) = filter.since {
        detail += &format!(" since={since}");
    }
    if let Some(stage) = filter.stage {
        detail += &format!(" stage={}", stage.word());
    }
    let subject = filter.form.as_ref().map(|form| format!("form {form}"));
    NewEntry { actor: request.actor.to_owned(), action, subject, reason, detail: Some(detail) }
}

/// The output, with what is known of it so far.
struct Counted<'a> {
    out: DigestWriter<'a>,
    leads: u64,
    without_key: u64,
    progress: &'a mut dyn FnMut(u64),
}

fn stream(
    request: &ExportRequest<'_>,
    keys: Option<LeadKeys<'_>>,
    counted: &mut Counted<'_>,
) -> Result<(), ExportError> {
    match request.format {
        Format::Csv { bom } => {
            let columns = columns::columns(request, &request.store.stored_names(request.filter)?);
            let mut sink = CsvSink::start(&columns, bom, &mut counted.out)?;
            let counts = (&mut counted.leads, &mut counted.without_key);
            pages(request, keys, counts, counted.progress, &mut |lead| sink.write(lead))?;
            Ok(sink.finish()?)
        }
        Format::Jsonl => {
            let mut sink = JsonlSink::start(&mut counted.out);
            let counts = (&mut counted.leads, &mut counted.without_key);
            pages(request, keys, counts, counted.progress, &mut |lead| sink.write(lead))?;
            Ok(sink.finish()?)
        }
    }
}

fn pages(
    request: &ExportRequest<'_>,
    keys: Option<LeadKeys<'_>>,
    (count, without_key): (&mut u64, &mut u64),
    progress: &mut dyn FnMut(u64),
    write: &mut dyn FnMut(&ShownLead<'_>) -> io::Result<()>,
) -> Result<(), ExportError> {
    let mut after = None;
    loop {
        let (leads, cursor) = request.store.leads_oldest_first(request.filter, after, PAGE)?;
        for lead in &leads {
            let opener = match keys.map(|keys| Opener::for_lead(lead, keys)).transpose() {
                // One lead without a key must not keep all others from those who need them.
                Err(ExportError::Keyring(KeyringError::NoLeadKey)) => {
                    *without_key += 1;
                    None
                }
                opener => opener?,
            };
            write(&shown::show(lead, request.mode, opener.as_ref())?)?;
            *count += 1;
        }
        progress(*count);
        match cursor {
            Some(cursor) => after = Some(cursor),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
