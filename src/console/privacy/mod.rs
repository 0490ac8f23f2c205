//! The privacy desk: people's requests about their own data, and retention.
//!
//! A request is about all that a site holds of somebody, so it is there for who sees the whole site and
//! for nobody else. Values are shown on none of these pages: what carrying a request out would be about
//! is shown masked, and what an access request opens is handed over as a file, after its audit entries.
//! An address that staff type travels in a post's body alone and is sealed before it is stored.

mod carry_out;
mod list;
mod one;
mod retention;
mod start;
mod words;

use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::desk::privacy::PrivacyError;
use crate::desk::store::{RequestView, StoreError};
use crate::domain::staff::Viewer;
use crate::domain::token::Token;

/// The pages of the privacy desk.
pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/privacy", list::show)
        .get("/privacy/new", start::show)
        .post("/privacy/new", start::start)
        .get("/privacy/retention", retention::show)
        .get("/privacy/retention/run", retention::ask)
        .post("/privacy/retention/run", retention::run)
        .get("/privacy/{request}", one::show)
        .get("/privacy/{request}/carry-out", carry_out::ask)
        .post("/privacy/{request}/carry-out", carry_out::carry_out)
        .post("/privacy/{request}/take-back", start::take_back)
}

/// A request by what stands in the address, where the viewer may see it.
fn known(console: &Inner, viewer: &Viewer, request: &str) -> Result<Option<RequestView>, StoreError> {
    let Ok(token) = request.parse::<Token>() else { return Ok(None) };
    Ok(console.parts.store.request(token)?.filter(|request| viewer.scope.has_site(&request.site)))
}

/// Work that fails in more ways than the store does.
async fn working<T: Send + 'static>(
    console: &Console,
    work: impl FnOnce(&Inner) -> Result<T, PrivacyError> + Send + 'static,
) -> Result<Result<T, PrivacyError>, Trouble> {
    console.blocking(move |console| Ok(work(console))).await
}
