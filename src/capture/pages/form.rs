//! The pages that hold a form: its own, and the one for an `<iframe>`.

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

/// The form alone, on a page made for a frame within another page.
#[derive(Template)]
#[template(path = "form/frame.html")]
pub struct FramePage<'a> {
    frame: Frame<'a>,
    body: FormBody<'a>,
}

impl<'a> FramePage<'a> {
    /// The page around a form.
    pub fn new(mut frame: Frame<'a>, body: FormBody<'a>) -> Self {
        if body.has_alert() {
            frame.mark_as_error();
        }
        Self { frame, body }
    }
}
