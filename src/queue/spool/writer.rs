//! The spool's writer thread: gathers requests, commits them together, then answers.

use super::reader::remembered;
use super::schema::{self, ANSWER_SECONDS, CONFIRMED_SECONDS};
use super::{AcceptError, Accepted, Idempotency, Shared};
use crate::domain::clock::Clock;
use crate::domain::mark::StoreMark;
use crate::domain::token::Token;
use crate::queue::database::DatabaseError;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Most requests in one commit.
const BATCH: usize = 512;
/// Most rows deleted at a time, so that tidying never holds a post up for long.
const TIDY_ROWS: i64 = 500;
/// Seconds between two rounds of tidying.
const TIDY_EVERY: i64 = 600;
/// How often the writer looks up when nothing comes in.
const IDLE: Duration = Duration::from_secs(60);
/// How often it tries to write again after a failure when nothing comes in: a node that is taken
/// out of service because it is unhealthy gets no posts that could show that it has recovered.
const IDLE_UNHEALTHY: Duration = Duration::from_secs(2);

/// What is asked of the writer. Each is answered after its commit was synced.
pub(super) enum Request {
    Accept {
        token: Token,
        envelope: Vec<u8>,
        idempotency: Option<Idempotency>,
        answer: oneshot::Sender<Result<Accepted, AcceptError>>,
    },
    Confirm {
        leads: Vec<Token>,
        mark: StoreMark,
        evidence: Option<Vec<u8>>,
        answer: oneshot::Sender<Result<(), AcceptError>>,
    },
    Close {
        answer: oneshot::Sender<()>,
    },
}

/// An answer that waits for the commit.
enum Outcome {
    Accepted(oneshot::Sender<Result<Accepted, AcceptError>>, Result<Accepted, AcceptError>),
    Confirmed(oneshot::Sender<Result<(), AcceptError>>),
    Closed(oneshot::Sender<()>),
}

pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    /// Device and inode of the file that was opened.
    identity: (u64, u64),
    max_waiting: u64,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    /// Posts are being refused because as many wait as may.
    full: Cell<bool>,
    /// When expired rows were last looked for (Unix seconds).
    tidied_at: i64,
}

/// What one transaction changes in the count of waiting envelopes.
#[derive(Default)]
struct Tally {
    stored: u64,
    refused: u64,
    confirmed: u64,
    /// Confirmed to an earlier life of the store, waiting again.
    again: u64,
}

fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    path.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        path: &Path,
        max_waiting: u64,
        clock: Arc<dyn Clock>,
        shared: Arc<Shared>,
    ) -> Result<Self, DatabaseError> {
        let identity = identity(path)?;
        let mut writer = Self {
            connection,
            path: path.to_owned(),
            identity,
            max_waiting,
            clock,
            shared,
            full: Cell::new(false),
            tidied_at: i64::MIN,
        };
        writer.tidy_when_due();
        Ok(writer)
    }

    /// Serves requests until the last sender is gone or a close is asked for; what was sent
    /// before that is committed.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "the spool's writer can't start");
                self.shared.healthy.store(false, Ordering::Release);
                return;
            }
        };
        loop {
            let idle = if self.shared.healthy.load(Ordering::Acquire) { IDLE } else { IDLE_UNHEALTHY };
            match runtime.block_on(async { tokio::time::timeout(idle, inbox.recv()).await }) {
                Ok(Some(first)) => self.serve(gather(first, &mut inbox), &mut inbox),
                Ok(None) => return,
                Err(_) => self.probe_when_unhealthy(),
            }
            self.tidy_when_due();
        }
    }

    fn serve(&mut self, batch: Vec<Request>, inbox: &mut mpsc::Receiver<Request>) {
        if batch.iter().any(|request| matches!(request, Request::Close { .. })) {
            inbox.close();
        }
        self.commit(batch);
    }

    /// One transaction for the whole batch; answers go out after it was synced.
    pub(super) fn commit(&mut self, batch: Vec<Request>) {
        let batch = match self.file_in_place() {
            Ok(()) => batch,
            Err(error) => self.refuse_posts(batch, &error),
        };
        if batch.is_empty() {
            return;
        }
        let mut outcomes = Vec::with_capacity(batch.len());
        let result = self.write(batch, &mut outcomes);
        match &result {
            Ok(tally) => self.settle(tally),
            Err(error) => self.fail(error),
        }
        for outcome in outcomes {
            answer(outcome, result.as_ref().err());
        }
    }

    /// Answers the posts of a batch; gives what is left. Confirmations go on in a file that was
    /// removed: what waits in it is readable only now, and would else be lost with the process.
    fn refuse_posts(&self, batch: Vec<Request>, error: &AcceptError) -> Vec<Request> {
        self.fail(error);
        let mut others = Vec::new();
        for request in batch {
            match request {
                Request::Accept { answer: receiver, .. } => {
                    answer(Outcome::Accepted(receiver, Err(error.clone())), None);
                }
                other => others.push(other),
            }
        }
        others
    }

    fn write(&mut self, batch: Vec<Request>, outcomes: &mut Vec<Outcome>) -> Result<Tally, AcceptError> {
        let now = self.clock.now().as_second();
        let room = self.max_waiting.saturating_sub(self.shared.waiting.load(Ordering::Acquire));
        let mut tally = Tally::default();
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable);
        for request in batch {
            let outcome = apply(request, &mut transaction, room, now, &mut tally);
            outcomes.push(outcome);
        }
        transaction?.commit().map_err(unavailable)?;
        Ok(tally)
    }

    /// SQLite goes on writing to a file that was deleted or replaced; its rows would be lost at
    /// the next start.
    fn file_in_place(&self) -> Result<(), AcceptError> {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            Ok(())
        } else {
            Err(AcceptError::Unavailable("its file was removed or replaced; restart to go on".to_owned()))
        }
    }

    fn settle(&self, tally: &Tally) {
        let waiting = self.shared.waiting.load(Ordering::Acquire);
        self.shared
            .waiting
            .store((waiting + tally.stored + tally.again).saturating_sub(tally.confirmed), Ordering::Release);
        if tally.again > 0 {
            tracing::warn!(
                envelopes = tally.again,
                "the desk's store was restored from a backup: what is still in the spool is handed over again"
            );
        }
        if self.file_in_place().is_ok() && !self.shared.healthy.swap(true, Ordering::AcqRel) {
            tracing::info!("the spool can be written again");
        }
        self.tell_when_full(tally);
        if tally.stored + tally.again > 0 {
            self.shared.arrivals.send_modify(|commits| *commits += 1);
        }
    }

    /// One line when posts begin to be refused and one when they are taken again: a line for each
    /// refused post would fill the disk that the spool needs.
    fn tell_when_full(&self, tally: &Tally) {
        if tally.refused > 0 && !self.full.replace(true) {
            tracing::error!(
                most = self.max_waiting,
                "the spool is full; posts are refused until the desk has caught up"
            );
        }
        if tally.refused == 0 && tally.stored > 0 && self.full.replace(false) {
            tracing::info!("the spool has room again");
        }
    }

    fn fail(&self, error: &AcceptError) {
        if self.shared.healthy.swap(false, Ordering::AcqRel) {
            tracing::error!(%error, "posts are refused until the spool can be written");
        }
    }

    fn probe_when_unhealthy(&mut self) {
        if self.shared.healthy.load(Ordering::Acquire) {
            return;
        }
        let rewritten = self.file_in_place().and_then(|()| rewrite_version(&self.connection).map_err(unavailable));
        match rewritten {
            Ok(()) => self.settle(&Tally::default()),
            Err(error) => self.fail(&error),
        }
    }

    /// Deletes what is past its time, a little at a time.
    fn tidy_when_due(&mut self) {
        let now = self.clock.now().as_second();
        // A clock that was set back must not stop the tidying either.
        if now.saturating_sub(self.tidied_at).saturating_abs() < TIDY_EVERY {
            return;
        }
        match self.tidy(now) {
            Ok(true) => self.tidied_at = now,
            // More is left: go on after the next batch.
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "expired rows of the spool were not deleted");
                self.tidied_at = now;
            }
        }
    }

    /// True when nothing expired is left.
    fn tidy(&mut self, now: i64) -> Result<bool, rusqlite::Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let envelopes = transaction.execute(
            "DELETE FROM envelopes WHERE seq IN (SELECT seq FROM confirmed WHERE at <= ?1 ORDER BY at, seq LIMIT ?2)",
            params![now - CONFIRMED_SECONDS, TIDY_ROWS],
        )?;
        transaction.execute(
            "DELETE FROM confirmed WHERE seq IN (SELECT seq FROM confirmed WHERE at <= ?1 ORDER BY at, seq LIMIT ?2)",
            params![now - CONFIRMED_SECONDS, TIDY_ROWS],
        )?;
        let answers = transaction.execute(
            "DELETE FROM answers WHERE key_mac IN (SELECT key_mac FROM answers WHERE at <= ?1 ORDER BY at LIMIT ?2)",
            params![now - ANSWER_SECONDS, TIDY_ROWS],
        )?;
        transaction.commit()?;
        Ok(envelopes < TIDY_ROWS as usize && answers < TIDY_ROWS as usize)
    }
}

/// Writes a page and syncs it without changing anything.
fn rewrite_version(connection: &Connection) -> Result<(), rusqlite::Error> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)
}

/// The first request and whatever else is there by now.
fn gather(first: Request, inbox: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let mut batch = vec![first];
    while batch.len() < BATCH {
        match inbox.try_recv() {
            Ok(request) => batch.push(request),
            Err(_) => break,
        }
    }
    batch
}

