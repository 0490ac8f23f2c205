//! The sections of `leadseal.toml`, one file each. A section's struct is its part of the schema;
//! its `lower` checks it and yields the domain's settings.

mod business_hours;
mod console;
mod keys;
mod limits;
mod listener;
mod log;
mod mail;
mod node;
mod privacy;
mod redis_server;
mod retention;
mod screening;
mod sealing;
mod site;

use super::report::Report;
use crate::domain::settings::Settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use site::known_ids;

/// `leadseal.toml`, laid over the defaults.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Leadseal settings")]
pub(super) struct SettingsFile {
    /// The folder of databases and keys.
    data_dir: String,
    /// The listener that visitors reach.
    public: listener::Public,
    /// The listener that staff and monitoring reach.
    private: listener::Private,
    /// The staff's pages.
    console: console::Console,
    /// Limits on what is taken in.
    limits: limits::Limits,
    /// How posts are told apart that robots send.
    screening: screening::Screening,
    /// Envelope suite and epochs.
    sealing: sealing::Sealing,
    /// Where the key that opens the keyring comes from.
    keys: keys::Keys,
    /// Outgoing mail.
    mail: mail::Mail,
    /// The queue between capture nodes and the desk.
    redis: redis_server::Redis,
    /// What a capture node has from its desk.
    node: node::Node,
    /// People's requests about their own data.
    privacy: privacy::Privacy,
    /// How long what no form speaks of is kept.
    retention: retention::Retention,
    /// When the office is open.
    business_hours: business_hours::Hours,
    /// Log output.
    log: log::Log,
    /// The sites by their ids.
    pub(super) sites: BTreeMap<String, site::SiteTable>,
}

/// Lowers all sections; nothing when one of them can't be used.
pub(super) fn lower(report: &mut Report<'_>, raw: &SettingsFile, base: &Path) -> Option<Settings> {
    let data_dir = folder(report, raw, base);
    let public = listener::public(report, &raw.public);
    let private = listener::private(report, &raw.private, &raw.public);
    let console = console::lower(report, &raw.console);
    let kek = keys::lower(report, &raw.keys, base);
    let mail = mail::lower(report, &raw.mail, base);
    let redis = redis_server::lower(report, &raw.redis, base);
    let node = node::lower(report, &raw.node, base);
    let privacy = privacy::lower(report, &raw.privacy);
    let business_hours = business_hours::lower(report, &raw.business_hours);
    let log = log::lower(report, &raw.log);
    let sites = site::lower(report, &raw.sites);
    Some(Settings {
        data_dir,
        public: public?,
        private: private?,
        console,
        limits: limits::lower(&raw.limits),
        screening: screening::lower(&raw.screening),
        sealing: sealing::lower(&raw.sealing),
        kek,
        mail,
        redis,
        node,
        privacy,
        retention: retention::lower(&raw.retention),
        business_hours: business_hours?,
        log,
        sites: sites.into_iter().map(Arc::new).collect(),
        forms: Vec::new(),
    })
}

fn folder(report: &mut Report<'_>, raw: &SettingsFile, base: &Path) -> PathBuf {
    path(report, "/data_dir", &raw.data_dir, base)
}

/// A path, relative to the folder of the configuration file.
fn path(report: &mut Report<'_>, at: &str, text: &str, base: &Path) -> PathBuf {
    if text.trim().is_empty() || text.contains('\0') {
        report.error(at, "the path is empty or holds a NUL", "write a path, e.g. \"data\" or \"/var/lib/leadseal\"");
    } else if text.starts_with("~/") {
        report.error(at, "`~` is a shell's abbreviation and means nothing here", "write the whole path");
    }
    base.join(text)
}
