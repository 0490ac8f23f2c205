//! The page that holds a form, whole or for a frame within another page.

use super::Frame;
use super::body::FormBody;
use super::field::Control;
use askama::Template;

/// The page of a form.
#[derive(Template)]
#[template(path = "form/form.html")]
pub struct FormPage<'a> {
    frame: Frame<'a>,
    body: FormBody<'a>,
}

impl<'a> FormPage<'a> {
    /// The page around a form.
    pub fn new(mut frame: Frame<'a>, body: FormBody<'a>) -> Self {
        if body.has_alert() {
            frame.mark_as_error();
        }
        Self { frame, body }
    }
}
