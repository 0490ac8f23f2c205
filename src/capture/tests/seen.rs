//! What is counted of visits: which beacons count, as what, and what nobody can put into a count.

use super::*;
use crate::domain::funnel::{FunnelEvent, FunnelKey};
use proptest::prelude::*;

const SEEN: &str = "/f/contact/seen";
const SITE: &str = "https://www.example.jp";

fn app() -> App {
    App::with(|settings| {
        let mut form = (*settings.forms[0]).clone();
        form.allowed_origins = vec![origin(SITE)];
        form.funnel_pages = vec!["/contact".parse().unwrap(), "/lp/*".parse().unwrap()];
        settings.forms[0] = Arc::new(form);
    })
}

fn beacon(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(SEEN).header(header::CONTENT_TYPE, "text/plain;charset=UTF-8");
    request.header(header::ORIGIN, SITE).body(body.into()).unwrap()
}

/// `day form event field page source n`, a line each.
fn shown((key, n): &(FunnelKey, u64)) -> String {
    let field = key.field.as_ref().map_or("-", |field| field.as_str());
    let page = key.page.as_ref().map_or("-".to_owned(), ToString::to_string);
    let source = key.source.map_or("-", |source| source.word());
    format!("{} {} {} {field} {page} {source} {n}", key.day, key.form, key.event.word())
}

fn counts(app: &App) -> Vec<String> {
    app.funnel.waiting().iter().map(shown).collect()
}

#[tokio::test]
async fn a_beacon_counts_by_day_form_event_field_page_and_source() {
    let app = app();
    for body in [
        r#"{"event":"view","page":"/contact?email=a@example.jp","source":"cpc"}"#,
        r#"{"event":"view","page":"/contact/","source":"cpc","visitor":"7"}"#,
        r#"{"event":"start","page":"/lp/a","source":"yamada@example.jp"}"#,
        r#"{"event":"error","field":"email","page":"/members/yamada"}"#,
        r#"{"event":"left","field":"message"}"#,
        r#"{"event":"submit","field":"email","source":"none"}"#,
    ] {
        let answer = app.send(beacon(body)).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""), "{body}");
        assert_eq!(answer.header("access-control-allow-origin"), SITE);
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(
        counts(&app),
        [
            "2026-11-22 contact view - /contact cpc 2",
            "2026-11-22 contact start - /lp/* other 1",
            "2026-11-22 contact error email other direct 1",
            "2026-11-22 contact left message other direct 1",
            "2026-11-22 contact submit - other direct 1",
        ]
    );
}

#[tokio::test]
async fn what_is_no_beacon_is_answered_alike_and_not_counted() {
    let app = app();
    let long = format!(r#"{{"event":"view","x":"{}"}}"#, "x".repeat(1024));
    let deep = "[".repeat(1000);
    let bodies: [&[u8]; 16] = [
        b"",
        b"view",
        b"\xff\xfe{}",
        b"null",
        b"[]",
        b"{}",
        br#"{"event":"#,
        br#"{"event":7}"#,
        br#"{"event":"VIEW"}"#,
        br#"{"event":"accepted"}"#,
        br#"{"event":"served"}"#,
        br#"{"event":"error"}"#,
        br#"{"event":"error","field":"no_such_field"}"#,
        br#"{"event":"left","field":["email"]}"#,
        long.as_bytes(),
        deep.as_bytes(),
    ];
    for body in bodies {
        let answer = app.send(beacon(body.to_vec())).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", String::from_utf8_lossy(body));
    }
    let view = r#"{"event":"view"}"#;
    for sender in ["https://www.example.jp.evil.example", "null", "http://www.example.jp"] {
        let mut request = beacon(view);
        request.headers_mut().insert(header::ORIGIN, sender.parse().unwrap());
        let answer = app.send(request).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (StatusCode::NO_CONTENT, ""));
    }
    let mut elsewhere = beacon(view);
    *elsewhere.uri_mut() = "/f/no-such-form/seen".parse().unwrap();
    assert_eq!(app.send(elsewhere).await.status, StatusCode::NO_CONTENT);
    assert_eq!(counts(&app), [""; 0]);
}

#[tokio::test]
async fn a_network_that_sends_too_many_is_not_told_and_not_counted_and_posts_go_on() {
    let app = App::with(|settings| settings.limits.views_per_minute = 1);
    for _ in 0..20 {
        let mut request = Request::post(SEEN).body(Body::from(r#"{"event":"view"}"#)).unwrap();
        request.extensions_mut().insert(peer("203.0.113.9"));
        assert_eq!(app.send(request).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(counts(&app), ["2026-11-22 contact view - other direct 8"]);
    let mut page = Request::get(FORM).body(Body::empty()).unwrap();
    page.extensions_mut().insert(peer("203.0.113.9"));
    assert_eq!(app.send(page).await.status, StatusCode::OK, "beacons use up no page view");
}

#[tokio::test]
async fn the_server_counts_pages_leads_and_mistakes_itself() {
    let app = app();
    app.get("/f/contact?utm_medium=newsletter&utm_source=yamada").await;
    let page = view(&app).await;
    let refused = app.post(&answers(&page, &[("email", "misaki@"), ("message", "")])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.post(&answers(&page, &[])).await.receipt();
    app.post(&answers(&page, &[])).await.receipt();
    assert_eq!(
        counts(&app),
        [
            "2026-11-22 contact served - hosted email 1",
            "2026-11-22 contact served - hosted direct 1",
            "2026-11-22 contact accepted - - - 1",
            "2026-11-22 contact invalid - - - 1",
            "2026-11-22 contact invalid email - - 1",
            "2026-11-22 contact invalid message - - 1",
        ],
        "a post that is repeated is one lead"
    );
}

/// Beacons as an attacker would shape them: near the right one, with anything in its members.
fn bodies() -> impl Strategy<Value = String> {
    let word = || {
        prop_oneof![
            Just("view".to_owned()),
            Just("error".to_owned()),
            Just("email".to_owned()),
            Just("/lp/x".to_owned()),
            Just("cpc".to_owned()),
            ".{0,40}",
        ]
    };
    let event = prop_oneof![Just("view".to_owned()), Just("error".to_owned()), Just("left".to_owned()), word()];
    prop_oneof![
        (event, word(), word(), word()).prop_map(|(event, field, page, source)| {
            serde_json::json!({ "event": event, "field": field, "page": page, "source": source }).to_string()
        }),
        ".{0,200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn no_beacon_makes_a_count_outside_the_closed_sets(bodies in proptest::collection::vec(bodies(), 1..12)) {
        let app = app();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for body in bodies {
                assert_eq!(app.send(beacon(body)).await.status, StatusCode::NO_CONTENT);
            }
        });
        let fields = ["inquiry_type", "company", "name", "kana", "email", "tel", "message", "privacy", "marketing"];
        for (key, _) in app.funnel.waiting() {
            prop_assert_eq!(key.day, "2026-11-22".parse().unwrap());
            prop_assert_eq!(key.form.as_str(), "contact");
            let told = [FunnelEvent::View, FunnelEvent::Start, FunnelEvent::Error, FunnelEvent::Left, FunnelEvent::Submit];
            prop_assert!(told.contains(&key.event));
            prop_assert!(key.field.as_ref().is_none_or(|field| fields.contains(&field.as_str())), "{:?}", key.field);
            let page = key.page.map(|page| page.to_string()).unwrap_or_default();
            prop_assert!(["/contact", "/lp/*", "other"].contains(&page.as_str()), "{}", page);
            prop_assert!(key.source.is_some());
        }
    }
}
