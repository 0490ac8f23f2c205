//! The account of one colleague: its rights, a new link, whether it may sign in.

use super::{
    HERE, Person, RoleChoice, ScopeChoice, fresh_link, link_page, manages, rights_of, role_choices, scope_choices,
};
use crate::console::frame::{Frame, page};
use crate::console::guard::{Allowed, Fresh, Post, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::desk::store::{StaffChange, StaffRefusal, StaffView};
use crate::domain::ids::StaffId;
use crate::i18n;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

type Manager = Allowed<needs::ManageStaff>;

#[derive(Template)]
#[template(path = "console/staff_one.html")]
struct OnePage {
    frame: Frame,
    id: String,
    person: Person,
    roles: Vec<RoleChoice>,
    scopes: Vec<ScopeChoice>,
}

/// The account, when there is one that this member of staff may change.
async fn account(console: &Console, staff: &Manager, id: &str) -> Result<Option<StaffView>, Trouble> {
    let Ok(id) = id.parse::<StaffId>() else { return Ok(None) };
    let found = console.blocking(move |console| console.parts.store.staff_member(id)).await?;
    Ok(found.filter(|one| manages(&staff.viewer, one.role, &one.scope)))
}

fn shown(console: &Console, staff: &Manager, one: &StaffView, trouble: Option<String>) -> Response {
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = OnePage {
        frame: Frame::titled(console, staff, HERE, one.name.clone()).with_trouble(trouble),
        id: one.id.to_string(),
        person: Person::of(console, &staff.viewer, one),
        roles: role_choices(&staff.viewer, one.role),
        scopes: scope_choices(console, &staff.viewer, &one.scope),
    };
    page(status, "staff_one", &shown)
}

pub(super) async fn show(
    staff: Manager,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    match account(&console, &staff, &id).await? {
        Some(one) => Ok(shown(&console, &staff, &one, None)),
        None => Ok(refusal::not_found(&console, &staff)),
    }
}

pub(super) async fn change(
    staff: Manager,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(id): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let Some(one) = account(&console, &staff, &id).await? else { return Ok(refusal::not_found(&console, &staff)) };
    let refused = |key: &str| Ok(shown(&console, &staff, &one, Some(i18n::text(staff.viewer.lang, key))));
    if one.id == staff.viewer.id {
        // What somebody does to their own account here would end the session they do it in.
        return refused("console-staff-own");
    }
    let change = match post.get("do") {
        "reset" => return reset(&console, &staff, &one, post.get("second-factor") == "yes").await,
        "disable" => StaffChange::Disable,
        "enable" => StaffChange::Enable,
        "rights" => match rights_of(&staff.viewer, &post) {
            Some((role, scope)) => StaffChange::Rights(role, scope),
            None => return refused("console-staff-rights-wrong"),
        },
        _ => return Ok(shown(&console, &staff, &one, None)),
    };
    let (id, actor) = (one.id, staff.viewer.actor());
    match console.blocking(move |console| console.parts.store.change_staff(id, &change, &actor)).await? {
        Ok(()) => Ok(Redirect::to(&format!("{}/staff", console.base())).into_response()),
        Err(StaffRefusal::LastOwner) => refused("console-staff-last-owner"),
        Err(StaffRefusal::Unknown | StaffRefusal::AddressTaken) => Ok(refusal::not_found(&console, &staff)),
    }
}

async fn reset(
    console: &Console,
    staff: &Manager,
    one: &StaffView,
    second_factor_too: bool,
) -> Result<Response, Trouble> {
    let (bearer, link) = fresh_link(console);
    let (id, actor) = (one.id, staff.viewer.actor());
    let done =
        console.blocking(move |console| console.parts.store.reset_staff(id, &link, second_factor_too, &actor)).await?;
    if done {
        return Ok(link_page(console, staff, one.address.to_string(), &bearer));
    }
    Ok(shown(console, staff, one, Some(i18n::text(staff.viewer.lang, "console-staff-enable-first"))))
}
