//! What stands between a request and a handler: sessions, roles, forms of others, addresses.

use super::*;
use crate::desk::store::StaffChange;

#[tokio::test]
async fn an_address_that_only_takes_posts_leads_to_its_page() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    assert!(browser.get("/console/account/password").await.location().starts_with("/console/sign-in"));
    browser.sign_in("taro@example.jp").await;
    assert_eq!(browser.get("/console/account/password").await.location(), "/console/account");
    assert_eq!(browser.get("/console/sign-out").await.location(), "/console");
}

#[tokio::test]
async fn a_form_of_somebody_else_changes_nothing() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    app.staff("hana@example.jp", Role::Rep);
    let (mut taro, mut hana) = (Browser::new(&app), Browser::new(&app));
    taro.sign_in("taro@example.jp").await;
    hana.sign_in("hana@example.jp").await;
    let token = taro.get("/console/account").await.hidden("_csrf");
    let others = hana.get("/console/account").await.hidden("_csrf");
    let (path, ours) = ("/console/sign-out", ("sec-fetch-site", "same-origin"));
    for (pairs, headers) in [
        (&[][..], &[ours][..]),
        (&[("_csrf", "")], &[ours]),
        (&[("_csrf", others.as_str())], &[ours]),
        (&[("_csrf", token.as_str())], &[("sec-fetch-site", "cross-site")]),
        (&[("_csrf", token.as_str())], &[("origin", "https://evil.example")]),
        (&[("_csrf", token.as_str())], &[("origin", "null")]),
        (&[("_csrf", token.as_str())], &[]),
    ] {
        let answer = taro.post_with(path, pairs, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.text.contains("Nothing was changed"));
        assert_eq!(taro.get("/console/account").await.status, StatusCode::OK);
    }
    let from_elsewhere = [("address", "taro@example.jp"), ("password", PASSWORD)];
    let answer =
        Browser::new(&app).post_with("/console/sign-in", &from_elsewhere, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "nobody is signed in by another site");
    let mut tunnel = Browser::new(&app);
    let answer = tunnel
        .post_with(
            "/console/sign-in",
            &from_elsewhere,
            &[("origin", "http://localhost:9000"), ("host", "localhost:9000")],
        )
        .await;
    assert_eq!(answer.location(), "/console", "a tunnel has another name and port");
}

#[tokio::test]
async fn a_body_that_is_no_form_or_has_no_end_is_refused() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let browser = Browser::new(&app);
    let json = browser.request(Method::POST, "/console/sign-in").header("sec-fetch-site", "same-origin");
    let json = json.header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(app.send(json).await.status, StatusCode::FORBIDDEN);
    let mut browser = Browser::new(&app);
    let answer = browser.try_password("taro@example.jp", &"x".repeat(300_000)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = browser.try_password(&"x".repeat(10_000), "x").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_account_that_is_disabled_or_loses_rights_is_out_at_once() {
    let app = App::new();
    app.staff("hana@example.jp", Role::Owner);
    let id = app.staff("taro@example.jp", Role::Rep);
    for change in [StaffChange::Rights(Role::Auditor, Scope::All), StaffChange::Disable] {
        let mut browser = Browser::new(&app);
        browser.sign_in("taro@example.jp").await;
        app.store.change_staff(id, &change, "test").unwrap().unwrap();
        assert_eq!(browser.get("/console/account").await.status, StatusCode::SEE_OTHER, "{change:?}");
    }
}

#[tokio::test]
async fn to_other_addresses_the_console_is_not_there() {
    let app = App::with(|settings| settings.console.allow = vec!["203.0.113.0/24".parse().unwrap()]);
    let mut inside = Browser::at(&app, [203, 0, 113, 7]);
    assert_eq!(inside.get("/console/sign-in").await.status, StatusCode::OK);
    let mut outside = Browser::at(&app, [198, 51, 100, 7]);
    for path in ["/console", "/console/sign-in", "/console/nothing"] {
        assert_eq!(outside.get(path).await.status, StatusCode::NOT_FOUND);
    }
    let forged = outside.request(Method::GET, "/console/sign-in").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(app.send(forged.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
    let nowhere = Request::get("/console/sign-in").body(Body::empty()).unwrap();
    assert_eq!(app.send(nowhere).await.status, StatusCode::NOT_FOUND, "an address that is not known is not allowed");
}

#[tokio::test]
async fn another_path_is_the_only_one() {
    let app = App::with(|settings| settings.console.path = "/office/leads".to_owned());
    let mut browser = Browser::new(&app);
    assert_eq!(browser.get("/office/leads").await.location(), "/office/leads/sign-in?next=%2Foffice%2Fleads");
    assert_eq!(browser.get("/console/sign-in").await.status, StatusCode::NOT_FOUND);
}
