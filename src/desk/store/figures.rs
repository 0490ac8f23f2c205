//! Figures for the dashboard: what came in by day, form and source, how soon it was answered, where
//! leads stand now.
//!
//! Read from counters, so that a million leads cost what ten do. What a viewer may see decides which
//! counters are added up. Refuses to name a lead.

use super::{Store, StoreError, rows};
use crate::domain::funnel::Source;
use crate::domain::ids::{FormId, SiteId};
use crate::domain::lead::{NoLead, Stage};
use crate::domain::staff::Scope;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::ops::Range;

/// Day 0 of the counters.
const FIRST_DAY: Date = jiff::civil::date(1970, 1, 1);

/// Whose figures.
#[derive(Debug, Clone)]
pub struct FiguresOf<'a> {
    /// What the viewer may see.
    pub scope: &'a Scope,
    /// Only of this site.
    pub site: Option<&'a SiteId>,
    /// Only of this form.
    pub form: Option<&'a FormId>,
}

impl FiguresOf<'_> {
    fn covers(&self, site: &SiteId, form: &FormId) -> bool {
        self.scope.covers(site, form)
            && self.site.is_none_or(|wanted| wanted == site)
            && self.form.is_none_or(|wanted| wanted == form)
    }
}

/// Leads that came in within some days, those that were erased since too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameIn {
    /// All of them.
    pub leads: u64,
    /// By day; a day without one has no entry.
    pub by_day: BTreeMap<Date, u64>,
    /// By site and form.
    pub by_form: BTreeMap<(SiteId, FormId), u64>,
    /// By source; nothing: not known.
    pub by_source: BTreeMap<Option<Source>, u64>,
    /// How soon they were answered.
    pub answers: Answers,
}

/// How soon leads were answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// How many were answered by when: the least minutes of business hours of a class, and its count.
    pub classes: BTreeMap<u64, u64>,
    /// How many were to be answered by a deadline that is past, or were answered before it.
    pub due: u64,
    /// How many of these were answered in time.
    pub timely: u64,
}

impl Answers {
    /// How many were answered.
    pub fn count(&self) -> u64 {
        self.classes.values().sum()
    }

    /// Minutes within which this share of the answered ones had their answer, 0 to 1; between the bounds
    /// of a class it is taken as even.
    pub fn within(&self, share: f64) -> Option<u64> {
        let wanted = (self.count() as f64 * share).max(0.5);
        let mut before = 0.0;
        let mut classes = self.classes.iter().peekable();
        while let Some((least, count)) = classes.next() {
            let count = *count as f64;
            if count > 0.0 && before + count >= wanted {
                let next = classes.peek().map_or(*least, |(next, _)| **next);
                let part = (wanted - before) / count * next.saturating_sub(*least) as f64;
                return Some(least + part as u64);
            }
            before += count;
        }
        None
    }

    /// The share of those with a deadline that were answered in time.
    pub fn share_in_time(&self) -> Option<f64> {
        (self.due > 0).then(|| self.timely.min(self.due) as f64 / self.due as f64)
    }
}

/// Everything the dashboard shows of leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// What came in, for each span that was asked for.
    pub spans: Vec<CameIn>,
    /// Leads that are there now, by stage and, for the unqualified, why.
    pub stages: BTreeMap<(&'static str, Option<&'static str>), u64>,
    /// Whether a lead has ever come in.
    pub is_begun: bool,
}

impl Figures {
    /// How many leads are in a stage now.
    pub fn in_stage(&self, stage: Stage) -> u64 {
        self.stages.iter().filter(|((word, _), _)| *word == stage.word()).map(|(_, count)| count).sum()
    }

    /// How many are unqualified for this reason now.
    pub fn for_reason(&self, reason: NoLead) -> u64 {
        self.stages.get(&(Stage::Unqualified.word(), Some(reason.word()))).copied().unwrap_or_default()
    }
}

impl Store {
    /// Figures of what the scope covers. Days are those of [`Store::keep_office`]; a span's end
    /// is not in it.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn figures(&self, of: &FiguresOf<'_>, spans: &[Range<Date>]) -> Result<Figures, StoreError> {
        let now = self.clock.now();
        self.read(|connection| {
            let mut figures = Figures::default();
            let forms = stages(connection, of, &mut figures)?;
            figures.is_begun = !forms.is_empty();
            for span in spans {
                let days = number(span.start)..number(span.end);
                let mut came_in = CameIn::default();
                came_in.answers.classes = classes(connection)?;
                for form in &forms {
                    count_days(connection, form, &days, &mut came_in)?;
                    count_sources(connection, form, &days, &mut came_in)?;
                    count_answers(connection, form, &days, &mut came_in.answers)?;
                }
                let pending = pending(connection, of, &days, now)?;
                came_in.answers.due = came_in.answers.due.saturating_sub(pending);
                figures.spans.push(came_in);
            }
            Ok(figures)
        })
    }
}

type SiteAndForm = (SiteId, FormId);

fn number(day: Date) -> i64 {
    day.duration_since(FIRST_DAY).as_hours() / 24
}

