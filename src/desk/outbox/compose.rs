//! From an outbox row to a mail: what it is about, whether it may be sent, and its bytes.
//!
//! Runs on a blocking thread. A visitor's address, and fields a form wants in the mail, are
//! opened here and nowhere earlier, after the audit has the entry.

use super::address::{Destination, destination};
use super::message::{AutoSubmitted, Draft, build};
use super::relay::Parcel;
use super::request::Asked;
use super::staff::Colleague;
use super::{auto_reply, notification};
use crate::crypto::keyring::{Keyring, KeyringError};
use crate::crypto::protect::ProtectedField;
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{Delivery, DeliveryAbout, DeliveryKind, LeadView, Store, StoreError};
use crate::domain::clock::Clock;
use crate::domain::field::FieldKind;
use crate::domain::form::{AutoReply, Form};
use crate::domain::ids::{FieldId, SiteId};
use crate::domain::lead::Reason;
use crate::domain::pii::Pii;
use crate::domain::settings::Settings;
use crate::domain::site::Site;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use lettre::Address;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

/// The window of the cap on auto-replies.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Why there is no mail.
#[derive(Debug)]
pub(super) enum NotComposed {
    /// There never will be; the class says why.
    Dead(&'static str),
    /// The operator must change something first.
    Wait {
        /// The site whose mails it keeps.
        site: SiteId,
        /// The class.
        class: &'static str,
        /// The setting and the fix.
        advice: String,
    },
    /// Store, keyring or audit can't be used now. No try is used up.
    Unavailable(String),
    /// It was sent or given up already.
    Settled,
}

impl From<StoreError> for NotComposed {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What an outbox row is about.
pub(super) enum About {
    /// A lead: staff are told, or its visitor is answered.
    Lead(Subject),
    /// A person's request about their own data.
    Request(Asked),
    /// A member of staff, to whom it goes.
    Staff(Colleague),
}

impl About {
    /// The row.
    pub(super) fn delivery(&self) -> &Delivery {
        match self {
            Self::Lead(subject) => &subject.delivery,
            Self::Request(asked) => &asked.delivery,
            Self::Staff(colleague) => &colleague.delivery,
        }
    }

    /// The site that sends.
    pub(super) fn site(&self) -> &SiteId {
        match self {
            Self::Lead(subject) => &subject.site.id,
            Self::Request(asked) => &asked.site.id,
            Self::Staff(colleague) => &colleague.site.id,
        }
    }
}

/// The lead that an outbox row is about.
pub(super) struct Subject {
    pub delivery: Delivery,
    pub lead: LeadView,
    pub site: Arc<Site>,
    pub form: Option<Arc<Form>>,
    /// The sender of the site's mails.
    pub from: Destination,
}

/// A mail, ready for the relay.
pub(super) struct Composed {
    pub parcel: Parcel,
    /// The sender to use where the relay refuses the null sender.
    pub fallback_sender: Address,
}

/// Makes mails.
pub(super) struct Composer {
    pub store: Arc<Store>,
    pub keyring: Arc<Keyring>,
    pub settings: Arc<Settings>,
    pub clock: Arc<dyn Clock>,
    /// Where people reach the pages of their requests.
    pub request_url: Url,
}

impl Composer {
    /// Finds what a row is about.
    pub(super) fn look_up(&self, delivery: Delivery) -> Result<About, NotComposed> {
        // Claimed once more while it was under way, and settled since: a clock jumped over its lease.
        if !self.store.is_waiting(delivery.id)? {
            return Err(NotComposed::Settled);
        }
        let lead = match delivery.about {
            DeliveryAbout::Request(token) => return self.look_up_request(delivery, token).map(About::Request),
            DeliveryAbout::Staff(id) => return self.look_up_colleague(delivery, id).map(About::Staff),
            DeliveryAbout::Lead(token) => self.store.lead(token)?.ok_or(NotComposed::Dead("erased"))?,
        };
        let (site, from) = self.sender(&lead.site)?;
        let form = self.settings.form(&lead.form).cloned();
        Ok(About::Lead(Subject { delivery, lead, site, form, from }))
    }

    /// A site and the address its mails come from.
    pub(super) fn sender(&self, id: &SiteId) -> Result<(Arc<Site>, Destination), NotComposed> {
        let site = self.settings.site(id).cloned().ok_or_else(|| NotComposed::Wait {
            site: id.clone(),
            class: "no such site",
            advice: format!(
                "the configuration has no site \"{id}\", but mails for it wait; add [[site]] id = \"{id}\""
            ),
        })?;
        let from = destination(&site.mail_from).map_err(|_| NotComposed::Wait {
            site: site.id.clone(),
            class: "sender address",
            advice: format!("mail_from of site \"{}\" is no address that can be mailed from; correct it", site.id),
        })?;
        Ok((site, from))
    }

