//! A real redis-server on a free port of loopback, in a directory of its own.

use super::eventually;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running Redis, or one that was killed and can be started again. Ends with the value.
pub struct RedisServer {
    dir: TempDir,
    port: u16,
    /// The user that the test itself logs in as.
    login: Option<(String, String)>,
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
        Self::begin(settings, None)
    }

    /// Starts one with the users of an ACL file; `login` is the one that the test itself uses.
    pub fn start_with_users(acl: &Path, login: (&str, &str)) -> Self {
        let settings = [("appendonly", "yes".to_owned()), ("aclfile", acl.display().to_string())];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::begin(settings, Some((login.0.to_owned(), login.1.to_owned())))
    }

    /// Starts a sentinel with these settings, each without the word `sentinel`.
    pub fn start_sentinel(settings: &[&str]) -> Self {
        let settings = settings.iter().map(|setting| ("sentinel".to_owned(), (*setting).to_owned())).collect();
        Self::begin(settings, None)
    }

    fn begin(settings: Vec<(String, String)>, login: Option<(String, String)>) -> Self {
        let port = free_port();
        let mut server = Self { dir: tempfile::tempdir().unwrap(), port, login, settings, process: None };
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
        let is_sentinel = self.settings.iter().any(|(name, _)| name == "sentinel");
        let mut config = format!(
            "bind 127.0.0.1\nport {}\ndir {}\nlogfile {}\n",
            self.port,
            self.dir().display(),
            self.log().display()
        );
        config.push_str(if is_sentinel { "" } else { "save \"\"\n" });
        for (name, value) in &self.settings {
            writeln!(config, "{name} {value}").unwrap();
        }
        let file = self.dir().join("redis.conf");
        std::fs::write(&file, config).unwrap();
        let process = Command::new("redis-server")
            .arg(&file)
            .args(is_sentinel.then_some("--sentinel"))
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

    /// Runs a command as another user and gives what it prints, errors too.
    pub fn command_as(&self, username: &str, password: &str, arguments: &[&str]) -> String {
        let done = self.cli(Some((username, password)), arguments).unwrap();
        format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
    }

    /// As [`Self::command`], but nothing when it fails.
    pub fn try_command(&self, arguments: &[&str]) -> Option<String> {
        TcpStream::connect(self.address()).ok()?;
        let login = self.login.as_ref().map(|(name, password)| (name.as_str(), password.as_str()));
        let done = self.cli(login, arguments)?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }

    fn cli(&self, login: Option<(&str, &str)>, arguments: &[&str]) -> Option<Output> {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]);
        if let Some((username, password)) = login {
            command.args(["--no-auth-warning", "--user", username, "--pass", password]);
        }
        command.args(arguments).output().ok()
    }
}

/// A free port on loopback. A cluster also listens 10,000 above it, where there is none over 65,535.
pub fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
