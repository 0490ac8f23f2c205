//! Counts answers by route and status class: neither addresses nor paths as sent.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Counts one answer of the route named by the middleware's state, in
/// `leadseal_http_requests_total{route,class}`.
pub async fn count(State(route): State<&'static str>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = class(response.status().as_u16());
    metrics::counter!("leadseal_http_requests_total", "route" => route, "class" => class).increment(1);
    response
}

const fn class(status: u16) -> &'static str {
    match status {
        0..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
