//! The audit: append-only, hash-chained. Holds ids and words from lists, never a value.
//!
//! Owns the words, the canonical bytes of an entry and the check of the chain. Where entries are
//! kept is the store's affair.

mod chain;
mod group;

pub use chain::{ChainCheck, GENESIS, Link};
pub use group::Group;

use jiff::Timestamp;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A lead was stored.
    LeadStored,
    /// An envelope that would not open was set aside.
    EnvelopeUnopened,
    /// An envelope that was set aside opened after all.
    EnvelopeReplayed,
    /// An envelope was put into quarantine: nobody is told of it.
    LeadQuarantined,
    /// An envelope was let out of quarantine and became a lead.
    QuarantineReleased,
    /// An envelope in quarantine was deleted.
    QuarantinePurged,
    /// A lead was revealed.
    LeadRevealed,
    /// Leads were exported masked or as tokens.
    ExportMasked,
    /// Leads were exported in clear.
    ExportRevealed,
    /// An export has ended; the detail says how many leads it held and its digest.
    ExportEnded,
    /// A notification was sent.
    NotificationSent,
    /// An auto-reply was sent.
    AutoReplySent,
    /// A delivery was given up.
    DeliveryDead,
    /// A key was made, rotated or recovered.
    KeyUse,
    /// A capture node was enrolled or revoked.
    NodeChanged,
    /// The store found that it was restored, or was told so: senders hand over again.
    StoreRestored,
    /// A person's request about their own data was stored.
    RequestStored,
    /// The mail with the request's link was sent.
    RequestMailed,
    /// A request was carried out, by its person or by staff.
    RequestCarriedOut,
    /// A request ended and was not carried out.
    RequestExpired,
    /// A lead was erased.
    LeadErased,
    /// Leads or sealed envelopes whose days were over were erased; the detail says how many.
    RetentionErased,
    /// Somebody vouched for a clock that had moved far since retention was last carried out.
    RetentionClockConfirmed,
    /// A member of staff signed in.
    SignedIn,
    /// Tries to sign in were refused: one entry counts those of some minutes.
    SignInRefused,
    /// A member of staff signed out.
    SignedOut,
    /// A session was ended from another one, or by a change of its account.
    SessionRevoked,
    /// An account of staff was made.
    StaffAdded,
    /// An account of staff was changed; the detail says what.
    StaffChanged,
    /// An account of staff was disabled.
    StaffDisabled,
    /// A member of staff proved anew who they are, before something that asks for it.
    SteppedUp,
    /// Stage, owner or tags of a lead were changed.
    LeadChanged,
    /// A note was added to a lead.
    NoteAdded,
    /// Leads were looked for by an exact value, which is not told.
    LeadsSearched,
    /// A mail that was given up, or waited, was put back to be sent at once.
    DeliveryRetried,
    /// A mail about their account was sent to a member of staff; the detail says of what kind.
    StaffMailed,
    /// Entries of the audit were saved as a file.
    AuditSaved,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 37] = [
        Self::LeadStored,
        Self::EnvelopeUnopened,
        Self::EnvelopeReplayed,
        Self::LeadQuarantined,
        Self::QuarantineReleased,
        Self::QuarantinePurged,
        Self::LeadRevealed,
        Self::ExportMasked,
        Self::ExportRevealed,
        Self::ExportEnded,
        Self::NotificationSent,
        Self::AutoReplySent,
        Self::DeliveryDead,
        Self::KeyUse,
        Self::NodeChanged,
        Self::StoreRestored,
        Self::RequestStored,
        Self::RequestMailed,
        Self::RequestCarriedOut,
        Self::RequestExpired,
        Self::LeadErased,
        Self::RetentionErased,
        Self::RetentionClockConfirmed,
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::SessionRevoked,
        Self::StaffAdded,
        Self::StaffChanged,
        Self::StaffDisabled,
        Self::SteppedUp,
        Self::LeadChanged,
        Self::NoteAdded,
        Self::LeadsSearched,
        Self::DeliveryRetried,
        Self::StaffMailed,
        Self::AuditSaved,
    ];

    /// The action's word in the store and in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LeadStored => "lead-stored",
            Self::EnvelopeUnopened => "envelope-unopened",
            Self::EnvelopeReplayed => "envelope-replayed",
            Self::LeadQuarantined => "lead-quarantined",
            Self::QuarantineReleased => "quarantine-released",
            Self::QuarantinePurged => "quarantine-purged",
            Self::LeadRevealed => "lead-revealed",
            Self::ExportMasked => "export-masked",
            Self::ExportRevealed => "export-revealed",
            Self::ExportEnded => "export-ended",
            Self::NotificationSent => "notification-sent",
            Self::AutoReplySent => "auto-reply-sent",
            Self::DeliveryDead => "delivery-dead",
            Self::KeyUse => "key-use",
            Self::NodeChanged => "node-changed",
            Self::StoreRestored => "store-restored",
            Self::RequestStored => "request-stored",
            Self::RequestMailed => "request-mailed",
            Self::RequestCarriedOut => "request-carried-out",
            Self::RequestExpired => "request-expired",
            Self::LeadErased => "lead-erased",
            Self::RetentionErased => "retention-erased",
            Self::RetentionClockConfirmed => "retention-clock-confirmed",
            Self::SignedIn => "signed-in",
            Self::SignInRefused => "sign-in-refused",
            Self::SignedOut => "signed-out",
            Self::SessionRevoked => "session-revoked",
            Self::StaffAdded => "staff-added",
            Self::StaffChanged => "staff-changed",
            Self::StaffDisabled => "staff-disabled",
            Self::SteppedUp => "stepped-up",
            Self::LeadChanged => "lead-changed",
            Self::NoteAdded => "note-added",
            Self::LeadsSearched => "leads-searched",
            Self::DeliveryRetried => "delivery-retried",
            Self::StaffMailed => "staff-mailed",
            Self::AuditSaved => "audit-saved",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }
}

/// An entry to append.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Who: `cli:<os user>`, `desk`, `staff:<id>`.
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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When, to the millisecond.
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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChainStatus {
    /// Entries read.
    pub entries: u64,
    /// The hash of the last one, to be noted somewhere else.
    pub head: String,
    /// The first entry that does not fit.
    pub broken_at: Option<u64>,
}
