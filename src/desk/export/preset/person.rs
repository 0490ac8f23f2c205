//! Who a lead is from, in the words that other programs share: the first answer of each type.

use super::super::cell::is_e164;
use super::super::shown::{Shown, ShownLead};
use crate::domain::field::{FieldKind, NamePart};
use crate::domain::lang::Lang;

/// A person. What was not answered, or does not stand in clear, is empty. Readings (kana) have no
/// place in these programs.
#[derive(Default)]
pub(super) struct Person {
    pub(super) family: String,
    pub(super) given: String,
    pub(super) email: String,
    /// The first number that is not known to be a mobile one.
    pub(super) phone: String,
    pub(super) mobile: String,
    pub(super) company: String,
    pub(super) job_title: String,
    pub(super) postal_code: String,
    pub(super) prefecture: String,
}

impl Person {
    pub(super) fn of(shown: &ShownLead<'_>) -> Self {
        let first = |kind| shown.answers(kind).map(Shown::joined).find(|text| !text.is_empty()).unwrap_or_default();
        let (family, given) = name(shown);
        let (mobiles, phones): (Vec<String>, Vec<String>) =
            shown.answers(FieldKind::Tel).map(Shown::joined).partition(|number| is_mobile(number));
        Self {
            family,
            given,
            email: first(FieldKind::Email),
            phone: phones.into_iter().next().unwrap_or_default(),
            mobile: mobiles.into_iter().next().unwrap_or_default(),
            company: first(FieldKind::Company),
            job_title: first(FieldKind::JobTitle),
            postal_code: first(FieldKind::PostalCode),
            prefecture: first(FieldKind::Prefecture),
        }
    }

    /// The number to call, for programs that take one.
    pub(super) fn any_phone(&self) -> &str {
        if self.phone.is_empty() { &self.mobile } else { &self.phone }
    }

    /// The country (ISO 3166-1 alpha-2) where an answer tells it.
    pub(super) fn country(&self) -> Option<&'static str> {
        // Postal codes and prefectures are Japanese ones.
        let is_japanese = !self.postal_code.is_empty()
            || !self.prefecture.is_empty()
            || [&self.phone, &self.mobile].into_iter().any(|number| is_e164(number) && number.starts_with("+81"));
        is_japanese.then_some("JP")
    }
}

fn name(shown: &ShownLead<'_>) -> (String, String) {
    let Some(name) = shown.answers(FieldKind::Name).next() else { return Default::default() };
    if name.is_split() {
        return (name.part(NamePart::Family), name.part(NamePart::Given));
    }
    let whole = name.joined();
    match whole.split_whitespace().collect::<Vec<_>>()[..] {
        // The order of the page's language. More words, or one, can't be told apart.
        [first, second] => match order(&whole, shown.lead.lang) {
            Lang::Ja => (first.to_owned(), second.to_owned()),
            Lang::En => (second.to_owned(), first.to_owned()),
        },
        _ => (whole, String::new()),
    }
}

/// A name in Latin letters is given name first on a Japanese page, too; one in others is not on an
/// English page.
fn order(name: &str, lang: Lang) -> Lang {
    let is_latin = name.chars().any(|c| c.is_ascii_alphabetic());
    let is_other = name.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    match (is_latin, is_other) {
        (true, false) => Lang::En,
        (false, true) => Lang::Ja,
        _ => lang,
    }
}

/// Japanese mobile numbers. Other countries' can't be told by their digits alone.
fn is_mobile(number: &str) -> bool {
    ["+8160", "+8170", "+8180", "+8190"].iter().any(|prefix| number.starts_with(prefix)) && number.len() == 13
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_mobile_numbers_are_known() {
        assert!(is_mobile("+819012345678") && is_mobile("+816012345678"));
        assert!(!is_mobile("+81312345678") && !is_mobile("+81901234567") && !is_mobile("+14155550100"));
    }

    #[test]
    fn names_are_ordered_by_their_letters_then_by_the_page() {
        assert_eq!(order("Taro Yamada", Lang::Ja), Lang::En);
        assert_eq!(order("山田 太郎", Lang::En), Lang::Ja);
        assert_eq!(order("山田 Taro", Lang::Ja), Lang::Ja);
        assert_eq!(order("山田 Taro", Lang::En), Lang::En);
    }
}
