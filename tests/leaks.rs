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
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::{Request, Response, urlencoded};
use support::installation::{Installation, Server};
use support::scanner::{Canary, Finding, Scanner};
use support::smtp::SmtpSink;

const PATIENCE: Duration = Duration::from_secs(60);
/// Where a visitor seems to come from, as a proxy tells it.
const VISITOR_ADDRESS: &str = "198.51.100.237";
const USER_AGENT: &str = "KanariaBrowser/7.3 (torikago-agent-93af)";

/// What one visitor types: input names with values, and what of it must never be found.
struct Visitor {
    inputs: Vec<(String, String)>,
    canaries: Vec<Canary>,
}

impl Visitor {
    /// A visitor whose canaries are marked with `way`, so that a finding tells which way leaks.
    /// `number` makes the texts differ from those of every other visitor.
    fn new(way: &str, number: usize) -> Self {
        let mark = char::from_u32('一' as u32 + 0x200 + number as u32 * 7).unwrap();
        let texts = [
            ("company", format!("株式会社鳥籠{mark}プラン")),
            ("department", format!("籠鳥推進本部{mark}第七課")),
            ("job_title", format!("首席鳥籠調整官{mark}")),
            ("name_family", format!("髙﨑{mark}籠")),
            ("name_given", format!("美咲{mark}奈")),
            ("kana_family", "ﾀｶｻｷｶﾅﾘｱ".to_owned() + &"ﾝ".repeat(number + 1)),
            ("kana_given", "ミサキトリカゴ".to_owned() + &"ン".repeat(number + 1)),
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
            ("privacy", "true"),
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

    fn value(&self, name: &str) -> &str {
        &self.inputs.iter().find(|(given, _)| given == name).unwrap().1
    }

    /// The visitor with another answer to one input.
    fn but(mut self, name: &str, value: &str) -> Self {
        self.inputs.retain(|(given, _)| given != name);
        self.type_in(name, value);
        self
    }

    /// The answers to the inputs that this page has.
    fn answers<'a>(&'a self, page: &FormPage) -> Vec<(&'a str, &'a str)> {
        let asked = |name: &str| page.html.contains(&format!("name=\"{name}\""));
        let attribution = |name: &str| {
            name.starts_with("utm_") || name.ends_with("clid") || name == "landing_page" || name == "referrer"
        };
        let answers = self.inputs.iter().filter(|(name, _)| asked(name) || attribution(name));
        answers.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Posts as a browser behind a proxy would.
fn post(server: &Server, page: &FormPage, answers: &[(&str, &str)]) -> Response {
    server.public(&as_browser(Request::form(&page.path, &page.filled(answers))))
}

fn as_browser(request: Request) -> Request {
    request
        .header("user-agent", USER_AGENT)
        .header("x-forwarded-for", VISITOR_ADDRESS)
        .header("referer", "https://kanaria-referer-x9.example/page?who=kanaria-referer-query")
        .header("cookie", "visitor=kanaria-cookie-value-x9")
}

/// Canaries that come with every request, whoever sends it.
fn browser_canaries() -> Vec<Canary> {
    vec![
        Canary::new("the visitor's address", VISITOR_ADDRESS),
        Canary::new("the user agent", "torikago-agent-93af"),
        Canary::new("the referer", "kanaria-referer-x9.example"),
        Canary::new("the referer's query", "kanaria-referer-query"),
        Canary::new("the cookie", "kanaria-cookie-value-x9"),
    ]
}

/// Leads that were taken in, one per form and language.
fn send_good_ones(server: &Server, canaries: &mut Vec<Canary>) -> usize {
    let mut sent = 0;
    for form in ["contact", "document-request"] {
        for lang in ["ja", "en"] {
            let visitor = Visitor::new(&format!("accepted {form} {lang}"), sent);
            let page = FormPage::load(server, form, &format!("lang={lang}"));
            let answer = post(server, &page, &visitor.answers(&page));
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

/// Posts that are refused, each in another way.
fn send_bad_ones(server: &Server, canaries: &mut Vec<Canary>) {
    let page = FormPage::load(server, "contact", "lang=ja");
    let mut number = 40;
    let mut visitor = |way: &str| {
        number += 1;
        let visitor = Visitor::new(way, number);
        canaries.extend(visitor.canaries.clone());
        visitor
    };
    let mut refused = Vec::new();

    let wrong = visitor("validation error").but("email", "kanaria-no-address-x9").but("tel", "kanaria-no-phone-x9");
    refused.push(post(server, &page, &wrong.answers(&page)));
    let choice = visitor("tampered choice").but("inquiry_type", "kanaria-choice-x9");
    refused.push(post(server, &page, &choice.answers(&page)));
    let header = visitor("header injection").but("name_family", "鳥籠花子\r\nBcc: kanaria-bcc-x9@torikago.example");
    refused.push(post(server, &page, &header.answers(&page)));
    let card = visitor("card number").but("message", "カードは4111111111111111です");
    refused.push(post(server, &page, &card.answers(&page)));

    let robot = visitor("honeypot");
    let mut answers = robot.answers(&page);
    answers.push(("website", "https://kanaria-honeypot-x9.example"));
    refused.push(post(server, &page, &answers));
    let forged = visitor("forged token");
    let mut answers = forged.answers(&page);
    answers.push(("_token", "kanaria-forged-token-x9"));
    refused.push(post(server, &page, &answers));
    let unknown = visitor("unknown field");
    let mut answers = unknown.answers(&page);
    answers.push(("kanaria-field-name-x9", "kanaria-field-value-x9"));
    answers.push(("email", "kanaria.twice.x9@torikago.example"));
    // Unknown and repeated inputs may be ignored or refused; either way they are not told about.
    let _ = post(server, &page, &answers);

    refused.extend(send_malformed_ones(server, &mut visitor));
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
fn send_malformed_ones(server: &Server, visitor: &mut impl FnMut(&str) -> Visitor) -> Vec<Response> {
    let mut refused = Vec::new();
    let body = |visitor: &Visitor| urlencoded(&visitor.inputs);
    let send = |request: Request| server.public(&as_browser(request));
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
    let _ = as_browser(Request::post("/f/contact", "application/x-www-form-urlencoded", huge))
        .send(server.public_address());
    refused
}

/// Every row of every table of every database, as bytes.
fn dump_tables(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
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

fn scan_dumps(scanner: &Scanner, data: &Path) -> Vec<Finding> {
    dump_tables(data).iter().flat_map(|(table, bytes)| scanner.scan_bytes(table, bytes)).collect()
}

/// What an operator's commands print without a reveal.
fn masked_commands(house: &Installation) -> String {
    let mut printed = String::new();
    let listed = house.succeed(&["leads", "list", "--json"]);
    for arguments in [
        &["leads", "list"][..],
        &["export", "--format", "csv"],
        &["export", "--format", "jsonl"],
        &["audit", "verify"],
        &["keys", "list"],
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

fn stored_leads(house: &Installation) -> usize {
    house.succeed(&["leads", "list", "--json"]).lines().count()
}

/// The raw mail without the header that an auto-reply has to address.
fn without_to(raw: &[u8]) -> Vec<u8> {
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
    for mail in relay.mails() {
        let is_notification = mail.to == ["sales@example.jp"];
        let raw = if is_notification { mail.raw.clone() } else { without_to(&mail.raw) };
        let mut findings = scanner.scan_bytes(Path::new("mail"), &raw);
        for body in mail.bodies() {
            findings.extend(scanner.scan_bytes(Path::new("mail's body"), body.as_bytes()));
        }
        assert_nothing("mail", &findings);
    }
    assert_nothing("commands", &scanner.scan_bytes(Path::new("commands"), masked_commands(house).as_bytes()));
}

#[test]
fn what_visitors_type_is_found_nowhere() {
    let house = Installation::new();
    let relay = SmtpSink::start();
    house.set_relay(relay.address);
    house.set("public", "trusted_proxies", vec!["127.0.0.1"]);
    let server = house.serve();

    let mut canaries = browser_canaries();
    let sent = send_good_ones(&server, &mut canaries);
    send_bad_ones(&server, &mut canaries);
    let stored = eventually("the leads are stored", PATIENCE, || Some(stored_leads(&house)).filter(|n| *n >= sent));
    let mails = relay.wait_for(sent * 2, PATIENCE);
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
    for name in ["accepted contact ja: email", "accepted contact en: message", "accepted document-request ja: address"]
    {
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
    for form in ["contact", "document-request"] {
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
    let server = house.serve();
    let mut canaries = Vec::new();
    let sent = send_good_ones(&server, &mut canaries);
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
