//! Installations of Leadseal for the bench: made by `leadseal init`, without mail relay unless told,
//! behind a proxy that is believed, with room in the spool.

use super::bodies::Pool;
use super::generator::{self, Plan};
use super::http;
use super::process::{Process, free_ports, size};
use super::report::scratch;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const LEADSEAL: &str = env!("CARGO_BIN_EXE_leadseal");

/// Longest wait for a desk to take in what waits.
const PATIENCE: Duration = Duration::from_secs(600);

/// One installation in one process.
pub struct House {
    place: PathBuf,
    /// Goes with the house, unless its place was chosen.
    _dir: Option<tempfile::TempDir>,
    pub public: u16,
    pub private: u16,
}

impl House {
    pub fn new() -> Self {
        let dir = tempfile::tempdir_in(scratch()).expect("a temporary directory");
        let [public, private] = free_ports();
        let house = Self { place: dir.path().to_owned(), _dir: Some(dir), public, private };
        init(&house.root());
        house.configure("");
        house
    }

    /// A house that stays, in a chosen folder; whether it was made just now.
    pub fn kept(place: &Path) -> (Self, bool) {
        let [public, private] = free_ports();
        let house = Self { place: place.to_owned(), _dir: None, public, private };
        let is_new = !house.config().exists();
        if is_new {
            std::fs::create_dir_all(place).expect("a folder for the house");
            init(&house.root());
        }
        (house, is_new)
    }

    /// Writes `leadseal.toml` with further sections.
    pub fn configure(&self, more: &str) {
        let settings = settings(self.public, self.private);
        std::fs::write(self.config(), format!("{settings}{more}")).expect("the configuration is written");
    }

    pub fn root(&self) -> PathBuf {
        self.place.join("house")
    }

    pub fn config(&self) -> PathBuf {
        self.root().join("leadseal.toml")
    }

    pub fn data(&self, file: &str) -> PathBuf {
        self.root().join("leadseal-data").join(file)
    }

    pub fn log(&self) -> PathBuf {
        self.place.join("log")
    }

    /// A file of the bench's own beside the house.
    pub fn beside(&self, file: &str) -> PathBuf {
        self.place.join(file)
    }

    /// `leadseal` with this configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command(&self.config(), arguments)
    }

    /// Starts `serve` and waits until it is ready.
    pub fn serve(&self) -> Process {
        let mut server = Process::start(&mut self.command(&["serve"]), &self.log());
        server.wait_until(|| http::is_ok(self.public, "/readyz"));
        server
    }

    /// Posts for its contact form; it must be running.
    pub fn pool(&self) -> Pool {
        Pool::new(self.public, &http::hidden_inputs(self.public, "/f/contact?lang=ja"))
    }

    /// A stopped house whose desk holds so many leads; gives their number.
    pub fn filled(leads: u64, connections: usize) -> (Self, u64) {
        let house = Self::new();
        let server = house.serve();
        let outcome = generator::run(house.public, &house.pool(), connections, Plan::Count(leads));
        wait_until_stored(house.private, outcome.accepted);
        server.stop();
        (house, outcome.accepted)
    }

    /// Length of its databases with their logs, by name.
    pub fn sizes(&self) -> [(&'static str, u64); 3] {
        ["spool.db", "leads.db", "keyring.db"].map(|name| (name, with_log(&self.data(name))))
    }
}

/// A database's length with that of its write-ahead log.
pub fn with_log(database: &Path) -> u64 {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    size(database) + size(Path::new(&log))
}

/// Settings that all houses of the bench have. Thousands of posts a second under one form token are
/// what screening tells robots by, so it is off; `benches/intake.rs` says what it costs.
pub fn settings(public: u16, private: u16) -> String {
    format!(
        "[public]\nlisten = \"127.0.0.1:{public}\"\nurl = \"http://127.0.0.1:{public}\"\n\
         trusted_proxies = [\"127.0.0.1\"]\n\
         [private]\nlisten = \"127.0.0.1:{private}\"\nurl = \"http://127.0.0.1:{private}\"\n\
         [limits]\nmax_spool = 10000000\n\
         [screening]\nenabled = false\n\
         [log]\nfilter = \"error\"\n"
    )
}

/// `leadseal init`: configuration, forms, keys.
pub fn init(root: &Path) {
    let status = Command::new(LEADSEAL)
        .args(["init", "--json", "--dir"])
        .arg(root)
        .stdout(Stdio::null())
        .status()
        .expect("leadseal runs");
    assert!(status.success(), "leadseal init failed");
}

/// `leadseal --config FILE …`
pub fn command(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(LEADSEAL);
    command.arg("--config").arg(config).args(arguments);
    command
}

/// Waits until the desk has stored so many leads; gives how long that took. A scrape counts rows,
/// which is the desk's time too: it is asked rarely while much is left, and often near the end.
pub fn wait_until_stored(private: u16, leads: u64) -> Duration {
    let begin = Instant::now();
    let mut first = None;
    loop {
        let stored = http::gauge(private, "leadseal_leads").unwrap_or(0);
        if stored >= leads {
            return begin.elapsed();
        }
        assert!(begin.elapsed() < PATIENCE, "the desk stored {stored} of {leads} leads in {PATIENCE:?}");
        let meanwhile = stored - *first.get_or_insert(stored);
        let per_lead = begin.elapsed().as_secs_f64() / meanwhile.max(1) as f64;
        let half_of_the_rest = per_lead * (leads - stored) as f64 / 2.0;
        std::thread::sleep(Duration::from_secs_f64(half_of_the_rest.clamp(0.01, 1.0)));
    }
}
