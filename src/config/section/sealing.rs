//! `[sealing]`: how envelopes are sealed, and how long an epoch lasts.

use crate::domain::settings::{SealingSettings, SuiteName};
use schemars::JsonSchema;
use serde::Deserialize;

/// Envelope suite and epochs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealing {
    /// The suite of new epochs.
    suite: SuiteName,
    /// Days after which a new epoch starts.
    #[schemars(range(min = 1, max = 400))]
    epoch_days: u32,
}

/// Lowers `[sealing]`.
pub(super) fn lower(raw: &Sealing) -> SealingSettings {
    SealingSettings { suite: raw.suite, epoch_days: raw.epoch_days }
}
