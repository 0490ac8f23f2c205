//! A small, strict SMTP server that keeps what it takes: the demo's mail server, and the other
//! end of every mail test.
//!
//! Speaks real SMTP over TCP on loopback (RFC 5321, with 8BITMIME, SMTPUTF8, SIZE and, where
//! asked for, AUTH PLAIN). Holds the last 500 mails in memory and nothing on disk. Refuses what a
//! strict relay refuses: commands out of order, bare line feeds, over-long lines, eight-bit data
//! that was not announced. Tests script its faults.

mod session;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Mails kept; older ones make room.
const KEPT: usize = 500;

/// A mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Its place in the order of arrival, from 1.
    pub number: u64,
    /// The envelope's sender; nothing for the null sender `<>`.
    pub sender: Option<String>,
    /// The envelope's recipients.
    pub recipients: Vec<String>,
    /// Header and body as sent, dots unstuffed, lines ending in CRLF.
    pub raw: Vec<u8>,
    /// SMTPUTF8 was asked for.
    pub smtp_utf8: bool,
}

/// The mails a sink has taken. Cheap to clone; outlives the sink.
#[derive(Debug, Clone)]
pub struct Mailbox {
    mails: Arc<Mutex<VecDeque<Arc<ReceivedMail>>>>,
    count: Arc<watch::Sender<u64>>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { mails: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }
}

impl Mailbox {
    /// The mails kept, oldest first.
    pub fn mails(&self) -> Vec<Arc<ReceivedMail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The mail with this number, while it is kept.
    pub fn mail(&self, number: u64) -> Option<Arc<ReceivedMail>> {
        self.mails().into_iter().find(|mail| mail.number == number)
    }

    /// Waits until `count` mails have come since the sink started, and gives those kept. Waits
    /// without end, so put a timeout around it.
    pub async fn received(&self, count: u64) -> Vec<Arc<ReceivedMail>> {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.count.subscribe().wait_for(|have| *have >= count).await;
        self.mails()
    }

    fn keep(&self, sender: Option<String>, recipients: Vec<String>, raw: Vec<u8>, smtp_utf8: bool) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let number = *self.count.borrow() + 1;
        mails.push_back(Arc::new(ReceivedMail { number, sender, recipients, raw, smtp_utf8 }));
        if mails.len() > KEPT {
            mails.pop_front();
        }
        self.count.send_replace(number);
    }
}

/// Where in a conversation a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Instead of the greeting.
    Greeting,
    /// At `AUTH`.
    Login,
    /// At `MAIL`.
    Sender,
    /// At `RCPT`.
    Recipient,
    /// At `DATA`, before the content.
    Data,
    /// After the content was sent; the mail is not kept.
    Content,
    /// After the mail was kept, in place of the answer: the client can't know that it arrived.
    Kept,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Answer(String),
    Hang,
    Drop,
}

/// A scripted fault.
#[derive(Debug, Clone)]
pub struct Fault {
    at: Point,
    act: Act,
    left: Option<u32>,
    containing: Option<String>,
}

impl Fault {
    /// Answers with this line, e.g. `550 5.1.1 no such user`.
    pub fn answer(at: Point, line: &str) -> Self {
        Self { at, act: Act::Answer(line.to_owned()), left: None, containing: None }
    }

    /// Never answers.
    pub fn hang(at: Point) -> Self {
        Self { at, act: Act::Hang, left: None, containing: None }
    }

    /// Closes the connection without a word.
    pub fn drop(at: Point) -> Self {
        Self { at, act: Act::Drop, left: None, containing: None }
    }

    /// Only the first `times` times; for ever where it is not said.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }

    /// Only where the command's argument holds this text, e.g. an address, or `<>`.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.containing = Some(text.to_owned());
        self
    }
}

/// What a sink offers.
#[derive(Debug, Clone)]
pub struct SinkOptions {
    /// Offers SMTPUTF8 (RFC 6531).
    pub smtp_utf8: bool,
    /// Asks for this login and password before it takes mail.
    pub login: Option<(String, String)>,
    /// Largest mail in bytes.
    pub max_size: usize,
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self { smtp_utf8: true, login: None, max_size: 10 * 1024 * 1024 }
    }
}

struct Shared {
    options: SinkOptions,
    mailbox: Mailbox,
    faults: Mutex<Vec<Fault>>,
}

impl Shared {
    /// The act of the first fault that applies here, used up by one.
    fn strike(&self, at: Point, argument: &str) -> Option<Act> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.iter_mut().find(|fault| {
            fault.at == at
                && fault.left != Some(0)
                && fault.containing.as_deref().is_none_or(|text| argument.contains(text))
        })?;
        fault.left = fault.left.map(|left| left - 1);
        Some(fault.act.clone())
    }
}

/// A running sink. It stops, and its connections close, when it is dropped.
pub struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
    running: AbortHandle,
}

impl SmtpSink {
    /// Starts a sink on any free port of `127.0.0.1`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), SinkOptions::default()).await
    }

    /// Starts a sink at an address, with other options.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn start_at(address: SocketAddr, options: SinkOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { options, mailbox: Mailbox::default(), faults: Mutex::default() });
        let running = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has taken.
    pub fn mailbox(&self) -> Mailbox {
        self.shared.mailbox.clone()
    }

    /// Adds a fault after those already scripted.
    pub fn script(&self, fault: Fault) {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Forgets all faults.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Takes connections until it is aborted; the set takes its conversations down with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                conversations.spawn(session::serve(stream, Arc::clone(&shared)));
            }
            Some(_) = conversations.join_next() => {}
        }
    }
}
