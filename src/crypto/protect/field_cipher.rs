//! The lead key: seals the values of one lead, and the notes on it, each alone.
//!
//! A field's key is derived from the lead's, and its lead, id and form version are bound to the
//! ciphertext, so that one value can be revealed without the others and none can be moved.

use crate::crypto::aead::{self, Key};
use crate::crypto::payload::{decode_value, encode_value};
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::{FieldId, FormVersion};
use crate::domain::pii::Pii;
use crate::domain::submission::Value;
use crate::domain::token::Token;
use zeroize::Zeroizing;

const LABEL: &str = "leadseal/v1/field";
const NOTE_LABEL: &str = "leadseal/v1/note";

/// A lead's random key: seals its fields one by one. Wiped on drop.
pub struct LeadKey(Key);

impl std::fmt::Debug for LeadKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LeadKey(redacted)")
    }
}

/// The stored ciphertext did not open under this lead, field and form version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored value does not open under this lead, field and form")]
pub struct RevealError;

impl LeadKey {
    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(random_bytes(entropy))
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes, to be wrapped at once.
    pub(in crate::crypto) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals one value: nonce, ciphertext, tag.
    pub fn seal(
        &self,
        lead: Token,
        field: &FieldId,
        version: FormVersion,
        value: &Value,
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        aead::seal(&self.field_key(field), &associated(lead, field, version), &encode_value(value), entropy)
    }

    /// Opens one stored field.
    ///
    /// # Errors
    /// When the ciphertext is not exactly that of this lead, field and form version.
    pub fn reveal(
        &self,
        lead: Token,
        field: &FieldId,
        version: FormVersion,
        sealed: &[u8],
    ) -> Result<Value, RevealError> {
        aead::open(&self.field_key(field), &associated(lead, field, version), sealed)
            .and_then(|bytes| decode_value(&bytes))
            .ok_or(RevealError)
    }

    /// Seals a note on the lead: nonce, ciphertext, tag. `note` names it, so that none can be moved.
    pub fn seal_note(&self, lead: Token, note: Token, text: &Pii<String>, entropy: &dyn Entropy) -> Vec<u8> {
        let value = encode_value(&Value::One(text.clone()));
        aead::seal(&self.note_key(), &aead::named(NOTE_LABEL, &[lead.as_bytes(), note.as_bytes()]), &value, entropy)
    }

    /// Opens a note.
    ///
    /// # Errors
    /// When the ciphertext is not exactly that of this lead and note.
    pub fn reveal_note(&self, lead: Token, note: Token, sealed: &[u8]) -> Result<Pii<String>, RevealError> {
        aead::open(&self.note_key(), &aead::named(NOTE_LABEL, &[lead.as_bytes(), note.as_bytes()]), sealed)
            .and_then(|bytes| decode_value(&bytes))
            .map(|value| value.joined())
            .ok_or(RevealError)
    }

    fn note_key(&self) -> Key {
        aead::derive(&self.0, None, &aead::named(NOTE_LABEL, &[]))
    }

    fn field_key(&self, field: &FieldId) -> Key {
        aead::derive(&self.0, None, &aead::named(LABEL, &[field.as_str().as_bytes()]))
    }
}

fn associated(lead: Token, field: &FieldId, version: FormVersion) -> Vec<u8> {
    aead::named(LABEL, &[lead.as_bytes(), field.as_str().as_bytes(), &version.0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn a_value_opens_only_where_it_was_sealed() {
        let entropy = SeededEntropy::new(1);
        let key = LeadKey::generate(&entropy);
        let (lead, other_lead) = (Token::generate(&entropy), Token::generate(&entropy));
        let (name, kana): (FieldId, FieldId) = ("name".parse().unwrap(), "kana".parse().unwrap());
        let (version, other_version) = (FormVersion([1; 8]), FormVersion([2; 8]));
        let value = Value::Name { family: "髙﨑".into(), given: "".into() };
        let sealed = key.seal(lead, &name, version, &value, &entropy);

        assert_eq!(key.reveal(lead, &name, version, &sealed), Ok(value));
        assert_eq!(key.reveal(other_lead, &name, version, &sealed), Err(RevealError));
        assert_eq!(key.reveal(lead, &kana, version, &sealed), Err(RevealError));
        assert_eq!(key.reveal(lead, &name, other_version, &sealed), Err(RevealError));
        assert_eq!(LeadKey::generate(&entropy).reveal(lead, &name, version, &sealed), Err(RevealError));
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 0x80;
            assert_eq!(key.reveal(lead, &name, version, &flipped), Err(RevealError), "byte {at}");
        }
        assert_eq!(key.reveal(lead, &name, version, &[]), Err(RevealError));
    }

    #[test]
    fn equal_values_look_different_each_time() {
        let entropy = SeededEntropy::new(1);
        let key = LeadKey::generate(&entropy);
        let field: FieldId = "email".parse().unwrap();
        let seal =
            || key.seal(Token::from_bytes([1; 20]), &field, FormVersion([1; 8]), &Value::one("a@b.jp"), &entropy);
        assert_ne!(seal(), seal());
    }
}
