//! Mail, over real SMTP conversations: the real store, keyring and forms at one end, a strict
//! server at the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../../src/cli/demo/mail_page.rs"]
mod mail_page;
#[path = "../../src/cli/demo/smtp_sink/mod.rs"]
#[allow(dead_code, reason = "the demo uses the rest")]
mod smtp_sink;

mod auto_reply;
mod house;
mod notification;
mod page;
mod relay;
mod retries;
mod sink;
