//! The composition root: builds the parts from settings, mounts them on listeners, spawns the
//! workers, and shuts everything down in order.
//!
//! The only room besides `cli` that sees `config`'s result as a whole. Refuses business rules.

pub mod files;
pub mod logging;
mod metric_help;
pub mod private;
pub mod serve;
mod workers;