/// Carries a request out inside the transaction. The first failure spoils the transaction, and
/// with it every answer of the batch.
fn apply(
    request: Request,
    transaction: &mut Result<Transaction<'_>, AcceptError>,
    room: u64,
    now: i64,
    tally: &mut Tally,
) -> Outcome {
    let mut spoilt = None;
    let outcome = match request {
        Request::Accept { token, envelope, idempotency, answer } => {
            let fate = match transaction {
                Ok(open) => store(open, token, &envelope, idempotency, tally.stored < room, now),
                Err(error) => Ok(Err(error.clone())),
            };
            match fate {
                Ok(fate) => {
                    tally.stored += u64::from(matches!(fate, Ok(Accepted::Stored(_))));
                    tally.refused += u64::from(matches!(fate, Err(AcceptError::Full)));
                    Outcome::Accepted(answer, fate)
                }
                Err(error) => {
                    let error = unavailable(error);
                    spoilt = Some(error.clone());
                    Outcome::Accepted(answer, Err(error))
                }
            }
        }
        Request::Confirm { leads, mark, evidence, answer } => {
            if let Ok(open) = transaction
                && let Err(error) = confirm(open, &leads, mark, evidence.as_deref(), now, tally)
            {
                spoilt = Some(unavailable(error));
            }
            Outcome::Confirmed(answer)
        }
        Request::Close { answer } => Outcome::Closed(answer),
    };
    if let Some(error) = spoilt {
        *transaction = Err(error);
    }
    outcome
}

fn store(
    transaction: &Transaction<'_>,
    token: Token,
    envelope: &[u8],
    idempotency: Option<Idempotency>,
    has_room: bool,
    now: i64,
) -> Result<Result<Accepted, AcceptError>, rusqlite::Error> {
    if let Some(idempotency) = &idempotency
        && let Some(earlier) = remembered(transaction, idempotency, now)?
    {
        return Ok(Ok(earlier));
    }
    if !has_room {
        return Ok(Err(AcceptError::Full));
    }
    let inserted = transaction
        .prepare_cached("INSERT INTO envelopes (token, envelope) VALUES (?1, ?2) ON CONFLICT (token) DO NOTHING")?
        .execute(params![token.as_bytes(), envelope])?;
    if inserted == 0 && !holds(transaction, token, envelope)? {
        return Ok(Err(AcceptError::Unavailable("another envelope has this token".to_owned())));
    }
    if inserted > 0 {
        let seq = transaction.last_insert_rowid();
        transaction.prepare_cached("INSERT INTO waiting (seq) VALUES (?1)")?.execute([seq])?;
    }
    if let Some(idempotency) = idempotency {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO answers (key_mac, body_mac, token, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![idempotency.key, idempotency.body, token.as_bytes(), now])?;
    }
    Ok(Ok(if inserted == 0 { Accepted::Replayed(token) } else { Accepted::Stored(token) }))
}

fn holds(transaction: &Transaction<'_>, token: Token, envelope: &[u8]) -> Result<bool, rusqlite::Error> {
    let found: Option<Vec<u8>> = transaction
        .query_row("SELECT envelope FROM envelopes WHERE token = ?1", [token.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.as_deref() == Some(envelope))
}

fn confirm(
    transaction: &Transaction<'_>,
    leads: &[Token],
    mark: StoreMark,
    evidence: Option<&[u8]>,
    now: i64,
    tally: &mut Tally,
) -> Result<(), rusqlite::Error> {
    let (known, _) = schema::desk(transaction)?;
    if mark.incarnation < known.incarnation {
        return Ok(());
    }
    if mark.incarnation > known.incarnation {
        tally.again += transaction.execute("INSERT OR IGNORE INTO waiting SELECT seq FROM confirmed", [])? as u64;
        transaction.execute("DELETE FROM confirmed", [])?;
    }
    if mark.is_after(&known) {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO desk (only, mark, evidence) VALUES (1, ?1, ?2)")?
            .execute(params![mark.to_bytes(), evidence])?;
    }
    let mut waits_no_more = transaction
        .prepare_cached("DELETE FROM waiting WHERE seq = (SELECT seq FROM envelopes WHERE token = ?1) RETURNING seq")?;
    let mut is_confirmed = transaction.prepare_cached("INSERT INTO confirmed (seq, at) VALUES (?1, ?2)")?;
    for lead in leads {
        let seq: Option<i64> = waits_no_more.query_row([lead.as_bytes()], |row| row.get(0)).optional()?;
        if let Some(seq) = seq {
            is_confirmed.execute(params![seq, now])?;
            tally.confirmed += 1;
        }
    }
    Ok(())
}

/// Hands an outcome out. A receiver that is gone (the visitor's connection broke) is no error:
/// the envelope is durable all the same.
fn answer(outcome: Outcome, failure: Option<&AcceptError>) {
    let _gone = match outcome {
        Outcome::Accepted(receiver, fate) => {
            receiver.send(failure.map_or(fate, |error| Err(error.clone()))).map_err(|_| ())
        }
        Outcome::Confirmed(receiver) => {
            receiver.send(failure.map_or(Ok(()), |error| Err(error.clone()))).map_err(|_| ())
        }
        Outcome::Closed(receiver) => receiver.send(()),
    };
}

fn unavailable(error: rusqlite::Error) -> AcceptError {
    AcceptError::Unavailable(DatabaseError::from(error).to_string())
}
