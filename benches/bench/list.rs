//! `list`: how long somebody waits who looks at leads on the command line.

use super::arguments::Arguments;
use super::house::{House, LEADSEAL};
use super::process::{evict, timed};
use super::report::{Report, Spread, Table, whole};
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;

const LEADS: u64 = 20_000;
/// Runs of each command with the file in memory, and without.
const WARM: usize = 100;
const COLD: usize = 20;

pub fn run(arguments: &Arguments, report: &mut Report) {
    let wanted = arguments.leads.unwrap_or(LEADS);
    eprintln!("list: filling a desk with {wanted} leads");
    let (house, leads) = House::filled(wanted, arguments.connections);
    let token = newest(&house);
    let start = Spread::of(&times(WARM, || Command::new(LEADSEAL), &["--version"]));
    report.say(&format!(
        "## Looking at leads\n\n{} leads; whole runs of the command, p50 / p99 / max in ms, its start included. The \
         start alone (`leadseal --version`): {start}. Cold: the file's pages were pushed out of memory before.",
        whole(leads as f64)
    ));
    let show = ["leads", "show", &token, "--json"];
    let reveal = ["leads", "show", &token, "--json", "--reveal", "--reason", "support"];
    let commands: [(&str, &[&str]); 6] = [
        ("leads list --limit 50", &["leads", "list", "--limit", "50", "--json"]),
        ("… --form contact", &["leads", "list", "--limit", "50", "--json", "--form", "contact"]),
        ("… --since (all of them)", &["leads", "list", "--limit", "50", "--json", "--since", "2020-01-01"]),
        ("… --stage qualified (none)", &["leads", "list", "--limit", "50", "--json", "--stage", "qualified"]),
        ("leads show", &show),
        ("leads show --reveal", &reveal),
    ];
    let mut table = Table::new(&["command", "warm", "cold", "warm p50 without the start"]);
    let mut figures = Vec::new();
    for (name, words) in commands {
        let warm = Spread::of(&times(WARM, || house.command(&[]), words));
        let cold = Spread::of(&times(COLD, || out_of_memory(&house), words));
        let beyond = warm.p50 - start.p50;
        table.row(vec![name.to_owned(), warm.to_string(), cold.to_string(), format!("{beyond:.1}")]);
        figures.push(json!({ "command": name, "warm": warm.json(), "cold": cold.json() }));
    }
    report.add("list", &table, json!({ "leads": leads, "start": start.json(), "commands": figures }));
}

fn times(runs: usize, prepare: impl Fn() -> Command, words: &[&str]) -> Vec<Duration> {
    let run = |_| timed(prepare().args(words).stdout(Stdio::null())).0;
    (0..runs).map(run).collect()
}

fn out_of_memory(house: &House) -> Command {
    for file in ["leads.db", "leads.db-wal", "keyring.db"] {
        evict(&house.data(file));
    }
    house.command(&[])
}

/// The token of the newest lead.
fn newest(house: &House) -> String {
    let output = house.command(&["leads", "list", "--limit", "1", "--json"]).output().expect("leadseal runs");
    let lead: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one lead as JSON");
    lead["token"].as_str().expect("its token").to_owned()
}
