//! Problem details (RFC 9457): how refusals are told to programs.

use crate::crypto::proof_of_work::Challenge;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal for a program to read. Holds names, limits and our own sentences, never a value.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemDetails {
    /// Names the kind of problem, `urn:leadseal:problem:…`. Programs should branch on this.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is, in a few words, in the client's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do about it, in the client's language.
    pub detail: String,
    /// One entry for each answer that was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// A sum to do before the same is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
}

/// What is wrong with one answer.
#[derive(Debug, Clone, Serialize)]
pub struct FieldProblem {
    /// The field's id.
    pub field: String,
    /// The name under which the answer was (or would be) sent.
    pub input: String,
    /// What is wrong, in one word for programs, with the limit where there is one.
    #[serde(flatten)]
    pub code: serde_json::Value,
    /// The sentence a visitor reads.
    pub detail: String,
}

impl ProblemDetails {
    /// The `type` of problems of this kind.
    pub fn type_of(kind: &str) -> String {
        format!("urn:leadseal:problem:{kind}")
    }

    /// A problem of a kind, without entries for fields.
    pub fn new(status: StatusCode, kind: &str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: Self::type_of(kind),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
        }
    }

    /// The same with a challenge: sent again with its solution, the post may pass.
    #[must_use]
    pub fn with_challenge(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response(status, &self)
    }
}

/// Problem details, also with members more than [`ProblemDetails`] has, as an answer.
pub fn response(status: StatusCode, details: &impl Serialize) -> Response {
    let body = serde_json::to_vec(details).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], body).into_response()
}
