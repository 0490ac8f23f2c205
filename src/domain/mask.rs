//! Masks: what staff see of a value before they reveal it.
//!
//! Each type shows just enough to tell two leads apart. A value of fewer than three graphemes is
//! hidden wholly, since a shown character would be most of it.

use super::field::FieldKind;
use super::prefecture::PREFECTURES;
use super::submission::Value;
use unicode_segmentation::UnicodeSegmentation;

const STARS: &str = "***";

/// The masked form of a value of a type.
pub fn mask(kind: FieldKind, value: &Value) -> String {
    match value {
        Value::One(text) => mask_text(kind, text.expose()),
        Value::Name { family, given } => [family, given]
            .into_iter()
            .filter(|p| !p.is_empty())
            .map(|p| mask_word(p.expose()))
            .collect::<Vec<_>>()
            .join(" "),
        Value::Many(texts) => texts.iter().map(|t| mask_word(t.expose())).collect::<Vec<_>>().join("; "),
    }
}

/// The masked form of one text of a type.
pub fn mask_text(kind: FieldKind, text: &str) -> String {
    match kind {
        FieldKind::Email => mask_email(text),
        FieldKind::Tel => mask_tel(text),
        FieldKind::PostalCode => mask_postal_code(text),
        FieldKind::Address => mask_address(text),
        FieldKind::Url => mask_url(text),
        FieldKind::Textarea => mask_long_text(text),
        FieldKind::Number | FieldKind::Date => STARS.to_owned(),
        _ => mask_word(text),
    }
}

/// First grapheme and stars; `*` a grapheme when there are fewer than three.
fn mask_word(text: &str) -> String {
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    match graphemes.as_slice() {
        [first, _, _, ..] => format!("{first}{STARS}"),
        short => "*".repeat(short.len()),
    }
}

/// `taro@example.co.jp` → `t***@e***.co.jp`: the registrable label's first letter and what
/// follows its public suffix's dot stay, sub-domains go.
fn mask_email(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", mask_word(local), mask_domain(domain)),
        None => mask_word(text),
    }
}

/// `www.example.co.jp` → `e***.co.jp`. Without a table of suffixes: a two-letter country with a
/// short second level (`co.jp`, `or.jp`, `com.au`) counts as one suffix.
fn mask_domain(domain: &str) -> String {
    let labels: Vec<&str> = domain.split('.').collect();
    let suffix_labels = match labels.as_slice() {
        [_, .., second, top] if top.len() == 2 && second.len() <= 3 => 2,
        [_, .., _] => 1,
        _ => return mask_word(domain),
    };
    let (own, suffix) = labels.split_at(labels.len() - suffix_labels);
    format!("{}.{}", mask_word(own.last().unwrap_or(&"")), suffix.join("."))
}

/// `+819012345678` → `***-****-**78`: the last two digits stay, in one shape for all numbers.
fn mask_tel(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits < 8 {
        return STARS.to_owned();
    }
    let last: String =
        text.chars().rev().filter(char::is_ascii_digit).take(2).collect::<Vec<_>>().into_iter().rev().collect();
    format!("***-****-**{last}")
}

/// `100-0001` → `1**-****`: the region stays.
fn mask_postal_code(text: &str) -> String {
    text.chars().next().filter(char::is_ascii_digit).map_or_else(|| STARS.to_owned(), |first| format!("{first}**-****"))
}

/// The prefecture where the address starts with one.
fn mask_address(text: &str) -> String {
    PREFECTURES
        .iter()
        .find(|(ja, _)| text.starts_with(ja))
        .map_or_else(|| STARS.to_owned(), |(ja, _)| format!("{ja}{STARS}"))
}

/// `https://www.example.co.jp/x` → `https://e***.co.jp`; a host that is a bare address is hidden wholly.
fn mask_url(text: &str) -> String {
    url::Url::parse(text)
        .ok()
        .and_then(|url| url.domain().map(|host| format!("{}://{}", url.scheme(), mask_domain(host))))
        .unwrap_or_else(|| STARS.to_owned())
}

/// Long text shows its length only, to the next ten characters.
fn mask_long_text(text: &str) -> String {
    let count = text.graphemes(true).count();
    format!("{STARS} (≤{})", count.next_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_shows_just_enough() {
        let cases = [
            (FieldKind::Email, "taro@example.co.jp", "t***@e***.co.jp"),
            (FieldKind::Email, "taro@mail.example.com", "t***@e***.com"),
            (FieldKind::Email, "ab@localhost", "**@l***"),
            (FieldKind::Name, "山田太郎", "山***"),
            (FieldKind::Name, "林", "*"),
            (FieldKind::Name, "髙﨑", "**"),
            (FieldKind::Tel, "+819012345678", "***-****-**78"),
            (FieldKind::PostalCode, "100-0001", "1**-****"),
            (FieldKind::Address, "東京都千代田区千代田1-1", "東京都***"),
            (FieldKind::Address, "千代田区千代田1-1", "***"),
            (FieldKind::Url, "https://www.example.co.jp/secret?x=1", "https://e***.co.jp"),
            (FieldKind::Url, "http://192.0.2.7/x", "***"),
            (FieldKind::Textarea, "資料を送ってください", "*** (≤10)"),
            (FieldKind::Date, "1980-01-02", "***"),
        ];
        for (kind, raw, masked) in cases {
            assert_eq!(mask_text(kind, raw), masked, "{raw}");
        }
    }

    #[test]
    fn a_split_name_is_masked_part_by_part() {
        let value = Value::Name { family: "長谷川".into(), given: "凛".into() };
        assert_eq!(mask(FieldKind::Name, &value), "長*** *");
    }
}
