//! `[node]`: what a capture node has from its desk.

use super::path;
use crate::config::report::Report;
use crate::domain::settings::NodeSettings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// What a capture node has from its desk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    /// The file that `leadseal enrol` made.
    enrolment: String,
}

/// Lowers `[node]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Node, base: &Path) -> NodeSettings {
    NodeSettings { enrolment: path(report, "/node/enrolment", &raw.enrolment, base) }
}
