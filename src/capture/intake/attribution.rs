//! Attribution: what a form takes of where the visitor came from. Bad values are dropped without
//! a word: the visitor did not type them and can't correct them.

use super::normalise::{is_control, length, single_line};
use crate::domain::attribution::AttributionKey;
use crate::domain::form::Form;
use crate::domain::pii::Pii;
use std::collections::HashMap;
use url::Url;

/// Longest value in characters as a person counts them.
const MAX_LENGTH: usize = 200;

/// The values that the form takes, in its order.
pub(super) fn normalise(
    form: &Form,
    by_name: &HashMap<String, Vec<Pii<String>>>,
) -> Vec<(AttributionKey, Pii<String>)> {
    form.attribution
        .iter()
        .filter_map(|key| match by_name.get(key.word()).map(Vec::as_slice) {
            Some([value]) => normal_form(*key, value.expose()).map(|value| (*key, Pii::new(value))),
            _ => None,
        })
        .collect()
}

/// The value in normal form, if it has one.
fn normal_form(key: AttributionKey, raw: &str) -> Option<String> {
    let text = single_line(raw);
    if text.is_empty() || text.contains(is_control) {
        return None;
    }
    let value = if key.is_page() { page(&text)? } else { text };
    (length(&value) <= MAX_LENGTH).then_some(value)
}

/// Scheme, host and path of an http(s) address. Query and fragment may name a person (a search, a
/// session, an address in a newsletter link), so they never come further than this; a path too
/// long to keep is left out.
fn page(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    if url.as_str().len() > MAX_LENGTH {
        url.set_path("/");
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lose_everything_that_may_name_a_person() {
        let landing = |text: &str| normal_form(AttributionKey::LandingPage, text);
        assert_eq!(landing("https://example.jp/lp?mail=taro@example.jp#me").as_deref(), Some("https://example.jp/lp"));
        let long = format!("https://example.jp/{}", "x".repeat(300));
        assert_eq!(landing(&long).as_deref(), Some("https://example.jp/"));
        for bad in ["javascript:alert(1)", "https://taro:secret@example.jp/", "example", "data:text/html,x", ""] {
            assert_eq!(landing(bad), None, "{bad}");
        }
    }

    #[test]
    fn words_are_kept_short_and_on_one_line() {
        let source = |text: &str| normal_form(AttributionKey::UtmSource, text);
        assert_eq!(source(" newsletter ").as_deref(), Some("newsletter"));
        assert_eq!(source("a\r\nBcc: x"), None);
        assert_eq!(source(&"語".repeat(200)), Some("語".repeat(200)));
        assert_eq!(source(&"語".repeat(201)), None);
        assert_eq!(source(&format!("Z{}", "\u{301}".repeat(5000))), None, "a heap of marks is not one character");
    }
}
