//! Exports that run: how far each is, how it is stopped, and how many there may be.

use crate::console::state::Console;
use crate::desk::export::Progress;
use crate::domain::ids::{ExportId, StaffId};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Exports of one member of staff at a time.
const OF_ONE: usize = 2;
/// Exports at a time: each takes a thread and a few MiB.
const OF_ALL: usize = 6;

/// The exports that run.
#[derive(Default)]
pub(in crate::console) struct Exports(Mutex<HashMap<ExportId, Arc<Running>>>);

/// One that runs.
pub(super) struct Running {
    staff: StaffId,
    read: AtomicU64,
    total: AtomicU64,
    pub(super) stop: CancellationToken,
}

/// Why an export can't begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It runs already.
    Begun,
    /// Theirs run already.
    OwnRun,
    /// Too many run.
    TooMany,
}

/// The place of an export among those that run, given back when it is dropped.
pub(super) struct Slot {
    console: Console,
    id: ExportId,
    pub(super) running: Arc<Running>,
}

impl Exports {
    fn all(&self) -> MutexGuard<'_, HashMap<ExportId, Arc<Running>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An export, while it runs.
    pub(super) fn find(&self, id: ExportId) -> Option<Arc<Running>> {
        self.all().get(&id).cloned()
    }
}

impl Running {
    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), total: self.total.load(Ordering::Relaxed) }
    }

    /// Notes how far it is, and whether it is to go on.
    pub(super) fn note(&self, progress: Progress) -> ControlFlow<()> {
        self.read.store(progress.read, Ordering::Relaxed);
        self.total.store(progress.total, Ordering::Relaxed);
        if self.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Slot {
    /// A place for an export, where there is one.
    pub(super) fn take(console: &Console, id: ExportId, staff: StaffId) -> Result<Self, Refused> {
        let mut all = console.exports.all();
        if all.contains_key(&id) {
            return Err(Refused::Begun);
        }
        if all.values().filter(|running| running.staff == staff).count() >= OF_ONE {
            return Err(Refused::OwnRun);
        }
        if all.len() >= OF_ALL {
            return Err(Refused::TooMany);
        }
        let running = Arc::new(Running {
            staff,
            read: AtomicU64::new(0),
            total: AtomicU64::new(0),
            stop: CancellationToken::new(),
        });
        all.insert(id, Arc::clone(&running));
        drop(all);
        Ok(Self { console: console.clone(), id, running })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.console.exports.all().remove(&self.id);
    }
}
