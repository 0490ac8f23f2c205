//! Protection at the desk: `Opened → Protected`, field by field, as the form says; and reveal.

use super::envelope::Header;
use super::open::Opened;
use crate::domain::entropy::Entropy;
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use crate::domain::ids::{FieldId, FormVersion, SiteId};
use crate::domain::lang::Lang;
use crate::domain::protect::Protect;
use crate::domain::submission::{ConsentRecord, Value};
use crate::domain::token::Token;

/// A lead's random key: seals its fields one by one.
pub struct LeadKey {}

/// The blind-index keys of the installation: one per site and field type, derived.
pub struct IndexKeys {}

impl IndexKeys {
    /// The blind index of a value: HMAC-SHA256 over its normal form for matching. Nothing for
    /// types without one.
    pub fn index(&self, _site: &SiteId, _kind: FieldKind, _value: &str) -> Option<[u8; 32]> {
        todo!()
    }
}

/// A field as it may be stored.
#[derive(Debug, Clone)]
pub struct ProtectedField {
    /// The field (or the attribution key's word).
    pub field: FieldId,
    /// Its type.
    pub kind: FieldKind,
    /// True for attribution values.
    pub attribution: bool,
    /// What was done.
    pub protect: Protect,
    /// `tokenise`: the value's token.
    pub token: Option<Token>,
    /// `mask` and `tokenise`: the masked form.
    pub mask: Option<String>,
    /// `keep`: the value.
    pub plain: Option<String>,
    /// `tokenise`: nonce and ciphertext.
    pub sealed: Option<Vec<u8>>,
    /// `hash` and `tokenise`: the blind index where the type has one (`hash`: always).
    pub index: Option<[u8; 32]>,
}

/// A lead as it may be stored: nothing raw that the form did not say to keep. Only [`protect`]
/// makes one.
#[derive(Debug, Clone)]
pub struct Protected {
    header: Header,
    lang: Lang,
    fields: Vec<ProtectedField>,
    consents: Vec<ConsentRecord>,
    corrects: Option<Token>,
}

impl Protected {
    /// The envelope's header.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// The page's language.
    pub fn lang(&self) -> Lang {
        self.lang
    }
    /// The fields in order; dropped ones are absent.
    pub fn fields(&self) -> &[ProtectedField] {
        &self.fields
    }
    /// What the visitor agreed to.
    pub fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
    /// The lead this one corrects.
    pub fn corrects(&self) -> Option<Token> {
        self.corrects
    }
}

/// Protects each field as the form says. A field the form no longer knows is tokenised.
pub fn protect(
    _opened: Opened,
    _form: Option<&Form>,
    _key: &LeadKey,
    _index: &IndexKeys,
    _entropy: &dyn Entropy,
) -> Protected {
    todo!()
}

/// The stored ciphertext did not open under this lead, field and form version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored value does not open under this lead, field and form")]
pub struct RevealError;

impl LeadKey {
    /// Opens one stored field.
    ///
    /// # Errors
    /// When the ciphertext is not exactly that of this lead, field and form version.
    pub fn reveal(
        &self,
        _lead: Token,
        _field: &FieldId,
        _version: FormVersion,
        _sealed: &[u8],
    ) -> Result<Value, RevealError> {
        todo!()
    }
}
