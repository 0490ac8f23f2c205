//! The public routes, as a router that any axum application can nest.

use super::state::{CaptureError, CaptureParts, CaptureState};
use super::{embed, health, origins, postal, schema, seen, site_api, submit, views};
use crate::http::headers::{catch_panics, public_headers};
use crate::http::metrics::count;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// The public side: forms, posts, what pages load, and health.
pub struct Capture {
    state: Arc<CaptureState>,
}

impl Capture {
    /// Puts the parts together. Nothing listens yet.
    ///
    /// # Errors
    /// When the public address has no web origin.
    pub fn new(parts: CaptureParts) -> Result<Self, CaptureError> {
        Ok(Self { state: Arc::new(CaptureState::new(parts)?) })
    }

    /// The routes. Nest them where the path of `public.url` points: links and posts go there.
    /// Served by another listener than ours, they need `ConnectInfo<SocketAddr>` to tell networks
    /// apart; without it rates are not limited.
    pub fn router(self) -> Router {
        let counted = |route: &'static str, methods: MethodRouter<Arc<CaptureState>>| {
            methods.layer(from_fn_with_state(route, count))
        };
        let form = get(views::form).post(submit::post).options(origins::preflight);
        // Pages are not compressed: they hold what a visitor typed beside a token (BREACH).
        let compressed = |methods: MethodRouter<Arc<CaptureState>>| methods.layer(CompressionLayer::new());
        Router::new()
            .route("/f/{form}", counted("form", form))
            .route("/f/{form}/thanks", counted("thanks", get(views::thanks)))
            .route("/f/{form}/token", counted("token", get(views::token).options(origins::preflight)))
            .route("/f/{form}/schema.json", counted("schema", get(schema::get).options(origins::preflight)))
            .route("/f/{form}/seen", counted("seen", post(seen::beacon)))
            .route("/f/{form}/fragment", counted("fragment", get(embed::fragment).options(origins::preflight)))
            .route("/f/{form}/frame", counted("frame", get(views::frame)))
            .route("/assets/{file}", counted("assets", compressed(get(embed::asset))))
            .route("/embed.js", counted("assets", compressed(get(embed::stable_script))))
            .route("/embed.css", counted("assets", compressed(get(embed::stable_sheet))))
            .route("/postal/{version}/{file}", counted("postal", get(postal::get)))
            .merge(site_api::routes())
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz))
            .method_not_allowed_fallback(views::method_not_allowed)
            .fallback(views::not_found)
            .layer(catch_panics())
            .layer(public_headers())
            .with_state(self.state)
    }
}
