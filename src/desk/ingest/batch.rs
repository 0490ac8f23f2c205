//! One batch: open → keys → protect → store, in this order and each step for the whole batch.

use super::requests::names_nobody;
use super::{IngestError, plan};
use crate::crypto::envelope::Envelope;
use crate::crypto::keyring::Keyring;
use crate::crypto::open::{OpenError, Opened};
use crate::crypto::protect::protect;
use crate::desk::store::{NewHeld, NewLead, Store, Stored};
use crate::domain::business_hours::BusinessHours;
use crate::domain::entropy::Entropy;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::mark::StoreMark;
use crate::domain::token::Token;
use crate::queue::port::QueuedEnvelope;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// From this many on, two threads share the cryptography, which costs more than the storing.
const WORTH_SHARING: usize = 32;

/// What the work needs.
pub(super) struct Workbench {
    pub(super) store: Arc<Store>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) forms: Arc<HashMap<FormId, Arc<Form>>>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) request_mails_per_day: u32,
    pub(super) hours: Arc<BusinessHours>,
}

/// What became of a batch.
#[derive(Default)]
pub(super) struct Done {
    /// Every lead of the batch: stored, known, erased or set aside.
    pub(super) settled: Vec<Token>,
    /// New leads by form.
    pub(super) stored: BTreeMap<FormId, u64>,
    /// Envelopes set aside.
    pub(super) unopened: u64,
    /// Envelopes put into quarantine.
    pub(super) quarantined: u64,
    /// New outbox rows are there.
    pub(super) has_deliveries: bool,
    /// The store's commit that the whole batch is in by.
    pub(super) mark: StoreMark,
}

/// Why an envelope did not open.
enum Unopened {
    /// It never will with the keys of this desk: a word for the store and the audit.
    Poison(&'static str),
    /// The keyring can't be read now.
    Later,
}

impl From<OpenError> for Unopened {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoKey => Self::Poison("no-key"),
            OpenError::NotAuthentic => Self::Poison("not-authentic"),
            OpenError::BadContent => Self::Poison("bad-content"),
            OpenError::Unavailable => Self::Later,
        }
    }
}

impl Workbench {
    pub(super) fn store_batch(&self, batch: &[QueuedEnvelope]) -> Result<Done, IngestError> {
        let mut done = Done { settled: batch.iter().map(|queued| queued.token).collect(), ..Done::default() };
        let mut opened = Vec::with_capacity(batch.len());
        let results = in_two(batch.iter().collect(), |queued| self.open_for_its_site(queued));
        let mut held = Vec::new();
        for (queued, result) in batch.iter().zip(results) {
            match result {
                Ok(submission) if is_doubted(&submission) => held.push((queued, submission)),
                Ok(submission) => opened.push(submission),
                Err(Unopened::Later) => return Err(IngestError::KeyringUnread),
                Err(Unopened::Poison(reason)) => {
                    self.store.set_aside(queued.token, &queued.envelope, reason)?;
                    tracing::warn!(lead = %queued.token, reason, "an envelope would not open and was set aside");
                    done.unopened += 1;
                }
            }
        }
        if !held.is_empty() {
            done.quarantined = self.hold(&held)?;
        }
        if !opened.is_empty() {
            self.store_opened(opened, &mut done)?;
        }
        done.mark = self.store.mark()?;
        Ok(done)
    }

    /// Keeps what looks like a robot's work as it came: sealed, and nobody is told.
    fn hold(&self, held: &[(&QueuedEnvelope, Opened)]) -> Result<u64, IngestError> {
        let new: Vec<NewHeld<'_>> = held
            .iter()
            .map(|(queued, opened)| NewHeld {
                header: opened.header(),
                reasons: &opened.submission().quarantine,
                envelope: &queued.envelope,
            })
            .collect();
        Ok(self.store.hold(&new)?)
    }

    /// Opens one envelope; nothing when it still does not open.
    pub(super) fn open_now(&self, queued: &QueuedEnvelope) -> Result<Option<Opened>, IngestError> {
        match self.open(queued) {
            Ok(opened) => Ok(Some(opened)),
            Err(Unopened::Poison(_)) => Ok(None),
            Err(Unopened::Later) => Err(IngestError::KeyringUnread),
        }
    }

