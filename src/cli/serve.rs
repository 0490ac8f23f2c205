//! `serve`: takes enquiries until it is told to stop.

use super::check::text_mistakes;
use super::context::{ConfigPath, unlock_secret};
use crate::app::logging;
use crate::app::serve::{Listeners, Service, shutdown_on_signal};
use crate::config::{ConfigErrors, Loaded};
use axum::Router;
use std::process::ExitCode;

/// Take enquiries: the forms on the public listener, health and metrics on the private one
///
/// Stops on SIGTERM or Ctrl-C after finishing what it holds.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(config: &ConfigPath, _args: &Args) -> anyhow::Result<ExitCode> {
    let path = config.find()?;
    let loaded = config.load()?;
    refuse_broken_texts(&loaded)?;
    let settings = loaded.settings;
    logging::start(&settings.log)?;
    logging::keep_panics_and_cores_quiet();
    let secret = unlock_secret(&settings)?;
    let command = format!("leadseal --config {}", path.display());
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let shutdown = shutdown_on_signal()?;
        let listeners = Listeners::bind(&settings).await?;
        let forms: Vec<String> =
            settings.forms.iter().map(|f| format!("{}/f/{}", base(&settings.public.url), f.id)).collect();
        let service = Service::build(settings, &secret, command, Router::new())?;
        service
            .run(listeners, shutdown, || {
                for form in forms {
                    tracing::info!(%form, "form");
                }
            })
            .await
    })?;
    Ok(ExitCode::SUCCESS)
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
