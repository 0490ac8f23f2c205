//! The form itself, the same wherever it stands: on its own page, alone in a frame, or within
//! somebody else's page. Refuses to know what surrounds it.

use super::field::{Control, FieldView, field_view, input_id, part_order};
use crate::capture::intake::{Attempt, reserved};
use crate::domain::captcha::Captcha;
use crate::domain::field::Field;
use crate::domain::form::{Confirm, Form, Layout};
use crate::domain::lang::Lang;
use crate::domain::problem::Problem;
use crate::i18n::{self, Arg};
use askama::Template;

/// The box above the form that says why nothing was sent.
pub struct Alert {
    pub(super) title: String,
    pub(super) words: Vec<String>,
    pub(super) entries: Vec<Entry>,
}

/// One line of the box, with a link to the input it is about.
pub(super) struct Entry {
    pub(super) target: String,
    pub(super) words: String,
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

/// Where a form stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where it posts to.
    pub action: String,
    /// Where its schema is.
    pub schema: String,
    /// How its fields lie.
    pub layout: Layout,
}

/// What belongs to one view of a page: the inputs that nobody sees, by name.
pub struct View {
    /// Names and values.
    pub hidden: Vec<(&'static str, String)>,
}

/// Some fields under a heading; without one where the form has no steps.
pub(super) struct Step<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) fields: Vec<FieldView<'a>>,
}

/// A captcha of somebody else's: their script fills the element of their class.
pub(super) struct Widget<'a> {
    pub(super) class: &'static str,
    pub(super) site_key: &'a str,
    pub(super) lang: &'static str,
    /// Their script, in the page's language.
    pub(super) script: String,
}

impl<'a> Widget<'a> {
    fn new(captcha: &'a Captcha, lang: Lang) -> Self {
        let provider = captcha.provider;
        Self {
            class: provider.element_class(),
            site_key: &captcha.site_key,
            lang: lang.tag(),
            script: format!("{}?hl={}", provider.script_url(), lang.tag()),
        }
    }
}

/// A form with everything in it.
pub struct FormBody<'a> {
    pub lang: Lang,
    pub form: &'a Form,
    pub title: &'a str,
    pub intro: Option<&'a str>,
    pub(super) action: String,
    pub(super) schema: String,
    pub(super) layout: Layout,
    pub(super) alert: Option<Alert>,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) steps: Vec<Step<'a>>,
    pub(super) submit: String,
    pub(super) captcha: Option<Widget<'a>>,
}

impl<'a> FormBody<'a> {
    /// The form in `lang`. An alert of the caller's stands above; else problems make one.
    pub fn new(
        lang: Lang,
        form: &'a Form,
        place: Place,
        view: View,
        kept: Kept<'a>,
        alert: Option<Alert>,
    ) -> FormBody<'a> {
        let alert = alert.or_else(|| (!kept.problems.is_empty()).then(|| summary(form, lang, kept.problems)));
        let mut hidden = vec![(reserved::LANG, lang.tag().to_owned())];
        hidden.extend(view.hidden);
        Self {
            lang,
            form,
            title: form.title.get(lang),
            intro: form.intro.as_ref().map(|intro| intro.get(lang)),
            action: place.action,
            schema: place.schema,
            layout: place.layout,
            alert,
            hidden,
            steps: steps(form, lang, kept),
            submit: button(form, lang),
            captcha: form.captcha.as_ref().map(|captcha| Widget::new(captcha, lang)),
        }
    }

    /// Whether something stands above the form that a visitor must read first.
    pub fn has_alert(&self) -> bool {
        self.alert.is_some()
    }

    pub(super) fn text(&self, key: &str) -> String {
        i18n::text(self.lang, key)
    }

    pub(super) fn id(&self, name: &str) -> String {
        input_id(self.form, name)
    }
}

/// The words of the button. The owner's are for the one that sends, which is on the confirm page
/// where there is one.
fn button(form: &Form, lang: Lang) -> String {
    match (form.confirm, &form.submit) {
        (Confirm::Off, Some(own)) => own.get(lang).to_owned(),
        (Confirm::Off, None) => i18n::text(lang, "page-submit"),
        (Confirm::Inline | Confirm::Page, _) => i18n::text(lang, "page-submit-confirm"),
    }
}

/// The fields in their steps. Those before the first heading have none.
fn steps<'a>(form: &'a Form, lang: Lang, kept: Kept<'a>) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for field in &form.fields {
        let title = field.step.as_ref().map(|title| title.get(lang));
        let view = field_view(form, field, lang, kept);
        match steps.last_mut().filter(|_| title.is_none()) {
            Some(step) => step.fields.push(view),
            None => steps.push(Step { title, fields: vec![view] }),
        }
    }
    steps
}

/// The summary: every problem in the page's order, worded as beside its input.
fn summary(form: &Form, lang: Lang, problems: &[Problem]) -> Alert {
    let count = [("count", Arg::Number(problems.len() as f64))];
    let order = part_order(lang);
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| {
        let field = form.fields.iter().position(|field| field.id == problem.field);
        (field, problem.part.and_then(|part| order.iter().position(|other| *other == part)))
    });
    let entries = problems
        .into_iter()
        .filter_map(|problem| form.field(&problem.field).map(|field| (field, problem)))
        .map(|(field, problem)| Entry {
            target: input_id(form, &problem_input(lang, field, problem)),
            words: problem_words(lang, field, problem),
        })
        .collect();
    Alert { title: i18n::text_with(lang, "page-error-summary", &count), words: Vec::new(), entries }
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

/// The form for somebody else's page, with what it needs to look right and to help.
#[derive(Template)]
#[template(path = "form/fragment.html")]
pub struct Fragment<'a> {
    /// The form.
    pub body: FormBody<'a>,
    /// The address of its style sheet.
    pub sheet: String,
    /// The address of the script.
    pub script: String,
}
