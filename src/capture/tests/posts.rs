//! Posts that are taken, and posts that are handed back.

use super::*;
use crate::domain::submission::Value;

fn one(submission: &Submission, field: &str) -> String {
    match submission.value(&field.parse().unwrap()) {
        Some(value) => value.joined().expose().clone(),
        None => String::new(),
    }
}

#[tokio::test]
async fn a_browsers_post_becomes_one_sealed_lead_and_a_thank_you() {
    let app = App::new();
    let page = view(&app).await;
    let answer = app.post(&answers(&page, &[("kana_family", "ﾀｶｻｷ"), ("kana_given", "みさき")])).await;
    let receipt = answer.receipt();
    let leads = app.leads().await;
    assert_eq!(leads.len(), 1);
    let (token, submission) = &leads[0];
    assert_eq!(*token, receipt);
    assert_eq!(one(submission, "name"), "髙﨑 美咲");
    assert_eq!(one(submission, "kana"), "タカサキ ミサキ");
    assert_eq!(one(submission, "tel"), "+819012345678");
    assert!(matches!(submission.value(&"email".parse().unwrap()), Some(Value::One(_))));
    assert_eq!(submission.consents.iter().filter(|consent| consent.granted).count(), 1);

    let thanks = app.get(answer.header("location")).await;
    assert_eq!(thanks.status, StatusCode::OK);
    assert!(thanks.text.contains(&receipt.to_string()));
    assert!(thanks.text.contains("お問い合わせを受け付けました"));
}

#[tokio::test]
async fn refused_answers_come_back_with_a_summary_and_what_was_typed() {
    let app = App::new();
    let page = view(&app).await;
    let changes = [("email", "misaki@example"), ("name_given", ""), ("privacy", ""), ("message", "見積もり\n希望")];
    let answer = app.post(&answers(&page, &changes)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let html = &answer.text;
    assert!(html.contains("<title>エラー: お問い合わせ"));
    assert!(html.contains("role=\"alert\" tabindex=\"-1\" autofocus"));
    assert!(html.contains("入力内容に問題があります（3件）"));
    for input in ["name_given", "email", "privacy"] {
        assert!(html.contains(&format!("<a href=\"#ls-contact-{input}\">")), "the summary does not link to {input}");
        assert!(html.contains(&format!("id=\"ls-contact-{input}\"")), "nothing has the id that the link names");
    }
    assert!(html.contains("aria-describedby=\"ls-contact-name_given.fault-1\" aria-invalid=\"true\""));
    assert!(html.contains("id=\"ls-contact-name_given.fault-1\">「お名前（名）」を入力してください。"));
    assert!(html.contains("value=\"髙﨑\"") && html.contains("value=\"misaki@example\""));
    assert!(html.contains(">\n見積もり\n希望</textarea>"));
    assert!(html.contains("value=\"product\" selected"));
    assert_eq!(answer.hidden("_key"), page[1].1, "the same view keeps its key");
    assert_ne!(answer.hidden("_token"), page[0].1, "a fresh token");
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn corrected_answers_are_then_taken() {
    let app = App::new();
    let page = view(&app).await;
    let refused = app.post(&answers(&page, &[("email", "x")])).await;
    let again: Vec<_> = ["_token", "_key", "_lang"].map(|name| (name.to_owned(), refused.hidden(name))).into();
    app.post(&answers(&again, &[])).await.receipt();
    let leads = app.leads().await;
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].1.corrects, None, "nothing was stored before");
}

#[tokio::test]
async fn hostile_values_are_text_on_the_page() {
    let app = App::new();
    let page = view(&app).await;
    let hostile = "\"><script>alert(1)</script>'</textarea><img src=x onerror=y>";
    let changes = [("message", hostile), ("company", hostile), ("email", hostile), ("utm_source", hostile)];
    let answer = app.post(&answers(&page, &changes)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.text.contains("<script>") && !answer.text.contains("<img"), "{}", answer.text);
    assert_eq!(answer.text.matches("</textarea>").count(), 1, "the textarea was left");
    assert_eq!(answer.text.matches("&#60;script&#62;").count(), 4);

    let query = encoded(&[("utm_source", hostile), ("r", hostile), ("lang", hostile)]);
    for path in [format!("{FORM}?{query}"), format!("{FORM}/thanks?{query}"), format!("/f/{query}")] {
        let page = app.get(&path).await;
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{path}");
    }
}

