//! What the dashboard says: figures, charts, and the same as tables.

use super::chart::{self, Drawing, Item, number};
use super::health::Health;
use super::span::{Asked, Period, Span};
use crate::console::choice::{Choice, Select};
use crate::console::frame::Frame;
use crate::console::state::Console;
use crate::console::words;
use crate::desk::store::{Answers, CameIn, Figures};
use crate::domain::funnel::Source;
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Stage};
use crate::domain::staff::Viewer;
use crate::i18n::{self, Arg, text_with};
use askama::Template;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::ops::Range;

/// How soon leads were answered, for people: less than so many minutes.
const SOON: [u64; 6] = [5, 15, 30, 60, 240, 480];

/// Reasons that the sentence on stages tells; the table has all.
const TOLD_REASONS: usize = 3;

/// What was found.
pub(super) struct Found {
    pub(super) figures: Figures,
    pub(super) today: Date,
    /// New leads whose deadline has passed, as far as they are counted.
    pub(super) overdue: String,
    pub(super) health: Health,
}

/// A span that one may choose.
struct Tab {
    label: String,
    href: String,
    here: bool,
}

/// A figure with what it is compared with, or where it leads.
struct Tile {
    label: String,
    figure: String,
    hint: String,
    href: Option<String>,
}

/// A row of a table: its name, where it leads, its figures.
struct Row {
    name: String,
    href: Option<String>,
    figures: Vec<String>,
}

/// A chart and the table that says the same.
struct Chart {
    id: &'static str,
    title: String,
    summary: String,
    kind: &'static str,
    drawing: Drawing,
    /// What the line across a bar means, where there are such.
    before: Option<String>,
    head: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "console/dashboard.html")]
pub(super) struct DashboardTemplate {
    frame: Frame,
    tabs: Vec<Tab>,
    selects: Vec<Select>,
    span: &'static str,
    is_narrowed: bool,
    clear: String,
    tiles: Vec<Tile>,
    charts: Vec<Chart>,
    note: String,
    health: Health,
    /// What will be here, with addresses of forms, while nothing has come in.
    empty: Option<Vec<(String, String)>>,
}

impl DashboardTemplate {
    pub(super) fn new(frame: Frame, console: &Console, viewer: &Viewer, asked: &Asked, found: Found) -> Self {
        let Found { figures, today, overdue, health } = found;
        let teller = Teller { console, lang: viewer.lang, asked, today };
        let (now, before) = (span_of(&figures, 0), span_of(&figures, 1));
        let empty = (!figures.is_begun && !asked.is_narrowed()).then(|| teller.forms_to_try(viewer));
        let around_the_clock = console.parts.settings.business_hours.days.is_empty();
        let note = if around_the_clock { "dash-note-always" } else { "dash-note-hours" };
        Self {
            tabs: teller.tabs(),
            selects: teller.selects(viewer),
            span: asked.span.word(),
            is_narrowed: asked.is_narrowed(),
            clear: Asked { site: None, form: None, ..asked.clone() }.over(asked.span),
            tiles: teller.tiles(&figures, &now, &before, &overdue, &frame),
            charts: vec![
                teller.by_day(&now, &before),
                teller.by_form(&now, &before),
                teller.by_source(&now, &before),
                teller.stages(&figures, &frame),
                teller.answers(&now, &before),
            ],
            note: teller.say(note, &[]),
            health,
            empty,
            frame,
        }
    }
}

fn span_of(figures: &Figures, which: usize) -> CameIn {
    figures.spans.get(which).cloned().unwrap_or_default()
}

/// Leads of some days.
fn of_days(came_in: &CameIn, days: &Range<Date>) -> u64 {
    if days.is_empty() { 0 } else { came_in.by_day.range(days.clone()).map(|(_, count)| count).sum() }
}

/// Puts figures into words.
struct Teller<'a> {
    console: &'a Console,
    lang: Lang,
    asked: &'a Asked,
    today: Date,
}

