//! Retention as an operator meets it: leads end with their form's days, a clock that jumps erases
//! nothing, and nothing of what was erased is left or comes back.
#![cfg(feature = "desk")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing helper fails its test")]

mod support;

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::Request;
use support::installation::{Installation, Server};
use support::scanner::{Canary, Scanner};
use support::traces::{files_with, traces};

const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn enquire(house: &Installation, server: &Server, message: &str) -> String {
    let answers = [
        ("inquiry_type", "product"),
        ("company", "株式会社カナリア商会"),
        ("name_family", "髙﨑"),
        ("name_given", "美咲"),
        ("email", "kanaria.anna@example.co.jp"),
        ("message", message),
        ("privacy", "yes"),
    ];
    let before = lines(house, &["leads", "list", "--json"]).len();
    let answer = FormPage::load(server, "contact", "lang=ja").send(server, &answers);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = answer.header("location").unwrap();
    let is_stored = || (lines(house, &["leads", "list", "--json"]).len() > before).then_some(());
    eventually("the lead is stored", PATIENCE, is_stored);
    location[location.find("ls_").unwrap()..][..36].to_owned()
}

#[track_caller]
fn lines(house: &Installation, command: &[&str]) -> Vec<serde_json::Value> {
    house.succeed(command).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn succeeded(output: Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

fn metric(server: &Server, name: &str) -> Option<f64> {
    let text = server.private(&Request::get("/metrics")).text();
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[test]
fn a_lead_ends_with_its_days_when_somebody_vouches_for_a_clock_that_jumped() {
    let house = Installation::new();
    let server = house.serve();
    let lead = enquire(&house, &server, "アンナのお問い合わせです。よろしくお願いします。");
    let gone = traces(&house, &lead);
    assert!(gone.len() >= 4 && gone.iter().all(|bytes| !files_with(&house, bytes).is_empty()), "the control");
    let shown = lines(&house, &["retention", "show", "--json"]);
    let contact = shown.iter().find(|line| line["form"] == "contact").unwrap();
    assert_eq!((&contact["days"], &contact["held"], &contact["due"]), (&365.into(), &1.into(), &0.into()));
    assert!(house.succeed(&["retention", "run"]).contains("nothing is past its days"));
    assert!(house.succeed(&["doctor", "--offline"]).contains("ok      retention: nothing is past its days"));
    server.stop();

    // Years later, or a wrong clock: nobody can tell.
    let server = house.serve_at("+400d");
    eventually("retention waits", PATIENCE, || metric(&server, "leadseal_retention_waits").filter(|on| *on == 1.0));
    let refused = house.run_at("+400d", &["retention", "run"]);
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && words.contains("leadseal retention run --confirm-clock"), "{words}");
    let looked = house.run_at("+400d", &["doctor", "--offline"]);
    let words = String::from_utf8_lossy(&looked.stdout);
    assert!(words.contains("BROKEN  retention: waits, nothing is erased: the clock moved by 400 days"), "{words}");
    let dry = succeeded(house.run_at("+400d", &["retention", "run", "--dry-run"]));
    assert_eq!(dry, "1 lead of contact, kept for 365 days, would be erased\n");
    assert_eq!(lines(&house, &["leads", "list", "--json"]).len(), 1);

    let done = succeeded(house.run_at("+400d", &["retention", "run", "--confirm-clock"]));
    assert_eq!(done, "1 lead of contact, kept for 365 days, erased\n");
    let again = succeeded(house.run_at("+400d", &["retention", "run", "--json"]));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again).unwrap()["ended"], serde_json::json!([]));
    for bytes in &gone {
        assert_eq!(files_with(&house, bytes), Vec::<PathBuf>::new(), "while it serves");
    }
    server.stop();
    for bytes in &gone {
        assert_eq!(files_with(&house, bytes), Vec::<PathBuf>::new(), "after the stop");
    }
}

#[test]
fn what_was_erased_does_not_come_back_from_the_spool() {
    let house = Installation::new();
    let server = house.serve();
    enquire(&house, &server, "アンナの最初のお問い合わせです。よろしくお願いします。");
    // The spool's own clock stays: it still has the envelope, as one that came late would.
    let done = succeeded(house.run_at("+400d", &["retention", "run", "--confirm-clock"]));
    assert!(done.contains("1 lead of contact"), "{done}");
    house.succeed(&["queue", "replay"]);
    let restored = |entry: &serde_json::Value| entry["action"] == "store-restored";
    eventually("the spool is asked again", PATIENCE, || {
        lines(&house, &["audit", "list", "--json"]).iter().any(restored).then_some(())
    });
    let second = enquire(&house, &server, "アンナの二度目のお問い合わせです。ご返信をお待ちします。");
    let left = lines(&house, &["leads", "list", "--json"]);
    assert_eq!(left.iter().map(|lead| lead["token"].as_str().unwrap()).collect::<Vec<_>>(), [&second]);
    server.stop();
    let erased = lines(&house, &["audit", "list", "--json"]);
    let erased: Vec<_> = erased.into_iter().filter(|entry| entry["action"] == "retention-erased").collect();
    assert_eq!(erased.len(), 1);
    assert_eq!(
        (&erased[0]["subject"], &erased[0]["detail"]),
        (&"contact".into(), &"what=leads count=1 days=365".into())
    );
    assert!(erased[0]["actor"].as_str().unwrap().starts_with("cli:uid-"));
    let typed = Scanner::new(&[Canary::new("the message", "アンナの最初のお問い合わせ")]);
    assert_eq!(typed.scan_paths(&[house.root()]).unwrap(), []);
    assert_eq!(typed.scan_file(&house.log_file()).unwrap(), []);
    assert!(house.succeed(&["audit", "verify"]).contains("whole"), "the audit");
}
