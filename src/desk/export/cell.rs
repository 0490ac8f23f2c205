//! One cell of a table, and what a spreadsheet would make of it.
//!
//! Owns which texts a spreadsheet would calculate. Refuses to leave one of them as it is unless its
//! kind was proven: a number that is one, a telephone number that is nothing else.

use super::cp932::is_unseen;
use std::borrow::Cow;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A decimal number of a number field or of ours.
    Number,
    /// `+` and digits for a program that reads telephone numbers.
    Dial,
}

impl Cell {
    /// A text of any kind.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Text }
    }

    /// A number where it is one, a text otherwise: a mask stands in the same column.
    pub(super) fn number(text: impl Into<String>) -> Self {
        let text = text.into();
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.parse::<f64>().is_ok_and(f64::is_finite);
        let kind = if is_number { Kind::Number } else { Kind::Text };
        Self { text, kind }
    }

    /// A telephone number that goes into another program exactly as it is: E.164 only. Anything
    /// else is a text. A spreadsheet may take its plus away, but there is nothing in it to run.
    pub(super) fn dial(text: impl Into<String>) -> Self {
        let text = text.into();
        let kind = if is_e164(&text) { Kind::Dial } else { Kind::Text };
        Self { text, kind }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The number where a spreadsheet keeps every digit of it.
    pub(super) fn exact_number(&self) -> Option<f64> {
        let number = self.text.parse::<f64>().ok().filter(|_| self.kind == Kind::Number)?;
        (number.to_string() == self.text).then_some(number)
    }

    /// `text`, which stands for this cell, with an apostrophe before it where a spreadsheet would
    /// calculate it (OWASP ASVS 5.0, 1.2.10).
    pub(super) fn neutral<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.kind {
            Kind::Text if is_calculated(text) => Cow::Owned(format!("'{text}")),
            _ => Cow::Borrowed(text),
        }
    }
}

/// `+` and 7 to 15 digits.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}

/// Whether a spreadsheet may take a text for a formula. Full-width signs count, since Japanese
/// spreadsheets take them for the plain ones; neither blanks nor what nobody sees, before the sign,
/// save it.
pub(super) fn is_calculated(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\u{2212}');
    let is_passed_over = |c: char| c.is_whitespace() || c.is_control() || is_unseen(c);
    text.starts_with(['\t', '\r', '\0']) || text.trim_start_matches(is_passed_over).starts_with(is_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: &Cell) -> String {
        cell.neutral(cell.as_str()).into_owned()
    }

    #[test]
    fn what_a_spreadsheet_would_calculate_is_made_a_text() {
        for formula in [
            "=1+1",
            "+81901234",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\rx",
            "\tx",
            "\0x",
            "＝1+1",
            "＋1",
            "－1",
            "\u{2212}1",
            "＠A",
            " =1",
            "\u{3000}=1",
            "\u{200b}=1",
            "\u{feff}=1",
            "\u{fe0f}=1",
            "\u{e0100}=1",
            "=cmd|' /C calc'!A0",
            "\n=1",
        ] {
            assert_eq!(written(&Cell::text(formula)), format!("'{formula}"), "{formula:?}");
        }
        for plain in ["", "山田", "a=1", "1-2", "'=1", "taro@example.jp", "東京都"] {
            assert_eq!(written(&Cell::text(plain)), plain);
        }
    }

    #[test]
    fn only_numbers_may_be_negative_and_only_telephone_numbers_may_start_with_a_plus() {
        assert_eq!(written(&Cell::number("-5.5")), "-5.5");
        for no_number in ["-5+cmd", "=5", "-inf", "-", "+5", "-1e9"] {
            assert_eq!(written(&Cell::number(no_number)), format!("'{no_number}"), "{no_number}");
        }
        assert_eq!(written(&Cell::text("+819012345678")), "'+819012345678");
        assert_eq!(written(&Cell::dial("+819012345678")), "+819012345678");
        for no_phone in ["+8190 1234", "+cmd", "+1234567890123456", "=1", "+0901234567"] {
            assert_eq!(written(&Cell::dial(no_phone)), format!("'{no_phone}"), "{no_phone}");
        }
    }

    #[test]
    fn a_number_is_one_only_when_no_digit_would_be_lost() {
        assert_eq!(Cell::number("-5.5").exact_number(), Some(-5.5));
        for text in ["007", "1.50", "12345678901234567890", "***", ""] {
            assert_eq!(Cell::number(text).exact_number(), None, "{text}");
        }
        assert_eq!(Cell::text("5").exact_number(), None);
    }
}
