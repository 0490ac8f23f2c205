//! One's own account: language, password, second factor, passkeys, sessions.

mod page;
mod passkeys;
mod second_factor;

use super::frame::Place;
use super::guard::{Post, Staff, came_from, safe_next};
use super::guesses::{Refused, Source};
use super::pages::Pages;
use super::proof::{hashed, password_holds};
use super::state::{Console, Trouble};
use super::weakness::refusal_of;
use crate::desk::store::{Password, SessionEnd, StaffChange};
use crate::domain::lang::Lang;
use crate::i18n;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/account", page::show)
        .post("/account/lang", change_lang)
        .post("/account/password", change_password)
        .post("/account/sessions", end_session)
        .get("/account/second-factor", second_factor::show)
        .post("/account/second-factor", second_factor::turn_on)
        .post("/account/second-factor/off", second_factor::turn_off)
        .get("/account/passkeys", passkeys::show)
        .post("/account/passkeys", passkeys::add)
        .get("/account/passkeys/{id}", passkeys::one)
        .post("/account/passkeys/{id}", passkeys::change)
}

/// Back to the account's page, which says what was done.
fn done(console: &Console, what: &str) -> Response {
    Redirect::to(&format!("{}/account?done={what}", console.base())).into_response()
}

/// The switch in the page's head leads back to the page it stands on.
async fn change_lang(
    staff: Staff,
    State(console): State<Console>,
    headers: HeaderMap,
    post: Post,
) -> Result<Response, Trouble> {
    let id = staff.viewer.id;
    if let Some(lang) = Lang::from_tag(post.get("lang")).filter(|lang| *lang != staff.viewer.lang) {
        let actor = staff.viewer.actor();
        let changed = console
            .blocking(move |console| console.parts.store.change_staff(id, &StaffChange::Lang(lang), &actor))
            .await?;
        if let Err(refusal) = changed {
            tracing::warn!(%refusal, "a language could not be changed");
        }
    }
    Ok(Redirect::to(&safe_next(&console, came_from(&headers).as_deref())).into_response())
}

async fn change_password(staff: Staff, State(console): State<Console>, post: Post) -> Result<Response, Trouble> {
    let (id, session) = (staff.viewer.id, staff.session.id);
    let Some(known) = console.blocking(move |console| console.parts.store.credentials(id)).await? else {
        return Ok(super::refusal::not_found(&console, &staff));
    };
    // Whoever has found the session open guesses as slowly as at sign-in.
    let browser = Source::Known(staff.session_mark());
    let Ok(tried) = console.guesses.admit(known.staff.address.as_str(), browser) else {
        super::sign_in::note_refusal(&console, Refused::TooSoon);
        return page::with_trouble(&console, &staff, i18n::text(staff.viewer.lang, "console-wait")).await;
    };
    if !password_holds(&console, post.get("current"), Some(&known)).await? {
        super::sign_in::note_refusal(&console, Refused::Wrong);
        return page::with_trouble(&console, &staff, i18n::text(staff.viewer.lang, "console-confirm-wrong")).await;
    }
    console.guesses.forgive(tried);
    if let Some(words) = refusal_of(staff.viewer.lang, post.get("new"), post.get("again"), &known.staff) {
        return page::with_trouble(&console, &staff, words).await;
    }
    let phc = hashed(&console, post.get("new")).await?;
    let actor = staff.viewer.actor();
    console
        .blocking(move |console| {
            let password = Password { phc: &phc, by_link: None, keep: Some(session) };
            console.parts.store.set_password(id, &password, &actor)
        })
        .await?;
    Ok(done(&console, "password"))
}

/// Ends one session, or with `all` every one but this.
async fn end_session(staff: Staff, State(console): State<Console>, post: Post) -> Result<Response, Trouble> {
    let (id, own) = (staff.viewer.id, staff.session.id);
    if post.get("all") == "yes" {
        console.blocking(move |console| console.parts.store.end_other_sessions(id, own)).await?;
    } else if let Ok(session) = post.get("session").parse() {
        console.blocking(move |console| console.parts.store.end_session(id, session, SessionEnd::Revoked)).await?;
    }
    Ok(done(&console, "sessions"))
}

/// The place of these pages in the navigation.
const HERE: Place = Place::Account;
