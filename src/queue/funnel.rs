//! Counts of visits to forms: gathered in memory, written down now and then, read by `stats`.
//!
//! Takes only [`FunnelKey`]s, whose parts come from closed sets, so that neither memory nor the file
//! can hold a visitor. Nothing waits for the file: where it can't be written, counts go on in
//! memory, and a crash loses those of the last seconds. Leads have nothing to do with it.

use super::database::{self, DatabaseError, Schema};
use crate::domain::funnel::{FunnelEvent, FunnelKey};
use jiff::ToSpan;
use jiff::civil::Date;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often counts are written down.
const FLUSH_EVERY: Duration = Duration::from_secs(10);
/// Days that are kept: two years and a month, so that a month can be held against the year before.
const KEEP_DAYS: i32 = 761;
/// Most different counts in memory. Only a file that can't be written for months leads there.
const MOST_KEYS: usize = 200_000;

const SCHEMA: Schema = Schema {
    application_id: 0x4c53_4655,
    // What is not known is an empty text: NULL would make equal keys differ.
    migrations: &["CREATE TABLE counts (
        day TEXT NOT NULL, form TEXT NOT NULL, event TEXT NOT NULL, field TEXT NOT NULL,
        page TEXT NOT NULL, source TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (day, form, event, field, page, source)
    ) STRICT, WITHOUT ROWID;"],
};

type Counts = HashMap<FunnelKey, u64>;

/// The counts of this process. Copies share them.
#[derive(Clone)]
pub struct Funnel {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    waiting: Mutex<Counts>,
    file: Mutex<File>,
}

#[derive(Default)]
struct File {
    connection: Option<Connection>,
    failed: bool,
}

impl Funnel {
    /// Counts for the file at `path`, which is made at the first flush.
    pub fn new(path: &Path) -> Self {
        let (waiting, file) = (Mutex::default(), Mutex::default());
        Self { shared: Arc::new(Shared { path: path.to_owned(), waiting, file }) }
    }

    /// Counts one.
    pub fn count(&self, key: FunnelKey) {
        metrics::counter!(
            "leadseal_funnel_total", "form" => key.form.to_string(), "event" => key.event.word()
        )
        .increment(1);
        self.put(key, 1);
    }

    fn put(&self, key: FunnelKey, n: u64) {
        let mut waiting = locked(&self.shared.waiting);
        if let Some(count) = waiting.get_mut(&key) {
            *count += n;
        } else if waiting.len() < MOST_KEYS {
            waiting.insert(key, n);
        }
    }

    /// Writes down what was counted since the last time. Where that fails, it is kept for the next,
    /// and the log says so once. Blocks.
    pub fn flush(&self) {
        let mut file = locked(&self.shared.file);
        let counts = std::mem::take(&mut *locked(&self.shared.waiting));
        if counts.is_empty() {
            return;
        }
        match write(&mut file.connection, &self.shared.path, &counts) {
            Ok(()) if std::mem::take(&mut file.failed) => tracing::info!("the counts of visits are written again"),
            Ok(()) => {}
            Err(error) => {
                file.connection = None;
                if !std::mem::replace(&mut file.failed, true) {
                    let path = self.shared.path.display();
                    tracing::error!(%error, "{path} can't be written; visits are counted in memory only until it can. Leads are not affected");
                }
                for (key, n) in counts {
                    self.put(key, n);
                }
            }
        }
    }

    /// Flushes every few seconds, and a last time when `stop` is cancelled.
    pub async fn write_down(self, stop: CancellationToken) {
        loop {
            let last = tokio::select! {
                biased;
                () = stop.cancelled() => true,
                () = tokio::time::sleep(FLUSH_EVERY) => false,
            };
            let funnel = self.clone();
            if tokio::task::spawn_blocking(move || funnel.flush()).await.is_err() {
                tracing::error!("the counts of visits could not be written this time");
            }
            if last {
                return;
            }
        }
    }

    /// What waits in memory, for tests.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> Vec<(FunnelKey, u64)> {
        let mut waiting: Vec<_> = locked(&self.shared.waiting).iter().map(|(key, n)| (key.clone(), *n)).collect();
        waiting.sort();
        waiting
    }
}

