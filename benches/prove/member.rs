//! One `leadseal serve` that is started, killed and started again. Knows its process by its own
//! handle and never touches another.

use crate::support::http::Request;
use crate::support::installation::LEADSEAL;
use crate::support::site_key::SiteKey;
use rustix::process::{Pid, Signal};
use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a process to answer or to end. Debug builds on a busy machine are slow.
const PATIENCE: Duration = Duration::from_secs(60);
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

pub struct Member {
    pub name: String,
    /// The folder of its `leadseal.toml`.
    pub home: PathBuf,
    /// Where visitors reach it, if they do.
    pub public: Option<SocketAddr>,
    pub private: SocketAddr,
    /// What `--role` is given; nothing for a program that has no such option.
    pub role: Option<&'static str>,
    /// How far its clock is off, as libfaketime writes it (`+1d`).
    pub clock: Option<String>,
    /// How often it was killed.
    pub kills: u64,
    child: Option<Child>,
}

impl Member {
    pub fn new(
        name: &str,
        home: &Path,
        role: Option<&'static str>,
        public: Option<SocketAddr>,
        private: SocketAddr,
    ) -> Self {
        let (name, home) = (name.to_owned(), home.to_owned());
        Self { name, home, public, private, role, clock: None, kills: 0, child: None }
    }

    pub fn config(&self) -> PathBuf {
        self.home.join("leadseal.toml")
    }

    pub fn data(&self) -> PathBuf {
        let config: toml::Table = std::fs::read_to_string(self.config()).unwrap().parse().unwrap();
        let named = config.get("data_dir").and_then(toml::Value::as_str).unwrap_or("leadseal-data");
        self.home.join(named)
    }

    /// What it wrote to standard output and error, over all its starts.
    pub fn log(&self) -> PathBuf {
        self.home.join("serve.log")
    }

    /// The command that runs it, not yet started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(LEADSEAL);
        // A core file, if one is left, is left here.
        command.current_dir(&self.home);
        command.arg("--config").arg(self.config()).arg("serve").stdin(Stdio::null());
        if let Some(role) = self.role {
            command.args(["--role", role]);
        }
        if let Some(clock) = &self.clock {
            // Timers must go on as before; only what the time of day is differs.
            command.env("LD_PRELOAD", FAKETIME).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command
    }

    /// Makes a key for the only site, as its operator would.
    pub fn site_key(&self) -> SiteKey {
        let mut command = Command::new(LEADSEAL);
        let made =
            command.arg("--config").arg(self.config()).args(["site-key", "new", "main", "--json"]).output().unwrap();
        assert!(made.status.success(), "site-key: {}", String::from_utf8_lossy(&made.stderr));
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        SiteKey::parse(made["key"].as_str().unwrap())
    }

    /// Starts it without waiting.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let log = self.open_log();
        self.child = Some(self.command().stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    }

    fn open_log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log()).unwrap()
    }

    /// Waits until every listener answers.
    pub fn wait_until_it_answers(&mut self) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                self.child = None;
                panic!("{} ended with {status}:\n{}", self.name, self.tail());
            }
            if self.answers() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{} does not answer:\n{}", self.name, self.tail());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn answers(&self) -> bool {
        let health = |at: SocketAddr| Request::get("/healthz").send(at).is_ok_and(|answer| answer.status == 200);
        health(self.private) && self.public.is_none_or(health)
    }

    pub fn start(&mut self) {
        self.spawn();
        self.wait_until_it_answers();
    }

    /// `kill -9`. Nothing happens when it does not run.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            self.kills += 1;
        }
    }

    pub fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// How it ended after a signal that should end it.
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().expect("it runs").try_wait().unwrap() {
                self.child = None;
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "{} does not end:\n{}", self.name, self.tail());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM, as an operator's stop.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        let text = String::from_utf8_lossy(&std::fs::read(self.log()).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether clocks can be put wrong on this machine.
pub fn has_faketime() -> bool {
    Path::new(FAKETIME).exists()
}
