//! What lowering a form file needs everywhere: the report, the languages, words for people.

use super::raw::Words;
use crate::config::report::Report;
use crate::config::shape::name_of;
use crate::config::wording::has_control;
use crate::domain::lang::{Lang, Text};

/// How a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// On one line: a label, a subject.
    One,
    /// On several: a paragraph, a mail.
    Many,
}

/// A form file on its way to a checked form.
pub(super) struct Lowering<'r, 'd> {
    /// Where mistakes go.
    pub report: &'r mut Report<'d>,
    /// The languages the form is offered in.
    pub langs: Vec<Lang>,
}

impl Lowering<'_, '_> {
    /// Words in every language the form is offered in.
    pub(super) fn words(&mut self, at: &str, words: &Words, lines: Lines) -> Text {
        let text = match words {
            Words::Same(text) => Text::both(text),
            Words::PerLanguage(text) => text.clone(),
        };
        for lang in Lang::ALL {
            let (own, place) = match words {
                Words::Same(text) => (Some(text.as_str()), at.to_owned()),
                Words::PerLanguage(text) => (own_words(text, lang), format!("{at}/{}", lang.tag())),
            };
            if let Some(own) = own {
                self.check_line(&place, own, lines);
            }
            if self.langs.contains(&lang) && own.is_none_or(|own| own.trim().is_empty()) {
                self.missing_words(at, &place, lang);
            }
        }
        text
    }

    /// Words that may be left out.
    pub(super) fn optional_words(&mut self, at: &str, words: Option<&Words>, lines: Lines) -> Option<Text> {
        words.map(|words| self.words(at, words, lines))
    }

    /// A text of the owner that is shown on one line, and not empty.
    pub(super) fn single_line(&mut self, at: &str, text: &str) {
        if text.trim().is_empty() {
            self.report.error(at, format!("{} is empty", name_of(at)), "write some words");
        }
        self.check_line(at, text, Lines::One);
    }

    fn check_line(&mut self, at: &str, text: &str, lines: Lines) {
        let breaks = match lines {
            Lines::One => has_control(text),
            Lines::Many => text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')),
        };
        if breaks {
            let fix = match lines {
                Lines::One => "put it on one line, without control characters",
                Lines::Many => "take out the control characters (line breaks are fine)",
            };
            self.report.error(at, format!("{} holds a character that can't be shown there", name_of(at)), fix);
        }
    }

    fn missing_words(&mut self, at: &str, place: &str, lang: Lang) {
        let (language, example) = match lang {
            Lang::Ja => ("Japanese", "ja = \"…\""),
            Lang::En => ("English", "en = \"…\""),
        };
        let what = format!("{} has no {language} words, but the form is offered in {language}", name_of(at));
        self.report.error(place, what, format!("add `{example}`, or take \"{}\" out of `languages`", lang.tag()));
    }
}

fn own_words(text: &Text, lang: Lang) -> Option<&str> {
    match lang {
        Lang::Ja => text.ja.as_deref(),
        Lang::En => text.en.as_deref(),
    }
}
