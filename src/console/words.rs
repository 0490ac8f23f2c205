//! Words that the pages of leads share: stages, sources, reasons, how long ago, by when.

use crate::desk::privacy::envelopes_until;
use crate::domain::form::Form;
use crate::domain::funnel::Source;
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Reason, Stage};
use crate::domain::settings::Settings;
use crate::i18n::{Arg, moment, text, text_with};
use jiff::{SignedDuration, Timestamp};

pub(super) fn stage(stage: Stage, lang: Lang) -> String {
    let key = match stage {
        Stage::New => "stage-new",
        Stage::Attempting => "stage-attempting",
        Stage::Connected => "stage-connected",
        Stage::Nurturing => "stage-nurturing",
        Stage::Qualified => "stage-qualified",
        Stage::Unqualified => "stage-unqualified",
    };
    text(lang, key)
}

/// A name that people give: one line of 1 to 100 characters.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

pub(super) fn source(source: Source, lang: Lang) -> String {
    let key = match source {
        Source::Cpc => "source-cpc",
        Source::Email => "source-email",
        Source::Social => "source-social",
        Source::Referral => "source-referral",
        Source::Organic => "source-organic",
        Source::Direct => "source-direct",
        Source::Other => "source-other",
    };
    text(lang, key)
}

pub(super) fn no_lead(reason: NoLead, lang: Lang) -> String {
    let key = match reason {
        NoLead::NoFit => "no-lead-no-fit",
        NoLead::NoBudget => "no-lead-no-budget",
        NoLead::Lost => "no-lead-lost",
        NoLead::Unreachable => "no-lead-unreachable",
        NoLead::Duplicate => "no-lead-duplicate",
        NoLead::Solicitation => "no-lead-solicitation",
        NoLead::Spam => "no-lead-spam",
        NoLead::Other => "no-lead-other",
    };
    text(lang, key)
}

pub(super) fn reason(reason: Reason, lang: Lang) -> String {
    let key = match reason {
        Reason::Reply => "reason-reply",
        Reason::Handover => "reason-handover",
        Reason::DataSubjectRequest => "reason-data-subject-request",
        Reason::Support => "reason-support",
        Reason::Audit => "reason-audit",
    };
    text(lang, key)
}

/// A form's title; the id of one that is gone.
pub(super) fn form_title(form: Option<&Form>, id: &str, lang: Lang) -> String {
    form.map_or_else(|| id.to_owned(), |form| form.title.get(lang).to_owned())
}

/// What an erasure leaves, and until when.
pub(super) fn rest_of_erasure(settings: &Settings, erased_at: Timestamp, lang: Lang) -> Vec<String> {
    let envelopes = moment(envelopes_until(erased_at), lang);
    let backups = moment(settings.privacy.backups_until(erased_at), lang);
    let days = Arg::Number(f64::from(settings.screening.quarantine_days));
    vec![
        text_with(lang, "request-erased-envelopes", &[("date", Arg::Text(&envelopes))]),
        text_with(lang, "request-erased-backups", &[("date", Arg::Text(&backups))]),
        text_with(lang, "request-erased-quarantine", &[("count", days)]),
        text(lang, "request-erased-mark"),
    ]
}

/// A length of time in its largest unit.
pub(super) fn length(of: SignedDuration, lang: Lang) -> String {
    let minutes = of.as_mins().max(0);
    let (key, count) = match minutes {
        0..60 => ("length-minutes", minutes),
        60..1440 => ("length-hours", minutes / 60),
        _ => ("length-days", minutes / 1440),
    };
    // Numbers that a person reads; none is near the end of what a float counts exactly.
    text_with(lang, key, &[("count", Arg::Number(count as f64))])
}

/// How urgent a chip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// The deadline has passed.
    Overdue,
    /// It is near: an hour or less.
    Soon,
    /// Nothing presses.
    Calm,
}

impl Urgency {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Soon => "soon",
            Self::Calm => "calm",
        }
    }
}

/// What a chip says of a lead's age, or of its deadline while nobody has acted.
pub(super) struct Chip {
    pub(super) words: String,
    pub(super) urgency: Urgency,
}

const NEAR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn chip(stage: Stage, received: Timestamp, due: Option<Timestamp>, now: Timestamp, lang: Lang) -> Chip {
    let (key, of, urgency) = match due.filter(|_| stage == Stage::New) {
        Some(due) if due < now => ("chip-overdue", now.duration_since(due), Urgency::Overdue),
        Some(due) if due.duration_since(now) <= NEAR => ("chip-due", due.duration_since(now), Urgency::Soon),
        Some(due) => ("chip-due", due.duration_since(now), Urgency::Calm),
        None => ("chip-age", now.duration_since(received), Urgency::Calm),
    };
    Chip { words: text_with(lang, key, &[("length", Arg::Text(&length(of, lang)))]), urgency }
}

/// What a chip says of a reminder.
pub(super) fn reminder_chip(at: Timestamp, now: Timestamp, lang: Lang) -> Chip {
    let (key, of, urgency) = match at.duration_since(now) {
        left if left > SignedDuration::ZERO => ("chip-reminder-in", left, Urgency::Calm),
        past => ("chip-reminder-due", past.abs(), Urgency::Soon),
    };
    Chip { words: text_with(lang, key, &[("length", Arg::Text(&length(of, lang)))]), urgency }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_tells_the_deadline_until_somebody_acts() {
        let at = |minutes: i64| Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap();
        let said = |stage, due: Option<i64>, now: i64, lang| {
            let chip = chip(stage, at(0), due.map(at), at(now), lang);
            (chip.words, chip.urgency)
        };
        assert_eq!(said(Stage::New, Some(120), 30, Lang::En), ("due in 1 h".into(), Urgency::Calm));
        assert_eq!(said(Stage::New, Some(120), 90, Lang::Ja), ("あと30分".into(), Urgency::Soon));
        assert_eq!(said(Stage::New, Some(120), 121, Lang::Ja), ("期限超過 1分".into(), Urgency::Overdue));
        assert_eq!(said(Stage::Connected, Some(120), 3000, Lang::En), ("2 d ago".into(), Urgency::Calm));
        assert_eq!(said(Stage::New, None, -5, Lang::En), ("0 min ago".into(), Urgency::Calm));
    }
}
