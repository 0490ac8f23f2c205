//! A new account.

use super::{HERE, RoleChoice, ScopeChoice, fresh_link, link_page, rights_of, role_choices, scope_choices};
use crate::console::frame::{Frame, page};
use crate::console::guard::{Allowed, Fresh, Post, needs};
use crate::console::state::{Console, Trouble};
use crate::console::words::is_name;
use crate::desk::store::NewStaff;
use crate::domain::ids::StaffId;
use crate::domain::lang::Lang;
use crate::domain::staff::{Role, Scope, StaffAddress};
use crate::i18n;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

type Manager = Allowed<needs::ManageStaff>;

#[derive(Template)]
#[template(path = "console/staff_new.html")]
struct NewPage<'a> {
    frame: Frame,
    address: &'a str,
    name: &'a str,
    roles: Vec<RoleChoice>,
    scopes: Vec<ScopeChoice>,
}

pub(super) async fn show(staff: Manager, _fresh: Fresh, State(console): State<Console>) -> Response {
    form(&console, &staff, ("", ""), None)
}

fn form(console: &Console, staff: &Manager, (address, name): (&str, &str), trouble: Option<String>) -> Response {
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = NewPage {
        frame: Frame::of(console, staff, HERE, "console-staff-new").with_trouble(trouble),
        address,
        name,
        roles: role_choices(&staff.viewer, Role::Rep),
        scopes: scope_choices(console, &staff.viewer, &Scope::All),
    };
    page(status, "staff_new", &shown)
}

pub(super) async fn add(
    staff: Manager,
    _fresh: Fresh,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let (typed, name) = (post.get("address"), post.get("name").trim());
    let refused = |key: &str| form(&console, &staff, (typed, name), Some(i18n::text(staff.viewer.lang, key)));
    let Ok(address) = typed.parse::<StaffAddress>() else { return Ok(refused("console-staff-address-wrong")) };
    if !is_name(name) {
        return Ok(refused("console-staff-name-wrong"));
    }
    let Some((role, scope)) = rights_of(&staff.viewer, &post) else { return Ok(refused("console-staff-rights-wrong")) };
    let new = NewStaff {
        id: StaffId::generate(console.parts.entropy.as_ref()),
        address: address.clone(),
        name: name.to_owned(),
        role,
        scope,
        lang: Lang::from_tag(post.get("lang")).unwrap_or(staff.viewer.lang),
    };
    let (bearer, link) = fresh_link(&console);
    let actor = staff.viewer.actor();
    match console.blocking(move |console| console.parts.store.add_staff(&new, &link, &actor)).await? {
        Ok(()) => Ok(link_page(&console, &staff, address.to_string(), &bearer)),
        Err(_) => Ok(refused("console-staff-address-taken")),
    }
}
