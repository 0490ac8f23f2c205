//! Requests of people about their own data: to see it, or to have it erased.
//!
//! A request travels as a submission does, sealed and spooled, under a form that no file defines.

use std::str::FromStr;

/// The form under which requests travel. No form file may take this id.
pub const REQUEST_FORM: &str = "leadseal-request";

/// How long the link in the mail may be used, in days.
pub const LINK_DAYS: i64 = 7;

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestKind {
    /// To see what is held under their address.
    Access,
    /// To have it erased.
    Erase,
}

impl RequestKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Access, Self::Erase];

    /// The kind's word: in a call, sealed in the envelope, in the store and in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Erase => "erase",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Why values are opened or erased for it, as the audit says.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Access => "access-request",
            Self::Erase => "erasure-request",
        }
    }
}

/// The word names no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request is one of access, erase")]
pub struct NotARequest;

impl FromStr for RequestKind {
    type Err = NotARequest;

    fn from_str(word: &str) -> Result<Self, NotARequest> {
        Self::from_word(word).ok_or(NotARequest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::FormId;

    #[test]
    fn words_read_back_and_the_form_has_an_id() {
        for kind in RequestKind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        assert!("delete".parse::<RequestKind>().is_err());
        assert!(REQUEST_FORM.parse::<FormId>().is_ok());
    }
}
