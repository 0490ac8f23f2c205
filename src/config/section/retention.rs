//! `[retention]`: how long what no form speaks of is kept. Days of leads stand in their forms.

use crate::domain::settings::RetentionSettings;
use schemars::JsonSchema;
use serde::Deserialize;

/// How long what no form speaks of is kept, and when retention waits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retention {
    /// Days for which envelopes that did not open are kept.
    #[schemars(range(min = 7, max = 3650))]
    unopened_days: u32,
    /// Days by which the clock may move between two runs and still be believed.
    #[schemars(range(min = 1, max = 365))]
    clock_jump_days: u32,
}

/// Lowers `[retention]`.
pub(super) fn lower(raw: &Retention) -> RetentionSettings {
    RetentionSettings { unopened_days: raw.unopened_days, clock_jump_days: raw.clock_jump_days }
}
