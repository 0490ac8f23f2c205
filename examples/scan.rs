//! Looks for canaries in files and directories:
//! `cargo run --example scan -- --canary name=value [--canary …] PATH…`
//!
//! Prints one line per finding (file, offset, the canary's name, its writing) and ends with 1 when
//! there is any, 2 when something can't be read.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "shares the tests' scanner")]

#[path = "../tests/support/scanner/mod.rs"]
mod scanner;

use clap::Parser;
use scanner::{Canary, Scanner};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look for canaries in files and directories, however they are encoded.
#[derive(Parser)]
struct Arguments {
    /// A canary as NAME=VALUE; findings show the name. At least eight bytes long.
    #[arg(long = "canary", value_name = "NAME=VALUE", required = true, value_parser = canary)]
    canaries: Vec<Canary>,
    /// Files, or directories with everything below them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

fn canary(text: &str) -> Result<Canary, String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if value.len() < 8 {
        return Err("at least eight bytes are needed to tell it from noise".to_owned());
    }
    Ok(Canary::new(name, value))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Scanner::new(&arguments.canaries).scan_paths(&arguments.paths) {
        Ok(findings) => {
            findings.iter().for_each(|finding| println!("{finding}"));
            ExitCode::from(u8::from(!findings.is_empty()))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
