//! Validation: a post in normal form against its form's rules. Gives every problem at once, in
//! the form's order and at most one for each input; holds names and limits, never values.
//!
//! A field that is not shown has no say: its answer is dropped and it can't be wrong.

mod email;
mod rules;

use super::Attempt;
use super::decode::{Encoding, PageInputs};
use super::normalise::{FieldInput, Normalised};
use crate::domain::field::{Condition, Field, FieldKind, NamePart};
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::problem::{Problem, ProblemCode};
use crate::domain::protect::Protect;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use std::sync::Arc;

/// A submission that keeps every rule of its form. Only [`validate`] makes one.
#[derive(Debug, Clone)]
pub struct Valid {
    pub(super) form: Arc<Form>,
    pub(super) encoding: Encoding,
    pub(super) submission: Submission,
    pub(super) attempt: Attempt,
    pub(super) page: PageInputs,
    pub(super) ignored: usize,
}

impl Valid {
    /// What was understood.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The answer that a captcha's script put into the form.
    pub fn captcha_answer(&self) -> Option<&Pii<String>> {
        self.page.captcha.as_ref()
    }
}

/// A post that breaks rules, with all it takes to show the form again.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The language to answer in.
    pub lang: Lang,
    /// What is wrong, in the form's order.
    pub problems: Vec<Problem>,
    /// JSON: names that are no fields of the form. They came from outside: tell them to the
    /// sender alone.
    pub unknown: Vec<Pii<String>>,
    /// The values as typed.
    pub attempt: Attempt,
}

/// Validates a post.
///
/// # Errors
/// When a rule is broken, or JSON names a field that the form does not have.
pub fn validate(normalised: Normalised) -> Result<Valid, Box<Refused>> {
    let judged = Judge { form: &normalised.form, inputs: &normalised.fields, lang: normalised.lang }.all();
    let Normalised { form, lang, encoding, attribution, attempt, page, ignored, unknown, .. } = normalised;
    if !judged.problems.is_empty() || !unknown.is_empty() {
        return Err(Box::new(Refused { lang, problems: judged.problems, unknown, attempt }));
    }
    let submission = Submission {
        lang,
        answers: judged.answers,
        consents: judged.consents,
        attribution,
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    };
    Ok(Valid { form, encoding, submission, attempt, page, ignored })
}

/// What was found while judging.
#[derive(Default)]
struct Judged {
    answers: Vec<Answer>,
    consents: Vec<ConsentRecord>,
    problems: Vec<Problem>,
}

/// Judges the inputs of a form.
struct Judge<'a> {
    form: &'a Form,
    /// One for each field, in the form's order.
    inputs: &'a [FieldInput],
    lang: Lang,
}

impl Judge<'_> {
    fn all(&self) -> Judged {
        let mut judged = Judged::default();
        for (at, (field, input)) in self.form.fields.iter().zip(self.inputs).enumerate() {
            if !self.is_shown(at, self.form.fields.len()) {
                continue;
            }
            match input.repeated.as_slice() {
                [] if field.kind == FieldKind::Consent => self.consent(field, input, &mut judged),
                [] => self.answer(field, input, &mut judged),
                repeated => {
                    judged.problems.extend(repeated.iter().map(|part| problem(field, *part, ProblemCode::Repeated)))
                }
            }
        }
        judged
    }

    /// Whether the field at this place is there for this visitor. A field that hangs on a hidden
    /// one is hidden too; `depth` ends a circle of conditions.
    fn is_shown(&self, at: usize, depth: usize) -> bool {
        match self.form.fields.get(at).map(|field| &field.shown_if) {
            Some(Some(condition)) => depth > 0 && self.holds(condition, depth - 1),
            Some(None) => true,
            None => false,
        }
    }

    fn holds(&self, condition: &Condition, depth: usize) -> bool {
        let Some(at) = self.form.fields.iter().position(|field| field.id == condition.field) else { return false };
        self.is_shown(at, depth) && condition.holds(self.inputs.get(at).map(|input| &input.value))
    }

    fn is_required(&self, field: &Field) -> bool {
        let when = field.required_if.as_ref();
        field.required || when.is_some_and(|condition| self.holds(condition, self.form.fields.len()))
    }

    fn consent(&self, field: &Field, input: &FieldInput, judged: &mut Judged) {
        let word = input.value.joined();
        let granted = word.expose() == "true";
        if !granted && !word.is_empty() {
            judged.problems.push(problem(field, None, ProblemCode::Choice));
        } else if !granted && self.is_required(field) {
            judged.problems.push(problem(field, None, ProblemCode::ConsentRequired));
        } else if let Some(statement) = &field.consent {
            // The record must name the language in which the words were really shown.
            let shown_in = if statement.text.has(self.lang) { self.lang } else { other(self.lang) };
            judged.consents.push(ConsentRecord {
                field: field.id.clone(),
                purpose: statement.purpose.clone(),
                version: statement.version.clone(),
                text: statement.text.get(self.lang).to_owned(),
                lang: shown_in,
                granted,
            });
        }
    }

    fn answer(&self, field: &Field, input: &FieldInput, judged: &mut Judged) {
        let required = self.is_required(field);
        let mut found = Vec::new();
        let mut text = |part, text: &Pii<String>| match self.text(field, required, text) {
            Ok(text) => text,
            Err(code) => {
                found.push(problem(field, part, code));
                Pii::new(String::new())
            }
        };
        let value = match &input.value {
            Value::One(one) => Value::One(text(None, one)),
            Value::Name { family, given } => {
                Value::Name { family: text(Some(NamePart::Family), family), given: text(Some(NamePart::Given), given) }
            }
            Value::Many(options) => {
                found.extend(rules::options(field, required, options).err().map(|code| problem(field, None, code)));
                Value::Many(options.clone())
            }
        };
        // A dropped field ends here: checked, and sealed into nothing.
        if found.is_empty() && !value.is_empty() && field.protect != Protect::Drop {
            judged.answers.push(Answer { field: field.id.clone(), kind: field.kind, value });
        }
        judged.problems.append(&mut found);
    }

    /// One text of a field, as it may go on.
    fn text(&self, field: &Field, required: bool, text: &Pii<String>) -> Result<Pii<String>, ProblemCode> {
        if !text.is_empty() {
            return rules::text(field, self.form.forbidden_numbers, text.expose()).map(Pii::new);
        }
        match (required, field.kind) {
            (false, _) => Ok(text.clone()),
            (true, FieldKind::Select | FieldKind::Radio | FieldKind::Prefecture) => Err(ProblemCode::ChoiceRequired),
            (true, _) => Err(ProblemCode::Required),
        }
    }
}

fn problem(field: &Field, part: Option<NamePart>, code: ProblemCode) -> Problem {
    Problem { field: field.id.clone(), part, code }
}

fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Ja => Lang::En,
        Lang::En => Lang::Ja,
    }
}

#[cfg(test)]
mod tests;
