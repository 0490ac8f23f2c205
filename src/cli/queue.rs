//! `queue`: how much is on its way; asks for what was lost with the desk's files.

use super::context::{ConfigPath, actor, open_store};
use super::out::outln;
use std::process::ExitCode;

/// Ask for leads again that the desk once confirmed.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask every capture node, and the spool of this machine, for the last 72 hours again
    ///
    /// The desk does this by itself when it notices that its leads.db is older than what it once
    /// confirmed. Leads that are there stay as they are; nobody is mailed twice for one.
    Replay,
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::Replay => {
            let mark = open_store(&settings)?.begin_incarnation(&actor(), None)?;
            outln!(
                "asked (life {} of the store); a running service begins within seconds, or when it is started",
                mark.incarnation
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
