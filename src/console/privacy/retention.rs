//! Retention: what is kept for how long, what ends soon, what keeps it waiting, and running it now.
//!
//! The countdown shows a viewer the forms that they see. A run is of everything, so it is for who sees
//! everything; it is the job's own code, in its own time: a page does not wait for its end.

use super::working;
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Allowed, Fresh, Post, Staff, needs};
use crate::console::refusal;
use crate::console::state::{Console, Inner, Trouble};
use crate::console::words::form_title;
use crate::desk::privacy::{
    ClockMoved, Countdown, EpochState, Order, Outcome, PrivacyError, Retention, RetentionRules, WaitsFor, clock_moved,
    countdown, epoch_states,
};
use crate::desk::store::SetAside;
use crate::domain::lang::Lang;
use crate::domain::staff::{Scope, Viewer};
use crate::i18n::{Arg, date, moment, text, text_with};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// How long a page waits for a run.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the store is left to others between two batches.
const PAUSE: Duration = Duration::from_millis(20);

struct Line {
    what: String,
    days: u32,
    held: u64,
    oldest: String,
    due: u64,
    in_7_days: u64,
    in_30_days: u64,
    remark: Option<String>,
}

#[derive(Template)]
#[template(path = "console/retention.html")]
struct RetentionPage {
    frame: Frame,
    lines: Vec<Line>,
    last_run: String,
    clock: String,
    is_waiting: bool,
    epochs: Vec<(String, String)>,
    may_run: bool,
}

#[derive(Template)]
#[template(path = "console/retention_run.html")]
struct RunPage {
    frame: Frame,
    lines: Vec<String>,
    moved: Option<String>,
}

/// What is known of retention.
struct Known {
    lines: Vec<Countdown>,
    last_run: Option<Timestamp>,
    moved: Option<ClockMoved>,
    epochs: Vec<EpochState>,
}

async fn look(console: &Console, viewer: &Viewer) -> Result<Known, Trouble> {
    let viewer = viewer.clone();
    let known = working(console, move |console| {
        let (parts, rules) = (&console.parts, RetentionRules::of(&console.parts.settings));
        let (store, now) = (&parts.store, parts.clock.now());
        let mut lines = countdown(store, &rules, now)?;
        lines.retain(|line| is_seen(console, &viewer, line));
        let sees_all = viewer.scope == Scope::All;
        let epochs = if sees_all { epoch_states(&parts.custody(), &parts.spool, now)? } else { Vec::new() };
        Ok(Known { lines, last_run: store.last_retention()?, moved: clock_moved(store, &rules, now)?, epochs })
    });
    Ok(known.await??)
}

/// A form that is gone, and what has no form, belongs to no site.
fn is_seen(console: &Inner, viewer: &Viewer, line: &Countdown) -> bool {
    let form = line.form.as_ref().and_then(|id| console.parts.settings.form(id));
    form.map_or(viewer.scope == Scope::All, |form| viewer.sees(&form.site, &form.id))
}

pub(super) async fn show(
    staff: Allowed<needs::Erase>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let lang = staff.viewer.lang;
    let known = look(&console, &staff.viewer).await?;
    let done = match query.as_deref() {
        Some("done=all") => "retention-done",
        Some("done=later") => "retention-goes-on",
        _ => "",
    };
    let clock = known.moved.map_or_else(|| text(lang, "retention-clock-right"), |moved| moved_words(&moved, lang));
    let shown = RetentionPage {
        frame: Frame::of(&console, &staff, Place::Privacy, "retention-title").with_notice(done),
        lines: known.lines.iter().map(|line| shown_line(&console, line, lang)).collect(),
        last_run: known.last_run.map_or_else(|| text(lang, "retention-never"), |at| moment(at, lang)),
        clock,
        is_waiting: known.moved.is_some(),
        epochs: known.epochs.iter().filter_map(|state| epoch(state, lang)).collect(),
        may_run: staff.viewer.scope == Scope::All,
    };
    Ok(page(StatusCode::OK, "retention", &shown))
}

fn shown_line(console: &Inner, line: &Countdown, lang: Lang) -> Line {
    let remark = match (line.holds_from, line.form_is_present) {
        (Some(from), _) => Some(text_with(lang, "retention-holds-from", &[("date", Arg::Text(&moment(from, lang)))])),
        (None, false) => Some(text(lang, "retention-form-gone")),
        (None, true) => None,
    };
    let zone = console.parts.settings.business_hours.time_zone.clone();
    let day = |at: Timestamp, zone: TimeZone| date(lang, at.to_zoned(zone).date());
    Line {
        what: what(console, line, lang),
        days: line.days,
        held: line.held,
        oldest: line.oldest.map_or_else(|| "–".to_owned(), |at| day(at, zone)),
        due: line.due,
        in_7_days: line.in_7_days,
        in_30_days: line.in_30_days,
        remark,
    }
}

fn what(console: &Inner, line: &Countdown, lang: Lang) -> String {
    match &line.form {
        Some(id) => form_title(console.parts.settings.form(id).map(AsRef::as_ref), id.as_str(), lang),
        None if line.what == SetAside::Quarantine.word() => text(lang, "retention-quarantine"),
        None => text(lang, "retention-unopened"),
    }
}

