//! The inbox and a lead at work: kept lists, reminders, reply, events of a list.

use super::*;
use crate::desk::store::sample::{forbid_audit, form, store_under, submission};
use crate::desk::store::{Change, SessionEnd};
use crate::domain::form::Form;
use crate::domain::lead::Stage;
use crate::domain::token::Token;
use http_body_util::BodyExt;
use std::time::Duration;

/// What a colleague may type to be run as code.
const NASTY: &str = "\"><script>alert(1)</script>'<img src=x onerror=alert(2)>";

fn page_of(lead: Token) -> String {
    format!("/console/leads/{lead}")
}

fn tab(name: &str) -> String {
    format!(">{name}</a>")
}

#[tokio::test]
async fn a_list_is_kept_under_a_name_and_leads_back_to_itself() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    app.store.change_lead(lead, 0, &Change::Tags(vec!["expo".parse().unwrap()]), "test").unwrap();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let query = "?view=all&tag=expo";
    let saved = rep.act("/console/views", &[("name", " 展示会　２０２６ "), ("query", query)]).await;
    assert_eq!(saved.location(), "/console/inbox?view=all&tag=expo&done=view-saved");
    let page = rep.get("/console/inbox?view=all&tag=expo").await;
    assert!(page.text.contains("aria-current=\"page\">展示会 2026</a>") && page.text.contains(&lead.to_string()));
    assert_eq!(page.text.matches("aria-current=\"page\">").count(), 2, "the place and the list, nothing else");
    // Nobody else sees it, or changes it.
    let id = app.store.saved_views(app.id("rep")).unwrap()[0].id;
    let mut other = app.seated("other", Role::Owner, None).await;
    assert!(!other.get("/console/inbox").await.text.contains("展示会 2026"));
    for what in ["rename", "remove", "share"] {
        let answer = other.act(&format!("/console/views/{id}"), &[("what", what), ("name", "x")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}");
    }
    let renamed = rep.act(&format!("/console/views/{id}"), &[("what", "rename"), ("name", "Expo")]).await;
    assert!(rep.get(renamed.location()).await.text.contains(&tab("Expo")));
    rep.act(&format!("/console/views/{id}"), &[("what", "remove")]).await.location();
    assert!(!rep.get("/console/inbox").await.text.contains(&tab("Expo")));
    assert_eq!(app.store.lead(lead).unwrap().unwrap().stage, Stage::New, "its leads stay as they are");
}

