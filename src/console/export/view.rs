//! What the pages of exports say.

use super::HERE;
use super::choice::{Choice, Mistake, Values};
use crate::console::frame::Frame;
use crate::console::guard::Staff;
use crate::console::inbox::{name_of, view_label};
use crate::console::state::{Console, Inner};
use crate::console::words;
use crate::desk::export::{ExportReport, Format, LeftOut, Preset, Progress};
use crate::desk::store::{ExportState, ExportView, MOST_COUNTED, StaffView};
use crate::domain::funnel::Source;
use crate::domain::ids::{ExportId, StaffId};
use crate::domain::lang::Lang;
use crate::domain::lead::{Reason, Stage};
use crate::domain::staff::Permission;
use crate::i18n::{self, Arg, text, text_with};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;

/// What is known besides a choice.
pub(super) struct Known {
    /// Leads of the list, up to [`MOST_COUNTED`].
    pub(super) count: usize,
    pub(super) colleagues: Vec<StaffView>,
    pub(super) records: Vec<ExportView>,
}

/// What one may choose.
struct Offer {
    value: &'static str,
    label: String,
    hint: String,
    chosen: bool,
}

/// A form that leads came by.
struct FormOffer {
    value: String,
    label: String,
    chosen: bool,
}

/// A fact with its label.
struct Fact {
    label: String,
    words: String,
}

/// An export of before.
struct Line {
    href: String,
    words: String,
    state: String,
    about: String,
}

#[derive(Template)]
#[template(path = "console/export.html")]
pub(super) struct ChoicesTemplate {
    frame: Frame,
    count: String,
    list: Vec<Fact>,
    /// Parts of the list that the form carries on.
    carried: Vec<(String, String)>,
    elsewhere: String,
    forms: Vec<FormOffer>,
    since: String,
    until: String,
    presets: Vec<Offer>,
    values: Vec<Offer>,
    reasons: Vec<Offer>,
    formats: Vec<Offer>,
    may_reveal: bool,
    lines: Vec<Line>,
}

