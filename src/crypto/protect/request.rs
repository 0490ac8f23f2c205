//! A person's request about their own data, as it may be stored: its address sealed under a key of
//! its own, so that it can be erased, and the blind index by which leads are found.

use super::{IndexKeys, LeadKey};
use crate::crypto::envelope::Header;
use crate::crypto::open::Opened;
use crate::domain::entropy::Entropy;
use crate::domain::field::FieldKind;
use crate::domain::ids::{FieldId, FormVersion};
use crate::domain::lang::Lang;
use crate::domain::request::RequestKind;
use crate::domain::submission::Value;
use crate::domain::token::Token;
use std::fmt;

/// The field under which a request's address is sealed.
const ADDRESS: &str = "email";

/// A request as it may be stored. Only [`protect_request`] makes one.
#[derive(Clone)]
pub struct ProtectedRequest {
    header: Header,
    lang: Lang,
    kind: RequestKind,
    sealed: Vec<u8>,
    index: [u8; 32],
}

/// Says what is asked for, nothing of who asks.
impl fmt::Debug for ProtectedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedRequest")
            .field("token", &self.header.token)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl ProtectedRequest {
    /// The envelope's header.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// The language to answer in.
    pub fn lang(&self) -> Lang {
        self.lang
    }
    /// What is asked for.
    pub fn kind(&self) -> RequestKind {
        self.kind
    }
    /// The address: nonce and ciphertext.
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }
    /// The blind index of the address on its site.
    pub fn index(&self) -> [u8; 32] {
        self.index
    }
}

/// Protects a request. Nothing when the submission is none, or names no address: capture seals no
/// such thing.
pub fn protect_request(
    opened: &Opened,
    key: &LeadKey,
    index: &IndexKeys,
    entropy: &dyn Entropy,
) -> Option<ProtectedRequest> {
    let (header, submission) = (opened.header(), opened.submission());
    let address = submission.requester()?;
    Some(ProtectedRequest {
        header: header.clone(),
        lang: submission.lang,
        kind: submission.request?,
        sealed: key.seal(header.token, &ADDRESS.parse().ok()?, header.form_version, address, entropy),
        index: index.hash(&header.site, FieldKind::Email, address.joined().expose()),
    })
}

/// Opens a request's address; nothing when the ciphertext is not that of this request.
pub fn reveal_requester(key: &LeadKey, request: Token, version: FormVersion, sealed: &[u8]) -> Option<Value> {
    let field: FieldId = ADDRESS.parse().ok()?;
    key.reveal(request, &field, version, sealed).ok()
}
