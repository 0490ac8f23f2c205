//! What the page of the audit says.

use super::Things;
use super::chain::{Known, Seen};
use super::filter::Asked;
use super::words;
use crate::console::choice::Choice;
use crate::console::frame::Frame;
use crate::console::inbox::name_of;
use crate::desk::audit::{Action, Entry, Group};
use crate::desk::store::{AuditPage, Seek, StaffView};
use crate::domain::lang::Lang;
use crate::i18n::{self, Arg, text, text_with};
use askama::Template;

/// Symbols of a hash that are shown of it at first sight.
const SHORT: usize = 12;

/// What was found.
pub(super) struct Found {
    pub(super) page: AuditPage,
    pub(super) things: Things,
    pub(super) actors: Vec<String>,
    pub(super) colleagues: Vec<StaffView>,
}

/// Actions of one kind, to choose from.
struct Kind {
    all: Choice,
    label: String,
    actions: Vec<Choice>,
}

/// What an entry is about.
struct Subject {
    words: String,
    href: Option<String>,
}

struct Row {
    seq: u64,
    at: String,
    who: String,
    did: String,
    why: Option<String>,
    subject: Option<Subject>,
    raw: String,
    hash: String,
}

/// How the chain stands, in words.
struct Chain {
    is_broken: bool,
    heading: String,
    words: Vec<String>,
    head: Option<String>,
    head_short: String,
    is_running: bool,
}

#[derive(Template)]
#[template(path = "console/audit.html")]
pub(super) struct AuditTemplate {
    frame: Frame,
    chain: Chain,
    kinds: Vec<Kind>,
    actors: Vec<Choice>,
    on: String,
    since: String,
    until: String,
    is_narrowed: bool,
    parts: Vec<(String, String)>,
    rows: Vec<Row>,
    first: Option<String>,
    before: Option<String>,
    after: Option<String>,
    last: Option<String>,
}

impl AuditTemplate {
    pub(super) fn new(frame: Frame, asked: &Asked, found: &Found, chain: Seen) -> Self {
        let lang = frame.lang;
        let Found { page, things, actors, colleagues } = found;
        let chosen = asked.part("who");
        let actors = actors.iter().map(|actor| Choice {
            value: actor.clone(),
            label: words::actor(actor, colleagues, lang),
            chosen: actor == chosen,
        });
        Self {
            chain: said_of(&chain, lang),
            kinds: Group::ALL.map(|group| kind(group, asked.part("what"), lang)).into(),
            actors: actors.collect(),
            on: asked.part("on").to_owned(),
            since: asked.part("since").to_owned(),
            until: asked.part("until").to_owned(),
            is_narrowed: !asked.parts.is_empty(),
            parts: asked.parts.clone(),
            rows: page.entries.iter().map(|entry| row(entry, things, colleagues, &frame)).collect(),
            first: page.before.map(|_| asked.page(Seek::First)),
            before: page.before.map(|place| asked.page(Seek::Before(place))),
            after: page.after.map(|place| asked.page(Seek::After(place))),
            last: page.after.map(|_| asked.page(Seek::Last)),
            frame,
        }
    }
}

fn kind(group: Group, chosen: &str, lang: Lang) -> Kind {
    let label = text(lang, &format!("audit-group-{}", group.word()));
    let all = text_with(lang, "audit-group-all", &[("group", Arg::Text(&label))]);
    let choice = |word: &'static str, label: String| Choice { value: word.to_owned(), chosen: word == chosen, label };
    let one = |action: Action| choice(action.word(), words::did(action.word(), lang));
    Kind { all: choice(group.word(), all), label, actions: group.actions().into_iter().map(one).collect() }
}

fn row(entry: &Entry, things: &Things, colleagues: &[StaffView], frame: &Frame) -> Row {
    let lang = frame.lang;
    let raw =
        [Some(&entry.actor), Some(&entry.action), entry.subject.as_ref(), entry.reason.as_ref(), entry.detail.as_ref()];
    Row {
        seq: entry.seq,
        at: i18n::moment(entry.at, lang),
        who: words::actor(&entry.actor, colleagues, lang),
        did: words::did(&entry.action, lang),
        why: entry.reason.as_deref().map(|reason| words::why(reason, lang)),
        subject: entry.subject.as_deref().map(|subject| about(subject, things, colleagues, frame)),
        raw: raw.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · "),
        hash: entry.hash.clone(),
    }
}

/// What an entry is about, with the way to it where the viewer may see it.
fn about(subject: &str, things: &Things, colleagues: &[StaffView], frame: &Frame) -> Subject {
    if let Some(lead) = things.leads.iter().find(|lead| lead.token.to_string() == subject) {
        return Subject { words: format!("#{}", lead.number), href: Some(frame.path(&format!("leads/{subject}"))) };
    }
    if things.requests.iter().any(|request| request.token.to_string() == subject) {
        return Subject { words: frame.text("audit-request"), href: Some(frame.path(&format!("privacy/{subject}"))) };
    }
    let colleague = subject.parse().ok().filter(|id| colleagues.iter().any(|one| one.id == *id));
    let words = colleague.map_or_else(|| subject.to_owned(), |id| name_of(colleagues, id));
    Subject { words, href: None }
}

fn said_of(seen: &Seen, lang: Lang) -> Chain {
    let number = |count: u64| Arg::Number(count as f64);
    let known = seen.known.as_ref();
    let broken_at = known.and_then(|known| known.status.broken_at);
    let mut chain = Chain {
        is_broken: broken_at.is_some(),
        heading: String::new(),
        words: Vec::new(),
        head: None,
        head_short: String::new(),
        is_running: seen.running.is_some(),
    };
    chain.heading = match (known, seen.running, broken_at) {
        (.., Some(seq)) => text_with(lang, "audit-chain-broken", &[("number", number(seq))]),
        (_, Some(_), None) => text(lang, "audit-chain-running"),
        (Some(known), None, None) => text_with(lang, "audit-chain-whole", &[("count", number(known.status.entries))]),
        (None, None, None) => text(lang, "audit-chain-unknown"),
    };
    if let Some(progress) = seen.running {
        let args = [("done", number(progress.done)), ("all", number(progress.of))];
        chain.words.push(text_with(lang, "audit-chain-progress", &args));
    }
    if seen.has_failed {
        chain.words.push(text(lang, "audit-chain-failed"));
    }
    if let Some(seq) = broken_at {
        let next = ["audit-chain-next-keep", "audit-chain-next-compare", "audit-chain-next-tell"];
        chain.words.extend(next.map(|key| text_with(lang, key, &[("number", number(seq))])));
    } else if let Some(known) = known {
        chain.words.push(checked(known, lang));
        chain.head_short = known.status.head.chars().take(SHORT).collect();
        chain.head = Some(known.status.head.clone());
    }
    chain
}

fn checked(known: &Known, lang: Lang) -> String {
    let (at, from_first_at) = (i18n::moment(known.at, lang), i18n::moment(known.from_first_at, lang));
    let args = [
        ("number", Arg::Number(known.status.entries as f64)),
        ("at", Arg::Text(&at)),
        ("first", Arg::Text(&from_first_at)),
    ];
    let key = if known.at == known.from_first_at { "audit-chain-checked" } else { "audit-chain-checked-since" };
    text_with(lang, key, &args)
}
