//! What visitors type in the leak tests: canaries in every field, sent well and badly, and what is
//! looked through for them afterwards.
//!
//! Owns the canaries and the ways in. Refuses to judge where they may be found; the tests do.

use super::forms::{FormPage, hidden_inputs};
use super::http::{Request, Response, urlencoded};
use super::installation::Installation;
use super::scanner::{Canary, Finding, Scanner};
use super::site_key::SiteKey;
use super::smtp::Mail;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a visitor seems to come from, as a proxy tells it.
pub const VISITOR_ADDRESS: &str = "198.51.100.237";
pub const USER_AGENT: &str = "KanariaBrowser/7.3 (torikago-agent-93af)";

/// What one visitor types: input names with values, and what of it must never be found.
pub struct Visitor {
    /// Input names with values.
    pub inputs: Vec<(String, String)>,
    /// What must never be found.
    pub canaries: Vec<Canary>,
}

impl Visitor {
    /// A visitor whose canaries are marked with `way`, so that a finding tells which way leaks.
    /// `number` makes the texts differ from those of every other visitor.
    pub fn new(way: &str, number: usize) -> Self {
        let mark = char::from_u32('一' as u32 + 0x200 + number as u32 * 7).unwrap();
        let texts = [
            ("company", format!("株式会社鳥籠{mark}プラン")),
            ("department", format!("籠鳥推進本部{mark}第七課")),
            ("job_title", format!("首席鳥籠調整官{mark}")),
            ("name_family", format!("髙﨑{mark}籠")),
            ("name_given", format!("美咲{mark}奈")),
            ("kana_family", "ﾀｶｻｷｶﾅﾘｱ".to_owned() + &"ﾝ".repeat(number % 30 + 1)),
            ("kana_given", "ミサキトリカゴ".to_owned() + &"ン".repeat(number % 30 + 1)),
            ("email", format!("Kanaria.Misaki.{number}x7f@torikago-{number}b93.jp")),
            ("tel", format!("０９０－４１７３－８{:03}", 211 + number)),
            ("postal_code", format!("９８７－６{:03}", 101 + number)),
            ("address", format!("鳥籠市籠町{mark}丁目1-2-3 籠ビル4階")),
            ("utm_source", format!("kanaria-source-{number}x9")),
            ("utm_medium", format!("kanaria-medium-{number}x9")),
            ("utm_campaign", format!("kanaria-campaign-{number}x9")),
            ("utm_term", format!("カナリア検索語{mark}")),
            ("utm_content", format!("kanaria-content-{number}x9")),
            ("gclid", format!("KanariaGclid{number}Q7f3")),
            ("yclid", format!("KanariaYclid{number}Q7f3")),
            ("fbclid", format!("KanariaFbclid{number}Q7f3")),
        ];
        let mut visitor = Self { inputs: Vec::new(), canaries: Vec::new() };
        for (name, value) in texts {
            visitor.canaries.push(Canary::new(&format!("{way}: {name}"), &value));
            visitor.inputs.push((name.to_owned(), value));
        }
        let email = visitor.value("email").to_lowercase();
        let (local, domain) = email.split_once('@').unwrap();
        visitor.add_part(way, "email's name", local);
        visitor.add_part(way, "email's domain", domain);
        let phrase = format!("鳥籠の相談{mark}内緒です");
        visitor.type_in("message", &format!("はじめまして。\n{phrase}\nよろしく"));
        visitor.add_part(way, "message", &phrase);
        let question = format!("籠鳥{mark}講師への質問");
        visitor.type_in("questions", &question);
        visitor.add_part(way, "questions", &question);
        let page = format!("torikago-{number}b93.example/kanaria/landing");
        visitor.type_in("landing_page", &format!("https://lp.{page}?secret=kanaria-query-{number}x9"));
        visitor.type_in("referrer", &format!("https://ref.{page}?secret=kanaria-query-{number}x9"));
        visitor.add_part(way, "page address", &page);
        visitor.add_part(way, "page query", &format!("kanaria-query-{number}x9"));
        for (name, value) in [
            ("inquiry_type", "estimate"),
            ("documents", "pricing"),
            ("delivery", "paper"),
            ("industry", "manufacturing"),
            ("employees", "50-99"),
            ("prefecture", "東京都"),
            ("timing", "year"),
            ("session", "session-2"),
            ("participation", "venue"),
            ("attendees", "2"),
            ("applicant", "company"),
            ("privacy", "true"),
            ("marketing", "true"),
        ] {
            visitor.type_in(name, value);
        }
        visitor
    }

