//! Access: everything that is held under an address, opened for its person.

use super::{By, Custody, PrivacyError, with_person};
use crate::crypto::keyring::KeyringError;
use crate::crypto::protect::ProtectedField;
use crate::desk::export::{ExportError, Opened, reveal_for_request};
use crate::desk::store::{LeadView, LeadWork, RequestView};
use crate::domain::field::FieldKind;
use crate::domain::ids::{FieldId, FormId, SiteId};
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Stage, Tag};
use crate::domain::pii::Pii;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// What is held of a person on a site.
#[derive(Debug)]
pub struct Held {
    /// The request.
    pub request: Token,
    /// The site.
    pub site: SiteId,
    /// When it was opened.
    pub at: Timestamp,
    /// The enquiries, the oldest first.
    pub leads: Vec<HeldLead>,
}

/// One enquiry.
#[derive(Debug)]
pub struct HeldLead {
    /// Its receipt.
    pub token: Token,
    /// The form.
    pub form: FormId,
    /// The language of the page.
    pub lang: Lang,
    /// When it was sent, to the minute.
    pub received_at: Timestamp,
    /// The values in the form's order, then where the visitor came from.
    pub values: Vec<HeldValue>,
    /// What the person agreed to, or did not, in the words they saw.
    pub consents: Vec<ConsentRecord>,
    /// What staff added.
    pub work: HeldWork,
}

/// What staff added to an enquiry. Who of them did is theirs, not the person's.
#[derive(Debug)]
pub struct HeldWork {
    /// Where it stands.
    pub stage: Stage,
    /// Why it is no lead.
    pub stage_reason: Option<NoLead>,
    /// Somebody works on it.
    pub has_owner: bool,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When somebody wants to be reminded of it.
    pub reminders: Vec<Timestamp>,
    /// The notes, the oldest first.
    pub notes: Vec<HeldNote>,
}

/// A note that staff wrote.
#[derive(Debug)]
pub struct HeldNote {
    /// When.
    pub at: Timestamp,
    /// Its words; nothing when nobody can open it any more.
    pub words: Option<Pii<String>>,
}

/// One value.
#[derive(Debug)]
pub struct HeldValue {
    /// The field, or where the visitor came from by its word.
    pub field: FieldId,
    /// Its type.
    pub kind: FieldKind,
    /// True for where the visitor came from.
    pub attribution: bool,
    /// What is held of it.
    pub what: HeldWhat,
}

/// What is held of a value.
#[derive(Debug)]
pub enum HeldWhat {
    /// The value.
    Value(Pii<String>),
    /// A part of it; the rest was never kept, or can't be opened any more.
    Masked(Pii<String>),
    /// A keyed digest, from which nothing can be read.
    Digest,
}

/// Opens everything that is held under a request's address and ends the request. Nothing when it
/// had ended before: then nothing is shown.
///
/// # Errors
/// When a part fails; the request is still open then.
pub fn access(
    custody: &Custody,
    request: &RequestView,
    by: By<'_>,
    now: Timestamp,
) -> Result<Option<Held>, PrivacyError> {
    if !request.status.is_waiting() {
        return Ok(None);
    }
    let Custody { store, keyring } = custody;
    let Some(found) = with_person(keyring, request, |person| store.leads_of(person)) else { return Ok(None) };
    let mut leads = Vec::new();
    for token in found? {
        if let (Some(lead), Some(work)) = (store.lead(token)?, store.work_on(token)?) {
            leads.push(open(custody, request, (lead, work), by)?);
        }
    }
    if !store.end_access(request.token, leads.len(), by.actor, by.reason)? {
        return Ok(None);
    }
    keyring.erase_leads(&[request.token])?;
    tracing::info!(request = %request.token, leads = leads.len(), "a person was shown what is held of them");
    Ok(Some(Held { request: request.token, site: request.site.clone(), at: now, leads }))
}

