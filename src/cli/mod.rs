//! The command line: one file per command.
//!
//! Owns arguments, output and exit codes (0 done, 1 failed, 2 wrong usage, 141 the
//! reader of standard output went away). Refuses secrets as
//! arguments: they would stand in the process list and the shell's history.

#[cfg(feature = "desk")]
mod audit;
mod check;
mod context;
#[cfg(feature = "desk")]
pub mod demo;
#[cfg(feature = "desk")]
mod doctor;
#[cfg(feature = "desk")]
mod enrol;
#[cfg(feature = "desk")]
mod export;
#[cfg(feature = "desk")]
mod filter;
mod healthcheck;
#[cfg(feature = "desk")]
mod init;
#[cfg(feature = "desk")]
mod keys;
#[cfg(feature = "desk")]
mod leads;
#[cfg(feature = "desk")]
mod nodes;
mod out;
#[cfg(feature = "desk")]
mod quarantine;
#[cfg(feature = "desk")]
mod queue;
#[cfg(feature = "desk")]
mod requests;
#[cfg(feature = "desk")]
mod retention;
mod serve;
mod site_key;
#[cfg(feature = "desk")]
mod staff;
mod stats;
mod table;
#[cfg(feature = "desk")]
mod unopened;

#[cfg(feature = "desk")]
use clap::{CommandFactory, error::ErrorKind};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

const ABOUT: &str = "Takes enquiries from web forms and seals the personal data in them on arrival.";

const LONG_ABOUT: &str = "\
Takes enquiries from web forms and seals the personal data in them on arrival.

A submission is validated, sealed to a public key before its first byte is written, stored with \
each field masked, hashed or tokenised as its form says, and announced to sales by mail without \
any personal data in it.

First steps:
  leadseal demo              try everything in a temporary directory
  leadseal init              make a configuration, keys and the ready forms here
  leadseal check             find mistakes in the configuration
  leadseal serve             take enquiries";

/// `leadseal`
#[derive(Debug, Parser)]
#[command(name = "leadseal", version, about = ABOUT, long_about = LONG_ABOUT, propagate_version = true)]
struct Cli {
    /// The configuration file [default: ./leadseal.toml, ./leadseal/leadseal.toml or
    /// /etc/leadseal/leadseal.toml, whichever is found first]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "desk")]
    Demo(demo::Args),
    #[cfg(feature = "desk")]
    Init(init::Args),
    Serve(serve::Args),
    Check(check::Args),
    #[cfg(feature = "desk")]
    Doctor(doctor::Args),
    /// Make, list, rotate and recover keys
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Keys(keys::Command),
    /// List leads, or show one; masked unless revealed with a reason
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Leads(leads::Command),
    #[cfg(feature = "desk")]
    Export(export::Args),
    /// Check the audit's chain, or read it
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Audit(audit::Command),
    /// List envelopes that did not open, or try them again
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Unopened(unopened::Command),
    /// List, release or delete submissions that look like a robot's work
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// List what people asked about their own data, or carry it out for them
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Requests(requests::Command),
    /// Show when leads and sealed envelopes end, or erase now what is past its days
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Retention(retention::Command),
    #[cfg(feature = "desk")]
    Enrol(enrol::Args),
    /// List capture nodes, or revoke one
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Nodes(nodes::Command),
    /// Ask for leads again that the desk once confirmed
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Queue(queue::Command),
    /// Make, list and revoke the keys by which sites' own servers sign their calls
    #[command(subcommand)]
    SiteKey(site_key::Command),
    /// Add, list, change, disable and reset the accounts of staff
    #[cfg(feature = "desk")]
    #[command(subcommand)]
    Staff(staff::Command),
    Stats(stats::Args),
    Healthcheck(healthcheck::Args),
}

/// Runs the command line and gives the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if out::reader_is_gone(&error) => ExitCode::from(out::READER_GONE),
        Err(error) => {
            eprintln!("leadseal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "desk")]
    if cli.config.is_some() && matches!(cli.command, Command::Init(_) | Command::Demo(_)) {
        let words = "init and demo make a configuration of their own; say where with --dir, not --config";
        Cli::command().error(ErrorKind::ArgumentConflict, words).exit();
    }
    let config = context::ConfigPath::new(cli.config);
    match cli.command {
        #[cfg(feature = "desk")]
        Command::Demo(args) => demo::run(&args),
        #[cfg(feature = "desk")]
        Command::Init(args) => init::run(&args),
        Command::Serve(args) => serve::run(&config, &args),
        Command::Check(args) => check::run(&config, &args),
        #[cfg(feature = "desk")]
        Command::Doctor(args) => doctor::run(&config, &args),
        #[cfg(feature = "desk")]
        Command::Keys(command) => keys::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Leads(command) => leads::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Export(args) => export::run(&config, &args),
        #[cfg(feature = "desk")]
        Command::Audit(command) => audit::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Unopened(command) => unopened::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Quarantine(command) => quarantine::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Requests(command) => requests::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Retention(command) => retention::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Enrol(args) => enrol::run(&config, &args),
        #[cfg(feature = "desk")]
        Command::Nodes(command) => nodes::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Queue(command) => queue::run(&config, &command),
        Command::SiteKey(command) => site_key::run(&config, &command),
        #[cfg(feature = "desk")]
        Command::Staff(command) => staff::run(&config, &command),
        Command::Stats(args) => stats::run(&config, &args),
        Command::Healthcheck(args) => healthcheck::run(&config, &args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
