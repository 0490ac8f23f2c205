//! Identifiers that people write: sites, forms, fields, capture nodes, and the ids that are made
//! for them: of site keys, staff, sessions, form versions, epochs. Short, plain, URL-safe.

use super::base32::{ALPHABET, value_of, values_of};
use super::entropy::{Entropy, random_bytes};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id starts with a letter a-z and continues with a-z, 0-9, - or _ (at most 40 characters)")]
pub struct NotAnId;

fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 40
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if is_id(text) { Ok(Self(text.to_owned())) } else { Err(NotAnId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// A site: one brand, its origins, its mail sender. Forms belong to a site.
    SiteId
);
id!(
    /// A form, unique in the installation (it is the path of its page).
    FormId
);
id!(
    /// A field, unique in its form.
    FieldId
);
id!(
    /// A capture node: one machine that takes enquiries in, unique in the installation.
    NodeId
);

/// An id that is made for a thing: eight symbols of base32, at random. No secret.
macro_rules! made_id {
    ($(#[$doc:meta])* $name:ident, $refusal:ident, $words:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name([u8; 8]);

        /// The text is no such id.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error($words)]
        pub struct $refusal;

        impl $name {
            /// A fresh id.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self(values_of(random_bytes(entropy)).map(|value| ALPHABET[usize::from(value)]))
            }

            /// Its symbols.
            pub fn as_bytes(&self) -> &[u8; 8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|symbol| write!(f, "{}", char::from(*symbol)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = $refusal;

            fn from_str(text: &str) -> Result<Self, $refusal> {
                let symbols: [u8; 8] = text.as_bytes().try_into().map_err(|_| $refusal)?;
                if symbols.iter().all(|symbol| value_of(*symbol).is_some()) { Ok(Self(symbols)) } else { Err($refusal) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $refusal;

            fn try_from(text: String) -> Result<Self, $refusal> {
                text.parse()
            }
        }
    };
}

made_id!(
    /// Names a site key.
    SiteKeyId,
    NotASiteKeyId,
    "the id of a site key is eight characters a-z, 2-7: what stands between lsk_ and the next _"
);
made_id!(
    /// Names a member of staff, in the audit too: their address and name can be erased, the id stays.
    StaffId,
    NotAStaffId,
    "the id of a member of staff is eight characters a-z, 2-7; see: leadseal staff list"
);
made_id!(
    /// Names a session in its owner's list. The session's secret is another.
    SessionId,
    NotASessionId,
    "the id of a session is eight characters a-z, 2-7"
);
made_id!(
    /// Names an export that staff began in the console.
    ExportId,
    NotAnExportId,
    "the id of an export is eight characters a-z, 2-7"
);

/// Names the exact definition of a form that a visitor saw: the first eight bytes of the SHA-256
/// of its canonical definition, so that it changes exactly when the form does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FormVersion(pub [u8; 8]);

impl fmt::Display for FormVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FormVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<FormVersion> for String {
    fn from(version: FormVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for FormVersion {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, hex::FromHexError> {
        let mut bytes = [0u8; 8];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// Names an epoch: the keys of one period. Counts up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EpochId(pub u32);

impl fmt::Display for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
