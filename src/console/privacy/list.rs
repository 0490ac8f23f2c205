//! The list of requests: those that wait first, then those that ended.

use super::words;
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Allowed, needs};
use crate::console::state::{Console, Trouble};
use crate::console::words::Chip;
use crate::desk::store::RequestView;
use crate::domain::lang::Lang;
use crate::i18n::{Arg, moment, text_with};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Requests that wait and are shown.
const WAITING: usize = 200;
/// Requests that ended, on a page.
const ROWS: usize = 50;

struct Row {
    href: String,
    kind: String,
    site: Option<String>,
    asked: String,
    status: String,
    chip: Option<Chip>,
}

#[derive(Template)]
#[template(path = "console/privacy.html")]
struct ListPage {
    frame: Frame,
    waiting: Vec<Row>,
    more: Option<String>,
    ended: Vec<Row>,
    first: Option<String>,
    after: Option<String>,
}

/// The place before which the list of those that ended begins, as the address says.
fn place(query: &str) -> Option<i64> {
    let before = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "before");
    before.and_then(|(_, place)| place.parse().ok())
}

pub(super) async fn show(
    staff: Allowed<needs::Erase>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let (scope, lang) = (staff.viewer.scope.clone(), staff.viewer.lang);
    let before = place(query.as_deref().unwrap_or_default());
    let (waiting, mut ended) = console
        .blocking(move |console| {
            let store = &console.parts.store;
            let waiting = if before.is_none() { store.waiting_requests(&scope, WAITING + 1)? } else { Vec::new() };
            // One more than is shown tells whether there is another page.
            Ok((waiting, store.ended_requests(&scope, before, ROWS + 1)?))
        })
        .await?;
    let has_more = ended.len() > ROWS;
    ended.truncate(ROWS);
    let rows = |requests: &[RequestView]| requests.iter().map(|request| row(&console, request, lang)).collect();
    let most = [("count", Arg::Number(WAITING as f64))];
    let shown = ListPage {
        frame: Frame::of(&console, &staff, Place::Privacy, "privacy-title"),
        more: (waiting.len() > WAITING).then(|| text_with(lang, "privacy-more", &most)),
        waiting: rows(waiting.get(..WAITING).unwrap_or(&waiting)),
        first: before.map(|_| String::from("?")),
        after: ended.last().filter(|_| has_more).map(|last| format!("?before={}", last.id)),
        ended: rows(&ended),
    };
    Ok(page(StatusCode::OK, "privacy", &shown))
}

fn row(console: &Console, request: &RequestView, lang: Lang) -> Row {
    let has_many_sites = console.parts.settings.sites.len() > 1;
    Row {
        href: format!("{}/privacy/{}", console.base(), request.token),
        kind: words::kind(request.kind, lang),
        site: has_many_sites.then(|| words::site(console, &request.site, lang)),
        asked: moment(request.created_at, lang),
        status: words::status(request, lang),
        chip: request.status.is_waiting().then(|| words::chip(request, console.parts.clock.now(), lang)),
    }
}
