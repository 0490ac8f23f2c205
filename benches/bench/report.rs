//! Figures as Markdown for people and as JSON for programs.

use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// What was measured. Tables are printed as they come in.
pub struct Report {
    figures: Map<String, Value>,
}

impl Report {
    /// Begins with the machine: figures mean nothing without it.
    pub fn new() -> Self {
        let machine = machine();
        println!("{}\n", machine.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; "));
        let machine: Map<String, Value> =
            machine.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self { figures: Map::from_iter([("machine".to_owned(), machine.into())]) }
    }

    /// Prints a table and keeps its figures under this name.
    pub fn add(&mut self, name: &str, table: &Table, figures: Value) {
        println!("{table}");
        self.figures.insert(name.to_owned(), figures);
    }

    /// A line for people.
    pub fn say(&self, line: &str) {
        println!("{line}\n");
    }

    /// All figures.
    pub fn json(&self) -> String {
        format!("{:#}\n", Value::Object(self.figures.clone()))
    }
}

fn machine() -> Vec<(&'static str, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model =
        cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |(_, m)| m);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ");
    vec![
        ("cores", format!("{cores} × {model}")),
        ("kernel", format!("Linux {}", read("/proc/sys/kernel/osrelease").trim())),
        ("file system", file_system()),
        ("load average before", load),
    ]
}

/// The kind of file system that the temporary directories are on.
fn file_system() -> String {
    let kind = rustix::fs::statfs(scratch()).map_or(0, |found| found.f_type);
    match kind {
        0xef53 => "ext4".to_owned(),
        0x5846_5342 => "xfs".to_owned(),
        0x9123_683e => "btrfs".to_owned(),
        0x0102_1994 => "tmpfs (an fsync costs nothing here: set CARGO_TARGET_DIR to a disk)".to_owned(),
        other => format!("type {other:#x}"),
    }
}

/// Where temporary directories are made: the build's folder, since `/tmp` may not be a disk.
pub fn scratch() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder
}

/// A Markdown table.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heads: &[&str]) -> Self {
        Self { heads: heads.iter().map(|&head| head.to_owned()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.heads.len(), "a row as wide as its table");
        self.rows.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        writeln!(out, "{}", line(&self.heads))?;
        writeln!(out, "|{}", "---|".repeat(self.heads.len()))?;
        for row in &self.rows {
            writeln!(out, "{}", line(row))?;
        }
        Ok(())
    }
}

/// Half, ninety-nine hundredths and greatest of sorted figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

impl Spread {
    /// In milliseconds, of microseconds.
    pub fn of_micros(sorted: &[u32]) -> Self {
        let at = |share: f64| {
            let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
            f64::from(sorted.get(index).copied().unwrap_or(0)) / 1000.0
        };
        Self { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }

    /// In milliseconds, of any durations.
    pub fn of(durations: &[Duration]) -> Self {
        let mut micros: Vec<u32> =
            durations.iter().map(|took| u32::try_from(took.as_micros()).unwrap_or(u32::MAX)).collect();
        micros.sort_unstable();
        Self::of_micros(&micros)
    }

    pub fn json(self) -> Value {
        json!({ "p50_ms": round(self.p50), "p99_ms": round(self.p99), "max_ms": round(self.max) })
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.1} / {:.1} / {:.1}", self.p50, self.p99, self.max)
    }
}

/// A whole number with its thousands apart.
pub fn whole(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as MiB.
pub fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1_048_576.0)
}

/// Three decimals are more than any of these figures mean.
pub fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
