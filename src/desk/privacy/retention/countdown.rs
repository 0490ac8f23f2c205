//! The countdown: what is kept, for how long, and what ends soon. Changes nothing.

use super::terms::{Term, terms};
use super::{PrivacyError, RetentionRules, days, days_before};
use crate::desk::store::{Ages, SetAside, Store};
use crate::domain::ids::FormId;
use jiff::Timestamp;

/// Days of the two looks ahead.
const AHEAD: [u32; 2] = [7, 30];

/// What is kept of one kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Countdown {
    /// `leads`, `quarantine` or `unopened`.
    pub what: &'static str,
    /// The form, of leads.
    pub form: Option<FormId>,
    /// The form is in the configuration; true for what has no form.
    pub form_is_present: bool,
    /// Days it is kept.
    pub days: u32,
    /// When these days hold, where they are shorter than before or new.
    pub holds_from: Option<Timestamp>,
    /// How many there are.
    pub held: u64,
    /// The oldest one's time.
    pub oldest: Option<Timestamp>,
    /// How many the next run erases.
    pub due: u64,
    /// How many end within 7 days, those that are due among them.
    pub in_7_days: u64,
    /// How many end within 30 days, those before among them.
    pub in_30_days: u64,
}

/// What is kept and when it ends: forms by name, those that are gone after those that are there,
/// then what was set aside.
///
/// # Errors
/// When the store can't be read.
pub fn countdown(store: &Store, rules: &RetentionRules, now: Timestamp) -> Result<Vec<Countdown>, PrivacyError> {
    let mut out = Vec::new();
    for term in terms(store, rules, now)? {
        out.push(of_leads(store, &term, now)?);
    }
    for kind in SetAside::ALL {
        let count = rules.days_of(kind);
        let ages = store.set_aside_ages(kind, ahead(now, count))?;
        let due = store.set_aside_ages(kind, [days_before(now, count); 2])?.until[0];
        out.push(Countdown { what: kind.word(), due, ..of_ages(ages, count) });
    }
    Ok(out)
}

fn of_leads(store: &Store, term: &Term, now: Timestamp) -> Result<Countdown, PrivacyError> {
    let mut sum = Ages::default();
    for version in &term.versions {
        let ages = store.lead_ages(&term.form, *version, ahead(now, term.days))?;
        sum.held += ages.held;
        sum.oldest = sum.oldest.into_iter().chain(ages.oldest).min();
        sum.until = [sum.until[0] + ages.until[0], sum.until[1] + ages.until[1]];
    }
    let due = term.due(now).map_or(Ok(0), |due| store.count_due(&due))?;
    Ok(Countdown {
        form: Some(term.form.clone()),
        form_is_present: term.is_present,
        holds_from: term.holds_from,
        due,
        ..of_ages(sum, term.days)
    })
}

fn of_ages(ages: Ages, days: u32) -> Countdown {
    Countdown {
        what: "leads",
        form: None,
        form_is_present: true,
        days,
        holds_from: None,
        held: ages.held,
        oldest: ages.oldest,
        due: 0,
        in_7_days: ages.until[0],
        in_30_days: ages.until[1],
    }
}

/// The times before which what ends within the two looks ahead was taken in.
fn ahead(now: Timestamp, count: u32) -> [Timestamp; 2] {
    AHEAD.map(|look| days_before(now, count).saturating_add(days(look)).unwrap_or(now))
}
