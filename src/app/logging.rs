//! Log output, and panics that say where but never what.

use crate::domain::settings::{LogFormat, LogSettings};
use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. Lines carry ids only; see `docs/ARCHITECTURE.md`.
///
/// # Errors
/// When the filter does not parse.
pub fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter).with_context(|| {
        format!("[log] filter is not understood: {:?}; try \"info\" or \"leadseal=debug\"", settings.filter)
    })?;
    let output = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start (the demo inside a test) keeps the first.
    let _ = match settings.format {
        LogFormat::Text => output.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => output.json().try_init(),
    };
    Ok(())
}

/// A panic's message can quote the text it stumbled over (`"… is not a char boundary of …"`), so
/// only its place is reported; and no core file, which would hold memory, is written.
pub fn keep_panics_and_cores_quiet() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(%place, "internal error (its text is withheld, since it may quote data)");
        if !tracing::event_enabled!(tracing::Level::ERROR) {
            eprintln!("leadseal: internal error at {place} (its text is withheld, since it may quote data)");
        }
    }));
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}
