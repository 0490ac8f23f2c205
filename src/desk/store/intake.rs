//! Leads come in: once each, numbered, with person, fields, consents, outbox rows and audit entry.

use super::{DeliveryKind, LeadFacts, NewDelivery, NewLead, Store, StoreError, Stored, audit_log, erasure, identity};
use crate::crypto::protect::{Protected, ProtectedField};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::field::FieldKind;
use crate::domain::funnel::Source;
use crate::domain::lead::Stage;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

/// Fields by which a person is recognised, the surest first.
const RECOGNISED_BY: [FieldKind; 2] = [FieldKind::Email, FieldKind::Tel];

/// How long equal posts are recognised: a node may hand over for 72 hours what it took in, after
/// up to a day in which the same key gave the same answer.
const POSTS_KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);

impl Store {
    /// Stores leads with their outbox rows and audit entries in one transaction.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn store_leads(&self, leads: &[NewLead]) -> Result<Vec<Stored>, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            identity::advance(transaction, now, self.entropy.as_ref())?;
            forget_old_posts(transaction, now)?;
            erasure::forget_old_marks(transaction, now)?;
            let mut out = Vec::with_capacity(leads.len());
            for new in leads {
                out.push(store_once(transaction, new, now)?);
            }
            Ok(out)
        })
    }
}

fn store_once(transaction: &Transaction<'_>, new: &NewLead, now: Timestamp) -> rusqlite::Result<Stored> {
    let token = new.lead.header().token;
    if is_erased(transaction, token)? {
        return Ok(Stored::Erased);
    }
    if exists(transaction, "SELECT 1 FROM leads WHERE token = ?1", token)? {
        return Ok(Stored::Duplicate);
    }
    if exists(transaction, "SELECT 1 FROM aliases WHERE token = ?1", token)? || is_same_post(transaction, new)? {
        return Ok(Stored::Alias);
    }
    if erasure::is_of_erased_person(transaction, &new.lead)? {
        erasure::bury(transaction, token, now)?;
        return Ok(Stored::Erased);
    }
    let lead = insert_lead(transaction, &new.lead, new.facts, now)?;
    insert_fields(transaction, lead, new.lead.fields())?;
    insert_consents(transaction, lead, new.lead.consents())?;
    insert_deliveries(transaction, lead, token, &new.deliveries, now)?;
    remember_post(transaction, lead, &new.lead, now)?;
    audit_log::append(transaction, &stored_entry(&new.lead), now)?;
    Ok(Stored::New)
}

