//! Tells who listens that something about leads was committed, by this process or another.
//!
//! Says that, never what: a listener looks for itself, within what it may see.

use super::{Store, StoreError};
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// The tables whose rows lists are made of.
const TABLES: [&str; 2] = ["leads", "reminders"];

/// Counts commits that changed what lists are made of.
pub(super) struct Changes {
    count: watch::Sender<u64>,
    /// A row changed since the last commit. One that was rolled back is told too: it harms nobody.
    touched: Arc<AtomicBool>,
    /// By which SQLite tells the writing connection that another one has committed.
    version: AtomicI64,
}

impl Changes {
    /// Watches what the writing connection changes.
    pub(super) fn watch(writer: &mut Connection) -> Result<Self, StoreError> {
        let touched = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&touched);
        writer.update_hook(Some(move |_, _: &str, table: &str, _| {
            if TABLES.contains(&table) {
                mark.store(true, Ordering::Relaxed);
            }
        }))?;
        Ok(Self { count: watch::Sender::new(0), touched, version: AtomicI64::new(data_version(writer)?) })
    }

    /// After a commit.
    pub(super) fn tell(&self) {
        if self.touched.swap(false, Ordering::Relaxed) {
            self.count.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

impl Store {
    /// Changes with each commit after which a list may look otherwise.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.count.subscribe()
    }

    /// Looks whether another process has committed since the last look, and tells who listens. Cheap,
    /// and needed only while somebody does.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn notice_others(&self) -> Result<(), StoreError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let version = data_version(&writer)?;
        drop(writer);
        if self.changes.version.swap(version, Ordering::Relaxed) != version {
            self.changes.touched.store(true, Ordering::Relaxed);
            self.changes.tell();
        }
        Ok(())
    }
}
