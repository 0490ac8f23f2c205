//! Who may call the site API, and what those are told who may not.

use super::*;
use crate::capture::{SiteKey, SiteKeyFile};
use crate::crypto::site_key::{SignedText, SiteSecret};
use crate::domain::site::Site;
use jiff::SignedDuration;
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt;

pub(super) const STATUS: &str = "/site/v1/status";
pub(super) const LEADS: &str = "/site/v1/forms/contact/leads";

/// A site's own server with its key.
pub(super) struct Caller<'a> {
    app: &'a App,
    pub(super) key: SiteKey,
    /// The secret that it signs with.
    secret: SiteSecret,
}

/// A call in the making.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) id: String,
    /// Seconds by which the caller's clock is ahead.
    pub(super) ahead: i64,
    pub(super) body: String,
}

pub(super) fn get(path: &str) -> Call {
    let id = SiteSecret::generate(&OsEntropy).to_text().to_string();
    Call { method: "GET", path: path.to_owned(), id, ahead: 0, body: String::new() }
}

pub(super) fn post(path: &str, body: &Json) -> Call {
    Call { method: "POST", body: body.to_string(), ..get(path) }
}

impl App {
    /// Two sites, of which the second has the newsletter.
    pub(super) fn of_two_sites() -> Self {
        Self::with(|settings| {
            let acme = Site { id: "acme".parse().unwrap(), ..Site::clone(&settings.sites[0]) };
            settings.sites.push(Arc::new(acme));
            for form in &mut settings.forms {
                if form.id.as_str() == "newsletter" {
                    Arc::make_mut(form).site = "acme".parse().unwrap();
                }
            }
        })
    }

    pub(super) fn site_keys(&self) -> SiteKeyFile {
        SiteKeyFile::new(&self.dir.path().join("site-keys"))
    }

    pub(super) fn caller(&self, site: &str) -> Caller<'_> {
        let key = self.site_keys().add(&site.parse().unwrap(), "test", self.clock.as_ref(), &OsEntropy).unwrap();
        Caller { app: self, secret: key.secret.clone(), key }
    }
}

impl Caller<'_> {
    /// The headers and the body of a call.
    pub(super) fn signed(&self, call: &Call) -> Request<Body> {
        let timestamp = (self.app.clock.now().as_second() + call.ahead).to_string();
        let text = SignedText {
            id: &call.id,
            timestamp: &timestamp,
            method: call.method,
            path: &call.path,
            body: call.body.as_bytes(),
        };
        Request::builder()
            .method(call.method)
            .uri(&call.path)
            .header("leadseal-key", self.key.id.to_string())
            .header("webhook-id", &call.id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", self.secret.sign(&text))
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::from(call.body.clone()))
            .unwrap()
    }

    pub(super) async fn call(&self, call: &Call) -> Answer {
        let answer = self.app.send(self.signed(call)).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        answer
    }

    async fn status(&self) -> Answer {
        self.call(&get(STATUS)).await
    }
}

/// A refusal of this kind, that says what to do.
#[track_caller]
pub(super) fn assert_refused(answer: &Answer, status: u16, kind: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "application/problem+json"));
    let problem = answer.json();
    assert_eq!(problem["type"], format!("urn:leadseal:problem:{kind}"), "{problem}");
    assert_eq!(problem["status"], status);
    assert!(problem["title"].as_str().unwrap().len() > 5 && problem["detail"].as_str().unwrap().len() > 10);
}

