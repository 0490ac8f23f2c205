//! How many days which leads are kept.
//!
//! A lead of a form that is there goes by the form's days of today; one of a form that is gone by
//! the days of the definition that it came under. Days that were shortened hold only a day later,
//! and so do days that are written down for the first time: a slip in a form file, or the first
//! start of a program that erases, can still be stopped.

use super::{FormDays, PrivacyError, RetentionRules, days, days_before};
use crate::desk::store::{DueGroup, DueLeads, RetentionTerm, Store};
use crate::domain::form::DEFAULT_RETENTION_DAYS;
use crate::domain::ids::{FormId, FormVersion};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long shorter days wait before they hold.
const SHORTER_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// As long as an envelope may be under way to the desk.
const UNDER_WAY: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Leads that are kept equally long.
pub(super) struct Term {
    pub(super) form: FormId,
    /// The form is in the configuration.
    pub(super) is_present: bool,
    pub(super) days: u32,
    /// When these days hold, where they are shorter than before.
    pub(super) holds_from: Option<Timestamp>,
    /// What holds until then; nothing where no lead is erased until then.
    before: Option<u32>,
    /// The definitions whose leads these are.
    pub(super) versions: Vec<FormVersion>,
}

impl Term {
    /// The leads that are due now; nothing while none can be.
    pub(super) fn due(&self, now: Timestamp) -> Option<DueLeads> {
        let days = if self.holds_from.is_some() { self.before? } else { self.days };
        let group = |version: &FormVersion| {
            let received_until = days_before(now, days);
            DueGroup { version: *version, received_until, stored_until: stored_until(received_until, days) }
        };
        let groups: Vec<DueGroup> = self.versions.iter().map(group).collect();
        (!groups.is_empty()).then(|| DueLeads { form: self.form.clone(), days, groups })
    }
}

/// A lead that came late, or from a machine whose clock is behind, is kept for all but 8 of its days
/// from when it was stored, and for half of them at least.
fn stored_until(received_until: Timestamp, count: u32) -> Timestamp {
    received_until.saturating_add(UNDER_WAY.min(days(count) / 2)).unwrap_or(Timestamp::MAX)
}

/// Writes down the days of today's forms, and of forms that are gone and were never written down.
pub(super) fn remember(store: &Store, rules: &RetentionRules, now: Timestamp) -> Result<(), PrivacyError> {
    let known = Known::read(store)?;
    let is_new = |form: &&FormDays| !known.says_last(form);
    let mut new: Vec<RetentionTerm> = rules.forms.iter().filter(is_new).map(|form| as_term(form, now)).collect();
    for (form, version) in store.lead_definitions()? {
        if rules.form(&form).is_none() && known.of(&form).is_empty() {
            new.push(RetentionTerm { form, version, days: DEFAULT_RETENTION_DAYS, since: now });
        }
    }
    if !new.is_empty() {
        store.remember_terms(&new)?;
    }
    Ok(())
}

/// How long which leads are kept; also of forms that have none.
pub(super) fn terms(store: &Store, rules: &RetentionRules, now: Timestamp) -> Result<Vec<Term>, PrivacyError> {
    let known = Known::read(store)?;
    let mut definitions: BTreeMap<FormId, Vec<FormVersion>> = BTreeMap::new();
    for (form, version) in store.lead_definitions()? {
        definitions.entry(form).or_default().push(version);
    }
    let mut terms = Vec::new();
    for form in &rules.forms {
        let versions = definitions.remove(&form.form).unwrap_or_default();
        terms.push(of_present_form(form, &known, versions, now));
    }
    for (form, versions) in definitions {
        terms.extend(of_form_that_is_gone(&form, &known, versions, now));
    }
    Ok(terms)
}

fn of_present_form(form: &FormDays, known: &Known, versions: Vec<FormVersion>, now: Timestamp) -> Term {
    let mut said = known.of(&form.form).to_vec();
    if !known.says_last(form) {
        said.push(as_term(form, now));
    }
    let (holds_from, before) = shortened(&said, form.days, now);
    Term { form: form.form.clone(), is_present: true, days: form.days, holds_from, before, versions }
}

/// Leads of equal days together.
fn of_form_that_is_gone(form: &FormId, known: &Known, versions: Vec<FormVersion>, now: Timestamp) -> Vec<Term> {
    let said = known.of(form);
    let mut by_days: BTreeMap<u32, Vec<FormVersion>> = BTreeMap::new();
    for version in versions {
        let own = said.iter().find(|term| term.version == version).or(said.last());
        by_days.entry(own.map_or(DEFAULT_RETENTION_DAYS, |term| term.days)).or_default().push(version);
    }
    // What was written down of it last may have been the default, today.
    let since = said.last().map_or(now, |last| last.since);
    let is_first = said.len() <= 1;
    let holds_from = since.saturating_add(SHORTER_AFTER).ok().filter(|from| is_first && *from > now);
    let term =
        |(days, versions)| Term { form: form.clone(), is_present: false, days, holds_from, before: None, versions };
    by_days.into_iter().map(term).collect()
}

/// Since when a form's days hold, if they do not hold yet, and the days that hold until then: the
/// longest that were said within a day. Nothing holds for a form of which nothing had been said.
fn shortened(said: &[RetentionTerm], today: u32, now: Timestamp) -> (Option<Timestamp>, Option<u32>) {
    let a_day_ago = now.saturating_sub(SHORTER_AFTER).unwrap_or(Timestamp::MIN);
    let lately = said.iter().rposition(|term| term.since <= a_day_ago);
    let holds_from = said.last().and_then(|last| last.since.saturating_add(SHORTER_AFTER).ok());
    let Some(lately) = lately else { return (holds_from, None) };
    match said[lately..].iter().map(|term| term.days).max() {
        Some(longest) if longest > today => (holds_from, Some(longest)),
        _ => (None, None),
    }
}

fn as_term(form: &FormDays, since: Timestamp) -> RetentionTerm {
    RetentionTerm { form: form.form.clone(), version: form.version, days: form.days, since }
}

impl RetentionRules {
    fn form(&self, form: &FormId) -> Option<&FormDays> {
        self.forms.iter().find(|known| known.form == *form)
    }
}

/// What was written down of forms' days.
struct Known(BTreeMap<FormId, Vec<RetentionTerm>>);

impl Known {
    fn read(store: &Store) -> Result<Self, PrivacyError> {
        let mut by_form: BTreeMap<FormId, Vec<RetentionTerm>> = BTreeMap::new();
        for term in store.retention_terms()? {
            by_form.entry(term.form.clone()).or_default().push(term);
        }
        Ok(Self(by_form))
    }

    /// Whether these days are the last that were written down of their form.
    fn says_last(&self, form: &FormDays) -> bool {
        self.of(&form.form).last().is_some_and(|last| (last.version, last.days) == (form.version, form.days))
    }

    /// Of one form, the last one last.
    fn of(&self, form: &FormId) -> &[RetentionTerm] {
        self.0.get(form).map_or(&[], Vec::as_slice)
    }
}
