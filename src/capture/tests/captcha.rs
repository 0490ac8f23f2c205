//! A captcha of somebody else's: asked once for each post, told nothing of the visitor, and no way
//! to lose a person when it fails.

use super::*;
use crate::capture::CaptureError;
use crate::domain::captcha::{Captcha, Provider};
use crate::domain::suspicion::Suspicion;
use axum::routing::post;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;

/// What a provider says to a question, and how often it was asked the same.
type Says = fn(&str, usize) -> (StatusCode, String);

/// A provider on this machine: takes the answer `right` once, and notes what it is asked.
#[derive(Clone)]
struct Provided {
    asked: Arc<Mutex<Vec<String>>>,
    url: String,
    secret_file: PathBuf,
    _dir: Arc<tempfile::TempDir>,
}

impl Provided {
    async fn new() -> Self {
        Self::answering(|asked, count| {
            let right =
                form_urlencoded::parse(asked.as_bytes()).any(|(name, value)| name == "response" && value == "right");
            let json = if right && count == 1 {
                r#"{"success":true,"hostname":"www.example.jp"}"#
            } else {
                r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#
            };
            (StatusCode::OK, json.to_owned())
        })
        .await
    }

    async fn answering(answer: Says) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        let verify = post(move |body: String| async move {
            let mut noted = noted.lock().unwrap();
            noted.push(body.clone());
            let count = noted.iter().filter(|other| **other == body).count();
            answer(&body, count)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/siteverify", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/siteverify", verify)).await });
        let dir = tempfile::tempdir().unwrap();
        let secret_file = dir.path().join("captcha-secret");
        std::fs::write(&secret_file, "the-secret-key\n").unwrap();
        std::fs::set_permissions(&secret_file, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { asked, url, secret_file, _dir: Arc::new(dir) }
    }

    fn captcha(&self) -> Captcha {
        Captcha {
            provider: Provider::Turnstile,
            site_key: "0x4AAAAAAAexample".to_owned(),
            secret_file: self.secret_file.clone(),
            verify_url: Some(self.url.parse().unwrap()),
        }
    }

    fn app(&self) -> App {
        let captcha = self.captcha();
        App::with(|settings| {
            for form in &mut settings.forms {
                Arc::make_mut(form).captcha = Some(captcha.clone());
            }
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn with_answer(answer: &str) -> serde_json::Value {
    let mut answers = json_answers();
    answers["cf-turnstile-response"] = answer.into();
    answers
}

#[tokio::test]
async fn a_solved_captcha_passes_and_its_provider_learns_nothing_of_the_visitor() {
    let provided = Provided::new().await;
    let app = provided.app();
    let own = view(&app).await;
    app.clock.advance(jiff::SignedDuration::from_secs(20));
    app.post(&answers(&own, &[("cf-turnstile-response", "right")])).await.receipt();
    assert_eq!(provided.asked(), ["secret=the-secret-key&response=right&sitekey=0x4AAAAAAAexample"]);
    let leads = app.leads().await;
    assert_eq!((leads.len(), leads[0].1.quarantine.len()), (1, 0));
}

#[tokio::test]
async fn the_page_loads_the_widget_and_nothing_else_of_its_provider() {
    let app = Provided::new().await.app();
    let page = app.get(&format!("{FORM}?lang=en")).await;
    assert!(page.text.contains("<div class=\"cf-turnstile\" data-sitekey=\"0x4AAAAAAAexample\" data-language=\"en\">"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self' https://challenges.cloudflare.com; connect-src 'self';"), "{policy}");
    assert!(policy.contains("frame-src https://challenges.cloudflare.com;"), "{policy}");
    let schema = app.get(&format!("{FORM}/schema.json")).await.json();
    assert_eq!(schema["captcha"]["input"], "cf-turnstile-response");
    let plain = App::new().get(FORM).await;
    assert!(!plain.text.contains("turnstile") && !plain.header("content-security-policy").contains("frame-src"));
}

#[tokio::test]
async fn a_program_can_not_leave_it_out_nor_make_one_up() {
    let provided = Provided::new().await;
    let app = provided.app();
    for without in [json_answers(), with_answer(""), with_answer("made up"), with_answer(&"x".repeat(9000))] {
        let refused = app.post_json(&without, None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        assert_eq!(refused.json()["type"], "urn:leadseal:problem:captcha-needed");
    }
    assert_eq!(provided.asked().len(), 1, "only what can be an answer is passed on");
    assert!(app.leads().await.is_empty());
}

#[tokio::test]
async fn a_wrong_answer_of_the_form_is_not_yet_asked_about() {
    let provided = Provided::new().await;
    let app = provided.app();
    let mut wrong = with_answer("right");
    wrong["email"] = "no address".into();
    assert_eq!(app.post_json(&wrong, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(provided.asked().is_empty(), "the answer is still good");
    assert_eq!(app.post_json(&with_answer("right"), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_solved_need_not_be_solved_again_for_a_correction_but_is_no_ticket_for_a_flood() {
    let provided = Provided::new().await;
    let app = provided.app();
    let mut statuses = Vec::new();
    for n in 0..8 {
        let mut answers = with_answer("right");
        answers["email"] = format!("visitor{n}@example.co.jp").into();
        statuses.push(app.post_json(&answers, None).await.status);
    }
    assert_eq!(statuses[..5], [StatusCode::OK; 5]);
    assert_eq!(statuses[5..], [StatusCode::FORBIDDEN; 3]);
}

#[tokio::test]
async fn a_repeated_post_is_answered_without_asking_again() {
    let provided = Provided::new().await;
    let app = provided.app();
    let mut answers = with_answer("right");
    answers["_key"] = "one view".into();
    let first = app.post_json(&answers, None).await.json();
    assert_eq!(app.post_json(&answers, None).await.json(), first);
    assert_eq!(provided.asked().len(), 1);
}

#[tokio::test]
async fn without_a_script_a_second_press_brings_it_before_somebody() {
    let provided = Provided::new().await;
    let app = provided.app();
    let own = view(&app).await;
    app.clock.advance(jiff::SignedDuration::from_secs(20));
    let asked = app.post(&answers(&own, &[])).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text.contains("髙﨑"), "what was typed is kept");
    let again = ["_token", "_key", "_lang"].map(|name| (name.to_owned(), asked.hidden(name)));
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app.post(&answers(&again, &[])).await.receipt();
    let leads = app.leads().await;
    assert_eq!(leads[0].1.quarantine, [Suspicion::CaptchaMissing]);
    assert!(provided.asked().is_empty());
}

#[tokio::test]
async fn a_provider_that_can_not_be_asked_gives_way_to_our_own_check() {
    let unusable: [Says; 6] = [
        |_, _| (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        |_, _| (StatusCode::OK, "<html>busy</html>".to_owned()),
        |_, _| (StatusCode::OK, "x".repeat(100_000)),
        |_, _| (StatusCode::FOUND, r#"{"success":true}"#.to_owned()),
        |_, _| (StatusCode::OK, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#.to_owned()),
        |_, _| (StatusCode::BAD_REQUEST, r#"{"success":false,"error-codes":["internal-error"]}"#.to_owned()),
    ];
    let mut providers = Vec::new();
    for answer in unusable {
        providers.push(Provided::answering(answer).await);
    }
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = Provided { url: format!("http://{}/", closed.local_addr().unwrap()), ..Provided::new().await };
    drop(closed);
    for (n, provided) in providers.into_iter().chain([nobody]).enumerate() {
        let app = provided.app();
        let mut answers = with_answer("right");
        let asked = app.post_json(&answers, None).await;
        assert_eq!(asked.json()["type"], "urn:leadseal:problem:proof-needed", "{n}: {}", asked.text);
        answers["_proof"] = crate::crypto::proof_of_work::tests::solve(&asked.json()["challenge"]).into();
        assert_eq!(app.post_json(&answers, None).await.status, StatusCode::OK, "{n}");
    }
}

#[tokio::test]
async fn a_confirm_page_asks_its_provider_once() {
    let provided = Provided::new().await;
    let captcha = provided.captcha();
    let app = App::with(|settings| {
        for form in &mut settings.forms {
            let form = Arc::make_mut(form);
            form.captcha = Some(captcha.clone());
            form.confirm = crate::domain::form::Confirm::Page;
        }
    });
    let own = view(&app).await;
    app.clock.advance(jiff::SignedDuration::from_secs(20));
    let shown = app.post(&answers(&own, &[("cf-turnstile-response", "right")])).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    let send = [("_state", shown.hidden("_state")), ("_step", "send".to_owned())];
    let send: Vec<(&str, &str)> = send.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.post(&send).await.receipt();
    assert_eq!(provided.asked().len(), 1);
}

#[tokio::test]
async fn a_secret_that_others_may_read_or_that_is_not_there_is_named_at_the_start() {
    let provided = Provided::new().await;
    let start = |provided: &Provided| {
        let captcha = provided.captcha();
        let mut form = crate::domain::sample::form(Vec::new());
        form.captcha = Some(captcha);
        CaptureError::from(crate::capture::captcha::Verifiers::new(&[Arc::new(form)]).err().unwrap()).to_string()
    };
    std::fs::set_permissions(&provided.secret_file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(start(&provided).contains("may be read by others (mode 644); run: chmod 600"));
    let missing = Provided { secret_file: "/nonexistent/captcha".into(), ..provided };
    assert!(start(&missing).contains("[form.captcha] secret_file /nonexistent/captcha is not there"));
}
