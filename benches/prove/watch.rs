//! Follows what the desk has stored, from `leads.db` itself, and how long that took after a fault.

use crate::visitors::Ledger;
use leadseal::domain::token::Token;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub struct Watch {
    path: PathBuf,
    stored: HashSet<Token>,
    last_lead: i64,
    /// Acknowledged leads that were not seen stored yet, with their place in the ledger, and how far
    /// that was read.
    pending: Vec<(usize, Token)>,
    read: usize,
}

impl Watch {
    pub fn new(path: PathBuf) -> Self {
        Self { path, stored: HashSet::new(), last_lead: 0, pending: Vec::new(), read: 0 }
    }

    /// Another file stands in the place: what was seen counts no more.
    pub fn forget(&mut self) {
        *self = Self::new(std::mem::take(&mut self.path));
    }

    /// How many of the first `wanted` success answers are not stored yet.
    pub fn missing(&mut self, ledger: &Ledger, wanted: usize) -> usize {
        let news = ledger.since(self.read);
        self.pending.extend(news.iter().enumerate().map(|(n, given)| (self.read + n, given.token)));
        self.read += news.len();
        // A file that is locked or being put back is looked at again later.
        let _ = self.take_up_news();
        self.pending.retain(|(_, token)| !self.stored.contains(token));
        self.pending.iter().filter(|(place, _)| *place < wanted).count()
    }

    fn take_up_news(&mut self) -> rusqlite::Result<()> {
        let db = open(&self.path)?;
        let mut leads = db.prepare("SELECT id, token FROM leads WHERE id > ?1 ORDER BY id")?;
        let mut rows = leads.query([self.last_lead])?;
        while let Some(row) = rows.next()? {
            self.last_lead = row.get(0)?;
            self.stored.insert(Token::from_bytes(row.get(1)?));
        }
        if has_aliases(&db)? {
            let mut aliases = db.prepare("SELECT token FROM aliases")?;
            for token in aliases.query_map([], |row| row.get(0))? {
                self.stored.insert(Token::from_bytes(token?));
            }
        }
        Ok(())
    }

    /// Waits until everything that is acknowledged now is stored; gives how long after `start` that
    /// was, or how many were still missing.
    pub fn catch_up(&mut self, ledger: &Ledger, start: Instant, patience: Duration) -> Result<Duration, usize> {
        let wanted = ledger.count();
        loop {
            let missing = self.missing(ledger, wanted);
            if missing == 0 {
                return Ok(start.elapsed());
            }
            if start.elapsed() > patience {
                return Err(missing);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Opens a database of a running program to read it.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(Duration::from_secs(2))?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

/// Tokens that were given for the same submission at two nodes; embedded programs know none.
pub fn has_aliases(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'aliases'", [], |row| row.get::<_, i64>(0))
        .map(|count| count > 0)
}
