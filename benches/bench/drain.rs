//! `drain`: how fast a desk takes in what waits, and what a lead takes on disk.

use super::arguments::Arguments;
use super::bodies::Pool;
use super::generator::{self, Plan};
use super::house::{House, wait_until_stored, with_log};
use super::http;
use super::process::Process;
use super::redis::Pair;
use super::report::{Report, Table, mib, round, whole};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::Duration;

const LEADS: u64 = 30_000;

/// What one desk did.
struct Drained {
    name: &'static str,
    leads: u64,
    /// From the start of the process until all leads were stored.
    took: Duration,
    /// The part of it until the process answered.
    answered: Duration,
    cpu: Duration,
    peak: u64,
    /// Bytes on disk by file, when all is done.
    disk: Vec<(&'static str, u64)>,
}

pub fn run(arguments: &Arguments, report: &mut Report) {
    let leads = arguments.leads.unwrap_or(LEADS);
    report.say(&format!(
        "## What waits is taken in\n\n{} leads wait when the desk starts; no posts come meanwhile. Aim: ≥ 3,000 leads/s.",
        whole(leads as f64)
    ));
    eprintln!("drain: {leads} leads, one process");
    let mut all = vec![one_process(leads, arguments.connections)];
    match Pair::new() {
        Ok(pair) => {
            eprintln!("drain: {leads} leads, Redis");
            all.push(with_redis(&pair, leads, arguments.connections));
        }
        Err(reason) => report.say(&format!("Leadseal with Redis was left out: {reason}.")),
    }
    let heads = ["desk", "leads", "leads/s", "CPU µs per lead", "peak RSS MiB", "bytes per lead on disk"];
    let mut table = Table::new(&heads);
    for one in &all {
        let each = |bytes: u64| whole(bytes as f64 / one.leads as f64);
        let disk: Vec<String> = one.disk.iter().map(|(name, bytes)| format!("{name} {}", each(*bytes))).collect();
        table.row(vec![
            one.name.to_owned(),
            whole(one.leads as f64),
            whole(rate(one)),
            whole(one.cpu.as_secs_f64() * 1e6 / one.leads as f64),
            mib(one.peak),
            disk.join(", "),
        ]);
    }
    report.add("drain", &table, all.iter().map(figures).collect());
}

/// Leads a second, from the moment the desk answers.
fn rate(one: &Drained) -> f64 {
    one.leads as f64 / one.took.saturating_sub(one.answered).as_secs_f64().max(0.001)
}

/// The desk can't store while another writer holds `leads.db`, so that posts gather in the spool;
/// then the server is killed, the file let go, and the server started again.
fn one_process(leads: u64, connections: usize) -> Drained {
    let house = House::new();
    let server = house.serve();
    let pool = house.pool();
    let hold = Connection::open(house.data("leads.db")).expect("leads.db opens");
    hold.execute_batch("BEGIN IMMEDIATE").expect("leads.db is held");
    let accepted = generator::run(house.public, &pool, connections, Plan::Count(leads)).accepted;
    assert_eq!(http::gauge(house.private, "leadseal_leads"), Some(0), "the desk stored while its file was held");
    server.kill();
    hold.execute_batch("ROLLBACK").expect("leads.db is let go");
    drop(hold);

    let server = Process::start(&mut house.command(&["serve"]), &house.log());
    let drained = watch("one process", server, house.private, accepted, || house.sizes().to_vec());
    drop(house);
    drained
}

/// The capture node runs without a desk, and the desk starts when all posts are in Redis.
fn with_redis(pair: &Pair, leads: u64, connections: usize) -> Drained {
    let redis = pair.start_redis();
    let mut capture = Process::start(&mut pair.serve_command("capture"), &pair.log());
    capture.wait_until(|| http::is_ok(pair.public, "/readyz"));
    let pool = Pool::new(pair.public, &http::hidden_inputs(pair.public, "/f/contact?lang=ja"));
    let accepted = generator::run(pair.public, &pool, connections, Plan::Count(leads)).accepted;

    let desk = Process::start(&mut pair.serve_command("desk"), &pair.log());
    let spool = pair.capture().join("leadseal-data/spool.db");
    let drained = watch("with Redis", desk, pair.private, accepted, || {
        let desk =
            ["leads.db", "keyring.db"].map(|name| (name, with_log(&pair.desk().join("leadseal-data").join(name))));
        let mut disk = vec![("spool.db", with_log(&spool)), ("append-only file", pair.append_only_file())];
        disk.extend(desk);
        disk
    });
    capture.stop();
    redis.stop();
    drained
}

fn watch(
    name: &'static str,
    mut desk: Process,
    private: u16,
    leads: u64,
    disk: impl FnOnce() -> Vec<(&'static str, u64)>,
) -> Drained {
    let answered = desk.wait_until(|| http::is_ok(private, "/healthz"));
    wait_until_stored(private, leads);
    let took = desk.started.elapsed();
    let (cpu, peak) = (desk.usage().cpu, desk.peak_memory());
    desk.stop();
    Drained { name, leads, took, answered, cpu, peak, disk: disk() }
}

fn figures(one: &Drained) -> Value {
    json!({
        "desk": one.name,
        "leads": one.leads,
        "leads_per_second": round(rate(one)),
        "answered_after_ms": round(one.answered.as_secs_f64() * 1e3),
        "cpu_us_per_lead": round(one.cpu.as_secs_f64() * 1e6 / one.leads as f64),
        "peak_memory_bytes": one.peak,
        "bytes": one.disk.iter().map(|(name, bytes)| ((*name).to_owned(), json!(bytes))).collect::<serde_json::Map<_, _>>(),
    })
}
