//! What happens to a field at the desk: the five protect words.

use serde::{Deserialize, Serialize};

/// How the desk keeps a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protect {
    /// The value in clear: for closed choices and numbers that name nobody.
    Keep,
    /// A masked form only; the value is gone.
    Mask,
    /// A keyed hash (blind index) only; the value is gone, but equal values can be matched.
    Hash,
    /// A token, a masked preview, a blind index where the type has one, and the sealed value.
    Tokenise,
    /// Nothing: validated at capture, then gone.
    Drop,
}

impl Protect {
    /// The word as configuration writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Mask => "mask",
            Self::Hash => "hash",
            Self::Tokenise => "tokenise",
            Self::Drop => "drop",
        }
    }
}
