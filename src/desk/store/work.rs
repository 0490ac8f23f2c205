//! The work on leads: stage, owner, tags, notes, and what was done when.
//!
//! A change names the revision that its maker saw. One that was overtaken by another's is refused, so
//! that nobody undoes what they never saw. Each change, its line of history and its audit entry are
//! one transaction. Notes are stored sealed; tags, and what else may have to be erased, never stand
//! in the audit.

use super::{Store, StoreError, audit_log, office, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::funnel::Source;
use crate::domain::ids::StaffId;
use crate::domain::lead::{NoLead, Stage, Tag};
use crate::domain::token::Token;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Most tags on a lead.
pub const MOST_TAGS: usize = 12;

/// What staff know of a lead besides what its visitor sent.
#[derive(Debug, Clone)]
pub struct LeadWork {
    /// Who works on it.
    pub owner: Option<StaffId>,
    /// How its visitor came.
    pub source: Option<Source>,
    /// By when it is to be answered.
    pub due_at: Option<Timestamp>,
    /// Why it is no lead.
    pub stage_reason: Option<NoLead>,
    /// When it came into its stage.
    pub stage_changed_at: Option<Timestamp>,
    /// Changes with each change: what a change must name.
    pub revision: u64,
    /// Its tags, in order.
    pub tags: Vec<Tag>,
    /// Its notes, the newest first.
    pub notes: Vec<NoteView>,
    /// What was done, the newest first.
    pub changes: Vec<ChangeView>,
}

/// A note, sealed.
#[derive(Debug, Clone)]
pub struct NoteView {
    /// Its name.
    pub token: Token,
    /// When it was written.
    pub at: Timestamp,
    /// By whom, as in the audit.
    pub author: String,
    /// Nonce and ciphertext under the lead's key.
    pub sealed: Vec<u8>,
}

/// A line of a lead's history.
#[derive(Debug, Clone)]
pub struct ChangeView {
    /// When.
    pub at: Timestamp,
    /// By whom, as in the audit.
    pub actor: String,
    /// `stage`, `owner` or `tags`.
    pub what: String,
    /// What it was.
    pub was: Option<String>,
    /// What it became.
    pub becomes: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A change to a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Into this stage. The reason belongs to [`Stage::Unqualified`] alone.
    Stage(Stage, Option<NoLead>),
    /// To this member of staff, or to nobody.
    Owner(Option<StaffId>),
    /// To these tags, in place of all.
    Tags(Vec<Tag>),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It was made.
    Done,
    /// It was so already.
    Same,
    /// Somebody else changed the lead since its maker looked.
    Overtaken,
    /// There is no such lead.
    Missing,
}

/// A lead's row as a change needs it.
struct Current {
    id: i64,
    revision: u64,
    stage: String,
    reason: Option<String>,
    owner: Option<String>,
}

impl Store {
    /// What staff know of a lead.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn work_on(&self, lead: Token) -> Result<Option<LeadWork>, StoreError> {
        self.read(|connection| {
            let head = connection
                .prepare_cached("SELECT * FROM leads WHERE token = ?1")?
                .query_row([lead.as_bytes()], |row| Ok((row.get::<_, i64>("id")?, work(row)?)))
                .optional()?;
            let Some((id, mut work)) = head else { return Ok(None) };
            work.tags = tags(connection, id)?;
            work.notes = connection
                .prepare_cached("SELECT * FROM lead_notes WHERE lead = ?1 ORDER BY at DESC, token")?
                .query_map([id], note)?
                .collect::<Result<_, _>>()?;
            work.changes = connection
                .prepare_cached("SELECT * FROM lead_changes WHERE lead = ?1 ORDER BY id DESC")?
                .query_map([id], change)?
                .collect::<Result<_, _>>()?;
            Ok(Some(work))
        })
    }

    /// Changes a lead of which the maker saw this revision.
    ///
    /// # Errors
    /// When it can't be written, also into the audit; then nothing was changed.
    pub fn change_lead(&self, lead: Token, revision: u64, change: &Change, actor: &str) -> Result<Changed, StoreError> {
        let (now, hours) = (self.clock.now(), self.hours());
        self.write(|transaction| {
            let Some(current) = current(transaction, lead)? else { return Ok(Changed::Missing) };
            if current.revision != revision {
                return Ok(Changed::Overtaken);
            }
            let line = match change {
                Change::Stage(stage, reason) => to_stage(transaction, &current, *stage, *reason, now)?,
                Change::Owner(owner) => to_owner(transaction, &current, *owner)?,
                Change::Tags(tags) => to_tags(transaction, &current, tags)?,
            };
            let Some(line) = line else { return Ok(Changed::Same) };
            transaction
                .prepare_cached("UPDATE leads SET revision = revision + 1 WHERE id = ?1")?
                .execute([current.id])?;
            remember(transaction, current.id, &line, actor, now)?;
            office::measure(transaction, Some(current.id), &hours)?;
            let detail = match change {
                Change::Tags(tags) => format!("what=tags count={}", tags.len()),
                Change::Stage(..) | Change::Owner(_) => {
                    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "nobody".to_owned());
                    format!("what={} was={} becomes={}", line.what, word(&line.was), word(&line.becomes))
                }
            };
            audit(transaction, Action::LeadChanged, lead, actor, line.reason, detail, now)?;
            Ok(Changed::Done)
        })
    }

    /// Adds a sealed note. False when there is no such lead.
    ///
    /// # Errors
    /// When it can't be written, also into the audit; then nothing was added.
    pub fn add_note(&self, lead: Token, note: Token, sealed: &[u8], actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let Some(current) = current(transaction, lead)? else { return Ok(false) };
            transaction
                .prepare_cached("INSERT INTO lead_notes (token, lead, at, author, sealed) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![note.as_bytes(), current.id, now.as_millisecond(), actor, sealed])?;
            audit(transaction, Action::NoteAdded, lead, actor, None, format!("note={note}"), now)?;
            Ok(true)
        })
    }

    /// Lets a mail of a lead that was given up, or that waits for its next try, be tried at once.
    /// False when there is none.
    ///
    /// # Errors
    /// When it can't be written, also into the audit; then nothing was changed.
    pub fn retry_delivery(&self, lead: Token, delivery: i64, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE outbox SET state = 'waiting', next_at = ?3, created_at = ?3, attempts = 0, done_at = NULL
                     WHERE id = ?1 AND state <> 'sent' AND lead = (SELECT id FROM leads WHERE token = ?2)",
                )?
                .execute(params![delivery, lead.as_bytes(), now.as_millisecond()])?;
            if changed > 0 {
                audit(transaction, Action::DeliveryRetried, lead, actor, None, format!("delivery={delivery}"), now)?;
            }
            Ok(changed > 0)
        })
    }
}

