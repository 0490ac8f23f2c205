//! Which pages may post, which networks may post how often.

use super::*;

fn with_listed_origin() -> App {
    App::with(|settings| {
        for form in &mut settings.forms {
            Arc::make_mut(form).allowed_origins = vec![origin("https://www.example.jp")];
        }
    })
}

async fn json_from(app: &App, from: &str) -> Answer {
    let request = Request::post(FORM)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, from)
        .body(Body::from(json_answers().to_string()))
        .unwrap();
    app.send(request).await
}

#[tokio::test]
async fn only_own_and_listed_pages_may_post() {
    let app = with_listed_origin();
    for from in [
        "null",
        "",
        "https://www.example.jp.evil.test",
        "https://evil-www.example.jp",
        "https://example.jp",
        "http://www.example.jp",
        "https://www.example.jp:8443",
        "https://www.example.jp/",
        "https://forms.example.jp:8443",
        "*",
    ] {
        let refused = json_from(&app, from).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{from}");
        assert_eq!(refused.json()["type"], "urn:leadseal:problem:origin", "{from}");
        assert_eq!(refused.header("access-control-allow-origin"), "", "{from}");
    }
    assert_eq!(app.leads().await.len(), 0);
    let listed = json_from(&app, "https://www.example.jp").await;
    assert_eq!(listed.status, StatusCode::OK);
    assert_eq!(listed.header("access-control-allow-origin"), "https://www.example.jp");
    assert_eq!(listed.header("vary"), "Origin");
    let own = json_from(&app, "https://forms.example.jp").await;
    assert_eq!(own.status, StatusCode::OK);
    assert_eq!(own.header("access-control-allow-origin"), "");
    assert_eq!(app.leads().await.len(), 2);
}

#[tokio::test]
async fn a_foreign_pages_visitor_reads_a_sentence() {
    let app = App::new();
    let pairs = [("message", "x")];
    let request = form_post(&pairs).header(header::ORIGIN, "null").body(Body::from(encoded(&pairs))).unwrap();
    let refused = app.send(request).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("このサイトからは送信できません"));
}

#[tokio::test]
async fn two_origins_are_none() {
    let app = App::new();
    let request = Request::post(FORM)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, "https://forms.example.jp")
        .header(header::ORIGIN, "https://evil.test")
        .body(Body::from(json_answers().to_string()))
        .unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_preflight_is_answered_for_listed_pages_alone() {
    let app = with_listed_origin();
    let preflight = |from: &'static str| {
        Request::options(FORM)
            .header(header::ORIGIN, from)
            .header("access-control-request-method", "POST")
            .body(Body::empty())
            .unwrap()
    };
    let allowed = app.send(preflight("https://www.example.jp")).await;
    assert_eq!(allowed.status, StatusCode::NO_CONTENT);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://www.example.jp");
    assert!(allowed.header("access-control-allow-headers").contains("Idempotency-Key"));
    let refused = app.send(preflight("https://evil.test")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

async fn post_from(app: &App, address: &str, forwarded: &str) -> StatusCode {
    let mut request = Request::post(FORM).header(header::CONTENT_TYPE, "application/json");
    if !forwarded.is_empty() {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(Body::from(json_answers().to_string())).unwrap();
    request.extensions_mut().insert(peer(address));
    app.send(request).await.status
}

#[tokio::test]
async fn a_network_that_posts_too_often_waits_whatever_its_headers_say() {
    let app = App::with(|settings| {
        settings.limits.posts_per_minute = 2;
        settings.public.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    });
    assert_eq!(post_from(&app, "203.0.113.9", "").await, StatusCode::OK);
    assert_eq!(post_from(&app, "203.0.113.9", "198.51.100.1").await, StatusCode::OK);
    for forged in ["198.51.100.2", "10.0.0.1", "127.0.0.1, 198.51.100.3", "unknown"] {
        assert_eq!(post_from(&app, "203.0.113.9", forged).await, StatusCode::TOO_MANY_REQUESTS, "{forged}");
    }
    // Behind a trusted proxy each client has its own allowance, and can't shed it either.
    assert_eq!(post_from(&app, "10.0.0.1", "198.51.100.1").await, StatusCode::OK);
    assert_eq!(post_from(&app, "10.0.0.1", "1.1.1.1, 198.51.100.1").await, StatusCode::OK);
    assert_eq!(post_from(&app, "10.0.0.1", "2.2.2.2, 198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(post_from(&app, "10.0.0.1", "198.51.100.77").await, StatusCode::OK);
}

#[tokio::test]
async fn who_must_wait_is_told_how_long() {
    let app = App::with(|settings| settings.limits.views_per_minute = 1);
    let request = || {
        let mut request = Request::get(FORM).body(Body::empty()).unwrap();
        request.extensions_mut().insert(peer("203.0.113.9"));
        request
    };
    assert_eq!(app.send(request()).await.status, StatusCode::OK);
    let refused = app.send(request()).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&seconds), "{seconds}");
    assert!(refused.text.contains(&format!("{seconds}秒")));
}

#[tokio::test]
async fn who_must_wait_keeps_what_was_typed() {
    let app = App::with(|settings| settings.limits.posts_per_minute = 1);
    let page = view(&app).await;
    let post = |pairs: &[(&str, &str)]| {
        let mut request = form_post(pairs).body(Body::from(encoded(pairs))).unwrap();
        request.extensions_mut().insert(peer("203.0.113.9"));
        app.send(request)
    };
    post(&answers(&page, &[])).await.receipt();
    let mut later = view(&app).await;
    later[2].1 = "en".to_owned();
    let refused = post(&answers(&later, &[("message", "少し<b>お待ち")])).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(refused.text.contains("Too many requests") && refused.text.contains("still in the form below"));
    assert!(refused.text.contains("少し&#60;b&#62;お待ち</textarea>") && refused.text.contains("value=\"髙﨑\""));
    assert_eq!(refused.hidden("_key"), later[1].1);
    // What can't be read can't be shown again, and is still told to wait.
    let unreadable = post(&[("message", "a\0b")]).await;
    assert_eq!(unreadable.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.leads().await.len(), 1);
}
