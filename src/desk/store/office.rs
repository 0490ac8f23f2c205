//! Where the office stands and when it is open: what decides on which day a lead came in, and how long
//! it waited for its first answer.
//!
//! Days are kept for one time zone. Told of another, the store counts its days anew, those of leads that
//! were erased too. Refuses to measure anything again: an answer was as quick as it was.

use super::{Store, StoreError, rows};
use crate::domain::business_hours::BusinessHours;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Transaction, params};
use std::sync::{Arc, PoisonError};

/// Changes of a zone's offset are noted between these times, in seconds since 1970: 2000 to 2100.
const NOTED: [i64; 2] = [946_684_800, 4_102_444_800];
/// Before every other time.
const ALWAYS: i64 = -9_000_000_000_000_000;
/// Answers that are measured in one transaction.
const AT_ONCE: usize = 1000;

impl Store {
    /// Counts days, and measures answers, as the office has it from now on.
    ///
    /// # Errors
    /// When it can't be read or written.
    pub fn keep_office(&self, hours: &BusinessHours) -> Result<(), StoreError> {
        *self.hours.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(hours.clone());
        let offsets = offsets(&hours.time_zone);
        if self.read(|connection| Ok(kept_offsets(connection)? != offsets))? {
            self.write(|transaction| count_days(transaction, &offsets))?;
        }
        // Answers of before there was a measure, and of those who did not know the hours.
        while self.write(|transaction| measure(transaction, None, hours))? == AT_ONCE {}
        Ok(())
    }

    /// When the office is open.
    pub(super) fn hours(&self) -> Arc<BusinessHours> {
        Arc::clone(&self.hours.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Measures how long leads waited for their first answer, where that is not done yet: of one, or of some.
/// Gives of how many.
pub(super) fn measure(
    transaction: &Transaction<'_>,
    lead: Option<i64>,
    hours: &BusinessHours,
) -> Result<usize, StoreError> {
    let answered: Vec<(i64, Timestamp, Timestamp)> = transaction
        .prepare_cached(
            "SELECT id, received_at, answered_at FROM leads
             WHERE answered_at IS NOT NULL AND answered_in IS NULL AND (?1 IS NULL OR id = ?1) LIMIT ?2",
        )?
        .query_map(params![lead, rows::limit(AT_ONCE)], |row| {
            Ok((row.get("id")?, rows::time(row, "received_at")?, rows::time(row, "answered_at")?))
        })?
        .collect::<Result<_, _>>()?;
    let mut note = transaction.prepare_cached("UPDATE leads SET answered_in = ?2 WHERE id = ?1")?;
    for (id, received, at) in &answered {
        note.execute(params![id, hours.open_between(*received, *at).as_mins()])?;
    }
    Ok(answered.len())
}

/// From when on the zone is how many milliseconds ahead of UTC.
fn offsets(zone: &TimeZone) -> Vec<(i64, i64)> {
    let [first, last] = NOTED.map(|at| Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH));
    let ahead = |at: Timestamp| i64::from(zone.to_offset(at).seconds()) * 1000;
    let changes = zone.following(first).take_while(|change| change.timestamp() < last);
    let changes = changes.map(|change| (change.timestamp().as_millisecond(), ahead(change.timestamp())));
    std::iter::once((ALWAYS, ahead(first))).chain(changes).collect()
}

fn kept_offsets(connection: &Connection) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT since, ahead FROM day_offsets ORDER BY since")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Counts every day anew. First answers stay on the day on which they were counted.
fn count_days(transaction: &Transaction<'_>, offsets: &[(i64, i64)]) -> Result<(), StoreError> {
    transaction.execute_batch("DELETE FROM day_offsets; DELETE FROM lead_days; DELETE FROM lead_sources;")?;
    let mut note = transaction.prepare("INSERT INTO day_offsets (since, ahead) VALUES (?1, ?2)")?;
    for (since, ahead) in offsets {
        note.execute([since, ahead])?;
    }
    transaction.execute_batch(concat!(
        "INSERT INTO lead_sources (site, form, source, day, leads)
         SELECT site, form, source, ",
        super::schema_figures::local_day!("quarter * 900000"),
        ", sum(leads) FROM lead_quarters GROUP BY 1, 2, 3, 4;
         INSERT INTO lead_days (site, form, day, leads, due)
         SELECT site, form, ",
        super::schema_figures::local_day!("quarter * 900000"),
        ", sum(leads), sum(due) FROM lead_quarters GROUP BY 1, 2, 3;"
    ))?;
    Ok(())
}
