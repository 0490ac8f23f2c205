//! Leadseal: a self-hosted lead-capture form processor.
//!
//! A submission is decoded, normalised, validated, screened and sealed before its first byte is
//! written; the desk opens it, protects each field as its form says, stores it once, and tells
//! the people who should know. The rooms below import each other in one direction only; the
//! table is in `docs/ARCHITECTURE.md` and `tests/architecture.rs` enforces it.

#[cfg(feature = "capture")]
pub mod app;
#[cfg(feature = "capture")]
pub mod capture;
#[cfg(feature = "capture")]
pub mod cli;
pub mod config;
#[cfg(feature = "desk")]
pub mod console;
pub mod crypto;
#[cfg(feature = "desk")]
pub mod desk;
pub mod domain;
#[cfg(feature = "capture")]
pub mod http;
pub mod i18n;
pub mod queue;
