//! `site-key`: gives a site's own server a key to sign its calls with, and takes it back.

use super::context::ConfigPath;
use super::out::{out, outln};
use super::table::Table;
use crate::app::files::DataDir;
use crate::capture::{SiteKey, SiteKeyFile};
use crate::domain::clock::SystemClock;
use crate::domain::entropy::OsEntropy;
use crate::domain::ids::{SiteId, SiteKeyId};
use crate::domain::settings::Settings;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Make, list and revoke the keys by which sites' own servers sign their calls.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key for a site, and show it this once
    ///
    /// With it the site's server (WordPress, say) lists the site's forms and hands leads over; it
    /// can read no lead. Paste it into the plugin's settings. A running server knows it at once.
    /// To change a key, make a second one, put it in, and revoke the first.
    ///
    /// With capture nodes, run this on one of them and copy site-keys in its data directory to the
    /// others, mode 0600.
    New {
        /// The site's id, as in [sites.ID] of leadseal.toml
        site: SiteId,
        /// Words by which you know it again, e.g. "WordPress of the shop"
        #[arg(long, value_name = "WORDS", default_value = "")]
        name: String,
        /// One JSON object: {"id": …, "site": …, "name": …, "created": …, "key": …}
        #[arg(long)]
        json: bool,
    },
    /// List the keys; their secrets are not shown again
    List {
        /// One JSON object per key, a line each
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: calls that it signs are refused from now on
    ///
    /// A running server knows it at once. With capture nodes, copy site-keys to each of them.
    Revoke {
        /// The key's id: what stands between lsk_ and the next _
        id: SiteKeyId,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::New { site, name, json } => new(&settings, site, name, *json)?,
        Command::List { json } => list(&settings, *json)?,
        Command::Revoke { id } => revoke(&settings, *id)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn file(settings: &Settings) -> SiteKeyFile {
    SiteKeyFile::new(&DataDir::new(&settings.data_dir).site_keys())
}

/// Makes a key for a site.
pub(super) fn make(settings: &Settings, site: &SiteId, name: &str) -> anyhow::Result<SiteKey> {
    if settings.site(site).is_none() {
        let known: Vec<&str> = settings.sites.iter().map(|site| site.id.as_str()).collect();
        bail!("there is no site {site}; there are: {}", known.join(", "));
    }
    DataDir::new(&settings.data_dir).ensure()?;
    Ok(file(settings).add(site, name, &SystemClock, &OsEntropy)?)
}

fn new(settings: &Settings, site: &SiteId, name: &str, json: bool) -> anyhow::Result<()> {
    let key = make(settings, site, name)?;
    if let Err(error) = audit(settings, "site-key-new", &key) {
        file(settings).revoke(key.id)?;
        return Err(error.context("no key was made, since the audit can't be written"));
    }
    let written = key.secret.written_key(key.id);
    if json {
        let mut shown = described(&key);
        shown["key"] = written.as_str().into();
        outln!("{shown}")?;
        return Ok(());
    }
    outln!("Site key of {site}, shown this once. Paste it into the site's plugin, with the address of this Leadseal:")?;
    outln!()?;
    outln!("  {}", *written)?;
    outln!("  {}", settings.public.url.as_str().trim_end_matches('/'))?;
    outln!()?;
    outln!("Take it back with: leadseal site-key revoke {}", key.id)?;
    Ok(())
}

fn described(key: &SiteKey) -> serde_json::Value {
    serde_json::json!({ "id": key.id, "site": key.site, "name": key.name, "created": key.created })
}

fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let keys = file(settings).read()?;
    let mut table = Table::new(&["id", "site", "created", "name"]);
    for key in &keys {
        if json {
            outln!("{}", described(key))?;
        } else {
            table.row(vec![key.id.to_string(), key.site.to_string(), key.created.to_string(), key.name.clone()]);
        }
    }
    match (json, keys.is_empty()) {
        (true, _) => {}
        (false, true) => outln!("none: make the first with: leadseal site-key new SITE")?,
        (false, false) => out!("{table}")?,
    }
    Ok(())
}

fn revoke(settings: &Settings, id: SiteKeyId) -> anyhow::Result<()> {
    let Some(key) = file(settings).revoke(id)? else {
        bail!("there is no site key {id}; see: leadseal site-key list");
    };
    audit(settings, "site-key-revoke", &key).context("the key is revoked, but the audit can't be written")?;
    outln!("{id} of site {} is revoked; calls that it signs are refused from now on", key.site)?;
    Ok(())
}

/// Leaves an entry where the desk is; a capture node has no audit.
#[cfg(feature = "desk")]
fn audit(settings: &Settings, what: &str, key: &SiteKey) -> anyhow::Result<()> {
    use super::context::{actor, open_or_make_store};
    use crate::desk::audit::{Action, NewEntry};
    if !DataDir::new(&settings.data_dir).keyring().exists() {
        return Ok(());
    }
    open_or_make_store(settings)?.append_audit(&NewEntry {
        actor: actor(),
        action: Action::KeyUse,
        subject: Some(key.id.to_string()),
        reason: None,
        detail: Some(format!("what={what} site={}", key.site)),
    })?;
    Ok(())
}

#[cfg(not(feature = "desk"))]
#[allow(clippy::unnecessary_wraps, reason = "as with the desk")]
fn audit(_settings: &Settings, _what: &str, _key: &SiteKey) -> anyhow::Result<()> {
    Ok(())
}
