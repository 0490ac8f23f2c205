//! The second factor: set up with an authenticator app, and taken away. Both ask for a fresh proof.
//!
//! Until its first code was right the new secret is kept nowhere: the page carries it, sealed for
//! this account.

use super::{HERE, done};
use crate::console::frame::{Frame, page};
use crate::console::guard::{Fresh, Post, Staff};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::crypto::one_time::{RecoveryCode, TotpSecret};
use crate::i18n;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

#[derive(Template)]
#[template(path = "console/second_factor.html")]
struct SetUpPage {
    frame: Frame,
    picture: String,
    written: String,
    sealed: String,
}

#[derive(Template)]
#[template(path = "console/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
}

pub(super) async fn show(staff: Staff, _fresh: Fresh, State(console): State<Console>) -> Result<Response, Trouble> {
    let secret = TotpSecret::generate(console.parts.entropy.as_ref());
    set_up(&console, &staff, &secret, None).await
}

async fn set_up(
    console: &Console,
    staff: &Staff,
    secret: &TotpSecret,
    trouble: Option<String>,
) -> Result<Response, Trouble> {
    let id = staff.viewer.id;
    let Some(known) = console.blocking(move |console| console.parts.store.staff_member(id)).await? else {
        return Ok(refusal::not_found(console, staff));
    };
    let issuer = format!("Leadseal {}", console.parts.settings.private.url.host_str().unwrap_or_default());
    let sealed = console.parts.keyring.seal_second_factor(id, secret.as_bytes());
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = SetUpPage {
        frame: Frame::of(console, staff, HERE, "console-totp-title").with_trouble(trouble),
        picture: picture(&secret.uri(issuer.trim(), known.address.as_str()))?,
        written: in_groups(&secret.written()),
        sealed: STANDARD.encode(sealed),
    };
    Ok(page(status, "second_factor", &shown))
}

/// The picture an app reads: black on white in either theme, since apps read no other.
fn picture(uri: &str) -> Result<String, Trouble> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M).map_err(|_| Trouble::Page("second_factor"))?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(220, 220).quiet_zone(true).build();
    // Within a page a picture has no XML declaration.
    Ok(drawn.find("<svg").map_or_else(String::new, |at| drawn[at..].to_owned()))
}

/// For eyes that copy it.
fn in_groups(text: &str) -> String {
    let symbols: Vec<char> = text.chars().collect();
    symbols.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

pub(super) async fn turn_on(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let id = staff.viewer.id;
    let sealed = STANDARD.decode(post.get("sealed")).unwrap_or_default();
    let opened = console.parts.keyring.open_second_factor(id, &sealed);
    let Some(secret) = opened.and_then(|bytes| TotpSecret::from_bytes(&bytes)) else {
        let secret = TotpSecret::generate(console.parts.entropy.as_ref());
        let words = i18n::text(staff.viewer.lang, "console-totp-again");
        return set_up(&console, &staff, &secret, Some(words)).await;
    };
    let Some(step) = secret.step_of(post.get("code"), console.parts.clock.now(), 0) else {
        let words = i18n::text(staff.viewer.lang, "console-code-wrong");
        return set_up(&console, &staff, &secret, Some(words)).await;
    };
    let codes = RecoveryCode::generate(console.parts.entropy.as_ref());
    let digests: Vec<[u8; 32]> = codes.iter().map(RecoveryCode::sha256).collect();
    let actor = staff.viewer.actor();
    console.blocking(move |console| console.parts.store.set_totp(id, &sealed, step, &digests, &actor)).await?;
    let frame = Frame::of(&console, &staff, HERE, "console-codes-title").with_notice("console-done-totp-on");
    let codes = codes.iter().map(|code| code.written().to_string()).collect();
    Ok(page(StatusCode::OK, "recovery_codes", &CodesPage { frame, codes }))
}

pub(super) async fn turn_off(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    _post: Post,
) -> Result<Response, Trouble> {
    let (id, actor) = (staff.viewer.id, staff.viewer.actor());
    console.blocking(move |console| console.parts.store.clear_totp(id, &actor)).await?;
    Ok(done(&console, "second-factor-off"))
}
