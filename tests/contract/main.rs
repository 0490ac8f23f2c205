//! The queue's contract: one suite that every backend passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod embedded;
mod suite;
