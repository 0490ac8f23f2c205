//! `capture`: what accepting a post costs, beside the least it could cost.

use super::arguments::Arguments;
use super::bodies::Pool;
use super::generator::{self, Outcome, Plan};
use super::house::House;
use super::process::Usage;
use super::redis::Pair;
use super::report::{Report, Spread, Table, mib, round, whole};
use super::stand::Stand;
use serde_json::{Value, json};
use std::time::Duration;

/// Posts before anything is measured: connections, caches and the first pages of files.
const WARM_UP: u64 = 1000;
/// Posts a second of the open loop.
const STEADY_RATE: u32 = 1000;
/// Starts, of which the median counts.
const STARTS: usize = 5;

/// What one server did.
struct Measured {
    name: &'static str,
    full: Outcome,
    steady: Outcome,
    /// While posts came in at full speed.
    during: Usage,
    /// The same, and until the desk had stored them.
    until_stored: Usage,
    memory: Vec<(&'static str, u64)>,
    /// From the start to the first 200 of `/readyz`, before and after all posts.
    ready_empty: Duration,
    ready_filled: Duration,
    /// Bytes of a post's body, on average.
    body: u64,
}

pub fn run(arguments: &Arguments, report: &mut Report) {
    let (stands, missing) = stands();
    let mut page = None;
    let mut all = Vec::new();
    for stand in &stands {
        eprintln!("capture: {}", stand.name());
        all.push(measure(stand, &mut page, arguments));
    }
    if let Some(reason) = missing {
        report.say(&format!("Leadseal with Redis was left out: {reason}."));
    }
    tell_full_speed(arguments, &all, report);
    tell_steady(arguments, &all, report);
    tell_share(&all, report);
}

fn stands() -> (Vec<Stand>, Option<&'static str>) {
    let mut stands = vec![Stand::Leadseal(House::new())];
    let missing = match Pair::new() {
        Ok(pair) => {
            stands.push(Stand::Redis(pair));
            None
        }
        Err(reason) => Some(reason),
    };
    stands.extend([Stand::bare(true), Stand::bare(false)]);
    (stands, missing)
}

fn measure(stand: &Stand, page: &mut Option<Vec<(String, String)>>, arguments: &Arguments) -> Measured {
    let ready_empty = ready(stand);
    let (running, _) = stand.start();
    let hidden = stand.hidden_inputs().or_else(|| page.clone()).expect("a form's page was loaded before");
    let pool = stand.pool(&hidden);
    *page = Some(hidden);
    let load = |pool: &Pool, plan| generator::run(stand.port(), pool, arguments.connections, plan);

    let mut leads = load(&pool, Plan::Count(WARM_UP)).accepted;
    stand.settle(leads);
    let before = running.usage();
    let full = load(&pool, Plan::Closed(arguments.length));
    let during = running.usage() - before;
    leads += full.accepted;
    stand.settle(leads);
    let until_stored = running.usage() - before;
    let steady = load(&pool, Plan::Open(STEADY_RATE, arguments.length));
    let memory = running.peak_memory();
    stand.settle(leads + steady.accepted);
    running.stop();
    Measured {
        name: stand.name(),
        full,
        steady,
        during,
        until_stored,
        memory,
        ready_empty,
        ready_filled: ready(stand),
        body: pool.mean_body(),
    }
}

/// How long the front takes to get ready: the median of some starts.
fn ready(stand: &Stand) -> Duration {
    let start = |_| {
        let (running, took) = stand.start();
        running.stop();
        took
    };
    let mut starts: Vec<Duration> = (0..STARTS).map(start).collect();
    starts.sort_unstable();
    starts[STARTS / 2]
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn each(whole: f64, posts: u64) -> f64 {
    whole / posts.max(1) as f64
}

fn tell_full_speed(arguments: &Arguments, all: &[Measured], report: &mut Report) {
    report.say(&format!(
        "## Posts at full speed\n\n{} connections, {} s, closed loop, bodies of {} bytes on average. Processor time \
         and bytes are those of all processes of a server, per accepted post.",
        arguments.connections,
        arguments.length.as_secs(),
        whole(all.first().map_or(0, |one| one.body) as f64)
    ));
    let mut table = Table::new(&[
        "server",
        "accepted/s",
        "refused",
        "p50 / p99 / max ms",
        "CPU µs during load",
        "CPU µs until stored",
        "generator's CPU µs",
        "written bytes until stored",
        "peak RSS MiB",
        "ready ms, empty / after all posts",
    ]);
    for one in all {
        let accepted = one.full.accepted;
        let memory: Vec<String> = one.memory.iter().map(|(_, bytes)| mib(*bytes)).collect();
        table.row(vec![
            one.name.to_owned(),
            whole(one.full.rate()),
            whole(one.full.refused as f64),
            Spread::of_micros(&one.full.latencies).to_string(),
            whole(each(one.during.cpu.as_secs_f64() * 1e6, accepted)),
            whole(each(one.until_stored.cpu.as_secs_f64() * 1e6, accepted)),
            whole(each(one.full.cpu.as_secs_f64() * 1e6, accepted)),
            whole(each(one.until_stored.written as f64, accepted)),
            memory.join(" + "),
            format!("{:.0} / {:.0}", millis(one.ready_empty), millis(one.ready_filled)),
        ]);
    }
    let figures: Vec<Value> = all.iter().map(figures).collect();
    report.add(
        "capture",
        &table,
        json!({ "connections": arguments.connections,
        "mean_body_bytes": all.first().map(|one| one.body), "servers": figures }),
    );
}

fn tell_steady(arguments: &Arguments, all: &[Measured], report: &mut Report) {
    report.say(&format!(
        "## Posts at {} a second\n\n{} s, open loop on a fixed schedule; latency counts from when a post was due.",
        whole(f64::from(STEADY_RATE)),
        arguments.length.as_secs()
    ));
    let mut table = Table::new(&["server", "accepted", "refused", "p50 / p99 / max ms"]);
    for one in all {
        let spread = Spread::of_micros(&one.steady.latencies).to_string();
        table.row(vec![
            one.name.to_owned(),
            whole(one.steady.accepted as f64),
            whole(one.steady.refused as f64),
            spread,
        ]);
    }
    let figures: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({ "server": one.name, "accepted": one.steady.accepted, "refused": one.steady.refused,
            "latency": Spread::of_micros(&one.steady.latencies).json() })
        })
        .collect();
    report.add("capture_steady", &table, json!({ "rate": STEADY_RATE, "servers": figures }));
}

