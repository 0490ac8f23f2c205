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

#[test]
fn an_epoch_is_ended_by_who_signs_the_loss_and_its_leads_stay() {
    let house = Installation::new();
    let server = house.serve();
    let lead = enquire(&house, &server, "アンナのお問い合わせです。資料をお送りください。");
    let state = |epoch: u64| {
        let listed = lines(&house, &["keys", "epochs", "list", "--json"]);
        listed.into_iter().find(|line| line["epoch"] == epoch).unwrap()
    };
    assert_eq!((&state(1)["private_key"], &state(1)["waits_for"][0]["for"]), (&true.into(), &"next".into()));
    let end = ["keys", "epochs", "end", "1", "--sign-loss", "--reason", "key-exposed"];
    let refused = |arguments: &[&str]| {
        let output = house.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&end).contains("epoch 1 is the current one"));
    house.succeed(&["keys", "rotate"]);
    assert!(refused(&end[..4]).contains("--sign-loss --reason node-lost|spools-empty|key-exposed"));
    assert!(refused(&["keys", "epochs", "end", "1", "--sign-loss"]).contains("--reason"));
    assert!(refused(&["keys", "epochs", "end", "1", "--sign-loss", "--reason", "because"]).contains("node-lost"));
    assert!(refused(&["keys", "epochs", "end", "9"]).contains("there is no epoch 9"));
    assert!(house.succeed(&["doctor", "--offline"]).contains("epochs: epoch 1 waits for 20"));

    assert!(house.succeed(&end).starts_with("epoch 1 has ended: its private key was destroyed"));
    assert!(refused(&end).contains("epoch 1 has ended already"));
    assert_eq!((&state(1)["private_key"], &state(1)["leads"]), (&false.into(), &0.into()));
    assert_eq!((&state(2)["private_key"], &state(2)["leads"]), (&true.into(), &1.into()));
    let shown = house.succeed(&["leads", "show", &lead, "--reveal", "--reason", "reply"]);
    assert!(shown.contains("資料をお送りください"), "{shown}");
    let used = lines(&house, &["audit", "list", "--json"]);
    let used = used.iter().find(|entry| entry["detail"] == "what=end-epoch").unwrap();
    assert_eq!((&used["subject"], &used["reason"]), (&"epoch 1".into(), &"key-exposed".into()));
    server.stop();
    house.serve().stop();
    assert!(house.succeed(&["audit", "verify"]).contains("whole"), "the audit");
}
