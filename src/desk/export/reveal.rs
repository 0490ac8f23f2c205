//! Reveals: values of one lead, opened for a reason. The audit has its entry, durable, before the
//! first value is opened; what can't be audited stays closed. Notes are sealed here, too.

use super::ExportError;
use super::shown::Opener;
use crate::crypto::keyring::{Keyring, KeyringError};
use crate::crypto::protect::LeadKey;
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{LeadView, NoteView, Store};
use crate::domain::entropy::Entropy;
use crate::domain::ids::FieldId;
use crate::domain::lead::Reason;
use crate::domain::pii::Pii;
use crate::domain::submission::Value;
use crate::domain::token::Token;

/// What of a lead is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Every value and every note.
    All,
    /// One value.
    Field(FieldId),
    /// The notes.
    Notes,
}

/// What was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Values by their fields.
    pub fields: Vec<(FieldId, Value)>,
    /// Notes by their names.
    pub notes: Vec<(Token, Pii<String>)>,
}

/// Opens what staff ask for. The audit names it.
///
/// # Errors
/// When it can't be audited, then nothing was opened; or when a value does not open.
pub fn reveal_for_staff(
    store: &Store,
    keyring: &Keyring,
    (lead, notes): (&LeadView, &[NoteView]),
    what: &What,
    reason: Reason,
    actor: &str,
) -> Result<Opened, ExportError> {
    let detail = match what {
        What::All => "what=all".to_owned(),
        What::Field(field) => format!("field={field}"),
        What::Notes => "what=notes".to_owned(),
    };
    store.append_audit(&reveal_entry(lead.token, reason.word(), Some(detail), actor))?;
    let mut opened = Opened::default();
    let opener = Opener::for_lead(lead, &|lead| keyring.lead_key(lead))?;
    for field in lead.fields.iter().filter(|field| field.sealed.is_some()) {
        let wanted = match what {
            What::All => true,
            What::Field(id) => field.field == *id,
            What::Notes => false,
        };
        if wanted {
            opened.fields.push((field.field.clone(), opener.open(field)?));
        }
    }
    if matches!(what, What::All | What::Notes) {
        opened.notes = open_notes(keyring, lead.token, notes)?;
    }
    Ok(opened)
}

/// Seals a note on a lead, under a name of its own.
///
/// # Errors
/// When the lead has no key, as after an erasure.
pub fn seal_note(
    keyring: &Keyring,
    lead: Token,
    text: &Pii<String>,
    entropy: &dyn Entropy,
) -> Result<(Token, Vec<u8>), KeyringError> {
    let note = Token::generate(entropy);
    Ok((note, keyring.lead_key(lead)?.seal_note(lead, note, text, entropy)))
}

/// Opens every sealed value of a lead, in the order of its fields. The audit entry is durable
/// before the first one is opened.
///
/// # Errors
/// When there is no such lead, it can't be audited, or a value does not open.
pub fn reveal_lead(
    store: &Store,
    keyring: &Keyring,
    lead: Token,
    reason: Reason,
    actor: &str,
) -> Result<Vec<(FieldId, Value)>, ExportError> {
    reveal_with(store, &|lead| keyring.lead_key(lead), lead, reason, actor)
}

/// As [`reveal_lead`], with the notes on it, for a request of the lead's person, which the audit names
/// with its reason.
///
/// # Errors
/// When it can't be audited, or a value or a note does not open.
pub fn reveal_for_request(
    store: &Store,
    keyring: &Keyring,
    (lead, notes): (&LeadView, &[NoteView]),
    request: Token,
    reason: &str,
    actor: &str,
) -> Result<Opened, ExportError> {
    let entry = reveal_entry(lead.token, reason, Some(format!("request={request}")), actor);
    let fields = open_audited(store, &|lead| keyring.lead_key(lead), lead, &entry)?;
    Ok(Opened { fields, notes: open_notes(keyring, lead.token, notes)? })
}

fn open_notes(keyring: &Keyring, lead: Token, notes: &[NoteView]) -> Result<Vec<(Token, Pii<String>)>, ExportError> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    let key = keyring.lead_key(lead)?;
    let open = |note: &NoteView| {
        let text = key.reveal_note(lead, note.token, &note.sealed);
        Ok((note.token, text.map_err(|_| ExportError::UnreadableNote(lead))?))
    };
    notes.iter().map(open).collect()
}

fn reveal_entry(lead: Token, reason: &str, detail: Option<String>, actor: &str) -> NewEntry {
    NewEntry {
        actor: actor.to_owned(),
        action: Action::LeadRevealed,
        subject: Some(lead.to_string()),
        reason: Some(reason.to_owned()),
        detail,
    }
}

/// Gives the key of a lead.
pub(super) type LeadKeys<'a> = &'a dyn Fn(Token) -> Result<LeadKey, KeyringError>;

pub(super) fn reveal_with(
    store: &Store,
    keys: LeadKeys<'_>,
    lead: Token,
    reason: Reason,
    actor: &str,
) -> Result<Vec<(FieldId, Value)>, ExportError> {
    let view = store.lead(lead)?.ok_or(ExportError::NoLead(lead))?;
    open_audited(store, keys, &view, &reveal_entry(lead, reason.word(), None, actor))
}

fn open_audited(
    store: &Store,
    keys: LeadKeys<'_>,
    lead: &LeadView,
    entry: &NewEntry,
) -> Result<Vec<(FieldId, Value)>, ExportError> {
    store.append_audit(entry)?;
    let opener = Opener::for_lead(lead, keys)?;
    let sealed = lead.fields.iter().filter(|field| field.sealed.is_some());
    sealed.map(|field| Ok((field.field.clone(), opener.open(field)?))).collect()
}
