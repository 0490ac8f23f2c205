//! The same key and body give the same answer; another body is a mistake or a correction.

use super::*;
use jiff::SignedDuration;

#[tokio::test]
async fn a_hundred_parallel_posts_with_one_key_are_one_lead() {
    let app = Arc::new(App::new());
    let page = Arc::new(view(&app).await);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (app, page) = (Arc::clone(&app), Arc::clone(&page));
            tokio::spawn(async move { app.post(&answers(&page, &[])).await.receipt() })
        })
        .collect();
    let mut receipts = Vec::new();
    for task in tasks {
        receipts.push(task.await.unwrap());
    }
    receipts.dedup();
    assert_eq!(receipts.len(), 1, "different answers");
    assert_eq!(app.leads().await.len(), 1);
}

#[tokio::test]
async fn a_visitor_who_goes_back_and_changes_something_makes_a_linked_lead() {
    let app = App::new();
    let page = view(&app).await;
    let first = app.post(&answers(&page, &[])).await.receipt();
    let changed = [("message", "資料を二部ください。")];
    let second = app.post(&answers(&page, &changed)).await.receipt();
    assert_ne!(first, second);
    assert_eq!(app.post(&answers(&page, &changed)).await.receipt(), second, "a correction sent twice");
    assert_eq!(app.post(&answers(&page, &[])).await.receipt(), first, "the first sent again");
    let third = app.post(&answers(&page, &[("message", "三部ください。")])).await.receipt();
    let leads = app.leads().await;
    let links: Vec<_> = leads.iter().map(|(token, submission)| (*token, submission.corrects)).collect();
    assert_eq!(links, [(first, None), (second, Some(first)), (third, Some(first))]);
}

#[tokio::test]
async fn a_hundred_parallel_corrections_are_one_lead() {
    let app = Arc::new(App::new());
    let page = Arc::new(view(&app).await);
    app.post(&answers(&page, &[])).await.receipt();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (app, page) = (Arc::clone(&app), Arc::clone(&page));
            tokio::spawn(async move { app.post(&answers(&page, &[("message", "訂正")])).await.receipt() })
        })
        .collect();
    let mut receipts = Vec::new();
    for task in tasks {
        receipts.push(task.await.unwrap());
    }
    receipts.dedup();
    assert_eq!((receipts.len(), app.leads().await.len()), (1, 2));
}

#[tokio::test]
async fn a_programs_key_with_another_body_is_refused() {
    let app = App::new();
    let first = app.post_json(&json_answers(), Some("order-1")).await;
    let again = app.post_json(&json_answers(), Some("order-1")).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    let mut other = json_answers();
    other["message"] = "別の内容".into();
    let refused = app.post_json(&other, Some("order-1")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["type"], "urn:leadseal:problem:key-mismatch");
    assert_eq!(app.leads().await.len(), 1);
    assert_eq!(app.post_json(&other, Some("order-2")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_of_yesterday_are_known_after_midnight() {
    let app = App::new();
    app.clock.advance(SignedDuration::from_mins(20 * 60 + 59));
    let page = view(&app).await;
    let first = app.post(&answers(&page, &[])).await.receipt();
    let changed = [("message", "訂正")];
    let corrected = app.post(&answers(&page, &changed)).await.receipt();
    let program = app.post_json(&json_answers(), Some("order-1")).await;
    app.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(app.post(&answers(&page, &[])).await.receipt(), first);
    assert_eq!(app.post(&answers(&page, &changed)).await.receipt(), corrected);
    assert_eq!(app.post_json(&json_answers(), Some("order-1")).await.text, program.text);
    assert_eq!(app.leads().await.len(), 3);
}

#[tokio::test]
async fn keys_that_are_no_keys_are_refused() {
    let app = App::new();
    for key in ["", &"k".repeat(201), "a\tb"] {
        let refused = app.post_json(&json_answers(), Some(key)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{key:?}");
        assert_eq!(refused.json()["type"], "urn:leadseal:problem:bad-key");
    }
    let twice = Request::post(FORM)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    let refused = app.send(twice.body(Body::from(json_answers().to_string())).unwrap()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.leads().await.len(), 0);
}
