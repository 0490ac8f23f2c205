//! A request of somebody who asked by letter or telephone.
//!
//! The address is in the post's body alone: it is shown again nowhere, and stands in no address, log or
//! audit. Looking for it counts as a search.

use super::{known, one, working};
use crate::console::frame::{Frame, Place, page};
use crate::console::guard::{Allowed, Post, Staff, needs};
use crate::console::refusal;
use crate::console::search;
use crate::console::state::{Console, Inner, Trouble};
use crate::desk::audit::{Action, NewEntry};
use crate::desk::privacy::{self, PrivacyError, WrittenDown, address_typed, sites_that_hold, write_down};
use crate::domain::ids::SiteId;
use crate::domain::pii::Pii;
use crate::domain::request::RequestKind;
use crate::domain::staff::Viewer;
use crate::domain::token::Token;
use crate::i18n::text;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "console/privacy_new.html")]
struct NewPage {
    frame: Frame,
    kind: RequestKind,
}

fn answer(console: &Console, staff: &Staff, kind: RequestKind, (status, said): (StatusCode, Said)) -> Response {
    let frame = Frame::of(console, staff, Place::Privacy, "privacy-new-title");
    let frame = match said {
        Said::Nothing => frame,
        Said::Notice(message) => frame.with_notice(message),
        Said::Trouble(message) => frame.with_trouble(Some(text(staff.viewer.lang, message))),
    };
    page(status, "privacy_new", &NewPage { frame, kind })
}

/// What the page says first.
enum Said {
    Nothing,
    Notice(&'static str),
    Trouble(&'static str),
}

pub(super) async fn show(staff: Allowed<needs::Erase>, State(console): State<Console>) -> Response {
    answer(&console, &staff, RequestKind::Access, (StatusCode::OK, Said::Nothing))
}

pub(super) async fn start(
    staff: Allowed<needs::Erase>,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let Some(kind) = RequestKind::from_word(post.get("kind")) else {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, Said::Trouble("privacy-new-kind"));
        return Ok(answer(&console, &staff, RequestKind::Access, said));
    };
    let typed = Pii::new(post.get("address").trim().to_owned());
    let Some(address) = address_typed(&typed).filter(|_| post.get("address").len() <= search::LONGEST) else {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, Said::Trouble("privacy-new-wrong"));
        return Ok(answer(&console, &staff, kind, said));
    };
    if let Err(wait) = console.searches.check_named(staff.viewer.id.as_bytes()) {
        let mut response =
            answer(&console, &staff, kind, (StatusCode::TOO_MANY_REQUESTS, Said::Trouble("search-busy")));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().saturating_add(1)));
        return Ok(response);
    }
    let viewer = staff.viewer.clone();
    let written = working(&console, move |console| written(console, &viewer, kind, &address)).await?;
    let base = console.base();
    Ok(match written {
        Ok(tokens) => match tokens.as_slice() {
            [] => answer(&console, &staff, kind, (StatusCode::OK, Said::Notice("privacy-new-nothing"))),
            [one] => Redirect::to(&format!("{base}/privacy/{one}")).into_response(),
            // On several sites: each is carried out for itself.
            _ => Redirect::to(&format!("{base}/privacy")).into_response(),
        },
        Err(error) => {
            tracing::error!(%error, "a request could not be written down; nothing is kept of it");
            answer(&console, &staff, kind, (StatusCode::SERVICE_UNAVAILABLE, Said::Trouble("privacy-new-failed")))
        }
    })
}

/// A request on each site that holds something. Where none does, the audit keeps that it was looked.
fn written(
    console: &Inner,
    viewer: &Viewer,
    kind: RequestKind,
    address: &Pii<String>,
) -> Result<Vec<Token>, PrivacyError> {
    let (parts, custody) = (&console.parts, console.parts.custody());
    let sites: Vec<SiteId> =
        parts.settings.sites.iter().map(|site| &site.id).filter(|site| viewer.scope.has_site(site)).cloned().collect();
    let holding = sites_that_hold(&custody, &sites, address)?;
    let actor = viewer.actor();
    if holding.is_empty() {
        parts.store.append_audit(&NewEntry {
            actor,
            action: Action::LeadsSearched,
            subject: None,
            reason: None,
            detail: Some("by=email found=0".to_owned()),
        })?;
        return Ok(Vec::new());
    }
    let asked = WrittenDown { kind, lang: viewer.lang, address, actor: &actor };
    let now = parts.clock.now();
    holding.iter().map(|site| write_down(&custody, site, &asked, now, parts.entropy.as_ref())).collect()
}

/// A request that was written down by mistake goes again.
pub(super) async fn take_back(
    staff: Allowed<needs::Erase>,
    State(console): State<Console>,
    Path(request): Path<String>,
    _post: Post,
) -> Result<Response, Trouble> {
    let (viewer, address) = (staff.viewer.clone(), request.clone());
    let taken = working(&console, move |console| match known(console, &viewer, &address)? {
        Some(known) => privacy::take_back(&console.parts.custody(), known.token, &viewer.actor()).map(Some),
        None => Ok(None),
    });
    match taken.await?? {
        None => Ok(refusal::not_found(&console, &staff)),
        Some(true) => Ok(Redirect::to(&format!("{}/privacy/{request}?taken-back", console.base())).into_response()),
        Some(false) => one::with_trouble(&console, &staff, request, (StatusCode::CONFLICT, "privacy-ended")).await,
    }
}
