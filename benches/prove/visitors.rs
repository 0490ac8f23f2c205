//! The load: visitors who send enquiries, by page and by program, to whichever node they meet, and
//! who send again when they get no answer. Remembers every success answer they were given.

use crate::dice::Dice;
use crate::support::forms::hidden_inputs;
use crate::support::http::{Request, Response};
use leadseal::domain::token::Token;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A success answer.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub token: Token,
    /// Tells one submission from another.
    pub email: String,
}

/// What visitors met.
#[derive(Default)]
pub struct Ledger {
    acknowledged: Mutex<Vec<Acknowledged>>,
    statuses: Mutex<BTreeMap<u16, u64>>,
    unexpected: Mutex<BTreeSet<String>>,
    /// Submissions begun; each has an address and a key of its own.
    pub submissions: AtomicU64,
    /// Posts without an answer.
    pub cut: AtomicU64,
    /// Answers that asked to try again with what was typed still in the page, and without it.
    pub kept: AtomicU64,
    pub not_kept: AtomicU64,
    /// Repeats at one node that were given another receipt.
    pub other_receipts: AtomicU64,
}

impl Ledger {
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        lock(&self.acknowledged).clone()
    }

    pub fn count(&self) -> usize {
        lock(&self.acknowledged).len()
    }

    /// How many submissions have had a success answer; a repeat counts once.
    pub fn answered(&self) -> usize {
        let acknowledged = lock(&self.acknowledged);
        acknowledged.iter().map(|given| given.email.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// The answers from the `from`th on.
    pub fn since(&self, from: usize) -> Vec<Acknowledged> {
        lock(&self.acknowledged)[from..].to_vec()
    }

    /// Pages that asked to try again and still held what was typed.
    pub fn kept_pages(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    pub fn status(&self, status: u16) -> u64 {
        lock(&self.statuses).get(&status).copied().unwrap_or(0)
    }

    /// Answers that no visitor should get, whatever is broken behind the page.
    pub fn unexpected(&self) -> BTreeSet<String> {
        lock(&self.unexpected).clone()
    }

    fn post(&self, door: SocketAddr, submission: &Submission) -> Outcome {
        let Ok(answer) = submission.request().send(door) else {
            self.cut.fetch_add(1, Ordering::Relaxed);
            return Outcome::Cut;
        };
        *lock(&self.statuses).entry(answer.status).or_default() += 1;
        match answer.status {
            200 | 303 => match receipt(&answer) {
                Some(token) => {
                    lock(&self.acknowledged).push(Acknowledged { token, email: submission.email.clone() });
                    Outcome::Taken(token)
                }
                None => self.refused(&answer, submission),
            },
            503 => {
                self.note_kept(&answer, submission);
                Outcome::Again
            }
            _ => self.refused(&answer, submission),
        }
    }

    fn refused(&self, answer: &Response, submission: &Submission) -> Outcome {
        let by = if submission.page.is_some() { "page" } else { "program" };
        lock(&self.unexpected).insert(format!("{} to a {by}", answer.status));
        Outcome::Refused
    }

    fn note_kept(&self, answer: &Response, submission: &Submission) {
        if submission.page.is_some() {
            let kept = answer.text().contains(&submission.email);
            let counter = if kept { &self.kept } else { &self.not_kept };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What came of one post.
enum Outcome {
    Taken(Token),
    Again,
    Refused,
    /// No answer, so nothing is promised.
    Cut,
}

/// One enquiry. Sent again, it is the same to the byte.
pub struct Submission {
    email: String,
    /// The hidden inputs of the page it stands in; nothing for a program.
    page: Option<Vec<(String, String)>>,
}

impl Submission {
    pub fn by_program(email: &str) -> Self {
        Self { email: email.to_owned(), page: None }
    }

    /// Loads the page first, as a browser does.
    pub fn by_page(email: &str, door: SocketAddr) -> Option<Self> {
        let page = Request::get("/f/contact?lang=ja").send(door).ok().filter(|page| page.status == 200)?;
        Some(Self { email: email.to_owned(), page: Some(hidden_inputs(&page.text())) })
    }

    pub fn request(&self) -> Request {
        let message = "止めても失われません。".repeat(1 + self.email.len() % 7);
        match &self.page {
            None => {
                let body = serde_json::json!({
                    "inquiry_type": "product", "name": {"family": "髙﨑", "given": "美咲"}, "email": self.email,
                    "message": message, "privacy": true,
                });
                Request::post("/f/contact", "application/json", body.to_string()).header("Idempotency-Key", &self.email)
            }
            Some(hidden) => {
                let typed = [
                    ("inquiry_type", "support"),
                    ("name_family", "髙﨑"),
                    ("name_given", "美咲"),
                    ("email", &self.email),
                    ("message", &message),
                    ("privacy", "yes"),
                ];
                let typed = typed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                let fields: Vec<(String, String)> = hidden.iter().cloned().chain(typed).collect();
                Request::form("/f/contact", &fields)
            }
        }
    }
}

fn receipt(answer: &Response) -> Option<Token> {
    let place = answer.header("location").map_or_else(|| answer.text(), str::to_owned);
    let start = place.find("ls_")?;
    place.get(start..start + 36)?.parse().ok()
}

/// Visitors at work. They stop when this is dropped.
pub struct Load {
    pub ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    visitors: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts `visitors` who pause for up to `pace` between their enquiries.
    pub fn start(doors: &[SocketAddr], visitors: usize, pace: Duration, dice: &Dice) -> Self {
        let (ledger, stop): (Arc<Ledger>, Arc<AtomicBool>) = Default::default();
        let mut dice = dice.clone();
        let visitors = (0..visitors)
            .map(|number| {
                let dice = Dice::new(dice.next(), "visitor");
                let (doors, ledger, stop) = (doors.to_vec(), Arc::clone(&ledger), Arc::clone(&stop));
                let mut visitor = Visitor { number, doors, pace, dice, ledger, stop };
                std::thread::spawn(move || visitor.work())
            })
            .collect();
        Self { ledger, stop, visitors }
    }

    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.visitors.drain(..).for_each(|visitor| {
            let _ = visitor.join();
        });
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Visitor {
    number: usize,
    doors: Vec<SocketAddr>,
    pace: Duration,
    dice: Dice,
    ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
}

impl Visitor {
    fn work(&mut self) {
        for n in 0u64.. {
            self.rest(self.pace);
            if self.stopped() {
                return;
            }
            let email = format!("visitor{}.{n}@example.co.jp", self.number);
            let door = *self.dice.pick(&self.doors);
            let submission = if self.dice.one_in(3) {
                Submission::by_page(&email, door)
            } else {
                Some(Submission::by_program(&email))
            };
            let Some(submission) = submission else { continue };
            self.ledger.submissions.fetch_add(1, Ordering::Relaxed);
            self.send(door, &submission);
        }
    }

    /// Sends until there is an answer, or patience ends; some give up at once.
    fn send(&mut self, mut door: SocketAddr, submission: &Submission) {
        let tries = if self.dice.one_in(4) { 1 } else { 2 + self.dice.below(8) };
        for _ in 0..tries {
            match self.ledger.post(door, submission) {
                Outcome::Taken(token) => return self.send_twice(door, submission, token),
                Outcome::Refused => return,
                Outcome::Again | Outcome::Cut => {}
            }
            self.rest(Duration::from_millis(400));
            if self.stopped() {
                return;
            }
            if self.dice.one_in(3) {
                door = *self.dice.pick(&self.doors);
            }
        }
    }

    /// Some click twice, and some find themselves at another node the second time. There the receipt
    /// may be another, when the nodes can't ask each other; it is one lead all the same.
    fn send_twice(&mut self, door: SocketAddr, submission: &Submission, first: Token) {
        if !self.dice.one_in(6) {
            return;
        }
        let again = *self.dice.pick(&self.doors);
        if let Outcome::Taken(second) = self.ledger.post(again, submission)
            && second != first
            && again == door
        {
            self.ledger.other_receipts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn rest(&mut self, most: Duration) {
        std::thread::sleep(self.dice.millis(0, most.as_millis() as u64));
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
