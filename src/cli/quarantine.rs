//! `quarantine`: submissions that look like a robot's work, kept sealed; nobody was told.

use super::context::{ConfigPath, actor, open_store, replay_parts};
use super::out::{out, outln};
use super::table::Table;
use crate::desk::ingest::{Released, release};
use crate::desk::store::{HeldView, Store};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use crate::domain::token::Token;
use anyhow::bail;
use jiff::SignedDuration;
use std::process::ExitCode;

/// Envelopes listed at a time.
const PAGE: usize = 500;

/// List, release or delete submissions that look like a robot's work.
///
/// They were answered like any other and are kept as they came, sealed; nobody was told of them.
/// `release` makes a lead of one: it gets its number, and a running service sends its mails.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List them, oldest first: when, which lead each would become, which form, and why
    List {
        /// Only those of this form
        #[arg(long)]
        form: Option<FormId>,
        /// One JSON object per submission, a line each
        #[arg(long)]
        json: bool,
    },
    /// Make leads of these, and tell sales
    Release {
        /// Their tokens, as `list` shows them
        #[arg(required = true)]
        token: Vec<Token>,
    },
    /// Delete these for good, or all that have been there for long
    Purge {
        /// Their tokens, as `list` shows them
        #[arg(required_unless_present = "older_than")]
        token: Vec<Token>,
        /// All that have been there for more days than this
        #[arg(long, value_name = "DAYS", conflicts_with = "token")]
        older_than: Option<u32>,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::List { form, json } => list(&open_store(&settings)?, form.as_ref(), *json)?,
        Command::Release { token } => return release_all(&settings, token),
        Command::Purge { token, older_than: None } => return purge(&open_store(&settings)?, token),
        Command::Purge { older_than: Some(days), .. } => purge_old(&open_store(&settings)?, *days)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Goes through the quarantine page by page.
fn each(
    store: &Store,
    form: Option<&FormId>,
    mut visit: impl FnMut(HeldView) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = store.held(form, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.at, last.token));
        page.into_iter().try_for_each(&mut visit)?;
    }
}

fn list(store: &Store, form: Option<&FormId>, json: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&["received", "token", "form", "why"]);
    let mut count = 0usize;
    each(store, form, |held| {
        count += 1;
        let words: Vec<&str> = held.reasons.iter().map(|reason| reason.word()).collect();
        if json {
            outln!(
                "{}",
                serde_json::json!({ "received_at": held.received_at, "held_at": held.at, "token": held.token, "form": held.form, "why": words })
            )?;
        } else {
            let at = held.received_at.strftime("%FT%RZ").to_string();
            table.row(vec![at, held.token.to_string(), held.form, words.join(", ")]);
        }
        Ok(())
    })?;
    match (json, count) {
        (true, _) => {}
        (false, 0) => outln!("none: nothing looked like a robot's work")?,
        (false, _) => out!("{table}")?,
    }
    Ok(())
}

fn release_all(settings: &Settings, tokens: &[Token]) -> anyhow::Result<ExitCode> {
    let parts = replay_parts(settings)?;
    let mut code = ExitCode::SUCCESS;
    for token in tokens {
        let words = match release(&parts, *token, &actor())? {
            Released::Stored => "released: it is a lead now",
            Released::Erased => "released, and deleted: the data of its sender were erased after it was sent",
            Released::Unknown => "not in quarantine; see: leadseal quarantine list",
            Released::Unopened => "does not open with this keyring, and stays",
        };
        if words.starts_with("released") {
            outln!("{token} {words}")?;
        } else {
            eprintln!("{token} {words}");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn purge(store: &Store, tokens: &[Token]) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for token in tokens {
        if store.purge_held(*token, &actor())? {
            outln!("{token} deleted")?;
        } else {
            eprintln!("{token} is not in quarantine; see: leadseal quarantine list");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn purge_old(store: &Store, days: u32) -> anyhow::Result<()> {
    let Ok(limit) = SystemClock.now().checked_sub(SignedDuration::from_hours(24 * i64::from(days))) else {
        bail!("--older-than {days} reaches back before all dates")
    };
    let mut old = Vec::new();
    each(store, None, |held| {
        old.extend((held.at < limit).then_some(held.token));
        Ok(())
    })?;
    let mut deleted = 0usize;
    for token in old {
        deleted += usize::from(store.purge_held(token, &actor())?);
    }
    outln!("{deleted} deleted")?;
    Ok(())
}
