//! Signing in: password, second factor, passkey, one-time links; signing out; proving anew who one is.
//!
//! The only pages of the console that need no session. Unknown addresses and wrong passwords get
//! one answer after the same work. A session begins with a secret of its own at the moment somebody
//! is who they say, so that none can be planted before.

mod code;
mod confirm;
mod link;
mod passkey;
mod password;

use super::cookies::Cookie;
use super::frame::{Frame, page};
use super::guard::{Post, Staff, safe_next, with_next};
use super::guesses::{Refused, Source};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::crypto::bearer::Bearer;
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{NewSession, SessionEnd, SignInWay, StaffView, StoreError};
use crate::domain::ids::{SessionId, StaffId};
use crate::domain::lang::Lang;
use crate::http::listener::Peer;
use crate::http::network::{client_address, network_of};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/sign-in", password::show)
        .post("/sign-in", password::check)
        .post("/sign-in/passkey", passkey::check)
        .get("/sign-in/code", code::show)
        .post("/sign-in/code", code::check)
        .get("/sign-in/link/{secret}", link::show)
        .post("/sign-in/link/{secret}", link::follow)
        .post("/sign-out", sign_out)
        .get("/confirm", confirm::show)
        .post("/confirm", confirm::check)
        .post("/confirm/passkey", confirm::check_passkey)
}

#[derive(Template)]
#[template(path = "console/signed_out.html")]
struct SignedOutPage {
    frame: Frame,
}

async fn sign_out(staff: Staff, State(console): State<Console>, _post: Post) -> Result<Response, Trouble> {
    let (id, session) = (staff.viewer.id, staff.session.id);
    console.blocking(move |console| console.parts.store.end_session(id, session, SessionEnd::SignedOut)).await?;
    let frame = Frame::open(&console, staff.viewer.lang, "console-signed-out-title");
    let mut response = page(StatusCode::OK, "signed_out", &SignedOutPage { frame });
    set(&mut response, Cookie::Session.clear(&console));
    Ok(response)
}

fn set(response: &mut Response, cookie: Option<axum::http::HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Who tries to sign in as this account: a browser its owner used before, or a network.
fn source(
    console: &Inner,
    peer: Option<Peer>,
    headers: &HeaderMap,
    whose: Option<StaffId>,
) -> Result<Source, StoreError> {
    if let Some(browser) = Cookie::Device.read(console, headers) {
        let sha256 = browser.sha256();
        let owner = console.parts.store.staff_of_device(&sha256)?;
        if owner.is_some() && owner == whose {
            return Ok(Source::Known(sha256));
        }
    }
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| address.ip());
    let address = client_address(peer, headers, &console.parts.settings.public.trusted_proxies);
    Ok(Source::Network(network_of(address)))
}

/// Counts a refusal, and audits those of some minutes as one entry. Who signs in does not wait for
/// the disk, so that nothing can be told from it.
pub(super) fn note_refusal(console: &Console, refused: Refused) {
    if let Some(refusals) = console.guesses.note(refused) {
        write_refusals(console, refusals.detail());
    }
}

fn write_refusals(console: &Console, detail: String) {
    let console = console.clone();
    tokio::task::spawn_blocking(move || {
        let entry = NewEntry {
            actor: "desk".to_owned(),
            action: Action::SignInRefused,
            subject: None,
            reason: None,
            detail: Some(detail),
        };
        if let Err(error) = console.parts.store.append_audit(&entry) {
            tracing::error!(%error, "refused sign-ins could not be written into the audit");
        }
    });
}

/// A browser and its system, in words of ours, for the list of sessions.
pub(super) fn browser_words(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first =
        |words: &[(&str, &'static str)]| words.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // The order matters: each browser also names those that came before it.
    let browser = [
        ("Edg", "Edge"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    match (first(&browser), first(&system)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "–".to_owned(),
    }
}

/// What a sign-in leads to.
struct Welcome {
    staff: StaffView,
    next: String,
}

/// Begins a session under a secret of its own; what the browser showed before ends. Where a second
/// factor is set and not given yet, the session waits for it; a passkey is both factors.
async fn begin(console: &Console, headers: &HeaderMap, welcome: Welcome, way: SignInWay) -> Result<Response, Trouble> {
    let is_proved = matches!(way, SignInWay::Code | SignInWay::Passkey);
    let awaits_code = welcome.staff.has_totp && !is_proved;
    let (secret, old) = (Bearer::generate(console.parts.entropy.as_ref()), Cookie::Session.read(console, headers));
    let browser = Cookie::Device.read(console, headers);
    let fresh = Bearer::generate(console.parts.entropy.as_ref());
    let session = NewSession {
        id: SessionId::generate(console.parts.entropy.as_ref()),
        secret_sha256: secret.sha256(),
        staff: welcome.staff.id,
        browser: browser_words(headers),
        awaits_code,
        way,
        device: fresh.sha256(),
        device_shown: browser.as_ref().map(Bearer::sha256),
        tells: console.sends_mail(),
    };
    let is_known = console
        .blocking(move |console| {
            let store = &console.parts.store;
            if let Some(old) = old {
                store.drop_session(&old.sha256())?;
            }
            store.open_session(&session)
        })
        .await?;
    let device = if awaits_code { None } else { browser.filter(|_| is_known).or(Some(fresh)) };
    let to =
        if awaits_code { with_next(&format!("{}/sign-in/code", console.base()), &welcome.next) } else { welcome.next };
    let mut response = Redirect::to(&to).into_response();
    set(&mut response, Cookie::Session.set(console, &secret));
    if let Some(device) = device {
        if !is_known {
            console.parts.wake_outbox.notify_one();
        }
        set(&mut response, Cookie::Device.set(console, &device));
        if let Some(refusals) = console.guesses.unaudited() {
            write_refusals(console, refusals.detail());
        }
    }
    Ok(response)
}

/// The `next` of a query, when it is a page of ours.
fn next_of(console: &Console, query: Option<&str>) -> String {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let next = pairs.into_owned().find(|(name, _)| name == "next").map(|(_, next)| next);
    safe_next(console, next.as_deref())
}

/// A wait in whole minutes or seconds, in words.
fn wait_words(lang: Lang, wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let (key, count) =
        if seconds > 90 { ("console-wait-minutes", seconds.div_ceil(60)) } else { ("console-wait-seconds", seconds) };
    crate::i18n::text_with(lang, key, &[("count", crate::i18n::Arg::Number(count as f64))])
}

/// Puts how long to wait where programs look for it.
fn with_retry_after(mut response: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, axum::http::HeaderValue::from(seconds));
    response
}
