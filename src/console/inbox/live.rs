//! Live update: a page that shows a list is told that the list changed.
//!
//! An event holds a digest of what the viewer may see of the list, and nothing of a lead: who may not
//! see a lead hears nothing of it. What is new the page asks for itself. An open page does not keep its
//! session alive, ends with it, and holds no shutdown up.

use super::{Found, look};
use crate::console::guard::{Allowed, needs};
use crate::console::state::{Console, Trouble};
use crate::domain::staff::Permission;
use crate::http::listener::Closing;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Pages of one session that are told at a time. A browser keeps few connections to a host, and needs
/// some for itself.
const PER_SESSION: usize = 4;
/// Pages that are told at a time.
const IN_ALL: usize = 100;
/// What is committed within so long is told as one change.
const SETTLE: Duration = Duration::from_secs(1);
/// The session, and what time alone changes, is looked at at least so often.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Commits of other processes are noticed within so long.
const OTHERS: Duration = Duration::from_secs(3);
/// A connection on which nothing was said for so long gets a comment, lest a proxy closes it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A browser that was cut off comes back after so long.
const COME_BACK: Duration = Duration::from_secs(5);

/// Which pages are told.
#[derive(Default)]
pub(in crate::console) struct Live(Mutex<Seats>);

#[derive(Default)]
struct Seats {
    by_session: HashMap<[u8; 32], usize>,
    /// Somebody looks for commits of other processes.
    looks: bool,
}

/// One page's place, given back on drop.
struct Seat {
    console: Console,
    session: [u8; 32],
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.console.live.seats();
        if let Some(taken) = seats.by_session.get_mut(&self.session) {
            *taken -= 1;
            if *taken == 0 {
                seats.by_session.remove(&self.session);
            }
        }
    }
}

impl Live {
    fn seats(&self) -> std::sync::MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, where there is one.
    fn admit(&self, console: &Console, session: [u8; 32]) -> Option<Seat> {
        let mut seats = self.seats();
        let in_all: usize = seats.by_session.values().sum();
        let taken = seats.by_session.entry(session).or_default();
        if *taken >= PER_SESSION || in_all >= IN_ALL {
            if *taken == 0 {
                seats.by_session.remove(&session);
            }
            return None;
        }
        *taken += 1;
        if !std::mem::replace(&mut seats.looks, true) {
            tokio::spawn(look_for_others(console.clone()));
        }
        Some(Seat { console: console.clone(), session })
    }

    /// Whether anybody is to be told; who asks stops looking when nobody is.
    fn goes_on(&self) -> bool {
        let mut seats = self.seats();
        seats.looks = !seats.by_session.is_empty();
        seats.looks
    }
}

/// Looks for commits of other processes while anybody is to be told of them.
async fn look_for_others(console: Console) {
    loop {
        tokio::time::sleep(OTHERS).await;
        if !console.live.goes_on() {
            return;
        }
        if let Err(error) = console.blocking(|console| console.parts.store.notice_others()).await {
            tracing::debug!(%error, "whether another process changed leads is not known now");
        }
    }
}

/// What a list looks like to its viewer, as a digest: it changes when rows or counts do.
pub(super) fn digest(found: &Found) -> String {
    let mut digest = Sha256::new();
    for row in &found.page.rows {
        digest.update(row.token.as_bytes());
        digest.update(row.revision.to_be_bytes());
        digest.update(row.remind_at.map_or(0, |at| at.as_millisecond()).to_be_bytes());
    }
    for counted in &found.counts {
        digest.update(counted.count.to_be_bytes());
    }
    hex::encode(&digest.finalize()[..8])
}

/// A page that is told.
struct Watching {
    seat: Seat,
    query: String,
    changes: watch::Receiver<u64>,
    closing: CancellationToken,
    said: Option<String>,
}

impl Watching {
    /// Waits for a change of what the page shows. Nothing when the session is over or the server stops.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if self.said.is_some() {
                self.wait().await?;
            }
            let now = self.look().await.ok()??;
            if self.said.as_ref() != Some(&now) {
                let event = Event::default().event("list").data(&now).retry(COME_BACK);
                self.said = Some(now);
                return Some((Ok(event), self));
            }
        }
    }

    async fn wait(&mut self) -> Option<()> {
        let Self { changes, closing, .. } = self;
        let changed = async {
            let told = changes.changed().await;
            tokio::time::sleep(SETTLE).await;
            changes.mark_unchanged();
            told.ok()
        };
        tokio::select! {
            () = closing.cancelled() => None,
            told = changed => told,
            () = tokio::time::sleep(LOOK_AGAIN) => Some(()),
        }
    }

    /// What the list looks like to whose session it is; nothing when it is over.
    async fn look(&self) -> Result<Option<String>, Trouble> {
        let (session, query) = (self.seat.session, self.query.clone());
        let looked = self.seat.console.blocking(move |console| {
            let Some(found) = console.parts.store.session_of(&session)? else { return Ok(None) };
            let viewer = found.staff.viewer();
            if !viewer.may(Permission::SeeLeads) {
                return Ok(None);
            }
            look(console, &viewer, &query).map(|(_, found)| Some(digest(&found)))
        });
        looked.await
    }
}

/// The events of a list: its digest at once, and again whenever it is another one.
pub(super) async fn events(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
    closing: Option<Extension<Closing>>,
) -> Response {
    let Some(seat) = console.live.admit(&console, staff.session_mark()) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many pages are open\n").into_response();
    };
    let closing = closing.map_or_else(CancellationToken::new, |Extension(Closing(token))| token);
    let changes = console.parts.store.changes();
    let watching = Watching { seat, query: query.unwrap_or_default(), changes, closing, said: None };
    let events = Sse::new(unfold(watching, Watching::next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    let mut response = events.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would keep the events back until there are many.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
