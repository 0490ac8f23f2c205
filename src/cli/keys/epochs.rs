//! `keys epochs`: what each epoch waits for, and ending one.

use crate::app::files::DataDir;
use crate::cli::context::{actor, open_keyring, open_store};
use crate::cli::out::{count, local_time, out, outln};
use crate::cli::table::Table;
use crate::desk::privacy::{Custody, EndReason, EpochState, WaitsFor, end_epoch, epoch_states};
use crate::desk::store::SetAside;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::ids::EpochId;
use crate::domain::settings::Settings;
use anyhow::{Context, bail};
use std::sync::Arc;

/// List what epochs wait for before they end, or end one.
///
/// An epoch's private key opens what was sealed to it, also in an old backup of a spool or of Redis.
/// A running service destroys it when nothing is left that needs it. With capture nodes the desk
/// can't see that: end epochs here, when you know that the nodes' spools hold nothing of them.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List them, oldest first: when each began, and what it waits for
    List {
        /// One JSON object per epoch, a line each
        #[arg(long)]
        json: bool,
    },
    /// End one: its leads stay readable, its private key is destroyed; it can't be undone
    End {
        /// Its number, as `list` shows it
        epoch: u32,
        /// End it although it waits: envelopes that are still sealed to it are lost
        #[arg(long, requires = "reason")]
        sign_loss: bool,
        /// Why: node-lost, spools-empty or key-exposed; the audit keeps it
        #[arg(long, value_name = "REASON", requires = "sign_loss")]
        reason: Option<EndReason>,
    },
}

pub(super) fn run(settings: &Settings, command: &Command) -> anyhow::Result<()> {
    let custody = Custody { store: Arc::new(open_store(settings)?), keyring: Arc::new(open_keyring(settings)?) };
    let states = epoch_states(&custody, &DataDir::new(&settings.data_dir).spool(), SystemClock.now())?;
    match command {
        Command::List { json } => list(&states, *json),
        Command::End { epoch, reason, .. } => end(&custody, &states, EpochId(*epoch), *reason),
    }
}

fn list(states: &[EpochState], json: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&["epoch", "began", "leads", "private key", "waits for"]);
    for EpochState { info, waits_for } in states {
        if json {
            let line = serde_json::json!({
                "epoch": info.id, "created_at": info.created_at, "retired_at": info.retired_at,
                "leads": info.leads, "private_key": info.can_open, "waits_for": waits_for,
            });
            outln!("{line}")?;
        }
        table.row(vec![
            info.id.to_string(),
            info.created_at.strftime("%F").to_string(),
            info.leads.to_string(),
            if info.can_open { "there" } else { "destroyed" }.to_owned(),
            in_words(waits_for),
        ]);
    }
    if !json {
        out!("{table}")?;
    }
    Ok(())
}

/// What an epoch waits for, in one line.
pub(in crate::cli) fn in_words(waits_for: &[WaitsFor]) -> String {
    let words = |wait: &WaitsFor| match wait {
        WaitsFor::Next => "the next epoch".to_owned(),
        WaitsFor::Time { until } => format!("{}: until then leads may be under way", local_time(*until)),
        WaitsFor::Spool => "envelopes in this machine's spool".to_owned(),
        WaitsFor::SetAside { place: SetAside::Quarantine, envelopes } => {
            format!("{} in quarantine", count(*envelopes, "envelope"))
        }
        WaitsFor::SetAside { place: SetAside::Unopened, envelopes } => {
            format!("{} that did not open", count(*envelopes, "envelope"))
        }
        WaitsFor::Nodes { nodes } => {
            let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            format!("a word that the spools of {} hold nothing of it", nodes.join(", "))
        }
    };
    waits_for.iter().map(words).collect::<Vec<_>>().join("; ")
}

fn end(custody: &Custody, states: &[EpochState], epoch: EpochId, signed: Option<EndReason>) -> anyhow::Result<()> {
    let state = states.iter().find(|state| state.info.id == epoch);
    let state = state.with_context(|| format!("there is no epoch {epoch}; see: leadseal keys epochs list"))?;
    if !state.info.can_open {
        bail!("epoch {epoch} has ended already");
    }
    if state.waits_for == [WaitsFor::Next] {
        bail!("epoch {epoch} is the current one; begin the next first: leadseal keys rotate");
    }
    if !state.waits_for.is_empty() && signed.is_none() {
        bail!(
            "epoch {epoch} waits for {}. What is still sealed to it could never be opened again; to end it all the same: leadseal keys epochs end {epoch} --sign-loss --reason node-lost|spools-empty|key-exposed",
            in_words(&state.waits_for)
        );
    }
    end_epoch(custody, epoch, &actor(), signed.unwrap_or(EndReason::Drained))?;
    outln!("epoch {epoch} has ended: its private key was destroyed; a running service forgets it within a minute")?;
    Ok(())
}
