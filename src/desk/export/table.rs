//! Tables: which rows an export has, and the file they go to, whatever its kind.

use super::cell::Cell;
use super::columns::{self, Column};
use super::cp932::Unmapped;
use super::csv::{Charset, CsvSink};
use super::digest::DigestWriter;
use super::preset::{LeftOut, Plan};
use super::shown::ShownLead;
use super::xlsx::{Cut, XlsxSink};
use super::{ExportError, ExportRequest, Format};
use crate::desk::store::LeadView;
use std::io;

/// The rows of an export.
pub(super) enum Rows<'a> {
    /// All that every lead has.
    Whole(Vec<Column>),
    /// What another program imports.
    Preset(Plan<'a>),
}

impl<'a> Rows<'a> {
    pub(super) fn of(request: &ExportRequest<'a>) -> Result<Self, ExportError> {
        Ok(match request.preset {
            None => Self::Whole(columns::columns(request, &request.store.stored_names(request.filter, request.scope)?)),
            Some(preset) => Self::Preset(Plan::new(preset, request)?),
        })
    }

    pub(super) fn headings(&self) -> Vec<String> {
        match self {
            Self::Whole(columns) => columns.iter().map(|column| column.name.clone()).collect(),
            Self::Preset(plan) => plan.headings().to_vec(),
        }
    }

    /// Why a lead may not be written, as far as it is known before its values are opened.
    pub(super) fn refusal(&self, lead: &LeadView) -> Option<LeftOut> {
        match self {
            Self::Whole(_) => None,
            Self::Preset(plan) => plan.refusal(lead),
        }
    }

    /// The row of a lead, or why it has none.
    pub(super) fn row(&self, lead: &ShownLead<'_>) -> Result<Vec<Cell>, LeftOut> {
        match self {
            Self::Whole(columns) => Ok(columns.iter().map(|column| column.cell(lead)).collect()),
            Self::Preset(plan) => plan.row(lead),
        }
    }
}

/// The kind of a table's file.
#[derive(Debug, Clone, Copy)]
pub(super) enum TableKind {
    Csv(Charset),
    Xlsx,
}

impl TableKind {
    /// Nothing for formats that are no tables.
    pub(super) const fn of(format: Format) -> Option<Self> {
        match format {
            Format::Csv => Some(Self::Csv(Charset::Utf8)),
            Format::CsvExcel => Some(Self::Csv(Charset::Utf8WithBom)),
            Format::CsvCp932 => Some(Self::Csv(Charset::Cp932)),
            Format::Xlsx => Some(Self::Xlsx),
            Format::Jsonl => None,
        }
    }
}

/// A table's file while it is written.
pub(super) enum TableSink<'a, 'out> {
    Csv(Box<CsvSink<'a, 'out>>),
    Xlsx(Box<XlsxSink<'a, 'out>>),
}

impl<'a, 'out> TableSink<'a, 'out> {
    /// Writes the headings.
    pub(super) fn start(kind: TableKind, headings: &[String], out: &'a mut DigestWriter<'out>) -> io::Result<Self> {
        Ok(match kind {
            TableKind::Csv(charset) => Self::Csv(Box::new(CsvSink::start(headings, charset, out)?)),
            TableKind::Xlsx => Self::Xlsx(Box::new(XlsxSink::start(headings, out)?)),
        })
    }

    pub(super) fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        match self {
            Self::Csv(sink) => sink.write(cells),
            Self::Xlsx(sink) => sink.write(cells),
        }
    }

    /// Ends the file; gives the columns that could not be written as they are.
    pub(super) fn finish(self) -> io::Result<(Vec<Unmapped>, Vec<Cut>)> {
        match self {
            Self::Csv(sink) => Ok((sink.finish()?, Vec::new())),
            Self::Xlsx(sink) => Ok((Vec::new(), sink.finish()?)),
        }
    }
}
