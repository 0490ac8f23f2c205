//! Numbers nobody should send in free text: payment cards and マイナンバー.
//!
//! Finds them by their check digits. Says where they are, never what they are.

use std::ops::Range;

/// What kind of number was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForbiddenNumber {
    /// A payment card number (ISO/IEC 7812, Luhn).
    Card,
    /// A Japanese individual number (マイナンバー, 12 digits with a check digit).
    MyNumber,
}

/// A number found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its kind.
    pub kind: ForbiddenNumber,
    /// The bytes of the text it spans, separators included.
    pub span: Range<usize>,
}

/// A run of digits in the text: their values and where they stand.
struct DigitRun {
    digits: Vec<u8>,
    span: Range<usize>,
}

/// The value of an ASCII or full-width digit.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '０'..='９' => Some((c as u32 - '０' as u32) as u8),
        _ => None,
    }
}

/// Characters that people put between groups of digits.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}' | '\u{a0}' | '-' | '－' | '‐' | '‑' | '–' | '—' | '―' | '−' | 'ー' | 'ｰ' | '.' | '・')
}

/// Digit runs, where single separators between digits do not end a run.
fn digit_runs(text: &str) -> Vec<DigitRun> {
    let mut runs: Vec<DigitRun> = Vec::new();
    let mut gap = usize::MAX;
    for (at, c) in text.char_indices() {
        if let Some(value) = digit(c) {
            let end = at + c.len_utf8();
            match runs.last_mut().filter(|_| gap <= 1) {
                Some(run) => {
                    run.digits.push(value);
                    run.span.end = end;
                }
                None => runs.push(DigitRun { digits: vec![value], span: at..end }),
            }
            gap = 0;
        } else if is_separator(c) {
            gap = gap.saturating_add(1);
        } else {
            gap = usize::MAX;
        }
    }
    runs
}

/// The Luhn check (ISO/IEC 7812-1, annex B).
fn luhn_holds(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(*d) * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Lengths and leading digits that payment cards have, so that order numbers are left alone.
fn looks_like_card(digits: &[u8]) -> bool {
    let lead2 = digits.iter().take(2).fold(0, |acc, d| acc * 10 + u32::from(*d));
    let lead4 = digits.iter().take(4).fold(0, |acc, d| acc * 10 + u32::from(*d));
    let length_fits = match lead2 {
        34 | 37 => digits.len() == 15,
        30 | 36 | 38 | 39 => digits.len() == 14,
        35 => digits.len() == 16 && (3528..=3589).contains(&lead4),
        40..=49 => matches!(digits.len(), 13 | 16 | 19),
        51..=55 => digits.len() == 16,
        22..=27 => digits.len() == 16 && (2221..=2720).contains(&lead4),
        50 | 56..=59 | 60..=69 => matches!(digits.len(), 16 | 19),
        _ => false,
    };
    length_fits && luhn_holds(digits)
}

/// The check digit of 行政手続における特定の個人を識別するための番号の利用等に関する法律施行規則
/// (省令 2014, article 5): weights 2–7 and 2–6 from the right, modulo 11.
fn looks_like_my_number(digits: &[u8]) -> bool {
    if digits.len() != 12 || digits.iter().all(|d| *d == digits[0]) {
        return false;
    }
    let sum: u32 =
        digits[..11].iter().rev().zip(1u32..).map(|(d, n)| u32::from(*d) * if n <= 6 { n + 1 } else { n - 5 }).sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check == u32::from(digits[11])
}

/// Every forbidden number in `text`, in order.
pub fn find_forbidden_numbers(text: &str) -> Vec<Found> {
    digit_runs(text)
        .into_iter()
        .filter_map(|run| {
            let kind = if looks_like_card(&run.digits) {
                ForbiddenNumber::Card
            } else if looks_like_my_number(&run.digits) {
                ForbiddenNumber::MyNumber
            } else {
                return None;
            };
            Some(Found { kind, span: run.span })
        })
        .collect()
}

/// `text` with the digits of every forbidden number replaced by `■`.
pub fn strike_out_forbidden_numbers(text: &str) -> String {
    let found = find_forbidden_numbers(text);
    text.char_indices()
        .map(|(at, c)| {
            let struck = digit(c).is_some() && found.iter().any(|f| f.span.contains(&at));
            if struck { '■' } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<ForbiddenNumber> {
        find_forbidden_numbers(text).into_iter().map(|f| f.kind).collect()
    }

    #[test]
    fn cards_are_found_however_they_are_written() {
        for text in [
            "4111 1111 1111 1111",
            "番号は4111-1111-1111-1111です",
            "４１１１１１１１１１１１１１１１",
            "378282246310005",
            "3530111333300000",
        ] {
            assert_eq!(kinds(text), [ForbiddenNumber::Card], "{text}");
        }
    }

    #[test]
    fn my_numbers_are_found() {
        assert_eq!(kinds("マイナンバーは 1234 5678 9018 です"), [ForbiddenNumber::MyNumber]);
        assert_eq!(kinds("１２３４－５６７８－９０１８"), [ForbiddenNumber::MyNumber]);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "4111 1111 1111 1112",
            "1234 5678 9012",
            "03-1234-5678",
            "000000000000",
            "注文 20261122-0001",
            "1234567890123456",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn striking_out_keeps_the_rest() {
        assert_eq!(
            strike_out_forbidden_numbers("カード4111-1111-1111-1111、電話03-1234-5678"),
            "カード■■■■-■■■■-■■■■-■■■■、電話03-1234-5678"
        );
    }
}