fn audit(
    transaction: &Transaction<'_>,
    action: Action,
    lead: Token,
    actor: &str,
    reason: Option<String>,
    detail: String,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let entry =
        NewEntry { actor: actor.to_owned(), action, subject: Some(lead.to_string()), reason, detail: Some(detail) };
    audit_log::append(transaction, &entry, now)?;
    Ok(())
}

fn current(transaction: &Transaction<'_>, lead: Token) -> rusqlite::Result<Option<Current>> {
    transaction
        .prepare_cached("SELECT id, revision, stage, stage_reason, owner FROM leads WHERE token = ?1")?
        .query_row([lead.as_bytes()], |row| {
            Ok(Current {
                id: row.get("id")?,
                revision: rows::count(row, "revision")?,
                stage: row.get("stage")?,
                reason: row.get("stage_reason")?,
                owner: row.get("owner")?,
            })
        })
        .optional()
}

/// A line of history to be written.
struct Line {
    what: &'static str,
    was: Option<String>,
    becomes: Option<String>,
    reason: Option<String>,
}

fn to_stage(
    transaction: &Transaction<'_>,
    current: &Current,
    stage: Stage,
    reason: Option<NoLead>,
    now: Timestamp,
) -> rusqlite::Result<Option<Line>> {
    let reason = reason.filter(|_| stage == Stage::Unqualified).map(|reason| reason.word().to_owned());
    if current.stage == stage.word() && current.reason == reason {
        return Ok(None);
    }
    transaction
        .prepare_cached("UPDATE leads SET stage = ?2, stage_reason = ?3, stage_changed_at = ?4 WHERE id = ?1")?
        .execute(params![current.id, stage.word(), reason, now.as_millisecond()])?;
    let (was, becomes) = (Some(current.stage.clone()), Some(stage.word().to_owned()));
    Ok(Some(Line { what: "stage", was, becomes, reason }))
}