    /// The blind index by which auto-replies to one address are counted; nothing for other mails.
    pub(super) fn counted_by(&self, about: &About) -> Option<[u8; 32]> {
        match about {
            About::Lead(subject) => self.answered_by(subject),
            About::Request(_) | About::Staff(_) => None,
        }
    }

    fn answered_by(&self, subject: &Subject) -> Option<[u8; 32]> {
        let field = recipient_field(subject).ok()?.2;
        let index = |address: &str| self.keyring.index_keys().index(&subject.site.id, FieldKind::Email, address);
        field.index.or_else(|| index(field.plain.as_deref()?))
    }

    /// Makes the mail.
    pub(super) fn compose(&self, about: &About) -> Result<Composed, NotComposed> {
        let draft = match about {
            About::Request(asked) => self.request_mail(asked)?,
            About::Staff(colleague) => self.staff_mail(colleague)?,
            About::Lead(subject) => match subject.delivery.kind {
                DeliveryKind::AutoReply => self.auto_reply(subject)?,
                DeliveryKind::Reminder => self.reminder(subject)?,
                _ => self.notification(subject)?,
            },
        };
        let bytes = build(&draft).map_err(|_| NotComposed::Dead("unmailable"))?;
        let null_sender = draft.auto_submitted == AutoSubmitted::Replied && self.settings.mail.auto_reply_null_sender;
        let parcel = Parcel {
            sender: (!null_sender).then(|| draft.from.address.clone()),
            needs_utf8: draft.to.needs_utf8 || draft.from.needs_utf8 || draft.reply_to.is_some_and(|to| to.needs_utf8),
            recipient: draft.to.address,
            bytes,
        };
        Ok(Composed { parcel, fallback_sender: draft.from.address })
    }

    fn notification(&self, subject: &Subject) -> Result<Draft, NotComposed> {
        let to = subject.delivery.recipient.as_deref().unwrap_or_default();
        let to = destination(to).map_err(|_| NotComposed::Dead("address"))?;
        let link = self.link(subject)?;
        let revealed = self.wanted_in_clear(subject)?;
        let reply_to = subject
            .form
            .as_ref()
            .filter(|form| form.notify.reply_to_lead)
            .and_then(|form| form.first_of(FieldKind::Email))
            .and_then(|field| revealed.get(&field.id))
            .and_then(|address| destination(address.expose()).ok());
        let words = notification::write(subject, &revealed, &link)
            .map_err(|_| NotComposed::Unavailable("the notification's template failed".to_owned()))?;
        Ok(Draft {
            reply_to,
            subject: words.subject,
            auto_submitted: AutoSubmitted::Generated,
            thread: Some(format!("lead.{}", subject.lead.token)),
            lang: words.lang,
            text: words.text,
            html: words.html,
            ..self.frame(subject, to)
        })
    }

    fn auto_reply(&self, subject: &Subject) -> Result<Draft, NotComposed> {
        let (form, reply, field) = recipient_field(subject).map_err(NotComposed::Dead)?;
        self.within_cap(subject)?;
        let words =
            auto_reply::write(form, reply, &subject.site, &subject.lead).map_err(|error| NotComposed::Wait {
                site: subject.site.id.clone(),
                class: "template",
                advice: format!(
                    "[auto_reply] of form \"{}\" can't be rendered ({error}); run: leadseal check",
                    form.id
                ),
            })?;
        self.audit(subject, &[field.field.as_str()])?;
        let address = self.open(subject, field)?;
        let to = destination(address.expose()).map_err(|_| NotComposed::Dead("address"))?;
        Ok(Draft {
            subject: words.subject,
            auto_submitted: AutoSubmitted::Replied,
            thread: None,
            lang: subject.lead.lang,
            text: words.text,
            html: words.html,
            ..self.frame(subject, to)
        })
    }

    /// What all mails about a lead have in common.
    pub(super) fn frame(&self, subject: &Subject, to: Destination) -> Draft {
        let lang = subject.lead.lang;
        let name_lang = match subject.delivery.kind {
            DeliveryKind::Notification => subject.form.as_ref().map_or(lang, |form| form.notify.lang),
            _ => lang,
        };
        Draft {
            from_name: subject.site.name.get(name_lang).to_owned(),
            from: subject.from.clone(),
            to,
            reply_to: None,
            subject: String::new(),
            message_id: subject.delivery.message_id.clone(),
            thread: None,
            id_domain: self.id_domain(&subject.from),
            date: subject.delivery.created_at,
            auto_submitted: AutoSubmitted::Generated,
            lang,
            text: Pii::new(String::new()),
            html: Pii::new(String::new()),
        }
    }