    fn type_in(&mut self, name: &str, value: &str) {
        self.inputs.push((name.to_owned(), value.to_owned()));
    }

    fn add_part(&mut self, way: &str, name: &str, value: &str) {
        self.canaries.push(Canary::new(&format!("{way}: {name}"), value));
    }

    pub fn value(&self, name: &str) -> &str {
        &self.inputs.iter().find(|(given, _)| given == name).unwrap().1
    }

    /// The visitor with another answer to one input.
    pub fn but(mut self, name: &str, value: &str) -> Self {
        self.inputs.retain(|(given, _)| given != name);
        self.type_in(name, value);
        self
    }

    /// The answers to the inputs that this page has.
    pub fn answers<'a>(&'a self, page: &FormPage) -> Vec<(&'a str, &'a str)> {
        let asked = |name: &str| page.html.contains(&format!("name=\"{name}\""));
        let attribution = |name: &str| {
            name.starts_with("utm_") || name.ends_with("clid") || name == "landing_page" || name == "referrer"
        };
        let answers = self.inputs.iter().filter(|(name, _)| asked(name) || attribution(name));
        answers.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Posts as a browser behind a proxy would.
fn post(door: SocketAddr, page: &FormPage, answers: &[(&str, &str)]) -> Response {
    send(door, Request::form(&page.path, &page.filled(answers)))
}

fn send(door: SocketAddr, request: Request) -> Response {
    as_browser(request).send(door).unwrap()
}

/// What a browser and the proxy before it add to a request.
pub fn as_browser(request: Request) -> Request {
    request
        .header("user-agent", USER_AGENT)
        .header("x-forwarded-for", VISITOR_ADDRESS)
        .header("referer", "https://kanaria-referer-x9.example/page?who=kanaria-referer-query")
        .header("cookie", "visitor=kanaria-cookie-value-x9")
}

/// Canaries that come with every request, whoever sends it.
pub fn browser_canaries() -> Vec<Canary> {
    vec![
        Canary::new("the visitor's address", VISITOR_ADDRESS),
        Canary::new("the user agent", "torikago-agent-93af"),
        Canary::new("the referer", "kanaria-referer-x9.example"),
        Canary::new("the referer's query", "kanaria-referer-query"),
        Canary::new("the cookie", "kanaria-cookie-value-x9"),
    ]
}

/// Sends leads that are taken in, one per form and language; visitors are numbered from `first` on.
pub fn send_good_ones(door: SocketAddr, first: usize, canaries: &mut Vec<Canary>) -> usize {
    let mut sent = 0;
    for form in ["contact", "document-request", "event-registration", "newsletter"] {
        for lang in ["ja", "en"] {
            let visitor = Visitor::new(&format!("accepted {form} {lang}"), first + sent);
            let page = FormPage::load_at(door, form, &format!("lang={lang}"));
            let mut answers = visitor.answers(&page);
            answers.push(("_thanks", "https://kanaria-thanks-x9.example/"));
            let answer = press_send(door, &page.path, post(door, &page, &answers));
            assert_eq!(answer.status, 303, "{}", answer.text());
            // The thank-you page's address must carry nothing of the visitor either.
            let location = answer.header("location").unwrap().to_owned();
            assert_eq!(Scanner::new(&visitor.canaries).scan_bytes(Path::new("location"), location.as_bytes()), []);
            canaries.extend(visitor.canaries);
            sent += 1;
        }
    }
    sent
}

/// Presses the button of a confirm page; any other answer is itself.
fn press_send(door: SocketAddr, path: &str, answer: Response) -> Response {
    let mut inputs = hidden_inputs(&answer.text());
    if !inputs.iter().any(|(name, _)| name == "_state") {
        return answer;
    }
    inputs.push(("_step".to_owned(), "send".to_owned()));
    send(door, Request::form(path, &inputs))
}

/// What a form plugin's bridge hands over for a visitor.
fn handed_over(visitor: &Visitor, page: &FormPage) -> serde_json::Value {
    let (mut answers, mut campaign) = (serde_json::Map::new(), serde_json::Map::new());
    for (name, value) in visitor.answers(page) {
        let is_answer = page.html.contains(&format!("name=\"{name}\""));
        let of =
            if is_answer && !name.contains("utm_") && !name.ends_with("clid") { &mut answers } else { &mut campaign };
        of.insert(name.to_owned(), value.into());
    }
    let page = [campaign.remove("landing_page"), campaign.remove("referrer")];
    answers.remove("landing_page");
    answers.remove("referrer");
    let [landing_page, referrer] = page;
    serde_json::json!({
        "lang": "ja", "answers": answers, "page": landing_page, "referrer": referrer, "campaign": campaign,
        "visitor_address": VISITOR_ADDRESS, "source": "mw-wp-form",
    })
}

/// Sends leads as a site's own server does: one that is taken in, and others that are not. Gives how
/// many were.
pub fn send_signed_ones(door: SocketAddr, key: &SiteKey, first: usize, canaries: &mut Vec<Canary>) -> usize {
    const LEADS: &str = "/site/v1/forms/contact/leads";
    let page = FormPage::load_at(door, "contact", "lang=ja");
    let mut number = first;
    let mut visitor = |way: &str| {
        number += 1;
        let visitor = Visitor::new(way, number);
        canaries.extend(visitor.canaries.clone());
        visitor
    };
    let call = |body: &serde_json::Value, status: u16| {
        let answer = send(door, key.post(LEADS, &body.to_string()));
        assert_eq!(answer.status, status, "{}", answer.text());
    };
    call(&handed_over(&visitor("accepted signed"), &page), 200);
    let mut tried = handed_over(&visitor("signed trial"), &page);
    tried["test"] = true.into();
    call(&tried, 200);
    let mut wrong = handed_over(&visitor("signed, wrong"), &page);
    wrong["answers"]["email"] = "kanaria-no-address-x9".into();
    wrong["answers"]["kanaria-field-name-x9"] = "kanaria-field-value-x9".into();
    call(&wrong, 422);
    let mut malformed = handed_over(&visitor("signed, malformed"), &page);
    malformed["kanaria-json-key-x9"] = "kanaria-field-value-x9".into();
    call(&malformed, 400);
    let mut other = handed_over(&visitor("signed, no address"), &page);
    other["visitor_address"] = "kanaria-no-address-x9".into();
    call(&other, 400);
    // Of calls that are not believed nothing is read, and nothing told either.
    let unsigned = handed_over(&visitor("unsigned"), &page).to_string();
    assert_eq!(send(door, Request::post(LEADS, "application/json", unsigned)).status, 401);
    let late = key.post(LEADS, &handed_over(&visitor("signed twice"), &page).to_string());
    assert_eq!(send(door, late.header("webhook-id", "kanaria-call-x9")).status, 401);
    let path =
        key.post("/site/v1/forms/kanaria-path-x9/leads", &handed_over(&visitor("signed, no form"), &page).to_string());
    assert_eq!(send(door, path).status, 404);
    1
}

/// Passes on what people ask about their own data, as a site's own server does: one request that is
/// taken, of somebody of whom nothing is held, and others that are not. Gives how many are mailed.
pub fn ask_for_some(door: SocketAddr, key: &SiteKey, first: usize, canaries: &mut Vec<Canary>) -> usize {
    const REQUESTS: &str = "/site/v1/requests";
    let visitor = Visitor::new("request", first);
    let email = visitor.value("email");
    for (body, status) in [
        (serde_json::json!({ "kind": "access", "email": email, "lang": "ja" }), 202),
        (serde_json::json!({ "kind": "erase", "email": format!("{email} x"), "lang": "ja" }), 422),
        (serde_json::json!({ "kind": email, "email": email }), 422),
        (serde_json::json!({ "kind": "erase", "email": email, "kanaria-json-key-x9": "kanaria-field-value-x9" }), 422),
        (serde_json::json!([email]), 400),
    ] {
        let answer = send(door, key.post(REQUESTS, &body.to_string()));
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    canaries.extend(visitor.canaries);
    1
}

/// Posts that are refused, each in another way.
pub fn send_bad_ones(door: SocketAddr, canaries: &mut Vec<Canary>) {
    let page = FormPage::load_at(door, "contact", "lang=ja");
    let mut number = 40;
    let mut visitor = |way: &str| {
        number += 1;
        let visitor = Visitor::new(way, number);
        canaries.extend(visitor.canaries.clone());
        visitor
    };
    let mut refused = Vec::new();

    let wrong = visitor("validation error").but("email", "kanaria-no-address-x9").but("tel", "kanaria-no-phone-x9");
    refused.push(post(door, &page, &wrong.answers(&page)));
    let choice = visitor("tampered choice").but("inquiry_type", "kanaria-choice-x9");
    refused.push(post(door, &page, &choice.answers(&page)));
    let header = visitor("header injection").but("name_family", "鳥籠花子\r\nBcc: kanaria-bcc-x9@torikago.example");
    refused.push(post(door, &page, &header.answers(&page)));
    let card = visitor("card number").but("message", "カードは4111111111111111です");
    refused.push(post(door, &page, &card.answers(&page)));

    let robot = visitor("honeypot");
    let mut answers = robot.answers(&page);
    answers.push(("website", "https://kanaria-honeypot-x9.example"));
    // Robots are told nothing; what they sent is set aside, sealed.
    assert_eq!(post(door, &page, &answers).status, 303);
    let forged = visitor("forged token");
    let mut answers = forged.answers(&page);
    answers.retain(|(name, _)| *name != "_token");
    answers.push(("_token", "kanaria-forged-token-x9"));
    assert_eq!(post(door, &page, &answers).status, 303);
    refused.push(send(door, Request::form(&page.path, &[("_state".to_owned(), "kanaria-state-x9".to_owned())])));
    let unknown = visitor("unknown field");
    let mut answers = unknown.answers(&page);
    answers.push(("kanaria-field-name-x9", "kanaria-field-value-x9"));
    answers.push(("email", "kanaria.twice.x9@torikago.example"));
    // Unknown and repeated inputs may be ignored or refused; either way they are not told about.
    let _ = post(door, &page, &answers);

    refused.extend(send_malformed_ones(door, &mut visitor));
    send_beacons(door, &visitor("beacon"));
    for answer in refused {
        assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text());
    }
    for (name, value) in [
        ("bad address", "kanaria-no-address-x9"),
        ("bad phone", "kanaria-no-phone-x9"),
        ("bad choice", "kanaria-choice-x9"),
        ("injected header", "kanaria-bcc-x9@torikago.example"),
        ("card number", "4111111111111111"),
        ("honeypot", "kanaria-honeypot-x9.example"),
        ("forged token", "kanaria-forged-token-x9"),
        ("wished page", "kanaria-thanks-x9.example"),
        ("forged state", "kanaria-state-x9"),
        ("unknown name", "kanaria-field-name-x9"),
        ("unknown value", "kanaria-field-value-x9"),
        ("repeated value", "kanaria.twice.x9@torikago.example"),
        ("path", "kanaria-path-x9"),
        ("query", "kanaria.query.x9@torikago.example"),
        ("method", "KANARIA-METHOD-X9"),
        ("content type", "kanaria-type-x9"),
        ("JSON key", "kanaria-json-key-x9"),
    ] {
        canaries.push(Canary::new(name, value));
    }
}

/// Bodies and requests that are no proper post.
fn send_malformed_ones(door: SocketAddr, visitor: &mut impl FnMut(&str) -> Visitor) -> Vec<Response> {
    let mut refused = Vec::new();
    let body = |visitor: &Visitor| urlencoded(&visitor.inputs);
    let send = |request: Request| send(door, request);
    refused.push(send(Request::post("/f/contact", "text/kanaria-type-x9", body(&visitor("wrong type")))));
    refused.push(send(Request::post(
        "/f/kanaria-path-x9",
        "application/x-www-form-urlencoded",
        body(&visitor("unknown form")),
    )));
    refused.push(send(Request::get("/f/kanaria-path-x9?email=kanaria.query.x9@torikago.example")));
    refused.push(send(Request::new("KANARIA-METHOD-X9", "/f/contact")));
    let json =
        serde_json::json!({ "email": visitor("broken JSON").value("email"), "kanaria-json-key-x9": [1] }).to_string();
    refused.push(send(Request::post("/f/contact", "application/json", &json[..json.len() - 3])));
    let shift_jis = encoding_rs::SHIFT_JIS.encode(visitor("undeclared Shift_JIS").value("company")).0.into_owned();
    refused.push(send(Request::post(
        "/f/contact",
        "application/x-www-form-urlencoded",
        [b"company=", &shift_jis[..]].concat(),
    )));
    let huge = [body(&visitor("too large")), "x".repeat(2 << 20)].concat();
    // The server may hang up before it has read all of it.
    let _ = as_browser(Request::post("/f/contact", "application/x-www-form-urlencoded", huge)).send(door);
    refused
}

/// Every row of every table of every database, as bytes.
pub fn dump_tables(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut dumps = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ext| ext == "db") {
            let db = rusqlite::Connection::open(&path).unwrap();
            let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
            let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            assert!(!tables.is_empty(), "{} has no tables", path.display());
            for table in tables {
                dumps.push((path.with_extension(format!("db:{table}")), dump_table(&db, &table)));
            }
        }
    }
    dumps
}

