//! The audit: its entries in words, narrowed and page by page, and how its chain stands.
//!
//! Shows ids and words of lists, as the audit holds them; names of staff are looked up for the page.
//! Changes nothing. Entries that are saved as a file have an entry of their own first.

mod chain;
mod filter;
mod view;
mod words;

pub(super) use chain::ChainWatch;
pub(super) use words::actor;

use super::frame::{Frame, Place, page};
use super::guard::{Allowed, Post, needs};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::desk::audit::{Action, Entry, NewEntry};
use crate::desk::store::{InboxRow, RequestView, Seek, StoreError};
use crate::domain::staff::{Permission, Viewer};
use crate::domain::token::Token;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use filter::Asked;
use std::collections::BTreeSet;
use view::{AuditTemplate, Found};

/// Entries on a page.
const ROWS: usize = 50;
/// Actors offered as filters.
const ACTORS: usize = 200;
/// Entries that a file holds.
const MOST_SAVED: usize = 10_000;

/// The pages of the audit.
pub(super) fn pages() -> Pages {
    Pages::new().get("/audit", show).post("/audit/verify", verify).post("/audit/csv", save)
}

/// Things that entries are about, as far as the viewer may see them.
#[derive(Default)]
struct Things {
    leads: Vec<InboxRow>,
    requests: Vec<RequestView>,
}

async fn show(
    staff: Allowed<needs::SeeAudit>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let chain = chain::look(&console, false).await;
    let viewer = staff.viewer.clone();
    let (asked, found) = console
        .blocking(move |console| {
            let (parts, zone) = (&console.parts, &console.parts.settings.business_hours.time_zone);
            let asked = Asked::read(query.as_deref().unwrap_or_default(), zone);
            let page = parts.store.audit_page(&asked.filter, asked.seek.unwrap_or(Seek::First), ROWS)?;
            let things = things(console, &viewer, &page.entries)?;
            let (actors, colleagues) = (parts.store.audit_actors(ACTORS)?, parts.store.staff()?);
            Ok((asked, Found { page, things, actors, colleagues }))
        })
        .await?;
    let mut frame = Frame::of(&console, &staff, Place::Audit, "audit-title");
    if asked.is_unclear {
        let words = frame.text("inbox-unclear");
        frame = frame.with_trouble(Some(words));
    }
    Ok(page(StatusCode::OK, "audit", &AuditTemplate::new(frame, &asked, &found, chain)))
}

/// Looks up what entries of a page are about. What the viewer may not see is not among it.
fn things(console: &Inner, viewer: &Viewer, entries: &[Entry]) -> Result<Things, StoreError> {
    let store = &console.parts.store;
    let subjects = entries.iter().filter_map(|entry| entry.subject.as_deref()?.parse::<Token>().ok());
    let mut things = Things::default();
    for token in subjects.collect::<BTreeSet<Token>>() {
        let leads = store.leads_by_token(token, &viewer.scope)?;
        if leads.is_empty() && viewer.may(Permission::Erase) {
            let request = store.request(token)?;
            things.requests.extend(request.filter(|request| viewer.scope.has_site(&request.site)));
        }
        // An alias leads to the lead, but is not its name.
        things.leads.extend(leads.into_iter().filter(|lead| lead.token == token));
    }
    Ok(things)
}

/// Checks the chain from its first entry.
async fn verify(_staff: Allowed<needs::SeeAudit>, State(console): State<Console>, _post: Post) -> Response {
    chain::look(&console, true).await;
    Redirect::to(&format!("{}/audit", console.base())).into_response()
}

/// The entries of a list as a file, in the words of the audit.
async fn save(
    staff: Allowed<needs::SeeAudit>,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let asked = Asked::sent(|part| post.get(part), &console.parts.settings.business_hours.time_zone);
    let actor = staff.viewer.actor();
    let file = console
        .blocking(move |console| {
            let store = &console.parts.store;
            let entries = store.audit_page(&asked.filter, Seek::First, MOST_SAVED)?.entries;
            store.append_audit(&NewEntry {
                actor,
                action: Action::AuditSaved,
                subject: None,
                reason: None,
                detail: Some(format!("count={} filters={}", entries.len(), asked.parts.len())),
            })?;
            Ok(csv(&entries))
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, file).into_response())
}

fn csv(entries: &[Entry]) -> String {
    let mut out = String::from("\u{feff}no,at,who,action,on,reason,detail,hash\r\n");
    for entry in entries {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            entry.seq.to_string(),
            entry.at.to_string(),
            entry.actor.clone(),
            entry.action.clone(),
            text(&entry.subject),
            text(&entry.reason),
            text(&entry.detail),
            entry.hash.clone(),
        ];
        out += &cells.map(|cell| quoted(&cell)).join(",");
        out += "\r\n";
    }
    out
}

/// A cell that no spreadsheet calculates.
fn quoted(cell: &str) -> String {
    let sign = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{sign}{}\"", cell.replace('"', "\"\""))
}
