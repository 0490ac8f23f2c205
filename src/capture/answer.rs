//! Refusals and receipts in the shape their reader wants: a page, or JSON.

use super::intake::Refused;
use super::pages::{NoticePage, problem_input, problem_words};
use super::visit::{FormVisit, Visit, header_text};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::problem::Problem;
use crate::http::problem::{FieldProblem, ProblemDetails};
use crate::i18n::{self, Arg};
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A person with a browser: HTML.
    Browser,
    /// A program: JSON.
    Program,
}

impl Audience {
    /// A program if it sends JSON, or says that it would rather have JSON than HTML.
    pub fn of(headers: &HeaderMap) -> Self {
        let sends_json = header_text(headers, header::CONTENT_TYPE).is_some_and(|text| is_json(essence(text)));
        let accept = header_text(headers, header::ACCEPT).unwrap_or_default();
        if sends_json || weight(accept, is_json) > weight(accept, |kind| matches!(kind, "text/html" | "*/*")) {
            Self::Program
        } else {
            Self::Browser
        }
    }
}

fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

fn is_json(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("application/json") || kind.eq_ignore_ascii_case("application/problem+json")
}

/// The greatest weight that an `Accept` header gives to a kind (RFC 9110 §12.5.1).
fn weight(accept: &str, wanted: impl Fn(&str) -> bool) -> f32 {
    let item_weight = |item: &str| {
        let q = item.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
        q.map_or(1.0, |q| q.trim().parse().unwrap_or(0.0))
    };
    accept.split(',').filter(|item| wanted(essence(item))).map(item_weight).fold(0.0, f32::max)
}

/// Refusals that tell a visitor to go back to the form's page. The author of a program has none,
/// and reads what to change in the request instead: the message `{key}-program`.
const OF_PAGES: [&str; 5] = [
    "refused-unsupported-media-type",
    "refused-invalid-text",
    "refused-malformed",
    "refused-too-many-values",
    "error-method",
];

/// The message `key` for the one who reads the answer.
pub fn sentence(visit: &Visit, key: &str) -> String {
    match visit.audience {
        Audience::Program if OF_PAGES.contains(&key) => i18n::text(visit.lang, &format!("{key}-program")),
        Audience::Program | Audience::Browser => i18n::text(visit.lang, key),
    }
}

/// A page, or a plain 500 should its template fail.
pub fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A refusal whose words are the messages `{key}-title` and `{key}`.
pub fn refuse(visit: &Visit, status: StatusCode, kind: &str, key: &str) -> Response {
    let title = i18n::text(visit.lang, &format!("{key}-title"));
    refuse_with(visit, None, status, kind, title, sentence(visit, key))
}

/// A refusal in these words.
pub fn refuse_with(
    visit: &Visit,
    form: Option<&Form>,
    status: StatusCode,
    kind: &str,
    title: String,
    words: String,
) -> Response {
    match visit.audience {
        Audience::Program => ProblemDetails::new(status, kind, title, words).into_response(),
        Audience::Browser => {
            let frame = visit.state.frame(visit.lang, &title, form).framed(visit.framed);
            let own = if visit.framed { "/frame" } else { "" };
            let href = |form| format!("{}{own}?lang={}", visit.state.form_path(form), visit.lang.tag());
            let back_to_form = form.map(href);
            page(status, &NoticePage { frame, title, words, back_to_form })
        }
    }
}

/// Too many requests, with the seconds to wait.
pub fn rate_limited(visit: &Visit, wait: Duration) -> Response {
    let (title, words) = rate_limited_words(visit.lang, wait);
    let response = refuse_with(visit, None, StatusCode::TOO_MANY_REQUESTS, "rate-limited", title, words);
    retry_after(response, whole_seconds(wait))
}

/// The heading and the sentence of too many requests.
pub fn rate_limited_words(lang: Lang, wait: Duration) -> (String, String) {
    let args = [("seconds", Arg::Number(whole_seconds(wait) as f64))];
    (i18n::text(lang, "error-rate-limited-title"), i18n::text_with(lang, "error-rate-limited", &args))
}

/// Seconds to wait, rounded up.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Says after how many seconds another try makes sense.
pub fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A refusal of a post about this form, in the words of the message `key`.
pub fn refuse_post(on: &FormVisit, status: StatusCode, kind: &str, title_key: &str, key: &str) -> Response {
    let lang = on.visit.lang;
    refuse_with(&on.visit, Some(&on.form), status, kind, i18n::text(lang, title_key), sentence(&on.visit, key))
}

/// The answers that were refused, one entry each, and names the form does not know. The names go
/// back to the one who sent them and nowhere else.
pub fn invalid_answers(form: &Form, refused: &Refused) -> ProblemDetails {
    let Refused { lang, problems, unknown, .. } = refused;
    let lang = *lang;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let count = [("count", Arg::Number((problems.len() + unknown.len()) as f64))];
    let title = i18n::text(lang, "refused-title");
    let mut details =
        ProblemDetails::new(status, "invalid-answers", title, i18n::text_with(lang, "page-error-summary", &count));
    let entry = |problem: &Problem| {
        let field = form.field(&problem.field)?;
        Some(FieldProblem {
            field: field.id.to_string(),
            input: problem_input(lang, field, problem),
            code: serde_json::to_value(problem.code).unwrap_or_default(),
            detail: problem_words(lang, field, problem),
        })
    };
    details.errors = problems.iter().filter_map(entry).collect();
    let one = [("count", Arg::Number(1.0))];
    details.errors.extend(unknown.iter().map(|name| FieldProblem {
        field: name.expose().clone(),
        input: name.expose().clone(),
        code: serde_json::json!({ "code": "unknown_field" }),
        detail: i18n::text_with(lang, "refused-unknown-fields", &one),
    }));
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(pairs: &[(header::HeaderName, &str)]) -> Audience {
        Audience::of(&pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect())
    }

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        use Audience::{Browser, Program};
        let chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(audience(&[(header::ACCEPT, chrome)]), Browser);
        assert_eq!(audience(&[]), Browser);
        assert_eq!(audience(&[(header::ACCEPT, "*/*")]), Browser);
        assert_eq!(audience(&[(header::ACCEPT, "application/json")]), Program);
        assert_eq!(audience(&[(header::ACCEPT, "application/json, text/plain, */*;q=0.1")]), Program);
        assert_eq!(audience(&[(header::ACCEPT, "application/json;q=0.5, text/html")]), Browser);
        assert_eq!(audience(&[(header::ACCEPT, "application/problem+json;q=0.5")]), Program);
        assert_eq!(audience(&[(header::ACCEPT, "application/json;q=0")]), Browser);
        assert_eq!(audience(&[(header::CONTENT_TYPE, "application/json; charset=utf-8")]), Program);
        assert_eq!(audience(&[(header::CONTENT_TYPE, "application/x-www-form-urlencoded")]), Browser);
    }
}
