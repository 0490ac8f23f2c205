//! Identifiers that people write: sites, forms, fields, capture nodes, and the ids that are made
//! for them: of site keys, form versions, epochs. Short, plain, URL-safe.

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

/// Names a site key: eight symbols of base32, made at random. No secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SiteKeyId([u8; 8]);

/// The text is no id of a site key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a site key is eight characters a-z, 2-7: what stands between lsk_ and the next _")]
pub struct NotASiteKeyId;

impl SiteKeyId {
    /// A fresh id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(values_of(random_bytes(entropy)).map(|value| ALPHABET[usize::from(value)]))
    }
}

impl fmt::Display for SiteKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|symbol| write!(f, "{}", char::from(*symbol)))
    }
}

impl fmt::Debug for SiteKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SiteKeyId {
    type Err = NotASiteKeyId;

    fn from_str(text: &str) -> Result<Self, NotASiteKeyId> {
        let symbols: [u8; 8] = text.as_bytes().try_into().map_err(|_| NotASiteKeyId)?;
        if symbols.iter().all(|symbol| value_of(*symbol).is_some()) { Ok(Self(symbols)) } else { Err(NotASiteKeyId) }
    }
}

impl From<SiteKeyId> for String {
    fn from(id: SiteKeyId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for SiteKeyId {
    type Error = NotASiteKeyId;

    fn try_from(text: String) -> Result<Self, NotASiteKeyId> {
        text.parse()
    }
}

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