/// Whether a token is known already: as a lead, as another's alias, or as erased.
pub(super) fn is_settled(transaction: &Transaction<'_>, token: Token) -> rusqlite::Result<bool> {
    for sql in [
        "SELECT 1 FROM leads WHERE token = ?1",
        "SELECT 1 FROM aliases WHERE token = ?1",
        "SELECT 1 FROM tombstones WHERE token = ?1",
    ] {
        if exists(transaction, sql, token)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a token belongs to what was erased.
pub(super) fn is_erased(transaction: &Transaction<'_>, token: Token) -> rusqlite::Result<bool> {
    exists(transaction, "SELECT 1 FROM tombstones WHERE token = ?1", token)
}

fn exists(transaction: &Transaction<'_>, sql: &str, token: Token) -> rusqlite::Result<bool> {
    transaction.prepare_cached(sql)?.exists([token.as_bytes()])
}

/// Makes the token an alias when another node took the same post in before.
fn is_same_post(transaction: &Transaction<'_>, new: &NewLead) -> rusqlite::Result<bool> {
    let Some(once) = new.lead.once() else { return Ok(false) };
    let made = transaction
        .prepare_cached("INSERT INTO aliases (token, lead) SELECT ?1, lead FROM once WHERE mac = ?2")?
        .execute(params![new.lead.header().token.as_bytes(), once])?;
    Ok(made > 0)
}

fn remember_post(transaction: &Transaction<'_>, lead: i64, new: &Protected, now: Timestamp) -> rusqlite::Result<()> {
    if let Some(once) = new.once() {
        transaction.prepare_cached("INSERT INTO once (mac, lead, at) VALUES (?1, ?2, ?3)")?.execute(params![
            once,
            lead,
            now.as_millisecond()
        ])?;
    }
    Ok(())
}

fn forget_old_posts(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM once WHERE mac IN (SELECT mac FROM once WHERE at < ?1 ORDER BY at LIMIT 100)")?
        .execute([(now - POSTS_KEPT).as_millisecond()])?;
    Ok(())
}

fn insert_lead(
    transaction: &Transaction<'_>,
    lead: &Protected,
    facts: LeadFacts,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let header = lead.header();
    let number = next_number(transaction, header.site.as_str())?;
    let (person, enquiry) = enquiring_person(transaction, lead)?;
    transaction
        .prepare_cached(
            "INSERT INTO leads (token, site, number, form, form_version, lang, received_at, stored_at,
                                stage, person, enquiry, corrects, source, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .insert(params![
            header.token.as_bytes(),
            header.site.as_str(),
            number,
            header.form.as_str(),
            header.form_version.0,
            lead.lang().tag(),
            header.received_at.as_millisecond(),
            now.as_millisecond(),
            Stage::New.word(),
            person,
            enquiry,
            lead.corrects().map(|token| *token.as_bytes()),
            facts.source.map(Source::word),
            facts.due_at.map(Timestamp::as_millisecond),
        ])
}

/// Numbers of a site count up without gaps and are never given twice.
fn next_number(transaction: &Transaction<'_>, site: &str) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO sites (site, last_number) VALUES (?1, 1)
             ON CONFLICT (site) DO UPDATE SET last_number = last_number + 1 RETURNING last_number",
        )?
        .query_row([site], |row| row.get(0))
}

/// The person who sent the lead, and which enquiry of theirs it is.
fn enquiring_person(transaction: &Transaction<'_>, lead: &Protected) -> rusqlite::Result<(i64, i64)> {
    let known = known_person(transaction, lead)?;
    transaction
        .prepare_cached(
            "INSERT INTO persons (id, enquiries) VALUES (?1, 1)
             ON CONFLICT (id) DO UPDATE SET enquiries = enquiries + 1 RETURNING id, enquiries",
        )?
        .query_row([known], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Who sent an earlier lead of the same site with the same address, or else with the same number.
fn known_person(transaction: &Transaction<'_>, lead: &Protected) -> rusqlite::Result<Option<i64>> {
    let mut statement = transaction.prepare_cached(
        "SELECT leads.person FROM lead_fields JOIN leads ON leads.id = lead_fields.lead
         WHERE lead_fields.blind = ?1 AND lead_fields.kind = ?2 AND leads.site = ?3 LIMIT 1",
    )?;
    for kind in RECOGNISED_BY {
        for field in lead.fields().iter().filter(|field| field.kind == kind) {
            let Some(index) = field.index else { continue };
            let site = lead.header().site.as_str();
            let person = statement.query_row(params![index, kind.word(), site], |row| row.get(0)).optional()?;
            if person.is_some() {
                return Ok(person);
            }
        }
    }
    Ok(None)
}

fn insert_fields(transaction: &Transaction<'_>, lead: i64, fields: &[ProtectedField]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO lead_fields (lead, position, field, kind, attribution, protect, token, mask, plain, sealed, blind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for (position, field) in (0i64..).zip(fields) {
        statement.execute(params![
            lead,
            position,
            field.field.as_str(),
            field.kind.word(),
            field.attribution,
            field.protect.word(),
            field.token.map(|token| *token.as_bytes()),
            field.mask,
            field.plain,
            field.sealed,
            field.index,
        ])?;
    }
    Ok(())
}

/// The words of a consent are the same for thousands of leads: kept once, by their digest.
fn insert_consents(transaction: &Transaction<'_>, lead: i64, consents: &[ConsentRecord]) -> rusqlite::Result<()> {
    let mut words = transaction
        .prepare_cached("INSERT INTO consent_texts (sha256, text) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING")?;
    let mut statement = transaction.prepare_cached(
        "INSERT INTO consents (lead, position, field, purpose, version, text, lang, granted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (position, consent) in (0i64..).zip(consents) {
        let digest: [u8; 32] = Sha256::digest(consent.text.as_bytes()).into();
        words.execute(params![digest, consent.text])?;
        statement.execute(params![
            lead,
            position,
            consent.field.as_str(),
            consent.purpose,
            consent.version,
            digest,
            consent.lang.tag(),
            consent.granted,
        ])?;
    }
    Ok(())
}

fn insert_deliveries(
    transaction: &Transaction<'_>,
    lead: i64,
    token: Token,
    deliveries: &[NewDelivery],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO outbox (lead, kind, recipient, message_id, next_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )?;
    for (at, delivery) in deliveries.iter().enumerate() {
        // The visitor's address never stands in the outbox, whatever the caller says.
        let recipient = delivery.recipient.as_deref().filter(|_| delivery.kind == DeliveryKind::Notification);
        let is_same = |other: &&NewDelivery| other.kind == delivery.kind && other.recipient == delivery.recipient;
        let message_id = message_id(token, delivery.kind, recipient, deliveries[..at].iter().filter(is_same).count());
        statement.execute(params![lead, delivery.kind.word(), recipient, message_id, now.as_millisecond()])?;
    }
    Ok(())
}

/// The local part of a mail's Message-ID. The same for the same mail of the same lead, so that a
/// store that was restored and takes the lead in again does not make another mail of it; the
/// token's 160 random bits make it nobody else's.
pub(super) fn message_id(lead: Token, kind: DeliveryKind, recipient: Option<&str>, earlier_to_them: usize) -> String {
    let digest = Sha256::new()
        .chain_update("leadseal message id\0")
        .chain_update(lead.as_bytes())
        .chain_update(kind.word())
        .chain_update([0])
        .chain_update(recipient.unwrap_or_default())
        .chain_update([0])
        .chain_update(earlier_to_them.to_be_bytes())
        .finalize();
    hex::encode(&digest[..16])
}

fn stored_entry(lead: &Protected) -> NewEntry {
    NewEntry {
        actor: "desk".to_owned(),
        action: Action::LeadStored,
        subject: Some(lead.header().token.to_string()),
        reason: None,
        detail: Some(format!("form={} epoch={}", lead.header().form, lead.header().epoch)),
    }
}