    /// As [`Self::open`], but refuses an envelope that names another site than its form belongs to:
    /// nothing crosses from one site to another. Who moved a form has such envelopes tried again.
    fn open_for_its_site(&self, queued: &QueuedEnvelope) -> Result<Opened, Unopened> {
        let opened = self.open(queued)?;
        let header = opened.header();
        match self.forms.get(&header.form) {
            Some(form) if form.site != header.site => Err(Unopened::Poison("wrong-site")),
            _ => Ok(opened),
        }
    }

    fn open(&self, queued: &QueuedEnvelope) -> Result<Opened, Unopened> {
        let envelope = Envelope::parse(&queued.envelope).map_err(|_| Unopened::Poison("malformed"))?;
        // The queue's word for the lead is not authenticated; the header's is.
        if envelope.header.token != queued.token {
            return Err(Unopened::Poison("token-mismatch"));
        }
        let opened = self.keyring.open(&envelope)?;
        if names_nobody(&opened) { Err(Unopened::Poison("bad-content")) } else { Ok(opened) }
    }

    /// The keys are durable before the leads: a lead without a key could never be opened, a key
    /// without a lead is only swept later.
    pub(super) fn store_opened(&self, opened: Vec<Opened>, done: &mut Done) -> Result<(), IngestError> {
        let (requests, opened): (Vec<_>, Vec<_>) =
            opened.into_iter().partition(|opened| opened.submission().request.is_some());
        self.store_leads(opened, done)?;
        // After the leads: those of the same batch are held by then.
        self.store_requests(&requests, done)
    }

    fn store_leads(&self, opened: Vec<Opened>, done: &mut Done) -> Result<(), IngestError> {
        if opened.is_empty() {
            return Ok(());
        }
        let tokens: Vec<Token> = opened.iter().map(|submission| submission.header().token).collect();
        let keys = self.keyring.create_lead_keys(&tokens)?;
        let index = self.keyring.index_keys();
        let leads = in_two(opened.into_iter().zip(&keys).collect(), |(opened, key)| {
            let form = self.forms.get(&opened.header().form).map(Arc::as_ref);
            let deliveries = form.map(|form| plan::deliveries(form, opened.submission())).unwrap_or_default();
            let facts = plan::facts(form, &opened, &self.hours);
            NewLead { facts, lead: protect(opened, form, key, index, self.entropy.as_ref()), deliveries }
        });
        for (lead, stored) in leads.iter().zip(self.store.store_leads(&leads)?) {
            self.settle(lead, stored, done)?;
        }
        Ok(())
    }

    fn settle(&self, new: &NewLead, stored: Stored, done: &mut Done) -> Result<(), IngestError> {
        let header = new.lead.header();
        match stored {
            Stored::New => {
                *done.stored.entry(header.form.clone()).or_default() += 1;
                done.has_deliveries |= !new.deliveries.is_empty();
                if !self.forms.contains_key(&header.form) {
                    tracing::warn!(lead = %header.token, form = %header.form, "stored, but nobody is told: no such form");
                }
            }
            Stored::Duplicate => {}
            // The key that was just made for it is nobody's, or must not outlive the erasure.
            Stored::Alias | Stored::Erased => self.keyring.erase_lead(header.token)?,
        }
        Ok(())
    }
}

/// Whether it is set aside as a robot's work. A request never is: a site's key vouches for it.
fn is_doubted(opened: &Opened) -> bool {
    let submission = opened.submission();
    !submission.quarantine.is_empty() && submission.request.is_none()
}

/// Does the work on each item, in order; two threads share a longer list.
fn in_two<T: Send, U: Send>(mut items: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    if items.len() < WORTH_SHARING {
        return items.into_iter().map(work).collect();
    }
    let rest = items.split_off(items.len() / 2);
    std::thread::scope(|scope| {
        let helper = scope.spawn(|| rest.into_iter().map(&work).collect::<Vec<U>>());
        let mut done: Vec<U> = items.into_iter().map(&work).collect();
        match helper.join() {
            Ok(others) => done.extend(others),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        done
    })
}
