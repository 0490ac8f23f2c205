//! What is counted of a form's visitors: closed sets of words, and the pages an owner lists.
//!
//! A count names no visitor, no time finer than a day and nothing that a visitor could have chosen
//! freely: whatever is in none of the sets counts as `other` or is not counted.

use super::ids::{FieldId, FormId};
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// Longest page pattern, in bytes.
const MAX_PATTERN: usize = 200;

/// A step of a visitor, or an answer of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FunnelEvent {
    /// The server made a form page.
    Served,
    /// A browser showed the form.
    View,
    /// A visitor put something into the first field.
    Start,
    /// A browser found a mistake in a field.
    Error,
    /// A visitor went away; the field is the last one touched.
    Left,
    /// A visitor sent the form.
    Submit,
    /// The server stored a lead.
    Accepted,
    /// The server stored a lead that waits for a look.
    Quarantined,
    /// The server found mistakes: once per post, and once per field with one.
    Invalid,
}

impl FunnelEvent {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::Served,
        Self::View,
        Self::Start,
        Self::Error,
        Self::Left,
        Self::Submit,
        Self::Accepted,
        Self::Quarantined,
        Self::Invalid,
    ];

    /// Its name in beacons, the store and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::View => "view",
            Self::Start => "start",
            Self::Error => "error",
            Self::Left => "left",
            Self::Submit => "submit",
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Invalid => "invalid",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.word() == word)
    }

    /// Whether a browser may tell of it; the server counts the others itself.
    pub const fn is_told_by_browsers(self) -> bool {
        matches!(self, Self::View | Self::Start | Self::Error | Self::Left | Self::Submit)
    }

    /// Whether it says nothing without a field.
    pub const fn is_about_a_field(self) -> bool {
        matches!(self, Self::Error | Self::Left)
    }
}

/// How a visitor came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A paid advertisement.
    Cpc,
    /// A mail.
    Email,
    /// A social network.
    Social,
    /// A link on another site.
    Referral,
    /// A search.
    Organic,
    /// Nothing is known: typed, a bookmark, or a link that tells nothing.
    Direct,
    /// Something else.
    Other,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 7] =
        [Self::Cpc, Self::Email, Self::Social, Self::Referral, Self::Organic, Self::Direct, Self::Other];

    /// Its name in beacons and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpc => "cpc",
            Self::Email => "email",
            Self::Social => "social",
            Self::Referral => "referral",
            Self::Organic => "organic",
            Self::Direct => "direct",
            Self::Other => "other",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// The class of a campaign's medium (`utm_medium`) as people write it, or of a source's own word.
    pub fn of_medium(medium: &str) -> Self {
        match medium.trim().to_ascii_lowercase().as_str() {
            "" | "direct" | "none" | "(none)" => Self::Direct,
            "cpc" | "ppc" | "paid" | "paidsearch" | "paid_search" | "paid_social" | "display" | "banner" | "cpm" => {
                Self::Cpc
            }
            "email" | "e-mail" | "mail" | "newsletter" => Self::Email,
            "social" | "sns" | "social-network" | "social_network" => Self::Social,
            "referral" | "affiliate" => Self::Referral,
            "organic" | "search" => Self::Organic,
            _ => Self::Other,
        }
    }
}

/// The text is no page pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page is a path such as /contact, or the beginning of several such as /lp/*")]
pub struct NotAPage;

/// A page that is counted by its name: a path, or all paths with a beginning.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PagePattern(String);

impl PagePattern {
    /// The pattern as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path, without its query, is one of the pages meant.
    pub fn matches(&self, path: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => without_slash(path) == without_slash(&self.0),
        }
    }
}

/// `/contact/` is the page `/contact` on most sites.
fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

impl FromStr for PagePattern {
    type Err = NotAPage;

    fn from_str(text: &str) -> Result<Self, NotAPage> {
        let path = text.strip_suffix('*').unwrap_or(text);
        let plain = path.chars().all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '?' | '#' | '*'));
        if path.starts_with('/') && plain && text.len() <= MAX_PATTERN {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPage)
        }
    }
}

/// The page a form was seen on, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Page {
    /// Leadseal's own page of the form.
    Hosted,
    /// A page that the form lists.
    Listed(PagePattern),
    /// Any other.
    Other,
}

impl Page {
    /// Which page a path is; `hosted` is the path of the form's own page, where the teller is on it.
    pub fn of(path: &str, hosted: Option<&str>, listed: &[PagePattern]) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let beyond = hosted.and_then(|hosted| path.strip_prefix(hosted));
        if beyond.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Self::Hosted;
        }
        listed.iter().find(|pattern| pattern.matches(path)).map_or(Self::Other, |found| Self::Listed(found.clone()))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hosted => "hosted",
            Self::Listed(pattern) => pattern.as_str(),
            Self::Other => "other",
        })
    }
}

/// What one count is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunnelKey {
    /// The day in UTC.
    pub day: Date,
    /// The form.
    pub form: FormId,
    /// What happened.
    pub event: FunnelEvent,
    /// The field it happened to.
    pub field: Option<FieldId>,
    /// The page it happened on; unknown for posts.
    pub page: Option<Page>,
    /// How the visitor came; unknown for posts.
    pub source: Option<Source>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<PagePattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_page_counts_by_the_pattern_that_lists_it_and_never_by_its_own_name() {
        let listed = patterns(&["/", "/contact", "/lp/*"]);
        for (path, shown) in [
            ("/", "/"),
            ("/contact", "/contact"),
            ("/contact/", "/contact"),
            ("/contact?email=a@example.jp#x", "/contact"),
            ("/lp/spring/7", "/lp/*"),
            ("/lp", "other"),
            ("/contacts", "other"),
            ("/members/yamada", "other"),
            ("contact", "other"),
            ("", "/"),
            ("/f/contact", "hosted"),
            ("/f/contact/frame", "hosted"),
            ("/f/contacts", "other"),
        ] {
            assert_eq!(Page::of(path, Some("/f/contact"), &listed).to_string(), shown, "{path}");
        }
        assert_eq!(Page::of("/f/contact", None, &listed), Page::Other, "the same path on another site");
    }

    #[test]
    fn what_is_no_path_is_no_pattern() {
        for text in ["", "contact", "https://example.jp/", "/a?b", "/a#b", "/*/b", "/a b", "/a\n", "*"] {
            assert_eq!(text.parse::<PagePattern>(), Err(NotAPage), "{text:?}");
        }
        assert!("/".repeat(MAX_PATTERN + 1).parse::<PagePattern>().is_err());
    }

    #[test]
    fn words_read_back() {
        for event in FunnelEvent::ALL {
            assert_eq!(FunnelEvent::from_word(event.word()), Some(event));
        }
        for source in Source::ALL {
            assert_eq!(Source::of_medium(source.word()), source);
        }
        assert_eq!(Source::of_medium("yamada@example.jp"), Source::Other);
    }
}
