//! What the inbox says.

use super::filter::{Asked, View};
use super::live;
use crate::console::choice::{Choice, Select};
use crate::console::frame::Frame;
use crate::console::state::Console;
use crate::console::words::{self, Chip};
use crate::desk::store::{InboxPage, InboxRow, MOST_COUNTED, SavedView, Seek, StaffView};
use crate::domain::funnel::Source;
use crate::domain::ids::StaffId;
use crate::domain::lang::Lang;
use crate::domain::lead::{Stage, Tag};
use crate::domain::staff::{Permission, Viewer};
use crate::i18n::{self, Arg, text_with};
use askama::Template;
use jiff::Timestamp;

/// How many leads a view holds.
pub(super) struct Counted {
    pub(super) view: View,
    pub(super) count: usize,
}

/// What was found.
pub(super) struct Found {
    pub(super) page: InboxPage,
    pub(super) counts: Vec<Counted>,
    pub(super) has_any: bool,
    pub(super) is_bare: bool,
    pub(super) now: Timestamp,
}

/// What else the page needs to know.
pub(super) struct Known {
    pub(super) colleagues: Vec<StaffView>,
    pub(super) tags: Vec<Tag>,
    pub(super) saved: Vec<SavedView>,
}

/// The list that is looked at, where its viewer keeps it under a name.
struct Kept {
    id: i64,
    name: String,
    is_shared: bool,
    may_share: bool,
}

/// A list that one may go to.
struct Tab {
    label: String,
    href: String,
    count: Option<String>,
    here: bool,
    /// Kept by somebody, who is named when it is a colleague.
    kept_by: Option<String>,
    is_kept: bool,
}

/// One lead.
pub(in crate::console) struct Line {
    pub(in crate::console) href: String,
    pub(in crate::console) number: u64,
    pub(in crate::console) token: String,
    pub(in crate::console) name: String,
    pub(in crate::console) email: Option<String>,
    pub(in crate::console) company: String,
    pub(in crate::console) form: String,
    pub(in crate::console) site: Option<String>,
    pub(in crate::console) source: String,
    pub(in crate::console) owner: Option<String>,
    pub(in crate::console) is_mine: bool,
    pub(in crate::console) stage: Stage,
    pub(in crate::console) stage_words: String,
    pub(in crate::console) chip: Chip,
    pub(in crate::console) received: String,
    pub(in crate::console) again: Option<String>,
    pub(in crate::console) revision: u64,
    pub(in crate::console) is_reminder: bool,
}

#[derive(Template)]
#[template(path = "console/inbox.html")]
pub(super) struct InboxTemplate {
    frame: Frame,
    tabs: Vec<Tab>,
    selects: Vec<Select>,
    view: &'static str,
    since: String,
    until: String,
    is_narrowed: bool,
    clear: String,
    lines: Vec<Line>,
    may_change: bool,
    first: Option<String>,
    before: Option<String>,
    after: Option<String>,
    last: Option<String>,
    empty: Option<(String, String)>,
    /// The address of this list, from `?` on.
    query: String,
    /// Where events of it come from.
    events: String,
    digest: String,
    kept: Option<Kept>,
    name: String,
    export: Option<String>,
}

impl InboxTemplate {
    pub(super) fn new(
        frame: Frame,
        (console, viewer): (&Console, &Viewer),
        asked: &Asked,
        found: Found,
        known: &Known,
        name: String,
    ) -> Self {
        let lang = viewer.lang;
        let digest = live::digest(&found);
        let Found { page, counts, has_any, is_bare, now } = found;
        let empty = page.rows.is_empty().then(|| empty_words(asked, has_any, is_bare, lang));
        let lister = Lister { console, viewer, colleagues: &known.colleagues, frame: &frame, now };
        Self {
            tabs: tabs(asked, &counts, known, viewer),
            selects: selects(console, viewer, asked, &known.colleagues, &known.tags),
            view: asked.view.word(),
            since: asked.part("since").to_owned(),
            until: asked.part("until").to_owned(),
            is_narrowed: !asked.parts.is_empty(),
            clear: format!("?view={}", asked.view.word()),
            lines: page.rows.iter().map(|row| lister.line(row)).collect(),
            may_change: viewer.may(Permission::ChangeLeads),
            first: page.before.map(|_| asked.page(Some(Seek::First))),
            before: page.before.map(|place| asked.page(Some(Seek::Before(place)))),
            after: page.after.map(|place| asked.page(Some(Seek::After(place)))),
            last: page.after.map(|_| asked.page(Some(Seek::Last))),
            empty,
            query: asked.page(None),
            events: format!("{}{}", frame.path("inbox/events"), asked.page(asked.seek)),
            digest,
            kept: kept(asked, known, viewer),
            name,
            export: viewer.may(Permission::Export).then(|| frame.path("export") + &asked.page(None)),
            frame,
        }
    }

