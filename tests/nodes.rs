//! Capture nodes in front, one desk behind, a real Redis between: as operators set them up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::{Request, Response};
use support::installation::{Installation, Server};
use support::redis::RedisServer;
use support::site_key::SiteKey;
use support::smtp::SmtpSink;

const PATIENCE: Duration = Duration::from_secs(60);

/// A desk, its Redis, and as many nodes as a test wants.
struct Estate {
    redis: RedisServer,
    desk: Installation,
}

impl Estate {
    fn new() -> Self {
        Self::over(RedisServer::start())
    }

    fn over(redis: RedisServer) -> Self {
        let desk = Installation::new();
        // Many posts with one text are what it tells robots by.
        desk.set("screening", "enabled", false);
        desk.set("redis", "url", redis.url());
        Self { redis, desk }
    }

    /// Enrols a node and sets it up in a directory of its own, without anything of the desk's.
    fn node(&self, name: &str) -> Installation {
        let node = Installation::capture_node(&self.desk);
        let enrolment = node.root().join("enrolment");
        self.desk.succeed(&["enrol", name, "--out", enrolment.to_str().unwrap()]);
        node.set("redis", "url", self.redis.url());
        node
    }

    fn stored(&self) -> Vec<serde_json::Value> {
        let listed = self.desk.succeed(&["leads", "list", "--json", "--limit", "100000"]);
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn wait_for_leads(&self, count: usize) -> Vec<serde_json::Value> {
        eventually(&format!("{count} leads"), PATIENCE, || {
            let stored = self.stored();
            (stored.len() >= count).then_some(stored)
        })
    }
}

fn answers(n: usize) -> Vec<(&'static str, String)> {
    vec![
        ("inquiry_type", "product".into()),
        ("name_family", "髙﨑".into()),
        ("name_given", "美咲".into()),
        ("email", format!("visitor{n}@example.co.jp")),
        ("message", "二台の受付から一つの机へ。".into()),
        ("privacy", "yes".into()),
    ]
}

/// The page's own inputs and a visitor's answers.
fn filled(page: &FormPage, n: usize) -> Vec<(String, String)> {
    let answers = answers(n);
    let given: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page.filled(&given)
}

fn receipt(answer: &Response) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = answer.header("location").unwrap();
    let start = location.find("ls_").unwrap();
    location[start..start + 36].to_owned()
}

/// Posts as JSON under an idempotency key.
fn post_with_key(server: &Server, key: &str, n: usize) -> Response {
    let body = serde_json::json!({
        "inquiry_type": "product", "name": { "family": "髙﨑", "given": "美咲" },
        "email": format!("visitor{n}@example.co.jp"), "message": "もう一度送ります。", "privacy": true,
    });
    let request = Request::post("/f/contact", "application/json", body.to_string()).header("idempotency-key", key);
    server.public(&request)
}

#[test]
fn a_page_of_one_node_can_be_posted_to_another_and_both_reach_the_desk() {
    let estate = Estate::new();
    let (one, two) = (estate.node("web1"), estate.node("web2"));
    let desk = estate.desk.serve_role("desk");
    let (first, second) = (one.serve_role("capture"), two.serve_role("capture"));
    let page = FormPage::load(&first, "contact", "lang=ja");
    let filled = filled(&page, 1);
    let token = receipt(&second.public(&Request::form(&page.path, &filled)));
    let stored = estate.wait_for_leads(1);
    assert_eq!(stored[0]["token"], token.as_str());
    for node in [&one, &two] {
        for file in ["keyring.db", "leads.db"] {
            assert!(!node.data().join(file).exists(), "{file} on a capture node");
        }
    }
    // The node stays ready whatever becomes of the desk.
    desk.stop();
    assert_eq!(first.public(&Request::get("/readyz")).status, 200);
    assert_eq!(first.private(&Request::get("/readyz")).status, 200);
}

