//! A mail server that keeps what it is given, refuses whom it is told to, can be in a bad mood, and
//! can go down and come back at the same address.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A mail as it came over the wire.
#[derive(Debug, Clone)]
pub struct Mail {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`, in order.
    pub to: Vec<String>,
    /// Headers and body, dots unstuffed.
    pub raw: Vec<u8>,
}

impl Mail {
    /// A header's value, unfolded; nothing when it is missing.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = mail_parser::MessageParser::default().parse(&self.raw)?;
        message.header_raw(name).map(|value| value.replace("\r\n", "").trim().to_owned())
    }

    /// The text and HTML parts, decoded.
    pub fn bodies(&self) -> Vec<String> {
        let Some(message) = mail_parser::MessageParser::default().parse(&self.raw) else { return Vec::new() };
        let texts = (0..message.text_body_count()).filter_map(|i| message.body_text(i));
        let pages = (0..message.html_body_count()).filter_map(|i| message.body_html(i));
        texts.chain(pages).map(std::borrow::Cow::into_owned).collect()
    }
}

/// How a mail server treats whoever connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// As it should.
    #[default]
    Good,
    /// Says nothing.
    Hangs,
    /// Takes the mail and hangs up without a word.
    Drops,
    /// Refuses the connection with this reply.
    RefusesConnection(&'static str),
    /// Answers `MAIL FROM` with this reply.
    RefusesSender(&'static str),
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<Mail>>,
    mood: Mutex<Mood>,
    /// Bodies are let go.
    heads_only: AtomicBool,
    /// Answers to `RCPT TO` for recipients that contain a text.
    refusals: Mutex<Vec<(String, String)>>,
    stopped: AtomicBool,
}

/// A running mail server.
pub struct SmtpSink {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    accepting: Option<std::thread::JoinHandle<()>>,
}

impl SmtpSink {
    /// Starts one on a free port.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts one at an address.
    pub fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared: Arc<State> = Arc::default();
        let state = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if state.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let state = Arc::clone(&state);
                std::thread::spawn(move || {
                    // A client that hangs up in the middle is the test's business, not ours.
                    let _ = converse(stream, &state);
                });
            }
        });
        Self { address, state: shared, accepting: Some(accepting) }
    }

    /// Answers `RCPT TO` for recipients that contain `part` with `reply`, e.g. `550 no such user`.
    pub fn refuse(&self, part: &str, reply: &str) {
        lock(&self.state.refusals).push((part.to_owned(), reply.to_owned()));
    }

    /// Treats who connects from now on so.
    pub fn set_mood(&self, mood: Mood) {
        *lock(&self.state.mood) = mood;
    }

    /// Refuses nobody any more.
    pub fn accept_all(&self) {
        lock(&self.state.refusals).clear();
    }

    /// Lets the bodies go, where thousands of mails are only counted.
    pub fn keep_heads_only(&self) {
        self.state.heads_only.store(true, Ordering::SeqCst);
    }

    /// The mails so far.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.state.mails).clone()
    }

    /// The mails, once there are at least `count`.
    #[track_caller]
    pub fn wait_for(&self, count: usize, limit: Duration) -> Vec<Mail> {
        super::eventually(&format!("{count} mails"), limit, || {
            let mails = self.mails();
            (mails.len() >= count).then_some(mails)
        })
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the accept loop, which then lets go of the port.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn converse(stream: TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut mail = Mail { from: String::new(), to: Vec::new(), raw: Vec::new() };
    let mood = *lock(&state.mood);
    match mood {
        Mood::Hangs => return hang(&mut lines, state),
        Mood::RefusesConnection(reply) => return out.write_all(format!("{reply}\r\n").as_bytes()),
        Mood::Good | Mood::Drops | Mood::RefusesSender(_) => out.write_all(b"220 sink.test ESMTP\r\n")?,
    }
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || state.stopped.load(Ordering::SeqCst) {
            return Ok(());
        }
        let command = line.trim_end();
        let upper = command.to_ascii_uppercase();
        let reply = if upper.starts_with("EHLO") {
            "250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned()
        } else if upper.starts_with("MAIL FROM:") {
            mail = Mail { from: path_of(command), to: Vec::new(), raw: Vec::new() };
            // The mood may have changed on a connection that is kept.
            match *lock(&state.mood) {
                Mood::RefusesSender(reply) => reply.to_owned(),
                _ => "250 ok".to_owned(),
            }
        } else if upper.starts_with("RCPT TO:") {
            let to = path_of(command);
            let refused =
                lock(&state.refusals).iter().find(|(part, _)| to.contains(part)).map(|(_, reply)| reply.clone());
            if refused.is_none() {
                mail.to.push(to);
            }
            refused.unwrap_or_else(|| "250 ok".to_owned())
        } else if upper == "DATA" {
            out.write_all(b"354 go on\r\n")?;
            mail.raw = read_data(&mut lines)?;
            if state.heads_only.load(Ordering::SeqCst) {
                let end = mail.raw.windows(4).position(|mark| mark == b"\r\n\r\n");
                mail.raw.truncate(end.map_or(mail.raw.len(), |end| end + 4));
            }
            lock(&state.mails).push(mail.clone());
            if *lock(&state.mood) == Mood::Drops {
                return Ok(());
            }
            "250 kept".to_owned()
        } else if upper == "QUIT" {
            out.write_all(b"221 bye\r\n")?;
            return Ok(());
        } else {
            "250 ok".to_owned()
        };
        out.write_all(format!("{reply}\r\n").as_bytes())?;
    }
}

/// Says nothing until the client goes, or the server stops or is in a better mood.
fn hang(lines: &mut BufReader<TcpStream>, state: &State) -> std::io::Result<()> {
    lines.get_ref().set_read_timeout(Some(Duration::from_millis(200)))?;
    while !state.stopped.load(Ordering::SeqCst) && *lock(&state.mood) == Mood::Hangs {
        match lines.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(said) => {
                let length = said.len();
                lines.consume(length);
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read_data(lines: &mut impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// What stands between the angle brackets.
fn path_of(command: &str) -> String {
    let start = command.find('<').map_or(command.len(), |at| at + 1);
    let end = command.rfind('>').unwrap_or(command.len());
    command.get(start..end).unwrap_or_default().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
