//! Accounts of colleagues: who there is, a new one, and the one of somebody.
//!
//! Nobody gives, changes or takes away more than they have themselves: neither a role with more
//! permissions nor leads that they don't see. What changes an account asks for a fresh proof on the
//! page before, so that nothing typed is lost.

mod add;
mod one;

use super::frame::{Frame, Place, page};
use super::guard::{Allowed, Staff, needs};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::crypto::bearer::Bearer;
use crate::desk::store::{LinkPurpose, NewStaffLink, StaffView};
use crate::domain::lang::Lang;
use crate::domain::staff::{Role, Scope, Viewer};
use crate::i18n::{self, Arg, moment};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// The place of these pages in the navigation.
const HERE: Place = Place::Staff;

pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/staff", list)
        .get("/staff/new", add::show)
        .post("/staff/new", add::add)
        .get("/staff/{id}", one::show)
        .post("/staff/{id}", one::change)
}

#[derive(Template)]
#[template(path = "console/staff.html")]
struct ListPage {
    frame: Frame,
    people: Vec<Person>,
}

/// One account in the list.
struct Person {
    name: String,
    address: String,
    role: String,
    scope: String,
    way: String,
    seen: String,
    is_disabled: bool,
    /// Where it is changed, for who may change it.
    href: Option<String>,
}

impl Person {
    fn of(console: &Inner, viewer: &Viewer, staff: &StaffView) -> Self {
        let lang = viewer.lang;
        let factor = match (staff.disabled_at, staff.has_password, staff.has_totp) {
            (Some(_), ..) => "console-staff-disabled",
            (None, false, _) => "console-staff-invited",
            (None, true, false) => "console-staff-by-password",
            (None, true, true) => "console-staff-by-code",
        };
        let mut way = i18n::text(lang, factor);
        if staff.passkeys > 0 && staff.disabled_at.is_none() {
            let count = [("count", Arg::Number(staff.passkeys as f64))];
            way = format!("{way} · {}", i18n::text_with(lang, "console-staff-passkeys", &count));
        }
        Self {
            name: staff.name.clone(),
            address: staff.address.to_string(),
            role: role_word(lang, staff.role),
            scope: scope_words(console, lang, &staff.scope),
            way,
            seen: staff.seen_at.map_or_else(|| i18n::text(lang, "console-staff-never"), |at| moment(at, lang)),
            is_disabled: staff.disabled_at.is_some(),
            href: manages(viewer, staff.role, &staff.scope).then(|| format!("{}/staff/{}", console.base(), staff.id)),
        }
    }
}

async fn list(staff: Allowed<needs::ManageStaff>, State(console): State<Console>) -> Result<Response, Trouble> {
    let all = console.blocking(|console| console.parts.store.staff()).await?;
    let people = all.iter().map(|one| Person::of(&console, &staff.viewer, one)).collect();
    let frame = Frame::of(&console, &staff, HERE, "console-staff-title");
    Ok(page(StatusCode::OK, "staff", &ListPage { frame, people }))
}

/// Whether somebody may give, change or take away an account of this role and scope.
fn manages(viewer: &Viewer, role: Role, scope: &Scope) -> bool {
    viewer.role.may_manage(role) && scope.is_within(&viewer.scope)
}

fn role_word(lang: Lang, role: Role) -> String {
    i18n::text(lang, &format!("console-role-{}", role.word()))
}

