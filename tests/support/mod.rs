//! What the integration tests share: the real command in a directory of its own, a small HTTP
//! client, a mail server that keeps what it gets, and the leak scanner.
//!
//! Nothing here reaches into the program: it is used as a visitor, a relay and an operator would.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing helper fails its test")]

pub mod canaries;
pub mod forms;
pub mod http;
pub mod installation;
pub mod redis;
pub mod scanner;
pub mod site_key;
pub mod smtp;
#[cfg(feature = "desk")]
pub mod traces;

use std::time::{Duration, Instant};

/// Asks `probe` again and again until it gives something; fails the test after `limit`.
#[track_caller]
pub fn eventually<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
