//! A whole installation under test: the desk and its capture nodes with Redis between them, or the
//! one process that is both. Makes it, starts it; what is done to it is the scenarios' business.

use crate::member::Member;
use crate::redis_server::{Fsync, Redis, Sentinel};
use crate::small_disk::SmallDisk;
use crate::support::installation::{Installation, LEADSEAL, edit_toml};
use crate::support::smtp::SmtpSink;
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Who runs where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One process.
    Embedded,
    /// A desk and this many capture nodes.
    Split { nodes: usize, fsync: Fsync, sentinel: bool },
}

impl Layout {
    /// Two nodes, so that one can go on while the other is down.
    pub const SPLIT: Self = Self::Split { nodes: 2, fsync: Fsync::EverySecond, sentinel: false };

    pub fn is_split(self) -> bool {
        self != Self::Embedded
    }
}

/// Fields are dropped in this order: processes end before what they use goes.
pub struct House {
    pub layout: Layout,
    /// The desk first, then the nodes. One process is both.
    pub members: Vec<Member>,
    pub redis: Option<Redis>,
    pub replica: Option<Redis>,
    _sentinel: Option<Sentinel>,
    pub relay: SmtpSink,
    /// Small disks.
    pub mounts: Vec<SmallDisk>,
    /// Settings and commands of the desk, or of the one process.
    pub desk_home: Installation,
}

impl House {
    /// Makes everything and starts Redis; `adjust` may change the desk's settings and forms before
    /// the nodes' are copied from it.
    pub fn new(layout: Layout, adjust: impl FnOnce(&Installation)) -> Self {
        let mut desk_home = Installation::new();
        // Thousands of posts with one text are what it tells robots by.
        desk_home.set("screening", "enabled", false);
        settle_in(&mut desk_home);
        let relay = SmtpSink::start();
        desk_home.set_relay(relay.address);
        desk_home.set("mail", "timeout_seconds", 3);
        desk_home.set("mail", "connections", 4);
        desk_home.set("log", "filter", "info");
        adjust(&desk_home);
        let (members, mounts) = (Vec::new(), Vec::new());
        let mut house = Self { layout, desk_home, members, redis: None, replica: None, relay, _sentinel: None, mounts };
        match layout {
            Layout::Embedded => house.members.push(house.whole()),
            Layout::Split { nodes, fsync, sentinel } => house.furnish(nodes, fsync, sentinel),
        }
        house
    }

    fn whole(&self) -> Member {
        let home = &self.desk_home;
        Member::new("serve", &home.root(), None, Some(home.public), home.private)
    }

    fn furnish(&mut self, nodes: usize, fsync: Fsync, sentinel: bool) {
        let beside = self.desk_home.root().parent().unwrap().to_owned();
        let mut redis = Redis::new(&beside.join("redis"), free_port(), fsync);
        redis.start();
        let mut url = format!("redis://127.0.0.1:{}", redis.port);
        if sentinel {
            let mut replica = Redis::new(&beside.join("replica"), free_port(), fsync);
            replica.replica_of = Some(redis.port);
            replica.start();
            replica
                .wait_for("the replica follows", |replica| replica.info("replication", "master_link_status") == "up");
            let guard = Sentinel::start(&beside.join("sentinel"), free_port(), redis.port);
            url = format!("redis+sentinel://127.0.0.1:{}/mymaster", guard.port);
            (self.replica, self._sentinel) = (Some(replica), Some(guard));
        }
        self.desk_home.set("redis", "url", url);
        self.redis = Some(redis);
        let desk = &self.desk_home;
        self.members.push(Member::new("desk", &desk.root(), Some("desk"), None, desk.private));
        for n in 1..=nodes {
            let member = enrol(&self.desk_home, &beside, &format!("web{n}"));
            self.members.push(member);
        }
    }

    /// The desk, or the one process.
    pub fn desk(&mut self) -> &mut Member {
        &mut self.members[0]
    }

    /// Places of the members that visitors reach.
    pub fn capture_places(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|at| self.members[*at].public.is_some()).collect()
    }

    /// Where visitors reach it.
    pub fn doors(&self) -> Vec<SocketAddr> {
        self.members.iter().filter_map(|member| member.public).collect()
    }

    pub fn start(&mut self) {
        self.members.iter_mut().for_each(Member::spawn);
        self.members.iter_mut().for_each(Member::wait_until_it_answers);
    }

    pub fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("a split house")
    }

    pub fn leads_db(&self) -> PathBuf {
        self.desk_home.data().join("leads.db")
    }

    /// Logs of everything that ran here.
    pub fn logs(&self) -> Vec<(String, PathBuf)> {
        let members = self.members.iter().map(|member| (member.name.clone(), member.log()));
        let redis = self.redis.iter().map(|redis| ("redis".to_owned(), redis.log()));
        let replica = self.replica.iter().map(|redis| ("replica".to_owned(), redis.log()));
        members.chain(redis).chain(replica).collect()
    }
}

/// Registers a node at the desk and makes its installation: the desk's settings and forms, its own
/// addresses, and the file that `enrol` wrote.
pub fn enrol(desk: &Installation, beside: &Path, node: &str) -> Member {
    let home = beside.join(node);
    std::fs::create_dir_all(&home).unwrap();
    let file = home.join("enrolment");
    desk.succeed(&["enrol", node, "--out", file.to_str().unwrap()]);
    copy_folder(&desk.root().join("forms"), &home.join("forms"));
    std::fs::copy(desk.config(), home.join("leadseal.toml")).unwrap();
    let (public, private) = (address(), address());
    edit_toml(&home.join("leadseal.toml"), |config| {
        let mut set = |section: &str, key: &str, value: String| {
            let table = config.entry(section).or_insert_with(|| toml::Table::new().into());
            table.as_table_mut().unwrap().insert(key.to_owned(), value.into());
        };
        for (section, at) in [("public", public), ("private", private)] {
            set(section, "listen", at.to_string());
            set(section, "url", format!("http://{at}"));
        }
        set("node", "enrolment", "enrolment".to_owned());
    });
    Member::new(node, &home, Some("capture"), Some(public), private)
}

/// Moves an installation to ports that no outgoing connection is given, so that a restart finds
/// them free.
pub fn settle_in(home: &mut Installation) {
    (home.public, home.private) = (address(), address());
    for (section, at) in [("public", home.public), ("private", home.private)] {
        home.set(section, "listen", at.to_string());
        home.set(section, "url", format!("http://{at}"));
    }
}

pub fn address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}

/// A free port below those that outgoing connections get; none is given twice.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    let start = (std::process::id() % 200) as u16 * 100;
    let mut candidates = (0..20_000u16).map(|n| 10_000 + (start + n) % 20_000);
    let free = |port: &u16| !given.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let port = candidates.find(free).expect("a free port");
    given.insert(port);
    port
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Whether this program runs capture and desk apart.
pub fn knows_roles() -> bool {
    static KNOWS: OnceLock<bool> = OnceLock::new();
    *KNOWS.get_or_init(|| {
        let help = Command::new(LEADSEAL).args(["serve", "--help"]).output().unwrap();
        String::from_utf8_lossy(&help.stdout).contains("--role")
    })
}
