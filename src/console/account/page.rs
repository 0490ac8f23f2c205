//! The account's page.

use super::HERE;
use crate::console::frame::{Frame, page};
use crate::console::guard::Staff;
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::crypto::passkey;
use crate::desk::store::{PasskeyView, SessionView, StaffView};
use crate::i18n::{self, Arg, moment, text_with};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    frame: Frame,
    staff: StaffView,
    role: String,
    codes_left: String,
    sessions: Vec<ShownSession>,
    passkeys: Vec<ShownPasskey>,
    offer: Offer,
}

/// Whether passkeys can be had here.
#[derive(PartialEq, Eq)]
enum Offer {
    Possible,
    /// The console's address is one on which browsers allow none.
    AnotherAddress,
    /// This program knows none.
    Absent,
}

struct ShownPasskey {
    id: i64,
    name: String,
    added: String,
    used: Option<String>,
}

struct ShownSession {
    id: String,
    browser: String,
    began: String,
    seen: String,
    is_this: bool,
}

/// What the page can say that was done.
const DONE: [(&str, &str); 7] = [
    ("password", "console-done-password"),
    ("sessions", "console-done-sessions"),
    ("second-factor-on", "console-done-totp-on"),
    ("second-factor-off", "console-done-totp-off"),
    ("passkey-added", "console-done-passkey-added"),
    ("passkey-named", "console-done-passkey-named"),
    ("passkey-removed", "console-done-passkey-removed"),
];

pub(super) async fn show(
    staff: Staff,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let pairs = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
    let done = pairs.into_owned().find(|(name, _)| name == "done").map(|(_, what)| what);
    let message = done.and_then(|what| DONE.iter().find(|(word, _)| *word == what)).map_or("", |(_, key)| key);
    let frame = Frame::of(&console, &staff, HERE, "console-account-title").with_notice(message);
    rendered(&console, &staff, StatusCode::OK, frame).await
}

/// The page with what is wrong.
pub(super) async fn with_trouble(console: &Console, staff: &Staff, words: String) -> Result<Response, Trouble> {
    let frame = Frame::of(console, staff, HERE, "console-account-title").with_trouble(Some(words));
    rendered(console, staff, StatusCode::UNPROCESSABLE_ENTITY, frame).await
}

async fn rendered(console: &Console, staff: &Staff, status: StatusCode, frame: Frame) -> Result<Response, Trouble> {
    let id = staff.viewer.id;
    let (known, sessions, passkeys, codes_left) = console
        .blocking(move |console| {
            let store = &console.parts.store;
            let codes_left = store.recovery_codes_left(id)?;
            Ok((store.staff_member(id)?, store.sessions_of(id)?, store.passkeys_of(id)?, codes_left))
        })
        .await?;
    let Some(known) = known else { return Ok(refusal::not_found(console, staff)) };
    let lang = staff.viewer.lang;
    let shown = |session: SessionView| ShownSession {
        is_this: session.id == staff.session.id,
        id: session.id.to_string(),
        browser: session.browser,
        began: moment(session.created_at, lang),
        seen: moment(session.seen_at, lang),
    };
    let shown_passkey = |one: PasskeyView| ShownPasskey {
        id: one.id,
        name: one.name,
        added: moment(one.created_at, lang),
        used: one.used_at.map(|at| moment(at, lang)),
    };
    let offer = match (&console.passkeys, passkey::IS_BUILT) {
        (Some(_), _) => Offer::Possible,
        (None, true) => Offer::AnotherAddress,
        (None, false) => Offer::Absent,
    };
    let shown = AccountPage {
        frame,
        passkeys: passkeys.into_iter().map(shown_passkey).collect(),
        offer,
        role: i18n::text(lang, &format!("console-role-{}", known.role.word())),
        codes_left: text_with(lang, "console-totp-codes-left", &[("count", Arg::Number(codes_left as f64))]),
        sessions: sessions.into_iter().map(shown).collect(),
        staff: known,
    };
    Ok(page(status, "account", &shown))
}
