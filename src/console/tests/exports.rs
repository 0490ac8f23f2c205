//! Exports in the console: who gets which leads and values, what is refused, what is told afterwards.

use super::*;
use crate::desk::store::sample::{forbid_audit, form, protected, store_under, submission};
use crate::desk::store::{ExportState, ExportView, LeadFacts, NewLead, StaffChange};
use crate::domain::ids::ExportId;
use crate::domain::submission::Value;
use axum::response::Response;
use std::time::Duration;

const ALL: &str = "view=all&values=masked&format=jsonl";
const CLEAR: &str = "view=all&values=revealed&reason=handover&format=jsonl";

fn some_id() -> String {
    ExportId::generate(&OsEntropy).to_string()
}

/// The way of a choice: values in clear have their own.
fn way(choice: &str) -> &'static str {
    let is_clear = choice.contains("values=revealed") || choice.contains("preset=");
    if is_clear { "/console/export/clear" } else { "/console/export/review" }
}

impl Browser<'_> {
    /// Asks for a file; its body is not read yet.
    async fn begin(&mut self, choice: &str, id: &str) -> Response {
        let token = self.get("/console/account").await.hidden("_csrf");
        let pairs = [("_csrf", token.as_str()), ("id", id), ("choice", choice)];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self.request(Method::POST, way(choice)).header("sec-fetch-site", "same-origin");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::REFERER, format!("http://x{}?{choice}", way(choice)));
        self.app.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    /// Takes a whole file.
    async fn take(&mut self, choice: &str) -> (String, Vec<u8>) {
        let id = some_id();
        let response = self.begin(choice, &id).await;
        assert_eq!(response.status(), StatusCode::OK, "{choice}");
        (id, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    /// An answer that is a page.
    async fn refused(&mut self, choice: &str) -> Answer {
        let response = self.begin(choice, &some_id()).await;
        assert!(!response.headers().contains_key(header::CONTENT_DISPOSITION), "{choice}");
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

impl App {
    fn record(&self, id: &str) -> Option<ExportView> {
        self.store.export_record(id.parse().unwrap()).unwrap()
    }

    /// The record of an export, once it has ended.
    async fn ended(&self, id: &str) -> ExportView {
        for _ in 0..500 {
            let record = self.record(id).unwrap();
            if record.state != ExportState::Running {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the export does not end");
    }

    /// More leads than a pipe holds.
    fn fill(&self, leads: u64) {
        let form = form();
        let lead = |n| protected(n, &form, &submission("a@example.jp", ""));
        let new = |n| NewLead { lead: lead(n), deliveries: vec![], facts: LeadFacts::default() };
        self.store.store_leads(&(1..=leads).map(new).collect::<Vec<_>>()).unwrap();
    }
}

#[tokio::test]
async fn each_role_exports_what_its_table_says() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    for (role, may_export, may_reveal) in [
        (Role::Owner, true, true),
        (Role::Manager, true, true),
        (Role::Rep, true, false),
        (Role::PrivacyOfficer, false, false),
        (Role::Auditor, false, false),
    ] {
        let mut browser = app.seated(role.word(), role, None).await;
        let inbox = browser.get("/console/inbox?view=all").await;
        assert_eq!(inbox.text.contains("/console/export?view=all"), may_export, "{role:?}");
        let page = browser.get("/console/export").await;
        assert_eq!(page.status == StatusCode::OK, may_export, "{role:?}");
        assert_eq!(page.text.contains("value=\"revealed\"") && page.text.contains("name=\"preset\""), may_reveal);
        for (choice, may) in
            [(ALL, may_export), (CLEAR, may_reveal), ("view=all&preset=hubspot&reason=handover", may_reveal)]
        {
            let looked_over = browser.get(&format!("{}?{choice}", way(choice))).await;
            assert_eq!(looked_over.status == StatusCode::OK, may, "{role:?} {choice}");
            let response = browser.begin(choice, &some_id()).await;
            assert_eq!(response.status() == StatusCode::OK, may, "{role:?} {choice}");
            assert_eq!(response.headers().contains_key(header::CONTENT_DISPOSITION), may, "{role:?} {choice}");
        }
    }
}

#[tokio::test]
async fn a_file_holds_the_leads_of_the_list_that_its_maker_sees_and_no_others() {
    let app = App::new();
    let mine = app.lead(1, "main", "contact", "a@example.jp");
    let theirs = app.lead(2, "main", "event-registration", "b@example.jp");
    let elsewhere = app.lead(3, "shop", "shop-contact", "c@example.jp");
    let mut rep = app.seated("rep", Role::Rep, Some((&[], &["contact"]))).await;
    for choice in [ALL, "view=new&values=tokens&format=csv"] {
        let (_, file) = rep.take(choice).await;
        let text = String::from_utf8(file).unwrap();
        assert!(text.contains(&mine.to_string()), "{choice}");
        for hidden in [theirs, elsewhere] {
            assert!(!text.contains(&hidden.to_string()), "{choice}");
        }
        // Not even what other forms ask for.
        assert!(!text.contains("attendees"), "{choice}");
    }
    assert!(app.audited("export-masked").iter().all(|detail| detail.ends_with("scope=part")));
    for choice in ["view=all&form=event-registration", "view=all&site=shop", "view=mine"] {
        let refused = rep.refused(choice).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{choice}");
        assert!(refused.text.contains("nothing to export"), "{choice}");
    }
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (_, file) = owner.take("view=all&form=event-registration&values=masked&format=jsonl").await;
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains(&theirs.to_string()) && text.lines().count() == 1);
}

#[tokio::test]
async fn values_in_clear_need_a_reason_and_a_fresh_proof_and_the_choice_outlives_both() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let without = "view=all&form=contact&values=revealed&format=xlsx";
    let page = owner.get(&format!("/console/export/clear?{without}")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("Choose a reason") && page.text.contains("value=\"revealed\" checked"));
    assert!(page.text.contains("value=\"xlsx\" selected") && page.text.contains("value=\"contact\" selected"));

    app.clock.advance(SignedDuration::from_mins(11));
    let confirm = owner.get(&format!("/console/export/clear?{CLEAR}")).await.location().to_owned();
    assert!(confirm.starts_with("/console/confirm?next=%2Fconsole%2Fexport%2Fclear%3Fview%3Dall%26values%3Drevealed"));
    let late = owner.begin(CLEAR, &some_id()).await;
    assert_eq!(late.headers()[header::LOCATION], confirm.as_str(), "the request that starts it asks as well");
    // Masks need no proof; but nothing in clear leaves by their way.
    let token = owner.get("/console/account").await.hidden("_csrf");
    let id = some_id();
    let pairs = [("_csrf", token.as_str()), ("id", &id), ("choice", CLEAR)];
    let detour = owner.post("/console/export/review", &pairs).await;
    assert!(detour.location().starts_with("/console/export/clear?view=all&values=revealed"));
    assert_eq!(app.audited("export-revealed"), [""; 0]);
    let (_, masked) = owner.take(ALL).await;
    assert!(!String::from_utf8(masked).unwrap().contains("misaki@"));

    let next = format!("/console/export/clear?{CLEAR}");
    let proved = owner.act("/console/confirm", &[("next", &next), ("proof", PASSWORD)]).await;
    assert_eq!(proved.location(), next);
    assert!(owner.get(&next).await.text.contains("Download the file"));
    let (id, file) = owner.take(CLEAR).await;
    assert!(String::from_utf8(file).unwrap().contains("misaki@example.jp"));
    let record = app.record(&id).unwrap();
    assert_eq!((record.mode.as_str(), record.reason.as_deref()), ("revealed", Some("handover")));
}

#[tokio::test]
async fn the_audit_has_its_entry_before_the_first_byte_and_the_digest_after_the_last() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let id = some_id();
    let response = owner.begin(&format!("{CLEAR}&form=contact&owner=nobody"), &id).await;
    let begun = "format=jsonl mode=revealed owner=nobody";
    assert_eq!(app.audited("export-revealed"), [begun]);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let expected = format!("attachment; filename=\"leads-2026-11-24-{id}.jsonl\"");
    assert_eq!(response.headers()[header::CONTENT_DISPOSITION], expected.as_str());
    let file = response.into_body().collect().await.unwrap().to_bytes();
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&file));
    assert_eq!(app.audited("export-ended"), [format!("state=complete leads=1 sha256={digest}")]);
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(page.text.contains(&digest) && page.text.contains("Complete: 1 of 1 leads"));
    assert!(page.text.contains("To pass it to another system") && !page.text.contains("http-equiv=\"refresh\""));
    assert!(owner.get("/console/export").await.text.contains(&format!("/console/export/{id}")));
    assert_eq!(app.store.verify_audit().unwrap().broken_at, None);
}

