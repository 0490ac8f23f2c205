//! The demo's mail page.

use crate::house::{House, received, visitor};
use crate::mail_page;
use crate::smtp_sink::{Mailbox, SmtpSink};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use leadseal::domain::lang::Lang;
use tower::ServiceExt;

async fn get(router: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let answer = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_can_be_read_in_a_browser() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let running = house.run();
    house.store_lead(&visitor(Lang::Ja, "taro@example.jp"));
    received(&sink, 2).await;
    let router = mail_page::router(sink.mailbox());

    let (status, headers, list) = get(&router, "/mail").await;
    assert_eq!(status, StatusCode::OK);
    assert!(list.contains("新規リード #1") && list.contains("<a href=\"/mail\">"), "{list}");
    assert!(list.find("/mail/2").unwrap() < list.find("/mail/1").unwrap(), "newest first");
    assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));

    let number = if list.split("/mail/2").nth(1).unwrap().contains("Notification") { 2 } else { 1 };
    let (_, _, page) = get(&router, &format!("/mail/{number}")).await;
    assert!(page.contains("sandbox=") && page.contains("Auto-Submitted"), "{page}");
    let (_, headers, html) = get(&router, &format!("/mail/{number}/html")).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(html.starts_with("<!doctype html>"), "{html}");
    let (_, headers, raw) = get(&router, "/mail/1/raw").await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/plain") && raw.contains("Message-ID"), "{raw}");
    let (_, headers, _) = get(&router, "/mail/style.css").await;
    assert_eq!(headers["content-type"], "text/css; charset=utf-8");
    running.stop().await;
}

#[tokio::test]
async fn an_empty_page_says_what_to_do_and_a_missing_mail_is_missing() {
    let router = mail_page::router(Mailbox::default());
    let (_, _, list) = get(&router, "/mail").await;
    assert!(list.contains("No mail yet."), "{list}");
    for path in ["/mail/1", "/mail/1/html", "/mail/1/raw"] {
        assert_eq!(get(&router, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
