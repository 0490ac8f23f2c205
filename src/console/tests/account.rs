//! One's own account: password, second factor, sessions, language; proving anew who one is.

use super::*;
use crate::crypto::one_time::TotpSecret;
use crate::domain::base32::value_of;

/// The secret that the set-up page shows, as somebody types it into an app.
fn typed_secret(page: &str) -> TotpSecret {
    let text = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().replace(' ', "").to_lowercase();
    let bits = text.bytes().flat_map(|symbol| {
        let value = value_of(symbol).unwrap();
        (0..5).rev().map(move |bit| (value >> bit) & 1)
    });
    let bits: Vec<u8> = bits.collect();
    let bytes: Vec<u8> = bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| (sum << 1) | bit)).collect();
    TotpSecret::from_bytes(&bytes).unwrap()
}

/// Turns the second factor on; gives its secret and recovery codes.
async fn turn_on(browser: &mut Browser<'_>) -> (TotpSecret, Vec<String>) {
    let page = browser.get("/console/account/second-factor").await;
    assert!(page.text.contains("<svg"), "{}", page.text);
    let secret = typed_secret(&page.text);
    let code = secret.code_at(browser.app.clock.now());
    let pairs = [("_csrf", page.hidden("_csrf")), ("sealed", page.hidden("sealed")), ("code", code)];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post("/console/account/second-factor", &pairs).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let codes = answer.text.split("<li><code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned());
    (secret, codes.collect())
}

async fn to_the_code(browser: &mut Browser<'_>) {
    let answer = browser.try_password("taro@example.jp", PASSWORD).await;
    assert_eq!(answer.location(), "/console/sign-in/code?next=%2Fconsole");
    assert_eq!(browser.get("/console/sign-in/code").await.status, StatusCode::OK);
    assert_eq!(browser.get("/console/account").await.status, StatusCode::SEE_OTHER, "a password alone is not enough");
}

#[tokio::test]
async fn with_a_second_factor_each_code_lets_in_once() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    let (secret, codes) = turn_on(&mut browser).await;
    assert_eq!(codes.len(), 10);
    let code = secret.code_at(app.clock.now());
    let mut second = Browser::new(&app);
    to_the_code(&mut second).await;
    let answer = second.post("/console/sign-in/code", &[("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "the code that set it up was used");
    app.clock.advance(SignedDuration::from_secs(30));
    let code = secret.code_at(app.clock.now());
    assert_eq!(second.post("/console/sign-in/code", &[("code", &code)]).await.location(), "/console");
    assert_eq!(second.get("/console/account").await.status, StatusCode::OK);
    let mut third = Browser::new(&app);
    to_the_code(&mut third).await;
    assert_eq!(third.post("/console/sign-in/code", &[("code", &codes[3])]).await.location(), "/console");
    assert!(third.get("/console/account").await.text.contains("Recovery codes left: 9"));
    let mut fourth = Browser::new(&app);
    to_the_code(&mut fourth).await;
    for _ in 0..5 {
        let answer = fourth.post("/console/sign-in/code", &[("code", &codes[3])]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a recovery code works once");
    }
    let answer = fourth.post("/console/sign-in/code", &[("code", &codes[4])]).await;
    assert!(answer.location().starts_with("/console/sign-in?"), "five tries, then the password again");
    let mut late = Browser::new(&app);
    to_the_code(&mut late).await;
    app.clock.advance(SignedDuration::from_mins(5));
    let answer = late.post("/console/sign-in/code", &[("code", &codes[4])]).await;
    assert!(answer.location().starts_with("/console/sign-in?"), "within five minutes");
}

#[tokio::test]
async fn a_stolen_password_is_no_way_to_try_every_code() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut owner = Browser::new(&app);
    owner.sign_in("taro@example.jp").await;
    let (secret, _) = turn_on(&mut owner).await;
    owner.act("/console/sign-out", &[]).await;
    let mut checked = 0;
    for n in 0..20 {
        let mut thief = Browser::at(&app, [198, 51, 100, n]);
        to_the_code(&mut thief).await;
        for _ in 0..5 {
            let answer = thief.post("/console/sign-in/code", &[("code", "abcdef")]).await;
            checked += u32::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    assert_eq!(checked, 10, "over all networks and sessions");
    app.clock.advance(SignedDuration::from_secs(30));
    to_the_code(&mut owner).await;
    let code = secret.code_at(app.clock.now());
    let answer = owner.post("/console/sign-in/code", &[("code", &code)]).await;
    assert_eq!(answer.location(), "/console", "the owner's browser does not wait");
}

#[tokio::test]
async fn what_matters_asks_again_after_ten_minutes() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    app.clock.advance(SignedDuration::from_mins(10));
    let asked = browser.get("/console/account/second-factor").await;
    assert_eq!(asked.location(), "/console/confirm?next=%2Fconsole%2Faccount%2Fsecond-factor");
    let page = browser.get(asked.location()).await;
    let (token, next) = (page.hidden("_csrf"), page.hidden("next"));
    let wrong = browser.post("/console/confirm", &[("_csrf", &token), ("next", &next), ("proof", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = browser.post("/console/confirm", &[("_csrf", &token), ("next", &next), ("proof", PASSWORD)]).await;
    assert_eq!(right.location(), "/console/account/second-factor");
    assert_eq!(app.audited("stepped-up").len(), 1);
    let (secret, _) = turn_on(&mut browser).await;
    app.clock.advance(SignedDuration::from_mins(11));
    let asked = browser.act("/console/account/second-factor/off", &[]).await;
    assert!(asked.location().starts_with("/console/confirm"), "{}", asked.location());
    let code = secret.code_at(app.clock.now());
    let right = browser.act("/console/confirm", &[("next", "/console/account"), ("proof", &code)]).await;
    assert_eq!(right.location(), "/console/account", "with a second factor a code is asked for");
    assert_eq!(
        browser.act("/console/account/second-factor/off", &[]).await.location(),
        "/console/account?done=second-factor-off"
    );
    assert!(browser.get("/console/account").await.text.contains("Off. Turn it on"));
}

#[tokio::test]
async fn a_set_up_of_another_account_is_not_taken() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    app.staff("hana@example.jp", Role::Rep);
    let (mut taro, mut hana) = (Browser::new(&app), Browser::new(&app));
    taro.sign_in("taro@example.jp").await;
    hana.sign_in("hana@example.jp").await;
    let page = hana.get("/console/account/second-factor").await;
    let code = typed_secret(&page.text).code_at(app.clock.now());
    let sealed = page.hidden("sealed");
    let answer = taro.act("/console/account/second-factor", &[("sealed", &sealed), ("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taro.get("/console/account").await.text.contains("Off. Turn it on"));
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_other_sessions() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let (mut here, mut there) = (Browser::new(&app), Browser::new(&app));
    here.sign_in("taro@example.jp").await;
    there.sign_in("taro@example.jp").await;
    let new = "縁側で猫が新聞を読む";
    for (current, new, again) in
        [("wrong", new, new), (PASSWORD, "taro@example.jp1", "taro@example.jp1"), (PASSWORD, new, "x")]
    {
        let answer =
            here.act("/console/account/password", &[("current", current), ("new", new), ("again", again)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(there.get("/console/account").await.status, StatusCode::OK);
    let answer = here.act("/console/account/password", &[("current", PASSWORD), ("new", new), ("again", new)]).await;
    assert_eq!(answer.location(), "/console/account?done=password");
    assert!(here.get(answer.location()).await.text.contains("Your password is changed"));
    assert_eq!(there.get("/console/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(there.try_password("taro@example.jp", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(there.try_password("taro@example.jp", new).await.location(), "/console");
}

#[tokio::test]
async fn somebody_ends_their_own_sessions_and_nobody_elses() {
    let app = App::new();
    let taro = app.staff("taro@example.jp", Role::Rep);
    let hana = app.staff("hana@example.jp", Role::Rep);
    let mut browsers: Vec<Browser<'_>> = (0..4).map(|_| Browser::new(&app)).collect();
    for (n, browser) in browsers.iter_mut().enumerate() {
        browser.sign_in(if n == 3 { "hana@example.jp" } else { "taro@example.jp" }).await;
        app.clock.advance(SignedDuration::from_secs(1));
    }
    let foreign = app.store.sessions_of(hana).unwrap()[0].id.to_string();
    browsers[0].act("/console/account/sessions", &[("session", &foreign)]).await;
    assert_eq!(browsers[3].get("/console/account").await.status, StatusCode::OK);
    let second = app.store.sessions_of(taro).unwrap()[1].id.to_string();
    let answer = browsers[0].act("/console/account/sessions", &[("session", &second)]).await;
    assert_eq!(answer.location(), "/console/account?done=sessions");
    assert_eq!(browsers[1].get("/console/account").await.status, StatusCode::SEE_OTHER);
    browsers[0].act("/console/account/sessions", &[("all", "yes")]).await;
    assert_eq!(browsers[2].get("/console/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browsers[0].get("/console/account").await.status, StatusCode::OK);
    assert_eq!(app.audited("session-revoked").len(), 2);
}

#[tokio::test]
async fn the_language_is_kept_and_the_switch_leads_back() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    let token = browser.get("/console/account").await.hidden("_csrf");
    let headers = [("sec-fetch-site", "same-origin"), ("referer", "http://127.0.0.1:8788/console/account?done=x")];
    let answer = browser.post_with("/console/account/lang", &[("_csrf", &token), ("lang", "ja")], &headers).await;
    assert_eq!(answer.location(), "/console/account?done=x");
    let page = browser.get("/console/account").await;
    assert!(page.text.contains("<html lang=\"ja\"") && page.text.contains("サインイン中のブラウザー"));
}
