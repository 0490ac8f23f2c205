//! Attribution: where a lead came from. A closed list of keys; everything else is ignored.

use super::field::FieldKind;
use serde::{Deserialize, Serialize};

/// One hidden attribution value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributionKey {
    /// Campaign source.
    UtmSource,
    /// Campaign medium.
    UtmMedium,
    /// Campaign name.
    UtmCampaign,
    /// Campaign term.
    UtmTerm,
    /// Campaign content.
    UtmContent,
    /// Google click id.
    Gclid,
    /// Yahoo! Japan click id.
    Yclid,
    /// Facebook click id.
    Fbclid,
    /// The page the visitor first landed on, without its query.
    LandingPage,
    /// The page the visitor came from, without its query.
    Referrer,
}

impl AttributionKey {
    /// Every key.
    pub const ALL: [Self; 10] = [
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmTerm,
        Self::UtmContent,
        Self::Gclid,
        Self::Yclid,
        Self::Fbclid,
        Self::LandingPage,
        Self::Referrer,
    ];

    /// The key's name in posts, the store and exports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmTerm => "utm_term",
            Self::UtmContent => "utm_content",
            Self::Gclid => "gclid",
            Self::Yclid => "yclid",
            Self::Fbclid => "fbclid",
            Self::LandingPage => "landing_page",
            Self::Referrer => "referrer",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.word() == word)
    }

    /// The field type whose mask and checks fit the value.
    pub const fn kind(self) -> FieldKind {
        if self.is_page() { FieldKind::Url } else { FieldKind::Text }
    }

    /// True for keys that hold an address, of which only scheme, host and path are kept.
    pub const fn is_page(self) -> bool {
        matches!(self, Self::LandingPage | Self::Referrer)
    }
}
