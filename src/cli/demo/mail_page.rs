//! The demo's mail page: what the sink has taken, to be read in a browser.
//!
//! Shows list, headers, both parts and the raw mail. A mail's HTML is shown in a sandboxed frame
//! under a policy that loads nothing, as a mail program would.

use super::smtp_sink::{Mailbox, ReceivedMail};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use mail_parser::{Message, MessageParser};
use std::sync::Arc;

const STYLE: &str = include_str!("../../../templates/demo/mail.css");
/// For the pages themselves: their own style sheet and frame, nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// For a mail's HTML: its own styles, no script, nothing loaded; links open in a new tab.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// Mounts `/mail` and what lies under it.
pub fn router(mailbox: Mailbox) -> Router {
    Router::new()
        .route("/mail", get(list))
        .route("/mail/style.css", get(style))
        .route("/mail/{number}", get(show))
        .route("/mail/{number}/html", get(html))
        .route("/mail/{number}/raw", get(raw))
        .with_state(mailbox)
}

/// One mail in the list.
struct Item {
    number: u64,
    subject: String,
    from: String,
    to: String,
    date: String,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "demo/mail_list.html")]
struct List {
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "demo/mail_show.html")]
struct Show {
    item: Item,
    sender: String,
    headers: Vec<(String, String)>,
    text: Option<String>,
    has_html: bool,
    older: Option<u64>,
    newer: Option<u64>,
}

#[derive(Template)]
#[template(path = "demo/mail_missing.html")]
struct Missing {
    number: u64,
}

async fn list(State(mailbox): State<Mailbox>) -> Response {
    let items = mailbox.mails().iter().rev().map(|mail| item(mail, parse(mail).as_ref())).collect();
    page(StatusCode::OK, &List { items })
}

async fn show(State(mailbox): State<Mailbox>, Path(number): Path<u64>) -> Response {
    let Some(mail) = mailbox.mail(number) else { return missing(number) };
    let parsed = parse(&mail);
    let parsed = parsed.as_ref();
    let headers = parsed.map_or_else(Vec::new, |message| {
        let unfolded = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
        message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect()
    });
    let numbers: Vec<u64> = mailbox.mails().iter().map(|mail| mail.number).collect();
    let view = Show {
        item: item(&mail, parsed),
        sender: mail.sender.clone().unwrap_or_else(|| "<> (null sender)".to_owned()),
        headers,
        text: parsed.and_then(|message| message.body_text(0)).map(|text| text.into_owned()),
        has_html: parsed.is_some_and(|message| message.html_body_count() > 0),
        older: number.checked_sub(1).filter(|older| numbers.contains(older)),
        newer: number.checked_add(1).filter(|newer| numbers.contains(newer)),
    };
    page(StatusCode::OK, &view)
}

async fn html(State(mailbox): State<Mailbox>, Path(number): Path<u64>) -> Response {
    let Some(mail) = mailbox.mail(number) else { return missing(number) };
    let body = parse(&mail).and_then(|message| message.body_html(0).map(|html| html.into_owned()));
    (headers(MAIL_POLICY), Html(body.unwrap_or_default())).into_response()
}

async fn raw(State(mailbox): State<Mailbox>, Path(number): Path<u64>) -> Response {
    let Some(mail) = mailbox.mail(number) else { return missing(number) };
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (headers(PAGE_POLICY), plain, mail.raw.clone()).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], STYLE).into_response()
}

fn missing(number: u64) -> Response {
    page(StatusCode::NOT_FOUND, &Missing { number })
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => (status, headers(PAGE_POLICY), Html(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

const fn headers(policy: &'static str) -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

fn parse(mail: &Arc<ReceivedMail>) -> Option<Message<'_>> {
    MessageParser::default().parse(&mail.raw)
}

fn item(mail: &ReceivedMail, parsed: Option<&Message<'_>>) -> Item {
    let from = parsed.and_then(|message| message.from()).and_then(|from| from.first());
    let name = from.and_then(|from| from.name().or_else(|| from.address())).unwrap_or("(unknown)");
    let automatic = parsed.and_then(|message| message.header_raw("Auto-Submitted")).map(str::trim);
    Item {
        number: mail.number,
        subject: parsed.and_then(|message| message.subject()).unwrap_or("(no subject)").to_owned(),
        from: name.to_owned(),
        to: mail.recipients.join(", "),
        date: parsed.and_then(|message| message.date()).map(|date| date.to_rfc3339()).unwrap_or_default(),
        kind: match automatic {
            Some("auto-replied") => "Auto-reply",
            Some("auto-generated") => "Notification",
            _ => "Mail",
        },
    }
}
