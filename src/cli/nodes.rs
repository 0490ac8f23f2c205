//! `nodes`: which capture nodes there are; takes one out of service.

use super::context::{ConfigPath, actor, open_store};
use super::out::{out, outln};
use super::table::Table;
use crate::domain::ids::NodeId;
use crate::domain::settings::Settings;
use anyhow::bail;
use std::process::ExitCode;

/// List capture nodes, or revoke one.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the nodes that were enrolled
    List {
        /// One JSON object per node, a line each
        #[arg(long)]
        json: bool,
    },
    /// Revoke a node: the desk reads nothing more of it, and it takes in nothing more once it knows
    ///
    /// What waits in its spool stays there; enrolling it again brings it in. Change its Redis
    /// password too when the machine was in strange hands.
    Revoke {
        /// The node's id
        node: NodeId,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::List { json } => list(&settings, *json)?,
        Command::Revoke { node } => revoke(&settings, node)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let nodes = open_store(settings)?.nodes()?;
    let mut table = Table::new(&["node", "enrolled", "revoked"]);
    for node in &nodes {
        if json {
            let (enrolled_at, revoked_at) = (node.enrolled_at, node.revoked_at);
            outln!(
                "{}",
                serde_json::json!({ "node": node.node, "enrolled_at": enrolled_at, "revoked_at": revoked_at })
            )?;
        } else {
            let shown = |at: jiff::Timestamp| at.strftime("%FT%TZ").to_string();
            let revoked = node.revoked_at.map(shown).unwrap_or_default();
            table.row(vec![node.node.to_string(), shown(node.enrolled_at), revoked]);
        }
    }
    match (json, nodes.is_empty()) {
        (true, _) => {}
        (false, true) => outln!("none: enrol the first with: leadseal enrol web1")?,
        (false, false) => out!("{table}")?,
    }
    Ok(())
}

fn revoke(settings: &Settings, node: &NodeId) -> anyhow::Result<()> {
    let store = open_store(settings)?;
    if !store.revoke_node(node, &actor())? {
        bail!("there is no node {node}, or it is revoked already; see: leadseal nodes list");
    }
    outln!("{node} is revoked; a running desk stops reading it within seconds and tells it so")?;
    Ok(())
}
