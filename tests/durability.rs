//! Nothing lost: the fsync comes before the success answer, and what got a success answer
//! survives kill -9 and is acted on once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing helper fails its test")]

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::Request;
use support::installation::Installation;

const KILLS: u64 = 50;
const VISITORS: u64 = 4;

fn answers(visitor: u64, n: u64) -> Vec<(&'static str, String)> {
    vec![
        ("inquiry_type", "product".into()),
        ("name_family", "髙﨑".into()),
        ("name_given", "美咲".into()),
        ("email", format!("visitor{visitor}.{n}@example.co.jp")),
        ("message", "止めても失われません。".into()),
        ("privacy", "yes".into()),
    ]
}

#[test]
fn what_got_a_success_answer_survives_fifty_kills_and_is_stored_once() {
    let house = Installation::new();
    // Thousands of posts with one text are what it tells robots by.
    house.set("screening", "enabled", false);
    house.set("log", "filter", "warn");
    let acknowledged: Mutex<HashSet<String>> = Mutex::default();
    let posts = AtomicU64::new(0);
    for round in 0..KILLS {
        let server = house.serve();
        let page = FormPage::load(&server, "contact", "lang=ja");
        let token = page.hidden("_token").to_owned();
        let stop = AtomicBool::new(false);
        let before = acknowledged.lock().unwrap().len();
        std::thread::scope(|scope| {
            for visitor in 0..VISITORS {
                let (acknowledged, posts, stop, token, public) = (&acknowledged, &posts, &stop, &token, house.public);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let mut fields = answers(visitor, posts.fetch_add(1, Ordering::Relaxed));
                        fields.push(("_token", token.clone()));
                        // A connection that is cut in the middle got no answer: nothing is promised.
                        let Ok(answer) = Request::form("/f/contact", &fields).send(public) else { continue };
                        assert_eq!(answer.status, 303, "{}", answer.text());
                        let location = answer.header("location").unwrap();
                        let start = location.find("ls_").unwrap();
                        acknowledged.lock().unwrap().insert(location[start..start + 36].to_owned());
                    }
                });
            }
            // Kills come at different moments: right after the first answers, or well under load.
            let wanted = before + 1 + (round as usize * 7) % 40;
            eventually("some answers", Duration::from_secs(60), || {
                (acknowledged.lock().unwrap().len() >= wanted).then_some(())
            });
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    let server = house.serve();
    let stored = eventually("the desk catches up", Duration::from_secs(120), || {
        let stored = stored_with_notifications(&house);
        acknowledged.iter().all(|token| stored.contains_key(token)).then_some(stored)
    });
    server.stop();
    println!(
        "{KILLS} kills, {} posts, {} acknowledged, {} stored",
        posts.into_inner(),
        acknowledged.len(),
        stored.len()
    );
    for token in &acknowledged {
        // One recipient and an auto-reply: one outbox row each.
        assert_eq!(stored[token], [("auto_reply".to_owned(), 1), ("notification".to_owned(), 1)], "{token}");
    }
    assert!(house.succeed(&["audit", "verify"]).starts_with("whole"));
    let listed = house.succeed(&["leads", "list", "--json", "--limit", "100000"]);
    assert_eq!(listed.lines().count(), stored.len(), "each lead is stored once");
}

/// Each stored lead's token with its outbox rows, counted by kind.
fn stored_with_notifications(house: &Installation) -> HashMap<String, Vec<(String, i64)>> {
    let db = rusqlite::Connection::open(house.data().join("leads.db")).unwrap();
    let mut rows = db
        .prepare(
            "SELECT leads.token, outbox.kind, count(*) FROM leads JOIN outbox ON outbox.lead = leads.id
             GROUP BY leads.id, outbox.kind ORDER BY leads.id, outbox.kind",
        )
        .unwrap();
    let mut found: HashMap<String, Vec<(String, i64)>> = HashMap::new();
    let rows = rows.query_map([], |row| Ok((row.get::<_, [u8; 20]>(0)?, row.get(1)?, row.get(2)?))).unwrap();
    for row in rows {
        let (token, kind, count): ([u8; 20], String, i64) = row.unwrap();
        found.entry(leadseal::domain::token::Token::from_bytes(token).to_string()).or_default().push((kind, count));
    }
    found
}

/// One call in a trace.
#[derive(Debug, PartialEq)]
enum Call {
    SpoolSynced,
    SuccessWritten,
}

#[test]
fn the_spool_is_synced_before_the_success_answer_is_written() {
    let house = Installation::new();
    // Thousands of posts with one text are what it tells robots by.
    house.set("screening", "enabled", false);
    house.set("log", "filter", "warn");
    let trace = house.root().join("trace");
    let calls = "trace=fsync,fdatasync,write,writev,sendto,sendmsg";
    let server =
        house.serve_under(&["strace", "-D", "-f", "-y", "-s", "64", "-e", calls, "-o", trace.to_str().unwrap()]);
    let page = FormPage::load(&server, "contact", "lang=ja");
    let fields: Vec<_> =
        page.filled(&[]).into_iter().chain(answers(0, 0).into_iter().map(|(n, v)| (n.to_owned(), v))).collect();
    let posted = server.public(&Request::form("/f/contact", &fields));
    assert_eq!(posted.status, 303, "{}", posted.text());
    let text = eventually("the answer is in the trace", Duration::from_secs(30), || {
        let text = std::fs::read_to_string(&trace).unwrap();
        text.contains("HTTP/1.1 303").then_some(text)
    });
    // From the page's own answer on: every sync of the spool seen here is this post's.
    let since_page = text.rfind("HTTP/1.1 200").expect("the page's answer");
    let order = read_calls(&text[since_page..]);
    assert!(order.contains(&Call::SuccessWritten), "{order:?}");
    assert_eq!(order[0], Call::SpoolSynced, "the answer was written before an fsync of the spool returned: {order:?}");
}

/// Completed syncs of the spool's log and writes of a success answer, in order. A call that another
/// thread's interrupted stands in two lines; it counts where it returned.
fn read_calls(trace: &str) -> Vec<Call> {
    let mut syncing: HashSet<&str> = HashSet::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let thread = line.split_whitespace().next().unwrap_or_default();
        let of_spool = line.contains("sync(") && line.contains("spool.db");
        if of_spool && line.contains("<unfinished") {
            syncing.insert(thread);
        } else if (of_spool || line.contains("sync resumed") && syncing.remove(thread))
            && line.trim_end().ends_with("= 0")
        {
            calls.push(Call::SpoolSynced);
        } else if line.contains("HTTP/1.1 303") {
            calls.push(Call::SuccessWritten);
        }
    }
    calls
}