fn dump_table(db: &rusqlite::Connection, table: &str) -> Vec<u8> {
    use rusqlite::types::ValueRef;
    let mut rows = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
    let columns = rows.column_count();
    let mut dump = Vec::new();
    let mut rows = rows.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            match row.get_ref(column).unwrap() {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => dump.extend_from_slice(bytes),
                ValueRef::Integer(number) => dump.extend_from_slice(number.to_string().as_bytes()),
                ValueRef::Real(number) => dump.extend_from_slice(number.to_string().as_bytes()),
                ValueRef::Null => {}
            }
            dump.push(b'\n');
        }
    }
    dump
}

pub fn scan_dumps(scanner: &Scanner, data: &Path) -> Vec<Finding> {
    dump_tables(data).iter().flat_map(|(table, bytes)| scanner.scan_bytes(table, bytes)).collect()
}

/// The raw mail without the header that an auto-reply has to address.
pub fn without_to(raw: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(raw);
    let (mut kept, mut in_to) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        in_to = line.to_ascii_lowercase().starts_with("to:") || in_to && line.starts_with([' ', '\t']);
        if !in_to {
            kept += line;
        }
    }
    kept.into_bytes()
}

/// What is found in mails. A notification may hold no canary at all, an auto-reply only whom it goes to.
pub fn scan_mails(scanner: &Scanner, mails: &[Mail]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for mail in mails {
        let is_notification = mail.to == ["sales@example.jp"];
        let raw = if is_notification { mail.raw.clone() } else { without_to(&mail.raw) };
        findings.extend(scanner.scan_bytes(Path::new("mail"), &raw));
        for body in mail.bodies() {
            findings.extend(scanner.scan_bytes(Path::new("mail's body"), body.as_bytes()));
        }
    }
    findings
}

