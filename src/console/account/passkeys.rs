//! Passkeys of one's own: added, named, taken away. All ask for a fresh proof, on the page before the
//! form as well.

use super::{HERE, done};
use crate::console::frame::{Frame, page};
use crate::console::guard::{Fresh, Post, Staff};
use crate::console::passkey::PasskeyForm;
use crate::console::refusal;
use crate::console::sign_in::browser_words;
use crate::console::state::{Console, Trouble};
use crate::console::words::is_name;
use crate::crypto::passkey::{Refused, Whose};
use crate::desk::store::{NewPasskey, PasskeyView};
use crate::i18n::{self, moment};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/passkey_new.html")]
struct NewPage<'a> {
    frame: Frame,
    name: &'a str,
    passkey: PasskeyForm,
}

#[derive(Template)]
#[template(path = "console/passkey_one.html")]
struct OnePage {
    frame: Frame,
    id: i64,
    name: String,
    added: String,
    used: String,
}

pub(super) async fn show(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    new_page(&console, &staff, &browser_words(&headers), None).await
}

/// The page that asks for a passkey; there is none where the console's address allows none.
async fn new_page(console: &Console, staff: &Staff, name: &str, trouble: Option<String>) -> Result<Response, Trouble> {
    let (id, session) = (staff.viewer.id, staff.session_mark());
    let asked = console
        .blocking(move |console| {
            let (store, clock, entropy) = (&console.parts.store, &console.parts.clock, &console.parts.entropy);
            let (Some(passkeys), Some(known)) = (&console.passkeys, store.staff_member(id)?) else { return Ok(None) };
            let whose = Whose { id, address: known.address.as_str(), name: &known.name };
            let own = store.credentials_of_passkeys(id)?;
            let asked = passkeys.add(whose, own, &session, clock.now(), entropy.as_ref());
            Ok(asked.and_then(|asked| PasskeyForm::with(console, asked)))
        })
        .await?;
    let Some(passkey) = asked else { return Ok(refusal::not_found(console, staff)) };
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::of(console, staff, HERE, "console-passkey-new").with_trouble(trouble);
    Ok(page(status, "passkey_new", &NewPage { frame, name, passkey }))
}

pub(super) async fn add(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let name = post.get("name").trim();
    let words = |key: &str| Some(i18n::text(staff.viewer.lang, key));
    if !is_name(name) {
        return new_page(&console, &staff, name, words("console-staff-name-wrong")).await;
    }
    let Some(passkeys) = &console.passkeys else { return Ok(refusal::not_found(&console, &staff)) };
    let now = console.parts.clock.now();
    let added = match passkeys.added(post.get("sealed"), post.get("answer"), &staff.session_mark(), now) {
        Ok(added) => added,
        Err(Refused::Over) => return new_page(&console, &staff, name, words("console-passkey-over")).await,
        Err(Refused::Wrong) => return new_page(&console, &staff, name, words("console-passkey-not-added")).await,
    };
    let new =
        NewPasskey { name: name.to_owned(), credential: added.credential, kept: added.kept, counter: added.counter };
    let (id, actor) = (staff.viewer.id, staff.viewer.actor());
    if console.blocking(move |console| console.parts.store.add_passkey(id, &new, &actor)).await? {
        return Ok(done(&console, "passkey-added"));
    }
    new_page(&console, &staff, name, words("console-passkey-not-added")).await
}

/// One of the viewer's own passkeys.
async fn own(console: &Console, staff: &Staff, id: &str) -> Result<Option<PasskeyView>, Trouble> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let whose = staff.viewer.id;
    let all = console.blocking(move |console| console.parts.store.passkeys_of(whose)).await?;
    Ok(all.into_iter().find(|one| one.id == id))
}

fn one_page(console: &Console, staff: &Staff, one: PasskeyView, trouble: Option<String>) -> Response {
    let lang = staff.viewer.lang;
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = OnePage {
        frame: Frame::titled(console, staff, HERE, one.name.clone()).with_trouble(trouble),
        id: one.id,
        name: one.name,
        added: moment(one.created_at, lang),
        used: one.used_at.map_or_else(|| i18n::text(lang, "console-passkey-unused"), |at| moment(at, lang)),
    };
    page(status, "passkey_one", &shown)
}

pub(super) async fn one(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    match own(&console, &staff, &id).await? {
        Some(one) => Ok(one_page(&console, &staff, one, None)),
        None => Ok(refusal::not_found(&console, &staff)),
    }
}

pub(super) async fn change(
    staff: Staff,
    _fresh: Fresh,
    State(console): State<Console>,
    Path(id): Path<String>,
    post: Post,
) -> Result<Response, Trouble> {
    let Some(one) = own(&console, &staff, &id).await? else { return Ok(refusal::not_found(&console, &staff)) };
    let (whose, id, actor) = (staff.viewer.id, one.id, staff.viewer.actor());
    match post.get("do") {
        "remove" => {
            console.blocking(move |console| console.parts.store.remove_passkey(whose, id, &actor)).await?;
            Ok(done(&console, "passkey-removed"))
        }
        "name" => {
            let name = post.get("name").trim().to_owned();
            if !is_name(&name) {
                let words = i18n::text(staff.viewer.lang, "console-staff-name-wrong");
                return Ok(one_page(&console, &staff, one, Some(words)));
            }
            console.blocking(move |console| console.parts.store.rename_passkey(whose, id, &name)).await?;
            Ok(done(&console, "passkey-named"))
        }
        _ => Ok(one_page(&console, &staff, one, None)),
    }
}
