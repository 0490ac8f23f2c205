//! `demo`: everything at once, in a temporary directory that goes when it ends.

mod made_up;
pub mod mail_page;
pub mod smtp_sink;

use super::context::{open_keyring, open_or_make_store, unlock_secret};
use super::init;
use super::out::outln;
use super::serve::base;
use super::site_key;
use super::staff;
use crate::app::files::DataDir;
use crate::app::listeners::{Listeners, shutdown_on_signal};
use crate::app::logging;
use crate::app::serve::Service;
use crate::config::{self, FormStart};
use crate::desk::store::{LinkPurpose, NewStaff};
use crate::domain::lang::Lang;
use crate::domain::settings::Settings;
use crate::domain::staff::StaffAddress;
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// Try everything: forms, a mail box to read, generated keys, in a temporary directory
///
/// Listens on this machine only. Everything lives in a temporary directory that is removed when
/// the demo ends (Ctrl-C).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The public port; the private one is the next. Free ones are taken when they are in use
    #[arg(long, default_value_t = 8787, value_name = "PORT")]
    port: u16,
    /// The language of the notifications
    #[arg(long, value_enum, default_value_t = init::LangArg::Ja)]
    lang: init::LangArg,
    /// Begin without the made-up leads
    #[arg(long)]
    empty: bool,
    /// Keep everything in this new directory instead, also after the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let temporary = TemporaryDir::make(args.dir.clone())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(demo(args, &temporary))?;
    Ok(ExitCode::SUCCESS)
}

async fn demo(args: &Args, dir: &TemporaryDir) -> anyhow::Result<()> {
    let listeners =
        Listeners { public: bind_or_any(args.port).await?, private: bind_or_any(args.port.wrapping_add(1)).await? };
    let sink = smtp_sink::SmtpSink::start().await.context("the demo's mail server can't listen")?;
    let config = dir.path.join("leadseal.toml");
    let start = FormStart { recipient: None, notify_lang: Some(args.lang.into()) };
    init::make(&dir.path, &overlay(&listeners, sink.address())?, &start)?;
    let settings = config::load(Some(&config))
        .map_err(|mistakes| anyhow::anyhow!("the demo's configuration is not valid (please report this)\n{mistakes}"))?
        .settings;
    logging::start(&settings.log)?;
    logging::keep_panics_and_cores_quiet();
    let key = demo_key(&settings)?;
    let sign_in = demo_owner(&settings, args.lang.into(), args.empty)?;
    let guide = guide(&settings, &config, key.as_deref().map(String::as_str), &sign_in, dir.removed_at_end);
    let secret = unlock_secret(&settings)?;
    let service = Service::build(settings, &secret, mail_page::router(sink.mailbox()))?;
    let shutdown = shutdown_on_signal()?;
    service
        .run(listeners, shutdown, || {
            let _ = outln!("{guide}");
        })
        .await
}

/// The wanted port on loopback, or any free one.
async fn bind_or_any(port: u16) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await.context("no free port on 127.0.0.1"),
    }
}

/// What the demo sets over the defaults.
fn overlay(
    listeners: &Listeners,
    smtp: std::net::SocketAddr,
) -> anyhow::Result<Vec<(&'static str, &'static str, String)>> {
    let (public, private) = (listeners.public.local_addr()?, listeners.private.local_addr()?);
    Ok(vec![
        ("public", "listen", format!("\"{public}\"")),
        ("public", "url", format!("\"http://{public}\"")),
        ("private", "listen", format!("\"{private}\"")),
        ("private", "url", format!("\"http://{private}\"")),
        ("mail", "host", format!("\"{}\"", smtp.ip())),
        ("mail", "port", smtp.port().to_string()),
        ("mail", "security", "\"plain\"".to_owned()),
        ("log", "filter", "\"warn\"".to_owned()),
    ])
}

/// A key for the first site, so that a WordPress can be connected at once.
fn demo_key(settings: &Settings) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(site) = settings.sites.first() else { return Ok(None) };
    let key = site_key::make(settings, &site.id, "demo")?;
    Ok(Some(key.secret.written_key(key.id)))
}

/// An owner for the console and leads to look at, and the address that signs the owner in, once.
fn demo_owner(settings: &Settings, lang: Lang, empty: bool) -> anyhow::Result<String> {
    let store = open_or_make_store(settings)?;
    let address: StaffAddress = "owner@example.jp".parse()?;
    let new = NewStaff { lang, ..staff::owner(&address, Some("Demo"))? };
    if !empty {
        let path = DataDir::new(&settings.data_dir).leads();
        made_up::store(settings, &path, &open_keyring(settings)?, new.id)?;
    }
    staff::add(&store, settings, &new, LinkPurpose::Enter)
}

/// All addresses, one per line, and the lines to try next.
fn guide(
    settings: &Settings,
    config: &std::path::Path,
    site_key: Option<&str>,
    sign_in: &str,
    removed: bool,
) -> String {
    let (public, private) = (base(&settings.public.url), base(&settings.private.url));
    let mut lines = vec![String::from("Leadseal demo: send a form, then read the mail it makes."), String::new()];
    for form in &settings.forms {
        for lang in &form.langs {
            let title = form.title.get(*lang);
            lines.push(format!("  form    {public}/f/{}?lang={}    {title}", form.id, lang.tag()));
        }
    }
    lines.push(format!("  console {sign_in}    signs you in, once"));
    lines.push(format!("  mail    {private}/mail"));
    lines.push(format!("  health  {private}/readyz"));
    lines.push(format!("  metrics {private}/metrics"));
    if let Some(key) = site_key {
        lines.push(String::new());
        lines.push("For the WordPress plugin's settings (Leadseal address, site key):".to_owned());
        lines.push(format!("  {public}"));
        lines.push(format!("  {key}"));
    }
    lines.push(String::new());
    let program = std::env::current_exe().map_or_else(|_| "leadseal".to_owned(), |path| path.display().to_string());
    for rest in ["leads list", "export --format csv --reveal --reason audit", "audit verify"] {
        lines.push(format!("  {program} --config {} {rest}", config.display()));
    }
    lines.push(String::new());
    lines.push(if removed {
        "Ctrl-C ends the demo and removes everything it made.".to_owned()
    } else {
        format!("Ctrl-C ends the demo; {} stays.", config.with_file_name("").display())
    });
    lines.join("\n")
}

/// The demo's directory.
struct TemporaryDir {
    path: PathBuf,
    removed_at_end: bool,
}

impl TemporaryDir {
    fn make(wanted: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(path) = wanted {
            return Ok(Self { path, removed_at_end: false });
        }
        let name = format!("leadseal-demo-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(Self { path, removed_at_end: true })
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        if self.removed_at_end {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
