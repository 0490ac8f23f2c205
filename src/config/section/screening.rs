//! `[screening]`: whether posts that look like a robot's are checked and set aside.

use crate::domain::settings::ScreeningSettings;
use schemars::JsonSchema;
use serde::Deserialize;

/// How posts are told apart that robots send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Screening {
    /// Doubtful posts are checked and set aside.
    enabled: bool,
    /// Days for which what was set aside is kept, sealed.
    #[schemars(range(min = 1, max = 3650))]
    quarantine_days: u32,
}

/// Lowers `[screening]`.
pub(super) fn lower(raw: &Screening) -> ScreeningSettings {
    ScreeningSettings { enabled: raw.enabled, quarantine_days: raw.quarantine_days }
}
