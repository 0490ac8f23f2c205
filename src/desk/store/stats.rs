//! Counts.

use super::{DeliveryKind, Store, StoreError, StoreStats, rows};
use crate::domain::request::LINK_DAYS;
use jiff::SignedDuration;
use rusqlite::params;

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        let now = self.clock.now();
        let a_day_ago = now - SignedDuration::from_hours(24);
        let a_week_ago = now - SignedDuration::from_hours(24 * LINK_DAYS);
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT (SELECT ifnull(sum(leads), 0) FROM lead_cells) AS leads,
                            (SELECT count(*) FROM outbox WHERE state = 'waiting') AS waiting,
                            (SELECT count(*) FROM outbox WHERE state = 'waiting' AND last_error IS NOT NULL) AS failing,
                            (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
                            (SELECT count(*) FROM outbox
                             WHERE state = 'dead' AND kind = ?1 AND done_at >= ?2) AS lost,
                            (SELECT count(*) FROM unopened) AS unopened,
                            (SELECT count(*) FROM quarantine) AS quarantined,
                            (SELECT count(*) FROM requests
                             WHERE sealed IS NOT NULL AND status IN ('open', 'held')) AS requests,
                            (SELECT count(*) FROM requests
                             WHERE sealed IS NOT NULL AND status IN ('open', 'held') AND created_at < ?3) AS overdue",
                )?
                .query_row(
                    params![DeliveryKind::Notification.word(), a_day_ago.as_millisecond(), a_week_ago.as_millisecond()],
                    |row| {
                        Ok(StoreStats {
                            leads: rows::count(row, "leads")?,
                            outbox_waiting: rows::count(row, "waiting")?,
                            outbox_failing: rows::count(row, "failing")?,
                            outbox_dead: rows::count(row, "dead")?,
                            notifications_lost: rows::count(row, "lost")?,
                            unopened: rows::count(row, "unopened")?,
                            quarantined: rows::count(row, "quarantined")?,
                            requests_waiting: rows::count(row, "requests")?,
                            requests_overdue: rows::count(row, "overdue")?,
                        })
                    },
                )?)
        })
    }
}