#[test]
fn one_key_sent_to_two_nodes_is_one_lead_with_redis_and_without() {
    let mut estate = Estate::new();
    let (one, two) = (estate.node("web1"), estate.node("web2"));
    let desk = estate.desk.serve_role("desk");
    let (first, second) = (one.serve_role("capture"), two.serve_role("capture"));
    // With Redis, the second node gives the answer of the first.
    let given = post_with_key(&first, "order-1", 1).json();
    let again = eventually("the nodes know of each other's posts", PATIENCE, || {
        let again = post_with_key(&second, "order-1", 1).json();
        (again["receipt"] == given["receipt"]).then_some(again)
    });
    assert_eq!(again["message"], given["message"]);
    let other_body = post_with_key(&second, "order-1", 2);
    assert_eq!(other_body.status, 422, "{}", other_body.text());
    let before = estate.wait_for_leads(1).len();

    // Without it, both take it in, and the desk makes it one.
    estate.redis.kill();
    let here = post_with_key(&first, "order-2", 3).json();
    let there = post_with_key(&second, "order-2", 3).json();
    assert_ne!(here["receipt"], there["receipt"], "the nodes could not ask each other");
    estate.redis.run();
    let both = eventually("both receipts lead to a lead", PATIENCE, || {
        let shown: Vec<_> = [&here, &there]
            .iter()
            .filter_map(|answer| {
                let shown = estate.desk.run(&["leads", "show", answer["receipt"].as_str().unwrap(), "--json"]);
                shown.status.success().then(|| serde_json::from_slice::<serde_json::Value>(&shown.stdout).unwrap())
            })
            .collect();
        (shown.len() == 2).then_some(shown)
    });
    assert_eq!(both[0]["token"], both[1]["token"], "one lead under both receipts");
    assert_eq!(estate.stored().len(), before + 1);
    desk.stop();
    assert!(estate.desk.succeed(&["audit", "verify"]).starts_with("whole"));
}

#[test]
fn nodes_count_the_posts_of_a_network_together() {
    let estate = Estate::new();
    let (one, two) = (estate.node("web1"), estate.node("web2"));
    for node in [&one, &two] {
        node.set("limits", "posts_per_minute", 6);
    }
    let (first, second) = (one.serve_role("capture"), two.serve_role("capture"));
    // The count begins anew with each minute; what lay across its turn is tried again.
    let together = (0..5).any(|round| {
        for n in 0..5 {
            let answer = post_with_key(&first, &format!("first-{round}-{n}"), n);
            assert!([200, 429].contains(&answer.status));
        }
        eventually("the others hear of it", PATIENCE, || {
            let keys = estate.redis.command(&["KEYS", "ls:shared:rate:*"]);
            let count = |key: &str| estate.redis.command(&["GET", key]).parse::<u32>().unwrap_or(0);
            keys.lines().any(|key| count(key) >= 5).then_some(())
        });
        let taken = (0..6)
            .take_while(|n| {
                let answer = post_with_key(&second, &format!("second-{round}-{n}"), *n);
                assert!(answer.status == 200 || answer.header("retry-after").is_some(), "{}", answer.text());
                // The nodes bring their counts together a few times a second.
                std::thread::sleep(Duration::from_millis(600));
                answer.status == 200
            })
            .count();
        taken < 6
    });
    assert!(together, "the second node took its own whole allowance each time");
}

