//! The report: Markdown for people, JSON for programs, and a table on the screen.

use crate::arguments::Arguments;
use crate::check::Figures;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

pub struct Report {
    command: &'static str,
    profile: &'static str,
    seed: u64,
    folder: PathBuf,
    results: Vec<Figures>,
}

impl Figures {
    /// Its longest and its median recovery.
    fn recovery(&self) -> (Duration, Duration) {
        let mut sorted = self.recoveries.clone();
        sorted.sort_unstable();
        (sorted.last().copied().unwrap_or_default(), sorted.get(sorted.len() / 2).copied().unwrap_or_default())
    }

    /// The figures in one line.
    pub fn line(&self) -> String {
        if !self.counts.is_empty() {
            let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            return format!("{}: {}", if self.passed() { "ok" } else { "FAILED" }, counts.join(", "));
        }
        let (worst, median) = self.recovery();
        format!(
            "{}: {} kills, {} acknowledged, {} stored, {} lost, {} twice, recovery worst {:.2} s, median {:.2} s",
            if self.passed() { "ok" } else { "FAILED" },
            self.kills,
            self.acknowledged,
            self.stored,
            self.lost,
            self.twice,
            worst.as_secs_f64(),
            median.as_secs_f64()
        )
    }

    fn json(&self) -> serde_json::Value {
        if !self.counts.is_empty() {
            let counts: BTreeMap<&str, u64> = self.counts.iter().copied().collect();
            return json!({
                "name": self.name, "passed": self.passed(), "failures": self.failures, "notes": self.notes,
                "counts": counts,
            });
        }
        let (worst, median) = self.recovery();
        json!({
            "name": self.name, "passed": self.passed(), "skipped": self.skipped, "failures": self.failures,
            "notes": self.notes, "kills": self.kills, "submissions": self.submissions,
            "acknowledged": self.acknowledged, "stored": self.stored, "lost": self.lost, "twice": self.twice,
            "mixed_up": self.mixed_up, "aliases": self.aliases, "outbox_wrong": self.outbox_wrong,
            "unopened": self.unopened, "dead_mails": self.dead_mails, "mails": self.mails,
            "repeated_mails": self.repeated_mails, "second_message_ids": self.second_message_ids, "posts_cut": self.cut,
            "asked_again": self.asked_again, "audit_whole": self.audit_whole, "recoveries": self.recoveries.len(),
            "recovery_worst_ms": worst.as_millis() as u64, "recovery_median_ms": median.as_millis() as u64,
        })
    }

    /// One row of the table in Markdown.
    fn row(&self) -> String {
        if let Some(why) = &self.skipped {
            return format!("| {} | skipped: {why} | | | | | | | | | | |\n", self.name);
        }
        let (worst, median) = self.recovery();
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.2} | {:.2} |\n",
            self.name,
            if self.passed() { "ok" } else { "**failed**" },
            self.kills,
            self.acknowledged,
            self.stored,
            self.lost,
            self.twice,
            self.mails,
            self.repeated_mails,
            self.asked_again,
            worst.as_secs_f64(),
            median.as_secs_f64()
        )
    }
}

impl Report {
    pub fn new(arguments: &Arguments, results: Vec<Figures>) -> Self {
        let (command, profile) = (arguments.command.word(), arguments.profile());
        Self { command, profile, seed: arguments.seed, folder: arguments.report.clone(), results }
    }

    pub fn passed(&self) -> bool {
        self.results.iter().all(Figures::passed)
    }

    pub fn print(&self) {
        println!();
        for figures in &self.results {
            match &figures.skipped {
                Some(why) => println!("{:18} skipped: {why}", figures.name),
                None => println!("{:18} {}", figures.name, figures.line()),
            }
            figures.failures.iter().for_each(|failure| println!("{:18} - {failure}", ""));
        }
    }

    /// Writes `faults.md` and `faults.json`, or `leaks.…`.
    pub fn write(&self) -> std::io::Result<()> {
        if self.results.is_empty() {
            return Ok(());
        }
        std::fs::create_dir_all(&self.folder)?;
        let path = |end: &str| self.folder.join(format!("{}.{end}", self.command));
        std::fs::write(path("md"), self.markdown())?;
        std::fs::write(path("json"), serde_json::to_string_pretty(&self.json()).unwrap_or_default() + "\n")?;
        println!("\nreport: {} and .json", path("md").display());
        Ok(())
    }

    fn json(&self) -> serde_json::Value {
        let results: Vec<_> = self.results.iter().map(Figures::json).collect();
        json!({
            "command": self.command, "profile": self.profile, "seed": self.seed, "passed": self.passed(),
            "results": results,
        })
    }

    fn markdown(&self) -> String {
        let verdict = if self.passed() { "passed" } else { "FAILED" };
        let mut text = format!("# {} ({}, seed {}): {verdict}\n\n", self.command, self.profile, self.seed);
        text += &if self.command == "leaks" { self.leak_table() } else { self.fault_table() };
        for figures in self.results.iter().filter(|figures| figures.skipped.is_none()) {
            let _ = writeln!(text, "\n## {}\n", figures.name);
            figures.notes.iter().for_each(|note| text += &format!("- {note}\n"));
            figures.failures.iter().for_each(|failure| text += &format!("- **failed:** {failure}\n"));
        }
        text
    }

    fn leak_table(&self) -> String {
        let mut text = String::from("| proof | verdict | counts |\n|---|---|---|\n");
        for figures in &self.results {
            let verdict = figures.skipped.as_ref().map_or_else(|| figures.line(), |why| format!("skipped: {why}"));
            let (verdict, counts) = verdict.split_once(": ").unwrap_or((&verdict, ""));
            let _ = writeln!(text, "| {} | {verdict} | {counts} |", figures.name);
        }
        text + "\nA proof passes when nothing is found; a control when something is found in every kind of place.\n"
    }

    fn fault_table(&self) -> String {
        let mut text = String::from(
            "| scenario | verdict | kills | acknowledged | stored | lost | twice | mails | repeated | asked again | \
             recovery worst s | median s |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        self.results.iter().for_each(|figures| text += &figures.row());
        text + "\nAcknowledged: success answers that visitors were given. Lost: acknowledged and not stored. Twice: \
                submissions that became two leads.\nRepeated: mails that came again under their Message-ID. Asked \
                again: posts answered with 503. Recovery: from the end of a fault until\neverything acknowledged by \
                then was stored.\n"
    }
}
