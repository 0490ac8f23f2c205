//! An installation made by `leadseal init` in a temporary directory, and the server run from it.

use super::eventually;
use super::http::{Request, Response};
use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Longest wait for a server to start or stop. Debug builds on a busy machine are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// What moves a program's clock.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// The command under test.
pub const LEADSEAL: &str = env!("CARGO_BIN_EXE_leadseal");

/// A configuration, forms, keys and data that go when the test ends.
pub struct Installation {
    dir: tempfile::TempDir,
    /// Where the public listener is.
    pub public: SocketAddr,
    /// Where the private listener is.
    pub private: SocketAddr,
}

impl Installation {
    /// `leadseal init`, then listeners on free ports and logs at trace level. Mail is not set up.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = Command::new(LEADSEAL).arg("init").arg("--dir").arg(dir.path().join("house")).output().unwrap();
        assert!(made.status.success(), "init: {}", String::from_utf8_lossy(&made.stderr));
        let (public, private) = free_addresses();
        let installation = Self { dir, public, private };
        installation.listen_there();
        installation.set("log", "filter", "trace");
        // Tests post in bursts from one address.
        installation.set("limits", "posts_per_minute", 100_000);
        installation.set("limits", "views_per_minute", 100_000);
        installation
    }

    /// A capture node with the forms and limits of a desk, and nothing else of it. Its enrolment is
    /// still to be made.
    pub fn capture_node(desk: &Self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("house");
        std::fs::create_dir_all(root.join("forms")).unwrap();
        for form in std::fs::read_dir(desk.root().join("forms")).unwrap() {
            let form = form.unwrap().path();
            std::fs::copy(&form, root.join("forms").join(form.file_name().unwrap())).unwrap();
        }
        let mut config: toml::Table = std::fs::read_to_string(desk.config()).unwrap().parse().unwrap();
        config.remove("data_dir");
        config.remove("keys");
        std::fs::write(root.join("leadseal.toml"), toml::to_string(&config).unwrap()).unwrap();
        let (public, private) = free_addresses();
        let node = Self { dir, public, private };
        node.listen_there();
        node
    }

    fn listen_there(&self) {
        for (section, address) in [("public", self.public), ("private", self.private)] {
            self.set(section, "listen", address.to_string());
            self.set(section, "url", format!("http://{address}"));
        }
    }

    /// Sets the user by which it logs into Redis.
    pub fn log_into_redis(&self, username: &str, password: &str) {
        let file = self.root().join("redis-password");
        std::fs::write(&file, format!("{password}\n")).unwrap();
        set_mode(&file, 0o600);
        self.set("redis", "username", username);
        self.set("redis", "password_file", "redis-password");
    }

    /// The directory that holds all of it.
    pub fn root(&self) -> PathBuf {
        self.dir.path().join("house")
    }

    /// `leadseal.toml`.
    pub fn config(&self) -> PathBuf {
        self.root().join("leadseal.toml")
    }

    /// A form's file.
    pub fn form(&self, form: &str) -> PathBuf {
        self.root().join("forms").join(format!("{form}.toml"))
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        let config: toml::Table = std::fs::read_to_string(self.config()).unwrap().parse().unwrap();
        let named = config.get("data_dir").and_then(toml::Value::as_str).unwrap_or("leadseal-data");
        self.root().join(named)
    }

    /// Everything the servers run from here wrote to standard error.
    pub fn log_file(&self) -> PathBuf {
        self.dir.path().join("stderr.log")
    }

    /// The log's text.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Sets `[section] key = value` in `leadseal.toml`.
    pub fn set(&self, section: &str, key: &str, value: impl Into<toml::Value>) {
        edit_toml(&self.config(), |config| {
            let table = config.entry(section).or_insert_with(|| toml::Table::new().into());
            table.as_table_mut().unwrap().insert(key.to_owned(), value.into());
        });
    }

    /// Changes a form's definition.
    pub fn edit_form(&self, form: &str, change: impl FnOnce(&mut toml::Table)) {
        edit_toml(&self.form(form), change);
    }

    /// Sends mail to a relay on this machine.
    pub fn set_relay(&self, relay: SocketAddr) {
        self.set("mail", "host", relay.ip().to_string());
        self.set("mail", "port", i64::from(relay.port()));
        self.set("mail", "security", "plain");
    }

    /// Runs a command with this configuration to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(LEADSEAL).arg("--config").arg(self.config()).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; gives its output.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "leadseal {arguments:?} failed\n{out}\n{error}");
        out.into_owned()
    }

    /// Starts `serve` and waits until both listeners answer.
    #[track_caller]
    pub fn serve(&self) -> Server {
        self.serve_under(&[])
    }

    /// Starts `serve` in one of the roles and waits until its listeners answer.
    #[track_caller]
    pub fn serve_role(&self, role: &str) -> Server {
        self.start(&[], &["--role", role], role != "desk")
    }

    /// As [`Self::serve_role`], with a clock that is off by so much, e.g. `-1d`.
    #[track_caller]
    pub fn serve_role_at(&self, role: &str, clock: &str) -> Server {
        let [preload, offset] = clock_off_by(clock);
        self.start(&["env", &preload, &offset], &["--role", role], role != "desk")
    }

    /// As [`Self::serve`], with a clock that is off by so much, e.g. `+400d`.
    #[track_caller]
    pub fn serve_at(&self, clock: &str) -> Server {
        let [preload, offset] = clock_off_by(clock);
        self.serve_under(&["env", &preload, &offset])
    }

    /// As [`Self::run`], with a clock that is off by so much.
    pub fn run_at(&self, clock: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("env");
        command.args(clock_off_by(clock)).arg(LEADSEAL).arg("--config").arg(self.config()).args(arguments);
        command.output().unwrap()
    }

    /// Starts `serve` under another command (`["strace", "-f", "-o", FILE]`).
    #[track_caller]
    pub fn serve_under(&self, wrapper: &[&str]) -> Server {
        self.start(wrapper, &[], true)
    }

    #[track_caller]
    fn start(&self, wrapper: &[&str], arguments: &[&str], has_public: bool) -> Server {
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        let mut words: Vec<&str> = wrapper.to_vec();
        words.push(LEADSEAL);
        let child = Command::new(words[0])
            .args(&words[1..])
            .arg("--config")
            .arg(self.config())
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server { child, public: self.public, private: self.private, log: self.log_file() };
        server.wait_until_it_answers(has_public);
        server
    }
}