fn open(
    custody: &Custody,
    request: &RequestView,
    (lead, work): (LeadView, LeadWork),
    by: By<'_>,
) -> Result<HeldLead, PrivacyError> {
    let (store, keyring) = (&custody.store, &custody.keyring);
    let opened = match reveal_for_request(store, keyring, (&lead, &work.notes), request.token, by.reason, by.actor) {
        // What nobody can open is shown as it is kept.
        Err(ExportError::Keyring(KeyringError::NoLeadKey)) => Opened::default(),
        opened => opened?,
    };
    let mut fields = opened.fields.into_iter().peekable();
    let values = lead.fields.into_iter().map(|field| {
        let value = fields.next_if(|_| field.sealed.is_some()).map(|(_, value)| value.joined());
        held(field, value)
    });
    Ok(HeldLead {
        token: lead.token,
        form: lead.form,
        lang: lead.lang,
        received_at: lead.received_at,
        values: values.collect(),
        consents: lead.consents,
        work: HeldWork {
            reminders: store.reminders_on(lead.token)?.iter().map(|reminder| reminder.at).collect(),
            ..held_work(lead.stage, work, opened.notes)
        },
    })
}

fn held_work(stage: Stage, work: LeadWork, mut opened: Vec<(Token, Pii<String>)>) -> HeldWork {
    let mut words = |note: Token| {
        let at = opened.iter().position(|(its, _)| *its == note)?;
        Some(opened.swap_remove(at).1)
    };
    let notes = work.notes.iter().rev().map(|note| HeldNote { at: note.at, words: words(note.token) });
    HeldWork {
        stage,
        stage_reason: work.stage_reason,
        has_owner: work.owner.is_some(),
        reminders: Vec::new(),
        notes: notes.collect(),
        tags: work.tags,
    }
}

fn held(field: ProtectedField, opened: Option<Pii<String>>) -> HeldValue {
    let ProtectedField { field, kind, attribution, plain, mask, .. } = field;
    let what = match (opened, plain, mask) {
        (Some(value), ..) => HeldWhat::Value(value),
        (None, Some(plain), _) => HeldWhat::Value(Pii::new(plain)),
        (None, None, Some(mask)) => HeldWhat::Masked(Pii::new(mask)),
        (None, None, None) => HeldWhat::Digest,
    };
    HeldValue { field, kind, attribution, what }
}

impl Held {
    /// Everything as JSON, to be kept by its person.
    pub fn json(&self) -> Pii<String> {
        let leads: Vec<Json> = self.leads.iter().map(lead_json).collect();
        let all = json!({ "request": self.request, "site": self.site, "at": self.at, "enquiries": leads });
        Pii::new(format!("{all:#}\n"))
    }
}

fn lead_json(lead: &HeldLead) -> Json {
    let of = |attribution: bool| -> Map<String, Json> {
        let values = lead.values.iter().filter(|value| value.attribution == attribution);
        values.map(|value| (value.field.to_string(), value_json(&value.what))).collect()
    };
    json!({
        "receipt": lead.token, "form": lead.form, "language": lead.lang, "received_at": lead.received_at,
        "values": of(false), "came_from": of(true), "consents": lead.consents, "added_by_staff": work_json(&lead.work),
    })
}

fn work_json(work: &HeldWork) -> Json {
    let note = |note: &HeldNote| json!({ "at": note.at, "words": note.words.as_ref().map(Pii::expose) });
    json!({
        "stage": work.stage,
        "stage_reason": work.stage_reason,
        "owner": work.has_owner.then_some("staff"),
        "tags": work.tags.iter().map(Tag::as_str).collect::<Vec<_>>(),
        "reminders": work.reminders,
        "notes": work.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

fn value_json(what: &HeldWhat) -> Json {
    match what {
        HeldWhat::Value(value) => json!({ "held": "value", "value": value.expose() }),
        HeldWhat::Masked(mask) => json!({ "held": "masked", "value": mask.expose() }),
        HeldWhat::Digest => json!({ "held": "digest" }),
    }
}
