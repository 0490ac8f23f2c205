//! A submission: what a visitor sent, normalised, as it goes into the envelope.

use super::attribution::AttributionKey;
use super::field::FieldKind;
use super::funnel::Source;
use super::ids::FieldId;
use super::lang::Lang;
use super::pii::Pii;
use super::request::RequestKind;
use super::suspicion::Suspicion;
use super::token::Token;
use serde::{Deserialize, Serialize};

/// The answer to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One text in its normal form.
    One(Pii<String>),
    /// A name in two parts. A part that was not asked for or left empty is empty.
    Name {
        /// Family name.
        family: Pii<String>,
        /// Given name.
        given: Pii<String>,
    },
    /// Several chosen options, in the form's order.
    Many(Vec<Pii<String>>),
}

impl Value {
    /// A single text.
    pub fn one(text: impl Into<String>) -> Self {
        Self::One(Pii::new(text.into()))
    }

    /// True when nothing was answered.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::One(text) => text.is_empty(),
            Self::Name { family, given } => family.is_empty() && given.is_empty(),
            Self::Many(texts) => texts.is_empty(),
        }
    }

    /// The value as one line, as an export or a mail shows it: name parts joined by a space,
    /// options by `; `.
    pub fn joined(&self) -> Pii<String> {
        match self {
            Self::One(text) => text.clone(),
            Self::Name { family, given } => {
                Pii::new([family.expose().as_str(), given.expose().as_str()].join(" ").trim().to_owned())
            }
            Self::Many(texts) => Pii::new(texts.iter().map(|t| t.expose().as_str()).collect::<Vec<_>>().join("; ")),
        }
    }
}

/// One answered field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The field.
    pub field: FieldId,
    /// Its type when it was answered.
    pub kind: FieldKind,
    /// The answer. Never empty: unanswered fields have no entry.
    pub value: Value,
}

/// Proof of what a visitor agreed to, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecord {
    /// The field that asked.
    pub field: FieldId,
    /// What the consent is for.
    pub purpose: String,
    /// The version of the words.
    pub version: String,
    /// The words exactly as shown.
    pub text: String,
    /// The language they were shown in.
    pub lang: Lang,
    /// Whether the box was ticked.
    pub granted: bool,
}

/// What a visitor sent: validated, in normal form, not yet sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The language of the page.
    pub lang: Lang,
    /// The answers in the form's order.
    pub answers: Vec<Answer>,
    /// The consents asked for.
    pub consents: Vec<ConsentRecord>,
    /// Where the visitor came from.
    pub attribution: Vec<(AttributionKey, Pii<String>)>,
    /// The earlier lead that this one corrects: the same view of a page, sent again with other
    /// words.
    pub corrects: Option<Token>,
    /// A MAC of the idempotency key and the body, under a key that all capture nodes share: two
    /// submissions with the same one are one, sent twice to different nodes.
    pub once: Option<[u8; 32]>,
    /// Why it is to be set aside and nobody told, in the order of [`Suspicion::ALL`]; empty for
    /// what becomes a lead.
    pub quarantine: Vec<Suspicion>,
    /// What a person asks for about their own data; nothing for an enquiry.
    pub request: Option<RequestKind>,
}

impl Submission {
    /// The answer to a field.
    pub fn value(&self, field: &FieldId) -> Option<&Value> {
        self.answers.iter().find(|a| a.field == *field).map(|a| &a.value)
    }

    /// How the visitor came, as one of a few classes: what the campaign says of itself, a click id
    /// that advertisements carry, or that a page led here.
    pub fn source(&self) -> Source {
        let has = |keys: &[AttributionKey]| self.attribution.iter().any(|(key, _)| keys.contains(key));
        let medium = self.attribution.iter().find(|(key, _)| *key == AttributionKey::UtmMedium);
        match medium.map(|(_, medium)| Source::of_medium(medium.expose())) {
            Some(source) => source,
            None if has(&[AttributionKey::Gclid, AttributionKey::Yclid, AttributionKey::Fbclid]) => Source::Cpc,
            None if has(&[AttributionKey::UtmSource, AttributionKey::UtmCampaign]) => Source::Other,
            None if has(&[AttributionKey::Referrer]) => Source::Referral,
            None => Source::Direct,
        }
    }

    /// The address of a person who asks about their own data: in ASCII, as capture takes one. One
    /// that only looks like another's must not be found under it.
    pub fn requester(&self) -> Option<&Value> {
        let addresses = self.answers.iter().filter(|answer| answer.kind == FieldKind::Email);
        let is_plain = |value: &&Value| !value.is_empty() && value.joined().expose().is_ascii();
        addresses.map(|answer| &answer.value).find(is_plain).filter(|_| self.request.is_some())
    }
}
