//! The page of a form, empty or with what was typed.

use super::Frame;
use super::field::{Control, FieldView, field_view, part_order};
use crate::capture::intake::{Attempt, reserved};
use crate::domain::field::Field;
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::problem::Problem;
use crate::i18n::{self, Arg};
use askama::Template;

/// The box above the form that says why nothing was sent.
pub struct Alert {
    title: String,
    words: Vec<String>,
    entries: Vec<Entry>,
}

/// One line of the box, with a link to the input it is about.
struct Entry {
    target: String,
    words: String,
}

impl Alert {
    /// Words about the whole post, one paragraph each.
    pub fn sentence(title: String, words: Vec<String>) -> Self {
        Self { title, words, entries: Vec::new() }
    }
}

/// What a page shows again, and what was wrong with it.
#[derive(Clone, Copy, Default)]
pub struct Kept<'a> {
    /// The values as typed; nothing on a first view.
    pub attempt: Option<&'a Attempt>,
    /// What is wrong with them.
    pub problems: &'a [Problem],
}

/// The page of a form.
#[derive(Template)]
#[template(path = "form/form.html")]
pub struct FormPage<'a> {
    frame: Frame<'a>,
    action: String,
    title: &'a str,
    intro: Option<&'a str>,
    alert: Option<Alert>,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<FieldView<'a>>,
    submit: String,
}

/// What belongs to one view of a page.
pub struct View {
    /// The signed form token.
    pub token: String,
    /// The idempotency key.
    pub key: String,
    /// Attribution values by name.
    pub attribution: Vec<(&'static str, String)>,
}

impl<'a> FormPage<'a> {
    /// The page of `form`, which posts to `action`. An alert of the caller's stands above; else
    /// problems make one.
    pub fn new(
        mut frame: Frame<'a>,
        form: &'a Form,
        action: String,
        view: View,
        kept: Kept<'a>,
        alert: Option<Alert>,
    ) -> Self {
        let lang = frame.lang;
        let fields: Vec<FieldView<'a>> = form.fields.iter().map(|field| field_view(form, field, lang, kept)).collect();
        let alert = alert.or_else(|| (!kept.problems.is_empty()).then(|| summary(form, &frame, kept.problems)));
        if alert.is_some() {
            frame.mark_as_error();
        }
        let mut hidden =
            vec![(reserved::TOKEN, view.token), (reserved::KEY, view.key), (reserved::LANG, lang.tag().to_owned())];
        hidden.extend(view.attribution);
        let submit = form.submit.as_ref().map_or_else(|| frame.text("page-submit"), |words| words.get(lang).to_owned());
        let (title, intro) = (form.title.get(lang), form.intro.as_ref().map(|intro| intro.get(lang)));
        Self { frame, action, title, intro, alert, hidden, fields, submit }
    }
}

/// The summary: every problem in the page's order, worded as beside its input.
fn summary(form: &Form, frame: &Frame<'_>, problems: &[Problem]) -> Alert {
    let count = [("count", Arg::Number(problems.len() as f64))];
    let order = part_order(frame.lang);
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| {
        let field = form.fields.iter().position(|field| field.id == problem.field);
        (field, problem.part.and_then(|part| order.iter().position(|other| *other == part)))
    });
    let entries = problems
        .into_iter()
        .filter_map(|problem| form.field(&problem.field).map(|field| (field, problem)))
        .map(|(field, problem)| Entry {
            target: format!("f-{}", problem_input(frame.lang, field, problem)),
            words: problem_words(frame.lang, field, problem),
        })
        .collect();
    Alert { title: i18n::text_with(frame.lang, "page-error-summary", &count), words: Vec::new(), entries }
}

/// The sentence for a problem with a field.
pub fn problem_words(lang: Lang, field: &Field, problem: &Problem) -> String {
    let own = field.rules.pattern_message.as_ref().map(|message| message.get(lang));
    i18n::problem(lang, problem, field.label.get(lang), own)
}

/// The name of the input that a problem is about: of a split name's own part, or of the first one
/// on the page.
pub fn problem_input(lang: Lang, field: &Field, problem: &Problem) -> String {
    if field.is_split() { field.part_name(problem.part.unwrap_or(part_order(lang)[0])) } else { field.id.to_string() }
}
