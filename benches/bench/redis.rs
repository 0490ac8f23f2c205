//! A Redis of the bench's own, and Leadseal in two processes around it.

use super::house::{LEADSEAL, command, init, settings};
use super::process::{Process, free_ports, size};
use super::report::scratch;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A capture node and a desk with Redis between them; nothing runs yet.
pub struct Pair {
    dir: tempfile::TempDir,
    /// The capture node's public listener.
    pub public: u16,
    /// The desk's private listener.
    pub private: u16,
    capture_private: u16,
    redis: u16,
}

impl Pair {
    /// Nothing, with the reason, where this build or this machine can't run it.
    pub fn new() -> Result<Self, &'static str> {
        possible()?;
        let dir = tempfile::tempdir_in(scratch()).expect("a temporary directory");
        let [public, private, capture_private, redis] = free_ports();
        let pair = Self { dir, public, private, capture_private, redis };
        init(&pair.desk());
        copy_forms(&pair.desk(), &pair.capture());
        pair.configure("");
        let enrolled = command(&pair.desk().join("leadseal.toml"), &["enrol", "web1", "--out"])
            .arg(pair.capture().join("enrolment"))
            .stdout(Stdio::null())
            .status()
            .expect("leadseal runs");
        assert!(enrolled.success(), "leadseal enrol failed");
        Ok(pair)
    }

    /// Writes both configurations; `more` goes into the desk's.
    pub fn configure(&self, more: &str) {
        let redis = format!("[redis]\nurl = \"redis://127.0.0.1:{}\"\n", self.redis);
        let [unused] = free_ports();
        let capture = settings(self.public, self.capture_private);
        let desk = settings(unused, self.private);
        let node = "[node]\nenrolment = \"enrolment\"\n";
        std::fs::write(self.capture().join("leadseal.toml"), format!("{capture}{redis}{node}")).expect("it is written");
        std::fs::write(self.desk().join("leadseal.toml"), format!("{desk}{redis}{more}")).expect("it is written");
    }

    pub fn desk(&self) -> PathBuf {
        self.dir.path().join("desk")
    }

    pub fn capture(&self) -> PathBuf {
        self.dir.path().join("capture")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// `serve` in this role, not started.
    pub fn serve_command(&self, role: &str) -> Command {
        let root = if role == "desk" { self.desk() } else { self.capture() };
        command(&root.join("leadseal.toml"), &["serve", "--role", role])
    }

    /// Redis that answers a write when it is fsynced.
    pub fn start_redis(&self) -> Process {
        let folder = self.dir.path().join("redis");
        std::fs::create_dir_all(&folder).expect("a folder for Redis");
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.redis.to_string(), "--save", "", "--daemonize", "no"]);
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder);
        let mut redis = Process::start(&mut command, &self.log());
        redis.wait_until(|| TcpStream::connect(("127.0.0.1", self.redis)).is_ok());
        redis
    }

    /// Length of the append-only file in all its parts.
    pub fn append_only_file(&self) -> u64 {
        let parts = std::fs::read_dir(self.dir.path().join("redis/appendonlydir")).into_iter().flatten().flatten();
        parts.map(|part| size(&part.path())).sum()
    }
}

fn possible() -> Result<(), &'static str> {
    let help = Command::new(LEADSEAL).args(["serve", "--help"]).output().expect("leadseal runs").stdout;
    if !String::from_utf8_lossy(&help).contains("--role") {
        return Err("this build of leadseal has no roles");
    }
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) { Ok(()) } else { Err("redis-server is not installed") }
}

fn copy_forms(from: &Path, to: &Path) {
    let forms = to.join("forms");
    std::fs::create_dir_all(&forms).expect("a folder for forms");
    for form in std::fs::read_dir(from.join("forms")).expect("the forms").flatten() {
        std::fs::copy(form.path(), forms.join(form.file_name())).expect("a form is copied");
    }
}
