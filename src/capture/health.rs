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
pub async fn readyz(State(state): State<Arc<CaptureState>>) -> (StatusCode, String) {
    match state.takes_posts() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
