//! Messages in Japanese and English.
//!
//! Words live in `src/i18n/{ja,en}.ftl` (Fluent), compiled in; every key exists in both. No value
//! of a visitor is ever an argument of a message.

use crate::domain::lang::Lang;
use crate::domain::problem::Problem;

/// An argument of a message: a number or a word of ours.
#[derive(Debug, Clone)]
pub enum Arg<'a> {
    /// A text of ours or of the owner (a label, a limit).
    Text(&'a str),
    /// A number.
    Number(f64),
}

/// The message `key` in `lang`.
pub fn text(_lang: Lang, _key: &str) -> String {
    todo!()
}

/// The message `key` in `lang`, with arguments.
pub fn text_with(_lang: Lang, _key: &str, _args: &[(&str, Arg<'_>)]) -> String {
    todo!()
}

/// The sentence for a problem with a field, which names the field by its label. `pattern_message`
/// is the owner's own sentence for a pattern, where there is one.
pub fn problem(_lang: Lang, _problem: &Problem, _label: &str, _pattern_message: Option<&str>) -> String {
    todo!()
}
