//! Normal forms of text. Names and prose keep their characters: 髙, 﨑, U+FA19, ①, ㈱ and full-width
//! letters stay as typed. Only kana is brought to one form, and what nobody can see goes.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Most code points of a grapheme that still counts as one: the longest emoji have ten. One letter
/// may carry any number of marks (UAX #29), and thousands of them would pass as a single character
/// and cover the lines around it.
const MAX_GRAPHEME: usize = 16;

/// One line: a name, a company, a job title. A line break inside stays, to be refused later.
pub fn single_line(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c == '\t' { ' ' } else { c }).collect();
    trimmed(compose_keeping_kanji(&widen_kana(&visible)))
}

/// Several lines: breaks become LF, tabs stay, and direction overrides go; joiners stay, since
/// emoji are made with them.
pub fn multi_line(text: &str) -> String {
    let visible: String = unify_breaks(text).chars().filter(|c| !is_bidi_control(*c) && *c != '\u{feff}').collect();
    trimmed(compose_keeping_kanji(&widen_kana(&visible)))
}

/// Katakana: NFKC, hiragana to katakana, spaces folded, hyphens after kana to long-vowel marks.
pub fn katakana(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        // As a spacing mark it would fold to a space and a mark that joins nothing.
        '\u{309b}' => '\u{3099}',
        '\u{309c}' => '\u{309a}',
        c => c,
    });
    let folded: String = visible.nfkc().map(hiragana_to_katakana).nfc().collect();
    let mut out = String::with_capacity(folded.len());
    for c in folded.chars() {
        let after_kana = out.chars().next_back().is_some_and(is_katakana);
        match c {
            ' ' | '\t' if out.ends_with(' ') => {}
            '\t' => out.push(' '),
            '-' | '\u{2010}' | '\u{2011}' | '\u{2013}'..='\u{2015}' | '\u{2212}' if after_kana => out.push('ー'),
            c => out.push(c),
        }
    }
    trimmed(out)
}

/// NFKC without what cannot be seen, trimmed: for types whose characters carry no style.
pub fn compatible(text: &str) -> String {
    let folded: String = text.chars().filter(|c| !is_invisible(*c)).nfkc().filter(|c| !is_invisible(*c)).collect();
    trimmed(folded)
}

/// True for a character of a katakana word.
pub fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
}

/// True for CR, LF and other control characters, and for the Unicode line separators.
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters as a person counts them.
pub fn length(text: &str) -> usize {
    let each = |grapheme: &str| match grapheme.chars().count() {
        0..=MAX_GRAPHEME => 1,
        heap => heap,
    };
    text.graphemes(true).map(each).sum()
}

fn trimmed(text: String) -> String {
    let inner = text.trim();
    if inner.len() == text.len() { text } else { inner.to_owned() }
}

/// CR LF, CR, NEL, the Unicode separators, and the vertical tab and form feed that word
/// processors leave behind.
fn unify_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

/// Characters that reorder text (UAX #9). In a name they would lie about what it says.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without width or ink. Variation selectors are not among them: they choose the
/// shape of a kanji.
fn is_invisible(c: char) -> bool {
    is_bidi_control(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Half-width kana and its punctuation (U+FF61–U+FF9D), in code order.
const WIDE: [char; 61] = [
    '。', '「', '」', '、', '・', 'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー', 'ア', 'イ', 'ウ',
    'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ',
    'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', 'ラ', 'リ', 'ル',
    'レ', 'ロ', 'ワ', 'ン',
];

/// Half-width kana to full-width. Its voicing marks become combining ones after kana, so that
/// composition joins them, and spacing ones elsewhere.
fn widen_kana(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let after_kana = out.chars().next_back().is_some_and(|last| matches!(last, '\u{3041}'..='\u{30ff}'));
        out.push(match c {
            '\u{ff61}'..='\u{ff9d}' => WIDE[c as usize - 0xff61],
            '\u{ff9e}' if after_kana => '\u{3099}',
            '\u{ff9e}' => '\u{309b}',
            '\u{ff9f}' if after_kana => '\u{309a}',
            '\u{ff9f}' => '\u{309c}',
            c => c,
        });
    }
    out
}

/// NFC, except that CJK compatibility ideographs stay: NFC would turn U+FA19 into
/// U+795E, which is another way to write the name than its owner's.
fn compose_keeping_kanji(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_compatibility_ideograph) {
        match piece.char_indices().next_back().filter(|(_, last)| is_compatibility_ideograph(*last)) {
            Some((at, kanji)) => {
                out.extend(piece[..at].nfc());
                out.push(kanji);
            }
            None => out.extend(piece.nfc()),
        }
    }
    out
}

fn is_compatibility_ideograph(c: char) -> bool {
    matches!(c, '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

fn hiragana_to_katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' | '\u{309d}' | '\u{309e}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        c => c,
    }
}
