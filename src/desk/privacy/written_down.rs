//! Requests that staff write down for somebody who asked by letter or telephone.
//!
//! From here on they go the way of any request: the address is sealed under a key of its own and found
//! by blind index alone. No mail is sent, since who carries it out has made sure who asks.

use super::erase::empty_log;
use super::{Custody, PrivacyError};
use crate::crypto::envelope::Envelope;
use crate::crypto::protect::{ProtectedRequest, protect_request};
use crate::crypto::seal::{SealContext, seal};
use crate::desk::store::{NewRequest, Person};
use crate::domain::entropy::Entropy;
use crate::domain::field::FieldKind;
use crate::domain::ids::{FieldId, FormId, FormVersion, SiteId};
use crate::domain::lang::Lang;
use crate::domain::lead::Reason;
use crate::domain::normal;
use crate::domain::pii::Pii;
use crate::domain::request::{REQUEST_FORM, RequestKind};
use crate::domain::submission::{Answer, Submission, Value};
use crate::domain::token::Token;
use jiff::Timestamp;

/// What somebody asks for.
pub struct WrittenDown<'a> {
    /// To see, or to have erased.
    pub kind: RequestKind,
    /// The language to answer in.
    pub lang: Lang,
    /// Their address in its normal form.
    pub address: &'a Pii<String>,
    /// Who writes it down, for the audit.
    pub actor: &'a str,
}

/// The normal form of an address that staff typed; nothing when it is none.
pub fn address_typed(typed: &Pii<String>) -> Option<Pii<String>> {
    let address = normal::of_text(FieldKind::Email, typed.expose(), "JP").map(Pii::new)?;
    let (local, domain) = address.expose().rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    (plain(local) && plain(domain)).then(|| address.clone())
}

/// The sites, of these, on which something is held under an address.
///
/// # Errors
/// When the store can't be read.
pub fn sites_that_hold(
    custody: &Custody,
    sites: &[SiteId],
    address: &Pii<String>,
) -> Result<Vec<SiteId>, PrivacyError> {
    let keys = custody.keyring.index_keys();
    let mut found = Vec::new();
    for site in sites {
        let index = keys.hash(site, FieldKind::Email, address.expose());
        let is_same = |other: &str| keys.hash(site, FieldKind::Email, other) == index;
        if !custody.store.leads_of(Person { site, index, is_same: &is_same })?.is_empty() {
            found.push(site.clone());
        }
    }
    Ok(found)
}

/// Writes a request down on a site; it waits for staff. Gives its token.
///
/// # Errors
/// When keyring, store or audit can't be written; then nothing is kept of it.
pub fn write_down(
    custody: &Custody,
    site: &SiteId,
    asked: &WrittenDown<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Token, PrivacyError> {
    let Custody { store, keyring } = custody;
    let token = Token::generate(entropy);
    let request = protected(custody, token, site, asked, now, entropy)?;
    let keys = keyring.index_keys();
    let is_same = |other: &str| keys.hash(site, FieldKind::Email, other) == request.index();
    let new = NewRequest {
        request: &request,
        // Nothing is mailed, so no link leads here.
        secret_sha256: [0; 32],
        is_same: &is_same,
        mails_per_day: 0,
        asked_by: Some((asked.actor, Reason::DataSubjectRequest.word())),
    };
    if let Err(error) = store.store_request(&new) {
        keyring.erase_lead(token)?;
        return Err(error.into());
    }
    tracing::info!(request = %token, kind = asked.kind.word(), "staff wrote a request down");
    Ok(token)
}

/// Takes back a request that staff wrote down; its address and the address's key go. False when it has
/// ended, or its person asked for it themselves.
///
/// # Errors
/// When store or audit can't be written; then it still waits.
pub fn take_back(custody: &Custody, request: Token, actor: &str) -> Result<bool, PrivacyError> {
    let Custody { store, keyring } = custody;
    if !store.take_back_request(request, actor)? {
        return Ok(false);
    }
    keyring.erase_lead(request)?;
    empty_log(custody)?;
    Ok(true)
}

/// The address sealed under a key of its own. The key is durable before it, as a lead's is.
fn protected(
    custody: &Custody,
    token: Token,
    site: &SiteId,
    asked: &WrittenDown<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ProtectedRequest, PrivacyError> {
    let keyring = &custody.keyring;
    let form: FormId = REQUEST_FORM.parse().map_err(|_| PrivacyError::NotSealed)?;
    let field: FieldId = "email".parse().map_err(|_| PrivacyError::NotSealed)?;
    let submission = Submission {
        lang: asked.lang,
        answers: vec![Answer { field, kind: FieldKind::Email, value: Value::One(asked.address.clone()) }],
        consents: Vec::new(),
        attribution: Vec::new(),
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: Some(asked.kind),
    };
    let context = SealContext { site: site.clone(), form, form_version: FormVersion([0; 8]), token, received_at: now };
    let sealed = seal(&keyring.sealing_key(), context, &submission, entropy).map_err(|_| PrivacyError::NotSealed)?;
    let envelope = Envelope::parse(sealed.as_bytes()).map_err(|_| PrivacyError::NotSealed)?;
    let opened = keyring.open(&envelope).map_err(|_| PrivacyError::NotSealed)?;
    let keys = keyring.create_lead_keys(&[token])?;
    let key = keys.first().ok_or(PrivacyError::NotSealed)?;
    protect_request(&opened, key, keyring.index_keys(), entropy).ok_or(PrivacyError::NotSealed)
}
