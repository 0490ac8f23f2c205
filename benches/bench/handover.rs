//! The second half of `drain`: from a post to the mail about it in the relay's hands.

use super::arguments::Arguments;
use super::bodies::Pool;
use super::generator::{self, Outcome, Plan};
use super::house::House;
use super::http;
use super::redis::Pair;
use super::report::{Report, Spread, Table, whole};
use super::sink::Sink;
use super::stand::Stand;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Posts a second, and for how long.
const RATE: u32 = 200;
const LENGTH: Duration = Duration::from_secs(20);
/// How long mails may still come after the last post.
const PATIENCE: Duration = Duration::from_secs(120);
/// Posts before anything is measured.
const WARM_UP: u64 = 200;

pub fn run(arguments: &Arguments, report: &mut Report) {
    report.say(&format!(
        "## From post to mail\n\n{RATE} posts a second on a fixed schedule for {} s, one notification each, no auto-reply, \
         default settings; counted from when a post was due until the relay accepted its mail. Aim: p99 ≤ 1,000 ms.",
        LENGTH.as_secs()
    ));
    let mut table = Table::new(&["server", "posts", "mails", "p50 / p99 / max ms"]);
    let mut figures = Vec::new();
    let mut stands = vec![Stand::Leadseal(House::new())];
    match Pair::new() {
        Ok(pair) => stands.push(Stand::Redis(pair)),
        Err(reason) => report.say(&format!("Leadseal with Redis was left out: {reason}.")),
    }
    for stand in &stands {
        eprintln!("drain: post to mail, {}", stand.name());
        let (posted, delays) = measure(stand, arguments);
        let spread = Spread::of(&delays);
        let mails = delays.len();
        table.row(vec![
            stand.name().to_owned(),
            whole(posted.accepted as f64),
            whole(mails as f64),
            spread.to_string(),
        ]);
        figures
            .push(json!({ "server": stand.name(), "posts": posted.accepted, "mails": mails, "delay": spread.json() }));
    }
    report.add("post_to_mail", &table, json!({ "rate": RATE, "servers": figures }));
}

fn measure(stand: &Stand, arguments: &Arguments) -> (Outcome, Vec<Duration>) {
    let sink = Sink::start();
    let mail = format!("[mail]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"\n", sink.port);
    match stand {
        Stand::Leadseal(house) => {
            house.configure(&mail);
            without_auto_reply(&house.root());
        }
        Stand::Redis(pair) => {
            pair.configure(&mail);
            without_auto_reply(&pair.desk());
            without_auto_reply(&pair.capture());
        }
        Stand::Bare { .. } => unreachable!("a bare handler sends no mail"),
    }
    let (running, _) = stand.start();
    let pool = Pool::new(stand.port(), &http::hidden_inputs(stand.port(), "/f/contact?lang=ja"));
    let load = |plan| generator::run(stand.port(), &pool, arguments.connections, plan);
    let warm_up = load(Plan::Count(WARM_UP)).accepted as usize;
    sink.wait_for(warm_up, PATIENCE);
    let posted = load(Plan::Open(RATE, LENGTH));
    let accepted = sink.wait_for(warm_up + posted.accepted as usize, PATIENCE);
    let delays = posted
        .receipts
        .iter()
        .filter_map(|(lead, due)| Some(accepted.get(lead)?.saturating_duration_since(*due)))
        .collect();
    running.stop();
    (posted, delays)
}

/// Leaves one mail for each lead: the notification.
fn without_auto_reply(root: &Path) {
    let path = root.join("forms/contact.toml");
    let mut form: toml::Table = std::fs::read_to_string(&path).expect("the form").parse().expect("it is TOML");
    form.remove("auto_reply");
    std::fs::write(&path, form.to_string()).expect("the form is written");
}
