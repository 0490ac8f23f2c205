//! The site API: what a site's own server may ask and post, in calls that it signs with a site key.
//!
//! Owns the calls under `/site/v1/`: whether they may be made ([`call`]), what they answer, and how
//! they are counted. Every handler takes a [`call::SignedCall`] or a [`call::SignedFormCall`], so that none can
//! be reached without a key. Refuses forms of other sites, CORS, and to tell who is behind a lead.

mod call;
mod calls;
mod forms;
mod lead;
mod refusal;
mod requests;
mod status;

pub use calls::Calls;

use super::state::CaptureState;
use crate::http::metrics::count;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use refusal::Outcome;
use serde::Serialize;
use std::sync::Arc;

/// The routes.
pub fn routes() -> Router<Arc<CaptureState>> {
    let counted = |call: &'static str, methods: MethodRouter<Arc<CaptureState>>| {
        methods.layer(from_fn_with_state(call, count_call)).layer(from_fn_with_state("site", count))
    };
    Router::new()
        .route("/site/v1/status", counted("status", get(status::get)))
        .route("/site/v1/forms", counted("forms", get(forms::get)))
        .route("/site/v1/forms/{form}/leads", counted("leads", post(lead::post)))
        .route("/site/v1/requests", counted("requests", post(requests::post)))
}

/// Counts a call by its name and how it ended, in `leadseal_site_calls_total{call,outcome}`.
async fn count_call(State(call): State<&'static str>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let outcome = response.extensions().get::<Outcome>().map_or("done", |Outcome(outcome)| *outcome);
    metrics::counter!("leadseal_site_calls_total", "call" => call, "outcome" => outcome).increment(1);
    response
}

/// An answer in JSON.
fn json(body: &impl Serialize) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
