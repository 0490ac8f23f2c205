//! The confirm screen: nothing is sent before its button, everything comes back, nobody else's
//! answers are taken.

use super::*;
use crate::domain::form::Confirm;

fn app() -> App {
    App::with(|settings| {
        for form in &mut settings.forms {
            Arc::make_mut(form).confirm = Confirm::Page;
        }
    })
}

/// The confirm page of a contact form with these changes.
async fn confirm_page(app: &App, changes: &[(&str, &str)]) -> Answer {
    let own = view(app).await;
    app.post(&answers(&own, changes)).await
}

#[tokio::test]
async fn nothing_is_sent_before_the_button_and_then_once() {
    let app = app();
    let page = confirm_page(&app, &[("message", "1 < 2 & 3")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("まだ送信されていません。") && page.header("cache-control") == "no-store");
    for shown in ["髙﨑 美咲", "０９０－１２３４－５６７８", "misaki@example.co.jp", "1 &#60; 2 &#38; 3"]
    {
        assert!(page.text.contains(shown), "{shown}");
    }
    assert!(page.text.contains("製品・サービスについて"), "the choice's words stand there, not its value");
    assert!(app.leads().await.is_empty());
    let state = page.hidden("_state");
    let press = [("_state", state.as_str()), ("_step", "send"), ("_lang", "ja")];
    let first = app.post(&press).await.receipt();
    assert_eq!(app.post(&press).await.receipt(), first, "the button pressed twice is one lead");
    let leads = app.leads().await;
    assert_eq!(leads.len(), 1);
    assert_eq!(
        leads[0].1.value(&"message".parse().unwrap()).unwrap().joined().expose(),
        "1 < 2 & 3",
        "what is sent is what was shown"
    );
}

#[tokio::test]
async fn going_back_keeps_every_value_and_the_key() {
    let app = app();
    let own = view(&app).await;
    let page = app.post(&answers(&own, &[("company", "株式会社サンプル")])).await;
    let back = app.post(&[("_state", &page.hidden("_state")), ("_step", "edit")]).await;
    assert_eq!(back.status, StatusCode::OK);
    for (name, value) in
        [("name_family", "髙﨑"), ("tel", "０９０－１２３４－５６７８"), ("company", "株式会社サンプル")]
    {
        assert!(back.text.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}");
    }
    assert!(back.text.contains("<option value=\"product\" selected>") && back.text.contains("資料をください。"));
    assert!(back.text.contains("name=\"privacy\" value=\"true\" checked"));
    assert_eq!(back.hidden("_key"), own[1].1, "the same view of the page, so that sending again corrects");
    assert!(!back.text.contains("role=\"alert\"") && app.leads().await.is_empty());
}

#[tokio::test]
async fn changed_and_foreign_answers_are_never_a_lead() {
    let app = app();
    let state = confirm_page(&app, &[]).await.hidden("_state");
    let other = self::app();
    let foreign = confirm_page(&other, &[]).await.hidden("_state");
    let mut changed = state.clone();
    let flipped = if changed.as_bytes()[40] == b'A' { "B" } else { "A" };
    changed.replace_range(40..41, flipped);
    for bad in [changed.as_str(), &foreign, "x", &state[..state.len() - 4]] {
        for step in ["send", "edit", ""] {
            let answer = app.post(&[("_state", bad), ("_step", step), ("_lang", "en")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.text.contains("Nothing has been sent."), "{}", answer.text);
            assert!(answer.text.contains("name=\"email\""), "the form is there to be filled in again");
        }
    }
    let elsewhere = Request::post("/f/document-request")
        .header(header::CONTENT_TYPE, FORM_TYPE)
        .body(Body::from(encoded(&[("_state", &state), ("_step", "send")])))
        .unwrap();
    assert_eq!(app.send(elsewhere).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another form's answers");
    assert!(app.leads().await.is_empty());
}

#[tokio::test]
async fn answers_of_yesterday_are_taken_and_older_ones_are_not() {
    let app = app();
    let state = confirm_page(&app, &[]).await.hidden("_state");
    app.clock.advance(jiff::SignedDuration::from_secs(22 * 3600));
    app.post(&[("_state", &state), ("_step", "send")]).await.receipt();
    app.clock.advance(jiff::SignedDuration::from_secs(24 * 3600));
    let late = app.post(&[("_state", &state), ("_step", "send")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("確認画面の有効期限"));
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_is_shown() {
    let app = app();
    let refused = confirm_page(&app, &[("email", "nobody")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("role=\"alert\"") && !refused.text.contains("name=\"_state\""));
}

#[tokio::test]
async fn the_longest_answer_that_is_taken_can_be_confirmed() {
    let app = app();
    let long = "あ".repeat(2000);
    let page = confirm_page(&app, &[("message", &long)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    app.post(&[("_state", &page.hidden("_state")), ("_step", "send")]).await.receipt();
}

#[tokio::test]
async fn programs_and_forms_without_a_confirm_screen_are_answered_at_once() {
    let app = app();
    assert_eq!(app.post_json(&json_answers(), None).await.status, StatusCode::OK);
    let own = view(&app).await;
    app.post(&answers(&own, &[("_step", "send")])).await.receipt();
    let plain = App::new();
    let own = view(&plain).await;
    plain.post(&answers(&own, &[])).await.receipt();
}

#[tokio::test]
async fn a_framed_form_stays_in_its_frame() {
    let app = app();
    let own: Vec<_> = {
        let page = app.get("/f/contact/frame?lang=en").await;
        ["_token", "_key", "_lang", "_frame"].map(|name| (name.to_owned(), page.hidden(name))).into()
    };
    let page = app.post(&answers(&own, &[])).await;
    assert!(page.text.contains("Nothing has been sent yet.") && page.text.contains("ls-framed"));
    assert!(!page.headers.contains_key(header::X_FRAME_OPTIONS));
    let back = app.post(&[("_state", &page.hidden("_state")), ("_step", "edit")]).await;
    assert!(back.text.contains("ls-framed") && !back.text.contains("masthead"));
    let sent = app.post(&[("_state", &page.hidden("_state")), ("_step", "send")]).await;
    let thanks = app.get(sent.header("location")).await;
    assert!(thanks.text.contains("ls-framed") && thanks.text.contains("Thank you"), "{}", thanks.text);
    assert!(!thanks.headers.contains_key(header::X_FRAME_OPTIONS));
}
