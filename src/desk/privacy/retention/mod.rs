//! Retention: what is past its days is erased, keys first, a bounded batch at a time.
//!
//! Leads go by the days of their form, envelopes in quarantine and unopened ones by days of their
//! own. A clock that moved far since the last run is not believed until an operator vouches for it:
//! a wrong clock must not erase what a visitor sent.

mod countdown;
mod job;
mod terms;

pub use countdown::{Countdown, countdown};
pub use job::keep_retention;

use super::epochs::end_drained;
use super::erase::empty_log;
use super::{Custody, PrivacyError};
use crate::desk::store::{DueLeads, SetAside, Store};
use crate::domain::clock::Clock;
use crate::domain::ids::{EpochId, FormId, FormVersion};
use crate::domain::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who the audit names when the job carries retention out.
const BY_THE_DESK: &str = "desk";
/// Leads or envelopes that one transaction takes.
const BATCH: usize = 200;

/// The days of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDays {
    /// The form.
    pub form: FormId,
    /// Its definition.
    pub version: FormVersion,
    /// Days a lead is kept.
    pub days: u32,
}

/// What the configuration says of retention.
#[derive(Debug, Clone)]
pub struct RetentionRules {
    /// The forms.
    pub forms: Vec<FormDays>,
    /// Days for what was set aside as a robot's work.
    pub quarantine_days: u32,
    /// Days for what did not open.
    pub unopened_days: u32,
    /// Days by which the clock may move between two runs and still be believed.
    pub clock_jump_days: u32,
}

impl RetentionRules {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Self {
        let days = |form: &Arc<crate::domain::form::Form>| FormDays {
            form: form.id.clone(),
            version: form.version,
            days: form.retention_days,
        };
        Self {
            forms: settings.forms.iter().map(days).collect(),
            quarantine_days: settings.screening.quarantine_days,
            unopened_days: settings.retention.unopened_days,
            clock_jump_days: settings.retention.clock_jump_days,
        }
    }

    const fn days_of(&self, kind: SetAside) -> u32 {
        match kind {
            SetAside::Quarantine => self.quarantine_days,
            SetAside::Unopened => self.unopened_days,
        }
    }
}

/// A clock that moved further since the last run than is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ClockMoved {
    /// When retention was last carried out.
    pub last_run: Timestamp,
    /// What the clock says.
    pub now: Timestamp,
}

impl ClockMoved {
    /// Whole days between the two; negative when the clock went back.
    pub fn days(&self) -> i64 {
        self.now.duration_since(self.last_run).as_hours() / 24
    }
}

/// Whether the clock moved too far since the last run; nothing when it is believed.
///
/// # Errors
/// When the store can't be read.
pub fn clock_moved(store: &Store, rules: &RetentionRules, now: Timestamp) -> Result<Option<ClockMoved>, PrivacyError> {
    let most = days(rules.clock_jump_days);
    let moved = store.last_retention()?.map(|last_run| ClockMoved { last_run, now });
    Ok(moved.filter(|moved| moved.now.duration_since(moved.last_run).abs() > most))
}

/// What a run erased of one kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Ended {
    /// `leads`, `quarantine` or `unopened`.
    pub what: &'static str,
    /// The form, of leads.
    pub form: Option<FormId>,
    /// After so many days.
    pub days: u32,
    /// How many.
    pub count: u64,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Run {
    /// What was erased.
    pub ended: Vec<Ended>,
    /// Epochs that ended, since nothing was left that their keys would open.
    pub epochs: Vec<EpochId>,
    /// The longest that ingest had to wait for a transaction of this run.
    #[serde(skip)]
    pub longest: Duration,
    /// It was told to stop before everything was done; the next run goes on.
    pub stopped: bool,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done(Run),
    /// Nothing was erased: the clock is not believed.
    Waits(ClockMoved),
}

/// Who has retention carried out.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// For the audit.
    pub actor: &'a str,
    /// They vouch for the clock, however far it moved.
    pub vouches_for_clock: bool,
}

