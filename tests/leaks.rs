//! No canary that a visitor typed is found in anything that Leadseal writes: files with their
//! write-ahead logs, every row of every table, logs at trace level, metrics, notifications, the
//! staff's page and the operator's commands.
//!
//! What is left out, because it answers the visitor: error and thank-you pages, and the address
//! that an auto-reply is sent to. The control stores the same canaries unprotected and must find
//! them, so that a scan that sees nothing is known to look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use support::canaries::{
    ask_for_some, browser_canaries, keep_everything_in_clear, masked_commands, scan_dumps, scan_mails, send_bad_ones,
    send_good_ones, send_signed_ones,
};
use support::eventually;
use support::http::Request;
use support::installation::{Installation, Server};
use support::scanner::{Finding, Scanner};
use support::site_key::SiteKey;
use support::smtp::SmtpSink;

const PATIENCE: Duration = Duration::from_secs(60);
fn stored_leads(house: &Installation) -> usize {
    house.succeed(&["leads", "list", "--json"]).lines().count()
}

#[track_caller]
fn assert_nothing(what: &str, findings: &[Finding]) {
    let mut report = String::new();
    findings.iter().take(40).for_each(|finding| writeln!(report, "  {finding}").unwrap());
    assert!(findings.is_empty(), "{what}: {} canaries\n{report}", findings.len());
}

/// Scans everything that is not an answer to a visitor. Says where canaries were found.
fn scan_everything(scanner: &Scanner, house: &Installation, server: &Server, relay: &SmtpSink) {
    assert_nothing("files of the installation", &scanner.scan_paths(&[house.root()]).unwrap());
    assert_nothing("the log at trace level", &scanner.scan_file(&house.log_file()).unwrap());
    for path in ["/metrics", "/readyz", "/healthz"] {
        let answer = server.private(&Request::get(path));
        assert_nothing(path, &scanner.scan_bytes(Path::new(path), answer.text().as_bytes()));
    }
    assert_nothing("mail", &scan_mails(scanner, &relay.mails()));
    assert_nothing("commands", &scanner.scan_bytes(Path::new("commands"), masked_commands(house).as_bytes()));
}

#[test]
fn what_visitors_type_is_found_nowhere() {
    let house = Installation::new();
    let relay = SmtpSink::start();
    house.set_relay(relay.address);
    house.set("public", "trusted_proxies", vec!["127.0.0.1"]);
    // One of the two forms shows the answers once more: they go through the browser, sealed.
    house.edit_form("document-request", |form| {
        form["form"].as_table_mut().unwrap().insert("confirm".into(), "page".into());
    });
    let server = house.serve();

    let mut canaries = browser_canaries();
    let mut sent = send_good_ones(house.public, 0, &mut canaries);
    let key: serde_json::Value = serde_json::from_str(&house.succeed(&["site-key", "new", "main", "--json"])).unwrap();
    let key = SiteKey::parse(key["key"].as_str().unwrap());
    sent += send_signed_ones(house.public, &key, 70, &mut canaries);
    let asked = ask_for_some(house.public, &key, 90, &mut canaries);
    send_bad_ones(house.public, &mut canaries);
    let stored = eventually("the leads are stored", PATIENCE, || Some(stored_leads(&house)).filter(|n| *n >= sent));
    let mails = relay.wait_for(sent * 2 + asked, PATIENCE);
    assert!(stored <= sent + 1, "only the post with an unknown field may have been taken in besides");
    let scanner = Scanner::new(&canaries);
    for link in links(&mails) {
        let page = server.private(&Request::get(&link));
        assert_nothing(&link, &scanner.scan_bytes(Path::new("the link's page"), &page.body));
    }
    scan_everything(&scanner, &house, &server, &relay);

    // Revealing shows the values, so they did go in, and leaves nothing behind.
    let revealed = house.succeed(&["export", "--format", "jsonl", "--reveal", "--reason", "audit"]);
    let shown: BTreeSet<String> =
        scanner.scan_bytes(Path::new("export"), revealed.as_bytes()).into_iter().map(|f| f.canary).collect();
    for name in [
        "accepted contact ja: email",
        "accepted contact en: message",
        "accepted document-request ja: address",
        "accepted signed: message",
        "accepted signed: gclid",
    ] {
        assert!(shown.contains(name), "{name} was never taken in: {shown:?}");
    }
    scan_everything(&scanner, &house, &server, &relay);

    // As a thief finds the files after a power cut, row by row, and after a clean stop.
    server.kill();
    assert_nothing("files after kill -9", &scanner.scan_paths(&[house.root()]).unwrap());
    assert_nothing("rows of all tables", &scan_dumps(&scanner, &house.data()));
    house.serve().stop();
    assert_nothing("files after a stop", &scanner.scan_paths(&[house.root()]).unwrap());
    assert_nothing("the log of all runs", &scanner.scan_file(&house.log_file()).unwrap());
}

/// Paths of the links in the notifications.
fn links(mails: &[support::smtp::Mail]) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    for mail in mails.iter().filter(|mail| mail.to == ["sales@example.jp"]) {
        for body in mail.bodies() {
            for rest in body.split("http://127.0.0.1:").skip(1) {
                let url: String = rest.chars().take_while(|c| !c.is_whitespace() && !"\"<>)".contains(*c)).collect();
                links.extend(url.split_once('/').map(|(_, path)| format!("/{path}")));
            }
        }
    }
    assert!(!links.is_empty(), "notifications carry a link");
    links
}

#[test]
fn the_same_scan_finds_what_a_form_keeps_in_clear() {
    let house = Installation::new();
    keep_everything_in_clear(&house);
    let server = house.serve();
    let mut canaries = Vec::new();
    let sent = send_good_ones(house.public, 0, &mut canaries);
    eventually("the leads are stored", PATIENCE, || (stored_leads(&house) >= sent).then_some(()));
    let scanner = Scanner::new(&canaries);
    let names = |findings: Vec<Finding>| -> BTreeSet<String> { findings.into_iter().map(|f| f.canary).collect() };

    let running = names(scanner.scan_paths(&[house.data()]).unwrap());
    let commands = names(scanner.scan_bytes(Path::new("commands"), masked_commands(&house).as_bytes()));
    server.kill();
    let rows = names(scan_dumps(&scanner, &house.data()));
    for field in ["company", "name_family", "kana_given", "email", "tel", "message"] {
        let name = format!("accepted contact ja: {field}");
        for (place, found) in [("files", &running), ("commands", &commands), ("rows", &rows)] {
            assert!(found.contains(&name), "{name} was not found in {place}: the scan does not look");
        }
    }
    for field in ["department", "job_title", "postal_code", "address"] {
        assert!(rows.contains(&format!("accepted document-request en: {field}")), "{field}: {rows:?}");
    }
    // Attribution has a rule of its own and stays protected.
    assert!(!rows.contains("accepted contact ja: gclid"));
}
