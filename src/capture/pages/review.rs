//! The confirm page: each answer as it was typed, and two buttons. Says first that nothing has
//! been sent yet.

use super::Frame;
use super::body::View;
use super::field::part_order;
use crate::capture::intake::Attempt;
use crate::domain::field::{Field, FieldKind, NamePart};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::prefecture::{PREFECTURES, canonical_prefecture};
use crate::domain::submission::Submission;
use crate::i18n::{self, Arg};
use askama::Template;

/// An answer as the confirm page shows it.
pub struct Row<'a> {
    label: &'a str,
    /// Nothing where there is no answer.
    value: Option<String>,
}

/// The confirm page.
#[derive(Template)]
#[template(path = "form/review.html")]
pub struct ReviewPage<'a> {
    frame: Frame<'a>,
    form: &'a Form,
    action: String,
    hidden: Vec<(&'static str, String)>,
    rows: Vec<Row<'a>>,
    send: String,
    what_to_do: String,
}

impl<'a> ReviewPage<'a> {
    /// The page around these answers.
    pub fn new(frame: Frame<'a>, form: &'a Form, action: String, view: View, rows: Vec<Row<'a>>) -> Self {
        let lang = frame.lang;
        let own = form.submit.as_ref().map(|words| words.get(lang).to_owned());
        let send = own.unwrap_or_else(|| i18n::text(lang, "confirm-send"));
        let what_to_do = i18n::text_with(lang, "confirm-what-to-do", &[("button", Arg::Text(&send))]);
        Self { frame, form, action, hidden: view.hidden, rows, send, what_to_do }
    }
}

/// The answers in the form's order. A field that is not there for this visitor has no row.
pub fn review_rows<'a>(form: &'a Form, lang: Lang, submission: &Submission, attempt: &Attempt) -> Vec<Row<'a>> {
    let row = |field: &'a Field| {
        let consented = submission.consents.iter().find(|consent| consent.field == field.id);
        let answered = consented.is_some() || submission.value(&field.id).is_some();
        if !answered && field.shown_if.is_some() {
            return None;
        }
        let value = match consented {
            Some(consent) => {
                Some(i18n::text(lang, if consent.granted { "confirm-agreed" } else { "confirm-not-agreed" }))
            }
            None => Some(shown(field, lang, attempt)).filter(|value| answered && !value.is_empty()),
        };
        Some(Row { label: field.label.get(lang), value })
    };
    form.fields.iter().filter_map(row).collect()
}

/// An answer in the words that the visitor typed or chose.
fn shown(field: &Field, lang: Lang, attempt: &Attempt) -> String {
    let typed = |name: &str| attempt.first(name).map_or("", |value| value.expose().as_str()).trim();
    if field.is_split() {
        let part = |part: NamePart| typed(&field.part_name(part)).to_owned();
        return part_order(lang).map(part).join(" ").trim().to_owned();
    }
    let id = field.id.as_str();
    match field.kind {
        FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes => {
            let chosen = field.choices.iter().filter(|choice| attempt.has(id, &choice.value));
            chosen.map(|choice| choice.label.get(lang)).collect::<Vec<_>>().join(&i18n::text(lang, "confirm-and"))
        }
        FieldKind::Prefecture if lang == Lang::En => {
            let chosen = canonical_prefecture(typed(id));
            let english = PREFECTURES.iter().find(|(ja, _)| Some(*ja) == chosen).map(|(_, en)| *en);
            english.unwrap_or(typed(id)).to_owned()
        }
        _ => typed(id).to_owned(),
    }
}
