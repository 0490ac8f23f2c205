//! Words fit for a header or a line of a mail.

use unicode_segmentation::UnicodeSegmentation;

/// Most characters of a display name or one part of a subject.
pub(super) const LONGEST_NAME: usize = 80;
/// Most characters of a subject.
pub(super) const LONGEST_SUBJECT: usize = 200;

/// One line of at most `most` graphemes: control characters, line separators and marks that turn
/// the reading direction become spaces or nothing. A line break in a display name makes the mail
/// library panic; anywhere else in a header it would let words become headers.
pub(super) fn line(text: &str, most: usize) -> String {
    let clean: String = text
        .chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.graphemes(true).count() <= most {
        return clean;
    }
    let mut cut: String = clean.graphemes(true).take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Several lines: as [`line`], but line feeds stay.
pub(super) fn lines(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !(c.is_control() || turns_direction(*c))).collect()
}

/// Bidirectional overrides, embeddings, isolates and marks (Unicode TR 9), the byte order mark.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("山田\r\nBcc: x@example.com", 80), "山田 Bcc: x@example.com");
        assert_eq!(line("a\u{0}b\u{85}c\u{2028}d\u{202e}e", 80), "a b c de");
        assert_eq!(line("  株式会社　見本 ", 80), "株式会社 見本");
        assert_eq!(line("あいうえお", 4), "あいう…");
        assert_eq!(lines("a\r\nb\u{7}\u{202e}c"), "a\nbc");
    }

    proptest! {
        #[test]
        fn nothing_breaks_out_of_a_line(text in "\\PC*|[\\s\\S]{0,300}", most in 1usize..100) {
            let made = line(&text, most);
            prop_assert!(!made.chars().any(char::is_control));
            prop_assert!(made.graphemes(true).count() <= most);
        }
    }
}