impl ChoicesTemplate {
    pub(super) fn new(
        console: &Console,
        staff: &Staff,
        choice: &Choice,
        known: &Known,
        mistake: Option<Mistake>,
    ) -> Self {
        let (lang, viewer) = (staff.viewer.lang, &staff.viewer);
        let may_reveal = viewer.may(Permission::ExportRevealed);
        let describer = Describer { console, colleagues: &known.colleagues, lang };
        let trouble = mistake.map(|mistake| mistake_words(mistake, lang));
        let own_inputs = ["form", "since", "until"];
        let carried = choice.list.pairs().filter(|(name, _)| !own_inputs.contains(name));
        let forms = console.parts.settings.forms.iter().filter(|form| viewer.sees(&form.site, &form.id));
        let is_form = |id: &str| choice.list.part("form") == id;
        Self {
            frame: Frame::of(console, staff, HERE, "export-title").with_trouble(trouble),
            count: count_words(known.count, lang),
            list: describer.list(choice, &own_inputs),
            carried: carried.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            elsewhere: format!("{}/inbox{}", console.base(), choice.list.page(None)),
            forms: forms
                .map(|form| FormOffer {
                    value: form.id.to_string(),
                    label: form.title.get(lang).to_owned(),
                    chosen: is_form(form.id.as_str()),
                })
                .collect(),
            since: choice.list.part("since").to_owned(),
            until: choice.list.part("until").to_owned(),
            presets: preset_offers(choice, lang),
            values: value_offers(choice, may_reveal, lang),
            reasons: reason_offers(choice, lang),
            formats: format_offers(choice, lang),
            may_reveal,
            lines: known.records.iter().map(|record| describer.line(record, viewer.id)).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "console/export_review.html")]
pub(super) struct ReviewTemplate {
    frame: Frame,
    action: String,
    back: String,
    record: String,
    id: String,
    choice: String,
    facts: Vec<Fact>,
    notes: Vec<String>,
}

impl ReviewTemplate {
    pub(super) fn new(
        console: &Console,
        staff: &Staff,
        choice: &Choice,
        known: &Known,
        (id, trouble): (ExportId, Option<&'static str>),
    ) -> Self {
        let lang = staff.viewer.lang;
        let describer = Describer { console, colleagues: &known.colleagues, lang };
        let fact = |label: &str, words: String| Fact { label: text(lang, label), words };
        let mut facts = vec![fact("export-leads", count_words(known.count, lang))];
        facts.extend(describer.list(choice, &[]));
        facts.push(fact("export-program", preset_label(choice.preset, lang)));
        facts.push(fact("export-values", values_label(choice.values.word(), choice.preset, lang)));
        if let Some(reason) = choice.reason.filter(|_| choice.is_clear()) {
            facts.push(fact("export-why", words::reason(reason, lang)));
        }
        facts.push(fact("export-format", format_label(choice.format.word(), lang)));
        let base = console.base();
        let way = if choice.is_clear() { "clear" } else { "review" };
        Self {
            frame: Frame::of(console, staff, HERE, "export-review-title")
                .with_trouble(trouble.map(|message| text(lang, message))),
            action: format!("{base}/export/{way}"),
            back: format!("{base}/export?{}", choice.query()),
            record: format!("{base}/export/{id}"),
            id: id.to_string(),
            choice: choice.query(),
            facts,
            notes: notes(choice, lang),
        }
    }
}

#[derive(Template)]
#[template(path = "console/export_record.html")]
pub(super) struct RecordTemplate {
    frame: Frame,
    action: String,
    state: &'static str,
    state_words: String,
    progress: Option<Progress>,
    progress_words: String,
    facts: Vec<Fact>,
    lacking: Vec<String>,
    digest: Option<String>,
}

impl RecordTemplate {
    pub(super) fn new(
        console: &Console,
        staff: &Staff,
        record: &ExportView,
        progress: Option<Progress>,
        colleagues: &[StaffView],
    ) -> Self {
        let lang = staff.viewer.lang;
        let describer = Describer { console, colleagues, lang };
        let progress = progress.filter(|_| record.state == ExportState::Running);
        let state = if record.state == ExportState::Running && progress.is_none() {
            ExportState::BrokenOff
        } else {
            record.state
        };
        let report = record.report.as_deref().and_then(ExportReport::of_record).unwrap_or_default();
        let read = progress.map_or((0, 0), |progress| (progress.read, progress.total));
        let has_file = state == ExportState::Complete;
        Self {
            frame: Frame::of(console, staff, HERE, "export-record-title"),
            action: format!("{}/export/{}", console.base(), record.id),
            state: state.word(),
            state_words: state_words(state, record, lang),
            progress,
            progress_words: of_words("export-progress", read.0, read.1, lang),
            facts: describer.record(record, has_file.then_some(report.bytes)),
            lacking: lacking(&report, record, lang),
            digest: has_file.then_some(report.sha256),
        }
    }

    fn is_running(&self) -> bool {
        self.progress.is_some()
    }
}

/// Says what words of ours stand for.
struct Describer<'a> {
    console: &'a Inner,
    colleagues: &'a [StaffView],
    lang: Lang,
}

impl Describer<'_> {
    /// The list of a choice, but for some of its parts.
    fn list(&self, choice: &Choice, but: &[&str]) -> Vec<Fact> {
        let view = Fact { label: text(self.lang, "export-list"), words: view_label(choice.list.view, self.lang) };
        let parts = choice.list.parts.iter().filter(|(name, _)| !but.contains(&name.as_str()));
        std::iter::once(view).chain(parts.filter_map(|(name, value)| self.part(name, value))).collect()
    }

    /// One condition of a list.
    fn part(&self, name: &str, value: &str) -> Option<Fact> {
        let (lang, settings) = (self.lang, &self.console.parts.settings);
        let stage = |value: &str| value.parse::<Stage>().ok().map(|stage| words::stage(stage, lang));
        let (label, words) = match name {
            "site" => {
                let site = settings.sites.iter().find(|site| site.id.as_str() == value);
                ("inbox-site", site.map_or_else(|| value.to_owned(), |site| site.name.get(lang).to_owned()))
            }
            "form" => {
                let form = settings.forms.iter().find(|form| form.id.as_str() == value);
                ("inbox-form", words::form_title(form.map(AsRef::as_ref), value, lang))
            }
            "stage" => ("inbox-stage", stage(value)?),
            "owner" => ("inbox-owner", self.owner(value)),
            "source" => ("inbox-source", words::source(Source::from_word(value)?, lang)),
            "tag" => ("inbox-tag", value.to_owned()),
            "since" => ("inbox-since", self.day(value)?),
            "until" => ("inbox-until", self.day(value)?),
            _ => return None,
        };
        Some(Fact { label: text(lang, label), words })
    }