impl Teller<'_> {
    fn text(&self, key: &str) -> String {
        i18n::text(self.lang, key)
    }

    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        let args: Vec<_> = args.iter().map(|(name, words)| (*name, Arg::Text(words))).collect();
        text_with(self.lang, key, &args)
    }

    fn span_name(&self, span: Span) -> String {
        self.text(match span {
            Span::Week => "dash-span-7",
            Span::Month => "dash-span-30",
            Span::Quarter => "dash-span-90",
            Span::YearByWeek => "dash-span-weeks",
            Span::YearByMonth => "dash-span-months",
        })
    }

    /// What the present span is compared with.
    fn before_name(&self) -> String {
        self.text(match self.asked.span {
            Span::Week => "dash-before-7",
            Span::Month => "dash-before-30",
            Span::Quarter => "dash-before-90",
            Span::YearByWeek | Span::YearByMonth => "dash-before-year",
        })
    }

    fn tabs(&self) -> Vec<Tab> {
        let tab =
            |span| Tab { label: self.span_name(span), href: self.asked.over(span), here: span == self.asked.span };
        Span::ALL.map(tab).into()
    }

    fn selects(&self, viewer: &Viewer) -> Vec<Select> {
        let settings = &self.console.parts.settings;
        let forms: Vec<_> = settings.forms.iter().filter(|form| viewer.sees(&form.site, &form.id)).collect();
        let sites = settings.sites.iter().filter(|site| forms.iter().any(|form| form.site == site.id));
        let chosen = |value: &str, asked: Option<&str>| asked == Some(value);
        let (site, form) = (self.asked.site.as_ref(), self.asked.form.as_ref());
        let sites = sites.map(|one| Choice {
            chosen: chosen(one.id.as_str(), site.map(|site| site.as_str())),
            value: one.id.to_string(),
            label: one.name.get(self.lang).to_owned(),
        });
        let of_forms = forms.iter().map(|one| Choice {
            chosen: chosen(one.id.as_str(), form.map(|form| form.as_str())),
            value: one.id.to_string(),
            label: one.title.get(self.lang).to_owned(),
        });
        let selects = [
            Select { name: "site", label: self.text("inbox-site"), choices: sites.collect() },
            Select { name: "form", label: self.text("inbox-form"), choices: of_forms.collect() },
        ];
        selects.into_iter().filter(|select| select.choices.len() > 1).collect()
    }

    /// Forms of the viewer's, by title, with their addresses.
    fn forms_to_try(&self, viewer: &Viewer) -> Vec<(String, String)> {
        let settings = &self.console.parts.settings;
        let public = settings.public.url.as_str().trim_end_matches('/');
        let seen = settings.forms.iter().filter(|form| viewer.sees(&form.site, &form.id));
        let address = |id: &str| format!("{public}/f/{id}?lang={}", self.lang.tag());
        seen.map(|form| (form.title.get(self.lang).to_owned(), address(form.id.as_str()))).collect()
    }

    fn tiles(&self, figures: &Figures, now: &CameIn, before: &CameIn, overdue: &str, frame: &Frame) -> Vec<Tile> {
        let inbox = |view: &str| Some(frame.path(&format!("inbox{}", self.asked.narrowing(&[("view", view)]))));
        let minutes = |answers: &Answers, share| answers.within(share).map(|minutes| self.length(minutes));
        let in_time = |answers: &Answers| answers.share_in_time().map(|share| percent(share * 100.0));
        let compared = |was: Option<String>| {
            was.map(|was| self.say("dash-compared", &[("before", &self.before_name()), ("figure", &was)]))
                .unwrap_or_default()
        };
        let none = || self.text("dash-none-yet");
        let tile = |label, figure, hint, href| Tile { label: self.text(label), figure, hint, href };
        vec![
            tile("dash-leads", number(now.leads), self.growth(now.leads, before.leads), None),
            tile("dash-new", number(figures.in_stage(Stage::New)), self.text("dash-new-hint"), inbox("new")),
            tile("dash-overdue", overdue.to_owned(), self.text("dash-overdue-hint"), inbox("overdue")),
            tile(
                "dash-median",
                minutes(&now.answers, 0.5).unwrap_or_else(none),
                compared(minutes(&before.answers, 0.5)),
                None,
            ),
            tile(
                "dash-ninety",
                minutes(&now.answers, 0.9).unwrap_or_else(none),
                compared(minutes(&before.answers, 0.9)),
                None,
            ),
            tile("dash-in-time", in_time(&now.answers).unwrap_or_else(none), compared(in_time(&before.answers)), None),
        ]
    }

    /// How a figure stands to the one before.
    fn growth(&self, now: u64, before: u64) -> String {
        let compared = self.say("dash-compared", &[("before", &self.before_name()), ("figure", &number(before))]);
        if before == 0 {
            return compared;
        }
        let change = (now as f64 - before as f64) / before as f64 * 100.0;
        let sign = if change.round() < 0.0 { "−" } else { "+" };
        let change = format!("{sign}{}", percent(change.abs()));
        self.say("dash-growth", &[("compared", &compared), ("change", &change)])
    }

    /// A length of open time.
    fn length(&self, minutes: u64) -> String {
        let (hours, rest) = (number(minutes / 60), (minutes % 60).to_string());
        match (minutes / 60, minutes % 60) {
            (0, _) => self.say("dash-minutes", &[("minutes", &rest)]),
            (1..8, 1..) => self.say("dash-hours-minutes", &[("hours", &hours), ("minutes", &rest)]),
            _ => self.say("dash-hours", &[("hours", &hours)]),
        }
    }

    /// A period's name below a column, and in full.
    fn period_names(&self, days: &Range<Date>) -> (String, String) {
        let (first, full) = (days.start, i18n::date(self.lang, days.start));
        let short = match self.lang {
            Lang::Ja => first.strftime("%-m/%-d").to_string(),
            Lang::En => first.strftime("%-d %b").to_string(),
        };
        match self.asked.span {
            Span::Week | Span::Month | Span::Quarter => (short, full),
            Span::YearByWeek => (short, self.say("dash-from", &[("day", &full)])),
            Span::YearByMonth => match self.lang {
                Lang::Ja => (first.strftime("%-m月").to_string(), first.strftime("%-Y年%-m月").to_string()),
                Lang::En => (first.strftime("%b").to_string(), first.strftime("%B %-Y").to_string()),
            },
        }
    }

    fn told(&self, name: &str, count: u64, before: Option<u64>) -> String {
        let figure = self.say("dash-told", &[("name", name), ("figure", &number(count))]);
        before.map_or_else(
            || figure.clone(),
            |before| {
                let compared =
                    self.say("dash-compared", &[("before", &self.before_name()), ("figure", &number(before))]);
                self.say("dash-growth", &[("compared", &figure), ("change", &compared)])
            },
        )
    }

    fn by_day(&self, now: &CameIn, before: &CameIn) -> Chart {
        let periods: Vec<Period> = self.asked.span.periods(self.today);
        let mut items = Vec::with_capacity(periods.len());
        let mut rows = Vec::with_capacity(periods.len());
        let mut most = (String::new(), 0);
        for period in &periods {
            let (short, full) = self.period_names(&period.days);
            let (count, was) = (of_days(now, &period.days), of_days(before, &period.before));
            if count > most.1 {
                most = (full.clone(), count);
            }
            items.push(Item { name: short, told: self.told(&full, count, Some(was)), count, before: Some(was) });
            rows.push(Row { name: full, href: None, figures: vec![number(count), number(was)] });
        }
        let sum =
            self.say("dash-sum", &[("figure", &number(now.leads)), ("growth", &self.growth(now.leads, before.leads))]);
        let summary = if most.1 == 0 {
            self.text("dash-none-in-span")
        } else {
            let peak = self.say("dash-most", &[("name", &most.0), ("figure", &number(most.1))]);
            format!("{sum} {peak}")
        };
        let (title, period) = match self.asked.span {
            Span::YearByWeek => ("dash-by-week", "dash-week"),
            Span::YearByMonth => ("dash-by-month", "dash-month"),
            Span::Week | Span::Month | Span::Quarter => ("dash-by-day", "dash-day"),
        };
        Chart {
            id: "by-day",
            title: self.text(title),
            summary,
            kind: "columns",
            drawing: chart::columns(&items),
            before: Some(self.before_name()),
            head: vec![self.text(period), self.text("dash-leads"), self.before_name()],
            rows,
        }
    }

    /// Rows by their figure, the largest first, with what was before.
    fn ranked(&self, mut named: Vec<(String, u64, u64)>, id: &'static str, title: &str, first: &str) -> Chart {
        named.sort_by(|one, other| (other.1, other.2, &one.0).cmp(&(one.1, one.2, &other.0)));
        let all: u64 = named.iter().map(|(_, count, _)| count).sum();
        let share = |count: u64| if all == 0 { percent(0.0) } else { percent(count as f64 / all as f64 * 100.0) };
        let items: Vec<Item> = named
            .iter()
            .map(|(name, count, was)| Item {
                name: name.clone(),
                told: self.told(name, *count, Some(*was)),
                count: *count,
                before: Some(*was),
            })
            .collect();
        let summary = match named.first().filter(|(_, count, _)| *count > 0) {
            Some((name, count, _)) => self.say("dash-most", &[("name", name), ("figure", &number(*count))]),
            None => self.text("dash-none-in-span"),
        };
        let row = |(name, count, was): &(String, u64, u64)| Row {
            name: name.clone(),
            href: None,
            figures: vec![number(*count), share(*count), number(*was)],
        };
        Chart {
            id,
            title: self.text(title),
            summary,
            kind: "rows",
            drawing: chart::rows(&items),
            before: Some(self.before_name()),
            head: vec![self.text(first), self.text("dash-leads"), self.text("dash-share"), self.before_name()],
            rows: named.iter().map(row).collect(),
        }
    }

    fn by_form(&self, now: &CameIn, before: &CameIn) -> Chart {
        let settings = &self.console.parts.settings;
        let mut counts: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for (form, count) in &now.by_form {
            counts.entry(form).or_default().0 = *count;
        }
        for (form, count) in &before.by_form {
            counts.entry(form).or_default().1 = *count;
        }
        let name = |site: &crate::domain::ids::SiteId, form: &crate::domain::ids::FormId| {
            let title = words::form_title(settings.form(form).map(AsRef::as_ref), form.as_str(), self.lang);
            let of_site =
                settings.site(site).map_or_else(|| site.to_string(), |site| site.name.get(self.lang).to_owned());
            if settings.sites.len() > 1 {
                self.say("dash-form-of-site", &[("form", &title), ("site", &of_site)])
            } else {
                title
            }
        };
        let named = counts.into_iter().map(|((site, form), (count, was))| (name(site, form), count, was));
        self.ranked(named.collect(), "by-form", "dash-by-form", "inbox-form")
    }

    fn by_source(&self, now: &CameIn, before: &CameIn) -> Chart {
        let sources = Source::ALL.map(Some).into_iter().chain([None]);
        let count = |came_in: &CameIn, source| came_in.by_source.get(&source).copied().unwrap_or_default();
        let named = sources.filter_map(|source| {
            let name =
                source.map_or_else(|| self.text("dash-source-unknown"), |source| words::source(source, self.lang));
            let (count, was) = (count(now, source), count(before, source));
            (count + was > 0).then_some((name, count, was))
        });
        self.ranked(named.collect(), "by-source", "dash-by-source", "inbox-source")
    }

    /// Where leads stand now, in the order of the work, and why some are none.
    fn stages(&self, figures: &Figures, frame: &Frame) -> Chart {
        let inbox = |stage: Stage| {
            let query = self.asked.narrowing(&[("view", "all"), ("stage", stage.word())]);
            Some(frame.path(&format!("inbox{query}")))
        };
        let items = Stage::ALL.map(|stage| {
            let (name, count) = (words::stage(stage, self.lang), figures.in_stage(stage));
            Item { told: self.told(&name, count, None), name, count, before: None }
        });
        let all: u64 = items.iter().map(|item| item.count).sum();
        let row = |stage: Stage| Row {
            name: words::stage(stage, self.lang),
            href: inbox(stage),
            figures: vec![number(figures.in_stage(stage))],
        };
        let reasons: Vec<_> = NoLead::ALL
            .into_iter()
            .map(|reason| (words::no_lead(reason, self.lang), figures.for_reason(reason)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let qualified = number(figures.in_stage(Stage::Qualified));
        let mut summary = self.say("dash-stages-sum", &[("figure", &number(all)), ("qualified", &qualified)]);
        if !reasons.is_empty() {
            let mut most: Vec<_> = reasons.iter().collect();
            most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let told: Vec<_> =
                most.iter().take(TOLD_REASONS).map(|(reason, count)| self.told(reason, *count, None)).collect();
            let comma = if self.lang == Lang::Ja { "、" } else { ", " };
            summary += " ";
            summary += &self.say("dash-reasons-sum", &[("reasons", &told.join(comma))]);
        }
        let of_reason = |(reason, count): (String, u64)| Row {
            name: self.say("dash-reason", &[("reason", &reason)]),
            href: None,
            figures: vec![number(count)],
        };
        Chart {
            id: "stages",
            title: self.text("dash-stages"),
            summary,
            kind: "rows",
            drawing: chart::rows(&items),
            before: None,
            head: vec![self.text("inbox-stage"), self.text("dash-leads")],
            rows: Stage::ALL.map(row).into_iter().chain(reasons.into_iter().map(of_reason)).collect(),
        }
    }

    /// How soon the leads of the span were answered, and how many were not yet.
    fn answers(&self, now: &CameIn, before: &CameIn) -> Chart {
        let below =
            |answers: &Answers, from: u64, to: u64| answers.classes.range(from..to).map(|(_, count)| count).sum();
        let mut named = Vec::new();
        let mut from = 0;
        for to in SOON {
            let name = match from {
                0 => self.say("dash-within", &[("length", &self.length(to))]),
                _ => self.say("dash-between", &[("from", &self.length(from)), ("to", &self.length(to))]),
            };
            named.push((name, below(&now.answers, from, to), below(&before.answers, from, to)));
            from = to;
        }
        let later = self.say("dash-later", &[("length", &self.length(from))]);
        named.push((later, below(&now.answers, from, u64::MAX), below(&before.answers, from, u64::MAX)));
        let open = |came_in: &CameIn| came_in.leads.saturating_sub(came_in.answers.count());
        named.push((self.text("dash-unanswered"), open(now), open(before)));
        let items: Vec<Item> = named
            .iter()
            .map(|(name, count, was)| Item {
                name: name.clone(),
                told: self.told(name, *count, Some(*was)),
                count: *count,
                before: Some(*was),
            })
            .collect();
        let summary = match now.answers.within(0.5) {
            Some(minutes) => self.say(
                "dash-answers-sum",
                &[("figure", &number(now.answers.count())), ("length", &self.length(minutes))],
            ),
            None => self.text("dash-answers-none"),
        };
        let row = |(name, count, was): (String, u64, u64)| Row {
            name,
            href: None,
            figures: vec![number(count), number(was)],
        };
        Chart {
            id: "answers",
            title: self.text("dash-answers"),
            summary,
            kind: "rows",
            drawing: chart::rows(&items),
            before: Some(self.before_name()),
            head: vec![self.text("dash-answered"), self.text("dash-leads"), self.before_name()],
            rows: named.into_iter().map(row).collect(),
        }
    }
}

/// A share, in whole percent.
fn percent(share: f64) -> String {
    format!("{share:.0}%")
}
