//! Posts that can't be a visitor's, each with its status and nothing stored.

use super::*;
use axum::http::Method;
use futures_util::stream;
use hyper::body::Bytes;
use jiff::SignedDuration;

async fn raw(app: &App, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(FORM).header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap();
    app.send(request).await
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_with_a_sentence() {
    let app = App::new();
    let many: String = (0..10_000).map(|n| format!("k{n}=v&")).collect();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let cases: [(&str, Vec<u8>, u16); 11] = [
        ("application/x-www-form-urlencoded; charset=klingon", b"message=x".to_vec(), 415),
        (FORM_TYPE, b"message=%FF%FE".to_vec(), 400),
        (FORM_TYPE, b"message=\x83\x5f".to_vec(), 400),
        (FORM_TYPE, b"message=a%00b".to_vec(), 400),
        (FORM_TYPE, many.into_bytes(), 413),
        ("text/plain", b"message=x".to_vec(), 415),
        ("application/xml", b"<x/>".to_vec(), 415),
        ("application/json", b"{\"message\": ".to_vec(), 400),
        ("application/json", b"{\"message\":\"a\",\"message\":\"b\"}".to_vec(), 400),
        ("application/json", deep.into_bytes(), 400),
        ("multipart/form-data", b"--x".to_vec(), 400),
    ];
    for (content_type, body, status) in cases {
        let shown = format!("{content_type}: {}", String::from_utf8_lossy(&body[..body.len().min(40)]));
        let refused = raw(&app, content_type, body).await;
        assert_eq!(refused.status.as_u16(), status, "{shown}");
        let readable = if content_type == "application/json" {
            assert_eq!(refused.header("content-type"), "application/problem+json");
            refused.json()["detail"].as_str().unwrap().to_owned()
        } else {
            refused.text
        };
        assert!(readable.contains('。'), "{shown}: no sentence");
        assert!(!readable.contains("refused-"), "{shown}: a message's name instead of its words");
    }
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn a_post_without_a_type_is_refused() {
    let app = App::new();
    let refused = app.send(Request::post(FORM).body(Body::from("message=x")).unwrap()).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn large_and_endless_bodies_are_cut_off() {
    let app = App::new();
    let large = raw(&app, FORM_TYPE, format!("message={}", "x".repeat(300 * 1024))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.text.contains("送信内容が大きすぎます"));
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b'a'; 4096]));
    let endless = raw(&app, FORM_TYPE, Body::from_stream(stream::repeat_with(chunk))).await;
    assert_eq!(endless.status, StatusCode::PAYLOAD_TOO_LARGE);
    let broken = stream::iter([Ok(Bytes::from_static(b"message=")), Err(std::io::Error::other("gone"))]);
    assert_eq!(raw(&app, FORM_TYPE, Body::from_stream(broken)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn line_breaks_where_none_may_be_are_refused() {
    let app = App::new();
    let page = view(&app).await;
    for change in [
        ("name_family", "山田\r\nBcc: x@example.com"),
        ("email", "\"a@x\r\nBcc:v[127.0.0.1]\""),
        ("email", "misaki@example.co.jp\r\nBcc: x@example.com"),
        ("company", "株式会社\u{7}"),
    ] {
        let refused = app.post(&answers(&page, &[change])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{change:?}");
        assert!(refused.text.contains(&format!("href=\"#ls-contact-{}\"", change.0)), "{change:?}");
    }
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn shift_jis_is_read_when_declared() {
    let app = App::new();
    let page = view(&app).await;
    let pairs = answers(&page, &[("name_family", "山田"), ("tel", "")]);
    let mut body = Vec::new();
    for (name, value) in pairs {
        body.extend_from_slice(format!("{name}=").as_bytes());
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(value);
        body.extend(bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()));
        body.push(b'&');
    }
    body.pop();
    raw(&app, "application/x-www-form-urlencoded; charset=Shift_JIS", body).await.receipt();
    let leads = app.leads().await;
    let name = leads[0].1.value(&"name".parse().unwrap()).unwrap().joined();
    assert_eq!(name.expose(), "山田 美咲");
}

#[tokio::test]
async fn other_methods_are_named_as_such() {
    let app = App::new();
    for (path, allowed) in
        [(FORM, "GET,HEAD,POST,OPTIONS"), ("/f/contact/thanks", "GET,HEAD"), ("/healthz", "GET,HEAD")]
    {
        let request = Request::builder().method(Method::DELETE).uri(path).body(Body::empty()).unwrap();
        let refused = app.send(request).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(refused.header("allow"), allowed, "{path}");
        assert!(refused.text.contains("この方法では利用できません"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_says_so_in_the_visitors_language() {
    let app = App::new();
    for path in [
        "/",
        "/f",
        "/f/",
        "/f/nope",
        "/f/..%2f",
        "/f/%FF",
        "/f/Contact",
        "/f/contact/x",
        "/assets/x.css",
        "/assets/%FF",
    ] {
        let missing = app.get(path).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
        assert!(missing.text.contains("<html lang=\"ja\" ") && missing.text.contains("見つかりません"), "{path}");
    }
    let request = Request::get("/f/nope").header("accept-language", "en").body(Body::empty()).unwrap();
    assert!(app.send(request).await.text.contains("There is no such form"));
    let request =
        Request::post("/f/nope").header(header::CONTENT_TYPE, "application/json").body(Body::empty()).unwrap();
    assert_eq!(app.send(request).await.json()["type"], "urn:leadseal:problem:unknown-form");
}

#[tokio::test]
async fn robots_are_screened_out_and_people_may_try_again() {
    let app = App::new();
    let page = view(&app).await;
    let trapped = app.post(&answers(&page, &[("website", "https://spam.test")])).await;
    assert_eq!(trapped.status, StatusCode::FORBIDDEN);
    assert!(trapped.text.contains("value=\"髙﨑\""));
    let no_page: Vec<_> = answers(&[], &[]);
    assert_eq!(app.post(&no_page).await.status, StatusCode::FORBIDDEN);
    let mut forged = page.clone();
    forged[0].1.replace_range(5..9, "AAAA");
    assert_eq!(app.post(&answers(&forged, &[])).await.status, StatusCode::FORBIDDEN);

    app.clock.advance(SignedDuration::from_hours(24 * 15));
    let expired = app.post(&answers(&page, &[])).await;
    assert_eq!(expired.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(expired.text.contains("入力された内容は下のフォームに残っています"));
    assert_eq!(app.leads().await.len(), 0);
    let again: Vec<_> = ["_token", "_key", "_lang"].map(|name| (name.to_owned(), expired.hidden(name))).into();
    app.post(&answers(&again, &[])).await.receipt();
}

#[tokio::test]
async fn two_content_types_are_none() {
    let app = App::new();
    let request = Request::post(FORM)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from(json_answers().to_string()))
        .unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn the_author_of_a_program_is_not_sent_to_a_page() {
    let app = App::with(|settings| settings.limits.max_spool = 0);
    let detail = async |content_type: &str, body: &str| {
        let request = Request::post(FORM)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::from(body.to_owned()))
            .unwrap();
        app.send(request).await.json()["detail"].as_str().unwrap().to_owned()
    };
    let many = "k=v&".repeat(300);
    for (content_type, body, needed) in [
        ("text/plain", "x", "application/json"),
        ("application/json", "[1]", "one object"),
        ("application/json", "{\"message\":\"\\u0000\"}", "UTF-8"),
        (FORM_TYPE, many.as_str(), "schema.json"),
    ] {
        let detail = detail(content_type, body).await;
        assert!(detail.contains(needed) && !detail.contains("page"), "{detail}");
    }
    let full = detail("application/json", &json_answers().to_string()).await;
    assert!(full.contains("few minutes") && !full.contains("below"), "{full}");
    let request = Request::delete(FORM).header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
    assert!(app.send(request).await.json()["detail"].as_str().unwrap().contains("Allow"));
}
