//! `POST /site/v1/forms/{form}/leads`: a lead that a site's own server hands over.
//!
//! The same way as any post: decode, normalise, validate, screen, seal, spool. The signature stands
//! for the form token and the call's id for the idempotency key; what the words give reason to
//! doubt is set aside with the same answer. The visitor's address is counted by and forgotten.

use super::call::{SignedCall, SignedFormCall};
use super::json;
use super::refusal::{Refusal, problem};
use crate::capture::answer::invalid_answers;
use crate::capture::intake::{self, DecodeError, DecodeLimits, Refused, Screened, Told};
use crate::capture::memory::Scene;
use crate::capture::once::{self, Key, NotAccepted, signed_call_key};
use crate::capture::seen;
use crate::crypto::seal::SealError;
use crate::domain::attribution::AttributionKey;
use crate::domain::form::Form;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::token::Token;
use crate::http::network::network_of;
use crate::http::problem::{FieldProblem, ProblemDetails};
use crate::queue::spool::Accepted;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as Derive, Serialize};
use serde_json::value::RawValue;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What a site's server sends.
#[derive(Derive)]
#[serde(deny_unknown_fields)]
struct Lead<'a> {
    /// Names and values as a JSON post to the form takes them.
    #[serde(borrow)]
    answers: &'a RawValue,
    /// The language of the page.
    #[serde(default)]
    lang: Option<String>,
    /// The page with the form.
    #[serde(default)]
    page: Option<Value>,
    /// The page before it.
    #[serde(default)]
    referrer: Option<Value>,
    #[serde(default)]
    campaign: Option<Campaign>,
    #[serde(default)]
    visitor_address: Option<IpAddr>,
    #[serde(default)]
    source: Option<Source>,
    /// Validate, and take nothing in.
    #[serde(default)]
    test: bool,
}

/// A text that may tell of a visitor.
struct Value(Pii<String>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Pii::new(text)))
    }
}

/// Whose form it was, in words of a closed list: it is told in logs.
#[derive(Debug, Clone, Copy, Derive)]
#[serde(rename_all = "kebab-case")]
enum Source {
    #[serde(rename = "contact-form-7")]
    ContactForm7,
    MwWpForm,
    #[serde(other)]
    Other,
}

impl Source {
    const fn word(self) -> &'static str {
        match self {
            Self::ContactForm7 => "contact-form-7",
            Self::MwWpForm => "mw-wp-form",
            Self::Other => "other",
        }
    }
}

/// Attribution values by their names; others are no mistake of the sender's. An empty list is an
/// empty object, as PHP writes it.
#[derive(Default)]
struct Campaign(Vec<(AttributionKey, Pii<String>)>);

impl<'de> Deserialize<'de> for Campaign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Campaign;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Campaign, A::Error> {
                let mut values = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    match AttributionKey::from_word(&name) {
                        Some(key) => values.extend(map.next_value::<Option<Value>>()?.map(|value| (key, value.0))),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Campaign(values))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Campaign, A::Error> {
                match list.next_element::<IgnoredAny>()? {
                    None => Ok(Campaign::default()),
                    Some(_) => Err(serde::de::Error::custom("a list")),
                }
            }
        }
        deserializer.deserialize_any(Values)
    }
}

impl<'a> Lead<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Answers(DecodeError::InvalidText))?;
        // serde's own words may quote what was sent; the place does not.
        serde_json::from_str(text).map_err(|error| Refusal::Body { line: error.line(), column: error.column() })
    }

    /// The answers, as a post to the form would have had them, with where the visitor came from.
    fn decode(self, id: &str, limits: &DecodeLimits) -> Result<intake::Decoded, DecodeError> {
        let Self { answers, lang, page, referrer, campaign, .. } = self;
        let mut attribution = campaign.unwrap_or_default().0;
        for (key, value) in [(AttributionKey::LandingPage, page), (AttributionKey::Referrer, referrer)] {
            if let Some(Value(value)) = value
                && attribution.iter().all(|(named, _)| *named != key)
            {
                attribution.push((key, value));
            }
        }
        let answers = if answers.get() == "[]" { "{}" } else { answers.get() };
        let lang = lang.as_deref().and_then(Lang::from_tag);
        intake::decode_signed(answers, Told { lang, key: signed_call_key(id), attribution }, limits)
    }
}

/// Why a lead is not taken.
enum Declined {
    Refusal(Refusal),
    Invalid(Box<Refused>),
}

impl From<Refusal> for Declined {
    fn from(why: Refusal) -> Self {
        Self::Refusal(why)
    }
}

/// What became of a lead.
enum Taken {
    /// It was only tried.
    Valid,
    Accepted {
        outcome: &'static str,
        lead: Token,
    },
}

