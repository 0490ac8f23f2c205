//! Standard output: what a command says to its reader.
//!
//! Owns what happens when nobody reads on (`leadseal leads list | head -1`) or nothing can be
//! written. Refuses to panic over either, as `println!` would.

#[cfg(feature = "desk")]
use jiff::{Timestamp, tz::TimeZone};
use std::fmt;
use std::io::{self, Write};

/// The exit code of a command whose reader went away: what a shell reports for a program that the
/// signal SIGPIPE ended (128 + 13).
pub const READER_GONE: u8 = 141;

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("standard output can't be written")]
pub struct OutputError(#[source] pub io::Error);

/// Writes to standard output what `print!` would.
///
/// # Errors
/// When it can't be written.
pub fn print(words: fmt::Arguments<'_>) -> Result<(), OutputError> {
    io::stdout().lock().write_fmt(words).map_err(OutputError)
}

/// Whether a command ended only because the reader of its standard output went away.
pub fn reader_is_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<OutputError>().is_some_and(|OutputError(cause)| cause.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// `1 form`, `2 forms`, `2 entries`, `2 days`.
pub fn count(number: u64, noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    let plural = match (number, stem) {
        (1, _) => return format!("1 {noun}"),
        (_, Some(stem)) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    };
    format!("{number} {plural}")
}

/// A time as this machine's users write it, to the minute.
#[cfg(feature = "desk")]
pub fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%F %H:%M").to_string()
}

/// `print!` that returns its error.
macro_rules! out {
    ($($words:tt)*) => { $crate::cli::out::print(format_args!($($words)*)) };
}

/// `println!` that returns its error.
macro_rules! outln {
    () => { $crate::cli::out::print(format_args!("\n")) };
    ($($words:tt)*) => { $crate::cli::out::print(format_args!("{}\n", format_args!($($words)*))) };
}

pub(super) use out;
pub(super) use outln;
