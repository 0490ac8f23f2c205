//! `POST /site/v1/requests`: a person's request about their own data that a site's server passes on.
//!
//! Sealed and spooled as a lead is; whether anything is held is known to the desk alone, so every
//! address gets the same answer. What follows is a mail to the address: a stolen site key sees and
//! erases nothing.

use super::call::SignedCall;
use super::json;
use super::lead::{accept, invalid};
use super::refusal::Refusal;
use crate::capture::intake::{self, RefusedRequest};
use crate::capture::once::{self, Key};
use crate::domain::request::LINK_DAYS;
use crate::domain::token::Token;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

#[derive(Serialize)]
struct Receipt {
    receipt: Token,
    status: &'static str,
    /// How long the link in the mail may be used.
    expires_in_days: i64,
}

/// Takes a request.
pub async fn post(call: SignedCall) -> Response {
    let screened = match intake::request(&call.body, &call.site.id, &call.id) {
        Ok(screened) => screened,
        Err(RefusedRequest::Invalid(refused, form)) => return invalid(&form, &refused),
        Err(RefusedRequest::Body { line, column }) => return call.refuse(Refusal::Body { line, column }),
        Err(RefusedRequest::Answers(error)) => return call.refuse(Refusal::Answers(error)),
    };
    let key = Key::of_signed_request(&call.site.id, &call.id);
    match accept(&call, &screened, key).await {
        Ok(fate) => {
            let (outcome, request) = once::outcome(fate, screened.doubts());
            tracing::info!(%request, site = %call.site.id, outcome, key = %call.key.id, "a request about personal data");
            let receipt = Receipt { receipt: request, status: "accepted", expires_in_days: LINK_DAYS };
            (StatusCode::ACCEPTED, json(&receipt)).into_response()
        }
        Err(why) => call.refuse(why),
    }
}
