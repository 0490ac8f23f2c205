//! Who may do what, said in each handler's signature.
//!
//! [`Staff`]: somebody is signed in. [`Allowed`]: and may do this. [`Fresh`]: and has proved who
//! they are within minutes. [`Post`]: the body of a form of ours, sent by our own page in this very
//! session. [`Open`]: everybody who reaches the listener; only `sign_in` has such. The first one
//! decides, and `console::pages` takes no handler without it.

mod address;
mod decision;
mod post;
mod same_origin;

pub use address::only_allowed_addresses;
pub use decision::{Decided, Decides, Decision, Open};
pub use post::{OpenPost, Post};

use super::cookies::Cookie;
use super::refusal;
use super::state::Console;
use crate::crypto::bearer::Bearer;
use crate::desk::store::SessionView;
use crate::domain::staff::{Permission, Viewer};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// How long a proof of who somebody is lasts for what asks for a fresh one.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);
/// What the token of a session's forms is for.
const FORMS: &str = "forms of the console";

/// A member of staff who is signed in.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who, for handlers of leads.
    pub viewer: Viewer,
    /// Their name, for the page's head.
    pub name: String,
    /// Their session.
    pub session: SessionView,
    secret: Arc<Bearer>,
}

impl Staff {
    /// The token that each form of this session carries as `_csrf`.
    pub fn form_token(&self) -> String {
        self.secret.token_for(FORMS)
    }

    /// By which tries to guess a password from within this session are counted.
    pub(super) fn session_mark(&self) -> [u8; 32] {
        self.secret.sha256()
    }
}

impl FromRequestParts<Console> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let Some(secret) = Cookie::Session.read(console, &parts.headers) else {
            return Err(to_sign_in(parts, console));
        };
        let sha256 = secret.sha256();
        let by_itself = is_unattended(&parts.headers);
        let found = console.blocking(move |console| {
            let store = &console.parts.store;
            if by_itself { store.session_of(&sha256) } else { store.signed_in(&sha256) }
        });
        let found = found.await;
        match found.map_err(IntoResponse::into_response)? {
            Some(found) => {
                let viewer = found.staff.viewer();
                let staff = Self { viewer, name: found.staff.name, session: found.session, secret: Arc::new(secret) };
                parts.extensions.insert(staff.clone());
                Ok(staff)
            }
            None => Err(to_sign_in(parts, console)),
        }
    }
}

/// Whether a page asks by itself, as for events or its list anew. Nobody may sit before it, so such a
/// request does not keep a session alive; whoever pretends shortens their own.
fn is_unattended(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).map_or(&[][..], HeaderValue::as_bytes);
    accepts.starts_with(b"text/event-stream") || headers.contains_key("leadseal-unattended")
}

/// The sign-in page, which leads back to the page that was asked for. What was posted is not kept.
fn to_sign_in(parts: &Parts, console: &Console) -> Response {
    Redirect::to(&with_next(&format!("{}/sign-in", console.base()), &wanted(parts, console))).into_response()
}

/// The page to come back to: the one that is asked for, or the one a post came from.
fn wanted(parts: &Parts, console: &Console) -> String {
    if parts.method != Method::GET {
        return came_from(&parts.headers).unwrap_or_default();
    }
    // The router has taken the console's path off.
    let asked = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let rest = asked.strip_prefix('/').unwrap_or(asked);
    if rest.is_empty() || rest.starts_with('?') {
        return format!("{}{rest}", console.base());
    }
    format!("{}/{rest}", console.base())
}

/// The page that a post came from, as the browser tells.
pub(super) fn came_from(headers: &HeaderMap) -> Option<String> {
    let from: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    Some(from.path_and_query()?.as_str().to_owned())
}

/// An address of ours that leads on to `next` afterwards.
pub(super) fn with_next(address: &str, next: &str) -> String {
    if next.is_empty() {
        return address.to_owned();
    }
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{address}?{query}")
}

/// Where to go on, when it is a page of this console; else its first page. No other host can be
/// named: a browser reads `//` and `/\` at the beginning as one.
pub(super) fn safe_next(console: &Console, next: Option<&str>) -> String {
    let base = console.base();
    let inside = |next: &&str| {
        next.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && !next.contains("/sign-in")
    };
    next.filter(inside).unwrap_or(base).to_owned()
}

/// A permission, as a type: see [`needs`].
pub trait Needs: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// Permissions as types, for [`Allowed`].
pub mod needs {
    use super::{Needs, Permission};

    macro_rules! needs {
        ($($name:ident)*) => {
            $(
                #[doc = concat!("[`Permission::", stringify!($name), "`]")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl Needs for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )*
        };
    }

    needs!(SeeLeads ChangeLeads Reveal Search Export ExportRevealed ManageStaff SeeAudit Erase ManageKeys);
}

/// A member of staff who may do `P`. Others get a page that says so.
#[derive(Debug, Clone)]
pub struct Allowed<P>(Staff, PhantomData<P>);

impl<P> Deref for Allowed<P> {
    type Target = Staff;

    fn deref(&self) -> &Staff {
        &self.0
    }
}

impl<P: Needs> FromRequestParts<Console> for Allowed<P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let staff = Staff::from_request_parts(parts, console).await?;
        if staff.viewer.may(P::PERMISSION) {
            Ok(Self(staff, PhantomData))
        } else {
            Err(refusal::not_allowed(console, &staff))
        }
    }
}

/// Somebody who proved within ten minutes who they are; others are asked first, and come back.
#[derive(Debug, Clone, Copy)]
pub struct Fresh;

impl FromRequestParts<Console> for Fresh {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let staff = Staff::from_request_parts(parts, console).await?;
        let age = console.parts.clock.now().duration_since(staff.session.proved_at);
        // A proof of the future is one from before the clock was put back.
        if (SignedDuration::ZERO..FRESH_FOR).contains(&age) {
            return Ok(Self);
        }
        let confirm = with_next(&format!("{}/confirm", console.base()), &wanted(parts, console));
        Err(Redirect::to(&confirm).into_response())
    }
}