#[test]
fn a_new_epoch_and_a_revocation_reach_a_running_node() {
    let estate = Estate::new();
    let node = estate.node("web1");
    let desk = estate.desk.serve_role("desk");
    let server = node.serve_role("capture");
    let page = FormPage::load(&server, "contact", "lang=ja");
    receipt(&server.public(&Request::form(&page.path, &filled(&page, 1))));
    estate.wait_for_leads(1);
    // A desk looks for an epoch that another process began once a minute; a restart looks at once.
    estate.desk.succeed(&["keys", "rotate"]);
    desk.stop();
    let desk = estate.desk.serve_role("desk");
    eventually("the node hears of the epoch", PATIENCE, || node.log().contains("a new epoch has begun").then_some(()));
    let token = receipt(&server.public(&Request::form(&page.path, &filled(&page, 2))));
    estate.wait_for_leads(2);
    let audit = estate.desk.succeed(&["audit", "list", "--json", "--limit", "100"]);
    let entry = audit.lines().find(|line| line.contains(&token) && line.contains("lead-stored")).unwrap();
    assert!(entry.contains("epoch=2"), "{entry}");

    estate.desk.succeed(&["nodes", "revoke", "web1"]);
    eventually("the node hears that it is revoked", PATIENCE, || {
        (server.public(&Request::get("/readyz")).status == 503).then_some(())
    });
    let refused = server.public(&Request::form(&page.path, &filled(&page, 3)));
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("visitor3@example.co.jp"), "what was typed is kept");
    // Enrolled again, its old enrolment is good again.
    estate.desk.succeed(&["enrol", "web1", "--out", node.root().join("again").to_str().unwrap()]);
    eventually("the node is taken back", PATIENCE, || {
        (server.public(&Request::get("/readyz")).status == 200).then_some(())
    });
    receipt(&server.public(&Request::form(&page.path, &filled(&page, 3))));
    estate.wait_for_leads(3);
    desk.stop();
}

#[test]
fn each_role_works_with_the_permissions_of_the_shipped_acl() {
    let acl = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/redis-users.acl")).unwrap();
    let acl = acl.replace("put-the-desks-password-here", "desk-pw").replace("put-the-password-of-web1-here", "web1-pw");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), acl).unwrap();
    let redis = RedisServer::start_with_users(file.path(), ("leadseal-desk", "desk-pw"));
    let estate = Estate::over(redis);
    estate.desk.log_into_redis("leadseal-desk", "desk-pw");
    let node = estate.node("web1");
    node.log_into_redis("leadseal-web1", "web1-pw");
    let desk = estate.desk.serve_role("desk");
    let server = node.serve_role("capture");
    let page = FormPage::load(&server, "contact", "lang=en");
    receipt(&server.public(&Request::form(&page.path, &filled(&page, 1))));
    estate.wait_for_leads(1);
    eventually("the node hears the confirmation", PATIENCE, || {
        let metrics = server.private(&Request::get("/metrics")).text();
        metrics.contains("\nleadseal_spool_waiting 0\n").then_some(())
    });
    // Shared memory works too.
    assert_eq!(post_with_key(&server, "k", 5).json(), post_with_key(&server, "k", 5).json());
    for log in [estate.desk.log(), node.log()] {
        assert!(!log.contains("may not do"), "{log}");
    }
    let doctor = estate.desk.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("ok      redis: keeps an append-only file"), "{said}");
    desk.stop();

    // A stolen node password reads nothing of others, opens nothing, and can't confirm.
    let as_node = |arguments: &[&str]| estate.redis.command_as("leadseal-web1", "web1-pw", arguments);
    for forbidden in [
        &["XADD", "ls:{web1}:confirm", "*", "c", "x"][..],
        &["XRANGE", "ls:{web2}:stream", "-", "+"],
        &["XREAD", "STREAMS", "ls:{web1}:stream", "0"],
        &["SET", "ls:manifest", "x"],
        &["SET", "ls:{web1}:owner", "x"],
        &["GET", "ls:store"],
        &["KEYS", "*"],
        &["FLUSHALL"],
        &["CONFIG", "GET", "*"],
    ] {
        let said = as_node(forbidden);
        assert!(said.contains("NOPERM"), "{forbidden:?}: {said}");
    }
}

