//! Whether a password is too weak, told offline: no list of it leaves the machine, none is asked.
//!
//! Length is what counts, and what everybody would try counts little: a word of the list, a run
//! such as `aaaa` or `3456`, a row of keys, and the owner's own name count as two characters each.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// What everybody would try, in lower case.
const COMMON: &str = include_str!("common.txt");
/// Rows of keys.
const ROWS: [&str; 6] =
    ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qazwsxedcrfv"];
/// Halves of characters that a password is long at least; kana and kanji are worth one and a half.
const LENGTH: usize = 2 * 12;
/// The same for what is left when guessable parts count little.
const SUBSTANCE: usize = 2 * 10;
/// What a guessable part is worth.
const PART: usize = 2 * 2;
/// Longer ones are refused, since hashing them is work for nothing.
const LONGEST: usize = 512;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than 12 letters and digits, or 8 kana and kanji.
    Short,
    /// More than 512 bytes.
    Long,
    /// Made of what everybody would try.
    Guessable,
}

/// Why this password should not be taken, if so. `known` are words that a guesser knows: the
/// owner's address and name.
pub fn weakness(password: &str, known: &[&str]) -> Option<Weakness> {
    if password.len() > LONGEST {
        return Some(Weakness::Long);
    }
    let normal: String = password.nfkc().flat_map(char::to_lowercase).collect();
    let symbols: Vec<&str> = normal.graphemes(true).collect();
    if symbols.iter().map(|symbol| worth(symbol)).sum::<usize>() < LENGTH {
        return Some(Weakness::Short);
    }
    let mut words = words_of(known);
    words.extend(COMMON.lines().map(str::to_owned));
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    (substance(&symbols, &words) < SUBSTANCE).then_some(Weakness::Guessable)
}

/// Halves of a character.
fn worth(symbol: &str) -> usize {
    let is_wide =
        symbol.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{3400}'..='\u{9fff}').contains(&c));
    if is_wide { 3 } else { 2 }
}

/// What a guesser knows, cut into words.
fn words_of(known: &[&str]) -> Vec<String> {
    let normal = known.iter().map(|text| text.nfkc().flat_map(char::to_lowercase).collect::<String>());
    normal
        .flat_map(|text| {
            let parts: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            parts.into_iter().chain([text])
        })
        .filter(|word| word.chars().count() >= 3)
        .collect()
}

/// The length when guessable parts count little.
fn substance(symbols: &[&str], words: &[String]) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    let mut sum = 0;
    let mut at = 0;
    while at < symbols.len() {
        let rest = &symbols[at..];
        let guessable = word_at(rest, words).max(run_at(rest)).max(row_at(rest));
        if guessable > 2 {
            let part_worth = rest[..guessable].iter().map(|symbol| worth(symbol)).sum::<usize>();
            sum += PART.min(part_worth);
            at += guessable;
        } else {
            // A symbol that comes again and again adds less than a new one.
            let times = seen.iter().filter(|symbol| **symbol == rest[0]).count();
            sum += if times >= 2 { 0 } else { worth(rest[0]) };
            seen.push(rest[0]);
            at += 1;
        }
    }
    sum
}

/// Symbols of the longest word of the list that stands here, digits and signs for letters included.
fn word_at(symbols: &[&str], words: &[String]) -> usize {
    let matches = |word: &&String| {
        let letters: Vec<&str> = word.graphemes(true).collect();
        letters.len() <= symbols.len() && letters.iter().zip(symbols).all(|(letter, symbol)| stands_for(symbol, letter))
    };
    words.iter().find(matches).map_or(0, |word| word.graphemes(true).count())
}

fn stands_for(symbol: &str, letter: &str) -> bool {
    symbol == letter
        || matches!(
            (symbol, letter),
            ("0", "o") | ("1" | "!", "i" | "l") | ("3", "e") | ("4" | "@", "a") | ("5" | "$", "s") | ("7", "t")
        )
}

/// Symbols that are equal, or count up or down.
fn run_at(symbols: &[&str]) -> usize {
    let code = |symbol: &str| symbol.chars().next().map_or(0, u32::from);
    [0i64, 1, -1]
        .map(|step| {
            let goes_on = |pair: &&[&str]| i64::from(code(pair[1])) - i64::from(code(pair[0])) == step;
            1 + symbols.windows(2).take_while(goes_on).count()
        })
        .into_iter()
        .max()
        .unwrap_or(1)
}

/// Symbols that lie side by side on a keyboard, in either direction.
fn row_at(symbols: &[&str]) -> usize {
    let along = |row: &str| {
        let keys: Vec<&str> = row.graphemes(true).collect();
        (0..keys.len())
            .map(|from| keys[from..].iter().zip(symbols).take_while(|(key, symbol)| key == symbol).count())
            .max()
            .unwrap_or(0)
    };
    ROWS.iter().map(|row| along(row).max(along(&row.chars().rev().collect::<String>()))).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Weakness::Short)]
    #[case("Tr0ub4dor&3", Weakness::Short)]
    #[case("東京都港区芝", Weakness::Short)]
    #[case("password1234", Weakness::Guessable)]
    #[case("P@ssw0rd2026!", Weakness::Guessable)]
    #[case("qwertyuiop123", Weakness::Guessable)]
    #[case("aaaaaaaaaaaaaaaa", Weakness::Guessable)]
    #[case("abababababababab", Weakness::Guessable)]
    #[case("12345678901234", Weakness::Guessable)]
    #[case("yamada-taro-yamada", Weakness::Guessable)]
    #[case("taro@example.jp1", Weakness::Guessable)]
    #[case("ｐａｓｓｗｏｒｄ１２３４", Weakness::Guessable)]
    #[case("パスワードパスワード", Weakness::Guessable)]
    #[case("leadseal2026!", Weakness::Guessable)]
    fn what_everybody_would_try_is_refused(#[case] password: &str, #[case] why: Weakness) {
        assert_eq!(weakness(password, &["yamada.taro@example.jp", "山田 太郎"]), Some(why), "{password}");
    }

    #[rstest]
    #[case("correct horse battery staple")]
    #[case("k7Vq-p2Mz-x9Lw")]
    #[case("縁側で猫が新聞を読む")]
    #[case("あめんぼ赤いな七日目")]
    #[case("mizu-no-oto/kawazu")]
    fn what_is_long_and_ones_own_is_taken(#[case] password: &str) {
        assert_eq!(weakness(password, &["yamada.taro@example.jp"]), None, "{password}");
    }

    #[test]
    fn a_whole_book_is_refused() {
        assert_eq!(weakness(&"ab c".repeat(200), &[]), Some(Weakness::Long));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_trips_it(text in ".{0,40}", known in ".{0,20}") {
            let _ = weakness(&text, &[&known]);
        }
    }
}