/// Carries retention out.
pub struct Retention {
    /// Where leads, envelopes and keys are.
    pub custody: Custody,
    /// What the configuration says.
    pub rules: RetentionRules,
    /// This machine's spool, where it has one.
    pub spool: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Retention {
    /// Erases what is past its days. `go_on` is asked before each batch: that is where a caller
    /// leaves the store to others for a moment, or stops.
    ///
    /// A run that broke off leaves leads that nobody can open; the next one finishes it.
    ///
    /// # Errors
    /// When a part fails; what was erased until then stays erased.
    pub fn run(&self, order: Order<'_>, go_on: &mut dyn FnMut() -> bool) -> Result<Outcome, PrivacyError> {
        let store = &self.custody.store;
        let now = self.clock.now();
        let moved = clock_moved(store, &self.rules, now)?;
        if let Some(moved) = moved.filter(|_| !order.vouches_for_clock) {
            return Ok(Outcome::Waits(moved));
        }
        store.begin_retention(now, moved.map(|_| order.actor))?;
        terms::remember(store, &self.rules, now)?;
        let mut run = Run::default();
        for term in terms::terms(store, &self.rules, now)? {
            if let Some(due) = term.due(now) {
                self.erase_leads(&due, order.actor, &mut run, go_on)?;
            }
        }
        for kind in SetAside::ALL {
            self.erase_set_aside(kind, now, order.actor, &mut run, go_on)?;
        }
        if !run.ended.is_empty() {
            empty_log(&self.custody)?;
        }
        if !run.stopped {
            run.epochs = end_drained(&self.custody, &self.spool, order.actor, now)?;
        }
        Ok(Outcome::Done(run))
    }

    /// Keys first: what is left of a batch that broke off can't be opened. And once more after it,
    /// since a lead that was handed over again in between was given another.
    fn erase_leads(
        &self,
        due: &DueLeads,
        actor: &str,
        run: &mut Run,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), PrivacyError> {
        let Custody { store, keyring } = &self.custody;
        let mut count = 0;
        while run.goes_on(go_on) {
            let leads = store.leads_due(due, BATCH)?;
            if leads.is_empty() {
                break;
            }
            keyring.erase_leads(&leads)?;
            count += run.timed(|| store.erase_due(due, &leads, actor))?;
            keyring.erase_leads(&leads)?;
        }
        run.note(Ended { what: "leads", form: Some(due.form.clone()), days: due.days, count });
        Ok(())
    }

    fn erase_set_aside(
        &self,
        kind: SetAside,
        now: Timestamp,
        actor: &str,
        run: &mut Run,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), PrivacyError> {
        let store = &self.custody.store;
        let days = self.rules.days_of(kind);
        let until = days_before(now, days);
        let mut count = 0;
        while run.goes_on(go_on) {
            let erased = run.timed(|| store.erase_set_aside(kind, until, days, actor, BATCH))?;
            count += erased;
            if erased < BATCH as u64 {
                break;
            }
        }
        run.note(Ended { what: kind.word(), form: None, days, count });
        Ok(())
    }
}

impl Run {
    fn goes_on(&mut self, go_on: &mut dyn FnMut() -> bool) -> bool {
        self.stopped = self.stopped || !go_on();
        !self.stopped
    }

    fn timed<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let out = work();
        self.longest = self.longest.max(begun.elapsed());
        out
    }

    fn note(&mut self, ended: Ended) {
        if ended.count > 0 {
            let form = ended.form.as_ref().map_or("", FormId::as_str);
            tracing::info!(what = ended.what, form, days = ended.days, count = ended.count, "erased: past its days");
            metrics::counter!("leadseal_retention_erased_total", "what" => ended.what, "form" => form.to_owned())
                .increment(ended.count);
            self.ended.push(ended);
        }
    }
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// A time so many days ago; before all times when there is no such.
fn days_before(now: Timestamp, count: u32) -> Timestamp {
    now.checked_sub(days(count)).unwrap_or(Timestamp::MIN)
}
