//! Staff pages on the private listener: signing in, one's own account, colleagues' accounts, the page
//! that a mail's button leads to; and the pages on which people carry out their own requests.
//!
//! Staff see masks only; to reveal takes a reason and an audit entry. Who may do what stands in each
//! handler's signature: [`guard`].

mod account;
mod audit;
mod choice;
mod cookies;
mod dashboard;
mod export;
pub mod frame;
pub mod guard;
mod guesses;
mod inbox;
mod lead;
mod link;
mod pages;
mod passkey;
mod people;
mod privacy;
mod proof;
mod refusal;
mod request;
mod search;
mod sign_in;
mod state;
mod weakness;
mod words;

pub use link::{LinkState, router as link_router};
pub use request::{RequestPages, router as request_router};
pub use state::{Console, ConsoleParts, Intake, Trouble};

use crate::http::headers::{Dealings, catch_panics, form_policy, permissions_with_passkeys};
use crate::http::metrics::count;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use guard::Staff;
use pages::Pages;

/// Mounts the console under its path.
pub fn router(console: Console) -> Router {
    let pages = pages()
        .router()
        .fallback(unknown)
        .method_not_allowed_fallback(page_before)
        .layer(from_fn_with_state(console.clone(), guard::only_allowed_addresses))
        .layer(from_fn_with_state("console", count))
        .layer(from_fn(own_policy))
        .layer(catch_panics());
    Router::new().nest(console.base(), pages).with_state(console)
}

/// Every page, each with who may use it.
fn pages() -> Pages {
    Pages::new()
        .get("/", home)
        .and(sign_in::pages())
        .and(inbox::pages())
        .and(lead::pages())
        .and(search::pages())
        .and(dashboard::pages())
        .and(export::pages())
        .and(privacy::pages())
        .and(audit::pages())
        .and(account::pages())
        .and(people::pages())
}

/// Pages load our own style sheet and scripts, post to us, may use passkeys, and are shown in no frame.
async fn own_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(policy) = form_policy(&Dealings::default()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some((name, value)) = permissions_with_passkeys() {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The first page after sign-in.
async fn home(_staff: Staff, State(console): State<Console>) -> Response {
    Redirect::to(&format!("{}/inbox", console.base())).into_response()
}

/// Whoever is not signed in learns nothing of which pages there are.
async fn unknown(staff: Staff, State(console): State<Console>) -> Response {
    refusal::not_found(&console, &staff)
}

/// An address that only takes posts was opened: a page that answered a post was loaded again, or the
/// language switched on it. The page that it belongs to is shown.
async fn page_before(_staff: Staff, State(console): State<Console>, method: Method, uri: Uri) -> Response {
    if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let before = uri.path().rsplit_once('/').map_or("", |(before, _)| before);
    Redirect::to(&format!("{}{before}", console.base())).into_response()
}

#[cfg(test)]
mod tests;
