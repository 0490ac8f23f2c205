//! Counts.

use super::{Store, StoreError, StoreStats, rows};

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM leads) AS leads,
                            (SELECT count(*) FROM outbox WHERE state = 'waiting') AS waiting,
                            (SELECT count(*) FROM outbox WHERE state = 'waiting' AND last_error IS NOT NULL) AS failing,
                            (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
                            (SELECT count(*) FROM unopened) AS unopened",
                )?
                .query_row([], |row| {
                    Ok(StoreStats {
                        leads: rows::count(row, "leads")?,
                        outbox_waiting: rows::count(row, "waiting")?,
                        outbox_failing: rows::count(row, "failing")?,
                        outbox_dead: rows::count(row, "dead")?,
                        unopened: rows::count(row, "unopened")?,
                    })
                })?)
        })
    }
}
