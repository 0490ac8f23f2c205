//! The last stage: a screened submission into an envelope.

use super::screen::Screened;
use crate::crypto::envelope::Sealed;
use crate::crypto::seal::{self as envelope, SealContext, SealError, SealingKey};
use crate::domain::entropy::Entropy;
use crate::domain::token::Token;
use jiff::Timestamp;

/// Seals a screened submission as the lead `token`, received at `now`. Borrows it, so that a page
/// can still show what was typed if the spool then refuses.
///
/// # Errors
/// When the submission is larger than the largest envelope, or the key is no key of its suite.
pub fn seal(
    screened: &Screened,
    key: &SealingKey,
    token: Token,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Sealed, SealError> {
    let form = screened.form();
    let context = SealContext {
        site: form.site.clone(),
        form: form.id.clone(),
        form_version: form.version,
        token,
        received_at: now,
    };
    if screened.doubts().is_empty() {
        envelope::seal(key, context, screened.submission(), entropy)
    } else {
        envelope::seal(key, context, &screened.to_be_sealed(), entropy)
    }
}
