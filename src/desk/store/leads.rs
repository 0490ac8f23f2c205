//! Leads are read: one, or page by page.

use super::{LeadFilter, LeadView, Store, StoreError, StoredNames, rows};
use crate::crypto::protect::ProtectedField;
use crate::domain::field::FieldKind;
use crate::domain::ids::FormVersion;
use crate::domain::lang::Lang;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use rusqlite::{Connection, OptionalExtension, Row, params};

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
        filter: &LeadFilter,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
        const SQL: &str = "SELECT * FROM leads
            WHERE id < ?1 AND (?2 IS NULL OR form = ?2) AND (?3 IS NULL OR received_at >= ?3)
              AND (?4 IS NULL OR stage = ?4)
            ORDER BY id DESC LIMIT ?5";
        self.read(|connection| page(connection, SQL, filter, after.unwrap_or(i64::MAX), limit))
    }

    /// Leads, oldest first. `after` is the cursor that the page before came with.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads_oldest_first(
        &self,
        filter: &LeadFilter,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
        const SQL: &str = "SELECT * FROM leads
            WHERE id > ?1 AND (?2 IS NULL OR form = ?2) AND (?3 IS NULL OR received_at >= ?3)
              AND (?4 IS NULL OR stage = ?4)
            ORDER BY id LIMIT ?5";
        self.read(|connection| page(connection, SQL, filter, after.unwrap_or(0), limit))
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

    /// The names under which fields and consents of the chosen form's leads (all leads without a
    /// form in the filter) are stored. Reads every such field: for exports, not for pages.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn stored_names(&self, filter: &LeadFilter) -> Result<StoredNames, StoreError> {
        let form = filter.form.as_ref().map(|form| form.as_str());
        self.read(|connection| {
            let fields = connection
                .prepare_cached(
                    "SELECT DISTINCT field, kind, attribution FROM lead_fields JOIN leads ON leads.id = lead
                     WHERE ?1 IS NULL OR form = ?1 ORDER BY attribution, field, kind",
                )?
                .query_map([form], |row| {
                    let field = rows::word(row, "field", |text| text.parse().ok())?;
                    Ok((field, rows::word(row, "kind", FieldKind::from_word)?, row.get("attribution")?))
                })?
                .collect::<Result<_, _>>()?;
            let consents = connection
                .prepare_cached(
                    "SELECT DISTINCT field FROM consents JOIN leads ON leads.id = lead
                     WHERE ?1 IS NULL OR form = ?1 ORDER BY field",
                )?
                .query_map([form], |row| rows::word(row, "field", |text| text.parse().ok()))?
                .collect::<Result<_, _>>()?;
            Ok(StoredNames { fields, consents })
        })
    }
}

/// A page and its cursor. A full page has a cursor even when nothing follows.
fn page(
    connection: &Connection,
    sql: &str,
    filter: &LeadFilter,
    after: i64,
    limit: usize,
) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
    let heads = connection
        .prepare_cached(sql)?
        .query_map(
            params![
                after,
                filter.form.as_ref().map(|form| form.as_str()),
                filter.since.map(|since| since.as_millisecond()),
                filter.stage.map(|stage| stage.word()),
                rows::limit(limit),
            ],
            lead,
        )?
        .collect::<Result<Vec<_>, _>>()?;
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
