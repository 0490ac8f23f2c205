//! Exports that staff began in the console: their beginning and their end, each with its audit entry in
//! one transaction, and what is looked up of them later.
//!
//! Holds words and counts. Refuses to know what an export wrote.

use super::{Store, StoreError, audit_log, rows};
use crate::desk::audit::NewEntry;
use crate::domain::ids::{ExportId, StaffId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// An export that begins.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// Its id.
    pub id: ExportId,
    /// Whose it is.
    pub staff: StaffId,
    /// What stands in place of values, as a word.
    pub mode: &'static str,
    /// The file's format, as a word.
    pub format: &'static str,
    /// The program it is for, as a word.
    pub preset: Option<&'static str>,
    /// Why values are in clear, as a word.
    pub reason: Option<&'static str>,
    /// Which leads: `key=value` words.
    pub filter: String,
}

/// How far an export has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportState {
    /// It runs; or the process that ran it ended before it did.
    Running,
    /// All of it was taken.
    Complete,
    /// Somebody stopped it.
    Cancelled,
    /// It could not be written to its end.
    BrokenOff,
}

impl ExportState {
    /// The state's word in the store and in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::BrokenOff => "broken-off",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Running, Self::Complete, Self::Cancelled, Self::BrokenOff].into_iter().find(|state| state.word() == word)
    }
}

/// How an export ended.
#[derive(Debug, Clone)]
pub struct ExportEnd {
    /// Never [`ExportState::Running`].
    pub state: ExportState,
    /// Leads in the file.
    pub leads: u64,
    /// Leads that were asked for.
    pub total: u64,
    /// The whole report as JSON, of which the store knows nothing.
    pub report: String,
}

/// An export as it is looked up.
#[derive(Debug, Clone)]
pub struct ExportView {
    /// Its id.
    pub id: ExportId,
    /// Whose it is.
    pub staff: StaffId,
    /// What stands in place of values, as a word.
    pub mode: String,
    /// The file's format, as a word.
    pub format: String,
    /// The program it is for, as a word.
    pub preset: Option<String>,
    /// Why values are in clear, as a word.
    pub reason: Option<String>,
    /// Which leads: `key=value` words.
    pub filter: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How far it has come.
    pub state: ExportState,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Leads in the file.
    pub leads: u64,
    /// Leads that were asked for.
    pub total: u64,
    /// The whole report as JSON, once it has ended.
    pub report: Option<String>,
}

impl Store {
    /// Writes down that an export begins: in the audit, and as a row where staff look it up. Gives the
    /// audit entry's place.
    ///
    /// # Errors
    /// When it can't be written; then nothing may be exported.
    pub fn begin_export(&self, entry: &NewEntry, new: Option<&NewExport>) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            if let Some(new) = new {
                transaction
                    .prepare_cached(
                        "INSERT INTO exports (id, staff, mode, format, preset, reason, filter, started_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    )?
                    .execute(params![
                        new.id.to_string(),
                        new.staff.to_string(),
                        new.mode,
                        new.format,
                        new.preset,
                        new.reason,
                        new.filter,
                        now.as_millisecond(),
                    ])?;
            }
            Ok(audit_log::append(transaction, entry, now)?)
        })
    }

    /// Writes down how an export ended.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_export(&self, entry: &NewEntry, id: Option<ExportId>, end: &ExportEnd) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            if let Some(id) = id {
                transaction
                    .prepare_cached(
                        "UPDATE exports SET state = ?2, ended_at = ?3, leads = ?4, total = ?5, report = ?6 WHERE id = ?1",
                    )?
                    .execute(params![
                        id.to_string(),
                        end.state.word(),
                        now.as_millisecond(),
                        end.leads.cast_signed(),
                        end.total.cast_signed(),
                        end.report,
                    ])?;
            }
            audit_log::append(transaction, entry, now)?;
            Ok(())
        })
    }

    /// An export.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn export_record(&self, id: ExportId) -> Result<Option<ExportView>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT * FROM exports WHERE id = ?1")?;
            Ok(statement.query_row([id.to_string()], view).optional()?)
        })
    }

    /// Exports, the newest first: of one member of staff, or of all.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn export_records(&self, of: Option<StaffId>, limit: usize) -> Result<Vec<ExportView>, StoreError> {
        let (condition, of) = match of {
            Some(staff) => ("staff = ?1", Some(staff.to_string())),
            None => ("?1 IS NULL", None),
        };
        let sql = format!("SELECT * FROM exports WHERE {condition} ORDER BY started_at DESC, id LIMIT ?2");
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params![of, rows::limit(limit)], view)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<ExportView> {
    Ok(ExportView {
        id: rows::word(row, "id", |text| text.parse().ok())?,
        staff: rows::word(row, "staff", |text| text.parse().ok())?,
        mode: row.get("mode")?,
        format: row.get("format")?,
        preset: row.get("preset")?,
        reason: row.get("reason")?,
        filter: row.get("filter")?,
        started_at: rows::time(row, "started_at")?,
        state: rows::word(row, "state", ExportState::from_word)?,
        ended_at: rows::optional_time(row, "ended_at")?,
        leads: rows::count(row, "leads")?,
        total: rows::count(row, "total")?,
        report: row.get("report")?,
    })
}
