//! Passkeys: added, signing in, proving anew, taken away; and mails about accounts.

use super::*;
use crate::crypto::passkey::device::Device;
use crate::desk::store::{DeliveryKind, StaffChange};

const ORIGIN: &str = "http://localhost:8788";

fn app() -> App {
    App::with(|settings| settings.private.url = ORIGIN.parse().unwrap())
}

/// What a page's script reads of its form: the options.
fn options(page: &Answer) -> String {
    let attribute = page.text.split("data-options=\"").nth(1).unwrap_or_else(|| panic!("{}", page.text));
    attribute.split('"').next().unwrap().replace("&#34;", "\"").replace("&quot;", "\"").replace("&#38;", "&")
}

/// Adds a passkey of the device.
async fn add(browser: &mut Browser<'_>, device: &mut Device, name: &str) -> Answer {
    let page = browser.get("/console/account/passkeys").await;
    let answer = device.create(&options(&page));
    let (token, sealed) = (page.hidden("_csrf"), page.hidden("sealed"));
    let pairs = [("_csrf", token.as_str()), ("name", name), ("sealed", &sealed), ("answer", &answer)];
    browser.post("/console/account/passkeys", &pairs).await
}

/// Answers the sign-in page with the device.
async fn sign_in(browser: &mut Browser<'_>, device: &mut Device) -> Answer {
    let page = browser.get("/console/sign-in?next=/console/account").await;
    let answer = device.get(&options(&page));
    let (sealed, next) = (page.hidden("sealed"), page.hidden("next"));
    browser.post("/console/sign-in/passkey", &[("sealed", &sealed), ("next", &next), ("answer", &answer)]).await
}

#[tokio::test]
async fn a_passkey_signs_in_without_password_and_code_and_proves_anew() {
    let app = app();
    app.staff("taro@example.jp", Role::Rep);
    let mut device = Device::new(ORIGIN);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    assert_eq!(add(&mut browser, &mut device, "Laptop").await.location(), "/console/account?done=passkey-added");
    assert!(browser.get("/console/account?done=passkey-added").await.text.contains("Laptop"));
    let (planted, mut fresh) = (browser.cookies["leadseal"].clone(), Browser::new(&app));
    fresh.cookies.insert("leadseal".to_owned(), planted.clone());
    assert_eq!(sign_in(&mut fresh, &mut device).await.location(), "/console/account");
    assert_ne!(fresh.cookies["leadseal"], planted, "a session of its own");
    assert!(browser.get("/console/account").await.location().starts_with("/console/sign-in"), "the planted one ended");
    assert_eq!(app.audited("signed-in"), ["way=password", "way=passkey"]);
    assert_eq!(app.audited("staff-changed").last().unwrap(), "what=passkey-added");
    app.clock.advance(SignedDuration::from_mins(11));
    let asked = fresh.get("/console/account/passkeys").await;
    let page = fresh.get(asked.location()).await;
    let answer = device.get(&options(&page));
    let pairs = [("_csrf", page.hidden("_csrf")), ("next", page.hidden("next")), ("sealed", page.hidden("sealed"))];
    let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pairs.push(("answer", &answer));
    assert_eq!(fresh.post("/console/confirm/passkey", &pairs).await.location(), "/console/account/passkeys");
    assert_eq!(fresh.get("/console/account/passkeys").await.status, StatusCode::OK);
    assert_eq!(app.audited("stepped-up").len(), 1);
    let again = fresh.post("/console/confirm/passkey", &pairs).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
}

