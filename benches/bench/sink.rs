//! A mail relay that accepts everything and remembers when it accepted the notification of which
//! lead. Keeps no mail.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Notifications refer to their lead by this header; see docs/mail.md.
const THREAD: &str = "References: <lead.";

#[derive(Default)]
struct Seen {
    /// When the mail about each lead was accepted.
    accepted: Mutex<HashMap<String, Instant>>,
    stopped: AtomicBool,
}

/// A running relay.
pub struct Sink {
    pub port: u16,
    seen: Arc<Seen>,
}

impl Sink {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let seen: Arc<Seen> = Arc::default();
        let state = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if state.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                // A client that hangs up is no failure: connections are closed when idle.
                std::thread::spawn(move || converse(stream, &state).unwrap_or_default());
            }
        });
        Self { port, seen }
    }

    /// When the mail about each lead was accepted, once there are `count` or the time is over.
    pub fn wait_for(&self, count: usize, limit: Duration) -> HashMap<String, Instant> {
        let end = Instant::now() + limit;
        loop {
            let accepted = self.seen.accepted.lock().unwrap_or_else(PoisonError::into_inner);
            if accepted.len() >= count || Instant::now() > end {
                return accepted.clone();
            }
            drop(accepted);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.seen.stopped.store(true, Ordering::SeqCst);
        let _wakes = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn converse(stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    out.write_all(b"220 sink.test ESMTP\r\n")?;
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => b"250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let lead = read_data(&mut lines)?;
                out.write_all(b"250 kept\r\n")?;
                if let Some(lead) = lead {
                    let mut accepted = seen.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                    accepted.entry(lead).or_insert_with(Instant::now);
                }
                continue;
            }
            "QUIT" => return out.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        out.write_all(reply)?;
    }
}

/// Reads a mail to its end; gives the lead that it refers to.
fn read_data(lines: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let (mut line, mut lead) = (String::new(), None);
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(lead);
        }
        if let Some(reference) = line.strip_prefix(THREAD) {
            lead = reference.split('@').next().map(str::to_owned);
        }
    }
}
