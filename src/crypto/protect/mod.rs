//! Protection at the desk: `Opened → Protected`, field by field, as the form says; and reveal.
//!
//! Refuses to keep in clear what the visitor was not told would be: a field that the form no
//! longer knows, or knows as another type, is tokenised.

mod field_cipher;
mod index;
mod request;

pub use field_cipher::{LeadKey, RevealError};
pub use index::IndexKeys;
pub use request::{ProtectedRequest, protect_request, reveal_requester};

use super::envelope::Header;
use super::open::Opened;
use crate::domain::entropy::Entropy;
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use crate::domain::ids::FieldId;
use crate::domain::lang::Lang;
use crate::domain::mask::mask;
use crate::domain::protect::Protect;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use crate::domain::token::Token;
use std::fmt;

/// A field as it may be stored.
#[derive(Clone)]
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

impl ProtectedField {
    /// What staff see without opening it: the value where it was kept, else its mask. Nothing
    /// where only a hash is left.
    pub fn shown(&self) -> Option<&str> {
        self.plain.as_deref().or(self.mask.as_deref())
    }
}

/// Says what was done, never what it was done to: masks and indexes still tell something.
impl fmt::Debug for ProtectedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedField")
            .field("field", &self.field)
            .field("kind", &self.kind)
            .field("protect", &self.protect)
            .finish_non_exhaustive()
    }
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
    once: Option<[u8; 32]>,
    addresses: Vec<[u8; 32]>,
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

    /// What two submissions have in common that are one, sent to two capture nodes.
    pub fn once(&self) -> Option<[u8; 32]> {
        self.once
    }

    /// The blind indexes of every e-mail address that was given, whatever the form keeps of it: by
    /// them an erasure keeps away what was under way. Not to be stored.
    pub fn addresses(&self) -> &[[u8; 32]] {
        &self.addresses
    }
}

/// Protects each field as the form says. A field the form no longer knows is tokenised.
pub fn protect(
    opened: Opened,
    form: Option<&Form>,
    key: &LeadKey,
    index: &IndexKeys,
    entropy: &dyn Entropy,
) -> Protected {
    let Opened { header, submission } = opened;
    let Submission { lang, answers, consents, attribution, corrects, once, quarantine: _, request: _ } = submission;
    let tools = Tools { header: &header, key, index, entropy };
    let addresses = answers
        .iter()
        .filter(|answer| answer.kind == FieldKind::Email)
        .map(|answer| index.hash(&header.site, answer.kind, answer.value.joined().expose()))
        .collect();
    // Consents are records of their own, not values.
    let answered = answers
        .iter()
        .filter(|answer| answer.kind != FieldKind::Consent)
        .filter_map(|answer| tools.field(answer, protect_word(form, answer), false));
    let attribution_word = form.map_or(Protect::Tokenise, |form| form.attribution_protect);
    let attributed = attribution
        .into_iter()
        // Each key's word is an id; a test beside this holds it to that.
        .filter_map(|(key, text)| {
            Some(Answer { field: key.word().parse().ok()?, kind: key.kind(), value: Value::One(text) })
        })
        .filter_map(|answer| tools.field(&answer, attribution_word, true));
    let fields = answered.chain(attributed).collect();
    let once = once.map(|once| index.post(&once));
    Protected { header, lang, fields, consents, corrects, once, addresses }
}

/// What the form says of the answer's field. It says nothing of a field that now has another
/// type: what was typed into a text box is not kept in clear because a list box took its name.
fn protect_word(form: Option<&Form>, answer: &Answer) -> Protect {
    form.and_then(|form| form.field(&answer.field))
        .filter(|field| field.kind == answer.kind)
        .map_or(Protect::Tokenise, |field| field.protect)
}

/// What protecting one lead's values takes.
struct Tools<'a> {
    header: &'a Header,
    key: &'a LeadKey,
    index: &'a IndexKeys,
    entropy: &'a dyn Entropy,
}

impl Tools<'_> {
    /// One value, protected; nothing when it is dropped.
    fn field(&self, answer: &Answer, protect: Protect, attribution: bool) -> Option<ProtectedField> {
        let Answer { field, kind, value } = answer;
        let mut stored = ProtectedField {
            field: field.clone(),
            kind: *kind,
            attribution,
            protect,
            token: None,
            mask: None,
            plain: None,
            sealed: None,
            index: None,
        };
        match protect {
            Protect::Drop => return None,
            Protect::Keep => stored.plain = Some(value.joined().expose().clone()),
            Protect::Mask => stored.mask = Some(mask(*kind, value)),
            Protect::Hash => stored.index = Some(self.index.hash(&self.header.site, *kind, value.joined().expose())),
            Protect::Tokenise => {
                stored.token = Some(Token::generate(self.entropy));
                stored.mask = Some(mask(*kind, value));
                stored.sealed =
                    Some(self.key.seal(self.header.token, field, self.header.form_version, value, self.entropy));
                stored.index = self.index.index(&self.header.site, *kind, value.joined().expose());
            }
        }
        Some(stored)
    }
}

#[cfg(test)]
mod tests;