/// A count is never left half done, so that one thread's panic spoils nothing for the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(open: &mut Option<Connection>, path: &Path, counts: &Counts) -> Result<(), DatabaseError> {
    // Somebody who removes the file wants to begin anew; an open connection would write into nothing.
    if !path.exists() {
        *open = None;
    }
    let connection = match open {
        Some(connection) => connection,
        None => open.insert(database::open_writer(path, SCHEMA)?),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut add = transaction.prepare_cached(
            "INSERT INTO counts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for (key, n) in counts {
            let field = key.field.as_ref().map_or("", |field| field.as_str());
            let page = key.page.as_ref().map(ToString::to_string).unwrap_or_default();
            let source = key.source.map_or("", |source| source.word());
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            add.execute(params![key.day.to_string(), key.form.as_str(), key.event.word(), field, page, source, n])?;
        }
        if let Some(newest) = counts.keys().map(|key| key.day).max()
            && let Ok(oldest) = newest.checked_sub(KEEP_DAYS.days())
        {
            transaction.execute("DELETE FROM counts WHERE day < ?1", [oldest.to_string()])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// One count as it was written down. What was not known is an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The day in UTC.
    pub day: String,
    /// The form's id.
    pub form: String,
    /// What happened.
    pub event: FunnelEvent,
    /// The field's id.
    pub field: String,
    /// The page's name.
    pub page: String,
    /// The source's word.
    pub source: String,
    /// How often.
    pub n: u64,
}

/// What was written down since `first_day`, or nothing where there is no file yet.
///
/// # Errors
/// When the file can't be read.
pub fn read(path: &Path, first_day: Date) -> Result<Option<Vec<Counted>>, DatabaseError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = database::open_reader(path)?;
    let mut query = connection.prepare(
        "SELECT day, form, event, field, page, source, n FROM counts WHERE day >= ?1
         ORDER BY day, form, event, field, page, source",
    )?;
    let mut rows = query.query([first_day.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // A newer program may count more events; this one does not know what they mean.
        let Some(event) = FunnelEvent::from_word(&row.get::<_, String>(2)?) else { continue };
        found.push(Counted {
            day: row.get(0)?,
            form: row.get(1)?,
            event,
            field: row.get(3)?,
            page: row.get(4)?,
            source: row.get(5)?,
            n: row.get::<_, i64>(6)?.unsigned_abs(),
        });
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::funnel::{Page, Source};

    fn key(day: &str, event: FunnelEvent) -> FunnelKey {
        FunnelKey {
            day: day.parse().unwrap(),
            form: "contact".parse().unwrap(),
            event,
            field: None,
            page: Some(Page::Other),
            source: Some(Source::Cpc),
        }
    }

    fn total(path: &Path) -> u64 {
        read(path, Date::MIN).unwrap().unwrap().iter().map(|counted| counted.n).sum()
    }

    #[test]
    fn counts_add_up_over_flushes_and_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("funnel.db");
        assert_eq!(read(&path, Date::MIN).unwrap(), None);
        for _ in 0..2 {
            let funnel = Funnel::new(&path);
            for _ in 0..3 {
                funnel.count(key("2026-11-22", FunnelEvent::View));
                funnel.flush();
            }
            funnel.flush();
        }
        let found = read(&path, Date::MIN).unwrap().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].n, found[0].page.as_str(), found[0].source.as_str()), (6, "other", "cpc"));
        assert_eq!(read(&path, "2026-11-23".parse().unwrap()).unwrap().unwrap(), []);
    }

    #[tokio::test]
    async fn what_is_counted_last_is_written_when_the_server_stops() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("funnel.db");
        let funnel = Funnel::new(&path);
        let stop = CancellationToken::new();
        let worker = tokio::spawn(funnel.clone().write_down(stop.clone()));
        funnel.count(key("2026-11-22", FunnelEvent::Start));
        stop.cancel();
        worker.await.unwrap();
        assert_eq!(total(&path), 1);
    }

    #[test]
    fn a_file_that_can_not_be_written_loses_nothing_while_the_server_runs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("funnel.db");
        std::fs::write(&path, [b'x'; 5000]).unwrap();
        let funnel = Funnel::new(&path);
        funnel.count(key("2026-11-22", FunnelEvent::View));
        funnel.flush();
        funnel.count(key("2026-11-22", FunnelEvent::View));
        funnel.flush();
        std::fs::remove_file(&path).unwrap();
        funnel.flush();
        assert_eq!(total(&path), 2);
        // Removed under a running server: it begins anew.
        for name in ["funnel.db", "funnel.db-wal", "funnel.db-shm"] {
            let _ = std::fs::remove_file(dir.path().join(name));
        }
        funnel.count(key("2026-11-22", FunnelEvent::View));
        funnel.flush();
        assert_eq!(total(&path), 1);
    }

    #[test]
    fn old_days_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("funnel.db");
        let funnel = Funnel::new(&path);
        funnel.count(key("2024-01-01", FunnelEvent::View));
        funnel.flush();
        assert_eq!(total(&path), 1);
        funnel.count(key("2026-11-22", FunnelEvent::View));
        funnel.flush();
        let days: Vec<String> = read(&path, Date::MIN).unwrap().unwrap().into_iter().map(|c| c.day).collect();
        assert_eq!(days, ["2026-11-22"]);
    }
}
