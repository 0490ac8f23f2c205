//! Passkeys on the console's pages: what a page asks the browser for, and whether its answer is right.
//!
//! The page carries the question in a form that a small script fills in and sends; without the script
//! the form stays hidden. An answer is refused in one way, whatever is wrong with it, except where the
//! page was too old.

use super::guard::Staff;
use super::state::{Console, Inner, Trouble};
use crate::crypto::passkey::{Challenge, Claim, Refused};
use crate::desk::store::{PasskeyOf, StaffView, StoreError};
use crate::domain::ids::StaffId;

/// A form that asks for a passkey.
pub(super) struct PasskeyForm {
    /// The origin that it works on: a tunnel has another, and the browser would refuse.
    pub(super) origin: String,
    /// The options of `navigator.credentials`.
    pub(super) options: String,
    /// What comes back with the answer.
    pub(super) sealed: String,
}

impl PasskeyForm {
    /// A form with this question.
    pub(super) fn with(console: &Inner, asked: Challenge) -> Option<Self> {
        let origin = console.passkeys.as_ref()?.origin().to_owned();
        Some(Self { origin, options: asked.options, sealed: asked.sealed })
    }

    /// Asks for any passkey, before sign-in.
    pub(super) fn for_anybody(console: &Inner) -> Option<Self> {
        let asked =
            console.passkeys.as_ref()?.ask(&[], None, console.parts.clock.now(), console.parts.entropy.as_ref());
        Self::with(console, asked?)
    }

    /// Asks for a passkey of who is signed in; nothing when they have none.
    pub(super) async fn for_proof(console: &Console, staff: &Staff) -> Result<Option<Self>, Trouble> {
        let (id, session) = (staff.viewer.id, staff.session_mark());
        console
            .blocking(move |console| {
                let Some(passkeys) = &console.passkeys else { return Ok(None) };
                let own = console.parts.store.credentials_of_passkeys(id)?;
                if own.is_empty() {
                    return Ok(None);
                }
                let asked =
                    passkeys.ask(&own, Some(&session), console.parts.clock.now(), console.parts.entropy.as_ref());
                Ok(asked.and_then(|asked| Self::with(console, asked)))
            })
            .await
    }
}

/// An answer as it was posted.
pub(super) struct Answered {
    sealed: String,
    claim: Option<Claim>,
    found: Option<PasskeyOf>,
}

/// What came of an answer.
pub(super) enum Outcome {
    /// It is right: whose the passkey is.
    Right(Box<StaffView>),
    /// It is wrong.
    Wrong,
    /// The page was too old.
    Over,
}

impl Answered {
    /// Looks up whose passkey it claims to be.
    pub(super) fn read(console: &Inner, sealed: &str, answer: &str) -> Result<Self, StoreError> {
        let claim = console.passkeys.as_ref().and_then(|passkeys| passkeys.claimed(answer));
        let found = match &claim {
            Some(claim) => console.parts.store.passkey(&claim.credential)?,
            None => None,
        };
        Ok(Self { sealed: sealed.to_owned(), claim, found })
    }

    /// Whose it claims to be.
    pub(super) fn whose(&self) -> Option<StaffId> {
        self.found.as_ref().map(|found| found.staff.id)
    }

    /// Checks it and uses it up. After sign-in it is asked for in one session, of its owner.
    pub(super) fn check(self, console: &Inner, session: Option<&[u8; 32]>) -> Result<Outcome, StoreError> {
        let (Some(passkeys), Some(claim), Some(found)) = (&console.passkeys, self.claim, self.found) else {
            return Ok(Outcome::Wrong);
        };
        let owner = (found.staff.id, found.kept.as_str());
        match passkeys.proved(&self.sealed, &claim, owner, session, console.parts.clock.now()) {
            // Two at once with one counter are one too many: the store sees to it.
            Ok(proof) if console.parts.store.use_passkey(found.id, &proof.kept, proof.counter)? => {
                Ok(Outcome::Right(Box::new(found.staff)))
            }
            Ok(_) | Err(Refused::Wrong) => Ok(Outcome::Wrong),
            Err(Refused::Over) => Ok(Outcome::Over),
        }
    }
}
