//! One-time links: the first sign-in of an account, and the way back for who lost the password.
//!
//! Looking changes nothing, since mail scanners open links. A link that is unknown, used or too old
//! has one answer.

use super::{Welcome, begin};
use crate::console::frame::{Frame, page, preferred};
use crate::console::guard::{Open, OpenPost};
use crate::console::proof::hashed;
use crate::console::state::{Console, Trouble};
use crate::console::weakness::refusal_of;
use crate::crypto::bearer::Bearer;
use crate::desk::store::{LinkPurpose, Password, SignInWay, StaffView};
use crate::domain::lang::Lang;
use crate::domain::staff::actor;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/link_set.html")]
struct SetPage<'a> {
    frame: Frame,
    name: &'a str,
    address: &'a str,
    chooses_password: bool,
}

#[derive(Template)]
#[template(path = "console/link_gone.html")]
struct GonePage {
    frame: Frame,
}

/// What stands behind a secret.
async fn behind(console: &Console, secret: &str) -> Result<Option<(Bearer, StaffView, LinkPurpose)>, Trouble> {
    let Some(bearer) = Bearer::read(secret) else { return Ok(None) };
    let sha256 = bearer.sha256();
    let found = console.blocking(move |console| console.parts.store.staff_behind_link(&sha256)).await?;
    Ok(found.map(|(staff, purpose)| (bearer, staff, purpose)))
}

fn gone(console: &Console, lang: Lang) -> Response {
    let frame = Frame::open(console, lang, "console-link-gone-title");
    page(StatusCode::NOT_FOUND, "link_gone", &GonePage { frame })
}

fn set_page(
    console: &Console,
    lang: Lang,
    staff: &StaffView,
    purpose: LinkPurpose,
    trouble: Option<String>,
) -> Response {
    let chooses_password = purpose == LinkPurpose::Password;
    let title = if chooses_password { "console-link-title" } else { "console-link-enter-title" };
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::open(console, lang, title).with_trouble(trouble);
    page(status, "link_set", &SetPage { frame, name: &staff.name, address: staff.address.as_str(), chooses_password })
}

pub(super) async fn show(
    _open: Open,
    State(console): State<Console>,
    Path(secret): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    match behind(&console, &secret).await? {
        Some((_, staff, purpose)) => Ok(set_page(&console, staff.lang, &staff, purpose, None)),
        None => Ok(gone(&console, preferred(&headers, query.as_deref()))),
    }
}

pub(super) async fn follow(
    _open: Open,
    State(console): State<Console>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    post: OpenPost,
) -> Result<Response, Trouble> {
    let Some((bearer, staff, purpose)) = behind(&console, &secret).await? else {
        return Ok(gone(&console, preferred(&headers, None)));
    };
    let (id, sha256) = (staff.id, bearer.sha256());
    let used = match purpose {
        LinkPurpose::Enter => console.blocking(move |console| console.parts.store.use_staff_link(id, &sha256)).await?,
        LinkPurpose::Password => {
            let (new, again) = (post.get("new"), post.get("again"));
            if let Some(words) = refusal_of(staff.lang, new, again, &staff) {
                return Ok(set_page(&console, staff.lang, &staff, purpose, Some(words)));
            }
            let phc = hashed(&console, new).await?;
            console
                .blocking(move |console| {
                    let password = Password { phc: &phc, by_link: Some(sha256), keep: None };
                    console.parts.store.set_password(id, &password, &actor(id))
                })
                .await?
        }
    };
    if !used {
        return Ok(gone(&console, staff.lang));
    }
    let next = console.base().to_owned();
    begin(&console, &headers, Welcome { staff, next }, SignInWay::Link).await
}
