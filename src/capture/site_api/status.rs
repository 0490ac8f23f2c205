//! `GET /site/v1/status`: the connection as this side sees it.

use super::call::SignedCall;
use super::json;
use super::refusal::seconds_of;
use crate::domain::ids::{SiteId, SiteKeyId};
use crate::domain::lang::Text;
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Status<'a> {
    site: &'a SiteId,
    site_name: &'a Text,
    key: Key<'a>,
    server_time: String,
    version: &'static str,
    /// Whether a lead that is sent now would be taken.
    accepting: bool,
    forms: usize,
}

#[derive(Serialize)]
struct Key<'a> {
    id: SiteKeyId,
    name: &'a str,
}

/// Answers with the site, the key, the time and whether leads are taken.
pub async fn get(call: SignedCall) -> Response {
    let state = &call.visit.state;
    json(&Status {
        site: &call.site.id,
        site_name: &call.site.name,
        key: Key { id: call.key.id, name: &call.key.name },
        server_time: seconds_of(state.clock.now()),
        version: env!("CARGO_PKG_VERSION"),
        accepting: state.takes_posts().is_ok(),
        forms: call.forms().count(),
    })
}
