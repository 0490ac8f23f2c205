//! Mail, over real SMTP conversations: the real store, keyring and forms at one end, a strict
//! server at the other.
#![cfg(feature = "desk")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use leadseal::cli::demo::{mail_page, smtp_sink};

mod auto_reply;
mod house;
mod notification;
mod page;
mod relay;
mod reminder;
mod request;
mod retries;
mod sink;
mod staff;