#[test]
fn a_desk_restored_from_a_backup_gets_again_what_it_lacks() {
    let estate = Estate::new();
    let node = estate.node("web1");
    let desk = estate.desk.serve_role("desk");
    let server = node.serve_role("capture");
    let page = FormPage::load(&server, "contact", "lang=ja");
    let post = |n: usize| receipt(&server.public(&Request::form(&page.path, &filled(&page, n))));
    let mut given: HashSet<String> = (0..5).map(post).collect();
    estate.wait_for_leads(5);
    desk.stop();
    let backup = tempfile::tempdir().unwrap();
    for file in ["leads.db", "keyring.db"] {
        std::fs::copy(estate.desk.data().join(file), backup.path().join(file)).unwrap();
    }
    let desk = estate.desk.serve_role("desk");
    given.extend((5..9).map(post));
    estate.wait_for_leads(9);
    eventually("the spool hears of it", PATIENCE, || {
        server.private(&Request::get("/metrics")).text().contains("\nleadseal_spool_waiting 0\n").then_some(())
    });
    desk.kill();
    for file in ["leads.db", "keyring.db"] {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(estate.desk.data().join(format!("{file}{suffix}")));
        }
        std::fs::copy(backup.path().join(file), estate.desk.data().join(file)).unwrap();
    }
    let desk = estate.desk.serve_role("desk");
    given.insert(post(9));
    eventually("all are there again", PATIENCE, || {
        let stored: HashSet<String> =
            estate.stored().iter().map(|lead| lead["token"].as_str().unwrap().to_owned()).collect();
        (stored == given).then_some(())
    });
    assert!(estate.desk.log().contains("restored from a backup"));
    desk.stop();
    assert!(estate.desk.succeed(&["audit", "verify"]).starts_with("whole"));
    let audit = estate.desk.succeed(&["audit", "list", "--json", "--limit", "1000"]);
    assert_eq!(audit.lines().filter(|line| line.contains("store-restored")).count(), 1);
}

