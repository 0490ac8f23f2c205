//! Passkeys by way of `webauthn-rs`, which checks what authenticators say.
//!
//! The library asks that its state stay at the server, so that no answer is accepted twice. Here the
//! page carries it, sealed, and what is remembered is each proof that was right, until its page would
//! be too old anyway: asking for sign-in pages without end fills no memory.

use super::{Added, Challenge, Proof, Refused, Whose, is_possible};
use crate::crypto::aead;
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::StaffId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
    Webauthn, WebauthnBuilder, WebauthnError,
};

/// How long a page's question may be answered.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
const LABEL: &str = "leadseal/v1/passkey state";
const ADDING: &[u8] = b"adding";
const PROVING: &[u8] = b"proving";

/// What a page carries, under the seal.
#[derive(Serialize, Deserialize)]
struct State<T> {
    /// Unix milliseconds.
    until: i64,
    asked: T,
}

/// An answer of an authenticator, not believed yet.
pub struct Claim {
    /// By which the authenticator knows the passkey.
    pub credential: Vec<u8>,
    answer: PublicKeyCredential,
}

/// Passkeys of one address of the console.
pub struct Passkeys {
    webauthn: Webauthn,
    origin: String,
    key: aead::Key,
    /// Digests of the questions that were answered rightly, and until when to remember them.
    answered: Mutex<HashMap<[u8; 32], Timestamp>>,
}

impl Passkeys {
    /// Passkeys for the console at this address; nothing where no browser would allow them.
    pub fn new(url: &Url, entropy: &dyn Entropy) -> Option<Self> {
        if !is_possible(url) {
            return None;
        }
        let built = WebauthnBuilder::new(url.host_str()?, url).map(|builder| builder.rp_name("Leadseal"));
        Some(Self {
            webauthn: built.ok()?.build().ok()?,
            origin: url.origin().ascii_serialization(),
            key: aead::Key::new(random_bytes(entropy)),
            answered: Mutex::default(),
        })
    }

    /// The origin whose pages may use them.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks for a new passkey of somebody who is signed in; none of those that are `known`. It can be
    /// found without an address being typed, and verifies its owner.
    pub fn add(
        &self,
        whose: Whose<'_>,
        known: Vec<Vec<u8>>,
        session: &[u8; 32],
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Option<Challenge> {
        let (asked, state) =
            self.webauthn.start_passkey_registration(handle(whose.id), whose.address, whose.name, Some(known)).ok()?;
        let mut options = serde_json::to_value(&asked.public_key).ok()?;
        let selection = &mut options["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        self.challenge(&options, &state, (ADDING, session), now, entropy)
    }

    /// The passkey that was asked for in this session.
    ///
    /// # Errors
    /// When the answer is not right, or not asked for any more.
    pub fn added(&self, sealed: &str, answer: &str, session: &[u8; 32], now: Timestamp) -> Result<Added, Refused> {
        let (digest, state) = self.opened::<PasskeyRegistration>(sealed, (ADDING, session), now)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| Refused::Wrong)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state).map_err(refused)?;
        self.answer_once(digest, now)?;
        let kept = serde_json::to_string(&passkey).map_err(|_| Refused::Wrong)?;
        let counter = counter_of(&kept).ok_or(Refused::Wrong)?;
        Ok(Added { credential: passkey.cred_id().to_vec(), kept, counter })
    }

