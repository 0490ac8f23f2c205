//! The queue's contract: one suite that every backend passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "../support/mod.rs"]
mod support;

mod embedded;
mod redis;
mod suite;