fn scope_words(console: &Inner, lang: Lang, scope: &Scope) -> String {
    let settings = &console.parts.settings;
    match scope {
        Scope::All => i18n::text(lang, "console-scope-all"),
        Scope::Only { sites, forms } => {
            let sites = sites.iter().map(|id| settings.site(id).map_or(id.as_str(), |site| site.name.get(lang)));
            let forms = forms.iter().map(|id| settings.form(id).map_or(id.as_str(), |form| form.title.get(lang)));
            sites.chain(forms).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A role that can be chosen.
struct RoleChoice {
    word: &'static str,
    label: String,
    is_chosen: bool,
}

fn role_choices(viewer: &Viewer, chosen: Role) -> Vec<RoleChoice> {
    let may_give = Role::ALL.into_iter().filter(|role| viewer.role.may_manage(*role));
    may_give
        .map(|role| RoleChoice { word: role.word(), label: role_word(viewer.lang, role), is_chosen: role == chosen })
        .collect()
}

/// A site or form that can be ticked.
struct ScopeChoice {
    name: &'static str,
    id: String,
    label: String,
    is_chosen: bool,
}

/// What somebody can give of what they see themselves.
fn scope_choices(console: &Inner, viewer: &Viewer, chosen: &Scope) -> Vec<ScopeChoice> {
    let (settings, lang) = (&console.parts.settings, viewer.lang);
    let (none_sites, none_forms) = (Vec::new(), Vec::new());
    let (sites, forms) = match chosen {
        Scope::All => (&none_sites, &none_forms),
        Scope::Only { sites, forms } => (sites, forms),
    };
    let of_sites = settings.sites.iter().filter(|site| viewer.scope.has_site(&site.id)).map(|site| ScopeChoice {
        name: "site",
        id: site.id.to_string(),
        label: format!("{}: {}", i18n::text(lang, "console-scope-site"), site.name.get(lang)),
        is_chosen: sites.contains(&site.id),
    });
    let of_forms = settings.forms.iter().filter(|form| viewer.scope.has_form(&form.id)).map(|form| ScopeChoice {
        name: "form",
        id: form.id.to_string(),
        label: format!("{}: {}", i18n::text(lang, "console-scope-form"), form.title.get(lang)),
        is_chosen: forms.contains(&form.id),
    });
    of_sites.chain(of_forms).collect()
}

/// The role and scope that a form names, when its sender may give them.
fn rights_of(viewer: &Viewer, post: &super::guard::Post) -> Option<(Role, Scope)> {
    let role = Role::from_word(post.get("role"))?;
    let sites = post.all("site").map(str::parse).collect::<Result<Vec<_>, _>>().ok()?;
    let forms = post.all("form").map(str::parse).collect::<Result<Vec<_>, _>>().ok()?;
    let scope = match (sites.is_empty() && forms.is_empty(), &viewer.scope) {
        (true, Scope::All) => Scope::All,
        (true, own) => own.clone(),
        (false, _) => Scope::Only { sites, forms },
    };
    manages(viewer, role, &scope).then_some((role, scope))
}

/// A fresh one-time link and what is kept of it. Where mail goes out, one like it is mailed.
fn fresh_link(console: &Inner) -> (Bearer, NewStaffLink) {
    let (clock, entropy) = (&console.parts.clock, &console.parts.entropy);
    let (bearer, link) = NewStaffLink::fresh(LinkPurpose::Password, clock.now(), entropy.as_ref());
    (bearer, NewStaffLink { is_mailed: console.sends_mail(), ..link })
}

#[derive(Template)]
#[template(path = "console/staff_link.html")]
struct LinkPage {
    frame: Frame,
    mailed: String,
    words: String,
    link: String,
}

/// The page that says where the link was mailed to, and shows one, this once.
fn link_page(console: &Console, staff: &Staff, address: String, bearer: &Bearer) -> Response {
    let link = console.parts.settings.staff_link(&bearer.written());
    let (lang, frame) = (staff.viewer.lang, Frame::of(console, staff, HERE, "console-staff-link-title"));
    let (mailed, words) = if console.sends_mail() {
        console.parts.wake_outbox.notify_one();
        ("console-staff-link-mailed", "console-staff-link-too")
    } else {
        ("console-staff-link-not-mailed", "console-staff-link")
    };
    let mailed = i18n::text_with(lang, mailed, &[("address", Arg::Text(&address))]);
    page(StatusCode::OK, "staff_link", &LinkPage { frame, mailed, words: i18n::text(lang, words), link })
}
