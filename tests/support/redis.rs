//! A real redis-server on a free port of loopback, in a directory of its own.

use super::eventually;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running Redis, or one that was killed and can be started again. Ends with the value.
pub struct RedisServer {
    dir: TempDir,
    port: u16,
    settings: Vec<(String, String)>,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one that keeps an append-only file.
    pub fn start() -> Self {
        Self::start_with(&[("appendonly", "yes"), ("appendfsync", "everysec")])
    }

    /// Starts one with these settings besides address, port and directory.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { dir: tempfile::tempdir().unwrap(), port, settings, process: None };
        server.run();
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Its address as a setting.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Its files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What it says about itself.
    pub fn log(&self) -> PathBuf {
        self.dir.path().join("redis.log")
    }

    /// Starts it again on the same port and files.
    #[track_caller]
    pub fn run(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let mut config = format!(
            "bind 127.0.0.1\nport {}\ndir {}\nlogfile {}\nsave \"\"\n",
            self.port,
            self.dir().display(),
            self.log().display()
        );
        for (name, value) in &self.settings {
            writeln!(config, "{name} {value}").unwrap();
        }
        let file = self.dir().join("redis.conf");
        std::fs::write(&file, config).unwrap();
        let process = Command::new("redis-server")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is needed: apt-get install redis-server");
        self.process = Some(process);
        eventually("redis answers", PATIENCE, || self.try_command(&["PING"]).filter(|answer| answer.contains("PONG")));
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Runs a command with redis-cli and gives what it prints.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> String {
        self.try_command(arguments).unwrap_or_else(|| panic!("redis-cli {arguments:?} failed"))
    }

    fn try_command(&self, arguments: &[&str]) -> Option<String> {
        TcpStream::connect(self.address()).ok()?;
        let done = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(arguments).output().ok()?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
