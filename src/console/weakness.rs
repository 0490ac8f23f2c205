//! New passwords: what is said when one is not taken.

use crate::crypto::password::{Weakness, weakness};
use crate::desk::store::StaffView;
use crate::domain::lang::Lang;
use crate::i18n;

/// Why a new password is not taken, in words.
pub(super) fn refusal_of(lang: Lang, new: &str, again: &str, staff: &StaffView) -> Option<String> {
    let key = match weakness(new, &[staff.address.as_str(), &staff.name]) {
        Some(Weakness::Short) => "console-password-short",
        Some(Weakness::Long) => "console-password-long",
        Some(Weakness::Guessable) => "console-password-guessable",
        None if new != again => "console-password-differs",
        None => return None,
    };
    Some(i18n::text(lang, key))
}
