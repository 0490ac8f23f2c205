//! The audit in lists: newest first, narrowed by what, who, on what and when, page by page.
//!
//! Every list is walks along indexes that end with the time, so that the last page of a million
//! entries costs what the first does. Sorted by time, and by place in the chain where times are equal;
//! the two differ only where the clock was put back.

use super::audit_log::entry;
use super::inbox::{Place, Seek};
use super::{Store, StoreError, rows};
use crate::desk::audit::{Action, Entry};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only these actions; all when there is none.
    pub actions: Vec<Action>,
    /// Only by this actor.
    pub actor: Option<String>,
    /// Only on exactly this.
    pub subject: Option<String>,
    /// Only at or after.
    pub since: Option<Timestamp>,
    /// Only before.
    pub until: Option<Timestamp>,
}

/// A page of entries.
#[derive(Debug, Clone, Default)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// Where the page before it ends; nothing on the first.
    pub before: Option<Place>,
    /// Where the page after it begins; nothing on the last.
    pub after: Option<Place>,
}

impl Store {
    /// A page of the audit.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn audit_page(&self, filter: &AuditFilter, seek: Seek, size: usize) -> Result<AuditPage, StoreError> {
        self.read(|connection| {
            // One more than is shown tells whether there is another page.
            let mut places = seek_places(connection, filter, seek, size + 1)?;
            let more = places.len() > size;
            places.truncate(size);
            if is_backwards(seek) {
                places.reverse();
            }
            let (has_before, has_after) = match seek {
                Seek::First => (false, more),
                Seek::After(_) => (true, more),
                Seek::Before(_) => (more, true),
                Seek::Last => (more, false),
            };
            let edge = |place: Option<&(i64, i64)>, there: bool| {
                place.filter(|_| there).map(|(at, id)| Place { at: *at, id: *id })
            };
            let (before, after) = (edge(places.first(), has_before), edge(places.last(), has_after));
            let mut find = connection.prepare_cached("SELECT * FROM audit WHERE seq = ?1")?;
            let entries = places.iter().map(|(_, seq)| find.query_row([seq], entry)).collect::<Result<_, _>>()?;
            Ok(AuditPage { entries, before, after })
        })
    }

    /// Who stands in the audit, at most so many.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn audit_actors(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        // Hops from actor to actor along the index in place of reading every row.
        const SQL: &str = "WITH RECURSIVE known (actor) AS (
                SELECT min(actor) FROM audit
                UNION ALL
                SELECT (SELECT min(actor) FROM audit WHERE audit.actor > known.actor) FROM known
                WHERE known.actor IS NOT NULL
            ) SELECT actor FROM known WHERE actor IS NOT NULL LIMIT ?1";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(SQL)?;
            let actors = statement.query_map([rows::limit(limit)], |row| row.get(0))?;
            Ok(actors.collect::<Result<_, _>>()?)
        })
    }
}

const fn is_backwards(seek: Seek) -> bool {
    matches!(seek, Seek::Before(_) | Seek::Last)
}

/// The first places of a page, in the direction in which it is sought.
fn seek_places(
    connection: &Connection,
    filter: &AuditFilter,
    seek: Seek,
    most: usize,
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut found = BTreeSet::new();
    for walk in walks(filter) {
        let (sql, values) = walk.query(filter, seek, most);
        let mut statement = connection.prepare_cached(&sql)?;
        for place in statement.query_map(params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)))? {
            found.insert(place?);
        }
    }
    let places = found.into_iter();
    Ok(if is_backwards(seek) { places.take(most).collect() } else { places.rev().take(most).collect() })
}

/// The SQL of a page, for a look at how it is read.
#[cfg(test)]
pub(super) fn queries(filter: &AuditFilter, seek: Seek, most: usize) -> Vec<(String, Vec<Value>)> {
    walks(filter).into_iter().map(|walk| walk.query(filter, seek, most)).collect()
}

/// One walk along one index. Several make a list: one for each action.
struct Walk {
    index: &'static str,
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Walk {
    fn along(index: &'static str) -> Self {
        Self { index, conditions: Vec::new(), values: Vec::new() }
    }

    fn with(mut self, condition: &'static str, value: impl Into<Value>) -> Self {
        self.conditions.push(condition);
        self.values.push(value.into());
        self
    }

    fn query(mut self, filter: &AuditFilter, seek: Seek, most: usize) -> (String, Vec<Value>) {
        if let Some(since) = filter.since {
            self = self.with("at >= ?", since.as_millisecond());
        }
        if let Some(until) = filter.until {
            self = self.with("at < ?", until.as_millisecond());
        }
        let mut sql = format!("SELECT at, seq FROM audit INDEXED BY {} WHERE 1", self.index);
        for condition in &self.conditions {
            sql += " AND ";
            sql += condition;
        }
        if let Seek::After(Place { at, id }) | Seek::Before(Place { at, id }) = seek {
            // The first half bounds the walk along the index, the second passes over equal times.
            let (bound, beyond) = if is_backwards(seek) { (">=", ">") } else { ("<=", "<") };
            sql += &format!(" AND at {bound} ? AND (at {beyond} ? OR seq {beyond} ?)");
            self.values.extend([at.into(), at.into(), id.into()]);
        }
        let direction = if is_backwards(seek) { "ASC" } else { "DESC" };
        sql += &format!(" ORDER BY at {direction}, seq {direction} LIMIT ?");
        self.values.push(Value::Integer(rows::limit(most)));
        (sql, self.values)
    }
}

/// The walks that make a list, each along the index that leaves the least to pass over.
fn walks(filter: &AuditFilter) -> Vec<Walk> {
    let text = |text: &str| Value::Text(text.to_owned());
    let actions = || if filter.actions.is_empty() { Action::ALL.to_vec() } else { filter.actions.clone() };
    if let Some(subject) = &filter.subject {
        // Few entries are on one thing: what else is asked for is looked at one by one.
        let one = || Walk::along("audit_subject").with("subject = ?", text(subject));
        let by = |walk: Walk| match &filter.actor {
            Some(actor) => walk.with("actor = ?", text(actor)),
            None => walk,
        };
        if filter.actions.is_empty() {
            return vec![by(one())];
        }
        return actions().iter().map(|action| by(one()).with("action = ?", text(action.word()))).collect();
    }
    if let Some(actor) = &filter.actor {
        let of = |action: &Action| {
            Walk::along("audit_actor").with("actor = ?", text(actor)).with("action = ?", text(action.word()))
        };
        return actions().iter().map(of).collect();
    }
    if filter.actions.is_empty() {
        return vec![Walk::along("audit_at")];
    }
    actions().iter().map(|action| Walk::along("audit_action").with("action = ?", text(action.word()))).collect()
}