/// A running `leadseal serve`. Killed when it is dropped.
pub struct Server {
    child: Child,
    public: SocketAddr,
    private: SocketAddr,
    log: PathBuf,
}

impl Server {
    #[track_caller]
    fn wait_until_it_answers(&mut self, has_public: bool) {
        // `/healthz` rather than `/readyz`: a restart with dead letters is running, not ready.
        let (public, private) = (self.public, self.private);
        eventually("the server answers", PATIENCE, || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", tail(&self.log));
            }
            let health = Request::get("/healthz").send(private).ok()?;
            if has_public {
                Request::get("/healthz").send(public).ok()?;
            }
            (health.status == 200).then_some(())
        });
    }

    /// Asks the public listener.
    #[track_caller]
    pub fn public(&self, request: &Request) -> Response {
        request.send(self.public).unwrap_or_else(|error| panic!("{error}\n{}", tail(&self.log)))
    }

    /// Asks the private listener.
    #[track_caller]
    pub fn private(&self, request: &Request) -> Response {
        request.send(self.private).unwrap_or_else(|error| panic!("{error}\n{}", tail(&self.log)))
    }

    /// Where the public listener is.
    pub fn public_address(&self) -> SocketAddr {
        self.public
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as an operator's stop; waits until it ended well.
    #[track_caller]
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = eventually("the server stops", PATIENCE, || self.child.try_wait().unwrap());
        assert!(status.success(), "the server ended with {status}:\n{}", tail(&self.log));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The environment in which a program's clock is off by so much.
fn clock_off_by(offset: &str) -> [String; 2] {
    [format!("LD_PRELOAD={FAKETIME}"), format!("FAKETIME={offset}")]
}

/// Sets a file's permissions.
pub fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

/// Two free addresses on loopback. Both are held while they are chosen, so they differ.
fn free_addresses() -> (SocketAddr, SocketAddr) {
    let (one, two) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    (one.local_addr().unwrap(), two.local_addr().unwrap())
}

/// Changes a TOML file.
pub fn edit_toml(path: &Path, change: impl FnOnce(&mut toml::Table)) {
    let mut table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    change(&mut table);
    std::fs::write(path, toml::to_string(&table).unwrap()).unwrap();
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
