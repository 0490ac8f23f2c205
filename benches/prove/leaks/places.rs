//! The places that are looked through: files of every installation, rows of every table, Redis's
//! files and its live keys, logs, metrics, mails, commands, core files. Counts what it looked at.

use crate::check::Figures;
use crate::house::{House, Layout};
use crate::redis_server::{Redis, bytes_of};
use crate::support::canaries::{masked_commands, scan_dumps, scan_mails};
use crate::support::http::Request;
use crate::support::scanner::{Canary, Finding, Scanner};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub struct Places<'a> {
    scanner: &'a Scanner,
    /// What was found, by the kind of place.
    pub findings: Vec<(&'static str, Finding)>,
    /// Bytes looked at, by the kind of place.
    looked_at: BTreeMap<&'static str, u64>,
}

/// The kinds of places where the control must find something.
pub fn kinds(layout: Layout) -> &'static [&'static str] {
    if layout.is_split() {
        &["files", "rows", "logs", "mails", "commands", "redis files", "redis rdb", "redis keys"]
    } else {
        &["files", "rows", "logs", "mails", "commands"]
    }
}

/// Writes canaries in clear where the program never would.
pub fn plant(house: &mut House, typed: &[Canary]) {
    let words: String = typed.iter().map(|canary| format!("{}\n", canary.value)).collect();
    for member in &house.members {
        let mut log = std::fs::OpenOptions::new().append(true).open(member.log()).unwrap();
        log.write_all(words.as_bytes()).unwrap();
    }
    if let Some(redis) = &house.redis {
        redis.ask(&["SET", "control", &words]);
        redis.ask(&["XADD", "control:stream", "*", "typed", &words]);
    }
}

impl<'a> Places<'a> {
    pub fn new(scanner: &'a Scanner) -> Self {
        Self { scanner, findings: Vec::new(), looked_at: BTreeMap::new() }
    }

    fn note(&mut self, kind: &'static str, bytes: u64, findings: Vec<Finding>) {
        *self.looked_at.entry(kind).or_default() += bytes;
        for finding in findings {
            let known = |(_, other): &(&str, Finding)| other.canary == finding.canary && other.file == finding.file;
            if !self.findings.iter().any(known) {
                self.findings.push((kind, finding));
            }
        }
    }

    fn bytes(&mut self, kind: &'static str, label: &str, bytes: &[u8]) {
        let findings = self.scanner.scan_bytes(Path::new(label), bytes);
        self.note(kind, bytes.len() as u64, findings);
    }

    fn folder(&mut self, kind: &'static str, folder: &Path) {
        let findings = self.scanner.scan_paths(&[folder]).unwrap();
        self.note(kind, size_of(folder), findings);
    }

    /// Everything that can be looked at while the house runs.
    pub fn look_through(&mut self, house: &House) {
        for member in &house.members {
            for path in ["/metrics", "/readyz", "/healthz"] {
                let answer = Request::get(path).send(member.private).unwrap();
                self.bytes("metrics", &format!("{} {path}", member.name), &answer.body);
            }
        }
        let mails = house.relay.mails();
        let size = mails.iter().map(|mail| mail.raw.len() as u64).sum();
        let findings = scan_mails(self.scanner, &mails);
        self.note("mails", size, findings);
        self.bytes("commands", "commands", masked_commands(&house.desk_home).as_bytes());
        self.look_through_files(house);
    }

    /// Installations, their tables and logs, Redis's files.
    pub fn look_through_files(&mut self, house: &House) {
        for member in &house.members {
            // A log lies in its installation; it counts as a kind of its own.
            let findings = self.scanner.scan_file(&member.log()).unwrap();
            self.note("logs", size_of(&member.log()), findings);
            self.folder("files", &member.data());
            for entry in std::fs::read_dir(&member.home).unwrap() {
                let path = entry.unwrap().path();
                if path != member.log() && path != member.data() {
                    self.folder("files", &path);
                }
            }
            let findings = scan_dumps(self.scanner, &member.data());
            self.note("rows", size_of(&member.data()), findings);
        }
        if let Some(redis) = &house.redis {
            self.folder("redis files", &redis.dir);
        }
        let cores = cores(house);
        if let Some(core) = cores.first() {
            let finding = self.scanner.scan_file(core).unwrap();
            self.note("core files", size_of(core), finding);
        }
    }

    /// Live keys, the append-only file as it is and rewritten, and a snapshot.
    pub fn look_through_redis(&mut self, house: &mut House) {
        if house.redis.is_none() {
            return;
        }
        let redis = house.redis();
        for key in redis.keys() {
            let dump = dump_key(redis, &key);
            self.bytes("redis keys", &format!("redis {key}"), &dump);
        }
        self.folder("redis files", &redis.append_only());
        redis.ask(&["SAVE"]);
        self.folder("redis rdb", &redis.dir.join("dump.rdb"));
        redis.ask(&["BGREWRITEAOF"]);
        redis.wait_for("the append-only file is rewritten", |redis| {
            redis.info("persistence", "aof_rewrite_in_progress") == "0"
                && redis.info("persistence", "aof_rewrite_scheduled") == "0"
        });
        self.folder("redis files", &redis.append_only());
    }

    pub fn report(&self, figures: &mut Figures) {
        for (kind, bytes) in &self.looked_at {
            let found = self.findings.iter().filter(|(place, _)| place == kind).count();
            let words = format!("{kind}: {} KiB looked through, {found} findings", bytes / 1024);
            println!("    {words}");
            figures.notes.push(words);
        }
        figures.counts.push(("KiB looked through", self.looked_at.values().sum::<u64>() / 1024));
        figures.counts.push(("findings", self.findings.len() as u64));
        for (kind, finding) in self.findings.iter().take(12) {
            println!("      {kind}: {finding}");
        }
    }
}

/// Core files beside what ran.
fn cores(house: &House) -> Vec<PathBuf> {
    let homes = house.members.iter().flat_map(|member| std::fs::read_dir(&member.home).unwrap());
    let files = homes.map(|entry| entry.unwrap().path());
    files.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))).collect()
}

fn dump_key(redis: &Redis, key: &str) -> Vec<u8> {
    let kind = String::from_utf8_lossy(&bytes_of(&redis.ask(&["TYPE", key]))).into_owned();
    let value = match kind.as_str() {
        "string" => redis.ask(&["GET", key]),
        "list" => redis.ask(&["LRANGE", key, "0", "-1"]),
        "set" => redis.ask(&["SMEMBERS", key]),
        "zset" => redis.ask(&["ZRANGE", key, "0", "-1", "WITHSCORES"]),
        "hash" => redis.ask(&["HGETALL", key]),
        "stream" => redis.ask(&["XRANGE", key, "-", "+"]),
        other => panic!("{key} is of a kind that is not looked through: {other}"),
    };
    [key.as_bytes(), b"\n", &bytes_of(&value)].concat()
}

fn size_of(path: &Path) -> u64 {
    if !path.is_dir() {
        return std::fs::metadata(path).map_or(0, |meta| meta.len());
    }
    std::fs::read_dir(path).map_or(0, |entries| entries.flatten().map(|entry| size_of(&entry.path())).sum())
}
