//! Signing in and out; sessions; one-time links.

use super::*;
use crate::desk::store::StaffChange;

#[tokio::test]
async fn the_right_password_begins_a_session_and_leads_on() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    let asked = browser.get("/console/account?x=1").await;
    assert_eq!(asked.location(), "/console/sign-in?next=%2Fconsole%2Faccount%3Fx%3D1");
    let next = browser.get(asked.location()).await.hidden("next");
    assert_eq!(next, "/console/account?x=1");
    let pairs = [("address", "Ｔaro@Example.jp"), ("password", PASSWORD), ("next", &next)];
    assert_eq!(browser.post("/console/sign-in", &pairs).await.location(), "/console/account?x=1");
    let page = browser.get("/console/account").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("担当 花子") && page.text.contains("Firefox, Linux"), "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!(app.audited("signed-in").len(), 1);
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_have_one_answer() {
    let app = App::new();
    let disabled = app.staff("gone@example.jp", Role::Rep);
    app.staff("taro@example.jp", Role::Rep);
    app.staff("hana@example.jp", Role::Owner);
    app.store.change_staff(disabled, &StaffChange::Disable, "test").unwrap().unwrap();
    app.invite("new@example.jp", Role::Rep, LinkPurpose::Password);
    let mut shown = Vec::new();
    for (n, address) in ["taro@example.jp", "none@example.jp", "gone@example.jp", "new@example.jp", "no address"]
        .into_iter()
        .enumerate()
    {
        let mut browser = Browser::at(&app, [192, 0, 2, u8::try_from(n).unwrap()]);
        let answer = browser.try_password(address, "wrong").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.cookies.is_empty());
        shown.push(answer.text.replace(address, ""));
    }
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(shown[0].contains("is not right"));
    let mut gone = Browser::new(&app);
    assert_eq!(gone.try_password("gone@example.jp", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn cookies_are_for_this_host_and_no_script() {
    for (url, expected) in [
        ("http://127.0.0.1:8788", "leadseal={}; Path=/; HttpOnly; SameSite=Strict"),
        ("https://leads.example.jp", "__Host-leadseal={}; Path=/; HttpOnly; SameSite=Strict; Secure"),
    ] {
        let app = App::with(|settings| settings.private.url = url.parse().unwrap());
        app.staff("taro@example.jp", Role::Rep);
        let mut browser = Browser::new(&app);
        let answer = browser.try_password("taro@example.jp", PASSWORD).await;
        let lines: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        let secret = lines[0].split_once('=').unwrap().1.split(';').next().unwrap();
        assert_eq!(lines[0].replace(secret, "{}"), expected);
        assert!(lines[1].contains("-browser=") && lines[1].contains("HttpOnly; SameSite=Strict"), "{}", lines[1]);
    }
}

#[tokio::test]
async fn a_planted_session_is_not_the_one_that_is_signed_in() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    app.staff("mallory@example.jp", Role::Rep);
    let mut mallory = Browser::new(&app);
    mallory.sign_in("mallory@example.jp").await;
    let planted = mallory.cookies["leadseal"].clone();
    let mut browser = Browser::new(&app);
    browser.cookies.insert("leadseal".to_owned(), planted.clone());
    browser.sign_in("taro@example.jp").await;
    assert_ne!(browser.cookies["leadseal"], planted);
    assert!(mallory.get("/console/account").await.location().starts_with("/console/sign-in"), "it ended");
    // A name that comes twice is nobody's.
    let twice = format!("leadseal={planted}; leadseal={}", browser.cookies["leadseal"]);
    let request = Request::get("/console/account").header(header::COOKIE, twice).body(Body::empty()).unwrap();
    assert!(app.send(request).await.location().starts_with("/console/sign-in"));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_half_a_day() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    for _ in 0..24 {
        app.clock.advance(SignedDuration::from_mins(29));
        assert_eq!(browser.get("/console/account").await.status, StatusCode::OK);
    }
    app.clock.advance(SignedDuration::from_mins(25));
    assert_eq!(browser.get("/console/account").await.status, StatusCode::SEE_OTHER, "twelve hours");
    browser.sign_in("taro@example.jp").await;
    app.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(browser.get("/console/account").await.status, StatusCode::SEE_OTHER, "thirty minutes");
}

#[tokio::test]
async fn signing_out_ends_the_session_itself() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    let kept = browser.cookies.clone();
    let answer = browser.act("/console/sign-out", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!browser.cookies.contains_key("leadseal") && browser.cookies.contains_key("leadseal-browser"));
    browser.cookies = kept;
    assert_eq!(browser.get("/console/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.audited("signed-out").len(), 1);
}

#[tokio::test]
async fn going_on_after_sign_in_stays_within_the_console() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil",
        "/consolex",
        "/console\\evil",
        "/console/ x",
        "javascript:1",
        "/console/../l/x\r\n",
    ] {
        let mut browser = Browser::new(&app);
        let pairs = [("address", "taro@example.jp"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/console/sign-in", &pairs).await.location(), "/console", "{next}");
    }
}

#[tokio::test]
async fn a_link_lets_one_person_in_once_and_looking_uses_nothing_up() {
    let app = App::new();
    let (id, bearer) = app.invite("new@example.jp", Role::Rep, LinkPurpose::Password);
    let path = format!("/console/sign-in/link/{}", *bearer.written());
    let mut browser = Browser::new(&app);
    for _ in 0..3 {
        assert!(browser.get(&path).await.text.contains("new@example.jp"));
    }
    for (new, again, words) in [
        ("short", "short", "too short"),
        ("password1234", "password1234", "easy to guess"),
        (PASSWORD, "other", "not the same"),
    ] {
        let answer = browser.post(&path, &[("new", new), ("again", again)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains(words) && !answer.text.contains(PASSWORD), "{}", answer.text);
    }
    assert_eq!(browser.post(&path, &[("new", PASSWORD), ("again", PASSWORD)]).await.location(), "/console");
    assert_eq!(browser.get("/console/account").await.status, StatusCode::OK);
    let mut other = Browser::new(&app);
    let gone = other.get(&path).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let unknown = other.get("/console/sign-in/link/x").await;
    assert_eq!(gone.text, unknown.text);
    assert_eq!(other.post(&path, &[("new", PASSWORD), ("again", PASSWORD)]).await.status, StatusCode::NOT_FOUND);
    other.sign_in("new@example.jp").await;
    let (secret, link) = NewStaffLink::fresh(LinkPurpose::Password, app.clock.now(), &OsEntropy);
    assert!(app.store.reset_staff(id, &link, false, "test").unwrap());
    assert_eq!(other.get("/console/account").await.status, StatusCode::SEE_OTHER, "a reset ends sessions");
    app.clock.advance(SignedDuration::from_hours(24));
    let late = format!("/console/sign-in/link/{}", *secret.written());
    assert_eq!(other.get(&late).await.status, StatusCode::NOT_FOUND, "after a day");
}

#[tokio::test]
async fn a_link_for_trying_out_needs_one_press_of_a_button() {
    let app = App::new();
    let (_, bearer) = app.invite("owner@example.jp", Role::Owner, LinkPurpose::Enter);
    let path = format!("/console/sign-in/link/{}", *bearer.written());
    let mut browser = Browser::new(&app);
    assert!(browser.get(&path).await.text.contains("Open the console"));
    assert_eq!(browser.post(&path, &[]).await.location(), "/console");
    assert_eq!(browser.get("/console/account").await.status, StatusCode::OK);
    assert_eq!(Browser::new(&app).post(&path, &[]).await.status, StatusCode::NOT_FOUND);
}
