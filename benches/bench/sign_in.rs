//! `sign-in`: whether the time of a refusal tells if there is an account.
//!
//! Wrong passwords for an address with an account and for one without, one after the other in an
//! order that is drawn, each from a network of its own, so that none waits for its turn.

use super::arguments::Arguments;
use super::house::House;
use super::report::{Report, Table};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const TRIES: u64 = 20_000;
/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Both addresses have one length, so that requests have too.
const KNOWN: &str = "known@example.jp";
const UNKNOWN: &str = "nobdy@example.jp";

pub fn run(arguments: &Arguments, report: &mut Report) {
    let tries = arguments.tries.unwrap_or(TRIES);
    let house = House::new();
    let server = house.serve();
    choose_a_password(&house);
    eprintln!("sign-in: {tries} wrong passwords, known and unknown addresses interleaved");
    // Not measured: the first requests find caches empty.
    for n in 0..20 {
        wrong_password(&house, KNOWN, n);
        wrong_password(&house, UNKNOWN, 100 + n);
    }
    let (mut known, mut unknown, mut dice) = (Sample::default(), Sample::default(), 0x9e37_79b9_7f4a_7c15_u64);
    for n in 0..tries {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        if dice & 1 == 0 {
            known.push(wrong_password(&house, KNOWN, 1000 + n));
        } else {
            unknown.push(wrong_password(&house, UNKNOWN, 1000 + n));
        }
    }
    server.stop();
    let t = welch_t(&known, &unknown);
    report.say(&format!(
        "## Signing in with a wrong password\n\n{tries} tries over HTTP, an address with an account and one without in \
         an order that is drawn. Welch's t of the two: **{t:.2}** (aim: below 4.5 in either direction)."
    ));
    let mut table = Table::new(&["address", "tries", "mean ms", "standard deviation ms"]);
    for (name, sample) in [("with an account", &known), ("without", &unknown)] {
        let (mean, deviation) = (sample.mean(), sample.variance().sqrt());
        table.row(vec![name.into(), sample.count.to_string(), format!("{mean:.3}"), format!("{deviation:.3}")]);
    }
    let figures = json!({ "tries": tries, "welch_t": t, "known_ms": known.mean(), "unknown_ms": unknown.mean() });
    report.add("sign-in", &table, figures);
}

/// An account and its password, by the link that `staff add` prints.
fn choose_a_password(house: &House) {
    let output = house.command(&["staff", "add", KNOWN, "--json"]).output().expect("leadseal runs");
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one account as JSON");
    let link = made["link"].as_str().expect("its link");
    let path = &link[link.find("/console").expect("a path of the console")..];
    let answer = post(house, path, "new=mizu-no-oto%2Fkawazu&again=mizu-no-oto%2Fkawazu", 0);
    assert!(answer.starts_with("HTTP/1.1 303"), "the password was not taken: {}", answer.lines().next().unwrap_or(""));
}

fn wrong_password(house: &House, address: &str, network: u64) -> Duration {
    let body = format!("address={}&password=wrong-password-{network:08}", address.replace('@', "%40"));
    let begin = Instant::now();
    let answer = post(house, "/console/sign-in", &body, network);
    let took = begin.elapsed();
    assert!(answer.starts_with("HTTP/1.1 422"), "not checked: {}", answer.lines().next().unwrap_or(""));
    took
}

/// A post of the console's own page, as a proxy passes it on from a network with this number.
fn post(house: &House, path: &str, body: &str, network: u64) -> String {
    let port = house.private;
    let [_, a, b, c] = u32::try_from(network).unwrap_or(u32::MAX).to_be_bytes();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the private listener");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
         X-Forwarded-For: 11.{a}.{b}.{c}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Times in milliseconds, summed up as they come (Welford).
#[derive(Default)]
struct Sample {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Sample {
    fn push(&mut self, time: Duration) {
        let time = time.as_secs_f64() * 1000.0;
        self.count += 1;
        let before = time - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (time - self.mean);
    }

    const fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.squares / self.count.saturating_sub(1).max(1) as f64
    }
}

fn welch_t(one: &Sample, other: &Sample) -> f64 {
    let of_mean = |sample: &Sample| sample.variance() / sample.count.max(1) as f64;
    (one.mean() - other.mean()) / (of_mean(one) + of_mean(other)).sqrt()
}
