//! The audit: append-only, hash-chained. Holds ids and words from lists, never a value.

use jiff::Timestamp;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A lead was stored.
    LeadStored,
    /// An envelope that would not open was set aside.
    EnvelopeUnopened,
    /// A lead was revealed.
    LeadRevealed,
    /// Leads were exported masked or as tokens.
    ExportMasked,
    /// Leads were exported in clear.
    ExportRevealed,
    /// A notification was sent.
    NotificationSent,
    /// An auto-reply was sent (the desk opened the address for it).
    AutoReplySent,
    /// A delivery was given up.
    DeliveryDead,
    /// A key was made, rotated or recovered.
    KeyUse,
}

/// An entry to append.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Who: `cli:<os user>`, `desk`, later a staff id.
    pub actor: String,
    /// What.
    pub action: Action,
    /// On what: a lead token, a form id, an epoch.
    pub subject: Option<String>,
    /// Why, a word from the list.
    pub reason: Option<String>,
    /// Counts and words, `key=value` pairs; never a value of a field.
    pub detail: Option<String>,
}

/// An entry as read.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// On what.
    pub subject: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// More.
    pub detail: Option<String>,
    /// Its SHA-256 in hex.
    pub hash: String,
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ChainStatus {
    /// Entries read.
    pub entries: u64,
    /// The hash of the last one, to be noted somewhere else.
    pub head: String,
    /// The first entry that does not fit.
    pub broken_at: Option<u64>,
}
