//! A Redis server and a Sentinel in temporary directories, on ports of their own. Never uses a
//! server that it did not start.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// When the append-only file is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    EverySecond,
    Always,
}

pub struct Redis {
    pub port: u16,
    pub dir: PathBuf,
    pub fsync: Fsync,
    /// The primary it copies, at its start.
    pub replica_of: Option<u16>,
    pub kills: u64,
    child: Option<Child>,
}

impl Redis {
    pub fn new(dir: &Path, port: u16, fsync: Fsync) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        Self { port, dir: dir.to_owned(), fsync, replica_of: None, kills: 0, child: None }
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("redis.log")
    }

    /// The folder of the append-only files.
    pub fn append_only(&self) -> PathBuf {
        self.dir.join("appendonlydir")
    }

    pub fn start(&mut self) {
        assert!(self.child.is_none(), "redis runs already");
        let mut command = Command::new("redis-server");
        let fsync = if self.fsync == Fsync::Always { "always" } else { "everysec" };
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
        command.arg("--dir").arg(&self.dir).args(["--save", "", "--appendonly", "yes", "--appendfsync", fsync]);
        // What is compressed can't be searched.
        command.args(["--rdbcompression", "no", "--maxmemory-policy", "noeviction"]);
        if let Some(primary) = self.replica_of {
            command.args(["--replicaof", &format!("127.0.0.1 {primary}")]);
        }
        self.child = Some(spawn(command, &self.log()));
        self.wait_for("redis answers", |redis| redis.try_ask(&["PING"]).is_ok_and(|pong| pong == text("PONG")));
    }

    /// Waits for something to hold.
    pub fn wait_for(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            self.kills += 1;
        }
    }

    pub fn connect(&self) -> redis::RedisResult<redis::Connection> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?;
        let connection = client.get_connection_with_timeout(Duration::from_secs(2))?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(connection)
    }

    pub fn try_ask(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        ask_on(&mut self.connect()?, words)
    }

    /// Runs one command that must succeed.
    #[track_caller]
    pub fn ask(&self, words: &[&str]) -> redis::Value {
        self.try_ask(words).unwrap_or_else(|error| panic!("redis {words:?}: {error}"))
    }

    /// Every key.
    pub fn keys(&self) -> Vec<String> {
        let redis::Value::Array(keys) = self.ask(&["KEYS", "*"]) else { return Vec::new() };
        keys.iter().map(|key| String::from_utf8_lossy(&bytes_of(key)).into_owned()).collect()
    }

    /// Keys whose name ends so.
    pub fn keys_ending(&self, end: &str) -> Vec<String> {
        self.keys().into_iter().filter(|key| key.ends_with(end)).collect()
    }

    /// A line of `INFO`.
    pub fn info(&self, section: &str, name: &str) -> String {
        let text = String::from_utf8_lossy(&bytes_of(&self.ask(&["INFO", section]))).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::to_owned));
        line.unwrap_or_default()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn ask_on(connection: &mut redis::Connection, words: &[&str]) -> redis::RedisResult<redis::Value> {
    let mut command = redis::cmd(words[0]);
    words[1..].iter().for_each(|word| {
        command.arg(*word);
    });
    command.query(connection)
}

fn text(words: &str) -> redis::Value {
    redis::Value::SimpleString(words.to_owned())
}

/// Everything a reply says, as bytes with line ends between its parts.
pub fn bytes_of(value: &redis::Value) -> Vec<u8> {
    match value {
        redis::Value::BulkString(bytes) => bytes.clone(),
        redis::Value::SimpleString(text) => text.clone().into_bytes(),
        redis::Value::Int(number) => number.to_string().into_bytes(),
        redis::Value::Array(parts) | redis::Value::Set(parts) => {
            parts.iter().flat_map(|part| [bytes_of(part), b"\n".to_vec()].concat()).collect()
        }
        redis::Value::Map(pairs) => pairs
            .iter()
            .flat_map(|(key, value)| [bytes_of(key), b"\n".to_vec(), bytes_of(value), b"\n".to_vec()].concat())
            .collect(),
        _ => Vec::new(),
    }
}

/// A Sentinel that promotes the replica when the primary is gone for a second.
pub struct Sentinel {
    pub port: u16,
    child: Child,
}

impl Sentinel {
    pub fn start(dir: &Path, port: u16, primary: u16) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let config = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor mymaster 127.0.0.1 {primary} 1\n\
             sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 1500\n",
            dir.display()
        );
        let file = dir.join("sentinel.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel");
        Self { port, child: spawn(command, &dir.join("sentinel.log")) }
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(mut command: Command, log: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("redis-server does not start ({error}); install redis-server"))
}
