//! Robots and people on the same networks, with the real command: robots are told to nobody, people
//! come through, at most after a check, and nothing that was answered with success is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing helper fails its test")]

mod support;

use base64::Engine;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::eventually;
use support::forms::FormPage;
use support::http::{Request, Response};
use support::installation::{Installation, Server};
use support::smtp::SmtpSink;

/// Robots, of which one kind in [`KINDS`] after the other posts.
const ROBOTS: usize = 1000;
const PEOPLE: usize = 20;
/// People who share a network with robots.
const IN_BAD_COMPANY: usize = 5;
/// Networks that robots post from: some forty posts each within a minute.
const ROBOT_NETWORKS: usize = 25;

/// What robots do.
const KINDS: [Kind; 8] = [
    Kind::PostsLinksWithoutAPage,
    Kind::ReplaysOneToken,
    Kind::BringsAnotherFormsToken,
    Kind::FillsInAtOnce,
    Kind::FillsInTheTrap,
    Kind::UsesThrowAwayMail,
    Kind::SendsOneTextAgainAndAgain,
    Kind::DoesTheSum,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    PostsLinksWithoutAPage,
    ReplaysOneToken,
    BringsAnotherFormsToken,
    FillsInAtOnce,
    FillsInTheTrap,
    UsesThrowAwayMail,
    SendsOneTextAgainAndAgain,
    DoesTheSum,
    Person,
}

/// A visitor as a proxy tells them: an address, and what they send.
struct Visitor<'a> {
    server: &'a Server,
    address: String,
}

