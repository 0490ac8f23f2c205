//! Lists that somebody keeps: saved under a name, renamed, shared, removed.
//!
//! What is kept is what the inbox read of an address, written anew; nothing else of it. Whoever looks
//! at a shared list finds what they may see.

use super::filter::Asked;
use super::{Telling, answer};
use crate::console::guard::{Allowed, Post, Staff, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::store::{MOST_VIEWS, ViewChange, ViewRefusal};
use crate::domain::lead::ViewName;
use crate::domain::staff::Permission;
use crate::i18n::{Arg, text_with};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Back to a list, which says what was done.
fn done(console: &Console, query: &str, what: &str) -> Response {
    Redirect::to(&format!("{}/inbox{query}&done={what}", console.base())).into_response()
}

/// The list again, with what is wrong.
async fn refuse(
    console: &Console,
    staff: &Staff,
    query: String,
    message: &str,
    name: &str,
) -> Result<Response, Trouble> {
    let most = [("count", Arg::Number(MOST_VIEWS as f64))];
    let trouble = Some(text_with(staff.viewer.lang, message, &most));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let query = query.trim_start_matches('?').to_owned();
    answer(console, staff, query, Telling { status, trouble, name: name.to_owned(), ..Telling::default() }).await
}

const fn message_of(refusal: ViewRefusal) -> &'static str {
    match refusal {
        ViewRefusal::NameTaken => "view-name-taken",
        ViewRefusal::Full | ViewRefusal::Unknown => "view-full",
    }
}

pub(super) async fn save(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let viewer = &staff.viewer;
    let (now, zone) = (console.parts.clock.now(), &console.parts.settings.business_hours.time_zone);
    let query = Asked::read(post.get("query").trim_start_matches('?'), viewer, now, zone).page(None);
    let Ok(name) = post.get("name").parse::<ViewName>() else {
        return refuse(&console, &staff, query, "view-name-wrong", post.get("name")).await;
    };
    let (id, kept) = (viewer.id, query.clone());
    let saved = console.blocking(move |console| console.parts.store.save_view(id, &name, &kept)).await?;
    match saved {
        Ok(()) => Ok(done(&console, &query, "view-saved")),
        Err(refusal) => refuse(&console, &staff, query, message_of(refusal), post.get("name")).await,
    }
}

pub(super) async fn change(
    staff: Allowed<needs::SeeLeads>,
    State(console): State<Console>,
    Path(id): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let Ok(id) = id.parse::<i64>() else { return Ok(refusal::not_found(&console, &staff)) };
    let query = post.get("query").to_owned();
    let (change, what) = match post.get("what") {
        "remove" => (ViewChange::Remove, "view-removed"),
        "share" | "private" if !staff.viewer.may(Permission::ManageStaff) => {
            return Ok(refusal::not_allowed(&console, &staff));
        }
        "share" => (ViewChange::Share(true), "view-shared"),
        "private" => (ViewChange::Share(false), "view-private"),
        _ => match post.get("name").parse::<ViewName>() {
            Ok(name) => (ViewChange::Rename(name), "view-renamed"),
            Err(_) => return refuse(&console, &staff, query, "view-name-wrong", post.get("name")).await,
        },
    };
    let owner = staff.viewer.id;
    let changed = console.blocking(move |console| console.parts.store.change_view(owner, id, &change)).await?;
    match changed {
        Ok(query) => Ok(done(&console, &query, what)),
        Err(ViewRefusal::Unknown) => Ok(refusal::not_found(&console, &staff)),
        Err(refusal) => refuse(&console, &staff, query, message_of(refusal), post.get("name")).await,
    }
}
