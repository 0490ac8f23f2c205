//! The lists that staff look at: read along an index, page by page, and only what the viewer may see.
//!
//! A page is found by the place of the row before it, so that the last one costs what the first does
//! and a lead that comes in moves nothing. What a viewer may see is part of every query, never a
//! filter over its answer. Refuses to count further than a person would care for.

use super::cells::{Cells, List, WALK};
use super::{Store, StoreError, rows};
use crate::domain::field::FieldKind;
use crate::domain::funnel::Source;
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::lead::{Stage, Tag};
use crate::domain::staff::Scope;
use crate::domain::token::Token;
use jiff::Timestamp;
use rusqlite::{Connection, Row};
use std::collections::BTreeSet;

/// Counts go up to here; what is more is `999+`.
pub const MOST_COUNTED: usize = 1000;

/// Whose leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnedBy {
    /// Nobody's.
    Nobody,
    /// Theirs.
    Staff(StaffId),
}

/// Of whose reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminded {
    /// Who is reminded.
    pub staff: StaffId,
    /// Only of those whose time has come by then.
    pub by: Option<Timestamp>,
}

/// Which leads a list, or an export of one, holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxFilter {
    /// Only of this site.
    pub site: Option<SiteId>,
    /// Only of this form.
    pub form: Option<FormId>,
    /// Only in this stage.
    pub stage: Option<Stage>,
    /// Only those on which work is not over: neither qualified nor unqualified.
    pub is_open: bool,
    /// Only theirs.
    pub owner: Option<OwnedBy>,
    /// Only those that came so.
    pub source: Option<Source>,
    /// Only those with this tag.
    pub tag: Option<Tag>,
    /// Only received at or after.
    pub since: Option<Timestamp>,
    /// Only received before.
    pub until: Option<Timestamp>,
    /// Only those that nobody has acted on although their deadline has passed; the longest due first.
    pub overdue_at: Option<Timestamp>,
    /// Only those with a reminder; the one that comes first is first.
    pub reminded: Option<Reminded>,
}

/// A place in a list: before or after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The row's time in the order of the list, in milliseconds.
    pub at: i64,
    /// The row.
    pub id: i64,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seek {
    /// The first.
    First,
    /// What follows a row.
    After(Place),
    /// What goes before a row.
    Before(Place),
    /// The last.
    Last,
}

/// One lead in a list: masks and facts.
#[derive(Debug, Clone)]
pub struct InboxRow {
    /// Its token.
    pub token: Token,
    /// Its number on its site.
    pub number: u64,
    /// The site.
    pub site: SiteId,
    /// The form.
    pub form: FormId,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// By when it is to be answered.
    pub due_at: Option<Timestamp>,
    /// Where it stands.
    pub stage: Stage,
    /// Who works on it.
    pub owner: Option<StaffId>,
    /// How its visitor came.
    pub source: Option<Source>,
    /// What a change of it must name.
    pub revision: u64,
    /// Which enquiry of its person it is.
    pub enquiry: u64,
    /// What is shown of the name.
    pub name: Option<String>,
    /// What is shown of the company.
    pub company: Option<String>,
    /// What is shown of the address.
    pub email: Option<String>,
    /// When somebody is reminded of it, in a list of reminders.
    pub remind_at: Option<Timestamp>,
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct InboxPage {
    /// Its rows in the order of the list.
    pub rows: Vec<InboxRow>,
    /// Where the page before it ends; nothing on the first.
    pub before: Option<Place>,
    /// Where the page after it begins; nothing on the last.
    pub after: Option<Place>,
}

impl Store {
    /// A page of a list, of what the scope covers.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn inbox(&self, filter: &InboxFilter, scope: &Scope, seek: Seek, size: usize) -> Result<InboxPage, StoreError> {
        self.read(|connection| {
            let cells = Cells::of(connection, filter, scope)?;
            // One more than is shown tells whether there is another page.
            let mut places = List::new(filter, seek, size + 1, WALK).places(connection, &cells)?;
            let more = places.len() > size;
            places.truncate(size);
            let backwards = matches!(seek, Seek::Before(_) | Seek::Last);
            if backwards {
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
            let mut rows = places.iter().map(|(_, id)| row_of(connection, *id)).collect::<Result<Vec<_>, _>>()?;
            if filter.reminded.is_some() {
                for (row, (at, _)) in rows.iter_mut().zip(&places) {
                    row.remind_at = Timestamp::from_millisecond(*at).ok();
                }
            }
            Ok(InboxPage { rows, before, after })
        })
    }

    /// How many leads a list holds, up to [`MOST_COUNTED`].
    ///
    /// # Errors
    /// When it can't be read.
    pub fn inbox_count(&self, filter: &InboxFilter, scope: &Scope) -> Result<usize, StoreError> {
        self.read(|connection| {
            let cells = Cells::of(connection, filter, scope)?;
            if let InboxFilter { tag: None, since: None, until: None, overdue_at: None, reminded: None, .. } = filter {
                return Ok(usize::try_from(cells.leads).unwrap_or(usize::MAX).min(MOST_COUNTED));
            }
            Ok(List::new(filter, Seek::First, MOST_COUNTED, WALK).places(connection, &cells)?.len())
        })
    }