fn day(number: i64) -> Date {
    FIRST_DAY.saturating_add(SignedDuration::from_hours(number.saturating_mul(24)))
}

/// Where leads stand; and the forms that there are counters of.
fn stages(connection: &Connection, of: &FiguresOf<'_>, figures: &mut Figures) -> rusqlite::Result<Vec<SiteAndForm>> {
    let mut statement = connection.prepare_cached("SELECT * FROM lead_stages ORDER BY site, form")?;
    let mut found = statement.query([])?;
    let mut forms: Vec<SiteAndForm> = Vec::new();
    while let Some(row) = found.next()? {
        let site: SiteId = rows::word(row, "site", |text| text.parse().ok())?;
        let form: FormId = rows::word(row, "form", |text| text.parse().ok())?;
        if !of.covers(&site, &form) {
            continue;
        }
        let stage: Stage = rows::word(row, "stage", |text| text.parse().ok())?;
        let reason = NoLead::from_word(&row.get::<_, String>("reason")?).map(NoLead::word);
        *figures.stages.entry((stage.word(), reason)).or_default() += rows::count(row, "leads")?;
        if forms.last().is_none_or(|(last_site, last_form)| (last_site, last_form) != (&site, &form)) {
            forms.push((site, form));
        }
    }
    Ok(forms)
}

fn count_days(
    connection: &Connection,
    form: &SiteAndForm,
    days: &Range<i64>,
    into: &mut CameIn,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT day, leads, due FROM lead_days WHERE site = ?1 AND form = ?2 AND day >= ?3 AND day < ?4",
    )?;
    let mut found = statement.query(params![form.0.as_str(), form.1.as_str(), days.start, days.end])?;
    let mut of_form = 0;
    while let Some(row) = found.next()? {
        let leads = rows::count(row, "leads")?;
        *into.by_day.entry(day(row.get("day")?)).or_default() += leads;
        into.answers.due += rows::count(row, "due")?;
        of_form += leads;
    }
    if of_form > 0 {
        into.by_form.insert(form.clone(), of_form);
    }
    into.leads += of_form;
    Ok(())
}

fn count_sources(
    connection: &Connection,
    form: &SiteAndForm,
    days: &Range<i64>,
    into: &mut CameIn,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(leads), 0) AS leads FROM lead_sources
         WHERE site = ?1 AND form = ?2 AND source = ?3 AND day >= ?4 AND day < ?5",
    )?;
    for source in Source::ALL.map(Some).into_iter().chain([None]) {
        let word = source.map_or("", Source::word);
        let values = params![form.0.as_str(), form.1.as_str(), word, days.start, days.end];
        let leads = statement.query_row(values, |row| rows::count(row, "leads"))?;
        if leads > 0 {
            *into.by_source.entry(source).or_default() += leads;
        }
    }
    Ok(())
}

/// Every class, with nothing in it.
fn classes(connection: &Connection) -> rusqlite::Result<BTreeMap<u64, u64>> {
    let mut statement = connection.prepare_cached("SELECT least FROM answer_bounds")?;
    statement.query_map([], |row| Ok((rows::count(row, "least")?, 0)))?.collect()
}

fn count_answers(
    connection: &Connection,
    form: &SiteAndForm,
    days: &Range<i64>,
    into: &mut Answers,
) -> rusqlite::Result<()> {
    // One walk along the key for each class, however many days there are besides.
    let mut statement = connection.prepare_cached(
        "SELECT answer_bounds.least, sum(leads) AS leads, sum(timely) AS timely
         FROM answer_bounds CROSS JOIN lead_answers
         WHERE site = ?1 AND form = ?2 AND lead_answers.least = answer_bounds.least AND day >= ?3 AND day < ?4
         GROUP BY answer_bounds.least",
    )?;
    let mut found = statement.query(params![form.0.as_str(), form.1.as_str(), days.start, days.end])?;
    while let Some(row) = found.next()? {
        *into.classes.entry(rows::count(row, "least")?).or_default() += rows::count(row, "leads")?;
        into.timely += rows::count(row, "timely")?;
    }
    Ok(())
}

/// How many wait for an answer that is not due yet: they are neither in time nor late.
fn pending(connection: &Connection, of: &FiguresOf<'_>, days: &Range<i64>, now: Timestamp) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT site, form, count(*) AS leads
         FROM lead_lists INDEXED BY lead_lists_due CROSS JOIN leads ON leads.id = lead_lists.lead
         WHERE lead_lists.due_at IS NOT NULL AND lead_lists.due_at >= ?1 AND leads.answered_at IS NULL AND ",
        super::schema_figures::local_day!("lead_lists.received_at"),
        " BETWEEN ?2 AND ?3 GROUP BY site, form"
    ))?;
    let mut found = statement.query(params![now.as_millisecond(), days.start, days.end - 1])?;
    let mut pending = 0;
    while let Some(row) = found.next()? {
        let site: SiteId = rows::word(row, "site", |text| text.parse().ok())?;
        let form: FormId = rows::word(row, "form", |text| text.parse().ok())?;
        if of.covers(&site, &form) {
            pending += rows::count(row, "leads")?;
        }
    }
    Ok(pending)
}
