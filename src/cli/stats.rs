//! `stats`: how many visitors saw a form, began it and sent it, and where they stopped.
//!
//! Reads counts only; the file holds nothing about a visitor. Works beside a running server.

use super::context::ConfigPath;
use super::out::{out, outln};
use super::table::Table;
use crate::app::files::DataDir;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::funnel::FunnelEvent;
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use crate::queue::funnel::{self, Counted};
use anyhow::{Context, bail};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Count views, starts and submissions of the forms, and show where visitors stop
///
/// Counts name no visitor and no time finer than a day (UTC). `views`, `starts` and `submits` are
/// told by the form's script; `served`, `accepted`, `quarantined` and `invalid` are counted by the
/// server. With capture nodes, run it on each: a node knows its own counts. Those of the last ten
/// seconds may be missing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this form
    #[arg(long, value_name = "ID")]
    form: Option<FormId>,
    /// How many days back, today included
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=761))]
    days: u16,
    /// One row per day, page, source or field, instead of a row per form and its fields
    #[arg(long, value_enum)]
    by: Option<By>,
    /// One JSON object per row, a line each
    #[arg(long)]
    json: bool,
}

/// What makes a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Day,
    Page,
    Source,
    Field,
}

impl By {
    const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Page => "page",
            Self::Source => "source",
            Self::Field => "field",
        }
    }

    /// The row of a count; nothing where it is not known.
    fn row(self, counted: &Counted) -> Option<&str> {
        let text = match self {
            Self::Day => &counted.day,
            Self::Page => &counted.page,
            Self::Source => &counted.source,
            Self::Field => &counted.field,
        };
        (!text.is_empty()).then_some(text)
    }
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    if let Some(form) = &args.form
        && settings.form(form).is_none()
    {
        let known: Vec<&str> = settings.forms.iter().map(|form| form.id.as_str()).collect();
        bail!("there is no form {form}; there are: {}", known.join(", "));
    }
    let counts = counts(&settings, args)?;
    if counts.is_empty() && !args.json {
        outln!("{}", nothing_counted(&settings, args))?;
        return Ok(ExitCode::SUCCESS);
    }
    match args.by {
        None => {
            show_steps(&counts, None, args.json)?;
            if !args.json && counts.iter().any(|counted| !counted.field.is_empty()) {
                outln!()?;
                show_fields(&counts, &settings, false)?;
            }
        }
        Some(By::Field) => show_fields(&counts, &settings, args.json)?,
        Some(by) => show_steps(&counts, Some(by), args.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn counts(settings: &Settings, args: &Args) -> anyhow::Result<Vec<Counted>> {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let first = today.checked_sub((i32::from(args.days) - 1).days())?;
    let path = DataDir::new(&settings.data_dir).funnel();
    let found = funnel::read(&path, first).with_context(|| format!("{} can't be read", path.display()))?;
    let wanted = |counted: &Counted| args.form.as_ref().is_none_or(|form| form.as_str() == counted.form);
    Ok(found.unwrap_or_default().into_iter().filter(wanted).collect())
}

fn nothing_counted(settings: &Settings, args: &Args) -> String {
    let days = if args.days == 1 { "today".to_owned() } else { format!("in the last {} days", args.days) };
    let form = args.form.as_ref().map(|form| format!(" of {form}")).unwrap_or_default();
    let mut words = format!(
        "no visits{form} were counted {days}; they are written down ten seconds after the first form is opened"
    );
    if settings.redis.is_some() {
        words.push_str(". Capture nodes count: run this on each of them");
    }
    words
}

/// How often each event happened.
#[derive(Debug, Default)]
struct Steps(BTreeMap<FunnelEvent, u64>);

impl Steps {
    fn of(&self, event: FunnelEvent) -> u64 {
        self.0.get(&event).copied().unwrap_or(0)
    }

    fn add(&mut self, event: FunnelEvent, n: u64) {
        let sum = self.0.entry(event).or_default();
        *sum = sum.saturating_add(n);
    }
}

/// Events of the table of steps, in the order of a visit, with their column.
const STEPS: [(FunnelEvent, &str); 7] = [
    (FunnelEvent::Served, "served"),
    (FunnelEvent::View, "views"),
    (FunnelEvent::Start, "starts"),
    (FunnelEvent::Submit, "submits"),
    (FunnelEvent::Accepted, "accepted"),
    (FunnelEvent::Quarantined, "quarantined"),
    (FunnelEvent::Invalid, "invalid"),
];

/// A row per form, or per form and day, page or source. What only the server counts at a post has
/// no page and no source, so those tables leave it out.
fn show_steps(counts: &[Counted], by: Option<By>, json: bool) -> anyhow::Result<()> {
    let mut rows: BTreeMap<(&str, &str), Steps> = BTreeMap::new();
    for counted in counts.iter().filter(|counted| counted.field.is_empty()) {
        let Some(row) = by.map_or(Some(""), |by| by.row(counted)) else { continue };
        rows.entry((&counted.form, row)).or_default().add(counted.event, counted.n);
    }
    let of_posts = !matches!(by, Some(By::Page | By::Source));
    let columns = if of_posts { &STEPS[..] } else { &STEPS[..4] };
    let sent = if of_posts { FunnelEvent::Accepted } else { FunnelEvent::Submit };
    let mut heading = vec!["form"];
    heading.extend(by.map(By::word));
    heading.extend(columns.iter().map(|(_, name)| *name));
    heading.extend(["begun", "sent"]);
    let mut table = Table::new(&heading);
    for ((form, row), steps) in &rows {
        if json {
            let mut object = serde_json::Map::from_iter([("form".to_owned(), json!(form))]);
            object.extend(by.map(|by| (by.word().to_owned(), json!(row))));
            object.extend(columns.iter().map(|(event, name)| ((*name).to_owned(), json!(steps.of(*event)))));
            outln!("{}", serde_json::Value::Object(object))?;
            continue;
        }
        let mut cells = vec![(*form).to_owned()];
        cells.extend(by.map(|_| (*row).to_owned()));
        cells.extend(columns.iter().map(|(event, _)| steps.of(*event).to_string()));
        // Without the script nothing tells of a view, only the server of the page it made.
        let seen = steps.of(FunnelEvent::View).max(steps.of(FunnelEvent::Served));
        cells.push(share(steps.of(FunnelEvent::Start), steps.of(FunnelEvent::View)));
        cells.push(share(steps.of(sent), seen));
        table.row(cells);
    }
    if !json {
        out!("{table}")?;
    }
    Ok(())
}

/// `12.5 %`, or a dash where there is nothing to take a share of.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

/// A row per form and field, in the form's order: mistakes found in the browser and by the server,
/// and how many visitors went away after touching it last.
fn show_fields(counts: &[Counted], settings: &Settings, json: bool) -> anyhow::Result<()> {
    let mut rows: BTreeMap<(&str, usize, &str), Steps> = BTreeMap::new();
    for counted in counts.iter().filter(|counted| !counted.field.is_empty()) {
        // A field that the form no longer has stands last.
        let form = settings.forms.iter().find(|form| form.id.as_str() == counted.form);
        let place = form.and_then(|form| form.fields.iter().position(|field| field.id.as_str() == counted.field));
        let row = (counted.form.as_str(), place.unwrap_or(usize::MAX), counted.field.as_str());
        rows.entry(row).or_default().add(counted.event, counted.n);
    }
    let mut table = Table::new(&["form", "field", "errors in the browser", "errors at the server", "left here"]);
    for ((form, _, field), steps) in &rows {
        let [browser, server, left] =
            [FunnelEvent::Error, FunnelEvent::Invalid, FunnelEvent::Left].map(|event| steps.of(event));
        if json {
            let row = json!({ "form": form, "field": field, "errors_browser": browser, "errors_server": server, "left": left });
            outln!("{row}")?;
        } else {
            let numbers = [browser, server, left].map(|n| n.to_string());
            table.row([(*form).to_owned(), (*field).to_owned()].into_iter().chain(numbers).collect());
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => {}
        (false, true) => outln!("no errors and no visitor who went away were counted")?,
        (false, false) => out!("{table}")?,
    }
    Ok(())
}
