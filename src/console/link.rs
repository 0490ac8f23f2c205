//! The button in a notification: its link leads to the lead's page in the console.
//!
//! Tells nothing of the lead: whoever holds the link alone is asked to sign in. A page of ours stands
//! in between, since a browser that comes from another site (a web mailer) sends no session along;
//! from a page of ours it does.

use crate::desk::store::Store;
use crate::domain::lang::Lang;
use crate::domain::token::Token;
use crate::i18n;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What the page needs.
#[derive(Clone)]
pub struct LinkState {
    /// The leads.
    pub store: Arc<Store>,
    /// The path under which the console is.
    pub console: String,
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage {
    lang: &'static str,
    title: String,
    words: String,
    target: String,
}

#[derive(Template)]
#[template(path = "console/link_unknown.html")]
struct UnknownPage {
    lang: &'static str,
    title: String,
    words: String,
}

/// Mounts `/l/{secret}`, and what staff pages load.
pub fn router(state: LinkState) -> Router {
    Router::new()
        .route("/l/{secret}", get(show))
        .route("/assets/console.css", get(stylesheet))
        .route("/assets/console.js", get(script))
        .route("/assets/passkey.js", get(passkey_script))
        .with_state(state)
}

async fn stylesheet() -> Response {
    let style = concat!(
        include_str!("console.css"),
        "\n",
        include_str!("leads.css"),
        "\n",
        include_str!("desk.css"),
        "\n",
        include_str!("dashboard/dashboard.css"),
        "\n",
        include_str!("export/export.css")
    );
    asset("text/css; charset=utf-8", style)
}

async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/console.js"))
}

async fn passkey_script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/passkey.js"))
}

fn asset(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], content).into_response()
}

/// On to the lead that the secret leads to. Unknown and malformed secrets get the same answer.
async fn show(State(state): State<LinkState>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let lang = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(Lang::from_accept_language)
        .unwrap_or(Lang::Ja);
    let store = Arc::clone(&state.store);
    let lead = tokio::task::spawn_blocking(move || lead_behind(&store, &secret)).await.ok().flatten();
    let mut response = match lead {
        Some(lead) => page(StatusCode::OK, &link_page(&state, lead, lang)),
        None => page(StatusCode::NOT_FOUND, &unknown_page(lang)),
    };
    // The address holds the secret: it is not told to where it leads.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn lead_behind(store: &Store, secret: &str) -> Option<Token> {
    store.lead_by_link(&Sha256::digest(secret.as_bytes()).into()).ok()?
}

fn link_page(state: &LinkState, lead: Token, lang: Lang) -> LinkPage {
    LinkPage {
        lang: lang.tag(),
        title: i18n::text(lang, "link-title"),
        words: i18n::text(lang, "link-go-on"),
        target: format!("{}/leads/{lead}", state.console),
    }
}

fn unknown_page(lang: Lang) -> UnknownPage {
    UnknownPage {
        lang: lang.tag(),
        title: i18n::text(lang, "link-unknown-title"),
        words: i18n::text(lang, "link-unknown"),
    }
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
