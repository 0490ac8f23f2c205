//! Words about a lead after it was stored.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// Where a lead stands in the sales process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Nobody has acted yet.
    New,
    /// Being contacted.
    Attempting,
    /// In conversation.
    Connected,
    /// Not yet ripe; kept warm.
    Nurturing,
    /// Ripe.
    Qualified,
    /// Not a lead, with a reason.
    Unqualified,
}

impl Stage {
    /// Every stage in the order of the process.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Attempting, Self::Connected, Self::Nurturing, Self::Qualified, Self::Unqualified];

    /// The stage's word in the store, exports and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Attempting => "attempting",
            Self::Connected => "connected",
            Self::Nurturing => "nurturing",
            Self::Qualified => "qualified",
            Self::Unqualified => "unqualified",
        }
    }
}

/// The word names no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stage is one of new, attempting, connected, nurturing, qualified, unqualified")]
pub struct NotAStage;

impl FromStr for Stage {
    type Err = NotAStage;

    fn from_str(word: &str) -> Result<Self, NotAStage> {
        Self::ALL.into_iter().find(|stage| stage.word() == word).ok_or(NotAStage)
    }
}

/// Why a lead is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoLead {
    /// What we sell is not what they need.
    NoFit,
    /// No budget, or no decision in sight.
    NoBudget,
    /// They chose somebody else.
    Lost,
    /// They do not answer.
    Unreachable,
    /// The same enquiry is worked on under another number.
    Duplicate,
    /// They want to sell something.
    Solicitation,
    /// Nobody meant it.
    Spam,
    /// Another reason; a note may say which.
    Other,
}

impl NoLead {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::NoFit,
        Self::NoBudget,
        Self::Lost,
        Self::Unreachable,
        Self::Duplicate,
        Self::Solicitation,
        Self::Spam,
        Self::Other,
    ];

    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoFit => "no-fit",
            Self::NoBudget => "no-budget",
            Self::Lost => "lost",
            Self::Unreachable => "unreachable",
            Self::Duplicate => "duplicate",
            Self::Solicitation => "solicitation",
            Self::Spam => "spam",
            Self::Other => "other",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// The longest tag, in characters.
const LONGEST_TAG: usize = 24;

/// More digits than a date has are somebody's number.
const MOST_DIGITS: usize = 6;

/// A word that staff put on leads to find them again. No place for a visitor's data: it is not
/// sealed, so what looks like an address or a number of a person is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// The text is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is one word of 1 to 24 letters, digits, - and _, with at most six digits")]
pub struct NotATag;

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, NotATag> {
        let text: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
        let length = text.chars().count();
        let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | 'ー'));
        let is_number = text.chars().filter(|c| c.is_numeric()).count() > MOST_DIGITS;
        if (1..=LONGEST_TAG).contains(&length) && plain && !is_number { Ok(Self(text)) } else { Err(NotATag) }
    }
}

/// The longest name of a list, in characters.
const LONGEST_VIEW_NAME: usize = 30;

/// The name that somebody gives a list of leads. Not sealed: as with a [`Tag`], what looks like an
/// address or a number of a person is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ViewName(String);

/// The text is no name of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a list has 1 to 30 letters, digits, spaces and - _ ・ / & ( ), with at most six digits")]
pub struct NotAViewName;

impl ViewName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ViewName {
    type Err = NotAViewName;

    fn from_str(text: &str) -> Result<Self, NotAViewName> {
        let text: String = text.nfkc().collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = text.chars().all(|c| c.is_alphanumeric() || " -_ー・/&()".contains(c));
        let is_number = text.chars().filter(|c| c.is_numeric()).count() > MOST_DIGITS;
        let fits = (1..=LONGEST_VIEW_NAME).contains(&text.chars().count());
        if fits && plain && !is_number { Ok(Self(text)) } else { Err(NotAViewName) }
    }
}

/// Why somebody looked behind a mask. From a list, since the audit is append-only and must hold
/// nothing that may have to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// To answer the enquiry.
    Reply,
    /// To pass the lead to another system (a CRM, a mailing tool).
    Handover,
    /// To answer a person's request about their own data.
    DataSubjectRequest,
    /// To find the cause of a fault.
    Support,
    /// To check or prove how the data is handled.
    Audit,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Reply, Self::Handover, Self::DataSubjectRequest, Self::Support, Self::Audit];

    /// The reason's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Handover => "handover",
            Self::DataSubjectRequest => "data-subject-request",
            Self::Support => "support",
            Self::Audit => "audit",
        }
    }
}

/// The word names no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason is one of reply, handover, data-subject-request, support, audit")]
pub struct NotAReason;

impl FromStr for Reason {
    type Err = NotAReason;

    fn from_str(word: &str) -> Result<Self, NotAReason> {
        Self::ALL.into_iter().find(|reason| reason.word() == word).ok_or(NotAReason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_word_and_nobodys_address() {
        let read = |text: &str| text.parse::<Tag>().map(|tag| tag.as_str().to_owned());
        assert_eq!(read(" ＶＩＰ ").unwrap(), "vip");
        assert_eq!(read("展示会-2026").unwrap(), "展示会-2026");
        assert_eq!(read("セミナー").unwrap(), "セミナー");
        for no in ["", "a b", "taro@example.jp", "090-1234-5678", "<b>", "x".repeat(25).as_str(), "a,b"] {
            assert_eq!(read(no), Err(NotATag), "{no}");
        }
    }

    #[test]
    fn the_name_of_a_list_is_nobodys_address() {
        let read = |text: &str| text.parse::<ViewName>().map(|name| name.as_str().to_owned());
        assert_eq!(read(" 展示会　２０２６ （東京）").unwrap(), "展示会 2026 (東京)");
        assert_eq!(read("Trade fairs & events").unwrap(), "Trade fairs & events");
        for no in ["", " ", "taro@example.jp", "090-1234-5678", "<b>", "a\u{202e}b", "x".repeat(31).as_str()] {
            assert_eq!(read(no), Err(NotAViewName), "{no}");
        }
    }

    #[test]
    fn reasons_are_read_back() {
        for reason in NoLead::ALL {
            assert_eq!(NoLead::from_word(reason.word()), Some(reason));
        }
    }
}
