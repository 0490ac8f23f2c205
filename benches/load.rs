//! Load on the whole process: durable accepts per second, latencies, memory, and how fast the
//! desk catches up. Starts the real binary in a temporary directory and talks to 127.0.0.1 only.
//!
//! `cargo bench --bench load -- [--seconds N] [--connections N]`; bounded in time, never asserts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing measurement says so")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const LEADSEAL: &str = env!("CARGO_BIN_EXE_leadseal");

fn main() {
    let seconds = argument("--seconds").unwrap_or(10).clamp(1, 120);
    let connections = argument("--connections").unwrap_or(64).clamp(1, 512);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (public, private) = (free_port(), free_port());
    configure(dir.path(), public, private);
    let mut server = start(dir.path());
    wait_until_ready(public);
    let idle_rss = memory_kib(&server, "VmRSS");
    let token = form_token(public);
    let result = drive(public, &token, Duration::from_secs(seconds), connections as usize);
    let peak_rss = memory_kib(&server, "VmHWM");
    let (caught_up, after) = wait_for_leads(private, result.accepted, Duration::from_secs(120));
    report(&result, idle_rss, peak_rss, caught_up, after, dir.path());
    stop(&mut server);
}

fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args();
    arguments.find(|a| a == name)?;
    arguments.next()?.parse().ok()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

fn configure(dir: &Path, public: u16, private: u16) {
    let made = Command::new(LEADSEAL)
        .args(["init", "--json", "--dir"])
        .arg(dir)
        .stdout(Stdio::null())
        .status()
        .expect("leadseal runs");
    assert!(made.success(), "leadseal init failed");
    let config = format!(
        "[public]\nlisten = \"127.0.0.1:{public}\"\nurl = \"http://127.0.0.1:{public}\"\n\
         trusted_proxies = [\"127.0.0.1\"]\n\
         [private]\nlisten = \"127.0.0.1:{private}\"\nurl = \"http://127.0.0.1:{private}\"\n\
         [limits]\nmax_spool = 10000000\n\
         [log]\nfilter = \"error\"\n"
    );
    std::fs::write(dir.join("leadseal.toml"), config).expect("the configuration is written");
}

fn start(dir: &Path) -> Child {
    Command::new(LEADSEAL)
        .arg("--config")
        .arg(dir.join("leadseal.toml"))
        .arg("serve")
        .stdout(Stdio::null())
        .spawn()
        .expect("leadseal serve starts")
}

fn stop(server: &mut Child) {
    let _ = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    let _ = server.wait();
}

fn wait_until_ready(port: u16) {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if get(port, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("leadseal serve did not become ready");
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn form_token(port: u16) -> String {
    let page = get(port, "/f/contact?lang=ja").expect("the form page");
    let after = page.split("name=\"_token\" value=\"").nth(1).expect("a form token");
    after.split('"').next().expect("its end").to_owned()
}

/// What the load did.
struct Outcome {
    accepted: u64,
    refused: u64,
    elapsed: Duration,
    latencies_us: Vec<u32>,
}

fn drive(port: u16, token: &str, length: Duration, connections: usize) -> Outcome {
    let stop = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|worker| {
            let (stop, refused, token) = (Arc::clone(&stop), Arc::clone(&refused), token.to_owned());
            std::thread::spawn(move || post_until_told(port, &token, worker, &stop, &refused))
        })
        .collect();
    std::thread::sleep(length);
    stop.store(true, Ordering::Relaxed);
    let mut latencies_us: Vec<u32> = workers.into_iter().flat_map(|w| w.join().expect("a worker ends")).collect();
    let elapsed = begin.elapsed();
    latencies_us.sort_unstable();
    Outcome { accepted: latencies_us.len() as u64, refused: refused.load(Ordering::Relaxed), elapsed, latencies_us }
}

fn post_until_told(port: u16, token: &str, worker: usize, stop: &AtomicBool, refused: &AtomicU64) -> Vec<u32> {
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let mut latencies = Vec::new();
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut buffer = vec![0u8; 16 * 1024];
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let request = request(port, token, worker, n);
        let begin = Instant::now();
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let status = read_answer(&mut stream, &mut buffer);
        if status == 303 {
            latencies.push(u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX));
        } else if refused.fetch_add(1, Ordering::Relaxed) == 0 {
            println!("the first refusal: status {status}, post {n} of connection {worker}");
        }
    }
    latencies
}

