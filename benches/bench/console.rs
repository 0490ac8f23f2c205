//! `console`: how long staff wait for their pages among a million leads, and what an export takes.
//!
//! Everything is asked over HTTP of the real server, as a browser asks, and timed from the connection to
//! the last byte: what the server takes, and the way over loopback. Warm is the second time that
//! something is asked; cold is with the files' pages pushed out of memory before each request.

use super::arguments::Arguments;
use super::crowd::{self, OWNERS};
use super::house::House;
use super::looks::{Look, of_the_inbox};
use super::process::{Process, evict, size, timed};
use super::report::{Report, Spread, Table, mib, round, whole};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use leadseal::domain::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

const LEADS: u64 = 1_000_000;
/// Requests of a group that are asked cold: all of them take long.
const COLD: usize = 200;
/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A member of staff may search so often in a minute.
const SEARCHES: usize = 18;

pub fn run(arguments: &Arguments, report: &mut Report) {
    let leads = arguments.leads.unwrap_or(LEADS);
    let (house, is_new) = arguments.house.as_deref().map_or_else(|| (House::new(), true), House::kept);
    let begin = Instant::now();
    if is_new {
        eprintln!("console: filling a desk with {leads} leads");
        crowd::fill(&house, leads);
    } else {
        crowd::furnish(&house);
    }
    let filled = begin.elapsed();
    report.say(&format!("## The console\n\n{} leads.", whole(leads as f64)));
    if is_new {
        let bytes: Vec<String> = house.sizes().iter().map(|(name, bytes)| format!("{name} {}", mib(*bytes))).collect();
        report.say(&format!("Filled in {} s; MiB: {}.", whole(filled.as_secs_f64()), bytes.join(", ")));
    }
    pages(&house, leads, report);
    export(&house, leads, report);
}

/// Somebody who is signed in.
struct Session {
    port: u16,
    cookie: String,
}

impl Session {
    /// By a one-time link.
    fn begin(port: u16, link: &str) -> Self {
        let mut session = Self { port, cookie: String::new() };
        let answer = session.send("POST", &format!("/console/sign-in/link/{link}"), "", "");
        assert!(answer.starts_with("HTTP/1.1 303"), "not let in: {}", first_line(&answer));
        let given = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let pairs: Vec<&str> = given.filter_map(|line| line.split(';').next()).collect();
        session.cookie = pairs.join("; ");
        session
    }

    fn send(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        let port = self.port;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the private listener");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The answer, which must be a page, and how long it took.
    fn ask(&self, method: &str, path: &str, body: &str) -> (String, Duration) {
        let begin = Instant::now();
        let answer = self.send(method, path, &self.cookie, body);
        let took = begin.elapsed();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {}", first_line(&answer));
        (answer, took)
    }
}

fn first_line(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

/// Requests of one kind, each with who asks.
struct Group<'a> {
    name: String,
    asks: Vec<(&'a Session, &'static str, String, String)>,
}

impl<'a> Group<'a> {
    fn of(look: &Look, who: &str, session: &'a Session) -> Self {
        let asks = look.paths.iter().map(|path| (session, "GET", path.clone(), String::new()));
        Self { name: format!("{who}: {}", look.name), asks: asks.collect() }
    }

