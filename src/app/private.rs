//! What the private listener answers: health, metrics and the staff's pages.

use crate::app::workers::update_gauges;
use crate::console::Intake;
use crate::desk::outbox::MailHealth;
use crate::desk::store::Store;
use crate::queue::port::Queue;
use crate::queue::redis::RedisQueue;
use crate::queue::spool::Spool;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// Where leads come from.
#[derive(Clone)]
pub enum Source {
    /// The spool in the same process.
    Spool(Spool),
    /// Capture nodes, over Redis.
    Redis(RedisQueue),
}

impl Intake for Source {
    fn waiting(&self) -> Option<u64> {
        match self {
            Self::Spool(spool) => Some(spool.stats().waiting),
            Self::Redis(_) => None,
        }
    }

    fn troubles(&self) -> Vec<String> {
        Self::troubles(self)
    }
}

impl Source {
    /// One line for each thing that keeps leads from coming.
    fn troubles(&self) -> Vec<String> {
        match self {
            Self::Spool(spool) if spool.stats().healthy => Vec::new(),
            Self::Spool(_) => vec!["spool: can't be written; visitors are asked to try again".to_owned()],
            Self::Redis(queue) => {
                queue.troubles().into_iter().map(|(node, trouble)| format!("node {node}: {trouble}")).collect()
            }
        }
    }

    async fn update_gauges(&self) {
        match self {
            Self::Spool(spool) => metrics::gauge!("leadseal_spool_waiting").set(spool.stats().waiting as f64),
            Self::Redis(queue) => {
                if let Ok(waiting) = queue.waiting().await {
                    metrics::gauge!("leadseal_queue_waiting").set(waiting as f64);
                }
            }
        }
    }
}

/// What health and metrics look at.
#[derive(Clone)]
pub struct PrivateState {
    /// Where leads come from.
    pub source: Source,
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

/// Ready while the store answers, leads can come in, mail is not failing and no notification
/// was given up in the last 24 hours; else 503 with a line for each trouble. Visitors are not affected by
/// any of them but a spool in the same process.
async fn ready(State(state): State<PrivateState>) -> Response {
    let mut troubles = state.source.troubles();
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
    state.source.update_gauges().await;
    let store = Arc::clone(&state.store);
    let _ = tokio::task::spawn_blocking(move || update_gauges(&store)).await;
    let body = state.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], body).into_response()
}
