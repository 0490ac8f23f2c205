//! `audit`: checks and reads the audit.

use super::context::{ConfigPath, open_store};
use super::out::{count, out, outln};
use super::table::Table;
use std::process::ExitCode;

/// Check the audit's chain, or read it.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check the whole chain; prints its length and head, to be noted somewhere else
    Verify {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// List entries, oldest first
    List {
        /// The first entry's number
        #[arg(long, default_value_t = 1, value_name = "N")]
        from: u64,
        /// How many at most
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: u32,
        /// One JSON object per entry, a line each
        #[arg(long)]
        json: bool,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let store = open_store(&config.load()?.settings)?;
    match command {
        Command::Verify { json } => {
            let status = store.verify_audit()?;
            if *json {
                outln!("{}", serde_json::to_string(&status)?)?;
            } else {
                match status.broken_at {
                    None => outln!("whole: {}, head {}", count(status.entries, "entry"), status.head)?,
                    Some(seq) => outln!("broken at entry {seq}: it, or one before it, was changed or removed")?,
                }
            }
            Ok(if status.broken_at.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::List { from, limit, json } => {
            let entries = store.audit_entries(*from, *limit as usize)?;
            let mut table = Table::new(&["no.", "at", "who", "action", "on", "reason", "detail"]);
            for entry in entries {
                if *json {
                    outln!("{}", serde_json::to_string(&entry)?)?;
                } else {
                    table.row(vec![
                        entry.seq.to_string(),
                        entry.at.strftime("%FT%TZ").to_string(),
                        entry.actor,
                        entry.action,
                        entry.subject.unwrap_or_default(),
                        entry.reason.unwrap_or_default(),
                        entry.detail.unwrap_or_default(),
                    ]);
                }
            }
            if !*json {
                out!("{table}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
