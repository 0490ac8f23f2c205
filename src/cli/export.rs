//! `export`: streams leads to a file or standard output.

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::leads::FilterArgs;
use super::out::OutputError;
use crate::desk::export::{ExportError, ExportRequest, Format, Mode, export};
use crate::domain::lead::Reason;
use anyhow::Context;
use std::fs::OpenOptions;
use std::io::{BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write leads as CSV or JSON lines; masked unless revealed with a reason
///
/// The oldest come first. Values are masked. With --tokens each value's token stands in its place; with --reveal and a
/// reason the values are in clear, and the audit says who, why, how many, and the file's SHA-256.
/// In CSV a cell that a spreadsheet would take for a formula gets a leading apostrophe.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to write them
    #[arg(long, value_enum, default_value_t = FormatArg::Csv)]
    format: FormatArg,
    #[command(flatten)]
    filter: FilterArgs,
    /// Values in clear; needs --reason
    #[arg(long, requires = "reason", conflicts_with = "tokens")]
    reveal: bool,
    /// Why: reply, handover, data-subject-request, support or audit
    #[arg(long, value_name = "REASON")]
    reason: Option<Reason>,
    /// Each value's token in place of its mask
    #[arg(long)]
    tokens: bool,
    /// CSV: start with a byte order mark, so that Excel reads UTF-8
    #[arg(long)]
    bom: bool,
    /// The file to write (made with mode 0600; never overwritten) [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    /// Comma-separated values, UTF-8, a heading line, CRLF (RFC 4180)
    Csv,
    /// One JSON object a line
    Jsonl,
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let store = open_store(&settings)?;
    let filter = args.filter.filter(&settings)?;
    let keyring = if args.reveal { Some(open_keyring(&settings)?) } else { None };
    let mode = match (args.reveal, args.reason) {
        (true, Some(reason)) => Mode::Revealed { reason },
        _ if args.tokens => Mode::Tokens,
        _ => Mode::Masked,
    };
    let format = match args.format {
        FormatArg::Csv => Format::Csv { bom: args.bom },
        FormatArg::Jsonl => Format::Jsonl,
    };
    let mut out = open_output(args)?;
    let show_progress = args.output.is_some() && std::io::stderr().is_terminal();
    let mut progress = |leads: u64| {
        if show_progress {
            eprint!("\r{leads} leads");
        }
    };
    let actor = actor();
    let request = ExportRequest {
        store: &store,
        keyring: keyring.as_ref(),
        forms: &settings.forms,
        filter: &filter,
        mode,
        format,
        actor: &actor,
    };
    let report = export(&request, &mut out, &mut progress).map_err(|error| match error {
        ExportError::Write(cause) if args.output.is_none() => OutputError(cause).into(),
        error => anyhow::Error::from(error),
    })?;
    if show_progress {
        eprintln!();
    }
    if let Some(path) = &args.output {
        eprintln!("{}: {} leads, sha256 {}", path.display(), report.leads, report.sha256);
    }
    if report.without_key > 0 {
        eprintln!(
            "leadseal: {} of {} leads stand masked, because keyring.db has no key for them: they were erased, or it is \
             older than leads.db; then put the newer copy back and export again",
            report.without_key, report.leads
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn open_output(args: &Args) -> anyhow::Result<Box<dyn Write>> {
    Ok(match &args.output {
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
        Some(path) => {
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("{} can't be made (an export never overwrites)", path.display()))?;
            Box::new(BufWriter::new(file))
        }
    })
}