    /// Asks for a proof: before sign-in of anybody, in a session of its owner, who has the `allowed`
    /// passkeys.
    pub fn ask(
        &self,
        allowed: &[Vec<u8>],
        session: Option<&[u8; 32]>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Option<Challenge> {
        let (asked, state) = self.webauthn.start_discoverable_authentication().ok()?;
        let mut options = serde_json::to_value(&asked.public_key).ok()?;
        let allowed = allowed.iter().map(|id| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) }));
        options["allowCredentials"] = allowed.collect::<Vec<_>>().into();
        self.challenge(&options, &state, (PROVING, bound_to(session)), now, entropy)
    }

    /// Reads an answer, whose passkey is to be looked up before it is checked.
    pub fn claimed(&self, answer: &str) -> Option<Claim> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        Some(Claim { credential: answer.get_credential_id().to_vec(), answer })
    }

    /// Checks the proof against the passkey of its owner: their account and what was kept.
    ///
    /// # Errors
    /// When the answer is not right, or not asked for any more.
    pub fn proved(
        &self,
        sealed: &str,
        claim: &Claim,
        owner: (StaffId, &str),
        session: Option<&[u8; 32]>,
        now: Timestamp,
    ) -> Result<Proof, Refused> {
        let (digest, state) = self.opened::<DiscoverableAuthentication>(sealed, (PROVING, bound_to(session)), now)?;
        let (id, kept) = owner;
        let mut passkey: Passkey = serde_json::from_str(kept).map_err(|_| Refused::Wrong)?;
        // Only an authenticator that was told which passkeys are meant may leave the account out.
        let is_owner = match claim.answer.get_user_unique_id() {
            Some(named) => named == handle(id).as_bytes(),
            None => session.is_some(),
        };
        if !is_owner {
            return Err(Refused::Wrong);
        }
        let right =
            self.webauthn.finish_discoverable_authentication_v2(&claim.answer, state, &passkey).map_err(refused)?;
        self.answer_once(digest, now)?;
        passkey.update_credential(&right);
        let kept = serde_json::to_string(&passkey).map_err(|_| Refused::Wrong)?;
        Ok(Proof { kept, counter: right.counter() })
    }

    fn challenge(
        &self,
        options: &Value,
        state: &impl Serialize,
        what_for: (&[u8], &[u8]),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Option<Challenge> {
        let until = now.saturating_add(LIFE).ok()?.as_millisecond();
        let state = serde_json::to_vec(&State { until, asked: state }).ok()?;
        let sealed = aead::seal(&self.key, &associated(what_for), &state, entropy);
        Some(Challenge { options: options.to_string(), sealed: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// What a page carried, when it was sealed for this and is not too old, with its digest.
    fn opened<T: DeserializeOwned>(
        &self,
        sealed: &str,
        what_for: (&[u8], &[u8]),
        now: Timestamp,
    ) -> Result<([u8; 32], T), Refused> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Refused::Over)?;
        let opened = aead::open(&self.key, &associated(what_for), &sealed).ok_or(Refused::Over)?;
        let state: State<T> = serde_json::from_slice(&opened).map_err(|_| Refused::Over)?;
        // A clock that was put back does not make a page live longer.
        let left = Timestamp::from_millisecond(state.until).map_err(|_| Refused::Over)?.duration_since(now);
        let lives = left.is_positive() && left <= LIFE;
        if lives { Ok((Sha256::digest(&sealed).into(), state.asked)) } else { Err(Refused::Over) }
    }

    /// Each question is answered rightly once.
    fn answer_once(&self, digest: [u8; 32], now: Timestamp) -> Result<(), Refused> {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|_, until| until.duration_since(now).abs() <= LIFE);
        let until = now.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
        if answered.insert(digest, until).is_some() { Err(Refused::Wrong) } else { Ok(()) }
    }
}

/// By which an authenticator knows an account: nothing can be read from it.
fn handle(id: StaffId) -> Uuid {
    let digest = Sha256::new().chain_update("leadseal passkey account\0").chain_update(id.to_string()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

fn bound_to(session: Option<&[u8; 32]>) -> &[u8] {
    session.map_or(&[], |session| session)
}

fn associated((purpose, session): (&[u8], &[u8])) -> Vec<u8> {
    aead::named(LABEL, &[purpose, session])
}

/// The counter within what is kept, which the library tells only after a proof.
fn counter_of(kept: &str) -> Option<u32> {
    let kept: Value = serde_json::from_str(kept).ok()?;
    u32::try_from(kept["cred"]["counter"].as_u64()?).ok()
}

/// The library's reason goes into the log alone: it is of no use to who is refused.
fn refused(error: WebauthnError) -> Refused {
    match error {
        WebauthnError::CredentialPossibleCompromise => {
            tracing::warn!("a passkey's counter went back, as that of a copy does; its answer is refused");
        }
        error => tracing::debug!(%error, "a passkey's answer is refused"),
    }
    Refused::Wrong
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
