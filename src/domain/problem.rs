//! Why a submission was refused. Holds names and limits, never the value.

use super::field::NamePart;
use super::ids::FieldId;
use serde::Serialize;

/// One reason why a field was refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// The field.
    pub field: FieldId,
    /// The part of a split name, where the problem is one part's.
    pub part: Option<NamePart>,
    /// What is wrong.
    pub code: ProblemCode,
}

/// What is wrong with an answer. The words for it are in `i18n`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum ProblemCode {
    /// An answer is needed.
    Required,
    /// A choice is needed.
    ChoiceRequired,
    /// The consent must be given.
    ConsentRequired,
    /// Too few characters.
    TooShort {
        /// Fewest graphemes.
        min: u32,
    },
    /// Too many characters.
    TooLong {
        /// Most graphemes.
        max: u32,
    },
    /// No valid e-mail address.
    Email,
    /// A free mail provider where a business address is asked for.
    BusinessEmail,
    /// No valid telephone number.
    Tel,
    /// No valid postal code.
    PostalCode,
    /// No prefecture.
    Prefecture,
    /// No valid web address.
    Url,
    /// No number.
    Number,
    /// A number below the least.
    BelowMin {
        /// Smallest number.
        min: f64,
    },
    /// A number above the greatest.
    AboveMax {
        /// Largest number.
        max: f64,
    },
    /// No date.
    Date,
    /// A date before the first.
    BeforeMin {
        /// Earliest date.
        min: jiff::civil::Date,
    },
    /// A date after the last.
    AfterMax {
        /// Latest date.
        max: jiff::civil::Date,
    },
    /// Not katakana.
    Kana,
    /// Not one of the options.
    Choice,
    /// Too few options chosen.
    TooFewChoices {
        /// Fewest.
        min: u32,
    },
    /// Too many options chosen.
    TooManyChoices {
        /// Most.
        max: u32,
    },
    /// The form's pattern does not match.
    Pattern,
    /// Line breaks or control characters where none may be.
    ControlCharacters,
    /// A payment card number in free text.
    CardNumber,
    /// A マイナンバー in free text.
    MyNumber,
    /// More than one answer where one is asked for.
    Repeated,
}