    /// Words that the script fills a number into.
    fn news_words(&self) -> String {
        text_with(self.frame.lang, "inbox-news", &[("count", Arg::Text("{n}"))])
    }

    fn count_words(&self) -> String {
        text_with(self.frame.lang, "inbox-shown", &[("count", Arg::Number(self.lines.len() as f64))])
    }
}

/// What an empty list teaches: a heading and a sentence.
fn empty_words(asked: &Asked, has_any: bool, is_bare: bool, lang: Lang) -> (String, String) {
    let (heading, words) = match asked.view {
        _ if !has_any => ("inbox-empty-first-title", "inbox-empty-first"),
        _ if !is_bare => ("inbox-empty-filter-title", "inbox-empty-filter"),
        View::New => ("inbox-empty-new-title", "inbox-empty-new"),
        View::Mine => ("inbox-empty-mine-title", "inbox-empty-mine"),
        View::Overdue => ("inbox-empty-overdue-title", "inbox-empty-overdue"),
        View::Reminders => ("inbox-empty-reminders-title", "inbox-empty-reminders"),
        View::All => ("inbox-empty-filter-title", "inbox-empty-filter"),
    };
    (i18n::text(lang, heading), i18n::text(lang, words))
}

/// The viewer's own list of this address.
fn kept(asked: &Asked, known: &Known, viewer: &Viewer) -> Option<Kept> {
    let query = asked.page(None);
    let own = known.saved.iter().find(|saved| saved.staff == viewer.id && saved.query == query)?;
    let (id, name, is_shared) = (own.id, own.name.as_str().to_owned(), own.is_shared);
    Some(Kept { id, name, is_shared, may_share: viewer.may(Permission::ManageStaff) })
}

/// What a view is called.
pub(in crate::console) fn view_label(view: View, lang: Lang) -> String {
    match view {
        View::New => i18n::text(lang, "inbox-view-new"),
        View::Mine => i18n::text(lang, "inbox-view-mine"),
        View::Overdue => i18n::text(lang, "inbox-view-overdue"),
        View::Reminders => i18n::text(lang, "inbox-view-reminders"),
        View::All => i18n::text(lang, "inbox-view-all"),
    }
}

fn tabs(asked: &Asked, counts: &[Counted], known: &Known, viewer: &Viewer) -> Vec<Tab> {
    let lang = viewer.lang;
    let query = asked.page(None);
    let here = known.saved.iter().find(|saved| saved.query == query).map(|saved| saved.id);
    let count = |view: View| {
        let counted = counts.iter().find(|counted| counted.view == view)?;
        Some(if counted.count >= MOST_COUNTED { format!("{}+", MOST_COUNTED - 1) } else { counted.count.to_string() })
    };
    let tab = |view: View| Tab {
        label: view_label(view, lang),
        href: format!("?view={}", view.word()),
        count: count(view),
        here: view == asked.view && here.is_none(),
        kept_by: None,
        is_kept: false,
    };
    let colleague = |saved: &SavedView| (saved.staff != viewer.id).then(|| name_of(&known.colleagues, saved.staff));
    let saved = known.saved.iter().map(|saved| Tab {
        label: saved.name.as_str().to_owned(),
        href: saved.query.clone(),
        count: None,
        here: here == Some(saved.id),
        kept_by: colleague(saved),
        is_kept: true,
    });
    View::ALL.map(tab).into_iter().chain(saved).collect()
}

