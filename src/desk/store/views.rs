//! What goes into the store and what comes out of it.

use crate::crypto::envelope::Header;
use crate::crypto::protect::{Protected, ProtectedField};
use crate::domain::field::FieldKind;
use crate::domain::funnel::Source;
use crate::domain::ids::{FieldId, FormId, FormVersion, SiteId, StaffId};
use crate::domain::lang::Lang;
use crate::domain::lead::Stage;
use crate::domain::submission::ConsentRecord;
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// What kind of message an outbox row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryKind {
    /// The notification to staff.
    Notification,
    /// The automatic answer to the visitor.
    AutoReply,
    /// The mail to a person who asked about their own data.
    Request,
    /// The mail to a member of staff who wanted to be reminded of a lead.
    Reminder,
    /// The link by which somebody signs in to the console first.
    Invitation,
    /// The link on which a member of staff chooses another password.
    Reset,
    /// Word to a member of staff that their account was signed in to from a new browser.
    NewDevice,
}

impl DeliveryKind {
    /// The kind's word in the store and in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::AutoReply => "auto_reply",
            Self::Request => "privacy_request",
            Self::Reminder => "reminder",
            Self::Invitation => "invitation",
            Self::Reset => "password_reset",
            Self::NewDevice => "new_device",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Notification,
            Self::AutoReply,
            Self::Request,
            Self::Reminder,
            Self::Invitation,
            Self::Reset,
            Self::NewDevice,
        ]
        .into_iter()
        .find(|kind| kind.word() == word)
    }
}

/// What an outbox row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryAbout {
    /// A lead.
    Lead(Token),
    /// A person's request about their own data.
    Request(Token),
    /// A member of staff, to whom it goes.
    Staff(StaffId),
}

impl Serialize for DeliveryAbout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for DeliveryAbout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead(token) | Self::Request(token) => fmt::Display::fmt(token, f),
            Self::Staff(id) => fmt::Display::fmt(id, f),
        }
    }
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
    /// What staff look for it by.
    pub facts: LeadFacts,
}

/// Facts about a lead that are nobody's data.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeadFacts {
    /// How its visitor came.
    pub source: Option<Source>,
    /// By when it is to be answered.
    pub due_at: Option<Timestamp>,
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// It was there already (a redelivery).
    Duplicate,
    /// The same post was taken in by another node and is stored under that lead's token; this one
    /// leads there too.
    Alias,
    /// It was erased before; it does not come back.
    Erased,
}

/// A claimed outbox row.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The row.
    pub id: i64,
    /// What it is about.
    pub about: DeliveryAbout,
    /// The kind.
    pub kind: DeliveryKind,
    /// Staff address (notifications, reminders).
    pub recipient: Option<String>,
    /// Mails to staff: who invited, or the browser that is new.
    pub note: Option<String>,
    /// The local part of its Message-ID, the same whenever this mail is sent.
    pub message_id: String,
    /// Tries so far, this one not counted.
    pub attempts: u32,
    /// When the row was written.
    pub created_at: Timestamp,
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
    /// By when it is to be answered.
    pub due_at: Option<Timestamp>,
    /// How many leads this person had sent to the site, this one included (by blind index).
    pub enquiry: u32,
    /// The lead it corrects.
    pub corrects: Option<Token>,
    /// Its fields.
    pub fields: Vec<ProtectedField>,
    /// Its consents.
    pub consents: Vec<ConsentRecord>,
}

/// Names under which values are stored, whatever the forms say today.
#[derive(Debug, Clone, Default)]
pub struct StoredNames {
    /// Fields with their types; true for attribution.
    pub fields: Vec<(FieldId, FieldKind, bool)>,
    /// Fields that asked for a consent.
    pub consents: Vec<FieldId>,
}

/// An envelope that was set aside.
#[derive(Debug, Clone)]
pub struct UnopenedView {
    /// Its place in the list: a cursor.
    pub id: i64,
    /// The lead it was to become.
    pub token: Token,
    /// Why it did not open, as a word.
    pub reason: String,
    /// When it was set aside.
    pub at: Timestamp,
    /// The envelope as it came, still sealed.
    pub envelope: Vec<u8>,
}

/// An envelope to be put into quarantine.
#[derive(Debug, Clone, Copy)]
pub struct NewHeld<'a> {
    /// Its header.
    pub header: &'a Header,
    /// Why it is set aside.
    pub reasons: &'a [Suspicion],
    /// The envelope as it came, still sealed.
    pub envelope: &'a [u8],
}

/// An envelope in quarantine.
#[derive(Debug, Clone)]
pub struct HeldView {
    /// The lead it would become.
    pub token: Token,
    /// The form.
    pub form: String,
    /// When it was taken in, to the minute.
    pub received_at: Timestamp,
    /// When it was put into quarantine.
    pub at: Timestamp,
    /// Why.
    pub reasons: Vec<Suspicion>,
    /// The envelope as it came, still sealed.
    pub envelope: Vec<u8>,
}

/// A delivery as `doctor` and `leads show` list it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DeliveryView {
    /// The row.
    pub id: i64,
    /// What it is about.
    pub about: DeliveryAbout,
    /// The word of its [`DeliveryKind`].
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
    /// Notifications given up in the last 24 hours: staff did not hear of these leads. (An
    /// auto-reply is given up when a visitor mistypes an address; nobody can mend that.)
    pub notifications_lost: u64,
    /// Envelopes set aside.
    pub unopened: u64,
    /// Envelopes in quarantine.
    pub quarantined: u64,
    /// People's requests about their own data that nobody has carried out yet.
    pub requests_waiting: u64,
    /// Of those, older than a week: their mail never went out.
    pub requests_overdue: u64,
}
