//! The audit's pages: what they tell whom, and how the chain stands.

use super::*;
use crate::desk::store::sample::tamper;

#[tokio::test]
async fn entries_are_told_in_words_and_lead_only_where_the_viewer_may_go() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    rep.act(&format!("/console/leads/{lead}/reveal"), &[("what", "all"), ("reason", "reply")]).await;
    assert_eq!(rep.get("/console/audit").await.status, StatusCode::FORBIDDEN);
    let mut auditor = app.seated("auditor", Role::Auditor, None).await;
    let page = auditor.get("/console/audit").await;
    assert!(page.text.contains("Values of a lead were shown") && page.text.contains("To answer the enquiry"));
    assert!(page.text.contains("担当 花子") && page.text.contains("lead-revealed"), "names, and the raw words at hand");
    assert!(page.text.contains(&format!("href=\"/console/leads/{lead}\">#1</a>")));
    assert!(page.text.contains("The chain is whole") && !page.text.contains("misaki"));
    let mut elsewhere = app.seated("elsewhere", Role::Auditor, Some((&["shop"], &[]))).await;
    let page = elsewhere.get("/console/audit").await;
    assert!(page.text.contains(&lead.to_string()) && !page.text.contains("href=\"/console/leads/"));
}

#[tokio::test]
async fn filters_narrow_and_pages_turn() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let rep = app.staff("rep@example.jp", Role::Rep);
    let mut browser = Browser::new(&app);
    for _ in 0..60 {
        browser.sign_in("rep@example.jp").await;
    }
    let mut auditor = app.seated("auditor", Role::Auditor, None).await;
    let rows = |page: &Answer| page.text.matches("<time>").count();
    let of_rep = auditor.get(&format!("/console/audit?what=signed-in&who=staff:{rep}")).await;
    assert_eq!(rows(&of_rep), 50);
    let next = of_rep.text.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let next = auditor.get(&format!("/console/audit{}", next.replace("&#38;", "&").replace("&amp;", "&"))).await;
    assert_eq!(rows(&next), 10);
    let of_lead = auditor.get(&format!("/console/audit?on={lead}")).await;
    assert!(
        rows(&of_lead) >= 1 && of_lead.text.contains("Lead came in") && !of_lead.text.contains("<strong>Signed in")
    );
    assert_eq!(rows(&auditor.get("/console/audit?until=2020-01-01").await), 0);
    let unclear = auditor.get("/console/audit?on=taro@example.jp&what=all").await;
    assert!(unclear.text.contains("could not be read") && !unclear.text.contains("taro@"));
}

#[tokio::test]
async fn a_broken_chain_is_an_alarm_that_says_what_to_do() {
    let app = App::new();
    let mut auditor = app.seated("auditor", Role::Auditor, None).await;
    assert!(auditor.get("/console/audit").await.text.contains("The chain is whole"));
    let at_first = auditor.get("/console/audit").await;
    assert!(at_first.text.contains("Checked from the first entry"), "{}", at_first.text);
    tamper(&app.store, 1);
    // What was checked is not read again by itself; the button does.
    assert_eq!(auditor.act("/console/audit/verify", &[]).await.location(), "/console/audit");
    let page = auditor.get("/console/audit").await;
    assert!(page.text.contains("The chain is broken at entry 1") && page.text.contains("role=\"alert\""));
    assert!(page.text.contains("Copy leads.db") && !page.text.contains("The chain is whole"));
}

#[tokio::test]
async fn entries_are_saved_as_a_file_and_that_is_audited() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let mut auditor = app.seated("auditor", Role::Auditor, None).await;
    let file = auditor.act("/console/audit/csv", &[("what", "lead-stored")]).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let lines: Vec<&str> = file.text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains(&format!("\"lead-stored\",\"{lead}\"")), "{}", lines[1]);
    assert_eq!(app.audited("audit-saved"), ["count=1 filters=1"]);
    crate::desk::store::sample::forbid_audit(&app.store);
    let refused = auditor.act("/console/audit/csv", &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!refused.text.contains("lead-stored"));
}