    /// The right side of Message-IDs.
    pub(super) fn id_domain(&self, from: &Destination) -> String {
        self.settings.mail.message_id_domain.as_deref().unwrap_or(from.address.domain()).to_owned()
    }

    /// The button's address. Its secret is made from lead and row, so that every try carries the
    /// same one; only its SHA-256 is stored.
    pub(super) fn link(&self, subject: &Subject) -> Result<String, NotComposed> {
        let (lead, row) = (subject.lead.token, subject.delivery.id.to_be_bytes());
        let secret = URL_SAFE_NO_PAD.encode(self.keyring.link_key().mac("mail link", &[lead.as_bytes(), &row]));
        let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        self.store.remember_link(lead, &digest)?;
        let base = self.settings.private.url.as_str().trim_end_matches('/');
        Ok(format!("{base}/l/{secret}"))
    }

    /// The fields that the form wants in staff mail in clear, opened.
    fn wanted_in_clear(&self, subject: &Subject) -> Result<BTreeMap<FieldId, Pii<String>>, NotComposed> {
        let Some(form) = subject.form.as_deref() else { return Ok(BTreeMap::new()) };
        let address = form.first_of(FieldKind::Email).filter(|_| form.notify.reply_to_lead).map(|field| &field.id);
        let wanted: Vec<&ProtectedField> = subject
            .lead
            .fields
            .iter()
            .filter(|field| {
                !field.attribution && (form.notify.reveal.contains(&field.field) || address == Some(&field.field))
            })
            .filter(|field| field.sealed.is_some() || field.plain.is_some())
            .collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let names: Vec<&str> = wanted.iter().map(|field| field.field.as_str()).collect();
        self.audit(subject, &names)?;
        wanted.into_iter().map(|field| Ok((field.field.clone(), self.open(subject, field)?))).collect()
    }

    fn within_cap(&self, subject: &Subject) -> Result<(), NotComposed> {
        let Some(index) = self.answered_by(subject) else { return Ok(()) };
        let since = self.clock.now().saturating_sub(DAY).unwrap_or(jiff::Timestamp::MIN);
        // This row is among those counted.
        let counted = self.store.auto_replies_sent_since(&index, since)?;
        let over = counted > self.settings.mail.auto_replies_per_day;
        if over { Err(NotComposed::Dead("capped")) } else { Ok(()) }
    }

    fn open(&self, subject: &Subject, field: &ProtectedField) -> Result<Pii<String>, NotComposed> {
        if let Some(plain) = &field.plain {
            return Ok(Pii::new(plain.clone()));
        }
        let sealed = field.sealed.as_deref().ok_or(NotComposed::Dead("address"))?;
        let lead = &subject.lead;
        let key = self.keyring.lead_key(lead.token).map_err(|error| match error {
            // An erased lead is not found at all: this one is newer than the keyring.
            KeyringError::NoLeadKey => NotComposed::Wait {
                site: subject.site.id.clone(),
                class: "no key",
                advice: "keyring.db is older than leads.db and lacks keys; put the newer copy back".to_owned(),
            },
            other => NotComposed::Unavailable(other.to_string()),
        })?;
        let value = key.reveal(lead.token, &field.field, lead.form_version, sealed);
        Ok(value.map_err(|_| NotComposed::Dead("damaged"))?.joined())
    }

    /// Writes down which fields are about to be opened; without the entry none is. That the mail
    /// went out is an entry of its own, made with the row's settlement.
    fn audit(&self, subject: &Subject, fields: &[&str]) -> Result<(), NotComposed> {
        self.store.append_audit(&NewEntry {
            actor: "desk".to_owned(),
            action: Action::LeadRevealed,
            subject: Some(subject.lead.token.to_string()),
            reason: Some(Reason::Reply.word().to_owned()),
            detail: Some(format!(
                "delivery={} attempt={} fields={}",
                subject.delivery.id,
                subject.delivery.attempts + 1,
                fields.join(",")
            )),
        })?;
        Ok(())
    }
}

/// The auto-reply's settings and the field that holds its address, or why there is none.
fn recipient_field(subject: &Subject) -> Result<(&Form, &AutoReply, &ProtectedField), &'static str> {
    if subject.delivery.kind != DeliveryKind::AutoReply {
        return Err("not an auto-reply");
    }
    let form = subject.form.as_deref().ok_or("no such form")?;
    let reply = form.auto_reply.as_ref().ok_or("no auto-reply")?;
    let field = subject.lead.fields.iter().find(|field| !field.attribution && field.field == reply.to);
    Ok((form, reply, field.ok_or("address")?))
}
