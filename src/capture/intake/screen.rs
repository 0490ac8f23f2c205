//! Screening: the honeypot and the signed form token. Pure: the verdict of a third party would
//! be handed in, not asked for here.

use super::Attempt;
use super::decode::PageInputs;
use super::validate::Valid;
use crate::crypto::form_token::{self, FormTokenError};
use crate::crypto::mac::MacKey;
use crate::crypto::seal::canonical_bytes;
use crate::domain::form::{Form, FormTokenRule};
use crate::domain::pii::Pii;
use crate::domain::submission::Submission;
use crate::domain::token::Token;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What screening needs to know.
#[derive(Debug, Clone, Copy)]
pub struct ScreenPolicy<'a> {
    /// The key that signed the form tokens.
    pub token_key: &'a MacKey,
    /// How old a form token may be.
    pub token_max_age: Duration,
}

/// Why a post was screened out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The field that people do not see was filled in.
    #[error("the honeypot was filled in")]
    Honeypot,
    /// No form token where one is needed.
    #[error("there is no form token")]
    TokenMissing,
    /// A form token that this installation did not issue for this form.
    #[error("the form token is not genuine")]
    TokenForged,
    /// A form token of a page opened too long ago.
    #[error("the form token is too old")]
    TokenExpired,
}

impl Rejected {
    /// The HTTP status that fits (RFC 9110). All are answered with the form, so that a person can
    /// simply send again.
    pub const fn status(self) -> u16 {
        match self {
            Self::Honeypot | Self::TokenMissing | Self::TokenForged => 403,
            Self::TokenExpired => 422,
        }
    }

    /// The key of the sentence for the visitor.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Honeypot => "refused-honeypot",
            Self::TokenMissing => "refused-token-missing",
            Self::TokenForged => "refused-token-forged",
            Self::TokenExpired => "refused-token-expired",
        }
    }
}

/// A post that was screened out, with what was typed, so that the page can show it again.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// Why.
    pub why: Rejected,
    /// The language to answer in.
    pub lang: crate::domain::lang::Lang,
    /// The values as typed.
    pub attempt: Attempt,
}

/// A valid submission that passed screening. Only [`screen`] makes one.
#[derive(Debug, Clone)]
pub struct Screened {
    pub(super) form: Arc<Form>,
    pub(super) submission: Submission,
    attempt: Attempt,
    page: PageInputs,
    ignored: usize,
}

impl Screened {
    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// What will be sealed.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// The values as typed, for a page that must ask to send again.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The idempotency key of the page view.
    pub fn idempotency_key(&self) -> Option<&Pii<String>> {
        self.page.key.as_ref()
    }

    /// How many inputs were dropped because the form does not know them.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// The canonical bytes of the submission, for the MAC that recognises a repeated post. Equal
    /// answers have equal bytes; take them before [`Self::correcting`]. They are personal data.
    pub fn canonical_bytes(&self) -> Zeroizing<Vec<u8>> {
        canonical_bytes(&self.submission)
    }

    /// The same submission as a correction of an earlier lead: one page view, sent again with
    /// other words.
    #[must_use]
    pub fn correcting(mut self, earlier: Token) -> Self {
        self.submission.corrects = Some(earlier);
        self
    }

    /// The same submission marked by what it has in common with the same post to another node.
    #[must_use]
    pub fn once(mut self, once: [u8; 32]) -> Self {
        self.submission.once = Some(once);
        self
    }
}

/// Screens a valid submission.
///
/// # Errors
/// When the honeypot was filled in, or the form token is missing where the form asks for one, not
/// genuine, or too old.
pub fn screen(valid: Valid, policy: ScreenPolicy<'_>, now: Timestamp) -> Result<Screened, Box<Rejection>> {
    match verdict(&valid, policy, now) {
        Ok(()) => {
            let Valid { form, submission, attempt, page, ignored, .. } = valid;
            Ok(Screened { form, submission, attempt, page, ignored })
        }
        Err(why) => Err(Box::new(Rejection { why, lang: valid.submission.lang, attempt: valid.attempt })),
    }
}

fn verdict(valid: &Valid, policy: ScreenPolicy<'_>, now: Timestamp) -> Result<(), Rejected> {
    if valid.page.honeypot.as_ref().is_some_and(|trap| !trap.expose().trim().is_empty()) {
        return Err(Rejected::Honeypot);
    }
    let Some(token) = &valid.page.token else {
        let needed = valid.form.form_token == FormTokenRule::Required && valid.encoding.is_browser();
        return if needed { Err(Rejected::TokenMissing) } else { Ok(()) };
    };
    form_token::check(policy.token_key, &valid.form.id, token.expose(), now, policy.token_max_age)
        .map(|_age| ())
        .map_err(|error| match error {
            FormTokenError::Forged => Rejected::TokenForged,
            FormTokenError::Expired => Rejected::TokenExpired,
        })
}

#[cfg(test)]
mod tests;