#[tokio::test]
async fn what_can_not_be_audited_does_not_leave() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    forbid_audit(&app.store);
    for choice in [ALL, CLEAR] {
        let refused = owner.refused(choice).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.text.contains("nothing was exported") && !refused.text.contains("misaki@"));
    }
    assert!(app.store.export_records(None, 9).unwrap().is_empty());
}

#[tokio::test]
async fn a_form_of_somebody_else_exports_nothing() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (id, token) = (some_id(), owner.get("/console/account").await.hidden("_csrf"));
    let ours = [("_csrf", token.as_str()), ("id", &id), ("choice", CLEAR)];
    let from_elsewhere = owner.post_with(way(CLEAR), &ours, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(from_elsewhere.status, StatusCode::FORBIDDEN);
    let without_token = owner.post(way(CLEAR), &ours[1..]).await;
    assert_eq!(without_token.status, StatusCode::FORBIDDEN);
    assert_eq!(app.audited("export-revealed"), [""; 0]);
}

#[tokio::test]
async fn what_is_not_understood_or_can_not_be_read_exports_nothing_and_says_what_to_do() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    for (choice, words) in [
        ("view=all&stage=x", "could not be read"),
        ("view=all&form=a%0d%0ab", "could not be read"),
        ("view=all&format=exe", "could not be read"),
        ("view=all&format=csv%22%0d%0aX-Evil%3a+1", "could not be read"),
        ("view=all&reason=handover&preset=x%0d%0a", "could not be read"),
        ("view=all&values=all", "could not be read"),
        ("view=all&preset=meta&reason=handover&format=xlsx", "Meta can’t read that format. Choose CSV (UTF-8)."),
        ("view=all&preset=kintone&reason=handover", "choose the form"),
        ("view=all&preset=hubspot", "Choose a reason"),
    ] {
        let refused = owner.refused(choice).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{choice}");
        let text = refused.text.replace("&#39;", "’");
        assert!(text.contains(&words.replace('\'', "’")), "{choice}\n{text}");
    }
    let token = owner.get("/console/account").await.hidden("_csrf");
    for id in ["", "../../x", "a\r\nX-Evil: 1", "aaaaaaa1"] {
        let answer = owner.post(way(ALL), &[("_csrf", token.as_str()), ("id", id), ("choice", ALL)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{id:?}");
    }
    assert_eq!(app.audited("export-ended"), [""; 0]);
}

#[tokio::test]
async fn nothing_in_a_file_is_calculated_by_the_program_that_opens_it() {
    let app = App::new();
    let mut sent = submission("misaki@example.jp", "+819012345678");
    sent.answers[0].value = Value::Name { family: "=1+1".into(), given: "@SUM(A1)".into() };
    store_under(&app.console.parts.keyring, &app.store, 1, &form(), &sent);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (_, file) = owner.take("view=all&values=revealed&reason=handover&format=csv").await;
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains(",'=1+1,'@SUM(A1),") && text.contains("\"'=資料を"), "{text}");
}