#[test]
fn what_is_wrong_with_a_node_or_its_redis_is_one_clear_line() {
    let estate = Estate::new();
    let node = estate.node("web1");
    let refuses = |house: &Installation, role: &str, words: &str| {
        let ended = house.run(&["serve", "--role", role]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && said.contains(words), "{words}: {said}");
    };
    // Not enrolled, exposed, damaged.
    let enrolment = node.root().join("enrolment");
    let text = std::fs::read_to_string(&enrolment).unwrap();
    std::fs::remove_file(&enrolment).unwrap();
    refuses(&node, "capture", "leadseal enrol NODE");
    std::fs::write(&enrolment, &text).unwrap();
    support::installation::set_mode(&enrolment, 0o644);
    refuses(&node, "capture", "chmod 600");
    support::installation::set_mode(&enrolment, 0o600);
    std::fs::write(&enrolment, &text[..text.len() - 40]).unwrap();
    refuses(&node, "capture", "can't be used; make it anew");
    std::fs::write(&enrolment, &text).unwrap();

    // A desk that meets the Redis of another store.
    let desk = estate.desk.serve_role("desk");
    let stranger = Installation::new();
    stranger.set("redis", "url", estate.redis.url());
    refuses(&stranger, "desk", "serves another store");
    // A node that this desk does not know, as after a restore from before its enrolment.
    let other = Estate::new();
    let lost = other.node("web7");
    lost.set("redis", "url", estate.redis.url());
    let server = lost.serve_role("capture");
    eventually("the desk names the node and the way to take it in", PATIENCE, || {
        estate.desk.log().contains("leadseal enrol web7").then_some(())
    });
    drop(server);
    // No Redis at all, or a role where none is meant.
    let alone = Installation::new();
    refuses(&alone, "desk", "[redis] url is not set");
    refuses(&stranger, "all", "--role capture or --role desk");
    desk.stop();

    // A Redis that is none: the node takes enquiries all the same.
    let http = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    node.set("redis", "url", format!("redis://{}", http.local_addr().unwrap()));
    std::thread::spawn(move || {
        for stream in http.incoming().take(50).flatten() {
            let _ = std::io::Write::write_all(&mut &stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let server = node.serve_role("capture");
    let page = FormPage::load(&server, "contact", "lang=ja");
    receipt(&server.public(&Request::form(&page.path, &filled(&page, 1))));
    eventually("the node says what is wrong", PATIENCE, || {
        node.log().contains("Leads wait in the spool and nothing is lost").then_some(())
    });
}

#[test]
fn submissions_survive_restarts_of_redis_and_kills_of_the_desk() {
    // The long run is `scripts/prove`; this one keeps the promise in every run of the tests.
    const POSTS: usize = 400;
    let mut estate = Estate::new();
    let nodes = [estate.node("web1"), estate.node("web2")];
    let servers = nodes.each_ref().map(|node| {
        node.set("limits", "posts_per_minute", 100_000);
        node.serve_role("capture")
    });
    let mut desk = estate.desk.serve_role("desk");
    let mut given = HashSet::new();
    for n in 0..POSTS {
        if n % 100 == 40 {
            estate.redis.kill();
        }
        if n % 100 == 60 {
            estate.redis.run();
        }
        if n % 100 == 80 {
            desk.kill();
            desk = estate.desk.serve_role("desk");
        }
        let answer = post_with_key(&servers[n % 2], &format!("post-{n}"), n);
        assert_eq!(answer.status, 200, "{}", answer.text());
        given.insert(answer.json()["receipt"].as_str().unwrap().to_owned());
    }
    let stored = estate.wait_for_leads(POSTS);
    let stored: HashSet<String> = stored.iter().map(|lead| lead["token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(stored, given);
    desk.stop();
}

#[test]
fn nodes_whose_clocks_are_a_day_apart_make_one_lead_of_one_post() {
    let estate = Estate::new();
    let (one, two) = (estate.node("web1"), estate.node("web2"));
    let desk = estate.desk.serve_role("desk");
    let first = one.serve_role("capture");
    let second = two.serve_role_at("capture", "-1d");
    let here = post_with_key(&first, "order-9", 1).json();
    let there = post_with_key(&second, "order-9", 1).json();
    eventually("both receipts lead to a lead", PATIENCE, || {
        let shown = [&here, &there].map(|answer| {
            let shown = estate.desk.run(&["leads", "show", answer["receipt"].as_str().unwrap(), "--json"]);
            serde_json::from_slice::<serde_json::Value>(&shown.stdout).ok().map(|lead| lead["token"].clone())
        });
        (shown[0].is_some() && shown[0] == shown[1]).then_some(())
    });
    assert_eq!(estate.stored().len(), 1);
    desk.stop();
}

#[test]
fn a_request_about_personal_data_goes_through_a_node_to_the_page_at_the_desk() {
    let estate = Estate::new();
    let node = estate.node("web1");
    let relay = SmtpSink::start();
    estate.desk.set_relay(relay.address);
    let made = node.succeed(&["site-key", "new", "main", "--json"]);
    let key = SiteKey::parse(serde_json::from_str::<serde_json::Value>(&made).unwrap()["key"].as_str().unwrap());
    let (desk, web) = (estate.desk.serve_role("desk"), node.serve_role("capture"));
    assert!(estate.desk.log().contains("[privacy] url is not set"), "the operator hears that people may not get there");
    let page = FormPage::load(&web, "contact", "lang=ja");
    receipt(&web.public(&Request::form(&page.path, &filled(&page, 1))));
    estate.wait_for_leads(1);

    let body = r#"{"kind":"erase","email":"visitor1@example.co.jp","lang":"ja"}"#;
    let answer = web.public(&key.post("/site/v1/requests", body));
    assert_eq!(answer.status, 202, "{}", answer.text());
    let link = eventually("the mail with the link", PATIENCE, || {
        let texts = relay.mails().into_iter().filter_map(|mail| mail.bodies().into_iter().next());
        let text = texts.into_iter().find(|text| text.contains("/r/"))?;
        Some(text[text.find("/r/").unwrap()..][..46].to_owned())
    });
    assert_eq!(web.public(&Request::get(&link)).status, 404, "a node has no such page");
    let receipt = desk.private(&Request::form::<&str, &str>(&link, &[]));
    assert!(receipt.status == 200 && receipt.text().contains("消去が完了しました"), "{}", receipt.text());
    assert_eq!(estate.stored().len(), 0);
    assert_eq!(desk.private(&Request::get(&link)).status, 404);
}