    /// Other leads of the same person, the newest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn same_person(&self, lead: Token, scope: &Scope, limit: usize) -> Result<Vec<InboxRow>, StoreError> {
        let sql = "SELECT other.id FROM leads JOIN leads AS other ON other.person = leads.person
                   JOIN lead_lists ON lead_lists.lead = other.id
                   WHERE leads.token = ?1 AND other.id <> leads.id ORDER BY lead_lists.received_at DESC, other.id DESC";
        self.read(|connection| {
            let ids = connection
                .prepare_cached(sql)?
                .query_map([lead.as_bytes()], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()?;
            covered(connection, ids, scope, limit)
        })
    }

    /// Leads with a value of one of these blind indexes, the newest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_by_index(
        &self,
        indexes: &[[u8; 32]],
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<InboxRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT lead FROM lead_fields WHERE blind = ?1")?;
            let mut ids = BTreeSet::new();
            for index in indexes {
                for id in statement.query_map([index], |row| row.get::<_, i64>(0))? {
                    ids.insert(id?);
                }
            }
            covered(connection, ids.into_iter().rev().collect(), scope, limit)
        })
    }

    /// The lead of this token, or of which it is an alias.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn leads_by_token(&self, token: Token, scope: &Scope) -> Result<Vec<InboxRow>, StoreError> {
        let sql = "SELECT id FROM leads WHERE token = ?1 UNION ALL SELECT lead FROM aliases WHERE token = ?1";
        self.read(|connection| {
            let ids = connection
                .prepare_cached(sql)?
                .query_map([token.as_bytes()], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()?;
            covered(connection, ids, scope, usize::MAX)
        })
    }

    /// The leads with this number, one of each site.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_by_number(&self, number: u64, scope: &Scope) -> Result<Vec<InboxRow>, StoreError> {
        self.read(|connection| {
            let ids = connection
                .prepare_cached(
                    "SELECT leads.id FROM sites JOIN leads ON leads.site = sites.site AND leads.number = ?1",
                )?
                .query_map([number.cast_signed()], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()?;
            covered(connection, ids, scope, usize::MAX)
        })
    }

    /// Every tag that is in use.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn tags_in_use(&self, limit: usize) -> Result<Vec<Tag>, StoreError> {
        const SQL: &str = "SELECT tag FROM tags ORDER BY tag LIMIT ?1";
        self.read(|connection| {
            Ok(connection
                .prepare_cached(SQL)?
                .query_map([rows::limit(limit)], |row| rows::word(row, "tag", |text| text.parse().ok()))?
                .collect::<Result<_, _>>()?)
        })
    }
}

/// The rows of what the scope covers. Whether it does is asked before a row is read.
fn covered(connection: &Connection, ids: Vec<i64>, scope: &Scope, limit: usize) -> Result<Vec<InboxRow>, StoreError> {
    let cells = Cells::of(connection, &InboxFilter::default(), scope)?;
    let mut cell_of = connection.prepare_cached("SELECT cell FROM lead_lists WHERE lead = ?1")?;
    let mut out = Vec::new();
    for id in ids {
        if cells.has(cell_of.query_row([id], |row| row.get(0))?) {
            out.push(row_of(connection, id)?);
        }
        if out.len() >= limit {
            break;
        }
    }
    Ok(out)
}

fn row_of(connection: &Connection, id: i64) -> Result<InboxRow, StoreError> {
    let mut row = connection.prepare_cached("SELECT * FROM leads WHERE id = ?1")?.query_row([id], head)?;
    let mut fields = connection.prepare_cached(
        "SELECT kind, coalesce(plain, mask) AS shown FROM lead_fields INDEXED BY lead_fields_shown
         WHERE lead = ?1 AND attribution = 0 AND (kind = 'name' OR kind = 'company' OR kind = 'email')
         ORDER BY position",
    )?;
    let mut found = fields.query([id])?;
    while let Some(field) = found.next()? {
        let place = match rows::word(field, "kind", FieldKind::from_word)? {
            FieldKind::Name => &mut row.name,
            FieldKind::Company => &mut row.company,
            _ => &mut row.email,
        };
        if place.is_none() {
            *place = field.get("shown")?;
        }
    }
    Ok(row)
}

fn head(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    Ok(InboxRow {
        token: Token::from_bytes(row.get("token")?),
        number: rows::count(row, "number")?,
        site: rows::word(row, "site", |text| text.parse().ok())?,
        form: rows::word(row, "form", |text| text.parse().ok())?,
        received_at: rows::time(row, "received_at")?,
        due_at: rows::optional_time(row, "due_at")?,
        stage: rows::word(row, "stage", |text| text.parse().ok())?,
        owner: rows::word_or_none(row, "owner", |text| text.parse().ok())?,
        source: rows::word_or_none(row, "source", Source::from_word)?,
        revision: rows::count(row, "revision")?,
        enquiry: rows::count(row, "enquiry")?,
        name: None,
        company: None,
        email: None,
        remind_at: None,
    })
}