#[tokio::test]
async fn a_stopped_export_breaks_off_and_says_how_far_it_came() {
    let app = App::new();
    app.fill(800);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let id = some_id();
    let response = owner.begin(ALL, &id).await;
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(
        page.text.contains("<progress max=\"800\"") && page.text.contains("http-equiv=\"refresh\""),
        "{}",
        page.text
    );
    let cancel = format!("/console/export/{id}/cancel");
    assert_eq!(owner.act(&cancel, &[]).await.location(), format!("/console/export/{id}"));
    assert!(response.into_body().collect().await.is_err(), "a file that is not whole never ends as one");
    let record = app.ended(&id).await;
    assert_eq!((record.state, record.total), (ExportState::Cancelled, 800));
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(page.text.contains("Stopped after") && page.text.contains("of 800 leads"));
    assert!(app.audited("export-ended")[0].starts_with("state=cancelled leads="));
}

#[tokio::test]
async fn an_export_ends_with_the_connection_that_takes_it() {
    let app = App::new();
    app.fill(800);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let id = some_id();
    let response = owner.begin(ALL, &id).await;
    let mut body = response.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    drop(body);
    let record = app.ended(&id).await;
    assert!(record.state == ExportState::BrokenOff && record.leads < 800, "{record:?}");
    assert!(app.audited("export-ended")[0].starts_with("state=broken-off leads="));
    assert!(owner.get(&format!("/console/export/{id}")).await.text.contains("Broken off after"));
}

#[tokio::test]
async fn who_loses_the_account_loses_the_rest_of_the_file() {
    let app = App::new();
    app.fill(1200);
    app.staff("owner@example.jp", Role::Owner);
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let id = some_id();
    let response = rep.begin(ALL, &id).await;
    let staff = app.record(&id).unwrap().staff;
    app.store.change_staff(staff, &StaffChange::Disable, "test").unwrap().unwrap();
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(app.ended(&id).await.state, ExportState::Cancelled);
}

