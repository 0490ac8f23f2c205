//! The load: kept connections, driven by one thread, closed loop or open loop.
//!
//! In a closed loop each connection posts again as soon as it has its answer. In an open loop
//! posts fall due on a fixed schedule, and latency counts from when a post was due, so that a
//! server that stands still pays for every post that had to wait (no coordinated omission).

use super::bodies::Pool;
use super::process::own_cpu;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

/// How long answers may take beyond the end of a phase.
const GRACE: Duration = Duration::from_secs(120);

/// When posts are sent.
#[derive(Debug, Clone, Copy)]
pub enum Plan {
    /// As fast as answers come, for this long.
    Closed(Duration),
    /// As fast as answers come, until so many were sent.
    Count(u64),
    /// So many a second, on a fixed schedule, for this long.
    Open(u32, Duration),
}

/// What a load did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Posts answered with 303.
    pub accepted: u64,
    /// Posts answered otherwise.
    pub refused: u64,
    /// The first status that was no 303.
    pub first_refusal: Option<u16>,
    pub elapsed: Duration,
    /// Of accepted posts, in microseconds, sorted.
    pub latencies: Vec<u32>,
    /// Processor time of the generator.
    pub cpu: Duration,
    /// Receipts in the answers, and when their posts were due.
    pub receipts: Vec<(String, Instant)>,
}

impl Outcome {
    /// Accepted posts a second.
    pub fn rate(&self) -> f64 {
        self.accepted as f64 / self.elapsed.as_secs_f64()
    }
}

/// Loads a server.
pub fn run(port: u16, pool: &Pool, connections: usize, plan: Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let cpu = own_cpu();
    let limit = GRACE + if let Plan::Closed(length) | Plan::Open(_, length) = plan { length } else { GRACE * 4 };
    let work = all(port, pool, connections, plan);
    let mut outcome =
        runtime.block_on(async { tokio::time::timeout(limit, work).await }).expect("the server answers in time");
    outcome.cpu = own_cpu().saturating_sub(cpu);
    outcome.latencies.sort_unstable();
    if let Some(status) = outcome.first_refusal {
        eprintln!("{} of the posts were refused, the first with status {status}", outcome.refused);
    }
    outcome
}

async fn all(port: u16, pool: &Pool, connections: usize, plan: Plan) -> Outcome {
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        streams.push(stream);
    }
    let clock = Clock::start(plan);
    let outcome = RefCell::new(Outcome::default());
    let begin = Instant::now();
    let posting = streams.into_iter().map(|stream| post(stream, pool, &clock, &outcome));
    futures_util::future::join_all(posting).await;
    let mut outcome = outcome.into_inner();
    outcome.elapsed = begin.elapsed();
    outcome
}

/// Says when the next post is due.
enum Clock {
    Until(Instant),
    Left(Cell<u64>),
    Schedule(Mutex<mpsc::UnboundedReceiver<Instant>>),
}

impl Clock {
    fn start(plan: Plan) -> Self {
        match plan {
            Plan::Closed(length) => Self::Until(Instant::now() + length),
            Plan::Count(count) => Self::Left(Cell::new(count)),
            Plan::Open(rate, length) => {
                let (due, receiver) = mpsc::unbounded_channel();
                std::thread::spawn(move || keep_time(rate, length, &due));
                Self::Schedule(Mutex::new(receiver))
            }
        }
    }

    /// When the next post was or is due: it is to be sent now. Nothing when there is none.
    async fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        match self {
            Self::Until(end) => (now < *end).then_some(now),
            Self::Left(left) => {
                left.set(left.get().checked_sub(1)?);
                Some(now)
            }
            Self::Schedule(due) => due.lock().await.recv().await,
        }
    }
}

/// Announces each post when it falls due. A thread of its own, because the runtime's timers count
/// whole milliseconds.
fn keep_time(rate: u32, length: Duration, due: &mpsc::UnboundedSender<Instant>) {
    let begin = Instant::now();
    for n in 0..u64::from(rate) * length.as_secs() {
        let at = begin + Duration::from_secs_f64(n as f64 / f64::from(rate));
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        if due.send(at).is_err() {
            return;
        }
    }
}

async fn post(mut stream: TcpStream, pool: &Pool, clock: &Clock, outcome: &RefCell<Outcome>) {
    let mut request = Vec::with_capacity(16 * 1024);
    let mut answer = vec![0; 16 * 1024];
    while let Some(due) = clock.next().await {
        pool.next(&mut request);
        stream.write_all(&request).await.expect("a post is sent");
        let head = read_answer(&mut stream, &mut answer).await;
        let status = head.get(9..12).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok()).unwrap_or(0);
        let mut outcome = outcome.borrow_mut();
        if status == 303 {
            outcome.accepted += 1;
            outcome.latencies.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
            outcome.receipts.extend(receipt(head).map(|receipt| (receipt, due)));
        } else {
            outcome.refused += 1;
            outcome.first_refusal.get_or_insert(status);
        }
    }
}

/// Reads one answer off a kept connection and gives its head.
async fn read_answer<'a>(stream: &mut TcpStream, buffer: &'a mut [u8]) -> &'a [u8] {
    let mut filled = 0;
    let (head, whole) = loop {
        let n = stream.read(&mut buffer[filled..]).await.expect("an answer");
        assert!(n > 0, "the server closed a connection");
        let searched = filled.saturating_sub(3);
        filled += n;
        if let Some(end) = find(&buffer[searched..filled], b"\r\n\r\n") {
            let head = searched + end + 4;
            break (head, head + content_length(&buffer[..head]));
        }
        assert!(filled < buffer.len(), "an answer's head is too long");
    };
    while filled < whole {
        // What does not fit into the buffer is not needed.
        let n = stream.read(&mut buffer[head..]).await.expect("the rest of an answer");
        assert!(n > 0, "the server closed a connection");
        filled += n;
    }
    &buffer[..head]
}

fn content_length(head: &[u8]) -> usize {
    let Some(at) = find(head, b"\r\ncontent-length: ") else { return 0 };
    let digits = head[at + 18..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}

/// The receipt in the address of the thank-you page.
fn receipt(head: &[u8]) -> Option<String> {
    let at = find(head, b"/thanks?r=")? + 10;
    let receipt = head[at..].split(|byte| matches!(byte, b'&' | b'\r')).next()?;
    Some(String::from_utf8_lossy(receipt).into_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
