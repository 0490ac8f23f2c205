//! Retention: what is past its days is found and erased, a bounded batch in each transaction.
//!
//! Also keeps what the rule needs to remember: the days that each definition of a form said, and
//! when retention was last carried out. Refuses to know the rule itself.

use super::erasure::{bury, erase_lead};
use super::{Store, StoreError, audit_log, rows};
use crate::crypto::envelope::Envelope;
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::{EpochId, FormId, FormVersion};
use crate::domain::token::Token;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::BTreeMap;

/// The days that a definition of a form said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionTerm {
    /// The form.
    pub form: FormId,
    /// The definition.
    pub version: FormVersion,
    /// Its days.
    pub days: u32,
    /// When it became the form's last one.
    pub since: Timestamp,
}

/// The leads of one definition of a form that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueGroup {
    /// The definition.
    pub version: FormVersion,
    /// Received at or before.
    pub received_until: Timestamp,
    /// And stored at or before.
    pub stored_until: Timestamp,
}

/// The leads of a form that are due after so many days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLeads {
    /// The form.
    pub form: FormId,
    /// For the audit.
    pub days: u32,
    /// Definition by definition.
    pub groups: Vec<DueGroup>,
}

/// Envelopes that the desk keeps as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SetAside {
    /// Those that look like a robot's work.
    Quarantine,
    /// Those that did not open.
    Unopened,
}

impl SetAside {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Quarantine, Self::Unopened];

    /// The kind's word: that of its table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::Unopened => "unopened",
        }
    }
}

/// How old what is kept is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ages {
    /// How many there are.
    pub held: u64,
    /// The oldest one's time.
    pub oldest: Option<Timestamp>,
    /// How many are at or before each of the times that were asked for.
    pub until: [u64; 2],
}

