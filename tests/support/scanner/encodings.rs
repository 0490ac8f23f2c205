//! The byte patterns a canary is looked for in: its text variants, each in several charsets, each
//! of those plain, as hex, base64, number lists and digest.

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// Bytes a canary must have in UTF-8.
pub const SHORTEST_CANARY: usize = 8;
/// Bytes a pattern must have, so that megabytes of ciphertext hold none by chance.
const SHORTEST_BYTES: usize = 6;
/// Base64 symbols a pattern must have (six bits each), and digits of one made of digits alone.
const SHORTEST_SYMBOLS: usize = 8;

/// Something to look for.
pub struct Pattern {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// ASCII letters may be of either case.
    pub any_case: bool,
    /// How findings call it.
    pub encoding: String,
}

/// Every pattern for a canary's value.
pub fn patterns(value: &str) -> Vec<Pattern> {
    let mut patterns = Patterns::default();
    for text in variants(value) {
        for (charset, bytes) in in_charsets(&text) {
            patterns.add_encodings(charset, &bytes);
        }
        let digest = Sha256::digest(text.as_bytes());
        patterns.add(digest.to_vec(), false, "sha-256".to_owned());
        patterns.add(hex::encode(digest).into_bytes(), true, "sha-256 in hex".to_owned());
        patterns.add_base64(&digest, "sha-256 in base64");
    }
    patterns.list
}

#[derive(Default)]
struct Patterns {
    list: Vec<Pattern>,
    known: HashSet<(Vec<u8>, bool)>,
}

impl Patterns {
    fn add(&mut self, bytes: Vec<u8>, any_case: bool, encoding: String) {
        let digits_only = bytes.iter().all(u8::is_ascii_digit);
        let shortest = if digits_only { SHORTEST_SYMBOLS } else { SHORTEST_BYTES };
        if bytes.len() >= shortest && self.known.insert((bytes.clone(), any_case)) {
            self.list.push(Pattern { bytes, any_case, encoding });
        }
    }

    fn add_encodings(&mut self, charset: &str, bytes: &[u8]) {
        self.add(bytes.to_vec(), true, charset.to_owned());
        self.add(hex::encode(bytes).into_bytes(), true, format!("hex of {charset}"));
        for (separator, form) in [(", ", "number list"), (",", "number list"), (" ", "number list")] {
            let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
            self.add(numbers.join(separator).into_bytes(), true, format!("{form} of {charset}"));
        }
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for separator in [" ", ":"] {
            self.add(pairs.join(separator).into_bytes(), true, format!("hex of {charset}"));
        }
        self.add_base64(bytes, &format!("base64 of {charset}"));
    }

    /// Base64 at the three places the bytes can have in a group of three, less the symbols that
    /// depend on their neighbours, in both alphabets.
    fn add_base64(&mut self, bytes: &[u8], encoding: &str) {
        for before in 0..3usize {
            let padded = [&[0u8; 2][..before], bytes].concat();
            let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded);
            let first = (before * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            let steady = &encoded[first..last];
            if steady.len() >= SHORTEST_SYMBOLS {
                self.add(steady.as_bytes().to_vec(), false, encoding.to_owned());
                let url = steady.replace('+', "-").replace('/', "_");
                self.add(url.into_bytes(), false, encoding.to_owned());
            }
        }
    }
}

/// The text in every charset that can write it.
fn in_charsets(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut out = vec![("utf-8", text.as_bytes().to_vec())];
    out.push(("utf-16le", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    out.push(("utf-16be", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    let legacy = [
        ("shift_jis", encoding_rs::SHIFT_JIS),
        ("euc-jp", encoding_rs::EUC_JP),
        ("iso-2022-jp", encoding_rs::ISO_2022_JP),
    ];
    for (name, charset) in legacy {
        let (bytes, _, unmappable) = charset.encode(text);
        if !unmappable && !text.is_ascii() {
            out.push((name, without_outer_escapes(&bytes).to_vec()));
        }
    }
    out
}

/// ISO-2022-JP without the shifts at its ends, which its neighbours may make needless.
fn without_outer_escapes(bytes: &[u8]) -> &[u8] {
    let bytes = if bytes.first() == Some(&0x1b) { &bytes[3..] } else { bytes };
    if bytes.len() > 3 && bytes[bytes.len() - 3] == 0x1b { &bytes[..bytes.len() - 3] } else { bytes }
}

/// The texts that a program may have made of the value.
fn variants(value: &str) -> Vec<String> {
    let folded: String = value.nfkc().collect();
    let mut texts = vec![value.to_owned(), folded.clone(), value.nfc().collect(), value.nfd().collect()];
    texts.push(value.nfkd().collect());
    texts.extend(phone_forms(&folded));
    texts.push(folded.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
    texts.push(folded.replace(' ', "\u{3000}"));
    texts.push(folded.replace(' ', "_"));
    texts.push(folded.replace(' ', "+"));
    for text in texts.clone() {
        texts.push(full_width(&text));
        texts.push(half_width_kana(&text));
        texts.push(shift_kana(&text, 'ァ'..='ヶ', -0x60));
        texts.push(shift_kana(&text, 'ぁ'..='ゖ', 0x60));
    }
    for text in texts.clone() {
        texts.push(text.to_lowercase());
        texts.push(text.to_uppercase());
    }
    texts.sort();
    texts.dedup();
    texts
}

/// National and international ways to write a Japanese number, when the text is one.
fn phone_forms(text: &str) -> Vec<String> {
    if !text.chars().all(|c| c.is_ascii_digit() || " -()+.".contains(c)) {
        return Vec::new();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let Some(subscriber) = digits.strip_prefix('0').or_else(|| digits.strip_prefix("81")) else { return Vec::new() };
    if !(9..=10).contains(&subscriber.len()) {
        return Vec::new();
    }
    // The number after its trunk prefix stands in every form that has no separators.
    let mut forms = vec![subscriber.to_owned()];
    for area in 1..=4 {
        for local in 1..=4 {
            if area + local < subscriber.len() {
                let (area, rest) = subscriber.split_at(area);
                let (local, last) = rest.split_at(local);
                if last.len() == 4 {
                    forms.extend(["-", " "].map(|gap| format!("{area}{gap}{local}{gap}{last}")));
                    forms.push(format!("{area}){local}-{last}"));
                }
            }
        }
    }
    forms
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
            ' ' => '\u{3000}',
            _ => c,
        })
        .collect()
}

/// Katakana as half-width letters with separate sound marks.
fn half_width_kana(text: &str) -> String {
    static HALVES: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        ('\u{ff61}'..='\u{ff9f}')
            .filter_map(|half| Some((half.to_string().nfkc().next()?, half)))
            .chain([('\u{3099}', '\u{ff9e}'), ('\u{309a}', '\u{ff9f}')])
            .collect()
    });
    text.nfd().map(|c| HALVES.get(&c).copied().unwrap_or(c)).collect()
}

fn shift_kana(text: &str, range: std::ops::RangeInclusive<char>, by: i32) -> String {
    text.chars()
        .map(|c| if range.contains(&c) { char::from_u32((c as i32 + by) as u32).unwrap_or(c) } else { c })
        .collect()
}