    /// The times of every nth request, and the slowest with its address.
    fn times(&self, most: usize, before: impl Fn()) -> (Vec<Duration>, String) {
        let step = self.asks.len().div_ceil(most).max(1);
        let (mut times, mut slowest) = (Vec::new(), (Duration::ZERO, String::new()));
        for (session, method, path, body) in self.asks.iter().step_by(step) {
            before();
            let (_, took) = session.ask(method, path, body);
            if took > slowest.0 {
                slowest = (took, format!("{method} {path}"));
            }
            times.push(took);
        }
        (times, slowest.1)
    }
}

fn push_out(house: &House) {
    for file in ["leads.db", "leads.db-wal", "keyring.db", "keyring.db-wal"] {
        evict(&house.data(file));
    }
}

fn pages(house: &House, leads: u64, report: &mut Report) {
    let links = crowd::let_in(house);
    let server = house.serve();
    let sessions: Vec<Session> = links.iter().map(|(_, link)| Session::begin(house.private, link)).collect();
    let owners: Vec<String> = links[..OWNERS].iter().map(|(id, _)| id.to_string()).collect();
    let looks = of_the_inbox(&owners, &days());
    let whose = [("all", &sessions[0]), ("one form", &sessions[1]), ("two sites and a form", &sessions[2])];
    let mut groups: Vec<Group<'_>> =
        whose.iter().flat_map(|(who, session)| looks.iter().map(|look| Group::of(look, who, session))).collect();
    groups.push(lead_pages(house, &sessions[0]));
    let warm: Vec<_> = groups
        .iter()
        .map(|group| {
            group.times(usize::MAX, || {});
            group.times(usize::MAX, || {})
        })
        .collect();
    let searches = searches(&sessions[OWNERS..], leads);
    let warm_searches = searches.times(usize::MAX, || {});
    server.stop();
    // Who was let in stays so; nothing of the files is in the new process's memory.
    let server = house.serve();
    let cold: Vec<_> = groups.iter().map(|group| group.times(COLD, || push_out(house))).collect();
    let cold_searches = searches.times(usize::MAX, || push_out(house));
    server.stop();
    let first = after_a_start(house, &sessions[0]);
    groups.push(searches);
    let warm = warm.into_iter().chain([warm_searches]);
    let cold = cold.into_iter().chain([cold_searches]);
    let mut table = Table::new(&["who: what", "requests", "warm", "cold requests", "cold"]);
    let mut figures = Vec::new();
    let (mut all_warm, mut all_cold) = (Vec::new(), Vec::new());
    for (group, (warm, cold)) in groups.iter().zip(warm.zip(cold)) {
        figures.push(row(&mut table, &group.name, &warm.0, &cold.0));
        eprintln!("  {}: slowest warm {}; cold {}", group.name, warm.1, cold.1);
        all_warm.extend(warm.0);
        all_cold.extend(cold.0);
    }
    figures.push(row(&mut table, "**all of them**", &all_warm, &all_cold));
    report.say(
        "Whole answers over loopback, p50 / p99 / max in ms (aim: p99 ≤ 50 at the server). Warm: asked the second \
         time. Cold: of a server started anew, with the pages of all databases pushed out of memory before each request.",
    );
    report.add("console", &table, json!({ "leads": leads, "groups": figures }));
    report.say(&format!(
        "The first page of a server that was just started, cold, ten starts: {} ms.",
        Spread::of(&first)
    ));
}

fn row(table: &mut Table, name: &str, warm: &[Duration], cold: &[Duration]) -> Value {
    let spreads = [Spread::of(warm), Spread::of(cold)];
    table.row(vec![
        name.to_owned(),
        whole(warm.len() as f64),
        spreads[0].to_string(),
        whole(cold.len() as f64),
        spreads[1].to_string(),
    ]);
    json!({ "what": name, "requests": warm.len(), "warm": spreads[0].json(), "cold": spreads[1].json() })
}

/// The inbox, right after a start without anything in memory.
fn after_a_start(house: &House, session: &Session) -> Vec<Duration> {
    let once = |_| {
        push_out(house);
        let server: Process = house.serve();
        push_out(house);
        let (_, took) = session.ask("GET", "/console/inbox", "");
        server.stop();
        took
    };
    (0..10).map(once).collect()
}

/// Every day from the first lead to the last.
fn days() -> Vec<String> {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    (0..365 * 3).rev().map(|ago: i64| today.saturating_sub(ago.days()).to_string()).collect()
}

/// Pages of leads from all of the lists' ends and middles.
fn lead_pages<'a>(house: &House, session: &'a Session) -> Group<'a> {
    let asks =
        tokens(house, 300).into_iter().map(|token| (session, "GET", format!("/console/leads/{token}"), String::new()));
    Group { name: "all: a lead's page".to_owned(), asks: asks.collect() }
}

/// Tokens of leads, spread evenly.
fn tokens(house: &House, most: i64) -> Vec<String> {
    let connection = rusqlite::Connection::open(house.data("leads.db")).expect("leads.db");
    let all: i64 = connection.query_row("SELECT max(id) FROM leads", [], |row| row.get(0)).expect("leads");
    let mut statement = connection.prepare("SELECT token FROM leads WHERE id = ?1").expect("a statement");
    let token = |at: i64| {
        let bytes = statement.query_row([1 + at * (all - 1) / most], |row| row.get(0)).expect("a lead");
        leadseal::domain::token::Token::from_bytes(bytes).to_string()
    };
    (0..most).map(token).collect()
}

/// Searches by everything there is, found and not found.
fn searches(sessions: &[Session], leads: u64) -> Group<'_> {
    let mut asks = Vec::new();
    for (at, session) in sessions.iter().enumerate() {
        let (page, _) = session.ask("GET", "/console/search", "");
        let token =
            page.split("name=\"_csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
        for n in 0..SEARCHES {
            let lead = ((at * SEARCHES + n) as u64 * 7919) % leads;
            let (by, value) = match n % 9 {
                0 => ("email", crowd::email_of(lead)),
                1 => ("tel", crowd::tel_of(lead)),
                2 | 3 => ("company", crowd::company_of(lead)),
                4 => ("receipt", format!("#{}", lead / 4 + 1)),
                5 => ("email", format!("nobody{lead}@example.jp")),
                6 => ("tel", format!("+8150{lead:08}")),
                7 => ("company", format!("無い会社{lead}")),
                _ => ("receipt", "ls_00000000000000000000000000000000".to_owned()),
            };
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let body = format!("_csrf={token}&by={by}&value={encoded}");
            asks.push((session, "POST", "/console/search".to_owned(), body));
        }
    }
    Group { name: "all: search".to_owned(), asks }
}

fn export(house: &House, leads: u64, report: &mut Report) {
    let mut table = Table::new(&["export", "leads/s", "seconds", "peak RSS MiB", "file MiB"]);
    let mut figures = Vec::new();
    for (name, words) in [
        ("CSV, revealed, nothing", "--format csv --reveal --since 2999-01-01"),
        ("CSV, revealed, all", "--format csv --reveal"),
    ] {
        let file = house.beside("export");
        let mut command = house.command(&["export", "--reason", "handover", "--output"]);
        let (took, peak) = timed(command.arg(&file).args(words.split(' ')).stdout(Stdio::null()));
        let bytes = size(&file);
        std::fs::remove_file(&file).expect("the export was written");
        let rate = if words.contains("--since") { 0.0 } else { leads as f64 / took.as_secs_f64() };
        table.row(vec![name.to_owned(), whole(rate), format!("{:.1}", took.as_secs_f64()), mib(peak), mib(bytes)]);
        figures.push(json!({ "what": name, "leads_per_second": round(rate), "peak_memory_bytes": peak }));
    }
    report.say("Export (aim: memory at most 64 MiB above that of an export of nothing).");
    report.add("console export", &table, json!({ "leads": leads, "exports": figures }));
}
