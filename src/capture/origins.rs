//! Which web pages may post: the form's own, and those of the origins it lists, compared exactly.
//!
//! A post without `Origin` comes from no foreign page (browsers send it with every cross-site
//! post), and passes. CORS headers (Fetch standard) tell listed pages that they may read answers.

use super::answer;
use super::state::CaptureState;
use super::visit::FormVisit;
use crate::domain::form::Form;
use crate::domain::origin::Origin;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// Our own page, or no page at all.
    Own,
    /// A page of an origin that the form lists.
    Listed(Origin),
    /// Any other page; also `null`, and whatever is no origin.
    Foreign,
}

impl Sender {
    /// Reads the `Origin` header.
    pub fn of(headers: &HeaderMap, form: &Form, own: &Origin) -> Self {
        let mut lines = headers.get_all(header::ORIGIN).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return if headers.contains_key(header::ORIGIN) { Self::Foreign } else { Self::Own };
        };
        let Some(origin) = line.to_str().ok().and_then(|text| text.parse::<Origin>().ok()) else {
            return Self::Foreign;
        };
        if origin == *own {
            Self::Own
        } else if form.allowed_origins.contains(&origin) {
            Self::Listed(origin)
        } else {
            Self::Foreign
        }
    }

    /// Lets a listed page read the answer. Answers differ by origin, and caches must know.
    pub fn allow(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Self::Listed(origin) = self
            && let Ok(origin) = HeaderValue::from_str(origin.as_str())
        {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        }
        response
    }
}

/// The sender of a request about a form.
pub fn sender(state: &CaptureState, on: &FormVisit, headers: &HeaderMap) -> Sender {
    Sender::of(headers, &on.form, &state.origin)
}

/// The refusal of a foreign page.
pub fn refuse_foreign(on: &FormVisit) -> Response {
    answer::refuse_post(on, StatusCode::FORBIDDEN, "origin", "error-origin-title", "error-origin")
}

/// Answers a browser that asks before it lets a page post JSON or send a key.
pub async fn preflight(on: FormVisit, request: Request) -> Response {
    let sender = sender(&on.visit.state, &on, request.headers());
    if sender == Sender::Foreign {
        return sender.allow(refuse_foreign(&on));
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    if matches!(sender, Sender::Listed(_)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        let names = HeaderValue::from_static("Content-Type, Idempotency-Key, Accept-Language");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    sender.allow(response)
}
