//! What the page of a lead says. Values in clear stand on the answer to a reveal alone.

use super::change::may_own;
use super::remind::Reminders;
use super::reply::{Way, field_of};
use super::{Known, Telling};
use crate::console::choice::Choice;
use crate::console::frame::{Frame, Place};
use crate::console::guard::Staff;
use crate::console::inbox::name_of;
use crate::console::state::Console;
use crate::console::words::{self, Chip};
use crate::crypto::protect::ProtectedField;
use crate::desk::store::{ChangeView, DeliveryView, InboxRow, StaffView};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Reason, Stage, Tag};
use crate::domain::pii::Pii;
use crate::domain::staff::Permission;
use crate::i18n::{self, Arg, text_with};
use askama::Template;

/// One value: its mask, or what was opened.
struct Row {
    id: String,
    label: String,
    shown: String,
    opened: Option<Pii<String>>,
    can_open: bool,
}

struct NoteRow {
    at: String,
    author: String,
    opened: Option<Pii<String>>,
}

struct Consent<'a> {
    granted: bool,
    purpose: &'a str,
    version: &'a str,
    words: &'a str,
    lang: Lang,
}

struct Event {
    at: String,
    who: String,
    words: String,
}

struct Mail {
    id: i64,
    words: String,
    can_retry: bool,
}

struct Enquiry {
    href: String,
    number: u64,
    form: String,
    stage: String,
    at: String,
}

#[derive(Template)]
#[template(path = "console/lead.html")]
pub(super) struct LeadTemplate<'a> {
    frame: Frame,
    token: String,
    revision: u64,
    chip: Chip,
    stage: String,
    facts: Vec<(String, String)>,
    rows: Vec<Row>,
    source: Vec<Row>,
    notes: Vec<NoteRow>,
    consents: Vec<Consent<'a>>,
    events: Vec<Event>,
    mails: Vec<Mail>,
    enquiries: Vec<Enquiry>,
    stages: Vec<Choice>,
    no_leads: Vec<Choice>,
    owners: Vec<Choice>,
    reasons: Vec<Choice>,
    tags: String,
    is_mine: bool,
    may_change: bool,
    may_reveal: bool,
    is_open: bool,
    note: String,
    /// By what the visitor is answered, when that was asked for.
    way: Option<Way>,
    may_reply: bool,
    reminders: Reminders,
    is_new: bool,
}