/// A contact enquiry whose every value varies, from one of many networks behind a proxy.
fn request(port: u16, token: &str, worker: usize, n: u64) -> String {
    let message = "資料を拝見しました。導入時期と費用について相談させてください。".repeat(1 + (n % 5) as usize);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("_token", token)
        .append_pair("_lang", "ja")
        .append_pair("company", &format!("株式会社サンプル{worker}"))
        .append_pair("name_family", "髙﨑")
        .append_pair("name_given", "美咲")
        .append_pair("kana_family", "ﾀｶｻｷ")
        .append_pair("kana_given", "ﾐｻｷ")
        .append_pair("email", &format!("misaki.{worker}.{n}@example.co.jp"))
        .append_pair("tel", &format!("０９０{:08}", 12_345_678 + (worker as u64 * 1_000_003 + n) % 80_000_000))
        .append_pair("inquiry_type", "product")
        .append_pair("message", &message)
        .append_pair("privacy", "yes")
        .append_pair("utm_source", "newsletter");
    let body = body.finish();
    format!(
        "POST /f/contact HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Forwarded-For: 10.{}.{}.{}\r\nContent-Length: {}\r\n\r\n{body}",
        worker % 256,
        n / 256 % 256,
        n % 256,
        body.len()
    )
}

/// Reads one answer off a kept connection and gives its status.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> u16 {
    let mut filled = 0;
    let (head_end, length) = loop {
        let n = stream.read(&mut buffer[filled..]).expect("an answer");
        assert!(n > 0, "the server closed the connection");
        filled += n;
        if let Some(end) = buffer[..filled].windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length =
                head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
            break (end + 4, length.unwrap_or(0usize));
        }
    };
    while filled < head_end + length {
        let n = stream.read(&mut buffer[filled..]).expect("the rest of the answer");
        filled += n;
    }
    String::from_utf8_lossy(&buffer[9..12]).parse().unwrap_or(0)
}

/// A line of `/proc/PID/status`, in KiB.
fn memory_kib(server: &Child, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Waits until the desk has stored `wanted` leads; gives how many it has and how long that took.
fn wait_for_leads(private: u16, wanted: u64, patience: Duration) -> (u64, Duration) {
    let begin = Instant::now();
    loop {
        let metrics = get(private, "/metrics").unwrap_or_default();
        let line = metrics.lines().find_map(|line| line.strip_prefix("leadseal_leads "));
        let stored = line.and_then(|n| n.trim().parse::<f64>().ok()).unwrap_or(0.0) as u64;
        if stored >= wanted || begin.elapsed() > patience {
            return (stored, begin.elapsed());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn report(result: &Outcome, idle: u64, peak: u64, stored: u64, after: Duration, dir: &Path) {
    let at = |q: f64| {
        let index = ((result.latencies_us.len() as f64 * q) as usize).min(result.latencies_us.len().saturating_sub(1));
        f64::from(*result.latencies_us.get(index).unwrap_or(&0)) / 1000.0
    };
    let size = |name: &str| std::fs::metadata(dir.join("leadseal-data").join(name)).map_or(0, |m| m.len());
    println!("accepted           {} in {:.1} s", result.accepted, result.elapsed.as_secs_f64());
    println!("durable accepts/s  {:.0}", result.accepted as f64 / result.elapsed.as_secs_f64());
    println!("refused            {}", result.refused);
    println!("latency ms         p50 {:.1}  p99 {:.1}  max {:.1}", at(0.5), at(0.99), at(1.0));
    println!("memory MiB         idle {:.1}  peak {:.1}", idle as f64 / 1024.0, peak as f64 / 1024.0);
    let whole = result.elapsed + after;
    println!(
        "stored             {stored}, {:.1} s after the load ended ({:.0}/s over all)",
        after.as_secs_f64(),
        stored as f64 / whole.as_secs_f64()
    );
    println!(
        "bytes per lead     spool {}  leads {}  keyring {}",
        size("spool.db") / result.accepted.max(1),
        size("leads.db") / stored.max(1),
        size("keyring.db") / stored.max(1)
    );
}