impl Visitor<'_> {
    fn page(&self, form: &str) -> FormPage {
        let path = format!("/f/{form}");
        let answer = self.send(Request::get(&format!("{path}?lang=ja")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        FormPage { path, hidden: support::forms::hidden_inputs(&answer.text()), html: answer.text() }
    }

    fn send(&self, request: Request) -> Response {
        self.server.public(&request.header("x-forwarded-for", &self.address))
    }

    fn post(&self, page: &FormPage, answers: &[(&str, &str)]) -> Response {
        self.send(Request::form(&page.path, &page.filled(answers)))
    }

    fn post_json(&self, answers: &serde_json::Value) -> Response {
        self.send(Request::post("/f/contact", "application/json", answers.to_string()))
    }

    /// Posts, and does the sum where one is asked for.
    fn post_with_sum(&self, mut answers: serde_json::Value) -> Response {
        let asked = self.post_json(&answers);
        if !matches!(asked.status, 403 | 429) {
            return asked;
        }
        let problem = asked.json();
        assert!(problem["challenge"].is_object(), "{problem}");
        answers["_proof"] = solve(&problem["challenge"]).into();
        self.post_json(&answers)
    }
}

/// Finds the number, as a browser does.
fn solve(challenge: &serde_json::Value) -> String {
    let text = |name: &str| challenge[name].as_str().unwrap().to_owned();
    let (salt, wanted) = (text("salt"), text("challenge"));
    let hash = |number: u64| hex::encode(Sha256::digest(format!("{salt}{number}")));
    let number = (0..=challenge["maxnumber"].as_u64().unwrap()).find(|number| hash(*number) == wanted).unwrap();
    let solution = serde_json::json!({
        "algorithm": "SHA-256", "challenge": wanted, "number": number, "salt": salt, "signature": text("signature"),
    });
    base64::engine::general_purpose::STANDARD.encode(solution.to_string())
}

fn answers(email: &str, message: &str) -> Vec<(&'static str, String)> {
    [
        ("inquiry_type", "product"),
        ("name_family", "山田"),
        ("name_given", "太郎"),
        ("email", email),
        ("message", message),
        ("privacy", "yes"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn json(pairs: &[(&'static str, String)]) -> serde_json::Value {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// One robot's post.
fn robot(server: &Server, kind: Kind, n: usize, old_page: &FormPage) -> Response {
    let visitor = Visitor { server, address: format!("198.51.100.{}", n % ROBOT_NETWORKS) };
    let email = format!("robot{n}@example.com");
    let linked = format!("Best prices {n}: http://shop{n}.example and http://sale{n}.example");
    let with = |pairs: &[(&'static str, String)], page: &FormPage| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        visitor.post(page, &pairs)
    };
    match kind {
        Kind::PostsLinksWithoutAPage => visitor.post_json(&json(&answers(&email, &linked))),
        Kind::ReplaysOneToken => {
            let mut page = old_page.clone();
            page.hidden.retain(|(name, _)| name != "_key");
            with(&answers(&email, &linked), &page)
        }
        Kind::BringsAnotherFormsToken => {
            let mut page = visitor.page("contact");
            let token = visitor.page("document-request").hidden("_token").to_owned();
            for (name, value) in &mut page.hidden {
                if name == "_token" {
                    value.clone_from(&token);
                }
            }
            with(&answers(&email, &format!("{n}番の問い合わせです。")), &page)
        }
        Kind::FillsInAtOnce => with(&answers(&email, &linked), &visitor.page("contact")),
        Kind::FillsInTheTrap => {
            let mut pairs = answers(&email, &format!("{n}番の問い合わせです。"));
            pairs.push(("website", format!("http://spam{n}.example")));
            with(&pairs, &visitor.page("contact"))
        }
        Kind::UsesThrowAwayMail => {
            let text = format!("弊社のサービス {n} をご覧ください。https://spam{n}.example");
            with(&answers(&format!("r{n}@mailinator.com"), &text), &visitor.page("contact"))
        }
        Kind::SendsOneTextAgainAndAgain => {
            let text = "御社のホームページを拝見しました。集客でお困りではありませんか。まずは無料でご相談ください。http://a.example http://b.example";
            with(&answers(&email, text), &visitor.page("contact"))
        }
        Kind::DoesTheSum => {
            let spam = format!("<a href=\"http://spam{n}.example\">{n}</a> [url=http://x.example]casino[/url]");
            visitor.post_with_sum(json(&answers(&email, &spam)))
        }
        Kind::Person => unreachable!("people have their own way"),
    }
}

/// One person's whole way, with or without a script; gives the last answer.
fn person(server: &Server, n: usize) -> Response {
    let shares = n < IN_BAD_COMPANY;
    let address = if shares { format!("198.51.100.{n}") } else { format!("203.0.113.{n}") };
    let visitor = Visitor { server, address };
    let page = visitor.page("contact");
    let pairs = answers(&format!("person{n}@example.co.jp"), &format!("{n}名で利用する場合の費用を教えてください。"));
    if n.is_multiple_of(2) || shares {
        let mut answers = json(&pairs);
        answers["_token"] = page.hidden("_token").into();
        answers["_key"] = page.hidden("_key").into();
        return visitor.post_with_sum(answers);
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.post(&page, &pairs)
}

#[test]
fn a_thousand_robots_are_told_to_nobody_and_twenty_people_come_through() {
    let house = Installation::new();
    let relay = SmtpSink::start();
    house.set_relay(relay.address);
    house.set("limits", "posts_per_minute", 30);
    house.set("public", "trusted_proxies", vec!["127.0.0.1".to_owned()]);
    house.set("log", "filter", "info");
    let server = house.serve();
    let old_page = FormPage::load(&server, "contact", "lang=ja");

    let mut outcomes: BTreeMap<(Kind, u16), usize> = BTreeMap::new();
    let mut acknowledged = 0;
    let begun = Instant::now();
    for n in 0..ROBOTS {
        let kind = KINDS[n % KINDS.len()];
        let answer = robot(&server, kind, n, &old_page);
        acknowledged += usize::from(matches!(answer.status, 200 | 303));
        *outcomes.entry((kind, answer.status)).or_default() += 1;
        if n % (ROBOTS / PEOPLE) == ROBOTS / PEOPLE - 1 {
            let who = n / (ROBOTS / PEOPLE);
            let answer = person(&server, who);
            *outcomes.entry((Kind::Person, answer.status)).or_default() += 1;
            assert!(matches!(answer.status, 200 | 303), "person {who}: {} {}", answer.status, answer.text());
        }
    }
    for ((kind, status), count) in &outcomes {
        println!("{kind:?}: {count} × {status}");
    }
    println!("{} posts in {:?}", ROBOTS + PEOPLE, begun.elapsed());

    let mails = relay.wait_for(2 * PEOPLE, Duration::from_secs(30));
    let leads = eventually("the people's leads are stored", Duration::from_secs(30), || {
        let listed = house.succeed(&["leads", "list", "--json"]);
        (listed.lines().count() >= PEOPLE).then_some(listed)
    });
    assert_eq!(leads.lines().count(), PEOPLE, "people only");
    let exported = house.succeed(&["export", "--format", "jsonl", "--reveal", "--reason", "audit"]);
    for n in 0..PEOPLE {
        assert!(exported.contains(&format!("person{n}@example.co.jp")), "person {n}");
    }
    let held = eventually("the robots' posts are set aside", Duration::from_secs(30), || {
        let held = house.succeed(&["quarantine", "list", "--json"]);
        (held.lines().count() >= acknowledged).then_some(held)
    });
    assert_eq!(held.lines().count(), acknowledged, "what was answered with success is kept");
    assert_eq!(mails.len(), 2 * PEOPLE, "a notification and an auto-reply for each person");
    println!("{} in quarantine, {} mails", held.lines().count(), mails.len());
    server.stop();
}

#[test]
fn what_was_set_aside_by_mistake_becomes_a_lead_once_and_the_rest_goes_for_good() {
    let house = Installation::new();
    let relay = SmtpSink::start();
    house.set_relay(relay.address);
    let server = house.serve();
    let page = FormPage::load(&server, "contact", "lang=ja");
    for n in 0..3 {
        let mut fresh = page.clone();
        fresh.hidden.retain(|(name, _)| name != "_key");
        let mut pairs = answers(&format!("visitor{n}@example.co.jp"), "お願いします。");
        pairs.push(("website", "https://filled.in.by.mistake.example".to_owned()));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(fresh.send(&server, &pairs).status, 303, "a robot is told nothing");
    }
    let held: Vec<serde_json::Value> = eventually("three are set aside", Duration::from_secs(30), || {
        let listed = house.succeed(&["quarantine", "list", "--json"]);
        let held: Vec<_> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (held.len() == 3).then_some(held)
    });
    assert_eq!(held[0]["why"], serde_json::json!(["honeypot", "too-fast"]));
    assert_eq!(held[0]["form"], "contact");
    assert_eq!(house.succeed(&["leads", "list", "--json"]), "");
    assert!(house.succeed(&["doctor"]).contains("3 submissions"), "doctor counts them");
    let token = |n: usize| held[n]["token"].as_str().unwrap().to_owned();

    assert!(house.succeed(&["quarantine", "release", &token(0)]).contains("released"));
    let again = house.run(&["quarantine", "release", &token(0)]);
    assert!(!again.status.success(), "it is there no more");
    let mails = relay.wait_for(2, Duration::from_secs(30));
    assert_eq!(mails.len(), 2, "sales and the visitor are told");
    let leads = house.succeed(&["leads", "list", "--json"]);
    assert!(leads.lines().count() == 1 && leads.contains(&token(0)), "{leads}");

    assert!(house.succeed(&["quarantine", "purge", &token(1)]).contains("deleted"));
    assert_eq!(house.succeed(&["quarantine", "purge", "--older-than", "30"]).trim(), "0 deleted");
    assert_eq!(house.succeed(&["quarantine", "purge", "--older-than", "0"]).trim(), "1 deleted");
    assert!(house.succeed(&["quarantine", "list"]).contains("none"));
    let audit = house.succeed(&["audit", "list"]);
    for action in ["lead-quarantined", "quarantine-released", "quarantine-purged"] {
        assert!(audit.contains(action), "{action}");
    }
    house.succeed(&["audit", "verify"]);
    server.stop();
}
