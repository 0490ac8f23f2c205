//! CP932 (Windows-31J), the encoding that Japanese Excel takes a CSV file for.
//!
//! Owns what becomes of characters that it lacks: a look-alike where Windows has one, else `〓`,
//! counted by column. The counts name characters, never the values they stood in.

use encoding_rs::SHIFT_JIS;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Stands for a character that CP932 lacks (the geta mark, as Japanese printers use it).
const GETA: char = '〓';

/// Different characters that are told apart in one column; those beyond are only counted.
const TOLD_APART: usize = 1000;

/// Characters of one column that CP932 lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unmapped {
    /// The column's heading.
    pub column: String,
    /// How many stood there.
    pub count: u64,
    /// Which, and how often each.
    pub characters: BTreeMap<char, u64>,
}

impl Unmapped {
    pub(super) fn of(column: &str) -> Self {
        Self { column: column.to_owned(), ..Self::default() }
    }

    fn add(&mut self, character: char) {
        self.count += 1;
        let is_room = self.characters.len() < TOLD_APART;
        if let Some(seen) = self.characters.get_mut(&character) {
            *seen += 1;
        } else if is_room {
            self.characters.insert(character, 1);
        }
    }
}

/// `text` in characters that CP932 has. What it lacks is counted.
pub(super) fn fitted<'t>(text: &'t str, unmapped: &mut Unmapped) -> Cow<'t, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut fitted = String::with_capacity(text.len());
    for character in text.chars() {
        match fit(character) {
            Fit::As(fit) => fitted.push(fit),
            Fit::Not => {
                unmapped.add(character);
                fitted.push(GETA);
            }
            Fit::Unseen => unmapped.add(character),
        }
    }
    Cow::Owned(fitted)
}

/// The bytes of a text that was [`fitted`].
pub(super) fn bytes(fitted: &str) -> Cow<'_, [u8]> {
    SHIFT_JIS.encode(fitted).0
}

/// True for what nobody sees: joiners, marks of direction, soft hyphens, and what chooses among the
/// forms of the character before it. Neighbours stay readable without them.
pub(super) const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

enum Fit {
    As(char),
    Not,
    Unseen,
}

/// Windows and JIS X 0208 give some signs of the same shape different code points; a text from
/// elsewhere has the other one. The yen sign and the overline would be read back as `\` and `~`.
fn fit(character: char) -> Fit {
    match character {
        '\u{0}'..='\u{7f}' => Fit::As(character),
        '\u{301c}' => Fit::As('\u{ff5e}'),
        '\u{2016}' => Fit::As('\u{2225}'),
        '\u{2212}' => Fit::As('\u{ff0d}'),
        '\u{2014}' => Fit::As('\u{2015}'),
        '\u{a2}' => Fit::As('\u{ffe0}'),
        '\u{a3}' => Fit::As('\u{ffe1}'),
        '\u{ac}' => Fit::As('\u{ffe2}'),
        '\u{a5}' => Fit::As('\u{ffe5}'),
        '\u{203e}' => Fit::As('\u{ffe3}'),
        '\u{a0}' => Fit::As(' '),
        // The encoder would let this control character through as a byte that starts none.
        '\u{80}' => Fit::Not,
        c if is_unseen(c) => Fit::Unseen,
        c if is_encodable(c) => Fit::As(c),
        _ => Fit::Not,
    }
}

fn is_encodable(character: char) -> bool {
    let mut utf8 = [0; 4];
    let (mut bytes, mut encoder) = ([0; 16], SHIFT_JIS.new_encoder());
    let text: &str = character.encode_utf8(&mut utf8);
    let (result, _, _) = encoder.encode_from_utf8_without_replacement(text, &mut bytes, true);
    result == encoding_rs::EncoderResult::InputEmpty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> (Vec<u8>, Unmapped) {
        let mut unmapped = Unmapped::of("name");
        let fitted = fitted(text, &mut unmapped);
        (bytes(&fitted).into_owned(), unmapped)
    }

    #[test]
    fn names_with_windows_characters_are_encoded_as_windows_does() {
        let (bytes, unmapped) = encoded("髙﨑①㈱ｶﾅ〜～－−");
        assert_eq!(hex::encode(bytes), "fbfcfab18740878ab6c581608160817c817c");
        assert_eq!(unmapped.count, 0);
    }

    #[test]
    fn what_has_no_place_is_a_geta_and_is_counted_by_character() {
        let (bytes, unmapped) = encoded("𠮷田😀é😀");
        assert_eq!(SHIFT_JIS.decode(&bytes).0, "〓田〓〓〓");
        assert_eq!(unmapped.count, 4);
        let told: Vec<(char, u64)> = unmapped.characters.into_iter().collect();
        assert_eq!(told, [('é', 1), ('😀', 2), ('𠮷', 1)]);
    }

    #[test]
    fn a_name_stays_readable_without_its_variation_selector() {
        let (bytes, unmapped) = encoded("葛\u{e0100}城");
        assert_eq!((SHIFT_JIS.decode(&bytes).0.as_ref(), unmapped.count), ("葛城", 1));
    }

    #[test]
    fn yen_and_overline_do_not_become_backslash_and_tilde() {
        assert_eq!(SHIFT_JIS.decode(&encoded("¥100‾").0).0, "￥100￣");
        assert_eq!(encoded("\\~").0, b"\\~");
    }

    #[test]
    fn many_different_characters_are_counted_in_bounded_memory() {
        let text: String = ('\u{1f300}'..'\u{1f9ff}').collect();
        let (_, unmapped) = encoded(&text);
        assert_eq!(unmapped.count, text.chars().count() as u64);
        assert_eq!(unmapped.characters.len(), TOLD_APART);
    }
}
