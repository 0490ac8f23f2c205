//! The page after a success.

use super::Frame;
use crate::domain::form::Form;
use crate::domain::lang::{Lang, Text};
use crate::domain::token::Token;
use crate::i18n;
use askama::Template;

/// Says thank you, and gives the receipt number when the address holds a well-formed one.
#[derive(Template)]
#[template(path = "form/thanks.html")]
pub struct ThanksPage<'a> {
    /// What surrounds it.
    pub frame: Frame<'a>,
    /// The heading.
    pub title: String,
    /// What happens next.
    pub words: String,
    /// The receipt number.
    pub receipt: Option<Token>,
    /// A confirmation is sent by mail.
    pub mail_follows: bool,
}

/// The heading and the words after a success: the owner's, or ours.
pub fn thanks_words(form: &Form, lang: Lang) -> (String, String) {
    let words =
        |own: &Option<Text>, key| own.as_ref().map_or_else(|| i18n::text(lang, key), |text| text.get(lang).to_owned());
    (words(&form.thanks.title, "thanks-title"), words(&form.thanks.body, "thanks-body"))
}