fn selects(console: &Console, viewer: &Viewer, asked: &Asked, colleagues: &[StaffView], tags: &[Tag]) -> Vec<Select> {
    let (lang, settings) = (viewer.lang, &console.parts.settings);
    let select = |name: &'static str, label: &str, choices: Vec<(String, String)>| {
        let chosen = asked.part(name).to_owned();
        let choices = choices.into_iter();
        Select {
            name,
            label: i18n::text(lang, label),
            choices: choices.map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect(),
        }
    };
    let forms: Vec<_> = settings.forms.iter().filter(|form| viewer.sees(&form.site, &form.id)).collect();
    let sites = settings.sites.iter().filter(|site| forms.iter().any(|form| form.site == site.id));
    let sites = sites.map(|site| (site.id.to_string(), site.name.get(lang).to_owned())).collect::<Vec<_>>();
    let forms = forms.iter().map(|form| (form.id.to_string(), form.title.get(lang).to_owned())).collect();
    let stages = Stage::ALL.map(|stage| (stage.word().to_owned(), words::stage(stage, lang))).into();
    let nobody = ("nobody".to_owned(), i18n::text(lang, "owner-nobody"));
    let others = colleagues.iter().filter(|one| one.disabled_at.is_none());
    let owners = std::iter::once(nobody).chain(others.map(|one| (one.id.to_string(), one.name.clone()))).collect();
    let sources = Source::ALL.map(|source| (source.word().to_owned(), words::source(source, lang))).into();
    let tags: Vec<_> = tags.iter().map(|tag| (tag.as_str().to_owned(), tag.as_str().to_owned())).collect();
    let mut out = Vec::new();
    if sites.len() > 1 {
        out.push(select("site", "inbox-site", sites));
    }
    out.push(select("form", "inbox-form", forms));
    // Two of the views are of one stage, and one is of one owner.
    if matches!(asked.view, View::All | View::Mine | View::Reminders) {
        out.push(select("stage", "inbox-stage", stages));
    }
    if asked.view != View::Mine {
        out.push(select("owner", "inbox-owner", owners));
    }
    out.push(select("source", "inbox-source", sources));
    if !tags.is_empty() {
        out.push(select("tag", "inbox-tag", tags));
    }
    out
}

/// Shows rows.
pub(in crate::console) struct Lister<'a> {
    pub(in crate::console) console: &'a Console,
    pub(in crate::console) viewer: &'a Viewer,
    pub(in crate::console) colleagues: &'a [StaffView],
    pub(in crate::console) frame: &'a Frame,
    pub(in crate::console) now: Timestamp,
}

impl Lister<'_> {
    /// A row as a page shows it.
    pub(in crate::console) fn line(&self, row: &InboxRow) -> Line {
        let (lang, settings) = (self.viewer.lang, &self.console.parts.settings);
        let many_sites = settings.sites.len() > 1;
        let site = settings.site(&row.site).map_or_else(|| row.site.to_string(), |site| site.name.get(lang).to_owned());
        let nameless = || i18n::text(lang, "inbox-nameless");
        let again = || text_with(lang, "inbox-again", &[("count", Arg::Number(row.enquiry as f64))]);
        Line {
            href: self.frame.path(&format!("leads/{}", row.token)),
            number: row.number,
            token: row.token.to_string(),
            name: row.name.clone().unwrap_or_else(nameless),
            email: row.email.clone(),
            company: row.company.clone().unwrap_or_default(),
            form: words::form_title(settings.form(&row.form).map(AsRef::as_ref), row.form.as_str(), lang),
            site: many_sites.then_some(site),
            source: row.source.map(|source| words::source(source, lang)).unwrap_or_default(),
            owner: row.owner.map(|owner| name_of(self.colleagues, owner)),
            is_mine: row.owner == Some(self.viewer.id),
            stage: row.stage,
            stage_words: words::stage(row.stage, lang),
            chip: match row.remind_at {
                Some(at) => words::reminder_chip(at, self.now, lang),
                None => words::chip(row.stage, row.received_at, row.due_at, self.now, lang),
            },
            is_reminder: row.remind_at.is_some(),
            received: match row.remind_at {
                Some(at) => i18n::office_moment(at, &settings.business_hours.time_zone, lang),
                None => i18n::short_moment(row.received_at, lang),
            },
            again: (row.enquiry > 1).then(again),
            revision: row.revision,
        }
    }
}

/// The name of a colleague; the id of one whose account is gone.
pub(in crate::console) fn name_of(colleagues: &[StaffView], id: StaffId) -> String {
    colleagues.iter().find(|one| one.id == id).map_or_else(|| id.to_string(), |one| one.name.clone())
}
