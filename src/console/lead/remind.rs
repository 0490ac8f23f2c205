//! Reminders on a lead's page: when, for whom, done.
//!
//! Times are those of the office, as its hours say. Refuses a time that has passed, one that is too far
//! away to be meant, and to remind somebody who may not work on the lead.

use super::change::{done, may_own, to_list};
use super::{Known, Telling, answer, known};
use crate::console::guard::{Allowed, Post, needs};
use crate::console::inbox::name_of;
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::console::words::{self, Chip};
use crate::desk::store::{NewReminder, ReminderSet};
use crate::domain::business_hours::BusinessHours;
use crate::domain::ids::StaffId;
use crate::domain::staff::Viewer;
use crate::i18n::{Arg, office_moment, text, text_with};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Nobody means a time that is further away.
const FURTHEST: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);
/// How a page writes and reads a time of the office: as an `input` of the browser does.
const WRITTEN: &str = "%Y-%m-%dT%H:%M";

/// An open reminder, as the page shows it.
pub(super) struct Row {
    pub(super) chip: Chip,
    pub(super) at: String,
    /// Who is reminded, and by whom where it is somebody else.
    pub(super) who: String,
    /// By which it is ended; nothing for who may not.
    pub(super) staff: Option<String>,
}

/// A time that is offered.
pub(super) struct Quick {
    pub(super) value: String,
    pub(super) label: String,
}

/// The reminders of a lead and the form for another.
pub(super) struct Reminders {
    pub(super) rows: Vec<Row>,
    pub(super) quick: Vec<Quick>,
    /// The lead's owner, where that is another who may be reminded.
    pub(super) owner: Option<String>,
    pub(super) date: String,
    pub(super) time: String,
}

impl Reminders {
    pub(super) fn of(console: &Console, viewer: &Viewer, known: &Known, typed: Option<(String, String)>) -> Self {
        let (now, lang) = (console.parts.clock.now(), viewer.lang);
        let hours = &console.parts.settings.business_hours;
        let name = |id: StaffId| name_of(&known.colleagues, id);
        let rows = known.reminders.iter().map(|one| Row {
            chip: words::reminder_chip(one.at, now, lang),
            at: office_moment(one.at, &hours.time_zone, lang),
            who: match one.staff == one.set_by {
                true => name(one.staff),
                false => text_with(
                    lang,
                    "reminder-set-by",
                    &[("who", Arg::Text(&name(one.staff))), ("by", Arg::Text(&name(one.set_by)))],
                ),
            },
            staff: [one.staff, one.set_by].contains(&viewer.id).then(|| one.staff.to_string()),
        });
        let quick = quick(now, hours);
        let written = |at: Timestamp| at.to_zoned(hours.time_zone.clone()).strftime(WRITTEN).to_string();
        let first = quick.first().map_or(now, |(_, at)| *at);
        let offered = written(first).split_once('T').map(|(date, time)| (date.to_owned(), time.to_owned()));
        let (date, time) = typed.or(offered).unwrap_or_default();
        let label = |key: &str, at: Timestamp| {
            text_with(lang, key, &[("when", Arg::Text(&office_moment(at, &hours.time_zone, lang)))])
        };
        let owner = known.work.owner.filter(|id| *id != viewer.id && may_own(known, *id));
        Self {
            rows: rows.collect(),
            quick: quick.iter().map(|(key, at)| Quick { value: written(*at), label: label(key, *at) }).collect(),
            owner: owner.map(name),
            date,
            time,
        }
    }
}

/// Times that are offered, each once: when the office opens next, in three days, on the next Monday.
fn quick(now: Timestamp, hours: &BusinessHours) -> Vec<(&'static str, Timestamp)> {
    let today = now.to_zoned(hours.time_zone.clone()).date();
    let days = [
        ("reminder-tomorrow", today.checked_add(1.day())),
        ("reminder-three-days", today.checked_add(3.days())),
        ("reminder-monday", today.nth_weekday(1, Weekday::Monday)),
    ];
    let mut times: Vec<(&str, Timestamp)> = Vec::new();
    for (key, day) in days {
        let Ok(day) = day else { continue };
        let at = hours.morning_of(day);
        if times.iter().all(|(_, other)| *other != at) {
            times.push((key, at));
        }
    }
    times
}

