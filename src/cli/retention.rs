//! `retention`: how long what is kept is kept, and erasing what is past its days.

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::out::{count, local_time, out, outln};
use super::table::Table;
use crate::app::files::DataDir;
use crate::desk::privacy::{
    Countdown, Custody, Order, Outcome, Retention, RetentionRules, Run, clock_moved, countdown,
};
use crate::desk::store::Store;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use anyhow::bail;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How long a running service gets the store for itself between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Show when leads and sealed envelopes end, or erase now what is past its days.
///
/// A running service erases by the hour what is past its days: leads after the `retention_days` of
/// their form, envelopes in quarantine and unopened ones after days of their own.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what is kept for how long, and how much of it ends soon
    Show {
        /// One JSON object per form or kind of envelope, a line each
        #[arg(long)]
        json: bool,
    },
    /// Erase what is past its days; it can't be undone
    Run {
        /// Say what would be erased, and erase nothing
        #[arg(long)]
        dry_run: bool,
        /// The clock is right, although it moved far since the last run
        #[arg(long, conflicts_with = "dry_run")]
        confirm_clock: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::Show { json } => show(&settings, *json)?,
        Command::Run { dry_run: true, json, .. } => try_out(&settings, *json)?,
        Command::Run { confirm_clock, json, .. } => carry_out(&settings, *confirm_clock, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let store = open_store(settings)?;
    let lines = countdown(&store, &RetentionRules::of(settings), SystemClock.now())?;
    if json {
        for line in &lines {
            outln!("{}", serde_json::to_string(line)?)?;
        }
        return Ok(());
    }
    let heading = ["what", "days", "kept", "oldest", "due", "in 7 days", "in 30 days", ""];
    let mut table = Table::new(&heading);
    for line in &lines {
        table.row(row(line));
    }
    out!("{table}")?;
    tell_of_clock(settings, &store)?;
    Ok(())
}

fn row(line: &Countdown) -> Vec<String> {
    let remark = match (line.holds_from, line.form_is_present) {
        (Some(from), _) => format!("these days hold from {}", local_time(from)),
        (None, false) => "no such form any more".to_owned(),
        (None, true) => String::new(),
    };
    vec![
        line.form.as_ref().map_or_else(|| line.what.to_owned(), FormId::to_string),
        line.days.to_string(),
        line.held.to_string(),
        line.oldest.map_or_else(String::new, |at| at.strftime("%F").to_string()),
        line.due.to_string(),
        line.in_7_days.to_string(),
        line.in_30_days.to_string(),
        remark,
    ]
}

/// A clock that is not believed keeps all of it where it is.
fn tell_of_clock(settings: &Settings, store: &Store) -> anyhow::Result<()> {
    if let Some(moved) = clock_moved(store, &RetentionRules::of(settings), SystemClock.now())? {
        eprintln!(
            "leadseal: nothing is erased now: the clock moved by {} since the last run of {}; when it is right: leadseal retention run --confirm-clock",
            count(moved.days().unsigned_abs(), "day"),
            local_time(moved.last_run)
        );
    }
    Ok(())
}

fn try_out(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let store = open_store(settings)?;
    let lines = countdown(&store, &RetentionRules::of(settings), SystemClock.now())?;
    let due: Vec<_> = lines.iter().filter(|line| line.due > 0).collect();
    if json {
        let due: Vec<_> = due
            .iter()
            .map(|line| serde_json::json!({ "what": line.what, "form": line.form, "days": line.days, "count": line.due }))
            .collect();
        outln!("{}", serde_json::json!({ "dry_run": true, "ended": due }))?;
    } else {
        for line in &due {
            outln!("{}, would be erased", amount(line.what, line.form.as_ref(), line.days, line.due))?;
        }
        if due.is_empty() {
            outln!("nothing is past its days")?;
        }
    }
    tell_of_clock(settings, &store)
}

fn carry_out(settings: &Settings, vouches_for_clock: bool, json: bool) -> anyhow::Result<()> {
    let custody = Custody { store: Arc::new(open_store(settings)?), keyring: Arc::new(open_keyring(settings)?) };
    let spool = DataDir::new(&settings.data_dir).spool();
    let retention = Retention { custody, rules: RetentionRules::of(settings), spool, clock: Arc::new(SystemClock) };
    let mut go_on = || {
        std::thread::sleep(PAUSE);
        true
    };
    match retention.run(Order { actor: &actor(), vouches_for_clock }, &mut go_on)? {
        Outcome::Done(run) => tell_of_run(&run, json),
        Outcome::Waits(moved) => bail!(
            "nothing was erased: the clock says {}, and retention was last carried out at {}. When the clock is right: leadseal retention run --confirm-clock; when it is not, set it",
            local_time(moved.now),
            local_time(moved.last_run)
        ),
    }
}

fn tell_of_run(run: &Run, json: bool) -> anyhow::Result<()> {
    if json {
        let longest = run.longest.as_millis();
        outln!(
            "{}",
            serde_json::json!({ "dry_run": false, "ended": run.ended, "epochs": run.epochs, "longest_transaction_ms": longest })
        )?;
        return Ok(());
    }
    for ended in &run.ended {
        outln!("{}, erased", amount(ended.what, ended.form.as_ref(), ended.days, ended.count))?;
    }
    if run.ended.is_empty() {
        outln!("nothing is past its days")?;
    }
    for epoch in &run.epochs {
        outln!("epoch {epoch} has ended: its private key was destroyed")?;
    }
    Ok(())
}

/// `3 leads of contact, kept for 365 days`.
fn amount(what: &str, form: Option<&FormId>, days: u32, number: u64) -> String {
    let what = match form {
        Some(form) => format!("{} of {form}", count(number, "lead")),
        None if what == "quarantine" => format!("{} in quarantine", count(number, "envelope")),
        None => format!("{} that did not open", count(number, "envelope")),
    };
    format!("{what}, kept for {}", count(u64::from(days), "day"))
}
