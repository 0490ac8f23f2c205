//! The page of one lead: masked values, what was agreed to, history, and the work on it.
//!
//! A lead outside the viewer's scope is one that does not exist. A value is shown in clear only as the
//! answer to a reveal with a reason, which the audit has by then; that page is kept nowhere and masks
//! itself after a minute. A change names the revision that its maker saw.

mod change;
mod remind;
mod reply;
mod reveal;
mod view;

use super::frame::page;
use super::guard::{Allowed, Staff, needs};
use super::pages::Pages;
use super::refusal;
use super::state::{Console, Inner, Trouble};
use crate::desk::export::Opened;
use crate::desk::store::{DeliveryView, InboxRow, LeadView, LeadWork, ReminderView, StaffView, StoreError};
use crate::domain::staff::Viewer;
use crate::domain::token::Token;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use view::LeadTemplate;

/// Other enquiries of the same person that are listed.
const ENQUIRIES: usize = 20;

/// Mounts the pages of leads.
pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/leads/{lead}", show)
        .post("/leads/{lead}/stage", change::stage)
        .post("/leads/{lead}/owner", change::owner)
        .post("/leads/{lead}/tags", change::tags)
        .post("/leads/{lead}/notes", change::note)
        .post("/leads/{lead}/retry", change::retry)
        .post("/leads/{lead}/reveal", reveal::reveal)
        .post("/leads/{lead}/reply", reply::reply)
        .post("/leads/{lead}/reminder", remind::set)
        .post("/leads/{lead}/reminder/done", remind::end)
}

/// Everything that the page of a lead shows, still closed.
pub(super) struct Known {
    lead: LeadView,
    work: LeadWork,
    deliveries: Vec<DeliveryView>,
    enquiries: Vec<InboxRow>,
    colleagues: Vec<StaffView>,
    reminders: Vec<ReminderView>,
}

/// A lead by what stands in the address, where the viewer may see it.
fn known(console: &Inner, viewer: &Viewer, lead: &str) -> Result<Option<Known>, StoreError> {
    let store = &console.parts.store;
    let Ok(token) = lead.parse::<Token>() else { return Ok(None) };
    let Some(lead) = store.lead(token)?.filter(|lead| viewer.sees(&lead.site, &lead.form)) else { return Ok(None) };
    // By its own token: the address may hold an alias of it.
    let Some(work) = store.work_on(lead.token)? else { return Ok(None) };
    Ok(Some(Known {
        deliveries: store.deliveries(Some(lead.token))?,
        enquiries: store.same_person(lead.token, &viewer.scope, ENQUIRIES)?,
        colleagues: store.staff()?,
        reminders: store.reminders_on(lead.token)?,
        work,
        lead,
    }))
}

/// What a page of a lead says besides what is known of it.
#[derive(Default)]
struct Telling {
    status: StatusCode,
    /// A message that something was done.
    notice: &'static str,
    /// What is wrong, in words.
    trouble: Option<String>,
    /// What was opened.
    opened: Opened,
    /// What somebody typed into a note that could not be kept.
    note: String,
    /// What was opened is to answer by.
    is_reply: bool,
    /// The date and time that somebody typed for a reminder that could not be set.
    remind: Option<(String, String)>,
}

/// The page of a lead; the answer for one that is none, where there is none.
async fn answer(console: &Console, staff: &Staff, lead: String, telling: Telling) -> Result<Response, Trouble> {
    let viewer = staff.viewer.clone();
    let found = console.blocking(move |console| known(console, &viewer, &lead)).await?;
    Ok(match found {
        Some(found) => {
            let status = telling.status;
            page(status, "lead", &LeadTemplate::new(console, staff, &found, telling))
        }
        None => refusal::not_found(console, staff),
    })
}

async fn show(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let done = match query.as_deref() {
        Some("done=stage") => "lead-done-stage",
        Some("done=owner") => "lead-done-owner",
        Some("done=tags") => "lead-done-tags",
        Some("done=note") => "lead-done-note",
        Some("done=retry") => "lead-done-retry",
        Some("done=reminder") => "lead-done-reminder",
        Some("done=reminder-done") => "lead-done-reminder-done",
        _ => "",
    };
    answer(&console, &staff, lead, Telling { notice: done, ..Telling::default() }).await
}
