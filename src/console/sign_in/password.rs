//! The first page of signing in: address and password.

use super::{Welcome, begin, next_of, note_refusal, source, wait_words, with_retry_after};
use crate::console::frame::{Frame, page, preferred};
use crate::console::guard::{Open, OpenPost, safe_next};
use crate::console::guesses::Refused;
use crate::console::passkey::PasskeyForm;
use crate::console::proof::password_holds;
use crate::console::state::{Console, Trouble};
use crate::desk::store::SignInWay;
use crate::domain::lang::Lang;
use crate::domain::staff::StaffAddress;
use crate::http::listener::Peer;
use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

/// Longest address that is looked at; what is longer is nobody's.
const LONGEST_ADDRESS: usize = 254;

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    address: &'a str,
    next: &'a str,
    passkey: Option<PasskeyForm>,
}

/// The page. Whose passkeys there are can't be told from it: it asks for any.
pub(super) fn sign_in_page(console: &Console, status: StatusCode, frame: Frame, address: &str, next: &str) -> Response {
    let passkey = PasskeyForm::for_anybody(console);
    page(status, "sign_in", &SignInPage { frame, address, next, passkey })
}

pub(super) fn sign_in_frame(console: &Console, lang: Lang, next: &str) -> Frame {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Frame::open(console, lang, "console-sign-in-title").with_switch(&format!("&{query}"))
}

pub(super) async fn show(
    _open: Open,
    State(console): State<Console>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let next = next_of(&console, query.as_deref());
    let frame = sign_in_frame(&console, preferred(&headers, query.as_deref()), &next);
    sign_in_page(&console, StatusCode::OK, frame, "", &next)
}

pub(super) async fn check(
    _open: Open,
    State(console): State<Console>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    post: OpenPost,
) -> Result<Response, Trouble> {
    let (typed, next) = (post.get("address"), safe_next(&console, Some(post.get("next"))));
    let frame = || {
        let lang = Lang::from_tag(post.get("lang")).unwrap_or_else(|| preferred(&headers, None));
        sign_in_frame(&console, lang, &next)
    };
    let address = typed.parse::<StaffAddress>().ok().filter(|_| typed.len() <= LONGEST_ADDRESS);
    let (wanted, shown) = (address.clone(), headers.clone());
    let (credentials, source) = console
        .blocking(move |console| {
            let credentials = match &wanted {
                Some(address) => console.parts.store.credentials_of(address)?,
                None => None,
            };
            let whose = credentials.as_ref().map(|credentials| credentials.staff.id);
            let source = source(console, peer.map(|Extension(peer)| peer), &shown, whose)?;
            Ok((credentials, source))
        })
        .await?;
    let account = address.as_ref().map_or(typed, StaffAddress::as_str);
    let tried = match console.guesses.admit(account, source) {
        Ok(tried) => tried,
        Err(wait) => {
            note_refusal(&console, Refused::TooSoon);
            let frame = frame();
            let words = wait_words(frame.lang, wait);
            let frame = frame.with_trouble(Some(words));
            let shown = sign_in_page(&console, StatusCode::TOO_MANY_REQUESTS, frame, typed, &next);
            return Ok(with_retry_after(shown, wait));
        }
    };
    match (password_holds(&console, post.get("password"), credentials.as_ref()).await?, credentials) {
        (true, Some(credentials)) => {
            console.guesses.forgive(tried);
            begin(&console, &headers, Welcome { staff: credentials.staff, next }, SignInWay::Password).await
        }
        (_, credentials) => {
            note_refusal(&console, if credentials.is_some() { Refused::Wrong } else { Refused::Unknown });
            let frame = frame();
            let words = frame.text("console-sign-in-wrong");
            let frame = frame.with_trouble(Some(words));
            Ok(sign_in_page(&console, StatusCode::UNPROCESSABLE_ENTITY, frame, typed, &next))
        }
    }
}
