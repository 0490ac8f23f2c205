//! Accepting once: a post that is repeated under its key gets the same answer and no second lead.
//!
//! Keys and bodies are remembered as MACs under a secret of the day; plain digests could be
//! guessed. Around midnight yesterday's secret is asked first.

use super::intake::{self, Screened};
use super::secrets::DayKeys;
use super::state::{CaptureState, Membership};
use crate::crypto::mac::MacKey;
use crate::crypto::seal::SealError;
use crate::domain::ids::{FormId, SiteId};
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use crate::queue::spool::{AcceptError, Accepted, Idempotency};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The key of a post, and what the same key with another body means.
pub struct Key {
    text: String,
    on_other_body: OnOtherBody,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OnOtherBody {
    /// A program's mistake.
    Refuse,
    /// A visitor went back, changed something and sent again.
    Correct,
}

impl Key {
    /// A key that a program chose.
    pub fn of_program(text: String) -> Self {
        Self { text, on_other_body: OnOtherBody::Refuse }
    }

    /// The id of a call that a site's server signed. No header and no page has a key like it, so
    /// that nobody can take it away from that server.
    pub fn of_signed_call(id: &str) -> Self {
        Self::of_program(signed_call_key(id))
    }

    /// The id of a signed call about a person's own data. All sites' requests travel under one form,
    /// so the site is part of the key.
    pub fn of_signed_request(site: &SiteId, id: &str) -> Self {
        Self::of_program(signed_call_key(&format!("{site}\n{id}")))
    }

    /// The key of a page view.
    pub fn of_page(text: String) -> Self {
        Self { text, on_other_body: OnOtherBody::Correct }
    }
}

/// The key under which a signed call is remembered: keys from elsewhere hold no line break.
pub fn signed_call_key(id: &str) -> String {
    format!("signed\n{id}")
}

/// Why a screened submission was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// A program used its key for another body before.
    #[error("the key was used with another body")]
    OtherBody,
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The spool did not take it.
    #[error(transparent)]
    Spool(#[from] AcceptError),
}

/// Seconds after which a post that the spool refused may be tried again.
pub const RETRY_SECONDS: u64 = 30;

impl NotAccepted {
    /// Tells the operator what they can mend.
    pub fn log(&self, form: &FormId) {
        match self {
            Self::Seal(SealError::BadKey) => {
                tracing::error!(%form, "the epoch's public key is not valid; nothing can be sealed");
            }
            // The spool itself says once, as an error, that it takes nothing.
            Self::Spool(error) => tracing::debug!(%form, %error, "a post was refused"),
            Self::OtherBody | Self::Seal(SealError::TooLarge) => {}
        }
    }
}

/// The word for what became of a submission, and its lead.
pub fn outcome(fate: Accepted, doubts: &[Suspicion]) -> (&'static str, Token) {
    match fate {
        Accepted::Stored(lead) if !doubts.is_empty() => ("quarantined", lead),
        Accepted::Stored(lead) => ("accepted", lead),
        Accepted::Replayed(lead) | Accepted::Conflict(lead) => ("replayed", lead),
    }
}

/// Makes a submission durable, once per key and body. With a page's key and another body it
/// becomes a new lead that corrects the first; that, too, only once.
pub async fn accept(state: &CaptureState, screened: &Screened, key: Option<Key>) -> Result<Accepted, NotAccepted> {
    if state.is_revoked() {
        return Err(AcceptError::Unavailable("the desk has revoked this node".to_owned()).into());
    }
    let Some(key) = key else { return Ok(state.spool.accept(seal(state, screened)?, None).await?) };
    let post = Post { form: screened.form().id.as_str(), key: &key.text, body: screened.canonical_bytes() };
    match remember(state, screened, |secret| post.first(secret)).await? {
        Accepted::Conflict(_) if key.on_other_body == OnOtherBody::Refuse => Err(NotAccepted::OtherBody),
        Accepted::Conflict(earlier) => {
            let correction = screened.clone().correcting(earlier);
            remember(state, &correction, |secret| post.correction(secret)).await
        }
        fate => Ok(fate),
    }
}

/// What is remembered of a post.
struct Post<'a> {
    form: &'a str,
    key: &'a str,
    body: Zeroizing<Vec<u8>>,
}

impl Post<'_> {
    fn first(&self, secret: &MacKey) -> Idempotency {
        let key = secret.mac("leadseal idempotency key", &[self.form.as_bytes(), self.key.as_bytes()]);
        Idempotency { key, body: self.body(secret) }
    }

    /// The body is part of this key, so that each correction has its own and none conflicts.
    fn correction(&self, secret: &MacKey) -> Idempotency {
        let parts = [self.form.as_bytes(), self.key.as_bytes(), self.body.as_slice()];
        Idempotency { key: secret.mac("leadseal idempotency correction", &parts), body: self.body(secret) }
    }

    fn body(&self, secret: &MacKey) -> [u8; 32] {
        secret.mac("leadseal idempotency body", &[self.form.as_bytes(), self.body.as_slice()])
    }
}

/// Accepts under today's secret what yesterday's does not know.
async fn remember(
    state: &CaptureState,
    screened: &Screened,
    memo: impl Fn(&MacKey) -> Idempotency,
) -> Result<Accepted, NotAccepted> {
    let secrets = state.secrets.today();
    if let Some(yesterday) = &secrets.yesterday
        && let Some(fate) = state.spool.remembered(memo(yesterday)).await?
    {
        return Ok(fate);
    }
    let idempotency = memo(&secrets.today);
    let Some(membership) = &state.membership else {
        return Ok(state.spool.accept(seal(state, screened)?, Some(idempotency)).await?);
    };
    let own = state.spool.remembered(idempotency).await?;
    if let Some(fate) = own {
        return Ok(fate);
    }
    if let Some(fate) = of_another_node(membership, &secrets, &memo).await {
        return Ok(fate);
    }
    // Nodes that can't ask each other may both take it in; by this mark the desk makes it one lead.
    // It is sealed with the answers, and not of the day: nodes may not agree on which day it is.
    let shared = MacKey::from_bytes(state.form_token_key.mac("leadseal once key", &[]));
    let post = memo(&shared);
    let once = shared.mac("leadseal once", &[&post.key, &post.body]);
    let sealed = seal(state, &screened.clone().once(once))?;
    let fate = state.spool.accept(sealed, Some(idempotency)).await?;
    if let Accepted::Stored(token) = fate {
        let memory = Arc::clone(&membership.memory);
        // The visitor need not wait until the others know.
        tokio::spawn(async move { memory.remember(&idempotency, token, &secrets.today).await });
    }
    Ok(fate)
}

/// What another node made of the post, today or yesterday.
async fn of_another_node(
    membership: &Membership,
    secrets: &DayKeys,
    memo: &impl Fn(&MacKey) -> Idempotency,
) -> Option<Accepted> {
    for secret in std::iter::once(&secrets.today).chain(&secrets.yesterday) {
        let fate = membership.memory.remembered(&memo(secret), secret).await;
        if fate.is_some() {
            return fate;
        }
    }
    None
}

fn seal(state: &CaptureState, screened: &Screened) -> Result<crate::crypto::envelope::Sealed, SealError> {
    let key = Arc::clone(&state.sealing_key.borrow());
    let token = Token::generate(state.entropy.as_ref());
    intake::seal(screened, &key, token, state.clock.now(), state.entropy.as_ref())
}