#[tokio::test]
async fn a_shared_list_finds_for_each_what_they_may_see() {
    let app = App::new();
    let (ours, theirs) =
        (app.lead(1, "main", "contact", "a@example.jp"), app.lead(2, "shop", "shop-contact", "b@example.jp"));
    let mut manager = app.seated("manager", Role::Manager, None).await;
    manager.act("/console/views", &[("name", "Shop"), ("query", "?view=all&site=shop")]).await.location();
    manager.act("/console/views", &[("name", "Mine"), ("query", "?view=all&owner=me")]).await.location();
    for view in app.store.saved_views(app.id("manager")).unwrap() {
        manager.act(&format!("/console/views/{}", view.id), &[("what", "share")]).await.location();
    }
    let mut rep = app.seated("rep", Role::Rep, Some((&["main"], &[]))).await;
    let page = rep.get("/console/inbox?view=all&site=shop").await;
    assert!(page.text.contains("Shop ") || page.text.contains("Shop<"));
    assert!(!page.text.contains(&theirs.to_string()), "the list shows no lead outside of the scope");
    let id = app.id("rep");
    app.store.change_lead(ours, 0, &Change::Owner(Some(id)), "test").unwrap();
    assert!(rep.get("/console/inbox?view=all&owner=me").await.text.contains(&ours.to_string()), "me is who looks");
    // A rep shares nothing.
    rep.act("/console/views", &[("name", "Own"), ("query", "?view=all&source=cpc")]).await.location();
    let own = app.store.saved_views(id).unwrap()[0].id;
    let answer = rep.act(&format!("/console/views/{own}"), &[("what", "share")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!app.store.saved_views(id).unwrap()[0].is_shared);
}

#[tokio::test]
async fn a_list_that_cannot_be_kept_says_why_and_loses_nothing_typed() {
    let app = App::new();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let long = "長".repeat(31);
    for (name, message) in [
        ("", "30 letters"),
        ("taro@example.jp", "30 letters"),
        ("090-1234-5678", "30 letters"),
        (NASTY, "30 letters"),
        (long.as_str(), "30 letters"),
    ] {
        let answer = rep.act("/console/views", &[("name", name), ("query", "?view=all&tag=expo")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text.contains(message) && answer.text.contains("role=\"alert\""), "{name}");
        assert!(!answer.text.contains("<script>alert") && !answer.text.contains("<img src=x"), "{name}");
    }
    // What stands in the address besides a list's parts is not kept.
    let query = format!("?view=all&tag=expo&page=last&x={NASTY}&site=A B&stage=won");
    rep.act("/console/views", &[("name", "Expo"), ("query", &query)]).await.location();
    assert_eq!(app.store.saved_views(app.id("rep")).unwrap()[0].query, "?view=all&tag=expo");
    let again = rep.act("/console/views", &[("name", "Expo"), ("query", "?view=new")]).await;
    assert!(
        again.text.contains("already") && again.text.contains("value=\"Expo\"")
            || again.status == StatusCode::UNPROCESSABLE_ENTITY
    );
    for n in 1..20 {
        rep.act("/console/views", &[("name", &format!("v{n}")), ("query", "?view=all")]).await.location();
    }
    let full = rep.act("/console/views", &[("name", "more"), ("query", "?view=all")]).await;
    assert!(full.text.contains("at most 20 lists"));
}

#[tokio::test]
async fn a_reminder_is_set_listed_counted_when_due_and_done() {
    let app = App::with(|settings| settings.business_hours.time_zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    let (first, second) =
        (app.lead(1, "main", "contact", "a@example.jp"), app.lead(2, "main", "contact", "b@example.jp"));
    let mut rep = app.seated("rep", Role::Rep, None).await;
    // It is noon of 24 November in Japan.
    for (lead, pairs) in [
        (first, [("when", "own"), ("date", "2026-11-24"), ("time", "12:20")]),
        (second, [("when", "2026-11-27T09:00"), ("date", ""), ("time", "")]),
    ] {
        let set = rep.act(&format!("{}/reminder", page_of(lead)), &pairs).await;
        assert!(rep.get(set.location()).await.text.contains("The reminder was set"));
    }
    let page = rep.get(&page_of(first)).await;
    assert!(page.text.contains("Tue 24 Nov 2026, 12:20") && page.text.contains("in 20 min"));
    let list = rep.get("/console/inbox?view=reminders").await;
    let (one, two) = (list.text.find(&first.to_string()), list.text.find(&second.to_string()));
    assert!(one.unwrap() < two.unwrap() && list.text.contains("Reminders <span class=\"count\">0</span>"));
    assert!(list.text.contains("Tue 24 Nov 2026, 12:20"), "when one is reminded, not when it came in");
    app.clock.advance(SignedDuration::from_mins(21));
    let list = rep.get("/console/inbox?view=reminders").await;
    assert!(list.text.contains("Reminders <span class=\"count\">1</span>") && list.text.contains("due 1 min ago"));
    // A colleague has none of them.
    let mut other = app.seated("other", Role::Rep, None).await;
    assert!(other.get("/console/inbox?view=reminders").await.text.contains("You have no reminders"));
    assert!(other.get(&page_of(first)).await.text.contains("12:20"), "who opens the lead sees it");
    other.act(&format!("{}/reminder/done", page_of(first)), &[("staff", &app.id("rep").to_string())]).await.location();
    assert_eq!(app.store.reminders_on(first).unwrap().len(), 1, "it is not a colleague's to end");
    let done = [("staff", "me"), ("from", "list")];
    assert_eq!(rep.act(&format!("{}/reminder/done", page_of(first)), &done).await.location(), "/console/inbox");
    assert!(!rep.get("/console/inbox?view=reminders").await.text.contains(&first.to_string()));
    let told = app.audited("lead-changed");
    let own = app.id("rep");
    assert_eq!(told[0], format!("what=reminder for={own} becomes=2026-11-24T03:20:00Z"));
    assert_eq!(told[2], format!("what=reminder for={own} becomes=done"));
}

#[tokio::test]
async fn the_owner_of_a_lead_can_be_reminded_and_nobody_else() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let remind = [("when", "2026-11-27T09:00"), ("for", "owner")];
    let path = format!("{}/reminder", page_of(lead));
    assert_eq!(rep.act(&path, &remind).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it has no owner");
    let owner = app.staff("owner@example.jp", Role::Rep);
    app.store.change_lead(lead, 0, &Change::Owner(Some(owner)), "test").unwrap();
    rep.act(&path, &remind).await.location();
    let open = app.store.reminders_on(lead).unwrap();
    assert_eq!((open[0].staff, open[0].set_by), (owner, app.id("rep")));
    assert!(rep.get(&page_of(lead)).await.text.contains("(set by 担当 花子)"));
    app.store.end_reminder(lead, owner, "test").unwrap();
    let mut them = Browser::new(&app);
    them.sign_in("owner@example.jp").await;
    them.act(&path, &[("when", "2026-11-26T09:00")]).await.location();
    let taken = rep.act(&path, &remind).await;
    assert!(taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.text.contains("has set a reminder already"));
}

#[tokio::test]
async fn a_time_that_cannot_be_meant_is_refused_and_what_was_typed_stays() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    for (date, time) in [
        ("", ""),
        ("2026-11-31", "09:00"),
        ("2026-11-24", "25:00"),
        ("2026-11-23", "09:00"),
        ("2099-01-01", "09:00"),
        ("-9999-01-01", "09:00"),
        ("99999-01-01", "09:00"),
        (NASTY, "09:00"),
    ] {
        let pairs = [("when", "own"), ("date", date), ("time", time)];
        let answer = rep.act(&format!("{}/reminder", page_of(lead)), &pairs).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{date} {time}");
        assert!(
            answer.text.contains(&format!("type=\"time\" required aria-describedby=\"remind-hint\" value=\"{time}\""))
        );
        assert!(!answer.text.contains("<script>alert"));
    }
    assert_eq!(app.store.reminders_on(lead).unwrap(), []);
    assert_eq!(app.audited("lead-changed"), [""; 0]);
}

#[tokio::test]
async fn a_reply_shows_the_address_alone_and_the_audit_has_it() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki+a@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let page = rep.act(&format!("{}/reply", page_of(lead)), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("href=\"mailto:misaki%2Ba@example.jp?subject=Re%3A%20Contact%20us%20%231\""),
        "{}",
        page.text
    );
    assert!(!page.text.contains("+819012345678") && !page.text.contains("美咲") && !page.text.contains("資料を"));
    assert_eq!(app.audited("lead-revealed"), ["field=email"]);
    let entries = app.store.audit_entries(0, 10_000).unwrap();
    assert_eq!(entries.last().unwrap().reason.as_deref(), Some("reply"));
    assert_eq!(app.store.lead(lead).unwrap().unwrap().stage, Stage::New, "the stage is offered, not set");
    assert!(page.text.contains("value=\"attempting\""));
    // Without the audit nothing is opened.
    forbid_audit(&app.store);
    let refused = rep.act(&format!("{}/reply", page_of(lead)), &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!refused.text.contains("misaki+a@") && !refused.text.contains("mailto:"));
}

#[tokio::test]
async fn without_an_address_the_telephone_answers_and_without_both_nothing() {
    let app = App::new();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let keyring = &app.console.parts.keyring;
    let by_tel = store_under(keyring, &app.store, 1, &form(), &submission("", "+819012345678"));
    let page = rep.act(&format!("{}/reply", page_of(by_tel)), &[]).await;
    assert!(page.text.contains("href=\"tel:+819012345678\"") && !page.text.contains("mailto:"));
    let neither = store_under(keyring, &app.store, 2, &Form { ..form() }, &submission("", ""));
    assert!(!rep.get(&page_of(neither)).await.text.contains("/reply\""));
    assert_eq!(rep.act(&format!("{}/reply", page_of(neither)), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(app.audited("lead-revealed"), ["field=phone"]);
}

/// The events of a list, as they come.
struct Events {
    body: Body,
}

impl Events {
    async fn of(browser: &Browser<'_>, query: &str) -> Result<Self, StatusCode> {
        let request = browser.request(Method::GET, &format!("/console/inbox/events?{query}"));
        let request = request.header(header::ACCEPT, "text/event-stream").body(Body::empty()).unwrap();
        let response = browser.app.router.clone().oneshot(request).await.unwrap();
        match response.status() {
            StatusCode::OK => Ok(Self { body: response.into_body() }),
            refused => Err(refused),
        }
    }

    /// What is said within some seconds; an empty text when the stream ends.
    async fn next(&mut self, seconds: u64) -> Option<String> {
        let frame = tokio::time::timeout(Duration::from_secs(seconds), self.body.frame()).await.ok()?;
        let bytes = frame.map(|frame| frame.unwrap().into_data().unwrap().to_vec()).unwrap_or_default();
        Some(String::from_utf8(bytes).unwrap())
    }
}

#[tokio::test]
async fn a_page_is_told_of_what_its_viewer_may_see_and_of_nothing_else() {
    let app = App::new();
    let rep = app.seated("rep", Role::Rep, Some((&["main"], &[]))).await;
    let mut events = Events::of(&rep, "view=new").await.unwrap();
    let first = events.next(5).await.unwrap();
    assert!(first.contains("event: list") && first.contains("data: "), "{first}");
    let elsewhere = app.lead(1, "shop", "shop-contact", "a@example.jp");
    assert_eq!(events.next(3).await, None, "a lead of another site is no event");
    let lead = app.lead(2, "main", "contact", "b@example.jp");
    let second = events.next(5).await.unwrap();
    assert!(second.contains("event: list") && second != first);
    for text in [&first, &second] {
        assert!(
            !text.contains(&lead.to_string()) && !text.contains(&elsewhere.to_string()) && text.len() < 80,
            "{text}"
        );
    }
    // A page that was loaded meanwhile shows the same digest.
    let mut rep = rep;
    let page = rep.get("/console/inbox?view=new").await;
    let digest = second.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    assert!(page.text.contains(&format!("data-digest=\"{digest}\"")));
}

#[tokio::test]
async fn events_end_with_the_session_and_keep_none_alive() {
    let app = App::new();
    let rep = app.seated("rep", Role::Rep, None).await;
    let id = app.id("rep");
    let mut events = Events::of(&rep, "").await.unwrap();
    assert!(events.next(5).await.unwrap().contains("list"));
    // Twenty minutes before an open page, which asks by itself now and then.
    app.clock.advance(SignedDuration::from_mins(20));
    assert!(Events::of(&rep, "").await.is_ok());
    let by_itself = rep.request(Method::GET, "/console/inbox").header("leadseal-unattended", "yes");
    assert_eq!(app.send(by_itself.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    app.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(Events::of(&rep, "").await.err(), Some(StatusCode::SEE_OTHER), "it was idle for half an hour");
    app.lead(1, "main", "contact", "a@example.jp");
    assert_eq!(events.next(5).await.as_deref(), Some(""), "the stream has ended");

    let again = Browser::new(&app);
    let mut again = again;
    again.sign_in("rep@example.jp").await;
    let mut events = Events::of(&again, "").await.unwrap();
    events.next(5).await.unwrap();
    let session = app.store.sessions_of(id).unwrap()[0].id;
    app.store.end_session(id, session, SessionEnd::Revoked).unwrap();
    app.lead(2, "main", "contact", "a@example.jp");
    assert_eq!(events.next(5).await.as_deref(), Some(""), "a session that is revoked hears nothing more");
}

#[tokio::test]
async fn one_session_has_a_few_streams_and_gets_a_place_back() {
    let app = App::new();
    let rep = app.seated("rep", Role::Rep, None).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(Events::of(&rep, "").await.unwrap());
    }
    assert_eq!(Events::of(&rep, "").await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let other = app.seated("other", Role::Rep, None).await;
    assert!(Events::of(&other, "").await.is_ok(), "a colleague is not held up");
    open.pop();
    assert!(Events::of(&rep, "").await.is_ok());
}

#[tokio::test]
async fn a_server_that_stops_ends_the_streams() {
    let app = App::new();
    let rep = app.seated("rep", Role::Rep, None).await;
    let closing = tokio_util::sync::CancellationToken::new();
    let mut request = rep.request(Method::GET, "/console/inbox/events").body(Body::empty()).unwrap();
    request.extensions_mut().insert(crate::http::listener::Closing(closing.clone()));
    let mut events = Events { body: app.router.clone().oneshot(request).await.unwrap().into_body() };
    assert!(events.next(5).await.unwrap().contains("list"));
    closing.cancel();
    assert_eq!(events.next(2).await.as_deref(), Some(""));
}
