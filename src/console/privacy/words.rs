//! Words that the pages of requests share.

use crate::console::state::Inner;
use crate::console::words::{self, Chip, Urgency};
use crate::desk::store::{RequestStatus, RequestView};
use crate::domain::ids::SiteId;
use crate::domain::lang::Lang;
use crate::domain::request::RequestKind;
use crate::i18n::{Arg, text, text_with};
use jiff::{SignedDuration, Timestamp};

/// So long before a request ends by itself, it is near.
const NEAR: SignedDuration = SignedDuration::from_hours(3 * 24);
/// A request that waits longer for staff is late.
const PATIENCE: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn kind(kind: RequestKind, lang: Lang) -> String {
    text(lang, if kind == RequestKind::Erase { "privacy-kind-erase" } else { "privacy-kind-access" })
}

pub(super) fn status(request: &RequestView, lang: Lang) -> String {
    let key = match request.status {
        RequestStatus::Open => "privacy-status-open",
        RequestStatus::Nothing => "privacy-status-nothing",
        RequestStatus::Held if request.asked_by.is_some() => "privacy-status-written",
        RequestStatus::Held => "privacy-status-held",
        RequestStatus::Repeated => "privacy-status-repeated",
        RequestStatus::Done => "privacy-status-done",
        RequestStatus::Expired => "privacy-status-expired",
    };
    text(lang, key)
}

pub(super) fn site(console: &Inner, id: &SiteId, lang: Lang) -> String {
    console.parts.settings.site(id).map_or_else(|| id.to_string(), |site| site.name.get(lang).to_owned())
}

/// How long a request has waited, and how long it will.
pub(super) fn chip(request: &RequestView, now: Timestamp, lang: Lang) -> Chip {
    let (waited, left) = (now.duration_since(request.created_at), request.given_up_at().duration_since(now));
    let urgency = match request.status {
        RequestStatus::Held if waited > PATIENCE => Urgency::Overdue,
        _ if left <= NEAR => Urgency::Soon,
        _ => Urgency::Calm,
    };
    let (waited, left) = (words::length(waited, lang), words::length(left, lang));
    let args = [("waited", Arg::Text(&waited)), ("left", Arg::Text(&left))];
    Chip { words: text_with(lang, "privacy-waits", &args), urgency }
}