impl Store {
    /// When retention was last carried out; nothing in a new store.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last_retention(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let last = connection
                .prepare_cached("SELECT at FROM retention_clock")?
                .query_row([], |row| rows::time(row, "at"))
                .optional()?;
            Ok(last)
        })
    }

    /// Notes that retention is carried out at this time; with an audit entry when somebody vouches
    /// for a clock that had moved far.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin_retention(&self, at: Timestamp, vouched_by: Option<&str>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            transaction
                .execute("INSERT OR REPLACE INTO retention_clock (only, at) VALUES (1, ?1)", [at.as_millisecond()])?;
            if let Some(actor) = vouched_by {
                let entry = entry(actor, Action::RetentionClockConfirmed, None, format!("at={at:.0}"));
                audit_log::append(transaction, &entry, now)?;
            }
            Ok(())
        })
    }

    /// The days that definitions of forms said, by form, the last one of each form last.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn retention_terms(&self) -> Result<Vec<RetentionTerm>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM retention_terms ORDER BY form, since, form_version")?;
            let terms = statement.query_map([], term)?;
            Ok(terms.collect::<Result<_, _>>()?)
        })
    }

    /// Remembers the days of definitions, each with the time since which it is its form's last one.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn remember_terms(&self, terms: &[RetentionTerm]) -> Result<(), StoreError> {
        self.write(|transaction| {
            for term in terms {
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO retention_terms (form, form_version, days, since)
                         VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![term.form.as_str(), term.version.0, term.days, term.since.as_millisecond()])?;
            }
            Ok(())
        })
    }

    /// The definitions of forms that there are leads of, by form.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn lead_definitions(&self) -> Result<Vec<(FormId, FormVersion)>, StoreError> {
        self.read(|connection| {
            // One step into the index for each definition, however many leads it has.
            let mut next = connection.prepare_cached(
                "SELECT form, form_version FROM leads WHERE (form, form_version) > (?1, ?2)
                 ORDER BY form, form_version LIMIT 1",
            )?;
            let mut found: Vec<(FormId, FormVersion)> = Vec::new();
            loop {
                let (form, version) =
                    found.last().map_or(("", &[][..]), |(form, version)| (form.as_str(), &version.0[..]));
                let Some(definition) = next.query_row(params![form, version], definition).optional()? else {
                    return Ok(found);
                };
                found.push(definition);
            }
        })
    }

    /// Leads that are due, at most so many.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_due(&self, due: &DueLeads, limit: usize) -> Result<Vec<Token>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            for group in &due.groups {
                found.extend(due_tokens(connection, &due.form, group, limit - found.len())?);
                if found.len() == limit {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Erases these leads of a form, with one audit entry for all of them, in one transaction.
    /// Gives how many were still there. Their keys are the caller's to delete, before and after.
    ///
    /// # Errors
    /// When it can't be written; then nothing was erased.
    pub fn erase_due(&self, due: &DueLeads, leads: &[Token], actor: &str) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let mut erased = 0;
            for lead in leads {
                let id: Option<i64> = transaction
                    .prepare_cached("SELECT id FROM leads WHERE token = ?1")?
                    .query_row([lead.as_bytes()], |row| row.get(0))
                    .optional()?;
                if let Some(id) = id {
                    erase_lead(transaction, id, *lead, now)?;
                    erased += 1;
                }
            }
            audit(transaction, actor, "leads", Some(&due.form), erased, due.days, now)?;
            Ok(erased)
        })
    }

    /// Erases envelopes that were set aside at or before a time, at most so many, the oldest
    /// first, with one audit entry, in one transaction. Gives how many.
    ///
    /// # Errors
    /// When it can't be written; then nothing was erased.
    pub fn erase_set_aside(
        &self,
        kind: SetAside,
        until: Timestamp,
        days: u32,
        actor: &str,
        limit: usize,
    ) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let ids: Vec<(i64, Token)> = transaction
                .prepare_cached(&format!(
                    "SELECT rowid, token FROM {} WHERE at <= ?1 ORDER BY at LIMIT ?2",
                    kind.word()
                ))?
                .query_map(params![until.as_millisecond(), rows::limit(limit)], |row| {
                    Ok((row.get(0)?, Token::from_bytes(row.get(1)?)))
                })?
                .collect::<Result<_, _>>()?;
            for (id, token) in &ids {
                stay_away(transaction, kind, *token, now)?;
                transaction.prepare_cached(&format!("DELETE FROM {} WHERE rowid = ?1", kind.word()))?.execute([id])?;
            }
            audit(transaction, actor, kind.word(), None, ids.len() as u64, days, now)?;
            Ok(ids.len() as u64)
        })
    }

    /// How many of these leads are due now.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn count_due(&self, due: &DueLeads) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*) AS due FROM leads
                 WHERE form = ?1 AND form_version = ?2 AND received_at <= ?3 AND stored_at <= ?4",
            )?;
            let mut sum = 0;
            for group in &due.groups {
                sum += statement.query_row(due_params(&due.form, group), |row| rows::count(row, "due"))?;
            }
            Ok(sum)
        })
    }

    /// How old the leads of a definition are, by the time at which they were received.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn lead_ages(&self, form: &FormId, version: FormVersion, until: [Timestamp; 2]) -> Result<Ages, StoreError> {
        const SQL: &str = "SELECT count(*) AS held, min(received_at) AS oldest,
            count(*) FILTER (WHERE received_at <= ?1) AS first, count(*) FILTER (WHERE received_at <= ?2) AS second
            FROM leads WHERE form = ?3 AND form_version = ?4";
        let [first, second] = until.map(|at| at.as_millisecond());
        self.read(|connection| {
            let mut statement = connection.prepare_cached(SQL)?;
            Ok(statement.query_row(params![first, second, form.as_str(), version.0], ages)?)
        })
    }

    /// How many envelopes of which epoch are set aside. What is no envelope counts for none: no key
    /// opens it.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn set_aside_by_epoch(&self, kind: SetAside) -> Result<BTreeMap<EpochId, u64>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("SELECT envelope FROM {}", kind.word()))?;
            let mut rows = statement.query([])?;
            let mut counts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                if let Some(envelope) = row.get_ref(0)?.as_blob().ok().and_then(|bytes| Envelope::parse(bytes).ok()) {
                    *counts.entry(envelope.header.epoch).or_default() += 1;
                }
            }
            Ok(counts)
        })
    }

    /// How old sealed envelopes are, by the time at which they were set aside.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn set_aside_ages(&self, kind: SetAside, until: [Timestamp; 2]) -> Result<Ages, StoreError> {
        let [first, second] = until.map(|at| at.as_millisecond());
        self.read(|connection| {
            let sql = format!(
                "SELECT count(*) AS held, min(at) AS oldest,
                 count(*) FILTER (WHERE at <= ?1) AS first, count(*) FILTER (WHERE at <= ?2) AS second FROM {}",
                kind.word()
            );
            Ok(connection.prepare_cached(&sql)?.query_row([first, second], ages)?)
        })
    }
}

