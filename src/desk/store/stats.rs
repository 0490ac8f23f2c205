//! Counts for health: what waits, what was given up, when the last lead came.

use super::{DeliveryKind, Store, StoreError, StoreStats, rows};
use crate::domain::request::LINK_DAYS;
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

/// A mail of a lead that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp {
    /// The lead.
    pub lead: Token,
    /// Its number on its site.
    pub number: u64,
}

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

    /// Leads with a mail that was given up, the last given up first, each once.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn given_up(&self, limit: usize) -> Result<Vec<GivenUp>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT leads.token, leads.number FROM outbox JOIN leads ON leads.id = outbox.lead
                 WHERE outbox.state = 'dead' GROUP BY leads.id ORDER BY max(outbox.id) DESC LIMIT ?1",
            )?;
            let found = statement.query_map([rows::limit(limit)], |row| {
                Ok(GivenUp { lead: Token::from_bytes(row.get("token")?), number: rows::count(row, "number")? })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// When the newest lead was stored that is still there.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last_stored(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT stored_at FROM leads ORDER BY id DESC LIMIT 1";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| rows::time(row, "stored_at")).optional()?)
        })
    }
}
