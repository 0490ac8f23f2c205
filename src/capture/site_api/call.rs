//! A call that may be made: signed with a key that is known, in time, for a site that is here.
//!
//! The extractors are the only way to a handler. What a caller is told grows with what it has
//! proved: the time of this server only after its signature held.

use super::calls::{NotAnswered, TOLERANCE};
use super::refusal::Refusal;
use crate::capture::site_keys::SiteKey;
use crate::capture::state::CaptureState;
use crate::capture::visit::Visit;
use crate::crypto::site_key::{Signatures, SignedText, SiteSecret};
use crate::domain::form::Form;
use crate::domain::ids::{FormId, SiteKeyId};
use crate::domain::site::Site;
use crate::http::timed_body::{BodyError, read_post};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use std::convert::Infallible;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Longest id of a call.
const MOST_OF_AN_ID: usize = 64;
/// Longest time in digits: enough for the next thirty thousand years.
const MOST_OF_A_TIME: usize = 12;

/// A signed call of a site's own server.
pub struct SignedCall {
    /// The state, and the language to answer in.
    pub visit: Visit,
    /// The site that the key belongs to.
    pub site: Arc<Site>,
    /// The key.
    pub key: Arc<SiteKey>,
    /// The call's id.
    pub id: String,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

/// A signed call about a form of the key's site.
pub struct SignedFormCall {
    /// The call.
    pub call: SignedCall,
    /// The form.
    pub form: Arc<Form>,
}

impl SignedCall {
    /// The refusal of this call.
    pub fn refuse(&self, why: Refusal) -> Response {
        why.into_response(self.visit.lang)
    }

    /// The forms of the key's site.
    pub fn forms(&self) -> impl Iterator<Item = &Arc<Form>> {
        self.visit.state.settings.forms.iter().filter(|form| form.site == self.site.id)
    }
}

impl FromRequest<Arc<CaptureState>> for SignedCall {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Arc<CaptureState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, state).await.map_err(|never: Infallible| never);
        let lang = visit.lang;
        authorise(visit, &parts, body).await.map_err(|why| why.into_response(lang))
    }
}

impl FromRequest<Arc<CaptureState>> for SignedFormCall {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Arc<CaptureState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let named = Path::<String>::from_request_parts(&mut parts, state).await;
        let call = SignedCall::from_request(Request::from_parts(parts, body), state).await?;
        let id = named.ok().and_then(|Path(id)| id.parse::<FormId>().ok());
        // Another site's form is as unknown as none at all.
        let form = id.and_then(|id| call.forms().find(|form| form.id == id).cloned());
        match form {
            Some(form) => Ok(Self { call, form }),
            None => Err(call.refuse(Refusal::NotFound)),
        }
    }
}

/// What the headers of a call say.
struct Credentials {
    key: SiteKeyId,
    id: String,
    timestamp: String,
    seconds: i64,
    signatures: Signatures,
}

impl Credentials {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let id = single(headers, "webhook-id")?;
        let is_id = (1..=MOST_OF_AN_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let timestamp = single(headers, "webhook-timestamp")?;
        let is_time = timestamp.len() <= MOST_OF_A_TIME && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        (is_id && is_time).then_some(())?;
        Some(Self {
            key: single(headers, "leadseal-key")?.parse().ok()?,
            id: id.to_owned(),
            timestamp: timestamp.to_owned(),
            seconds: timestamp.parse().ok()?,
            signatures: Signatures::parse(single(headers, "webhook-signature")?)?,
        })
    }
}

/// A header that came once. Of two, a proxy before us may have believed the other.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

/// Lets a call in, or says why not.
async fn authorise(visit: Visit, parts: &Parts, body: axum::body::Body) -> Result<SignedCall, Refusal> {
    let state = Arc::clone(&visit.state);
    if let Some(network) = &visit.network {
        state.calls.check_network(network).map_err(Refusal::RateLimited)?;
    }
    if parts.uri.query().is_some() {
        return Err(Refusal::Query);
    }
    let said = Credentials::of(&parts.headers).ok_or(Refusal::Unsigned)?;
    let body = read_post(&parts.headers, body, state.settings.limits.max_body).await.map_err(|error| match error {
        BodyError::TooLarge => Refusal::TooLarge,
        BodyError::Timeout => Refusal::Timeout,
        BodyError::Broken => Refusal::Broken,
    })?;
    let text = SignedText {
        id: &said.id,
        timestamp: &said.timestamp,
        method: parts.method.as_str(),
        path: parts.uri.path(),
        body: &body,
    };
    let (key, site) = signed_by(&state, &said, &text)?;
    let now = state.clock.now();
    let seconds = said.seconds.saturating_sub(now.as_second());
    if seconds.abs() > TOLERANCE {
        return Err(Refusal::ClockSkew { now, seconds });
    }
    state.calls.check_key(key.id).map_err(Refusal::RateLimited)?;
    // A post that comes again is recognised by its id and answered as it was.
    if parts.method != Method::POST {
        state.calls.ask(key.id, &said.id, now).map_err(|why| match why {
            NotAnswered::Replayed => Refusal::Replayed,
            NotAnswered::Full => Refusal::RateLimited(std::time::Duration::from_secs(60)),
        })?;
    }
    Ok(SignedCall { visit, site, key, id: said.id, body })
}

/// The key whose secret signed the call, and its site. As much work is done for a key that is not
/// known as for one that is.
fn signed_by(
    state: &CaptureState,
    said: &Credentials,
    text: &SignedText<'_>,
) -> Result<(Arc<SiteKey>, Arc<Site>), Refusal> {
    let known = state.site_keys.get(said.key).map_err(|_| Refusal::Unavailable)?;
    let known = known.and_then(|key| state.settings.site(&key.site).cloned().map(|site| (key, site)));
    let nobody = SiteSecret::generate(state.entropy.as_ref());
    let secret = known.as_ref().map_or(&nobody, |(key, _)| &key.secret);
    match (secret.verify(text, &said.signatures), known) {
        (_, None) => Err(Refusal::UnknownKey),
        (false, Some(_)) => Err(Refusal::BadSignature),
        (true, Some(known)) => Ok(known),
    }
}
