//! Web origins (RFC 6454): scheme, host and port, compared exactly.
//!
//! No wildcards and no suffix matches, so `https://example.jp.evil.test` and another port never
//! pass for `https://example.jp`. The opaque origin `null` is no origin.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A serialised http(s) origin such as `https://www.example.jp`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Origin(String);

/// The text is no http(s) origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is http:// or https://, a host and an optional port, without path or trailing slash")]
pub struct NotAnOrigin;

impl Origin {
    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of a URL.
    pub fn of_url(url: &url::Url) -> Option<Self> {
        match url.scheme() {
            "http" | "https" => Some(Self(url.origin().ascii_serialization())),
            _ => None,
        }
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = url::Url::parse(text).map_err(|_| NotAnOrigin)?;
        let origin = Self::of_url(&url).ok_or(NotAnOrigin)?;
        // Browsers send the ASCII form; a configured one may carry an international host or the
        // default port, but nothing beyond host and port.
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let plain = url.username().is_empty() && url.password().is_none() && !text.ends_with('/');
        if bare && plain { Ok(origin) } else { Err(NotAnOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_other_origins() {
        let own: Origin = "https://example.jp".parse().unwrap();
        for other in
            ["https://example.jp.evil.test", "https://evil-example.jp", "http://example.jp", "https://example.jp:8443"]
        {
            assert_ne!(other.parse::<Origin>().unwrap(), own);
        }
        assert_eq!("https://EXAMPLE.jp:443".parse::<Origin>().unwrap(), own);
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "null",
            "",
            "https://example.jp/",
            "https://example.jp/x",
            "https://u@example.jp",
            "file:///x",
            "data:x",
            "*",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
