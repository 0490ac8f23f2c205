//! Words about a lead after it was stored.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

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
