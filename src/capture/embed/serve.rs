//! Serving the files: to any page, since a form may stand on any page that links to them.

use super::Asset;
use crate::capture::state::CaptureState;
use crate::capture::views::not_found;
use crate::capture::visit::{Visit, knows};
use crate::domain::ids::FormId;
use crate::http::headers::RESOURCE_POLICY;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::sync::Arc;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A new release reaches every page within the hour.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// A file under the name that follows its content, so it never changes. Under a name that it had
/// before, the file as it is now: a page from a cache must not lose its looks.
pub async fn asset(
    State(state): State<Arc<CaptureState>>,
    visit: Visit,
    headers: HeaderMap,
    file: Result<Path<String>, PathRejection>,
) -> Response {
    let name = file.map(|Path(name)| name).unwrap_or_default();
    match (state.assets.get(&name), state.assets.successor(&name)) {
        (Some(asset), _) => answer(asset, &headers, FOR_EVER),
        (None, Some(asset)) => answer(asset, &headers, FOR_AN_HOUR),
        (None, None) => not_found(visit).await,
    }
}

/// The script under the name that stays.
pub async fn stable_script(State(state): State<Arc<CaptureState>>, visit: Visit, headers: HeaderMap) -> Response {
    match state.assets.get(state.assets.script()) {
        Some(asset) => answer(asset, &headers, FOR_AN_HOUR),
        None => not_found(visit).await,
    }
}

/// The style sheet under the name that stays: of the site of `?form=`, or of the only site.
pub async fn stable_sheet(
    State(state): State<Arc<CaptureState>>,
    visit: Visit,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let form = query.get("form").and_then(|id| id.parse::<FormId>().ok()).and_then(|id| state.settings.form(&id));
    let site = state.site(form.map(Arc::as_ref)).map(|site| &site.id);
    match state.assets.get(state.assets.embed_sheet(site)) {
        Some(asset) => answer(asset, &headers, FOR_AN_HOUR),
        None => not_found(visit).await,
    }
}

fn answer(asset: &Asset, headers: &HeaderMap, caching: &'static str) -> Response {
    let known = knows(headers, &asset.etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.kind)], asset.text.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
