//! Processes of the bench's own: started, watched through /proc, ended. Refuses to touch others.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::ops::{Add, Sub};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a process to get ready or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The kernel counts processor time in these, whatever its own tick is.
const TICKS_PER_SECOND: u64 = 100;

/// A running child. Killed when dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    /// When it was started.
    pub started: Instant,
}

impl Process {
    /// Starts it, with what it says going to a file.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the log file again"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
        Self { child, log: log.to_owned(), started }
    }

    /// Waits until `ready` holds; gives the time since the start.
    pub fn wait_until(&mut self, ready: impl Fn() -> bool) -> Duration {
        while self.started.elapsed() < PATIENCE {
            if ready() {
                return self.started.elapsed();
            }
            if let Some(status) = self.child.try_wait().expect("its state") {
                panic!("a process ended with {status}:\n{}", tail(&self.log));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("a process did not get ready:\n{}", tail(&self.log));
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        usage(&self.child.id().to_string())
    }

    /// Most memory it ever had resident, in bytes.
    pub fn peak_memory(&self) -> u64 {
        peak_memory(self.child.id())
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it can be told to stop");
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < end, "a process does not stop:\n{}", tail(&self.log));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it without warning.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end; gives how long it took and the most memory it had resident.
pub fn timed(command: &mut Command) -> (Duration, u64) {
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_memory(child.id()));
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let took = begin.elapsed();
    let said = child.stderr.take().map(std::io::read_to_string).and_then(Result::ok).unwrap_or_default();
    assert!(status.success(), "{command:?} ended with {status}: {said}");
    (took, peak)
}

/// What processes used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Processor time, in the program and in the kernel for it.
    pub cpu: Duration,
    /// Bytes it caused to be written to the disk.
    pub written: u64,
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, written: self.written + other.written }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), written: self.written.saturating_sub(earlier.written) }
    }
}

/// Processor time of this process: the generator's, since little else happens here.
pub fn own_cpu() -> Duration {
    usage("self").cpu
}

fn usage(pid: &str) -> Usage {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces; utime and stime are the 14th and 15th of all fields.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok()).unwrap_or(0);
    Usage { cpu: Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND), written }
}

fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}

/// Ports that were free a moment ago. All are held while they are chosen, so they differ.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("its address").port())
}

/// Pushes a file's pages out of memory, so that the next reader goes to the disk.
pub fn evict(path: &Path) {
    let Ok(file) = File::open(path) else { return };
    let _ = file.sync_all();
    let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
}

/// A file's length; nothing counts as empty.
pub fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
