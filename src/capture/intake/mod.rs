//! Intake: `Decoded → Normalised → Valid → Screened → Sealed`. Synchronous and pure: clock and
//! randomness are passed in; imports domain and crypto only.
//!
//! Each stage is a type that only the stage before can make, so none can be skipped: what the
//! spool takes has been through all of them. Refuses files, third parties and I/O of any kind.
//!
//! ```text
//! decode(content type, body)    → DecodeError:  the post can't be read at all
//! normalise(decoded, form)        never fails:  the same meaning gets the same characters
//! validate(normalised)          → Refused:      problems in field order, values as typed
//! screen(valid, policy, …, now) → Rejection:    a check or a form token is needed, values as typed
//! seal(screened, key, token)    → SealError:    too large for an envelope
//! ```
//!
//! A person's request about their own data (`request`) goes the same way, under a form of its own.

mod attempt;
mod attribution;
mod decode;
mod normalise;
mod request;
mod screen;
mod seal;
#[cfg(test)]
mod testing;
mod validate;

pub use attempt::Attempt;
pub use decode::{DecodeError, DecodeLimits, Decoded, Encoding, Told, decode, decode_signed};
pub use normalise::{Normalised, normalise};
pub use request::{RefusedRequest, request};
pub use screen::{Circumstances, Rejected, Rejection, ScreenPolicy, Screened, Traces, screen, traces};
pub use seal::seal;
pub use validate::{Refused, Valid, validate};

/// Names of inputs that are ours and never a field's. A form may not have a field of such a name.
pub mod reserved {
    use crate::domain::captcha::Provider;

    /// The signed token of the page view.
    pub const TOKEN: &str = "_token";
    /// The language of the page.
    pub const LANG: &str = "_lang";
    /// The idempotency key of the page view.
    pub const KEY: &str = "_key";
    /// The page's character encoding, filled in by browsers (HTML, "`_charset_`").
    pub const CHARSET: &str = "_charset_";
    /// The solution of a challenge.
    pub const PROOF: &str = "_proof";
    /// The honeypot: people do not see it, robots fill it in.
    pub const HONEYPOT: &str = "website";

    /// What the confirm page's buttons ask for: `edit` or `send`.
    pub const STEP: &str = "_step";
    /// The sealed answers of a confirm page.
    pub const STATE: &str = "_state";
    /// The page that is asked for after a success.
    pub const THANKS: &str = "_thanks";
    /// Sent by a form that stands in a frame.
    pub const FRAME: &str = "_frame";

    /// The answer of a captcha, under the name that its provider's script gives it.
    pub const CAPTCHA: [&str; 3] =
        [Provider::Turnstile.answer_input(), Provider::Hcaptcha.answer_input(), Provider::Recaptcha.answer_input()];

    /// Every reserved name that a field's id could otherwise have.
    pub const ALL: [&str; 10] = [TOKEN, LANG, KEY, CHARSET, PROOF, HONEYPOT, STEP, STATE, THANKS, FRAME];
}

/// Loads the tables of telephone numbers, which takes some 50 ms the first time. Call it once
/// before the listener opens, so that no visitor waits for it.
pub fn warm_up() {
    normalise::warm_up();
}
