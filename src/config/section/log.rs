//! `[log]`: what is logged, how, and in which language tables are printed.

use crate::config::report::Report;
use crate::domain::lang::Lang;
use crate::domain::settings::{LogFormat, LogSettings};
use schemars::JsonSchema;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// Log output.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    /// Which lines are written.
    filter: String,
    /// How lines are written.
    format: LogFormat,
    /// The language of tables and pages for staff.
    lang: Lang,
}

/// Lowers `[log]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Log) -> LogSettings {
    if EnvFilter::builder().parse(&raw.filter).is_err() {
        let what = format!("`{}` is no log filter", raw.filter.escape_debug());
        report.error("/log/filter", what, "write e.g. \"info\", or \"info,leadseal=debug\"");
    }
    LogSettings { filter: raw.filter.clone(), format: raw.format, lang: raw.lang }
}
