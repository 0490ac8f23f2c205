//! Why a call is refused, as problem details (RFC 9457) whose `type` a client branches on.
//!
//! Owns the words, the statuses and what a client may be told. Names no value of a visitor.

use crate::capture::answer::{retry_after, whole_seconds};
use crate::capture::intake::DecodeError;
use crate::domain::lang::Lang;
use crate::http::problem::ProblemDetails;
use crate::i18n::{self, Arg};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// How a call ended, for the counter: an answer without one is `done`.
#[derive(Debug, Clone, Copy)]
pub struct Outcome(pub &'static str);

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// A header is missing, came twice or is malformed.
    Unsigned,
    /// No such key, or it was revoked, or its site is no more.
    UnknownKey,
    /// No signature holds.
    BadSignature,
    /// The call is signed well, at another time than now.
    ClockSkew {
        /// Now, by this server.
        now: Timestamp,
        /// Seconds by which the client's clock is ahead of this server's; negative when behind.
        seconds: i64,
    },
    /// The call was made before.
    Replayed,
    /// The site has no such form.
    NotFound,
    /// The body or one of its parts is larger than allowed.
    TooLarge,
    /// The body did not arrive in time.
    Timeout,
    /// The body broke off on its way.
    Broken,
    /// There is a query, which no call takes.
    Query,
    /// The body is not as described, from this place on.
    Body {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The answers are not as described.
    Answers(DecodeError),
    /// The id was used with another body.
    KeyMismatch,
    /// Too many calls, or too many posts of the visitor's network.
    RateLimited(Duration),
    /// Nothing can be taken in, or no key be checked, now.
    Unavailable,
}

/// Seconds after which a call makes sense again that could not be served.
const RETRY: Duration = Duration::from_secs(crate::capture::once::RETRY_SECONDS);

/// What else a client is told, where it is.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    details: ProblemDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skew_seconds: Option<i64>,
}

impl Refusal {
    /// The end of the problem's `type`, the outcome that is counted, and the status.
    const fn kind(self) -> (&'static str, StatusCode) {
        match self {
            Self::Unsigned => ("unsigned", StatusCode::UNAUTHORIZED),
            Self::UnknownKey => ("unknown-key", StatusCode::UNAUTHORIZED),
            Self::BadSignature => ("bad-signature", StatusCode::UNAUTHORIZED),
            Self::ClockSkew { .. } => ("clock-skew", StatusCode::UNAUTHORIZED),
            Self::Replayed => ("replayed", StatusCode::CONFLICT),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND),
            Self::TooLarge | Self::Answers(DecodeError::TooLong | DecodeError::TooManyValues) => {
                ("too-large", StatusCode::PAYLOAD_TOO_LARGE)
            }
            Self::Timeout => ("timeout", StatusCode::REQUEST_TIMEOUT),
            Self::Broken | Self::Query | Self::Body { .. } | Self::Answers(_) => ("malformed", StatusCode::BAD_REQUEST),
            Self::KeyMismatch => ("key-mismatch", StatusCode::UNPROCESSABLE_ENTITY),
            Self::RateLimited(_) => ("rate-limited", StatusCode::TOO_MANY_REQUESTS),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// The word under which a post that ended so is counted, as one from a browser would be.
    pub const fn submission_outcome(self) -> &'static str {
        match self.kind().1 {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::TOO_MANY_REQUESTS => "rate_limited",
            StatusCode::UNPROCESSABLE_ENTITY => "key_mismatch",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            _ => "undecodable",
        }
    }

    fn words(self, lang: Lang) -> (String, String) {
        let (kind, _) = self.kind();
        let title = i18n::text(lang, &format!("site-{kind}-title"));
        let number = |name, number| vec![(name, Arg::Number(number))];
        let (key, args) = match self {
            Self::ClockSkew { seconds, .. } => ("site-clock-skew", number("seconds", seconds.unsigned_abs() as f64)),
            Self::RateLimited(wait) => ("site-rate-limited", number("seconds", whole_seconds(wait) as f64)),
            Self::Query => ("site-query", Vec::new()),
            Self::Broken => ("site-broken", Vec::new()),
            Self::Body { line, column } => {
                let line = ("line", Arg::Number(line as f64));
                ("site-body", vec![line, ("column", Arg::Number(column as f64))])
            }
            Self::Answers(error) if kind == "malformed" => return (title, answers_words(lang, error)),
            _ => return (title, i18n::text(lang, &format!("site-{kind}"))),
        };
        (title, i18n::text_with(lang, key, &args))
    }

    /// The answer.
    pub fn into_response(self, lang: Lang) -> Response {
        let (kind, status) = self.kind();
        let (title, words) = self.words(lang);
        let mut told =
            Told { details: ProblemDetails::new(status, kind, title, words), server_time: None, skew_seconds: None };
        if let Self::ClockSkew { now, seconds } = self {
            told.server_time = Some(seconds_of(now));
            told.skew_seconds = Some(seconds);
        }
        let response = problem(status, kind, &told);
        match self {
            Self::RateLimited(wait) => retry_after(response, whole_seconds(wait)),
            Self::Unavailable => retry_after(response, whole_seconds(RETRY)),
            _ => response,
        }
    }
}

/// The sentence for answers that can't be read: in the words for programs.
fn answers_words(lang: Lang, error: DecodeError) -> String {
    match error {
        DecodeError::InvalidText => i18n::text(lang, "refused-invalid-text-program"),
        DecodeError::RepeatedKey | DecodeError::TooDeep => i18n::text(lang, error.message_key()),
        _ => i18n::text(lang, "refused-malformed-program"),
    }
}

/// A time as answers tell it: to the second.
pub fn seconds_of(time: Timestamp) -> String {
    time.strftime("%FT%TZ").to_string()
}

/// A problem of this kind, marked for the counter.
pub fn problem(status: StatusCode, kind: &'static str, body: &impl Serialize) -> Response {
    let mut response = crate::http::problem::response(status, body);
    response.extensions_mut().insert(Outcome(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_words_in_both_languages() {
        let now = "2026-11-25T08:00:00Z".parse().unwrap();
        for why in [
            Refusal::Unsigned,
            Refusal::UnknownKey,
            Refusal::BadSignature,
            Refusal::ClockSkew { now, seconds: -400 },
            Refusal::Replayed,
            Refusal::NotFound,
            Refusal::TooLarge,
            Refusal::Timeout,
            Refusal::Broken,
            Refusal::Query,
            Refusal::Body { line: 1, column: 2 },
            Refusal::Answers(DecodeError::TooLong),
            Refusal::Answers(DecodeError::RepeatedKey),
            Refusal::Answers(DecodeError::Malformed),
            Refusal::KeyMismatch,
            Refusal::RateLimited(Duration::from_secs(7)),
            Refusal::Unavailable,
        ] {
            for lang in Lang::ALL {
                let (title, words) = why.words(lang);
                assert!(!title.starts_with("site-") && !words.starts_with("site-"), "{why:?}: {title}: {words}");
                assert!(!words.starts_with("refused-"), "{why:?}: {words}");
            }
        }
        let (_, words) = Refusal::ClockSkew { now, seconds: -400 }.words(Lang::En);
        assert!(words.contains("400 seconds;"), "{words}");
    }
}
