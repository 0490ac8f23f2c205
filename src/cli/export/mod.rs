//! `export`: streams leads to a file or standard output.
//!
//! Owns the words of its options, and what it says when it is done. Refuses to overwrite a file,
//! and to write a spreadsheet to a terminal.

mod draft;
mod said;

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::filter::FilterArgs;
use super::out::OutputError;
use crate::desk::export::{ExportError, ExportReport, ExportRequest, Format, Mode, Preset, Progress, export};
use crate::desk::store::{InboxFilter, Store};
use crate::domain::lead::Reason;
use crate::domain::settings::Settings;
use crate::domain::staff::Scope;
use anyhow::bail;
use draft::Draft;
use std::io::{BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write leads as CSV, XLSX or JSON lines; masked unless revealed with a reason
///
/// The oldest come first. Values are masked. With --tokens each value's token stands in its place; with --reveal and a
/// reason the values are in clear, and the audit says who, why, how many, and the file's SHA-256.
///
/// With --preset the file is what another program imports: its headings, its words, values in clear. Leads that it
/// can't take, or may not get for want of a consent, are left out and counted.
///
/// In CSV a cell that a spreadsheet would take for a formula gets a leading apostrophe; in XLSX it is a text.
/// A file appears when it is complete, readable by its owner only; an export that breaks off leaves none.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// How to write them
    #[arg(long, value_enum, default_value_t = FormatArg::Csv)]
    format: FormatArg,
    /// For which program; values in clear, needs --reason
    #[arg(long, value_enum, requires = "reason", conflicts_with = "tokens")]
    preset: Option<PresetArg>,
    /// Values in clear; needs --reason
    #[arg(long, requires = "reason", conflicts_with = "tokens")]
    reveal: bool,
    /// Why: reply, handover, data-subject-request, support or audit
    #[arg(long, value_name = "REASON")]
    reason: Option<Reason>,
    /// Each value's token in place of its mask
    #[arg(long)]
    tokens: bool,
    /// The file to write (made with mode 0600; never overwritten) [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterArgs,
}

const EXAMPLES: &str = "\
Examples:
  leadseal export -o leads.csv
  leadseal export --form contact --since 2026-11-01 --until 2026-11-30 --format csv-excel -o november.csv
  leadseal export --stage qualified --owner sato@example.jp --preset hubspot --reason handover -o hubspot.csv
  leadseal export --tag expo --source cpc --reveal --reason handover --format xlsx -o expo.xlsx";

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    /// Comma-separated values, UTF-8, a heading line, CRLF (RFC 4180)
    Csv,
    /// The same with a byte order mark, so that Excel reads UTF-8
    CsvExcel,
    /// The same in CP932 (Windows-31J, "Shift_JIS"); 〓 stands for what it lacks, and is reported
    CsvCp932,
    /// A spreadsheet for Excel, LibreOffice or Google Sheets; texts stay texts
    Xlsx,
    /// One JSON object a line, values exact
    Jsonl,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PresetArg {
    /// HubSpot contacts; those without address and name are left out
    Hubspot,
    /// Salesforce leads; those without last name or company are left out
    Salesforce,
    /// Zoho CRM leads, Japanese headings; those without last name or company are left out
    Zoho,
    /// A kintone app; headings are the form's labels, so one form: --form
    Kintone,
    /// A Mailchimp audience; only people who agreed to `marketing`
    Mailchimp,
    /// Google Customer Match, hashed; only people who agreed to `advertising`
    GoogleCustomerMatch,
    /// A Meta custom audience, hashed; only people who agreed to `advertising`
    Meta,
}

impl FormatArg {
    const fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::CsvExcel => Format::CsvExcel,
            Self::CsvCp932 => Format::CsvCp932,
            Self::Xlsx => Format::Xlsx,
            Self::Jsonl => Format::Jsonl,
        }
    }
}

impl PresetArg {
    const fn preset(self) -> Preset {
        match self {
            Self::Hubspot => Preset::Hubspot,
            Self::Salesforce => Preset::Salesforce,
            Self::Zoho => Preset::Zoho,
            Self::Kintone => Preset::Kintone,
            Self::Mailchimp => Preset::Mailchimp,
            Self::GoogleCustomerMatch => Preset::GoogleCustomerMatch,
            Self::Meta => Preset::Meta,
        }
    }
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let (format, preset) = (args.format.format(), args.preset.map(PresetArg::preset));
    if args.output.is_none() && format == Format::Xlsx && std::io::stdout().is_terminal() {
        bail!("a spreadsheet is not for a terminal; name a file: --output leads.xlsx");
    }
    let settings = config.load()?.settings;
    let store = open_store(&settings)?;
    let filter = filter(&settings, &store, args, preset)?;
    let mode = match args.reason {
        Some(reason) if args.reveal || preset.is_some() => Mode::Revealed { reason },
        _ if args.tokens => Mode::Tokens,
        _ => Mode::Masked,
    };
    let keyring = match mode {
        Mode::Revealed { .. } => Some(open_keyring(&settings)?),
        Mode::Masked | Mode::Tokens => None,
    };
    let request = ExportRequest {
        store: &store,
        keyring: keyring.as_ref(),
        forms: &settings.forms,
        filter: &filter,
        scope: &Scope::All,
        mode,
        format,
        preset,
        actor: &actor(),
        record: None,
    };
    let report = match &args.output {
        None => to_standard_output(&request)?,
        Some(path) => {
            let mut draft = Draft::beside(path)?;
            let report = to_file(&request, &mut draft)?;
            draft.publish()?;
            report
        }
    };
    eprint!("{}", said::of(&report, preset, args.output.as_deref()));
    Ok(if report.without_key > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The chosen leads. kintone's headings are those of one form: of the only one, where it is not
/// named.
fn filter(settings: &Settings, store: &Store, args: &Args, preset: Option<Preset>) -> anyhow::Result<InboxFilter> {
    let mut filter = args.filter.filter(settings, store)?;
    if preset == Some(Preset::Kintone) && filter.form.is_none() {
        let known: Vec<&str> = settings.forms.iter().map(|form| form.id.as_str()).collect();
        let [only] = &settings.forms[..] else {
            bail!("kintone's columns are the fields of one form; choose it with --form: {}", known.join(", "));
        };
        filter.form = Some(only.id.clone());
    }
    Ok(filter)
}

fn to_standard_output(request: &ExportRequest<'_>) -> anyhow::Result<ExportReport> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let report = export(request, &mut out, &mut |_| ControlFlow::Continue(())).map_err(|error| match error {
        ExportError::Write(cause) => OutputError(cause).into(),
        error => anyhow::Error::from(error),
    })?;
    out.flush().map_err(OutputError)?;
    Ok(report)
}

fn to_file(request: &ExportRequest<'_>, draft: &mut Draft) -> anyhow::Result<ExportReport> {
    let show_progress = std::io::stderr().is_terminal();
    let mut progress = |Progress { read, total }: Progress| {
        if show_progress {
            eprint!("\r{read} of {total} leads read");
        }
        ControlFlow::Continue(())
    };
    let mut out = BufWriter::new(draft.file());
    let report = export(request, &mut out, &mut progress);
    if show_progress {
        eprintln!();
    }
    let report = report?;
    out.flush().map_err(ExportError::Write)?;
    Ok(report)
}
