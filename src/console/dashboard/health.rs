//! Whether mail goes out and leads come in, and what to do where they don't.
//!
//! The figures are those of the whole installation, so they are for who runs it: owners and managers who
//! see every lead. Others are told in one sentence whether mail works. Refuses to show a relay's words.

use super::chart::number;
use crate::console::state::Inner;
use crate::desk::store::{GivenUp, StoreError, StoreStats};
use crate::domain::lang::Lang;
use crate::domain::staff::{Permission, Scope, Viewer};
use crate::i18n;
use jiff::Timestamp;

/// Mails that were given up and are named with their leads.
const NAMED: usize = 5;

/// A lead that somebody should look at.
pub(super) struct Named {
    pub(super) href: String,
    pub(super) words: String,
}

/// A figure, and what to do about it.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) figure: String,
    pub(super) is_trouble: bool,
    /// What to do, while there is something to do.
    pub(super) advice: Option<String>,
    /// The command that does it.
    pub(super) command: Option<&'static str>,
    pub(super) leads: Vec<Named>,
}

/// What the page says of it.
pub(super) struct Health {
    pub(super) words: String,
    pub(super) is_trouble: bool,
    pub(super) lines: Vec<Line>,
}

impl Health {
    /// Looks at store, mail and queue.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(super) fn look(console: &Inner, viewer: &Viewer) -> Result<Self, StoreError> {
        let (parts, lang) = (&console.parts, viewer.lang);
        let stats = parts.store.stats()?;
        let failing = parts.mail.failing();
        let key = match (&failing, parts.mail.configured()) {
            (Some(_), _) => "dash-mail-failing",
            (None, false) => "dash-mail-none",
            (None, true) if stats.notifications_lost > 0 => "dash-mail-lost",
            (None, true) => "dash-mail-works",
        };
        let mut health = Self { words: i18n::text(lang, key), is_trouble: key != "dash-mail-works", lines: Vec::new() };
        if viewer.may(Permission::ManageStaff) && viewer.scope == Scope::All {
            let given_up = parts.store.given_up(NAMED)?;
            let teller = Teller { console, lang };
            health.lines = teller.mail_lines(&stats, failing, &given_up);
            health.lines.extend(teller.queue_lines(&stats, parts.store.last_stored()?));
        }
        Ok(health)
    }
}

struct Teller<'a> {
    console: &'a Inner,
    lang: Lang,
}

impl Teller<'_> {
    /// A line whose figure is a trouble when it is not zero.
    fn counted(&self, label: &str, count: u64, advice: &str, command: Option<&'static str>) -> Line {
        let is_trouble = count > 0;
        Line {
            label: i18n::text(self.lang, label),
            figure: number(count),
            is_trouble,
            advice: is_trouble.then(|| i18n::text(self.lang, advice)),
            command: command.filter(|_| is_trouble),
            leads: Vec::new(),
        }
    }

    /// A figure that is none.
    fn plain(&self, label: &str, figure: String) -> Line {
        let label = i18n::text(self.lang, label);
        Line { label, figure, is_trouble: false, advice: None, command: None, leads: Vec::new() }
    }

    fn mail_lines(&self, stats: &StoreStats, failing: Option<String>, given_up: &[GivenUp]) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(class) = failing {
            let why = Line {
                is_trouble: true,
                advice: Some(i18n::text(self.lang, "dash-failing-advice")),
                command: Some("leadseal doctor"),
                ..self.plain("dash-failing", class)
            };
            lines.push(why);
        }
        lines.push(self.plain("dash-waiting", number(stats.outbox_waiting)));
        lines.push(self.counted("dash-again", stats.outbox_failing, "dash-again-advice", Some("leadseal doctor")));
        let leads = given_up.iter().map(|mail| Named {
            href: format!("{}/leads/{}", self.console.base(), mail.lead),
            words: format!("#{}", mail.number),
        });
        let dead = self.counted("dash-dead", stats.outbox_dead, "dash-dead-advice", None);
        lines.push(Line { leads: leads.collect(), ..dead });
        lines
    }

    fn queue_lines(&self, stats: &StoreStats, last: Option<Timestamp>) -> Vec<Line> {
        let mut lines = Vec::new();
        let intake = &self.console.parts.intake;
        if let Some(waiting) = intake.waiting() {
            lines.push(self.plain("dash-queue", number(waiting)));
        }
        for trouble in intake.troubles() {
            let advice = Some(i18n::text(self.lang, "dash-intake-advice"));
            let line = self.plain("dash-intake", trouble);
            lines.push(Line { is_trouble: true, advice, command: Some("leadseal doctor"), ..line });
        }
        let never = || i18n::text(self.lang, "dash-none-yet");
        lines.push(self.plain("dash-last", last.map_or_else(never, |at| i18n::moment(at, self.lang))));
        for (label, count, advice, command) in [
            ("dash-unopened", stats.unopened, "dash-unopened-advice", "leadseal unopened list"),
            ("dash-quarantined", stats.quarantined, "dash-quarantined-advice", "leadseal quarantine list"),
            ("dash-requests-late", stats.requests_overdue, "dash-requests-advice", "leadseal requests list"),
        ] {
            lines.push(self.counted(label, count, advice, Some(command)));
        }
        lines.push(self.plain("dash-requests", number(stats.requests_waiting)));
        lines
    }
}