impl<'a> LeadTemplate<'a> {
    pub(super) fn new(console: &Console, staff: &Staff, known: &'a Known, telling: Telling) -> Self {
        let (viewer, lang) = (&staff.viewer, staff.viewer.lang);
        let Known { lead, work, deliveries, enquiries, colleagues, .. } = known;
        let form = console.parts.settings.form(&lead.form).map(AsRef::as_ref);
        let title = format!("#{} {}", lead.number, words::form_title(form, lead.form.as_str(), lang));
        let Telling { status: _, notice, trouble, mut opened, note, is_reply, remind } = telling;
        let way = is_reply.then(|| Way::of(console, known, &opened, lang)).flatten();
        let is_open = !opened.fields.is_empty() || !opened.notes.is_empty();
        let frame = Frame::titled(console, staff, Place::Inbox, title).with_notice(notice).with_trouble(trouble);
        let shower = Shower { form, lang };
        let mut row = |field: &ProtectedField| {
            let at = opened.fields.iter().position(|(id, _)| *id == field.field);
            shower.row(field, at.map(|at| opened.fields.swap_remove(at).1.joined()))
        };
        let rows = lead.fields.iter().filter(|field| !field.attribution).map(&mut row).collect();
        let source = lead.fields.iter().filter(|field| field.attribution).map(&mut row).collect();
        let notes = work.notes.iter().map(|note| NoteRow {
            at: i18n::moment(note.at, lang),
            author: actor_name(&note.author, colleagues, lang),
            opened: opened.notes.iter().find(|(name, _)| *name == note.token).map(|(_, text)| text.clone()),
        });
        Self {
            token: lead.token.to_string(),
            revision: work.revision,
            chip: words::chip(lead.stage, lead.received_at, work.due_at, console.parts.clock.now(), lang),
            stage: words::stage(lead.stage, lang),
            facts: facts(console, known, lang),
            rows,
            source,
            notes: notes.collect(),
            consents: consents(known),
            events: work.changes.iter().map(|change| event(change, colleagues, lang)).collect(),
            mails: deliveries.iter().map(|delivery| mail(delivery, lang)).collect(),
            enquiries: enquiries.iter().map(|row| enquiry(console, row, &frame)).collect(),
            stages: choices(Stage::ALL, Stage::word, |stage| words::stage(stage, lang), Some(lead.stage)),
            no_leads: choices(NoLead::ALL, NoLead::word, |reason| words::no_lead(reason, lang), work.stage_reason),
            owners: owners(known),
            reasons: choices(Reason::ALL, Reason::word, |reason| words::reason(reason, lang), None),
            tags: work.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" "),
            is_mine: work.owner == Some(viewer.id),
            may_change: viewer.may(Permission::ChangeLeads),
            may_reveal: viewer.may(Permission::Reveal),
            is_open: is_open || way.is_some(),
            note,
            way,
            may_reply: viewer.may(Permission::Reveal) && field_of(known).is_some(),
            reminders: Reminders::of(console, viewer, known, remind),
            is_new: lead.stage == Stage::New,
            frame,
        }
    }

    /// Where the page's forms post to.
    fn action(&self, what: &str) -> String {
        self.frame.path(&format!("leads/{}/{what}", self.token))
    }

    fn can_open_any(&self) -> bool {
        self.rows.iter().chain(&self.source).any(|row| row.can_open) || !self.notes.is_empty()
    }
}

/// Shows the values of a form's lead.
struct Shower<'a> {
    form: Option<&'a Form>,
    lang: Lang,
}

impl Shower<'_> {
    fn row(&self, field: &ProtectedField, opened: Option<Pii<String>>) -> Row {
        let definition = self.form.and_then(|form| form.field(&field.field));
        let label = match (definition, field.attribution) {
            (Some(definition), false) => definition.label.get(self.lang).to_owned(),
            _ => field.field.to_string(),
        };
        let shown = match (definition, &field.plain) {
            (Some(definition), Some(plain)) => definition.choice_labels(plain, self.lang),
            _ => field.shown().map_or_else(|| i18n::text(self.lang, "lead-hashed"), str::to_owned),
        };
        Row { id: field.field.to_string(), label, shown, opened, can_open: field.sealed.is_some() }
    }
}

fn facts(console: &Console, known: &Known, lang: Lang) -> Vec<(String, String)> {
    let (lead, work, settings) = (&known.lead, &known.work, &console.parts.settings);
    let site = settings.site(&lead.site).map_or_else(|| lead.site.to_string(), |site| site.name.get(lang).to_owned());
    let owner = work.owner.map_or_else(|| i18n::text(lang, "owner-nobody"), |id| name_of(&known.colleagues, id));
    let reason = work.stage_reason.map(|reason| words::no_lead(reason, lang));
    let facts = [
        ("lead-received", Some(i18n::moment(lead.received_at, lang))),
        ("lead-due", work.due_at.map(|at| i18n::moment(at, lang))),
        ("lead-site", (settings.sites.len() > 1).then_some(site)),
        ("lead-owner", Some(owner)),
        ("lead-no-lead", reason),
        ("lead-source", work.source.map(|source| words::source(source, lang))),
        ("lead-lang", Some(i18n::text(lead.lang, "page-lang-name"))),
        ("link-token", Some(lead.token.to_string())),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((i18n::text(lang, label), value?))).collect()
}