    fn owner(&self, value: &str) -> String {
        match value {
            "nobody" => text(self.lang, "owner-nobody"),
            "me" => text(self.lang, "export-owner-me"),
            id => id.parse::<StaffId>().map_or_else(|_| id.to_owned(), |id| name_of(self.colleagues, id)),
        }
    }

    fn day(&self, value: &str) -> Option<String> {
        value.parse::<Date>().ok().map(|day| i18n::date(self.lang, day))
    }

    /// A condition as a record has it.
    fn kept(&self, name: &str, value: &str) -> Option<Fact> {
        let message =
            |label: &str, words: &str| Some(Fact { label: text(self.lang, label), words: text(self.lang, words) });
        let moment = |label: &str| {
            let at = value.parse::<Timestamp>().ok()?;
            Some(Fact { label: text(self.lang, label), words: i18n::moment(at, self.lang) })
        };
        match name {
            "tag" => message("inbox-tag", "export-some-tag"),
            "open" => message("inbox-stage", "export-still-open"),
            "overdue" => message("export-list", "inbox-view-overdue"),
            "reminded" => message("export-list", "inbox-view-reminders"),
            "since" => moment("inbox-since"),
            "until" => moment("export-before"),
            "owner" => self.part(name, value.strip_prefix("staff:").unwrap_or(value)),
            _ => self.part(name, value),
        }
    }

    /// What stands on the page of a record.
    fn record(&self, record: &ExportView, bytes: Option<u64>) -> Vec<Fact> {
        let lang = self.lang;
        let fact = |label: &str, words: String| Fact { label: text(lang, label), words };
        let mut facts = vec![
            fact("export-who", name_of(self.colleagues, record.staff)),
            fact("export-began", i18n::moment(record.started_at, lang)),
        ];
        facts.extend(record.ended_at.map(|at| fact("export-ended", i18n::moment(at, lang))));
        let preset = record.preset.as_deref().and_then(Preset::from_word);
        facts.push(fact("export-program", preset_label(preset, lang)));
        facts.push(fact("export-values", values_label(&record.mode, preset, lang)));
        let reason = record.reason.as_deref().and_then(|word| word.parse::<Reason>().ok());
        facts.extend(reason.map(|reason| fact("export-why", words::reason(reason, lang))));
        facts.push(fact("export-format", format_label(&record.format, lang)));
        let words = record.filter.split(' ').filter_map(|word| word.split_once('='));
        facts.extend(words.filter_map(|(name, value)| self.kept(name, value)));
        facts.extend(bytes.map(|bytes| {
            fact("export-size", text_with(lang, "export-bytes", &[("bytes", Arg::Text(&grouped(bytes)))]))
        }));
        facts
    }

    /// A record in the list of them.
    fn line(&self, record: &ExportView, viewer: StaffId) -> Line {
        let lang = self.lang;
        let is_running = record.state == ExportState::Running && self.console.exports.find(record.id).is_some();
        let state = match record.state {
            ExportState::Running if !is_running => ExportState::BrokenOff,
            state => state,
        };
        let what = match record.preset.as_deref().and_then(Preset::from_word) {
            Some(preset) => preset_label(Some(preset), lang),
            None => values_label(&record.mode, None, lang),
        };
        let mut about = what + " · " + &format_label(&record.format, lang);
        if record.staff != viewer {
            about = about + " · " + &name_of(self.colleagues, record.staff);
        }
        Line {
            href: format!("{}/export/{}", self.console.base(), record.id),
            words: i18n::moment(record.started_at, lang),
            state: state_words(state, record, lang),
            about,
        }
    }
}

/// A number that a person reads.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let places = digits.len();
    let comma = |place: usize| place > 0 && (places - place).is_multiple_of(3);
    digits.chars().enumerate().fold(String::new(), |mut out, (place, digit)| {
        if comma(place) {
            out.push(',');
        }
        out.push(digit);
        out
    })
}

