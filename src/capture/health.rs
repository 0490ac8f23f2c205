//! `healthz` and `readyz` of the public side: it depends on its own spool and nothing else.

use super::state::CaptureState;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Posts can be taken: the spool can be written and has room.
pub async fn readyz(State(state): State<Arc<CaptureState>>) -> (StatusCode, &'static str) {
    let stats = state.spool.stats();
    if state.is_revoked() {
        (StatusCode::SERVICE_UNAVAILABLE, "the desk has revoked this node\n")
    } else if !stats.healthy {
        (StatusCode::SERVICE_UNAVAILABLE, "the spool can't be written\n")
    } else if stats.waiting >= state.settings.limits.max_spool {
        (StatusCode::SERVICE_UNAVAILABLE, "the spool is full\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