fn consents(known: &Known) -> Vec<Consent<'_>> {
    let consents = known.lead.consents.iter();
    consents
        .map(|consent| Consent {
            granted: consent.granted,
            purpose: &consent.purpose,
            version: &consent.version,
            words: &consent.text,
            lang: consent.lang,
        })
        .collect()
}

/// A list of choices in the order of its words.
fn choices<T: Copy + PartialEq, const N: usize>(
    all: [T; N],
    word: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> String,
    chosen: Option<T>,
) -> Vec<Choice> {
    all.into_iter()
        .map(|one| Choice { value: word(one).to_owned(), label: label(one), chosen: chosen == Some(one) })
        .collect()
}

fn owners(known: &Known) -> Vec<Choice> {
    let own = known.work.owner;
    let may = known.colleagues.iter().filter(|one| own == Some(one.id) || may_own(known, one.id));
    may.map(|one| Choice { value: one.id.to_string(), label: one.name.clone(), chosen: own == Some(one.id) }).collect()
}

/// Who did something, from the audit's word for them.
fn actor_name(actor: &str, colleagues: &[StaffView], lang: Lang) -> String {
    match actor.strip_prefix("staff:").and_then(|id| id.parse().ok()) {
        Some(id) => name_of(colleagues, id),
        None if actor.starts_with("cli:") => i18n::text(lang, "lead-by-command"),
        None => actor.to_owned(),
    }
}

fn event(change: &ChangeView, colleagues: &[StaffView], lang: Lang) -> Event {
    let nobody = || i18n::text(lang, "owner-nobody");
    let colleague = |id: &str| id.parse().map_or_else(|_| id.to_owned(), |id| name_of(colleagues, id));
    let staged = |word: &str| word.parse::<Stage>().map_or_else(|_| word.to_owned(), |stage| words::stage(stage, lang));
    let becomes = change.becomes.as_deref();
    let (key, becomes) = match change.what.as_str() {
        "stage" => ("lead-event-stage", becomes.map(staged).unwrap_or_default()),
        "owner" => ("lead-event-owner", becomes.map_or_else(nobody, colleague)),
        _ => ("lead-event-tags", becomes.map_or_else(|| i18n::text(lang, "lead-no-tags"), str::to_owned)),
    };
    let mut said = text_with(lang, key, &[("becomes", Arg::Text(&becomes))]);
    if let Some(reason) = change.reason.as_deref().and_then(NoLead::from_word) {
        said += &text_with(lang, "lead-event-reason", &[("reason", Arg::Text(&words::no_lead(reason, lang)))]);
    }
    Event { at: i18n::moment(change.at, lang), who: actor_name(&change.actor, colleagues, lang), words: said }
}

fn mail(delivery: &DeliveryView, lang: Lang) -> Mail {
    let kind = match delivery.kind.as_str() {
        "notification" => i18n::text(lang, "lead-mail-notification"),
        "reminder" => i18n::text(lang, "lead-mail-reminder"),
        _ => i18n::text(lang, "lead-mail-auto-reply"),
    };
    let state = match (delivery.state.as_str(), delivery.attempts) {
        ("sent", _) => "lead-mail-sent",
        ("dead", _) => "lead-mail-dead",
        (_, 0) => "lead-mail-waiting",
        _ => "lead-mail-again",
    };
    let mut said = text_with(lang, state, &[("kind", Arg::Text(&kind))]);
    if let Some(error) = &delivery.last_error {
        said += &format!(" ({error})");
    }
    Mail { id: delivery.id, words: said, can_retry: delivery.state != "sent" }
}

fn enquiry(console: &Console, row: &InboxRow, frame: &Frame) -> Enquiry {
    let form = console.parts.settings.form(&row.form).map(AsRef::as_ref);
    Enquiry {
        href: frame.path(&format!("leads/{}", row.token)),
        number: row.number,
        form: words::form_title(form, row.form.as_str(), frame.lang),
        stage: words::stage(row.stage, frame.lang),
        at: i18n::moment(row.received_at, frame.lang),
    }
}
