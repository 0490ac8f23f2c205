//! kintone: a column for each field of one form, under the label that its app's field has.

use super::super::cell::Cell;
use super::super::shown::{Shown, ShownLead};
use super::super::{ExportError, ExportRequest};
use crate::domain::field::{Choice, Field, FieldKind};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::lead::Stage;
use crate::domain::protect::Protect;

/// The form as an app in the form's first language.
pub(super) struct App<'a> {
    lang: Lang,
    columns: Vec<(String, Source<'a>)>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Receipt,
    ReceivedAt,
    Stage,
    Answer(&'a Field),
    /// One option of checkboxes: 1 where it was chosen.
    Chosen(&'a Field, &'a Choice),
    Granted(&'a Field),
}

impl<'a> App<'a> {
    /// The app of the one form that is exported.
    pub(super) fn of_request(request: &ExportRequest<'a>) -> Result<Self, ExportError> {
        let one = request.filter.form.as_ref().and_then(|_| request.chosen_forms().next());
        one.map(|form| Self::of_form(form)).ok_or(ExportError::FormNeeded)
    }

    fn of_form(form: &'a Form) -> Self {
        let lang = form.default_lang();
        let facts = match lang {
            Lang::Ja => [("受付番号", Source::Receipt), ("受付日時", Source::ReceivedAt), ("対応状況", Source::Stage)],
            Lang::En => [("Receipt", Source::Receipt), ("Received at", Source::ReceivedAt), ("Stage", Source::Stage)],
        };
        let mut app = Self { lang, columns: Vec::new() };
        for (heading, source) in facts {
            app.add(heading.to_owned(), "", source);
        }
        for field in &form.fields {
            app.add_field(field);
        }
        app
    }

    fn add_field(&mut self, field: &'a Field) {
        let (label, id) = (field.label.get(self.lang).to_owned(), field.id.as_str());
        match field.kind {
            FieldKind::Consent => self.add(label, id, Source::Granted(field)),
            _ if field.protect == Protect::Drop => {}
            FieldKind::Checkboxes => {
                for choice in &field.choices {
                    let heading = format!("{label}[{}]", choice.label.get(self.lang));
                    self.add(heading, id, Source::Chosen(field, choice));
                }
            }
            _ => self.add(label, id, Source::Answer(field)),
        }
    }

    /// A heading that is taken gets the field's id after it.
    fn add(&mut self, heading: String, id: &str, source: Source<'a>) {
        let is_taken = self.columns.iter().any(|(taken, _)| *taken == heading);
        let heading = if is_taken { format!("{heading} ({id})") } else { heading };
        self.columns.push((heading, source));
    }

    pub(super) fn headings(&self) -> Vec<String> {
        self.columns.iter().map(|(heading, _)| heading.clone()).collect()
    }

    pub(super) fn row(&self, shown: &ShownLead<'_>) -> Vec<Cell> {
        self.columns.iter().map(|(_, source)| self.cell(*source, shown)).collect()
    }

    fn cell(&self, source: Source<'_>, shown: &ShownLead<'_>) -> Cell {
        let lead = shown.lead;
        match source {
            Source::Receipt => Cell::text(lead.token.to_string()),
            // Without fractions of a second, which kintone does not read.
            Source::ReceivedAt => Cell::text(lead.received_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            Source::Stage => Cell::text(stage(lead.stage, self.lang)),
            Source::Answer(field) => self.answer(field, shown),
            Source::Chosen(field, choice) => {
                let is_chosen = shown.answer(&field.id).is_some_and(|answer| answer.is_chosen(&choice.value));
                Cell::text(if is_chosen { "1" } else { "" })
            }
            Source::Granted(field) => {
                let record = lead.consents.iter().find(|consent| consent.field == field.id);
                Cell::text(record.filter(|consent| consent.granted).map_or("", |_| "1"))
            }
        }
    }

    fn answer(&self, field: &Field, shown: &ShownLead<'_>) -> Cell {
        let text = shown.answer(&field.id).map(Shown::joined).unwrap_or_default();
        match field.kind {
            FieldKind::Number => Cell::number(text),
            FieldKind::Tel => Cell::dial(text),
            FieldKind::Select | FieldKind::Radio => Cell::text(field.choice_label(&text, self.lang)),
            _ => Cell::text(text),
        }
    }
}

const fn stage(stage: Stage, lang: Lang) -> &'static str {
    match (stage, lang) {
        (Stage::New, Lang::Ja) => "未対応",
        (Stage::Attempting, Lang::Ja) => "連絡中",
        (Stage::Connected, Lang::Ja) => "対応中",
        (Stage::Nurturing, Lang::Ja) => "育成中",
        (Stage::Qualified, Lang::Ja) => "有望",
        (Stage::Unqualified, Lang::Ja) => "対象外",
        (Stage::New, Lang::En) => "New",
        (Stage::Attempting, Lang::En) => "Attempting",
        (Stage::Connected, Lang::En) => "Connected",
        (Stage::Nurturing, Lang::En) => "Nurturing",
        (Stage::Qualified, Lang::En) => "Qualified",
        (Stage::Unqualified, Lang::En) => "Unqualified",
    }
}
