//! The public side: pages, posts, and the intake pipeline.
//!
//! Holds the public key that submissions are sealed to, and nothing that opens them.

pub mod intake;

mod answer;
mod captcha;
mod confirm;
mod embed;
mod health;
mod memory;
mod once;
mod origins;
mod pages;
mod postal;
mod router;
mod schema;
mod secrets;
mod seen;
mod site_api;
mod site_keys;
mod state;
mod submit;
mod views;
mod visit;

pub use router::Capture;
pub use secrets::{DaySecrets, SecretsError};
pub use site_keys::{SiteKey, SiteKeyFile, SiteKeys, SiteKeysError};
pub use state::{CaptureError, CaptureParts, Membership};

#[cfg(test)]
#[cfg(feature = "desk")]
mod tests;
