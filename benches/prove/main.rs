//! Proves on the running program what the documents promise: `faults` breaks things under load and
//! counts what was lost, `leaks` looks for what visitors typed in everything that was written.
//!
//! Starts every process it needs in temporary directories, talks to 127.0.0.1 only, ends only what
//! it started, and is bounded in time. Knows the program as visitors, relays and operators do; only
//! the verdict reads `leads.db` itself. `scripts/prove --help` says how to run it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here fails its scenario")]

mod arguments;
mod check;
mod dice;
mod faults;
mod house;
mod leaks;
mod member;
mod redis_server;
mod report;
mod scene;
mod small_disk;
#[path = "../../tests/support/mod.rs"]
mod support;
mod visitors;
mod watch;

use arguments::{Arguments, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("{mistake}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    println!("seed {}", arguments.seed);
    let results = match arguments.command {
        Command::Faults => faults::run(&arguments),
        Command::Leaks => leaks::run(&arguments),
    };
    let report = report::Report::new(&arguments, results);
    report.print();
    if let Err(error) = report.write() {
        eprintln!("the report could not be written: {error}");
        return ExitCode::FAILURE;
    }
    if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
