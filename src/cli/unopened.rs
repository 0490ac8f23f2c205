//! `unopened`: envelopes that did not open, kept sealed.

use super::context::{ConfigPath, actor, open_store, replay_parts};
use super::out::{out, outln};
use super::table::Table;
use crate::desk::ingest::replay;
use crate::domain::settings::Settings;
use std::process::ExitCode;

/// Envelopes listed at a time.
const PAGE: usize = 500;

/// List envelopes that did not open, or try them again.
///
/// An envelope that was damaged, or sealed to a key this keyring does not hold, is set aside as it
/// came, so that others flow. After the right keyring is back, `replay` makes leads of them.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List them, oldest first: when, which lead it was to become, and why it did not open
    List {
        /// One JSON object per envelope, a line each
        #[arg(long)]
        json: bool,
    },
    /// Try them all again; a running service sends the mails of those that open
    Replay {
        /// One JSON object: {"opened": …, "unopened": …}
        #[arg(long)]
        json: bool,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::List { json } => list(&settings, *json)?,
        Command::Replay { json } => try_again(&settings, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let store = open_store(settings)?;
    let mut table = Table::new(&["set aside", "lead", "why", "bytes"]);
    let (mut after, mut count) = (None, 0usize);
    loop {
        let page = store.unopened(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        count += page.len();
        for one in page {
            let bytes = one.envelope.len();
            if json {
                outln!(
                    "{}",
                    serde_json::json!({ "at": one.at, "lead": one.token, "why": one.reason, "bytes": bytes })
                )?;
            } else {
                let at = one.at.strftime("%FT%TZ").to_string();
                table.row(vec![at, one.token.to_string(), one.reason, bytes.to_string()]);
            }
        }
    }
    match (json, count) {
        (true, _) => {}
        (false, 0) => outln!("none: every envelope opened")?,
        (false, _) => out!("{table}")?,
    }
    Ok(())
}

fn try_again(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let parts = replay_parts(settings)?;
    let replayed = replay(&parts, &actor())?;
    if json {
        outln!("{}", serde_json::to_string(&replayed)?)?;
    } else {
        outln!("{} opened and stored, {} still set aside", replayed.opened, replayed.unopened)?;
    }
    Ok(())
}