#[tokio::test]
async fn programs_get_json() {
    let app = App::new();
    let taken = app.post_json(&json_answers(), None).await;
    assert_eq!(taken.status, StatusCode::OK);
    assert_eq!(taken.header("content-type"), "application/json");
    let receipt: Token = taken.json()["receipt"].as_str().unwrap().parse().unwrap();
    let thanks = format!("https://forms.example.jp/f/contact/thanks?r={receipt}&lang=ja");
    assert_eq!(taken.json()["thanks"], thanks.as_str());
    assert_eq!(app.leads().await[0].0, receipt);

    let mut wrong = json_answers();
    wrong["email"] = "x".into();
    wrong["nickname"] = "x".into();
    wrong.as_object_mut().unwrap().remove("name_given");
    let refused = app.post_json(&wrong, None).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem = refused.json();
    assert_eq!(problem["type"], "urn:leadseal:problem:invalid-answers");
    let inputs: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["input"]).collect();
    assert_eq!(inputs, ["name_given", "email", "nickname"]);
    assert_eq!(problem["errors"][0]["code"], "required");
    assert_eq!(problem["errors"][2]["code"], "unknown_field");
    assert_eq!(app.leads().await.len(), 1);
}

#[tokio::test]
async fn a_full_spool_refuses_and_keeps_what_was_typed() {
    let app = App::with(|settings| settings.limits.max_spool = 1);
    app.post(&answers(&view(&app).await, &[])).await.receipt();
    let page = view(&app).await;
    let refused = app.post(&answers(&page, &[("message", "もう一度")])).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), "30");
    assert!(refused.text.contains("ただいま受け付けられません"));
    assert!(refused.text.contains("もう一度</textarea>") && refused.text.contains("value=\"髙﨑\""));
    assert!(refused.text.contains("<button type=\"submit\">"));
    assert_eq!(refused.hidden("_key"), page[1].1);
    assert_eq!(app.leads().await.len(), 1);
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);

    let problem = app.post_json(&json_answers(), None).await;
    assert_eq!(problem.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem.json()["type"], "urn:leadseal:problem:unavailable");
}

#[tokio::test]
async fn the_language_of_the_page_is_kept() {
    let app = App::new();
    let page = app.get(&format!("{FORM}?lang=en")).await;
    let own: Vec<_> = ["_token", "_key", "_lang"].map(|name| (name.to_owned(), page.hidden(name))).into();
    let refused = app.post(&answers(&own, &[("email", "")])).await;
    assert!(refused.text.contains("<html lang=\"en\" "));
    assert!(refused.text.contains("There is a problem with one answer"));
    let taken = app.post(&answers(&own, &[])).await;
    assert!(taken.header("location").ends_with("&lang=en"));
    assert_eq!(app.leads().await[0].1.lang, crate::domain::lang::Lang::En);
}

#[tokio::test]
async fn where_a_visitor_came_from_goes_with_the_lead() {
    let app = App::new();
    let request = Request::get(format!("{FORM}?utm_source=news&gclid=abc&utm_id=ignored"))
        .header("referer", "https://www.example.jp/products?session=secret#top")
        .body(Body::empty())
        .unwrap();
    let page = app.send(request).await;
    assert_eq!(page.hidden("utm_source"), "news");
    assert_eq!(page.hidden("referrer"), "https://www.example.jp/products");
    assert_eq!(page.hidden("landing_page"), "https://forms.example.jp/f/contact");
    assert!(!page.text.contains("utm_id") && !page.text.contains("secret"));
    assert!(page.text.contains("?lang=en&#38;utm_source=news&#38;gclid=abc\""), "the campaign is lost on the switch");
}

#[tokio::test]
async fn the_summary_lists_the_parts_of_a_name_as_its_page_does() {
    let app = App::new();
    for (lang, first, second) in [("ja", "name_family", "name_given"), ("en", "name_given", "name_family")] {
        let mut page = view(&app).await;
        page.retain(|(name, _)| name != "_lang");
        let answer = app.post(&answers(&page, &[("_lang", lang), ("name_family", ""), ("name_given", "")])).await;
        let link = |input: &str| answer.text.find(&format!("<a href=\"#ls-contact-{input}\">")).unwrap();
        assert!(link(first) < link(second), "{lang}");
    }
}
