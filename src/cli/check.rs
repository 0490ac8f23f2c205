//! `check`: every mistake in the configuration, at once.

use super::context::ConfigPath;
use super::out::{count, outln};
use crate::config::{self, Mistake};
use std::process::ExitCode;

/// Report every mistake in the configuration and the forms, with file, line and fix
///
/// Exit code 0 when there are none (warnings do not count), 1 otherwise.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object: {"ok": …, "mistakes": […]}
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of form files instead, for editors
    #[arg(long, conflicts_with = "json")]
    schema: bool,
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    if args.schema {
        outln!("{}", serde_json::to_string_pretty(&config::form_schema())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let path = config.find()?;
    let (mistakes, summary) = match config::load(Some(&path)) {
        Ok(loaded) => {
            let summary = format!(
                "{}, {}",
                count(loaded.settings.forms.len() as u64, "form"),
                count(loaded.settings.sites.len() as u64, "site")
            );
            let mut mistakes = text_mistakes(&loaded);
            mistakes.extend(loaded.warnings);
            (mistakes, summary)
        }
        Err(errors) => (errors.mistakes, String::new()),
    };
    let failed = mistakes.iter().any(Mistake::is_error);
    if args.json {
        outln!("{}", serde_json::json!({ "ok": !failed, "mistakes": mistakes }))?;
    } else {
        report(&mistakes, failed, &path.display().to_string(), &summary)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn report(mistakes: &[Mistake], failed: bool, path: &str, summary: &str) -> anyhow::Result<()> {
    for mistake in mistakes {
        outln!("{mistake}")?;
    }
    let errors = mistakes.iter().filter(|m| m.is_error()).count();
    if failed {
        outln!("{path}: {errors} to mend")?;
    } else {
        outln!("{path}: in order ({summary})")?;
    }
    Ok(())
}

/// Mistakes in texts the owner writes as templates.
#[cfg(feature = "desk")]
pub(super) fn text_mistakes(loaded: &config::Loaded) -> Vec<Mistake> {
    const FIX: &str = "correct the template; docs/mail.md lists what it may use";
    let in_form = |form: &crate::domain::form::Form| {
        let found = crate::desk::outbox::check_texts(form).into_iter();
        found.map(|(key, what)| loaded.mistake_in_form(&form.id, &key, &what, FIX)).collect::<Vec<_>>()
    };
    loaded.settings.forms.iter().flat_map(|form| in_form(form)).collect()
}

#[cfg(not(feature = "desk"))]
pub(super) fn text_mistakes(_loaded: &config::Loaded) -> Vec<Mistake> {
    Vec::new()
}
