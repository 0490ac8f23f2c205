//! `[console]`: where staff work, and from where.

use crate::config::report::Report;
use crate::domain::settings::ConsoleSettings;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;

/// Paths of the private listener that are something else.
const TAKEN: [&str; 7] = ["assets", "healthz", "l", "mail", "metrics", "r", "readyz"];

/// The staff's pages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Console {
    /// The path under which they are.
    path: String,
    /// Addresses and networks that may reach them; empty: all that reach the listener.
    allow: Vec<String>,
}

/// Lowers `[console]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Console) -> ConsoleSettings {
    if let Some((what, fix)) = path_trouble(&raw.path) {
        report.error("/console/path", what, fix);
    }
    ConsoleSettings { path: raw.path.clone(), allow: networks(report, &raw.allow) }
}

fn path_trouble(path: &str) -> Option<(String, &'static str)> {
    let shown = path.escape_debug();
    let Some(inner) = path.strip_prefix('/') else {
        return Some((format!("`{shown}` does not begin with a slash"), "write e.g. \"/console\""));
    };
    let plain = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    if !inner.split('/').all(plain) || path.len() > 100 {
        let fix = "use a-z, 0-9, - and _ between single slashes, none at the end, e.g. \"/office/leads\"";
        return Some((format!("`{shown}` is no path for the console"), fix));
    }
    let first = inner.split('/').next().unwrap_or_default();
    TAKEN
        .contains(&first)
        .then(|| (format!("`/{first}` is another page of the private listener"), "choose another path"))
}

fn networks(report: &mut Report<'_>, texts: &[String]) -> Vec<IpNet> {
    let mut networks = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        match text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(network) => networks.push(network),
            None => report.error(
                &format!("/console/allow/{n}"),
                format!("`{}` is neither an IP address nor a network", text.escape_debug()),
                "write e.g. \"203.0.113.7\" or \"203.0.113.0/24\"",
            ),
        }
    }
    networks
}