fn count_words(count: usize, lang: Lang) -> String {
    let count = if count >= MOST_COUNTED { format!("{}+", MOST_COUNTED - 1) } else { count.to_string() };
    text_with(lang, "export-count", &[("count", Arg::Text(&count))])
}

fn of_words(message: &str, leads: u64, total: u64, lang: Lang) -> String {
    let (leads, total) = (grouped(leads), grouped(total));
    text_with(lang, message, &[("leads", Arg::Text(&leads)), ("total", Arg::Text(&total))])
}

fn state_words(state: ExportState, record: &ExportView, lang: Lang) -> String {
    match state {
        ExportState::Running => text(lang, "export-state-running"),
        ExportState::Complete if record.leads == 0 => text(lang, "export-state-empty"),
        ExportState::Complete => of_words("export-state-complete", record.leads, record.total, lang),
        ExportState::Cancelled => of_words("export-state-cancelled", record.leads, record.total, lang),
        ExportState::BrokenOff if record.ended_at.is_some() => {
            of_words("export-state-broken", record.leads, record.total, lang)
        }
        ExportState::BrokenOff => text(lang, "export-state-stopped"),
    }
}

fn mistake_words(mistake: Mistake, lang: Lang) -> String {
    let key = match mistake {
        Mistake::Unclear => "export-unclear",
        Mistake::NoReason => "export-needs-reason",
        Mistake::NoForm => "export-needs-form",
        Mistake::NoLeads => "export-nothing",
        Mistake::FormatNotTaken(preset) => {
            let taken = Format::ALL.into_iter().filter(|format| preset.takes(*format));
            let taken: Vec<String> = taken.map(|format| format_label(format.word(), lang)).collect();
            let arguments = [
                ("program", Arg::Text(&preset_label(Some(preset), lang))),
                ("formats", Arg::Text(&taken.join(&text(lang, "export-or")))),
            ];
            return text_with(lang, "export-format-not-taken", &arguments);
        }
    };
    text(lang, key)
}

fn preset_label(preset: Option<Preset>, lang: Lang) -> String {
    match preset {
        None => text(lang, "export-program-none"),
        // Names of products are the same in every language.
        Some(Preset::Hubspot) => "HubSpot".to_owned(),
        Some(Preset::Salesforce) => "Salesforce".to_owned(),
        Some(Preset::Zoho) => "Zoho CRM".to_owned(),
        Some(Preset::Kintone) => "kintone".to_owned(),
        Some(Preset::Mailchimp) => "Mailchimp".to_owned(),
        Some(Preset::GoogleCustomerMatch) => "Google Customer Match".to_owned(),
        Some(Preset::Meta) => "Meta".to_owned(),
    }
}

const fn preset_hint(preset: Preset) -> &'static str {
    match preset {
        Preset::Hubspot => "export-hint-hubspot",
        Preset::Salesforce => "export-hint-salesforce",
        Preset::Zoho => "export-hint-zoho",
        Preset::Kintone => "export-hint-kintone",
        Preset::Mailchimp => "export-hint-mailchimp",
        Preset::GoogleCustomerMatch => "export-hint-google",
        Preset::Meta => "export-hint-meta",
    }
}

/// Audiences of advertising are opened here and leave hashed.
const fn is_hashed(preset: Option<Preset>) -> bool {
    matches!(preset, Some(Preset::GoogleCustomerMatch | Preset::Meta))
}

fn values_label(word: &str, preset: Option<Preset>, lang: Lang) -> String {
    match word {
        "tokens" => text(lang, "export-values-tokens"),
        "revealed" if is_hashed(preset) => text(lang, "export-values-hashed"),
        "revealed" => text(lang, "export-values-revealed"),
        _ => text(lang, "export-values-masked"),
    }
}

fn format_label(word: &str, lang: Lang) -> String {
    match Format::from_word(word) {
        Some(Format::CsvExcel) => text(lang, "export-format-csv-excel"),
        Some(Format::CsvCp932) => text(lang, "export-format-csv-cp932"),
        Some(Format::Xlsx) => text(lang, "export-format-xlsx"),
        Some(Format::Jsonl) => text(lang, "export-format-jsonl"),
        Some(Format::Csv) | None => text(lang, "export-format-csv"),
    }
}

