//! People's requests about their own data, as they meet them: asked through a site's server, mailed,
//! opened, carried out once; and what is left of them afterwards.
#![cfg(feature = "desk")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing helper fails its test")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::{Request, Response};
use support::installation::{Installation, Server};
use support::scanner::{Canary, Scanner};
use support::site_key::SiteKey;
use support::smtp::{Mail, SmtpSink};
use support::traces::{files_with, traces};

const PATIENCE: Duration = Duration::from_secs(60);

/// A house with a relay and a site key, serving.
struct House {
    installation: Installation,
    relay: SmtpSink,
    server: Server,
    key: SiteKey,
}

impl House {
    fn new() -> Self {
        let installation = Installation::new();
        let relay = SmtpSink::start();
        installation.set_relay(relay.address);
        let made = installation.succeed(&["site-key", "new", "main", "--name", "test", "--json"]);
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        let key = SiteKey::parse(made["key"].as_str().unwrap());
        let server = installation.serve();
        Self { installation, relay, server, key }
    }

    /// Sends an enquiry and waits until the desk has it; gives its receipt.
    #[track_caller]
    fn enquire(&self, email: &str, message: &str) -> String {
        let answers = [
            ("inquiry_type", "product"),
            ("company", "株式会社カナリア商会"),
            ("name_family", "髙﨑"),
            ("name_given", "美咲"),
            ("email", email),
            ("tel", "090-1234-5678"),
            ("message", message),
            ("privacy", "yes"),
        ];
        let before = self.leads().len();
        let answer = FormPage::load(&self.server, "contact", "lang=ja").send(&self.server, &answers);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let location = answer.header("location").unwrap();
        let receipt = location[location.find("ls_").unwrap()..][..36].to_owned();
        eventually("the lead is stored", PATIENCE, || (self.leads().len() > before).then_some(()));
        receipt
    }

    fn leads(&self) -> Vec<serde_json::Value> {
        self.listed(&["leads", "list", "--json"])
    }

