//! `[privacy]`: people's requests about their own data.

use crate::config::address::base_url;
use crate::config::report::Report;
use crate::domain::settings::PrivacySettings;
use schemars::JsonSchema;
use serde::Deserialize;

/// People's requests about their own data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Privacy {
    /// The address under which people reach the page of their request.
    url: Option<String>,
    /// Mails to requesters of one site per day, at most.
    #[schemars(range(min = 1, max = 100_000))]
    mails_per_day: u32,
    /// Days for which you keep backups of `keyring.db`: receipts of erasures name the end of them.
    #[schemars(range(min = 1, max = 3650))]
    key_backup_days: u32,
}

/// Lowers `[privacy]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Privacy) -> PrivacySettings {
    let url = raw
        .url
        .as_deref()
        .and_then(|text| base_url(text).map_err(|(what, fix)| report.error("/privacy/url", what, fix)).ok());
    PrivacySettings { url, mails_per_day: raw.mails_per_day, key_backup_days: raw.key_backup_days }
}
