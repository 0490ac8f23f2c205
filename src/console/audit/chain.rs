//! How the audit's chain stands, as this process knows it.
//!
//! Checked from the first entry once, and whenever somebody asks for it; in between only what is new.
//! A million entries take seconds: no request waits for them, and the page says how far the check has
//! come.

use crate::console::state::{Console, Inner};
use crate::desk::audit::{ChainCheck, ChainStatus};
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Entries that are read at a time.
const AT_ONCE: usize = 20_000;
/// How long a page waits for a check that may be done at once.
const PATIENCE: Duration = Duration::from_millis(300);

/// What a check found.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What was found.
    pub(super) status: ChainStatus,
    /// When.
    pub(super) at: Timestamp,
    /// When it was checked from the first entry.
    pub(super) from_first_at: Timestamp,
}

/// How far a check has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) of: u64,
}

/// What is known now.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) known: Option<Known>,
    pub(super) running: Option<Progress>,
    /// The last check could not read the audit.
    pub(super) has_failed: bool,
}

#[derive(Default)]
struct Watch {
    seen: Seen,
    check: ChainCheck,
}

/// Remembers how the chain stands.
#[derive(Default)]
pub(in crate::console) struct ChainWatch(Mutex<Watch>);

impl ChainWatch {
    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The check to go on with; nothing when one is running, or when more of a broken chain would say
    /// nothing new.
    fn begin(&self, anew: bool) -> Option<ChainCheck> {
        let mut watch = self.lock();
        let is_broken = watch.seen.known.as_ref().is_some_and(|known| known.status.broken_at.is_some());
        if watch.seen.running.is_some() || (is_broken && !anew) {
            return None;
        }
        if anew {
            watch.check = ChainCheck::default();
        }
        let done = watch.check.last().seq;
        watch.seen.running = Some(Progress { done, of: done });
        Some(watch.check.clone())
    }

    fn end(&self, found: Option<(ChainCheck, Known)>) {
        let mut watch = self.lock();
        watch.seen.running = None;
        watch.seen.has_failed = found.is_none();
        if let Some((check, known)) = found {
            watch.check = check;
            watch.seen.known = Some(known);
        }
    }
}

/// How the chain stands: with what is new since the last look, or looked at from its first entry anew.
pub(super) async fn look(console: &Console, anew: bool) -> Seen {
    if let Some(check) = console.chain.begin(anew) {
        let shared = console.clone();
        let work = tokio::task::spawn_blocking(move || look_at_rest(&shared, check));
        // Late is no trouble: it goes on by itself.
        let _ = tokio::time::timeout(PATIENCE, work).await;
    }
    console.chain.lock().seen.clone()
}

fn look_at_rest(console: &Inner, mut check: ChainCheck) {
    let is_from_first = check.last().seq == 0;
    loop {
        let before = check.last().seq;
        let appended = match console.parts.store.check_audit(&mut check, AT_ONCE) {
            Ok(appended) => appended,
            Err(error) => {
                tracing::error!(%error, "the audit's chain could not be checked");
                return console.chain.end(None);
            }
        };
        if check.last().seq == before {
            let status = check.clone().finish(appended);
            if let Some(seq) = status.broken_at {
                tracing::error!(seq, "the audit's chain is broken: an entry was changed or removed");
            }
            let at = console.parts.clock.now();
            let earlier = console.chain.lock().seen.known.as_ref().map(|known| known.from_first_at);
            let from_first_at = earlier.filter(|_| !is_from_first).unwrap_or(at);
            return console.chain.end(Some((check, Known { status, at, from_first_at })));
        }
        let (done, of) = (check.last().seq, appended.unwrap_or_default());
        console.chain.lock().seen.running = Some(Progress { done, of: of.max(done) });
    }
}
