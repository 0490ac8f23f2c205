//! Leads are read: one, or page by page.

use super::walks::{Between, counted, parts, walk};
use super::{InboxFilter, LeadView, Store, StoreError, StoredNames, rows};
use crate::crypto::protect::ProtectedField;
use crate::domain::field::FieldKind;
use crate::domain::ids::FormVersion;
use crate::domain::lang::Lang;
use crate::domain::staff::Scope;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

impl Store {
    /// A lead, by its token or by an alias of it.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn lead(&self, token: Token) -> Result<Option<LeadView>, StoreError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT * FROM leads WHERE token = ?1
                     UNION ALL SELECT leads.* FROM aliases JOIN leads ON leads.id = aliases.lead
                     WHERE aliases.token = ?1",
                )?
                .query_row([token.as_bytes()], lead)
                .optional()?;
            Ok(match found {
                Some((id, lead)) => Some(with_parts(connection, id, lead)?),
                None => None,
            })
        })
    }

    /// Leads, newest first. `after` is the cursor that the page before came with.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads(
        &self,
        filter: &InboxFilter,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
        let between = Between { above: 0, below: after.unwrap_or(i64::MAX), newest_first: true };
        let query = walk(filter, &Scope::All).rows(between, limit);
        self.read(|connection| page(connection, &query, limit))
    }

    /// Leads of what the scope covers, oldest first, up to `last`. `after` is the cursor that the page
    /// before came with.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_oldest_first(
        &self,
        filter: &InboxFilter,
        scope: &Scope,
        (after, last): (Option<i64>, i64),
        limit: usize,
    ) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
        let between = Between { above: after.unwrap_or(0), below: last.saturating_add(1), newest_first: false };
        let query = walk(filter, scope).rows(between, limit);
        self.read(|connection| page(connection, &query, limit))
    }

    /// The cursor of the lead that was stored last; 0 without leads.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last_lead(&self) -> Result<i64, StoreError> {
        self.read(|connection| {
            let last: Option<i64> = connection.query_row("SELECT max(id) FROM leads", [], |row| row.get(0))?;
            Ok(last.unwrap_or(0))
        })
    }

    /// How many leads there are of what the scope covers. Counts them all: for exports, not for pages.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn count_leads(&self, filter: &InboxFilter, scope: &Scope) -> Result<u64, StoreError> {
        let (sql, values) = counted(filter, scope).select("count(*) AS count");
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row(params_from_iter(values), |row| rows::count(row, "count"))?)
        })
    }
}

impl Store {
    /// The leads that a later one corrects. Reads every lead's head: for exports, not for pages.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn corrected_leads(&self) -> Result<Vec<Token>, StoreError> {
        self.read(|connection| {
            let corrected = connection
                .prepare_cached("SELECT DISTINCT corrects FROM leads WHERE corrects IS NOT NULL")?
                .query_map([], |row| Ok(Token::from_bytes(row.get(0)?)))?
                .collect::<Result<_, _>>()?;
            Ok(corrected)
        })
    }

    /// The names under which fields and consents are stored, of the filter's site and form and of the
    /// scope. Reads every such field: for exports, not for pages.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn stored_names(&self, filter: &InboxFilter, scope: &Scope) -> Result<StoredNames, StoreError> {
        self.read(|connection| {
            let (sql, values) = parts("lead_fields", filter, scope).select("DISTINCT field, kind, attribution");
            let fields = connection
                .prepare_cached(&format!("{sql} ORDER BY attribution, field, kind"))?
                .query_map(params_from_iter(values), |row| {
                    let field = rows::word(row, "field", |text| text.parse().ok())?;
                    Ok((field, rows::word(row, "kind", FieldKind::from_word)?, row.get("attribution")?))
                })?
                .collect::<Result<_, _>>()?;
            let (sql, values) = parts("consents", filter, scope).select("DISTINCT field");
            let consents = connection
                .prepare_cached(&format!("{sql} ORDER BY field"))?
                .query_map(params_from_iter(values), |row| rows::word(row, "field", |text| text.parse().ok()))?
                .collect::<Result<_, _>>()?;
            Ok(StoredNames { fields, consents })
        })
    }
}

/// A page and its cursor. A full page has a cursor even when nothing follows.
fn page(
    connection: &Connection,
    (sql, values): &(String, Vec<Value>),
    limit: usize,
) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
    let heads =
        connection.prepare_cached(sql)?.query_map(params_from_iter(values), lead)?.collect::<Result<Vec<_>, _>>()?;
    let cursor = heads.last().map(|(id, _)| *id).filter(|_| heads.len() == limit);
    let leads = heads.into_iter().map(|(id, lead)| with_parts(connection, id, lead));
    Ok((leads.collect::<Result<_, _>>()?, cursor))
}

/// A row of `leads`, still without fields and consents.
fn lead(row: &Row<'_>) -> rusqlite::Result<(i64, LeadView)> {
    let enquiry = rows::count(row, "enquiry")?;
    let view = LeadView {
        token: Token::from_bytes(row.get("token")?),
        number: rows::count(row, "number")?,
        site: rows::word(row, "site", |text| text.parse().ok())?,
        form: rows::word(row, "form", |text| text.parse().ok())?,
        form_version: FormVersion(row.get("form_version")?),
        lang: rows::word(row, "lang", Lang::from_tag)?,
        received_at: rows::time(row, "received_at")?,
        stored_at: rows::time(row, "stored_at")?,
        stage: rows::word(row, "stage", |text| text.parse().ok())?,
        due_at: rows::optional_time(row, "due_at")?,
        enquiry: u32::try_from(enquiry).unwrap_or(u32::MAX),
        corrects: row.get::<_, Option<[u8; 20]>>("corrects")?.map(Token::from_bytes),
        fields: Vec::new(),
        consents: Vec::new(),
    };
    Ok((row.get("id")?, view))
}

fn with_parts(connection: &Connection, id: i64, mut lead: LeadView) -> rusqlite::Result<LeadView> {
    lead.fields = connection
        .prepare_cached("SELECT * FROM lead_fields WHERE lead = ?1 ORDER BY position")?
        .query_map([id], field)?
        .collect::<Result<_, _>>()?;
    lead.consents = connection
        .prepare_cached(
            "SELECT consents.field, purpose, version, consent_texts.text AS words, lang, granted
             FROM consents JOIN consent_texts ON consent_texts.sha256 = consents.text
             WHERE lead = ?1 ORDER BY position",
        )?
        .query_map([id], consent)?
        .collect::<Result<_, _>>()?;
    Ok(lead)
}

fn field(row: &Row<'_>) -> rusqlite::Result<ProtectedField> {
    Ok(ProtectedField {
        field: rows::word(row, "field", |text| text.parse().ok())?,
        kind: rows::word(row, "kind", FieldKind::from_word)?,
        attribution: row.get("attribution")?,
        protect: rows::word(row, "protect", rows::protect_from_word)?,
        token: row.get::<_, Option<[u8; 20]>>("token")?.map(Token::from_bytes),
        mask: row.get("mask")?,
        plain: row.get("plain")?,
        sealed: row.get("sealed")?,
        index: row.get("blind")?,
    })
}

fn consent(row: &Row<'_>) -> rusqlite::Result<ConsentRecord> {
    Ok(ConsentRecord {
        field: rows::word(row, "field", |text| text.parse().ok())?,
        purpose: row.get("purpose")?,
        version: row.get("version")?,
        text: row.get("words")?,
        lang: rows::word(row, "lang", Lang::from_tag)?,
        granted: row.get("granted")?,
    })
}
