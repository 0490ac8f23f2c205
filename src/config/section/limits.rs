//! `[limits]`: how much is taken in.

use crate::domain::settings::LimitSettings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// Limits on what is taken in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    /// Largest request body, in KiB.
    #[schemars(range(min = 16, max = 10_240))]
    max_body_kib: u32,
    /// Most values in one post.
    #[schemars(range(min = 20, max = 2000))]
    max_values: u32,
    /// Posts accepted per network and minute, over all forms.
    #[schemars(range(min = 1, max = 100_000))]
    posts_per_minute: u32,
    /// Page views answered per network and minute.
    #[schemars(range(min = 1, max = 100_000))]
    views_per_minute: u32,
    /// Signed calls answered per site key and minute.
    #[schemars(range(min = 1, max = 100_000))]
    site_calls_per_minute: u32,
    /// Days for which a page may stand open before it has to be loaded again.
    #[schemars(range(min = 1, max = 90))]
    form_token_max_age_days: u32,
    /// Most sealed submissions that wait in the spool.
    #[schemars(range(min = 100, max = 100_000_000))]
    max_spool: u32,
}

/// Lowers `[limits]`.
pub(super) fn lower(raw: &Limits) -> LimitSettings {
    LimitSettings {
        max_body: raw.max_body_kib as usize * 1024,
        max_values: raw.max_values as usize,
        posts_per_minute: raw.posts_per_minute,
        views_per_minute: raw.views_per_minute,
        site_calls_per_minute: raw.site_calls_per_minute,
        form_token_max_age: Duration::from_secs(u64::from(raw.form_token_max_age_days) * 86_400),
        max_spool: u64::from(raw.max_spool),
    }
}