fn to_owner(
    transaction: &Transaction<'_>,
    current: &Current,
    owner: Option<StaffId>,
) -> rusqlite::Result<Option<Line>> {
    let owner = owner.map(|owner| owner.to_string());
    if current.owner == owner {
        return Ok(None);
    }
    transaction.prepare_cached("UPDATE leads SET owner = ?2 WHERE id = ?1")?.execute(params![current.id, owner])?;
    Ok(Some(Line { what: "owner", was: current.owner.clone(), becomes: owner, reason: None }))
}

fn to_tags(transaction: &Transaction<'_>, current: &Current, wanted: &[Tag]) -> Result<Option<Line>, StoreError> {
    let mut wanted: Vec<&Tag> = wanted.iter().take(MOST_TAGS).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let there = tags(transaction, current.id)?;
    if there.iter().eq(wanted.iter().copied()) {
        return Ok(None);
    }
    transaction.prepare_cached("DELETE FROM lead_tags WHERE lead = ?1")?.execute([current.id])?;
    // What a tag's list is filtered by stands with the tag.
    let mut insert = transaction.prepare_cached(
        "INSERT INTO lead_tags (tag, received_at, lead, cell, due_at)
         SELECT ?1, received_at, lead, cell, due_at FROM lead_lists WHERE lead = ?2",
    )?;
    for tag in &wanted {
        insert.execute(params![tag.as_str(), current.id])?;
    }
    let joined = |tags: &mut dyn Iterator<Item = &Tag>| {
        let words: Vec<&str> = tags.map(Tag::as_str).collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    let (was, becomes) = (joined(&mut there.iter()), joined(&mut wanted.into_iter()));
    Ok(Some(Line { what: "tags", was, becomes, reason: None }))
}

fn remember(
    transaction: &Transaction<'_>,
    lead: i64,
    line: &Line,
    actor: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO lead_changes (lead, at, actor, what, was, becomes, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![lead, now.as_millisecond(), actor, line.what, line.was, line.becomes, line.reason])?;
    Ok(())
}

fn tags(connection: &Connection, lead: i64) -> rusqlite::Result<Vec<Tag>> {
    connection
        .prepare_cached("SELECT tag FROM lead_tags WHERE lead = ?1 ORDER BY tag")?
        .query_map([lead], |row| rows::word(row, "tag", |text| text.parse().ok()))?
        .collect()
}

fn work(row: &Row<'_>) -> rusqlite::Result<LeadWork> {
    Ok(LeadWork {
        owner: rows::word_or_none(row, "owner", |text| text.parse().ok())?,
        source: rows::word_or_none(row, "source", Source::from_word)?,
        due_at: rows::optional_time(row, "due_at")?,
        stage_reason: rows::word_or_none(row, "stage_reason", NoLead::from_word)?,
        stage_changed_at: rows::optional_time(row, "stage_changed_at")?,
        revision: rows::count(row, "revision")?,
        tags: Vec::new(),
        notes: Vec::new(),
        changes: Vec::new(),
    })
}

fn note(row: &Row<'_>) -> rusqlite::Result<NoteView> {
    Ok(NoteView {
        token: Token::from_bytes(row.get("token")?),
        at: rows::time(row, "at")?,
        author: row.get("author")?,
        sealed: row.get("sealed")?,
    })
}

fn change(row: &Row<'_>) -> rusqlite::Result<ChangeView> {
    Ok(ChangeView {
        at: rows::time(row, "at")?,
        actor: row.get("actor")?,
        what: row.get("what")?,
        was: row.get("was")?,
        becomes: row.get("becomes")?,
        reason: row.get("reason")?,
    })
}
