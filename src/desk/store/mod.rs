//! The store: `leads.db`, one deep module in SQL.
//!
//! Takes only [`Protected`] leads. A lead, its outbox rows and its audit entry are one
//! transaction. Refuses to know how a value is opened.

use crate::crypto::protect::Protected;
use crate::desk::audit::{ChainStatus, Entry, NewEntry};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::field::FieldKind;
use crate::domain::ids::{FieldId, FormId, FormVersion, SiteId};
use crate::domain::lang::Lang;
use crate::domain::lead::Stage;
use crate::domain::protect::Protect;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Why the store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A schema of a newer Leadseal.
    #[error("leads.db has schema version {0}, newer than this program knows; use the newer program")]
    Newer(u32),
    /// The file is damaged.
    #[error("leads.db is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// SQLite refused.
    #[error("leads.db failed: {0}")]
    Database(rusqlite::Error),
}

/// What kind of message an outbox row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryKind {
    /// The notification to staff.
    Notification,
    /// The automatic answer to the visitor.
    AutoReply,
}

/// An outbox row to be written with a lead.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its kind.
    pub kind: DeliveryKind,
    /// Notification: a staff address from the configuration. Auto-reply: nothing (the address is
    /// personal data, opened when it is sent).
    pub recipient: Option<String>,
}

/// A lead to store, with what follows from it.
#[derive(Debug, Clone)]
pub struct NewLead {
    /// The protected lead.
    pub lead: Protected,
    /// Its outbox rows.
    pub deliveries: Vec<NewDelivery>,
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// It was there already (a redelivery).
    Duplicate,
    /// It was erased before; it does not come back.
    Erased,
}

/// A claimed outbox row.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The row.
    pub id: i64,
    /// The lead.
    pub lead: Token,
    /// The kind.
    pub kind: DeliveryKind,
    /// Staff address (notifications).
    pub recipient: Option<String>,
    /// The local part of its stable Message-ID (random, made with the row).
    pub message_id: String,
    /// Tries so far, this one not counted.
    pub attempts: u32,
    /// When the row was written.
    pub created_at: Timestamp,
}

/// A field as staff may see it.
#[derive(Debug, Clone)]
pub struct FieldView {
    /// The field.
    pub field: FieldId,
    /// Its type.
    pub kind: FieldKind,
    /// True for attribution.
    pub attribution: bool,
    /// How it is protected.
    pub protect: Protect,
    /// The value's token.
    pub token: Option<Token>,
    /// The masked form.
    pub mask: Option<String>,
    /// The value, where kept in clear.
    pub plain: Option<String>,
    /// The sealed value.
    pub sealed: Option<Vec<u8>>,
    /// The blind index.
    pub index: Option<[u8; 32]>,
}

/// A lead as staff may see it.
#[derive(Debug, Clone)]
pub struct LeadView {
    /// Its token.
    pub token: Token,
    /// Its number on its site, from 1.
    pub number: u64,
    /// The site.
    pub site: SiteId,
    /// The form.
    pub form: FormId,
    /// The form's definition at the time.
    pub form_version: FormVersion,
    /// The page's language.
    pub lang: Lang,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// When the desk stored it.
    pub stored_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// How many leads this person had sent to the site, this one included (by blind index).
    pub enquiry: u32,
    /// The lead it corrects.
    pub corrects: Option<Token>,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// Its consents.
    pub consents: Vec<ConsentRecord>,
}

/// Which leads.
#[derive(Debug, Clone, Default)]
pub struct LeadFilter {
    /// Only of this form.
    pub form: Option<FormId>,
    /// Only received at or after.
    pub since: Option<Timestamp>,
    /// Only in this stage.
    pub stage: Option<Stage>,
}

