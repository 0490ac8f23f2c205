//! The composition root: builds the parts from settings, mounts them on listeners, spawns the
//! workers, and shuts everything down in order. One file per role of `serve`.
//!
//! The only room besides `cli` that sees `config`'s result as a whole. Refuses business rules.

pub mod capture_role;
pub mod files;
pub mod listeners;
pub mod logging;
mod metric_help;

#[cfg(feature = "desk")]
mod desk;
#[cfg(feature = "desk")]
pub mod desk_role;
#[cfg(feature = "desk")]
pub mod nodes;
#[cfg(feature = "desk")]
pub mod private;
#[cfg(feature = "desk")]
pub mod serve;
#[cfg(feature = "desk")]
mod workers;

/// What is said when a role that needs Redis has none.
const NEEDS_REDIS: &str = "[redis] url is not set: roles on different machines meet in a Redis; set it, or run both \
                           roles in one process with: leadseal serve";
