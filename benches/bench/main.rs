//! Whole processes under load: what visitors, staff and operators would time, side by side with
//! bare handlers. Starts everything itself in temporary directories, talks to 127.0.0.1 only, and
//! ends what it started.
//!
//! `scripts/bench --help` says what there is. Refuses to judge: it prints what it saw, and the
//! aims beside it; nothing is asserted but that the work was done.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing measurement says so")]

mod arguments;
mod bare;
mod bodies;
mod capture;
mod console;
mod crowd;
mod drain;
mod export;
mod generator;
mod handover;
mod house;
mod http;
mod list;
mod looks;
mod process;
mod redis;
mod report;
mod sign_in;
mod sink;
mod stand;

use arguments::{Arguments, Command, Wanted};
use report::Report;

fn main() {
    let wanted = match arguments::parse(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(mistake) => {
            eprintln!("{mistake}\n\n{}", arguments::USAGE);
            std::process::exit(2);
        }
    };
    match wanted {
        Wanted::Help => println!("{}", arguments::USAGE),
        Wanted::Bare { port, journal } => bare::serve(port, journal.as_deref()),
        Wanted::Measure(arguments) => measure(&arguments),
    }
}

fn measure(arguments: &Arguments) {
    let mut report = Report::new();
    for command in &arguments.commands {
        match command {
            Command::Capture => capture::run(arguments, &mut report),
            Command::Drain => {
                drain::run(arguments, &mut report);
                handover::run(arguments, &mut report);
            }
            Command::List => list::run(arguments, &mut report),
            Command::Export => export::run(arguments, &mut report),
            Command::Console => console::run(arguments, &mut report),
            Command::SignIn => sign_in::run(arguments, &mut report),
        }
    }
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        eprintln!("figures written to {}", file.display());
    }
}