fn due_tokens(connection: &Connection, form: &FormId, group: &DueGroup, limit: usize) -> rusqlite::Result<Vec<Token>> {
    let mut statement = connection.prepare_cached(
        "SELECT token FROM leads WHERE form = ?1 AND form_version = ?2 AND received_at <= ?3 AND stored_at <= ?4
         ORDER BY received_at LIMIT ?5",
    )?;
    let (form, version, received, stored) = due_params(form, group);
    let tokens = statement.query_map(params![form, version, received, stored, rows::limit(limit)], |row| {
        Ok(Token::from_bytes(row.get("token")?))
    })?;
    tokens.collect()
}

fn due_params<'a>(form: &'a FormId, group: &'a DueGroup) -> (&'a str, &'a [u8; 8], i64, i64) {
    (form.as_str(), &group.version.0, group.received_until.as_millisecond(), group.stored_until.as_millisecond())
}

/// What was in quarantine does not come back, unless it became a lead after all. The token of an
/// envelope that did not open is nobody's word: a tombstone could keep another's lead away.
fn stay_away(transaction: &Transaction<'_>, kind: SetAside, token: Token, now: Timestamp) -> rusqlite::Result<()> {
    let is_lead = || transaction.prepare_cached("SELECT 1 FROM leads WHERE token = ?1")?.exists([token.as_bytes()]);
    match kind {
        SetAside::Quarantine if !is_lead()? => bury(transaction, token, now),
        SetAside::Quarantine | SetAside::Unopened => Ok(()),
    }
}

/// Writes down what was erased, if anything was.
fn audit(
    transaction: &Transaction<'_>,
    actor: &str,
    what: &str,
    form: Option<&FormId>,
    count: u64,
    days: u32,
    now: Timestamp,
) -> rusqlite::Result<()> {
    if count > 0 {
        let detail = format!("what={what} count={count} days={days}");
        audit_log::append(transaction, &entry(actor, Action::RetentionErased, form, detail), now)?;
    }
    Ok(())
}

fn entry(actor: &str, action: Action, form: Option<&FormId>, detail: String) -> NewEntry {
    NewEntry {
        actor: actor.to_owned(),
        action,
        subject: form.map(FormId::to_string),
        reason: None,
        detail: Some(detail),
    }
}

fn term(row: &Row<'_>) -> rusqlite::Result<RetentionTerm> {
    Ok(RetentionTerm {
        form: rows::word(row, "form", |text| text.parse().ok())?,
        version: FormVersion(row.get("form_version")?),
        days: row.get("days")?,
        since: rows::time(row, "since")?,
    })
}

fn definition(row: &Row<'_>) -> rusqlite::Result<(FormId, FormVersion)> {
    Ok((rows::word(row, "form", |text| text.parse().ok())?, FormVersion(row.get("form_version")?)))
}

fn ages(row: &Row<'_>) -> rusqlite::Result<Ages> {
    let oldest: Option<i64> = row.get("oldest")?;
    Ok(Ages {
        held: rows::count(row, "held")?,
        oldest: oldest.and_then(|at| Timestamp::from_millisecond(at).ok()),
        until: [rows::count(row, "first")?, rows::count(row, "second")?],
    })
}
