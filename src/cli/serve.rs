//! `serve`: takes enquiries until it is told to stop.

use super::check::text_mistakes;
use super::context::ConfigPath;
#[cfg(feature = "desk")]
use super::context::unlock_secret;
use crate::app::capture_role::CaptureRole;
#[cfg(feature = "desk")]
use crate::app::desk_role::DeskRole;
#[cfg(feature = "desk")]
use crate::app::listeners::bind_private;
use crate::app::listeners::{Listeners, shutdown_on_signal};
use crate::app::logging;
#[cfg(feature = "desk")]
use crate::app::serve::Service;
use crate::config::{ConfigErrors, Loaded};
use crate::domain::settings::Settings;
use std::process::ExitCode;

/// Take enquiries: the forms on the public listener, health and metrics on the private one
///
/// One process does everything by default. Split over machines, capture nodes face the visitors and
/// hand sealed envelopes to the desk over Redis ([redis] url); a node needs the enrolment that
/// `leadseal enrol` makes on the desk, and holds nothing that opens an envelope.
///
/// Stops on SIGTERM or Ctrl-C after finishing what it holds.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What this process does
    #[arg(long, value_enum, default_value_t = Role::DEFAULT)]
    role: Role,
}

/// What a process does.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Role {
    /// Everything, with an embedded queue: no Redis, one machine
    #[cfg(feature = "desk")]
    All,
    /// Only take enquiries in and hand them to the desk
    Capture,
    /// Only open, store, mail and show what capture nodes hand over
    #[cfg(feature = "desk")]
    Desk,
}

impl Role {
    #[cfg(feature = "desk")]
    const DEFAULT: Self = Self::All;
    #[cfg(not(feature = "desk"))]
    const DEFAULT: Self = Self::Capture;
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let loaded = config.load()?;
    refuse_broken_texts(&loaded)?;
    let settings = loaded.settings;
    logging::start(&settings.log)?;
    logging::keep_panics_and_cores_quiet();
    match args.role {
        #[cfg(feature = "desk")]
        Role::All => both(settings)?,
        Role::Capture => capture(settings)?,
        #[cfg(feature = "desk")]
        Role::Desk => desk(settings)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "desk")]
fn both(settings: Settings) -> anyhow::Result<()> {
    if settings.redis.is_some() {
        anyhow::bail!(
            "[redis] url is set: say which role this machine has with --role capture or --role desk; or take it out to run both here without Redis"
        );
    }
    let secret = unlock_secret(&settings)?;
    in_runtime(async {
        let shutdown = shutdown_on_signal()?;
        let listeners = Listeners::bind(&settings).await?;
        let forms = form_addresses(&settings);
        let service = Service::build(settings, &secret, axum::Router::new())?;
        service.run(listeners, shutdown, || tell(&forms)).await
    })
}

fn capture(settings: Settings) -> anyhow::Result<()> {
    in_runtime(async {
        let shutdown = shutdown_on_signal()?;
        let listeners = Listeners::bind(&settings).await?;
        let forms = form_addresses(&settings);
        CaptureRole::build(settings)?.run(listeners, shutdown, || tell(&forms)).await
    })
}

#[cfg(feature = "desk")]
fn desk(settings: Settings) -> anyhow::Result<()> {
    let secret = unlock_secret(&settings)?;
    in_runtime(async {
        let shutdown = shutdown_on_signal()?;
        let listener = bind_private(&settings).await?;
        DeskRole::build(settings, &secret).await?.run(listener, shutdown).await
    })
}

fn in_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn form_addresses(settings: &Settings) -> Vec<String> {
    settings.forms.iter().map(|form| format!("{}/f/{}", base(&settings.public.url), form.id)).collect()
}

fn tell(forms: &[String]) {
    for form in forms {
        tracing::info!(%form, "form");
    }
}

/// A mail text that can't be rendered must be found here, not at a visitor.
fn refuse_broken_texts(loaded: &Loaded) -> anyhow::Result<()> {
    let mistakes = text_mistakes(loaded);
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(anyhow::anyhow!("the configuration has mistakes; nothing was started\n{}", ConfigErrors { mistakes }))
}

/// A base address without its trailing slash.
pub fn base(url: &url::Url) -> &str {
    url.as_str().trim_end_matches('/')
}
