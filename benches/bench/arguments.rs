//! What is to be measured. Refuses what it does not know.

use std::path::PathBuf;
use std::time::Duration;

pub const USAGE: &str = "\
Usage: scripts/bench [capture|drain|list|export|sign-in|console|all]… [--seconds N]
                     [--connections N] [--leads N] [--tries N] [--house DIR] [--json FILE] [--help]

Starts Leadseal (release build) in temporary directories, loads it over 127.0.0.1, prints
Markdown tables, and ends what it started. Figures are printed, never judged.

  capture   posts at full speed, posts at 1,000/s on a fixed schedule, and the time to get ready:
            Leadseal in one process, Leadseal with Redis, a bare axum handler, and the same with
            one fsynced append per group of posts. Same generator, bodies, connections, length.
  drain     how fast a desk takes in what waits, what that takes on disk, and the time from a post
            to its mail at 200 posts/s
  list      `leads list` and `leads show`, with and without the file in memory
  export    `export` as CSV and JSON lines, masked and revealed
  sign-in   whether the time of a refused sign-in tells if there is an account: Welch's t
  console   every list, filter, page and search of the staff's console among 1,000,000 leads, with
            and without the files in memory, and their export; about a quarter of an hour
  all       the first four in this order; about ten minutes

  --seconds N      length of each phase under load (default 10, most 120)
  --connections N  kept connections of the generator (default 64, most 512)
  --leads N        leads to fill in first (default: drain 30000, list and export 20000,
                   console 1000000)
  --tries N        wrong passwords for sign-in (default 20000)
  --house DIR      console: keep the filled desk here, and use the one that is here already
  --json FILE      also write all figures as JSON
  --help           this text

Two cores are enough, but then the generator's share is taken from the servers: its own processor
time is printed too. Close other programs first; the load average at the start is printed.";

/// A command of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Capture,
    Drain,
    List,
    Export,
    SignIn,
    Console,
}

const ALL: [Command; 4] = [Command::Capture, Command::Drain, Command::List, Command::Export];

/// What to measure, and how.
#[derive(Debug)]
pub struct Arguments {
    pub commands: Vec<Command>,
    /// Length of each phase under load.
    pub length: Duration,
    pub connections: usize,
    pub leads: Option<u64>,
    pub tries: Option<u64>,
    pub house: Option<PathBuf>,
    pub json: Option<PathBuf>,
}

/// What this process was started for.
#[derive(Debug)]
pub enum Wanted {
    Help,
    Measure(Arguments),
    /// As a child of the bench: the bare handler, with a journal file when it is to fsync.
    Bare {
        port: u16,
        journal: Option<PathBuf>,
    },
}

/// Reads the arguments. `cargo bench` adds `--bench`, and passes nothing else of its own.
pub fn parse(given: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut given = given.filter(|argument| argument != "--bench");
    let mut arguments = Arguments {
        commands: Vec::new(),
        length: Duration::from_secs(10),
        connections: 64,
        leads: None,
        tries: None,
        house: None,
        json: None,
    };
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(Wanted::Help),
            "serve-bare" => {
                return Ok(Wanted::Bare { port: number("serve-bare", given.next(), 65_535)?, journal: None });
            }
            "serve-bare-fsync" => {
                let port = number("serve-bare-fsync", given.next(), 65_535)?;
                return Ok(Wanted::Bare { port, journal: given.next().map(PathBuf::from) });
            }
            "capture" => arguments.commands.push(Command::Capture),
            "drain" => arguments.commands.push(Command::Drain),
            "list" => arguments.commands.push(Command::List),
            "export" => arguments.commands.push(Command::Export),
            "sign-in" => arguments.commands.push(Command::SignIn),
            "console" => arguments.commands.push(Command::Console),
            "all" => arguments.commands.extend(ALL),
            "--seconds" => arguments.length = Duration::from_secs(number("--seconds", given.next(), 120)?),
            "--connections" => arguments.connections = number("--connections", given.next(), 512)?,
            "--leads" => arguments.leads = Some(number("--leads", given.next(), 1_000_000)?),
            "--tries" => arguments.tries = Some(number("--tries", given.next(), 1_000_000)?),
            "--house" => arguments.house = Some(given.next().ok_or("--house needs a folder")?.into()),
            "--json" => arguments.json = Some(given.next().ok_or("--json needs a file")?.into()),
            other => return Err(format!("unknown argument: {other}")),
        }
    }
    Ok(if arguments.commands.is_empty() { Wanted::Help } else { Wanted::Measure(arguments) })
}

fn number<T: TryFrom<u64>>(name: &str, text: Option<String>, most: u64) -> Result<T, String> {
    let wrong = || format!("{name} needs a number from 1 to {most}");
    let number: u64 = text.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    if number == 0 || number > most {
        return Err(wrong());
    }
    T::try_from(number).map_err(|_| wrong())
}