/// Makes the forms keep everything in clear: what a scan must then find shows that it looks.
pub fn keep_everything_in_clear(house: &Installation) {
    for form in ["contact", "document-request", "event-registration", "newsletter"] {
        house.edit_form(form, |form| {
            for field in form["field"].as_array_mut().unwrap() {
                let field = field.as_table_mut().unwrap();
                if field["type"].as_str() != Some("consent") {
                    field.insert("protect".into(), "keep".into());
                    field.insert("allow_plain".into(), "control of the leak test".into());
                }
            }
        });
    }
}

/// What an operator's commands print without a reveal.
pub fn masked_commands(house: &Installation) -> String {
    let mut printed = String::new();
    let listed = house.succeed(&["leads", "list", "--json"]);
    for arguments in [
        &["leads", "list"][..],
        &["export", "--format", "csv"],
        &["export", "--format", "jsonl"],
        &["audit", "verify"],
        &["keys", "list"],
        &["requests", "list"],
        &["requests", "list", "--json"],
        &["check"],
    ] {
        printed += &house.succeed(arguments);
    }
    for line in listed.lines() {
        let lead: serde_json::Value = serde_json::from_str(line).unwrap();
        printed += &house.succeed(&["leads", "show", lead["token"].as_str().unwrap()]);
    }
    // Tells of troubles by its exit code; what it prints counts either way.
    let doctor = house.run(&["doctor"]);
    printed + &listed + &String::from_utf8_lossy(&doctor.stdout) + &String::from_utf8_lossy(&doctor.stderr)
}

/// A page's script, or somebody who plays it, tells in each of its words what a visitor typed.
fn send_beacons(door: SocketAddr, visitor: &Visitor) {
    let (email, name) = (visitor.value("email"), visitor.value("name_family"));
    for body in [
        serde_json::json!({ "event": email, "field": "email" }),
        serde_json::json!({ "event": "error", "field": email, "page": "/" }),
        serde_json::json!({ "event": "view", "page": format!("/members/{name}?email={email}"), "source": email }),
        serde_json::json!({ "event": "left", "field": "email", "page": email, "source": name, "value": email }),
    ] {
        let answer = Request::post("/f/contact/seen", "text/plain;charset=UTF-8", body.to_string()).send(door).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    }
}