fn moved_words(moved: &ClockMoved, lang: Lang) -> String {
    let last_run = moment(moved.last_run, lang);
    let days = moved.days().unsigned_abs() as f64;
    text_with(lang, "retention-clock-moved", &[("count", Arg::Number(days)), ("date", Arg::Text(&last_run))])
}

/// What an old epoch waits for; nothing of one that has ended, or is the current one.
fn epoch(state: &EpochState, lang: Lang) -> Option<(String, String)> {
    if !state.info.can_open || state.waits_for == [WaitsFor::Next] {
        return None;
    }
    let said: Vec<String> = state.waits_for.iter().map(|waits| waits_words(waits, lang)).collect();
    let words =
        if said.is_empty() { text(lang, "retention-epoch-ready") } else { said.join(&text(lang, "retention-and")) };
    let number = state.info.id.to_string();
    Some((text_with(lang, "retention-epoch", &[("number", Arg::Text(&number))]), words))
}

fn waits_words(waits: &WaitsFor, lang: Lang) -> String {
    match waits {
        WaitsFor::Next => text(lang, "retention-epoch-next"),
        WaitsFor::Time { until } => {
            text_with(lang, "retention-epoch-time", &[("date", Arg::Text(&moment(*until, lang)))])
        }
        WaitsFor::Spool => text(lang, "retention-epoch-spool"),
        WaitsFor::SetAside { place, envelopes } => {
            let key = match place {
                SetAside::Quarantine => "retention-epoch-quarantine",
                SetAside::Unopened => "retention-epoch-unopened",
            };
            text_with(lang, key, &[("count", Arg::Number(*envelopes as f64))])
        }
        WaitsFor::Nodes { nodes } => {
            let names: Vec<&str> = nodes.iter().map(|node| node.as_str()).collect();
            text_with(lang, "retention-epoch-nodes", &[("names", Arg::Text(&names.join(", ")))])
        }
    }
}

pub(super) async fn ask(
    staff: Allowed<needs::Erase>,
    _fresh: Fresh,
    State(console): State<Console>,
) -> Result<Response, Trouble> {
    confirm(&console, &staff, (StatusCode::OK, None)).await
}

/// What a run would erase, with its button; a run is of everything.
async fn confirm(
    console: &Console,
    staff: &Staff,
    (status, trouble): (StatusCode, Option<&'static str>),
) -> Result<Response, Trouble> {
    if staff.viewer.scope != Scope::All {
        return Ok(refusal::not_found(console, staff));
    }
    let lang = staff.viewer.lang;
    let known = look(console, &staff.viewer).await?;
    let due = known.lines.iter().filter(|line| line.due > 0).map(|line| {
        let what = what(console, line, lang);
        text_with(lang, "retention-due", &[("what", Arg::Text(&what)), ("count", Arg::Number(line.due as f64))])
    });
    let frame = Frame::of(console, staff, Place::Privacy, "retention-run-title");
    let shown = RunPage {
        frame: frame.with_trouble(trouble.map(|message| text(lang, message))),
        lines: due.collect(),
        moved: known.moved.map(|moved| moved_words(&moved, lang)),
    };
    Ok(page(status, "retention_run", &shown))
}

pub(super) async fn run(
    staff: Allowed<needs::Erase>,
    _fresh: Fresh,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let refused = |status: StatusCode, message: &'static str| confirm(&console, &staff, (status, Some(message)));
    if staff.viewer.scope != Scope::All {
        return Ok(refusal::not_found(&console, &staff));
    }
    if post.get("sure") != "yes" {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "retention-tick").await;
    }
    let Ok(place) = Arc::clone(&console.retaining).try_acquire_owned() else {
        return refused(StatusCode::CONFLICT, "retention-runs").await;
    };
    let (actor, vouches) = (staff.viewer.actor(), post.get("clock") == "right");
    let shared = console.clone();
    let work = tokio::task::spawn_blocking(move || {
        let _place = place;
        carried_out(&shared, &actor, vouches)
    });
    let back = |what: &str| Redirect::to(&format!("{}/privacy/retention?done={what}", console.base())).into_response();
    match tokio::time::timeout(PATIENCE, work).await {
        Err(_) => Ok(back("later")),
        Ok(Ok(Ok(Outcome::Done(_)))) => Ok(back("all")),
        Ok(Ok(Ok(Outcome::Waits(_)))) => refused(StatusCode::CONFLICT, "retention-needs-clock").await,
        Ok(Ok(Err(_)) | Err(_)) => refused(StatusCode::SERVICE_UNAVAILABLE, "retention-failed").await,
    }
}

fn carried_out(console: &Inner, actor: &str, vouches_for_clock: bool) -> Result<Outcome, PrivacyError> {
    let parts = &console.parts;
    let retention = Retention {
        custody: parts.custody(),
        rules: RetentionRules::of(&parts.settings),
        spool: parts.spool.clone(),
        clock: Arc::clone(&parts.clock),
    };
    let mut go_on = || {
        std::thread::sleep(PAUSE);
        true
    };
    let ran = retention.run(Order { actor, vouches_for_clock }, &mut go_on);
    match &ran {
        Ok(Outcome::Done(run)) => tracing::info!(erased = run.ended.len(), "retention was carried out for staff"),
        Ok(Outcome::Waits(_)) => tracing::warn!("retention was asked for by staff and waits: the clock moved far"),
        Err(error) => tracing::error!(%error, "retention could not be carried out for staff"),
    }
    ran
}