#[tokio::test]
async fn a_site_learns_of_its_connection_and_of_its_own_forms() {
    let app = App::of_two_sites();
    let (main, acme) = (app.caller("main"), app.caller("acme"));
    let status = main.status().await.json();
    let key = serde_json::json!({ "id": main.key.id, "name": "test" });
    assert_eq!((&status["site"], &status["key"], &status["accepting"]), (&"main".into(), &key, &true.into()));
    assert_eq!((&status["server_time"], &status["forms"]), (&"2026-11-22T03:00:00Z".into(), &3.into()));
    assert_eq!(acme.status().await.json()["forms"], 1);

    let forms = main.call(&get("/site/v1/forms")).await.json();
    let ids: Vec<&str> = forms["forms"].as_array().unwrap().iter().map(|form| form["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["contact", "document-request", "event-registration"]);
    let contact = &forms["forms"][0];
    assert_eq!(contact["url"], "https://forms.example.jp/f/contact");
    assert_eq!((&contact["form_token"], &contact["retention_days"]), (&"required".into(), &365.into()));
    let field = |id: &str| contact["fields"].as_array().unwrap().iter().find(|field| field["id"] == id).unwrap();
    assert_eq!(field("name")["inputs"], serde_json::json!(["name_family", "name_given"]));
    assert_eq!((&field("email")["kind"], &field("email")["protect"]), (&"email".into(), &"tokenise".into()));
    assert_eq!(field("inquiry_type")["options"][0]["value"], "product");
    assert_eq!(field("privacy")["purpose"], "privacy");
    assert!(!forms.to_string().contains("@"), "no recipient is told");
    let newsletter = acme.call(&get("/site/v1/forms")).await.json();
    assert_eq!(
        (newsletter["forms"].as_array().unwrap().len(), &newsletter["forms"][0]["id"]),
        (1, &"newsletter".into())
    );
}

#[tokio::test]
async fn a_host_application_may_nest_it_and_the_signed_path_stays_the_same() {
    let app = App::new();
    let caller = app.caller("main");
    let mut call = caller.signed(&get(STATUS));
    *call.uri_mut() = format!("/forms{STATUS}").parse().unwrap();
    let nested = Router::new().nest("/forms", app.router.clone());
    assert_eq!(nested.oneshot(call).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_call_without_one_good_header_of_each_kind_is_unsigned() {
    let app = App::new();
    let caller = app.caller("main");
    for name in ["leadseal-key", "webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = caller.signed(&get(STATUS));
        without.headers_mut().remove(name);
        assert_refused(&app.send(without).await, 401, "unsigned");
        let mut twice = caller.signed(&get(STATUS));
        let value = twice.headers()[name].clone();
        twice.headers_mut().append(name, value);
        assert_refused(&app.send(twice).await, 401, "unsigned");
    }
    for (name, value) in [
        ("leadseal-key", "lsk_abcdefgh_x"),
        ("webhook-id", ""),
        ("webhook-id", "a.b"),
        ("webhook-id", "a b"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "1.5"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "9999999999999"),
        ("webhook-signature", "v1,x"),
        ("webhook-signature", ""),
    ] {
        let mut bad = caller.signed(&get(STATUS));
        bad.headers_mut().insert(name, value.parse().unwrap());
        assert_refused(&app.send(bad).await, 401, "unsigned");
    }
    let long = Call { id: "i".repeat(65), ..get(STATUS) };
    assert_refused(&caller.call(&long).await, 401, "unsigned");
    assert_eq!(caller.call(&Call { id: "i".repeat(64), ..get(STATUS) }).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_call_is_told_as_a_problem_too() {
    let app = App::new();
    let caller = app.caller("main");
    assert_refused(&caller.call(&get("/site/v1/nothing")).await, 404, "not-found");
    assert_refused(&caller.call(&post(STATUS, &serde_json::json!({}))).await, 405, "method");
}

#[tokio::test]
async fn another_call_than_the_signed_one_is_refused() {
    let app = App::new();
    let caller = app.caller("main");
    let lead = post(LEADS, &serde_json::json!({ "answers": {}, "test": true }));
    let mut changed = caller.signed(&lead);
    *changed.body_mut() = Body::from(lead.body.replace("true", "false"));
    assert_refused(&app.send(changed).await, 401, "bad-signature");
    for (name, value) in [("webhook-id", "other"), ("webhook-timestamp", "1763780401")] {
        let mut changed = caller.signed(&get(STATUS));
        changed.headers_mut().insert(name, value.parse().unwrap());
        assert_refused(&app.send(changed).await, 401, "bad-signature");
    }
    let mut changed = caller.signed(&get(STATUS));
    *changed.uri_mut() = "/site/v1/forms".parse().unwrap();
    assert_refused(&app.send(changed).await, 401, "bad-signature");
    let query = Call { path: format!("{STATUS}?a.b"), ..get(STATUS) };
    assert_refused(&caller.call(&query).await, 400, "malformed");
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn a_key_is_good_until_it_is_revoked_and_another_may_stand_beside_it() {
    let app = App::of_two_sites();
    let (old, new) = (app.caller("main"), app.caller("main"));
    assert_eq!(old.status().await.status, StatusCode::OK);
    assert_eq!(new.status().await.status, StatusCode::OK);
    let mixed = Caller { app: &app, key: old.key.clone(), secret: new.secret.clone() };
    assert_refused(&mixed.status().await, 401, "bad-signature");
    app.site_keys().revoke(old.key.id).unwrap();
    assert_refused(&old.status().await, 401, "unknown-key");
    assert_eq!(new.status().await.status, StatusCode::OK);
    let gone = app.caller("a-site-that-was-taken-out");
    assert_refused(&gone.status().await, 401, "unknown-key");
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes_and_the_caller_learns_by_how_much() {
    let app = App::new();
    let caller = app.caller("main");
    for ahead in [-300, 0, 300] {
        assert_eq!(caller.call(&Call { ahead, ..get(STATUS) }).await.status, StatusCode::OK, "{ahead}");
    }
    for ahead in [-301, 301, 86_400] {
        let refused = caller.call(&Call { ahead, ..get(STATUS) }).await;
        assert_refused(&refused, 401, "clock-skew");
        let told = refused.json();
        assert_eq!((&told["skew_seconds"], &told["server_time"]), (&ahead.into(), &"2026-11-22T03:00:00Z".into()));
    }
    // Who has not proved to have the secret is told no time.
    let stranger = Caller { app: &app, key: caller.key.clone(), secret: SiteSecret::generate(&OsEntropy) };
    let refused = stranger.call(&Call { ahead: 4000, ..get(STATUS) }).await;
    assert_refused(&refused, 401, "bad-signature");
    assert!(refused.json().get("server_time").is_none());
}

#[tokio::test]
async fn a_question_is_answered_once() {
    let app = App::new();
    let caller = app.caller("main");
    let question = get(STATUS);
    assert_eq!(caller.call(&question).await.status, StatusCode::OK);
    assert_refused(&caller.call(&question).await, 409, "replayed");
    // The very same bytes, as somebody would send them who has overheard them.
    let later = Call { ahead: 250, ..get(STATUS) };
    assert_eq!(caller.call(&later).await.status, StatusCode::OK);
    app.clock.advance(SignedDuration::from_secs(500));
    assert_refused(&caller.call(&Call { ahead: -250, ..later }).await, 409, "replayed");
    // A wrong signature uses no id up.
    let mine = get(STATUS);
    let stranger = Caller { app: &app, key: caller.key.clone(), secret: SiteSecret::generate(&OsEntropy) };
    assert_refused(&stranger.call(&mine).await, 401, "bad-signature");
    assert_eq!(caller.call(&mine).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_calls_too_often_waits_and_another_does_not() {
    let app = App::with(|settings| settings.limits.site_calls_per_minute = 2);
    let (busy, other) = (app.caller("main"), app.caller("main"));
    for _ in 0..2 {
        assert_eq!(busy.status().await.status, StatusCode::OK);
    }
    let refused = busy.status().await;
    assert_refused(&refused, 429, "rate-limited");
    assert!((1..=30).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(other.status().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_network_that_knocks_without_a_key_is_slowed_down() {
    let app = App::with(|settings| settings.limits.site_calls_per_minute = 1);
    let knock = |address: &str| {
        let mut request = Request::get(STATUS).body(Body::empty()).unwrap();
        request.extensions_mut().insert(peer(address));
        request
    };
    for _ in 0..10 {
        assert_refused(&app.send(knock("192.0.2.1")).await, 401, "unsigned");
    }
    assert_refused(&app.send(knock("192.0.2.1")).await, 429, "rate-limited");
    assert_refused(&app.send(knock("192.0.2.2")).await, 401, "unsigned");
}

#[tokio::test]
async fn a_file_of_keys_that_others_may_read_stops_calls_and_nothing_else() {
    let app = App::new();
    let caller = app.caller("main");
    let file = app.dir.path().join("site-keys");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = caller.status().await;
    assert_refused(&refused, 503, "unavailable");
    assert_eq!(refused.header("retry-after"), "30");
    app.post(&answers(&view(&app).await, &[])).await.receipt();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(caller.status().await.status, StatusCode::OK);
}

#[tokio::test]
async fn refusals_come_in_the_language_that_is_asked_for() {
    let app = App::new();
    let caller = app.caller("main");
    let mut japanese = caller.signed(&Call { ahead: 999, ..get(STATUS) });
    japanese.headers_mut().insert(header::ACCEPT_LANGUAGE, "ja".parse().unwrap());
    assert!(app.send(japanese).await.text.contains("時計が 999 秒ずれています"));
    assert!(caller.call(&Call { ahead: 999, ..get(STATUS) }).await.text.contains("They differ by 999 seconds"));
}