fn tell_share(all: &[Measured], report: &mut Report) {
    let find = |name: &str| all.iter().find(|one| one.name == name);
    let (Some(ours), Some(bare)) = (all.first(), find("bare axum, fsynced append")) else { return };
    let mut table = Table::new(&["what", "aim", "seen"]);
    let share = 100.0 * ours.full.rate() / bare.full.rate().max(1.0);
    let steady = Spread::of_micros(&ours.steady.latencies).p99;
    table.row(vec!["full speed, of the bare handler that fsyncs".into(), "≥ 50 %".into(), format!("{share:.0} %")]);
    table.row(vec!["p99 at 1,000 posts a second".into(), "≤ 25 ms".into(), format!("{steady:.1} ms")]);
    let ready = [ours.ready_empty, ours.ready_filled].map(millis);
    table.row(vec!["ready after start, empty".into(), "≤ 300 ms".into(), format!("{:.0} ms", ready[0])]);
    table.row(vec!["ready after start, after all posts".into(), "≤ 300 ms".into(), format!("{:.0} ms", ready[1])]);
    report.say("Leadseal in one process, beside its aims:");
    report.add(
        "capture_aims",
        &table,
        json!({
        "share_of_bare_fsync_percent": round(share), "steady_p99_ms": round(steady), "ready_ms": ready.map(round) }),
    );
}

fn figures(one: &Measured) -> Value {
    let accepted = one.full.accepted;
    let micros = |cpu: Duration| round(each(cpu.as_secs_f64() * 1e6, accepted));
    json!({
        "server": one.name,
        "accepted": accepted,
        "refused": one.full.refused,
        "accepted_per_second": round(one.full.rate()),
        "latency": Spread::of_micros(&one.full.latencies).json(),
        "cpu_us_per_post_during_load": micros(one.during.cpu),
        "cpu_us_per_post_until_stored": micros(one.until_stored.cpu),
        "generator_cpu_us_per_post": micros(one.full.cpu),
        "generator_cpu_seconds": one.full.cpu.as_secs_f64(),
        "bytes_written_per_post": round(each(one.until_stored.written as f64, accepted)),
        "peak_memory_bytes": one.memory.iter().map(|(name, bytes)| ((*name).to_owned(), json!(bytes))).collect::<serde_json::Map<_, _>>(),
        "ready_ms": { "empty": round(millis(one.ready_empty)), "after_all_posts": round(millis(one.ready_filled)) },
    })
}