/// A delivery as `doctor` and `leads show` list it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DeliveryView {
    /// The lead.
    pub lead: Token,
    /// `notification` or `auto_reply`.
    pub kind: String,
    /// `waiting`, `sent`, `dead`.
    pub state: String,
    /// Tries so far.
    pub attempts: u32,
    /// The last failure's class, e.g. `smtp 550`, never a relay's text (it may quote an address).
    pub last_error: Option<String>,
    /// When the next try is due.
    pub next_at: Option<Timestamp>,
}

/// Counts for metrics and health.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct StoreStats {
    /// Leads stored.
    pub leads: u64,
    /// Deliveries not yet sent or given up.
    pub outbox_waiting: u64,
    /// Of those, failed at least once.
    pub outbox_failing: u64,
    /// Dead letters.
    pub outbox_dead: u64,
    /// Envelopes set aside.
    pub unopened: u64,
}

/// The store. Shared between threads; calls block, so async code goes through `spawn_blocking`.
pub struct Store {}

impl Store {
    /// Opens or creates `leads.db` and brings its schema up to date.
    ///
    /// # Errors
    /// When it is newer than this program, damaged, or can't be written.
    pub fn open(_path: &Path, _clock: Arc<dyn Clock>, _entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        todo!()
    }
    /// Stores leads with their outbox rows and audit entries in one transaction.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn store_leads(&self, _leads: &[NewLead]) -> Result<Vec<Stored>, StoreError> {
        todo!()
    }
    /// Sets an envelope aside that would not open, with an audit entry.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_aside(&self, _token: Token, _envelope: &[u8], _reason: &str) -> Result<(), StoreError> {
        todo!()
    }
    /// Claims outbox rows that are due, for the length of `lease`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn claim_due(&self, _limit: usize, _lease: Duration) -> Result<Vec<Delivery>, StoreError> {
        todo!()
    }
    /// When the next outbox row is due.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        todo!()
    }
    /// A delivery went out.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_sent(&self, _id: i64) -> Result<(), StoreError> {
        todo!()
    }
    /// A delivery failed and is tried again.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_retry(&self, _id: i64, _at: Timestamp, _error: &str) -> Result<(), StoreError> {
        todo!()
    }
    /// A delivery is given up.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn mark_dead(&self, _id: i64, _error: &str) -> Result<(), StoreError> {
        todo!()
    }
    /// Auto-replies sent or waiting since then for leads whose e-mail has this blind index.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn auto_replies_sent_since(&self, _email_index: &[u8; 32], _since: Timestamp) -> Result<u32, StoreError> {
        todo!()
    }
    /// Remembers the SHA-256 of a link's bearer secret for a lead.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn remember_link(&self, _lead: Token, _secret_sha256: &[u8; 32]) -> Result<(), StoreError> {
        todo!()
    }
    /// The lead a link's secret leads to.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn lead_by_link(&self, _secret_sha256: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        todo!()
    }
    /// A lead.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn lead(&self, _token: Token) -> Result<Option<LeadView>, StoreError> {
        todo!()
    }
    /// Leads, newest first; `before` is the last number... of the page before (keyset).
    ///
    /// # Errors
    /// When they can't be read.
    pub fn leads(
        &self,
        _filter: &LeadFilter,
        _after: Option<i64>,
        _limit: usize,
    ) -> Result<(Vec<LeadView>, Option<i64>), StoreError> {
        todo!()
    }
    /// The deliveries of a lead, or all that are not sent.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn deliveries(&self, _lead: Option<Token>) -> Result<Vec<DeliveryView>, StoreError> {
        todo!()
    }
    /// Appends to the audit, durably, before it returns.
    ///
    /// # Errors
    /// When it can't be written; then the action must not happen.
    pub fn append_audit(&self, _entry: &NewEntry) -> Result<u64, StoreError> {
        todo!()
    }
    /// Reads audit entries from `seq` on.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn audit_entries(&self, _from: u64, _limit: usize) -> Result<Vec<Entry>, StoreError> {
        todo!()
    }
    /// Checks the whole audit chain.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn verify_audit(&self) -> Result<ChainStatus, StoreError> {
        todo!()
    }
    /// Counts.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        todo!()
    }
}