/// The time that a form names, or why it is none.
fn asked_for(post: &Post, now: Timestamp, hours: &BusinessHours) -> Result<Timestamp, &'static str> {
    let own = format!("{}T{}", post.get("date"), post.get("time"));
    let wanted = match post.get("when") {
        "own" => own.as_str(),
        offered => offered,
    };
    let wanted = DateTime::strptime(WRITTEN, wanted).map_err(|_| "reminder-time-wrong")?;
    let at = wanted.to_zoned(hours.time_zone.clone()).map_err(|_| "reminder-time-wrong")?.timestamp();
    match at.duration_since(now) {
        left if left <= SignedDuration::ZERO => Err("reminder-time-past"),
        left if left > FURTHEST => Err("reminder-time-far"),
        _ => Ok(at),
    }
}

pub(super) async fn set(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let typed = (post.get("date").to_owned(), post.get("time").to_owned());
    let at = asked_for(&post, console.parts.clock.now(), &console.parts.settings.business_hours);
    let is_for_owner = post.get("for") == "owner";
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let set = console.blocking(move |console| {
        let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
        let at = match at {
            Ok(at) => at,
            Err(message) => return Ok(Some(Err(message))),
        };
        let whom = if is_for_owner { known.work.owner.filter(|id| may_own(&known, *id)) } else { Some(viewer.id) };
        let Some(whom) = whom else { return Ok(Some(Err("reminder-no-owner"))) };
        let new = NewReminder { staff: whom, at, set_by: viewer.id };
        Ok(match console.parts.store.set_reminder(known.lead.token, &new, &viewer.actor())? {
            ReminderSet::Done => Some(Ok(())),
            ReminderSet::Taken => Some(Err("reminder-taken")),
            ReminderSet::Missing => None,
        })
    });
    match set.await? {
        Some(Ok(())) => Ok(done(&console, &lead, "reminder")),
        Some(Err(message)) => {
            let trouble = Some(text(staff.viewer.lang, message));
            let (status, remind) = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed));
            answer(&console, &staff, lead, Telling { status, trouble, remind, ..Telling::default() }).await
        }
        None => Ok(refusal::not_found(&console, &staff)),
    }
}

/// Ends one's own reminder, or one that one has set.
pub(super) async fn end(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    headers: HeaderMap,
    post: Post,
) -> Result<Response, Trouble> {
    let whose = match post.get("staff") {
        "me" => Some(staff.viewer.id),
        id => id.parse::<StaffId>().ok(),
    };
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let ended = console.blocking(move |console| {
        let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
        let mut open = known.reminders.iter();
        let ours = open.find(|one| Some(one.staff) == whose && [one.staff, one.set_by].contains(&viewer.id));
        match ours {
            Some(one) => console.parts.store.end_reminder(known.lead.token, one.staff, &viewer.actor()).map(Some),
            None => Ok(Some(false)),
        }
    });
    match ended.await? {
        // One that is there no more was done in another tab.
        Some(_) if post.get("from") == "list" => Ok(to_list(&console, &headers)),
        Some(_) => Ok(done(&console, &lead, "reminder-done")),
        None => Ok(refusal::not_found(&console, &staff)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    #[test]
    fn what_is_offered_is_when_the_office_opens_and_each_time_once() {
        let office = BusinessHours {
            time_zone: TimeZone::fixed(jiff::tz::offset(9)),
            days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            opens: time(10, 0, 0, 0),
            closes: Some(time(18, 0, 0, 0)),
            japanese_holidays: true,
            closed: Vec::new(),
        };
        let offered = |hours: &BusinessHours, now: &str| {
            let times = quick(now.parse().unwrap(), hours).into_iter();
            times
                .map(|(key, at)| format!("{key} {}", at.to_zoned(hours.time_zone.clone()).strftime("%a %d %H:%M")))
                .collect::<Vec<_>>()
        };
        // A Tuesday evening in Japan.
        let tuesday =
            ["reminder-tomorrow Wed 02 10:00", "reminder-three-days Fri 04 10:00", "reminder-monday Mon 07 10:00"];
        assert_eq!(offered(&office, "2026-12-01T12:00:00Z"), tuesday);
        // A Friday: all three are on Monday.
        assert_eq!(offered(&office, "2026-12-04T03:00:00Z"), ["reminder-tomorrow Mon 07 10:00"]);
        let always =
            ["reminder-tomorrow Wed 02 09:00", "reminder-three-days Fri 04 09:00", "reminder-monday Mon 07 09:00"];
        assert_eq!(offered(&BusinessHours::always(), "2026-12-01T12:00:00Z"), always);
    }
}
