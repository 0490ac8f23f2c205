//! What the private listener answers: health, metrics and the staff's pages.

use crate::app::workers::update_gauges;
use crate::desk::outbox::MailHealth;
use crate::desk::store::Store;
use crate::queue::spool::Spool;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// What health and metrics look at.
#[derive(Clone)]
pub struct PrivateState {
    /// Envelopes on their way.
    pub spool: Spool,
    /// Leads and outbox.
    pub store: Arc<Store>,
    /// Whether mail goes out.
    pub mail: Arc<MailHealth>,
    /// The recorder.
    pub metrics: PrometheusHandle,
}

/// Mounts `/healthz`, `/readyz` and `/metrics`.
pub fn router(state: PrivateState) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(state)
}

/// Ready while the store answers, the spool can be written, mail is not failing and no notification
/// was given up in the last 24 hours; else 503 with a line for each trouble. Visitors are not affected by any of them but the spool.
async fn ready(State(state): State<PrivateState>) -> Response {
    let mut troubles = Vec::new();
    if !state.spool.stats().healthy {
        troubles.push("spool: can't be written; visitors are asked to try again".to_owned());
    }
    let store = Arc::clone(&state.store);
    match tokio::task::spawn_blocking(move || store.stats()).await {
        Ok(Ok(stats)) if stats.notifications_lost > 0 => {
            troubles.push(format!(
                "mail: notifications given up in the last 24 hours: {}; see: leadseal doctor",
                stats.notifications_lost
            ));
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => troubles.push(format!("store: {error}")),
        Err(_) => troubles.push("store: did not answer".to_owned()),
    }
    if let Some(class) = state.mail.failing() {
        troubles.push(format!("mail: failing ({class}); leads are safe; see: leadseal doctor"));
    }
    if troubles.is_empty() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n").into_response()
    }
}

async fn scrape(State(state): State<PrivateState>) -> Response {
    let (spool, store) = (state.spool.clone(), Arc::clone(&state.store));
    let _ = tokio::task::spawn_blocking(move || update_gauges(&spool, &store)).await;
    let body = state.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], body).into_response()
}
