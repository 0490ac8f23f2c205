//! `export`: all leads into a file, masked and revealed.

use super::arguments::Arguments;
use super::house::House;
use super::process::{size, timed};
use super::report::{Report, Table, mib, round, whole};
use serde_json::json;
use std::process::Stdio;

const LEADS: u64 = 20_000;

pub fn run(arguments: &Arguments, report: &mut Report) {
    let wanted = arguments.leads.unwrap_or(LEADS);
    eprintln!("export: filling a desk with {wanted} leads");
    let (house, leads) = House::filled(wanted, arguments.connections);
    report.say(&format!("## Export\n\n{} leads into a file.", whole(leads as f64)));
    let mut table = Table::new(&["what", "leads/s", "ms", "peak RSS MiB", "bytes per lead"]);
    let mut figures = Vec::new();
    for (name, words) in [
        // Memory above that of an export of nothing is the leads'.
        ("CSV, revealed, nothing", "--format csv --reveal --since 2999-01-01"),
        ("CSV, masked", "--format csv"),
        ("JSON lines, masked", "--format jsonl"),
        ("CSV, revealed", "--format csv --reveal"),
        ("CSV in CP932, revealed", "--format csv-cp932 --reveal"),
        ("XLSX, revealed", "--format xlsx --reveal"),
        ("JSON lines, revealed", "--format jsonl --reveal"),
        ("preset hubspot", "--preset hubspot"),
        ("preset kintone, XLSX", "--preset kintone --form contact --format xlsx"),
        ("preset meta (nobody agreed)", "--preset meta"),
    ] {
        let file = house.beside("export");
        let mut command = house.command(&["export", "--reason", "handover", "--output"]);
        let (took, peak) = timed(command.arg(&file).args(words.split(' ')).stdout(Stdio::null()));
        let bytes = size(&file);
        std::fs::remove_file(&file).expect("the export was written");
        let written = if words.contains("--since") { 0 } else { leads };
        let rate = written as f64 / took.as_secs_f64();
        table.row(vec![
            name.to_owned(),
            whole(rate),
            whole(took.as_secs_f64() * 1e3),
            mib(peak),
            whole(bytes as f64 / leads as f64),
        ]);
        figures
            .push(json!({ "what": name, "leads_per_second": round(rate), "peak_memory_bytes": peak, "bytes": bytes }));
    }
    report.add("export", &table, json!({ "leads": leads, "exports": figures }));
}