fn preset_offers(choice: &Choice, lang: Lang) -> Vec<Offer> {
    let offer = |preset: Option<Preset>| Offer {
        value: preset.map_or("", Preset::word),
        label: preset_label(preset, lang),
        hint: text(lang, preset.map_or("export-hint-none", preset_hint)),
        chosen: choice.preset == preset,
    };
    std::iter::once(None).chain(Preset::ALL.map(Some)).map(offer).collect()
}

fn value_offers(choice: &Choice, may_reveal: bool, lang: Lang) -> Vec<Offer> {
    let offer = |values: Values| Offer {
        value: values.word(),
        label: values_label(values.word(), None, lang),
        hint: match values {
            Values::Masked => text(lang, "export-hint-masked"),
            Values::Tokens => text(lang, "export-hint-tokens"),
            Values::Revealed => text(lang, "export-hint-revealed"),
        },
        chosen: choice.values == values,
    };
    Values::ALL.into_iter().filter(|values| may_reveal || *values != Values::Revealed).map(offer).collect()
}

fn reason_offers(choice: &Choice, lang: Lang) -> Vec<Offer> {
    let offer = |reason: Reason| Offer {
        value: reason.word(),
        label: words::reason(reason, lang),
        hint: String::new(),
        chosen: choice.reason == Some(reason),
    };
    Reason::ALL.map(offer).into()
}

fn format_offers(choice: &Choice, lang: Lang) -> Vec<Offer> {
    let offer = |format: Format| Offer {
        value: format.word(),
        label: format_label(format.word(), lang),
        hint: String::new(),
        chosen: choice.format == format,
    };
    Format::ALL.map(offer).into()
}

/// What somebody should know before they take a file.
fn notes(choice: &Choice, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |message: &str| notes.push(text(lang, message));
    if choice.is_clear() {
        say(if is_hashed(choice.preset) { "export-note-hashed" } else { "export-note-clear" });
    }
    match choice.preset {
        Some(Preset::GoogleCustomerMatch | Preset::Meta) => say("export-note-advertising"),
        Some(Preset::Mailchimp) => say("export-note-marketing"),
        Some(_) => say("export-note-left-out"),
        None => {}
    }
    match choice.format {
        Format::Csv | Format::CsvExcel => say("export-note-formula"),
        Format::CsvCp932 => {
            say("export-note-formula");
            say("export-note-cp932");
        }
        Format::Xlsx | Format::Jsonl => {}
    }
    say("export-note-audit");
    notes
}

/// What the file does not have, a line each.
fn lacking(report: &ExportReport, record: &ExportView, lang: Lang) -> Vec<String> {
    let say = |message: &str, leads: u64| text_with(lang, message, &[("leads", Arg::Text(&grouped(leads)))]);
    let of_column = |message: &str, column: &str, count: u64| {
        text_with(lang, message, &[("column", Arg::Text(column)), ("count", Arg::Text(&grouped(count)))])
    };
    let left_out = report.left_out.iter().map(|(reason, leads)| {
        let message = match reason {
            LeftOut::NoConsent => {
                match record.preset.as_deref().and_then(Preset::from_word).and_then(Preset::purpose) {
                    Some("advertising") => "export-left-out-no-advertising",
                    _ => "export-left-out-no-marketing",
                }
            }
            LeftOut::Corrected => "export-left-out-corrected",
            LeftOut::NoLastName => "export-left-out-no-last-name",
            LeftOut::NoCompany => "export-left-out-no-company",
            LeftOut::NoEmail => "export-left-out-no-email",
            LeftOut::NothingToMatch => "export-left-out-nothing-to-match",
        };
        say(message, *leads)
    });
    let without_key = (report.without_key > 0).then(|| {
        let message = if record.preset.is_some() { "export-no-key-left-out" } else { "export-no-key-masked" };
        say(message, report.without_key)
    });
    let unmapped = report.unmapped.iter().map(|column| of_column("export-unmapped", &column.column, column.count));
    let cut = report.cut.iter().map(|column| of_column("export-cut", &column.column, column.count));
    left_out.chain(without_key).chain(unmapped).chain(cut).collect()
}