#[derive(Serialize)]
struct Receipt {
    receipt: Token,
    token: Token,
    status: &'static str,
}

/// Takes a lead.
pub async fn post(SignedFormCall { call, form }: SignedFormCall) -> Response {
    let lead = match Lead::parse(&call.body) {
        Ok(lead) => lead,
        Err(why) => return decline(&call, &form, false, Declined::Refusal(why)),
    };
    let (test, source) = (lead.test, lead.source.unwrap_or(Source::Other));
    match take(&call, &form, lead).await {
        Ok(Taken::Valid) => json(&serde_json::json!({ "status": "valid" })),
        Ok(Taken::Accepted { outcome, lead }) => {
            tracing::info!(form = %form.id, %lead, outcome, key = %call.key.id, source = source.word(), "submission");
            count(&call, &form, outcome);
            json(&Receipt { receipt: lead, token: lead, status: "accepted" })
        }
        Err(why) => decline(&call, &form, test, why),
    }
}

/// The stages of a post.
async fn take(call: &SignedCall, form: &Arc<Form>, lead: Lead<'_>) -> Result<Taken, Declined> {
    let state = &call.visit.state;
    let (test, network) = (lead.test, lead.visitor_address.map(network_of));
    if let Some(network) = network.as_ref().filter(|_| !test) {
        state.check_post_rate(network).map_err(Refusal::RateLimited)?;
    }
    let limits = DecodeLimits { max_values: state.settings.limits.max_values, ..DecodeLimits::default() };
    let decoded = lead.decode(&call.id, &limits).map_err(Refusal::Answers)?;
    let normalised = intake::normalise(decoded, form, Some(call.visit.lang));
    let valid = intake::validate(normalised).map_err(Declined::Invalid)?;
    if test {
        return Ok(Taken::Valid);
    }
    let scene = Scene { network: network.as_ref(), form: &form.id, over_limit: false, signed: true };
    // Screening asks nothing of a signed post; what it doubts is set aside.
    let (screened, traces) = state.screen(valid, scene).await.map_err(|_| Refusal::Unavailable)?;
    let fate = accept(call, &screened, Key::of_signed_call(&call.id)).await?;
    state.memory.accepted(&traces);
    let (outcome, lead) = once::outcome(fate, screened.doubts());
    Ok(Taken::Accepted { outcome, lead })
}

/// Makes what a call brings durable, once for each id.
pub(super) async fn accept(call: &SignedCall, screened: &Screened, key: Key) -> Result<Accepted, Refusal> {
    let accepted = once::accept(&call.visit.state, screened, Some(key)).await;
    accepted.map_err(|error| {
        error.log(&screened.form().id);
        match error {
            NotAccepted::OtherBody => Refusal::KeyMismatch,
            NotAccepted::Seal(SealError::TooLarge) => Refusal::TooLarge,
            NotAccepted::Seal(SealError::BadKey) | NotAccepted::Spool(_) => Refusal::Unavailable,
        }
    })
}

/// Counts how a post ended, with those that browsers send.
fn count(call: &SignedCall, form: &Form, outcome: &'static str) {
    metrics::counter!("leadseal_submissions_total", "form" => form.id.to_string(), "outcome" => outcome).increment(1);
    seen::count_outcome(&call.visit.state, form, outcome);
}

fn decline(call: &SignedCall, form: &Form, test: bool, why: Declined) -> Response {
    let (outcome, response) = match &why {
        Declined::Refusal(why) => (why.submission_outcome(), call.refuse(*why)),
        Declined::Invalid(refused) => ("invalid", invalid(form, refused)),
    };
    if !test {
        count(call, form, outcome);
        if let Declined::Invalid(refused) = &why {
            seen::count_mistakes(&call.visit.state, form, &refused.problems);
        }
    }
    response
}

/// Answers that were refused, one entry each: field, input, code, and a sentence for the visitor.
#[derive(Serialize)]
struct Invalid {
    #[serde(flatten)]
    details: ProblemDetails,
    errors: Vec<Error>,
}

#[derive(Serialize)]
struct Error {
    field: String,
    input: String,
    #[serde(flatten)]
    code: serde_json::Value,
    message: String,
}

/// The answer to answers that break a rule.
pub(super) fn invalid(form: &Form, refused: &Refused) -> Response {
    let mut details = invalid_answers(form, refused);
    let (status, kind) = (StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let errors = std::mem::take(&mut details.errors);
    let details = ProblemDetails { kind: ProblemDetails::type_of(kind), ..details };
    let of = |FieldProblem { field, input, code, detail }| Error { field, input, code, message: detail };
    problem(status, kind, &Invalid { details, errors: errors.into_iter().map(of).collect() })
}