#[tokio::test]
async fn two_run_at_a_time_and_none_twice() {
    let app = App::new();
    app.fill(800);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (first, second) = (some_id(), some_id());
    let one = owner.begin(ALL, &first).await;
    let two = owner.begin(ALL, &second).await;
    assert_eq!((one.status(), two.status()), (StatusCode::OK, StatusCode::OK));
    let third = owner.refused(ALL).await;
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(third.text.contains("Two exports of yours are running") && third.text.contains("Download the file"));
    let again = owner.begin(ALL, &first).await;
    assert_eq!(again.headers()[header::LOCATION], format!("/console/export/{first}").as_str());
    let mut other = app.seated("manager", Role::Manager, None).await;
    let (_, file) = other.take(ALL).await;
    assert_eq!(String::from_utf8(file).unwrap().lines().count(), 800);
    // Both come whole, and their ids are used up.
    for body in [one, two] {
        assert!(body.into_body().collect().await.is_ok());
    }
    let again = owner.begin(ALL, &second).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    assert_eq!(app.audited("export-masked").len(), 3);
}

#[tokio::test]
async fn the_exports_of_others_are_seen_by_who_reads_the_whole_audit() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let (id, _) = rep.take(ALL).await;
    let address = format!("/console/export/{id}");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let mut colleague = app.seated("colleague", Role::Rep, None).await;
    let mut elsewhere = app.seated("elsewhere", Role::Manager, Some((&["shop"], &[]))).await;
    assert_eq!(owner.get(&address).await.status, StatusCode::OK);
    assert!(owner.get("/console/export").await.text.contains(&address));
    for other in [&mut colleague, &mut elsewhere] {
        assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.act(&format!("{address}/cancel"), &[]).await.status, StatusCode::NOT_FOUND);
        assert!(!other.get("/console/export").await.text.contains(&address));
    }
    for nothing in ["/console/export/aaaaaaaa", "/console/export/x"] {
        assert_eq!(owner.get(nothing).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_the_file_lacks_is_told_afterwards_and_no_character_of_a_name_is_kept() {
    let app = App::new();
    let mut sent = submission("misaki@example.jp", "");
    sent.answers[0].value = Value::Name { family: "𠮷野".into(), given: "美咲".into() };
    store_under(&app.console.parts.keyring, &app.store, 1, &form(), &sent);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (id, file) = owner.take("view=all&values=revealed&reason=audit&format=csv-cp932").await;
    assert!(file.windows(2).any(|two| two == [0x81, 0xac]), "a geta mark");
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(page.text.contains("Column name_family: 〓") && page.text.contains("1 times"), "{}", page.text);
    assert!(!app.record(&id).unwrap().report.unwrap().contains('𠮷'));

    let (id, file) = owner.take("view=all&preset=meta&reason=handover&format=csv").await;
    assert_eq!(String::from_utf8(file).unwrap().lines().count(), 1, "headings alone");
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(page.text.contains("Left out: 1 without consent to advertising"));
    assert!(page.text.contains("no lead is in the file"));
}

#[tokio::test]
async fn a_tag_is_in_no_record_and_in_no_audit() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki@example.jp");
    let tags = crate::desk::store::Change::Tags(vec!["vip".parse().unwrap()]);
    app.store.change_lead(lead, 0, &tags, "test").unwrap();
    app.lead(2, "main", "contact", "b@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (id, file) = owner.take(&format!("{ALL}&tag=vip")).await;
    assert_eq!(String::from_utf8(file).unwrap().lines().count(), 1);
    assert_eq!(app.audited("export-masked"), ["format=jsonl mode=masked tag=yes"]);
    assert_eq!(app.record(&id).unwrap().filter, "tag=yes");
    assert!(owner.get(&format!("/console/export/{id}")).await.text.contains("(a tag)"));
}

#[tokio::test]
async fn an_export_that_the_server_did_not_survive_is_shown_as_broken_off() {
    let app = App::new();
    app.lead(1, "main", "contact", "misaki@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let (id, entry) = (ExportId::generate(&OsEntropy), app.store.audit_entries(1, 1).unwrap().remove(0));
    let entry = crate::desk::audit::NewEntry {
        actor: entry.actor,
        action: crate::desk::audit::Action::ExportMasked,
        subject: None,
        reason: None,
        detail: None,
    };
    let staff = app.store.staff_of(&"owner@example.jp".parse().unwrap()).unwrap().unwrap().id;
    let new = crate::desk::store::NewExport {
        id,
        staff,
        mode: "masked",
        format: "csv",
        preset: None,
        reason: None,
        filter: String::new(),
    };
    app.store.begin_export(&entry, Some(&new)).unwrap();
    let page = owner.get(&format!("/console/export/{id}")).await;
    assert!(page.text.contains("the server stopped while it ran") && !page.text.contains("<progress"));
}
