//! The address allow-list: to others the console is not there.

use crate::console::state::Console;
use crate::http::listener::Peer;
use crate::http::network::client_address;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Answers "not found" to whoever is not on `[console] allow`, where there is such a list.
pub async fn only_allowed_addresses(State(console): State<Console>, request: Request, next: Next) -> Response {
    let allow = &console.parts.settings.console.allow;
    if allow.is_empty() || address(&console, &request).is_some_and(|at| allow.iter().any(|net| net.contains(&at))) {
        return next.run(request).await;
    }
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}

fn address(console: &Console, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>()?.0.ip();
    Some(client_address(peer, request.headers(), &console.parts.settings.public.trusted_proxies))
}
