//! Leads that a site's own server hands over: the same as any, without what only a page has.

use super::site_api::{Call, LEADS, assert_refused, get, post};
use super::*;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

/// A lead as a form plugin's bridge sends it.
fn lead() -> Json {
    json!({
        "lang": "ja", "answers": json_answers(),
        "page": "https://www.example.jp/contact/?customer=4711", "referrer": "https://www.example.com/?q=misaki",
        "campaign": { "utm_source": "newsletter", "gclid": null, "mtm_campaign": "x" },
        "visitor_address": "203.0.113.9", "source": "contact-form-7", "test": false,
    })
}

fn with(name: &str, value: Json) -> Json {
    let mut lead = lead();
    lead[name] = value;
    lead
}

fn but(name: &str, value: Json) -> Json {
    let mut lead = lead();
    lead["answers"][name] = value;
    lead
}

#[track_caller]
fn receipt(answer: &Answer) -> Token {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    assert_eq!((&answer["status"], &answer["token"]), (&"accepted".into(), &answer["receipt"]));
    answer["receipt"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_signed_lead_is_the_lead_that_a_program_would_have_posted() {
    let app = App::new();
    let caller = app.caller("main");
    let token = receipt(&caller.call(&post(LEADS, &lead())).await);
    let mut posted = json_answers();
    for (name, value) in [
        ("utm_source", "newsletter"),
        ("landing_page", "https://www.example.jp/contact/"),
        ("referrer", "https://www.example.com/"),
        ("_lang", "ja"),
    ] {
        posted[name] = value.into();
    }
    // A program without a form token in a hurry would be asked for a check.
    assert_eq!(app.post_json(&posted, Some("key")).await.status, StatusCode::OK);
    let leads = app.leads().await;
    assert_eq!((leads.len(), leads[0].0), (2, token));
    assert_eq!(leads[0].1, leads[1].1);
    assert_eq!(leads[0].1.attribution.len(), 3);
}

#[tokio::test]
async fn names_come_whole_or_in_parts_and_attribution_among_the_answers_counts() {
    let app = App::new();
    let caller = app.caller("main");
    let mut one = lead();
    let answers = one["answers"].as_object_mut().unwrap();
    answers.remove("name_family");
    answers.remove("name_given");
    answers.insert("name".into(), json!({ "family": "髙﨑", "given": "美咲" }));
    answers.insert("utm_source".into(), "form".into());
    receipt(&caller.call(&post(LEADS, &one)).await);
    let mut other = lead();
    other["campaign"]["landing_page"] = "https://www.example.jp/lp/".into();
    receipt(&caller.call(&post(LEADS, &other)).await);
    let leads = app.leads().await;
    let values = |n: usize| -> Vec<String> {
        leads[n].1.attribution.iter().map(|(key, value)| format!("{}={}", key.word(), value.expose())).collect()
    };
    assert_eq!(leads[0].1.answers, leads[1].1.answers);
    let [before, form] = ["referrer=https://www.example.com/", "utm_source=form"];
    assert_eq!(values(0), [form, "landing_page=https://www.example.jp/contact/", before]);
    assert_eq!(values(1), ["utm_source=newsletter", "landing_page=https://www.example.jp/lp/", before]);
}

#[tokio::test]
async fn answers_that_break_a_rule_are_told_for_the_visitor() {
    let app = App::new();
    let caller = app.caller("main");
    let mut bad = but("email", "misaki@".into());
    bad["answers"]["website"] = "x".into();
    bad["answers"]["_token"] = "x".into();
    let refused = caller.call(&post(LEADS, &bad)).await;
    assert_refused(&refused, 422, "invalid");
    let errors = refused.json()["errors"].clone();
    assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&"email".into(), &"email".into()));
    assert!(errors[0]["message"].as_str().unwrap().contains("メールアドレス"), "in the language of the page");
    let unknown: Vec<&str> = errors.as_array().unwrap()[1..].iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(unknown.iter().filter(|name| ["website", "_token"].contains(name)).count(), 2, "{errors}");
    assert!(!refused.text.contains("misaki@"));
    let mut english = bad;
    english["lang"] = "en-GB".into();
    let refused = caller.call(&post(LEADS, &english)).await;
    assert!(refused.json()["errors"][0]["message"].as_str().unwrap().contains("Email"));
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn a_test_validates_and_takes_nothing_in() {
    let app = App::new();
    let caller = app.caller("main");
    let tried = caller.call(&post(LEADS, &with("test", true.into()))).await;
    assert_eq!((tried.status, tried.json()), (StatusCode::OK, json!({ "status": "valid" })));
    let empty = json!({ "answers": [], "campaign": [], "test": true });
    assert_refused(&caller.call(&post(LEADS, &empty)).await, 422, "invalid");
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn what_is_not_as_described_is_refused_with_its_place() {
    let app = App::new();
    let caller = app.caller("main");
    for bad in [
        json!({}),
        json!([]),
        json!({ "answers": null }),
        json!({ "answers": [1] }),
        json!({ "answers": { "email": { "x": 1 } } }),
        with("visitor_address", "somebody".into()),
        with("campaign", json!(["x"])),
        with("lang", 1.into()),
        with("test", "yes".into()),
        with("another", 1.into()),
        with("source", json!({})),
    ] {
        let refused = caller.call(&post(LEADS, &bad)).await;
        assert_refused(&refused, 400, "malformed");
        assert!(!refused.text.contains("misaki") && !refused.text.contains("somebody"), "{}", refused.text);
    }
    let broken = |body: &str| Call { body: body.to_owned(), ..post(LEADS, &json!({})) };
    for body in [
        "",
        "{",
        "{\"answers\":{}}x",
        "{\"answers\":{},\"answers\":{}}",
        "{\"answers\":{\"email\":\"a\",\"email\":\"b\"}}",
    ] {
        assert_refused(&caller.call(&broken(body)).await, 400, "malformed");
    }
    let refused = caller.call(&broken("{\"answers\": {},\n \"test\": 2}")).await;
    assert!(refused.text.contains("line 2, byte 10"), "{}", refused.text);
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let app = App::with(|settings| settings.limits.max_body = 200_000);
    let caller = app.caller("main");
    for message in ["x".repeat(70_000), "x".repeat(300_000)] {
        assert_refused(&caller.call(&post(LEADS, &but("message", message.into()))).await, 413, "too-large");
    }
    let mut many = lead();
    for n in 0..300 {
        many["answers"][format!("field_{n}")] = "x".into();
    }
    assert_refused(&caller.call(&post(LEADS, &many)).await, 413, "too-large");
}

#[tokio::test]
async fn forms_of_other_sites_are_unknown() {
    let app = App::of_two_sites();
    let (main, acme) = (app.caller("main"), app.caller("acme"));
    let newsletter = json!({ "answers": { "email": "misaki@example.co.jp", "marketing": true } });
    let path = "/site/v1/forms/newsletter/leads";
    assert_refused(&main.call(&post(path, &newsletter)).await, 404, "not-found");
    assert_refused(&acme.call(&post(LEADS, &lead())).await, 404, "not-found");
    for path in ["/site/v1/forms/nope/leads", "/site/v1/forms/N%20O/leads", "/site/v1/forms/%ff/leads"] {
        assert_refused(&main.call(&post(path, &lead())).await, 404, "not-found");
    }
    // What is there is told to nobody who has no key.
    let unsigned = Request::post("/site/v1/forms/nope/leads").body(Body::empty()).unwrap();
    assert_refused(&app.send(unsigned).await, 401, "unsigned");
    assert_eq!(app.leads().await.len(), 0);
    receipt(&acme.call(&post(path, &newsletter)).await);
}

#[tokio::test]
async fn a_hundred_parallel_calls_with_one_id_are_one_lead() {
    let app = App::new();
    let caller = app.caller("main");
    let call = post(LEADS, &lead());
    let requests: Vec<_> = (0..100).map(|_| caller.signed(&call)).collect();
    let app = Arc::new(app);
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let router = app.router.clone();
            tokio::spawn(async move {
                let answer = router.oneshot(request).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                answer.into_body().collect().await.unwrap().to_bytes()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.dedup();
    assert_eq!((answers.len(), app.leads().await.len()), (1, 1));
    assert!(app.leads().await[0].1.quarantine.is_empty());
}

#[tokio::test]
async fn an_id_is_good_for_one_content_and_known_for_a_day_under_any_key_of_the_site() {
    let app = App::new();
    let (caller, renewed) = (app.caller("main"), app.caller("main"));
    let call = post(LEADS, &lead());
    let first = receipt(&caller.call(&call).await);
    let other = Call { body: but("message", "別の内容".into()).to_string(), id: call.id.clone(), ..get(LEADS) };
    let other = Call { method: "POST", ..other };
    assert_refused(&caller.call(&other).await, 422, "key-mismatch");
    // Sent again hours later, over midnight and with a new key, as a queue would.
    app.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(receipt(&renewed.call(&call).await), first);
    // The same words in a page's key or a header are another key.
    let mut posted = json_answers();
    posted["message"] = "一番乗り".into();
    assert_eq!(app.post_json(&posted, Some(&call.id)).await.status, StatusCode::OK);
    assert_eq!(app.leads().await.len(), 2);
}

#[tokio::test]
async fn doubtful_words_are_set_aside_with_the_same_answer() {
    let app = App::new();
    let caller = app.caller("main");
    let spam = "<a href=https://a.example>x</a> [url=https://b.example]y[/url] https://c.example https://d.example";
    receipt(&caller.call(&post(LEADS, &but("message", spam.into()))).await);
    receipt(&caller.call(&post(LEADS, &lead())).await);
    let leads = app.leads().await;
    assert!(!leads[0].1.quarantine.is_empty() && leads[1].1.quarantine.is_empty(), "{:?}", leads[0].1.quarantine);
}

#[tokio::test]
async fn visitors_are_told_apart_by_the_address_that_the_site_names() {
    let app = App::with(|settings| settings.limits.posts_per_minute = 12);
    let caller = app.caller("main");
    let mut n = 0;
    let mut from = |address: &str| {
        n += 1;
        let mut lead = but("message", format!("問い合わせ {n}").into());
        lead["visitor_address"] = address.into();
        post(LEADS, &lead)
    };
    for _ in 0..12 {
        receipt(&caller.call(&from("203.0.113.9")).await);
    }
    let refused = caller.call(&from("203.0.113.9")).await;
    assert_refused(&refused, 429, "rate-limited");
    assert!(refused.header("retry-after").parse::<u32>().is_ok());
    receipt(&caller.call(&from("198.51.100.7")).await);
    let set_aside = app.leads().await.iter().filter(|(_, lead)| !lead.quarantine.is_empty()).count();
    assert_eq!((app.leads().await.len(), set_aside), (13, 6), "a network in a hurry is set aside before it is stopped");
    let trials = with("test", true.into());
    for _ in 0..20 {
        assert_eq!(caller.call(&post(LEADS, &trials)).await.status, StatusCode::OK, "a test counts for nothing");
    }
}

#[tokio::test]
async fn a_busy_site_makes_nobody_doubtful() {
    let app = App::with(|settings| settings.limits.posts_per_minute = 3);
    let caller = app.caller("main");
    for n in 0..60 {
        let mut lead = but("message", format!("問い合わせ {n}").into());
        lead["visitor_address"] = format!("203.0.113.{n}").into();
        receipt(&caller.call(&post(LEADS, &lead)).await);
    }
    assert!(app.leads().await.iter().all(|(_, lead)| lead.quarantine.is_empty()));
    // Posts without a token from elsewhere are not mistaken for a flood either.
    assert_eq!(app.post_json(&json_answers(), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_full_spool_says_so_and_the_same_call_is_taken_later() {
    let app = App::with(|settings| settings.limits.max_spool = 1);
    let caller = app.caller("main");
    let first = post(LEADS, &lead());
    let token = receipt(&caller.call(&first).await);
    let second = post(LEADS, &but("message", "二通目".into()));
    let refused = caller.call(&second).await;
    assert_refused(&refused, 503, "unavailable");
    assert_eq!(refused.header("retry-after"), "30");
    assert_eq!(caller.call(&get("/site/v1/status")).await.json()["accepting"], false);
    assert_eq!(receipt(&caller.call(&first).await), token, "what was taken is still answered");
    app.spool.confirm(&[token], crate::domain::mark::StoreMark::default(), None).await.unwrap();
    receipt(&caller.call(&second).await);
}
