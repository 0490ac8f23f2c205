//! The four servers that are compared: what has to run for each, and what it used.

use super::bodies::Pool;
use super::house::{self, House};
use super::http;
use super::process::{Process, Usage, free_ports};
use super::redis::Pair;
use super::report::scratch;
use std::process::Command;
use std::time::Duration;

/// A server under test; nothing runs yet.
pub enum Stand {
    Leadseal(House),
    Redis(Pair),
    Bare { dir: tempfile::TempDir, port: u16, fsync: bool },
}

/// All its processes.
pub struct Running {
    /// What visitors reach first; then what stands behind it.
    pub parts: Vec<(&'static str, Process)>,
}

impl Stand {
    pub fn bare(fsync: bool) -> Self {
        let [port] = free_ports();
        Self::Bare { dir: tempfile::tempdir_in(scratch()).expect("a temporary directory"), port, fsync }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Leadseal(_) => "Leadseal, one process",
            Self::Redis(_) => "Leadseal with Redis",
            Self::Bare { fsync: true, .. } => "bare axum, fsynced append",
            Self::Bare { fsync: false, .. } => "bare axum",
        }
    }

    /// The port that takes posts.
    pub fn port(&self) -> u16 {
        match self {
            Self::Leadseal(house) => house.public,
            Self::Redis(pair) => pair.public,
            Self::Bare { port, .. } => *port,
        }
    }

    /// The process that takes posts, not started.
    fn front(&self) -> Command {
        match self {
            Self::Leadseal(house) => house.command(&["serve"]),
            Self::Redis(pair) => pair.serve_command("capture"),
            Self::Bare { dir, port, fsync } => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.arg(if *fsync { "serve-bare-fsync" } else { "serve-bare" }).arg(port.to_string());
                if *fsync {
                    command.arg(dir.path().join("journal"));
                }
                command
            }
        }
    }

    /// Starts everything; gives how long the front took from its start to its first 200.
    pub fn start(&self) -> (Running, Duration) {
        let log = match self {
            Self::Leadseal(house) => house.log(),
            Self::Redis(pair) => pair.log(),
            Self::Bare { dir, .. } => dir.path().join("log"),
        };
        let mut behind = Vec::new();
        if let Self::Redis(pair) = self {
            behind.push(("redis", pair.start_redis()));
            let mut desk = Process::start(&mut pair.serve_command("desk"), &log);
            desk.wait_until(|| http::is_ok(pair.private, "/healthz"));
            behind.push(("desk", desk));
        }
        let mut front = Process::start(&mut self.front(), &log);
        let took = front.wait_until(|| http::is_ok(self.port(), "/readyz"));
        let mut parts = vec![("front", front)];
        parts.append(&mut behind);
        (Running { parts }, took)
    }

    /// The hidden inputs of its form's page; nothing where there is no page.
    pub fn hidden_inputs(&self) -> Option<Vec<(String, String)>> {
        (!matches!(self, Self::Bare { .. })).then(|| http::hidden_inputs(self.port(), "/f/contact?lang=ja"))
    }

    /// Posts for it. The bare handlers get those of a page that was loaded elsewhere.
    pub fn pool(&self, page: &[(String, String)]) -> Pool {
        Pool::new(self.port(), page)
    }

    /// Waits until everything accepted is stored by the desk, where there is one.
    pub fn settle(&self, leads: u64) {
        match self {
            Self::Leadseal(house) => house::wait_until_stored(house.private, leads),
            Self::Redis(pair) => house::wait_until_stored(pair.private, leads),
            Self::Bare { .. } => Duration::ZERO,
        };
    }
}

impl Running {
    /// What all processes used so far.
    pub fn usage(&self) -> Usage {
        self.parts.iter().map(|(_, part)| part.usage()).fold(Usage::default(), |sum, one| sum + one)
    }

    /// Most memory of each process, in bytes.
    pub fn peak_memory(&self) -> Vec<(&'static str, u64)> {
        self.parts.iter().map(|(name, part)| (*name, part.peak_memory())).collect()
    }

    /// Stops them in order: the front first.
    pub fn stop(self) {
        for (name, part) in self.parts {
            // The bare handlers know no shutdown.
            if name == "front" { part.kill() } else { part.stop() }
        }
    }
}
