//! Pages with a single message: not found, too large, too many requests.

use super::Frame;
use askama::Template;

/// A page with a heading, a sentence and a way on.
#[derive(Template)]
#[template(path = "form/notice.html")]
pub struct NoticePage<'a> {
    /// What surrounds it.
    pub frame: Frame<'a>,
    /// The heading.
    pub title: String,
    /// What happened and what to do.
    pub words: String,
    /// The form's page, where there is one.
    pub back_to_form: Option<String>,
}
