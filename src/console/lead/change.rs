//! Changes of a lead by its page's forms: stage, owner, tags, notes, a mail put back.

use super::{Known, Telling, answer, known};
use crate::console::guard::{Allowed, Post, Staff, needs, safe_next};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::export::seal_note;
use crate::desk::store::{Change, Changed, MOST_TAGS};
use crate::domain::ids::StaffId;
use crate::domain::lead::{NoLead, Stage, Tag};
use crate::domain::normal::text;
use crate::domain::pii::Pii;
use crate::domain::staff::Permission;
use crate::i18n::{Arg, text_with};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 4000;

/// Why a form is not taken.
enum Refused {
    /// What is wrong with it, as a message.
    Wrong(&'static str),
}

/// Back to the page, which says what was done.
pub(super) fn done(console: &Console, lead: &str, what: &str) -> Response {
    Redirect::to(&format!("{}/leads/{lead}?done={what}", console.base())).into_response()
}

pub(super) async fn stage(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let reason = NoLead::from_word(post.get("reason"));
    let change = match post.get("stage").parse::<Stage>() {
        Ok(Stage::Unqualified) if reason.is_none() => Err(Refused::Wrong("lead-stage-needs-reason")),
        Ok(stage) => Ok(Change::Stage(stage, reason)),
        Err(_) => Err(Refused::Wrong("lead-stage-unknown")),
    };
    make(&console, &staff, lead, &post, change, "stage").await
}

pub(super) async fn owner(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    headers: HeaderMap,
    post: Post,
) -> Result<Response, Trouble> {
    let change = match post.get("owner") {
        "" => Ok(Change::Owner(None)),
        "me" => Ok(Change::Owner(Some(staff.viewer.id))),
        id => id.parse().map(|id| Change::Owner(Some(id))).map_err(|_| Refused::Wrong("lead-owner-unknown")),
    };
    let answer = make(&console, &staff, lead, &post, change, "owner").await?;
    let is_done = answer.status() == StatusCode::SEE_OTHER;
    Ok(if is_done && post.get("from") == "list" { to_list(&console, &headers) } else { answer })
}

/// Back to the list that the form stands in, on the page that was looked at.
pub(super) fn to_list(console: &Console, headers: &HeaderMap) -> Response {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let from = referer.and_then(|referer| referer.parse::<Uri>().ok());
    let from = from.and_then(|from| from.path_and_query().map(|path| path.as_str().to_owned()));
    let list = format!("{}/inbox", console.base());
    let from = from.filter(|from| from.starts_with(&list)).unwrap_or(list);
    Redirect::to(&safe_next(console, Some(&from))).into_response()
}

pub(super) async fn tags(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let typed = post.get("tags").split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | '，'));
    let read: Result<Vec<Tag>, _> = typed.filter(|word| !word.is_empty()).map(str::parse).collect();
    let change = match read {
        Ok(tags) if tags.len() > MOST_TAGS => Err(Refused::Wrong("lead-tags-many")),
        Ok(tags) => Ok(Change::Tags(tags)),
        Err(_) => Err(Refused::Wrong("lead-tags-wrong")),
    };
    make(&console, &staff, lead, &post, change, "tags").await
}

/// Makes a change of a lead that the viewer may see, and tells what became of it.
async fn make(
    console: &Console,
    staff: &Staff,
    lead: String,
    post: &Post,
    change: Result<Change, Refused>,
    what: &'static str,
) -> Result<Response, Trouble> {
    let change = match change {
        Ok(change) => change,
        Err(Refused::Wrong(message)) => {
            return refuse(console, staff, lead, StatusCode::UNPROCESSABLE_ENTITY, message).await;
        }
    };
    let Ok(revision) = post.get("revision").parse::<u64>() else {
        return refuse(console, staff, lead, StatusCode::UNPROCESSABLE_ENTITY, "lead-overtaken").await;
    };
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let made = console
        .blocking(move |console| {
            let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
            if let Change::Owner(Some(id)) = change
                && !may_own(&known, id)
            {
                return Ok(Some(Err("lead-owner-unknown")));
            }
            let store = &console.parts.store;
            store.change_lead(known.lead.token, revision, &change, &viewer.actor()).map(|made| Some(Ok(made)))
        })
        .await?;
    match made {
        Some(Ok(Changed::Done | Changed::Same)) => Ok(done(console, &lead, what)),
        Some(Ok(Changed::Overtaken)) => refuse(console, staff, lead, StatusCode::CONFLICT, "lead-overtaken").await,
        Some(Err(message)) => refuse(console, staff, lead, StatusCode::UNPROCESSABLE_ENTITY, message).await,
        Some(Ok(Changed::Missing)) | None => Ok(refusal::not_found(console, staff)),
    }
}

/// Whether a lead may be given to this member of staff: one who sees it and works on leads.
pub(super) fn may_own(known: &Known, id: StaffId) -> bool {
    known.colleagues.iter().any(|one| {
        let viewer = one.viewer();
        one.id == id
            && one.disabled_at.is_none()
            && viewer.may(Permission::ChangeLeads)
            && viewer.sees(&known.lead.site, &known.lead.form)
    })
}

async fn refuse(
    console: &Console,
    staff: &Staff,
    lead: String,
    status: StatusCode,
    message: &str,
) -> Result<Response, Trouble> {
    let limit = [("count", Arg::Number(MOST_TAGS as f64))];
    let trouble = Some(text_with(staff.viewer.lang, message, &limit));
    answer(console, staff, lead, Telling { status, trouble, ..Telling::default() }).await
}

pub(super) async fn note(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let words = text::multi_line(post.get("note"));
    if words.is_empty() || text::length(&words) > LONGEST_NOTE {
        let (lang, status) = (staff.viewer.lang, StatusCode::UNPROCESSABLE_ENTITY);
        let message = if words.is_empty() { "lead-note-empty" } else { "lead-note-long" };
        let trouble = Some(text_with(lang, message, &[("count", Arg::Number(LONGEST_NOTE as f64))]));
        return answer(&console, &staff, lead, Telling { status, trouble, note: words, ..Telling::default() }).await;
    }
    let (viewer, address, words) = (staff.viewer.clone(), lead.clone(), Pii::new(words));
    let kept = console
        .blocking(move |console| {
            let Some(known) = known(console, &viewer, &address)? else { return Ok(false) };
            let (parts, token) = (&console.parts, known.lead.token);
            match seal_note(&parts.keyring, token, &words, parts.entropy.as_ref()) {
                Ok((name, sealed)) => parts.store.add_note(token, name, &sealed, &viewer.actor()),
                Err(error) => {
                    tracing::error!(lead = %token, %error, "a note can't be sealed; nothing was kept of it");
                    Ok(false)
                }
            }
        })
        .await?;
    if kept { Ok(done(&console, &lead, "note")) } else { Ok(refusal::not_found(&console, &staff)) }
}

pub(super) async fn retry(
    staff: Allowed<needs::ChangeLeads>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let Ok(delivery) = post.get("delivery").parse::<i64>() else {
        return Ok(refusal::not_found(&console, &staff));
    };
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let put_back = console
        .blocking(move |console| {
            let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
            console.parts.store.retry_delivery(known.lead.token, delivery, &viewer.actor()).map(Some)
        })
        .await?;
    match put_back {
        Some(true) => {
            console.parts.wake_outbox.notify_one();
            Ok(done(&console, &lead, "retry"))
        }
        Some(false) => refuse(&console, &staff, lead, StatusCode::CONFLICT, "lead-retry-none").await,
        None => Ok(refusal::not_found(&console, &staff)),
    }
}