    fn listed(&self, command: &[&str]) -> Vec<serde_json::Value> {
        self.installation.succeed(command).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The site's server passes a request on.
    fn ask(&self, kind: &str, email: &str, lang: &str) -> Response {
        let body = serde_json::json!({ "kind": kind, "email": email, "lang": lang }).to_string();
        self.server.public(&self.key.post("/site/v1/requests", &body))
    }

    /// The mail about a request that goes to an address.
    #[track_caller]
    fn mail_to(&self, email: &str) -> Mail {
        eventually("the mail of the request", PATIENCE, || self.request_mails(email).pop())
    }

    fn request_mails(&self, email: &str) -> Vec<Mail> {
        // Auto-replies go to the same address; this mail is about personal data.
        let about = |mail: &Mail| mail.bodies()[0].contains("個人情報") || mail.bodies()[0].contains("personal data");
        self.relay.mails().into_iter().filter(|mail| mail.to == [email] && about(mail)).collect()
    }

    fn audit(&self, action: &str) -> Vec<serde_json::Value> {
        let entries = self.listed(&["audit", "list", "--json"]);
        entries.into_iter().filter(|entry| entry["action"] == action).collect()
    }
}

/// The path of the link in a mail; nothing when it has none.
fn link(mail: &Mail) -> Option<String> {
    let text = &mail.bodies()[0];
    let word = text.split_whitespace().find(|word| word.contains("/r/"))?;
    Some(word[word.find("/r/").unwrap()..].to_owned())
}

fn secret(path: &str) -> &str {
    path.strip_prefix("/r/").unwrap()
}

#[test]
fn who_asks_for_erasure_is_erased_once_and_for_good() {
    let house = House::new();
    let (anna, ben) = ("kanaria.anna@example.co.jp", "ben@example.co.jp");
    let first = house.enquire(anna, "アンナの最初のお問い合わせです。よろしくお願いします。");
    let second = house.enquire(anna, "アンナの二度目のお問い合わせです。ご返信をお待ちします。");
    let other = house.enquire(ben, "ベンのお問い合わせです。資料をお送りください。");
    let gone: Vec<Vec<u8>> = [&first, &second].into_iter().flat_map(|lead| traces(&house.installation, lead)).collect();
    let kept = traces(&house.installation, &other);
    assert!(gone.len() >= 8 && kept.len() >= 4, "{} and {}", gone.len(), kept.len());
    assert!(gone.iter().chain(&kept).all(|bytes| !files_with(&house.installation, bytes).is_empty()), "the control");

    let answer = house.ask("erase", "Kanaria.Anna@EXAMPLE.co.jp", "ja");
    assert_eq!(answer.status, 202, "{}", answer.text());
    let path = link(&house.mail_to("Kanaria.Anna@example.co.jp")).expect("a link");
    for _ in 0..2 {
        let page = house.server.public(&Request::get(&path));
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert!(page.text().contains("すべて消去する") && !page.text().contains("kanaria"), "{}", page.text());
    }
    assert_eq!(house.leads().len(), 3, "looking changes nothing");

    let receipt = house.server.public(&Request::form::<&str, &str>(&path, &[]));
    assert_eq!(receipt.status, 200, "{}", receipt.text());
    assert!(receipt.text().contains("消去が完了しました") && receipt.text().contains("2件"), "{}", receipt.text());
    assert_eq!(house.leads().iter().map(|lead| lead["token"].as_str().unwrap()).collect::<Vec<_>>(), [&other]);
    for bytes in &gone {
        assert_eq!(files_with(&house.installation, bytes), Vec::<PathBuf>::new(), "of what was erased");
    }
    assert!(kept.iter().all(|bytes| !files_with(&house.installation, bytes).is_empty()), "others stay");
    assert_eq!(house.audit("lead-erased").len(), 2);

    let used = house.server.public(&Request::form::<&str, &str>(&path, &[]));
    let never = house.server.public(&Request::get("/r/guessed"));
    assert_eq!((used.status, used.text()), (404, never.text()));

    // The spool hands everything over again; what was erased stays away.
    house.installation.succeed(&["queue", "replay"]);
    eventually("the spool is asked again", PATIENCE, || (house.audit("store-restored").len() == 1).then_some(()));
    house.enquire(ben, "ベンの二度目のお問い合わせです。お見積もりをお願いします。");
    assert_eq!(house.leads().len(), 2);
    assert_eq!(house.audit("request-stored").len(), 1, "nor does the request come twice");

    let House { installation, server, .. } = house;
    server.stop();
    for bytes in &gone {
        assert_eq!(files_with(&installation, bytes), Vec::<PathBuf>::new(), "after the stop");
    }
    let typed = Scanner::new(&[
        Canary::new("the address", "kanaria.anna"),
        Canary::new("the message", "アンナの最初のお問い合わせ"),
        Canary::new("the link's secret", secret(&path)),
    ]);
    assert_eq!(typed.scan_paths(&[installation.root()]).unwrap(), []);
    assert_eq!(typed.scan_file(&installation.log_file()).unwrap(), []);
    assert!(installation.succeed(&["audit", "verify"]).contains("whole"), "the audit");
}

#[test]
fn who_asks_what_is_held_sees_all_of_it_once() {
    let house = House::new();
    let message = "カナリアの問い合わせです。\n二行目もあります。";
    let lead = house.enquire("chie@example.co.jp", message);
    assert_eq!(house.ask("access", "chie@example.co.jp", "en").status, 202);
    let mail = house.mail_to("chie@example.co.jp");
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-replied"));
    for part in mail.bodies() {
        assert!(part.contains("/r/") && part.contains("personal data"), "{part}");
        for value in ["髙﨑", "美咲", "chie", "カナリア", "12345678", "m***"] {
            assert!(!part.contains(value), "{value} stands in the mail");
        }
    }
    let path = link(&mail).unwrap();
    assert!(house.server.public(&Request::get(&path)).text().contains("Show it"));
    let page = house.server.public(&Request::form::<&str, &str>(&path, &[])).text();
    for value in
        ["髙﨑 美咲", "chie@example.co.jp", "+819012345678", "カナリアの問い合わせです。", "二行目もあります。", &lead]
    {
        assert!(page.contains(value), "{value} is missing\n{page}");
    }
    assert!(page.contains("You agreed") && page.contains("The page you came to"), "{page}");
    let start = page.find("base64,").unwrap() + "base64,".len();
    let file = STANDARD.decode(&page[start..start + page[start..].find('"').unwrap()]).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let enquiry = &file["enquiries"][0];
    assert_eq!(enquiry["receipt"], lead.as_str());
    assert_eq!(enquiry["values"]["message"]["value"], message);
    assert_eq!(enquiry["consents"][0]["granted"], true);

    assert_eq!(house.server.public(&Request::get(&path)).status, 404, "the link is used up");
    let revealed = house.audit("lead-revealed");
    let ours = revealed.iter().find(|entry| entry["reason"] == "access-request").expect("an audit entry");
    assert_eq!((ours["actor"].as_str(), ours["subject"].as_str()), (Some("data-subject"), Some(lead.as_str())));
    assert_eq!(house.leads().len(), 1, "nothing is erased");
    let listed = house.listed(&["requests", "list", "--json"]);
    assert_eq!((listed[0]["status"].as_str(), listed[0]["leads"].as_u64()), (Some("done"), Some(1)));
}

#[test]
fn the_answer_tells_nothing_and_nobody_is_flooded() {
    let house = House::new();
    house.enquire("dai@example.co.jp", "ダイのお問い合わせです。よろしくお願いいたします。");
    let answers = ["dai@example.co.jp", "nobody@example.co.jp"].map(|email| house.ask("erase", email, "ja"));
    let shapes = answers.map(|answer| {
        let mut body = answer.json();
        assert!(body["receipt"].as_str().unwrap().starts_with("ls_"));
        body["receipt"] = "".into();
        let mut names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        (answer.status, body, names)
    });
    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(shapes[0].0, 202);
    let known = house.mail_to("dai@example.co.jp");
    let unknown = house.mail_to("nobody@example.co.jp");
    assert!(link(&known).is_some() && link(&unknown).is_none());
    assert!(unknown.bodies()[0].contains("お預かりしている個人情報はありませんでした"), "{}", unknown.bodies()[0]);

    // The same again sends no mail; another kind does.
    for _ in 0..3 {
        assert_eq!(house.ask("erase", "dai@example.co.jp", "ja").status, 202);
        assert_eq!(house.ask("erase", "nobody@example.co.jp", "ja").status, 202);
    }
    assert_eq!(house.ask("access", "dai@example.co.jp", "ja").status, 202);
    eventually("the other mail", PATIENCE, || (house.request_mails("dai@example.co.jp").len() == 2).then_some(()));
    eventually("all requests are stored", PATIENCE, || {
        (house.listed(&["requests", "list", "--json"]).len() == 9).then_some(())
    });
    assert_eq!(house.request_mails("nobody@example.co.jp").len(), 1);
    assert_eq!(house.request_mails("dai@example.co.jp").len(), 2);

    for (body, status) in [
        (r#"{"kind":"erase","email":"dai"}"#, 422),
        (r#"{"kind":"erase"}"#, 422),
        (r#"{"kind":"look","email":"dai@example.co.jp"}"#, 422),
        ("[]", 400),
    ] {
        let answer = house.server.public(&house.key.post("/site/v1/requests", body));
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(!answer.text().contains("dai"), "no value comes back: {}", answer.text());
    }
    let unsigned =
        Request::post("/site/v1/requests", "application/json", r#"{"kind":"erase","email":"dai@example.co.jp"}"#);
    assert_eq!(house.server.public(&unsigned).status, 401);
}

#[test]
fn staff_carry_a_request_out_with_a_reason() {
    let house = House::new();
    house.enquire("emi@example.co.jp", "エミのお問い合わせです。よろしくお願いいたします。");
    let token = house.ask("erase", "emi@example.co.jp", "ja").json()["receipt"].as_str().unwrap().to_owned();
    let path = link(&house.mail_to("emi@example.co.jp")).unwrap();
    let refused = house.installation.run(&["requests", "erase", &token]);
    assert_eq!(refused.status.code(), Some(2), "without a reason");
    let wrong = house.installation.run(&["requests", "access", &token, "--reason", "data-subject-request"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("leadseal requests erase"), "{wrong:?}");
    let shown = house.installation.succeed(&["requests", "show", &token]);
    assert!(shown.contains("erase on site main: open") && !shown.contains("emi"), "{shown}");
    let done = house.installation.succeed(&["requests", "erase", &token, "--reason", "data-subject-request", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&done).unwrap()["leads"], 1);
    assert_eq!(house.leads().len(), 0);
    assert_eq!(house.server.public(&Request::get(&path)).status, 404);
    let again = house.installation.run(&["requests", "erase", &token, "--reason", "data-subject-request"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is done and can't be carried out"), "{again:?}");
    let entry = &house.audit("request-carried-out")[0];
    assert_eq!(entry["reason"], "data-subject-request");
    assert!(entry["actor"].as_str().unwrap().starts_with("cli:uid-"));
}