#[tokio::test]
async fn nothing_but_the_right_passkey_of_an_account_that_is_on_signs_in() {
    let app = app();
    let id = app.staff("taro@example.jp", Role::Rep);
    app.staff("hana@example.jp", Role::Owner);
    let (mut device, mut stranger) = (Device::new(ORIGIN), Device::new(ORIGIN));
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    add(&mut browser, &mut device, "Laptop").await;
    // A passkey that was made for this console and is not known (any more).
    let page = browser.get("/console/account/passkeys").await;
    stranger.create(&options(&page));
    let mut refused = Vec::new();
    let mut at = (10..).map(|n| Browser::at(&app, [192, 0, 2, n]));
    refused.push(sign_in(&mut at.next().unwrap(), &mut stranger).await);
    device.verifies = false;
    refused.push(sign_in(&mut at.next().unwrap(), &mut device).await);
    device.verifies = true;
    device.origin = "http://localhost:9000".to_owned();
    refused.push(sign_in(&mut at.next().unwrap(), &mut device).await);
    device.origin = ORIGIN.to_owned();
    let before = device.counter;
    device.counter = 0;
    refused.push(sign_in(&mut at.next().unwrap(), &mut device).await);
    device.counter = before;
    app.store.change_staff(id, &StaffChange::Disable, "test").unwrap().unwrap();
    refused.push(sign_in(&mut at.next().unwrap(), &mut device).await);
    let mut empty = at.next().unwrap();
    refused.push(empty.post("/console/sign-in/passkey", &[("next", "/console/account")]).await);
    assert!(empty.cookies.is_empty());
    // One answer, but for what is random on every page.
    let plain = |answer: &Answer| {
        let text = answer.text.replace(&options(answer).replace('"', "&#34;"), "");
        text.replace(&answer.hidden("sealed"), "")
    };
    for answer in &refused {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(plain(answer), plain(&refused[0]));
        assert!(answer.text.contains("This passkey is not accepted"));
    }
    app.store.change_staff(id, &StaffChange::Enable, "test").unwrap().unwrap();
    assert_eq!(sign_in(&mut at.next().unwrap(), &mut device).await.location(), "/console/account");
    let mut late = at.next().unwrap();
    let page = late.get("/console/sign-in").await;
    let (answer, sealed) = (device.get(&options(&page)), page.hidden("sealed"));
    app.clock.advance(SignedDuration::from_mins(10));
    let answer = late.post("/console/sign-in/passkey", &[("sealed", &sealed), ("answer", &answer)]).await;
    assert!(answer.text.contains("open for too long"));
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(late.post_with("/console/sign-in/passkey", &[], &elsewhere).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn tries_at_passkeys_wait_like_others() {
    let app = app();
    let mut browser = Browser::new(&app);
    for _ in 0..5 {
        let answer = browser.post("/console/sign-in/passkey", &[("answer", "x")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = browser.post("/console/sign-in/passkey", &[("answer", "x")]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "30"));
    let mut browser = Browser::new(&app);
    app.staff("taro@example.jp", Role::Rep);
    browser.sign_in("taro@example.jp").await;
}

#[tokio::test]
async fn the_sign_in_page_does_not_tell_who_has_passkeys() {
    let app = app();
    app.staff("taro@example.jp", Role::Rep);
    app.staff("hana@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    browser.sign_in("taro@example.jp").await;
    add(&mut browser, &mut Device::new(ORIGIN), "Laptop").await;
    let mut shown = Vec::new();
    for (n, address) in ["taro@example.jp", "hana@example.jp", "none@example.jp"].into_iter().enumerate() {
        let mut browser = Browser::at(&app, [192, 0, 2, 100 + u8::try_from(n).unwrap()]);
        let answer = browser.try_password(address, "wrong").await;
        assert!(options(&answer).contains("\"allowCredentials\":[]"));
        let options = options(&answer).replace('"', "&#34;");
        shown.push(answer.text.replace(&options, "").replace(&answer.hidden("sealed"), "").replace(address, ""));
    }
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn somebody_names_and_takes_away_their_own_passkeys_alone() {
    let app = app();
    app.staff("taro@example.jp", Role::Rep);
    let hana = app.staff("hana@example.jp", Role::Owner);
    let (mut taro, mut hanas) = (Browser::new(&app), Browser::new(&app));
    let (mut device, mut other) = (Device::new(ORIGIN), Device::new(ORIGIN));
    taro.sign_in("taro@example.jp").await;
    hanas.sign_in("hana@example.jp").await;
    add(&mut taro, &mut device, "Laptop").await;
    add(&mut hanas, &mut other, "Key").await;
    let of_hana = format!("/console/account/passkeys/{}", app.store.passkeys_of(hana).unwrap()[0].id);
    assert_eq!(taro.get(&of_hana).await.status, StatusCode::NOT_FOUND);
    assert_eq!(taro.act(&of_hana, &[("do", "remove")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hanas.act(&of_hana, &[("do", "name"), ("name", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hanas.act(&of_hana, &[("do", "name"), ("name", "<b>鍵</b>")]).await.status, StatusCode::SEE_OTHER);
    let page = hanas.get("/console/account").await;
    assert!(page.text.contains("鍵") && !page.text.contains("<b>"), "{}", page.text);
    let page = hanas.get("/console/staff").await;
    assert!(page.text.contains("passkeys: 1"), "{}", page.text);
    // Hana's own page takes no answer that Taro's page asked for.
    let page = taro.get("/console/account/passkeys").await;
    let (answer, sealed) = (other.create(&options(&page)), page.hidden("sealed"));
    let pairs = [("name", "x"), ("sealed", sealed.as_str()), ("answer", answer.as_str())];
    let refused = hanas.act("/console/account/passkeys", &pairs).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.store.passkeys_of(hana).unwrap().len(), 1);
    assert_eq!(hanas.act(&of_hana, &[("do", "remove")]).await.location(), "/console/account?done=passkey-removed");
    assert_eq!(app.audited("staff-changed").last().unwrap(), "what=passkey-removed");
    let answer = sign_in(&mut Browser::at(&app, [192, 0, 2, 9]), &mut other).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "it lets nobody in any more");
    app.clock.advance(SignedDuration::from_mins(11));
    for path in ["/console/account/passkeys", of_hana.as_str()] {
        assert!(hanas.get(path).await.location().starts_with("/console/confirm"), "{path} asks anew");
        assert!(hanas.act(path, &[("do", "remove")]).await.location().starts_with("/console/confirm"));
    }
}

#[tokio::test]
async fn under_a_number_passkeys_are_not_offered_and_the_page_says_what_to_set() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    assert!(!browser.get("/console/sign-in").await.text.contains("passkey"));
    browser.sign_in("taro@example.jp").await;
    assert!(browser.get("/console/account").await.text.contains("url = \"http://localhost:8788\""));
    assert_eq!(browser.get("/console/account/passkeys").await.status, StatusCode::NOT_FOUND);
    let named = self::app();
    let page = Browser::new(&named).get("/console/sign-in").await;
    assert!(page.header("permissions-policy").contains("publickey-credentials-get=(self)"));
    assert!(page.text.contains("/assets/passkey.js"));
}

fn with_mail() -> App {
    App::with(|settings| settings.mail.host = Some("relay.example.jp".to_owned()))
}

fn mails(app: &App) -> Vec<DeliveryKind> {
    let due = app.store.claim_due(10, std::time::Duration::from_secs(1)).unwrap();
    due.into_iter().map(|mail| mail.kind).collect()
}

#[tokio::test]
async fn a_new_browser_is_told_by_mail_and_a_known_one_is_not() {
    let app = with_mail();
    app.staff("taro@example.jp", Role::Rep);
    let mut known = Browser::new(&app);
    known.sign_in("taro@example.jp").await;
    assert!(mails(&app).is_empty(), "the first sign-in");
    known.act("/console/sign-out", &[]).await;
    known.sign_in("taro@example.jp").await;
    assert!(mails(&app).is_empty(), "the same browser");
    let mut new = Browser::at(&app, [192, 0, 2, 2]);
    assert_eq!(new.try_password("taro@example.jp", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(mails(&app).is_empty(), "nobody is told of guesses");
    new.sign_in("taro@example.jp").await;
    assert_eq!(mails(&app), [DeliveryKind::NewDevice]);
}

#[tokio::test]
async fn who_is_added_is_invited_by_mail_and_the_page_says_so() {
    for (app, said) in [(with_mail(), "was mailed to new@example.jp"), (App::new(), "no mail goes out yet")] {
        app.staff("hana@example.jp", Role::Owner);
        let mut browser = Browser::new(&app);
        browser.sign_in("hana@example.jp").await;
        let pairs = [("address", "new@example.jp"), ("name", "新人"), ("role", "rep"), ("lang", "ja")];
        let page = browser.act("/console/staff/new", &pairs).await;
        assert!(page.text.contains(said) && page.text.contains("/sign-in/link/"), "{}", page.text);
        let mailed = said.contains("was mailed");
        assert_eq!(mails(&app), if mailed { vec![DeliveryKind::Invitation] } else { vec![] });
        app.clock.advance(SignedDuration::from_secs(2));
        let id = app.store.staff_of(&"new@example.jp".parse().unwrap()).unwrap().unwrap().id;
        let page = browser.act(&format!("/console/staff/{id}"), &[("do", "reset")]).await;
        assert!(page.text.contains(said), "{}", page.text);
        assert_eq!(mails(&app), if mailed { vec![DeliveryKind::Reset] } else { vec![] });
    }
}
