//! The page behind the button in a notification: the masked lead, and how to open it.

use crate::desk::store::{LeadView, Store};
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::lang::Lang;
use crate::i18n;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// What the page needs.
#[derive(Clone)]
pub struct LinkState {
    /// The leads.
    pub store: Arc<Store>,
    /// For labels.
    pub forms: Arc<HashMap<FormId, Arc<Form>>>,
    /// The line that runs this program with this configuration, e.g. `leadseal --config x.toml`.
    pub command: String,
}

/// One row of the preview.
struct Row {
    label: String,
    shown: String,
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage {
    lang: &'static str,
    title: String,
    intro: String,
    enquiry: Option<String>,
    rows: Vec<Row>,
    command_label: String,
    command: String,
    token_label: String,
    token: String,
}

#[derive(Template)]
#[template(path = "console/link_unknown.html")]
struct UnknownPage {
    lang: &'static str,
    title: String,
    words: String,
}

/// Mounts `/l/{secret}`.
pub fn router(state: LinkState) -> Router {
    Router::new().route("/l/{secret}", get(show)).route("/assets/console.css", get(stylesheet)).with_state(state)
}

async fn stylesheet() -> Response {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")],
        include_str!("console.css"),
    )
        .into_response()
}

/// The lead the secret leads to. Unknown and malformed secrets get the same answer.
async fn show(State(state): State<LinkState>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let lang = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(Lang::from_accept_language)
        .unwrap_or(Lang::Ja);
    let store = Arc::clone(&state.store);
    let lead = tokio::task::spawn_blocking(move || lead_behind(&store, &secret)).await.ok().flatten();
    match lead {
        Some(lead) => page(StatusCode::OK, &link_page(&state, &lead, lang)),
        None => page(StatusCode::NOT_FOUND, &unknown_page(lang)),
    }
}

fn lead_behind(store: &Store, secret: &str) -> Option<LeadView> {
    let token = store.lead_by_link(&Sha256::digest(secret.as_bytes()).into()).ok()??;
    store.lead(token).ok()?
}

fn link_page(state: &LinkState, lead: &LeadView, lang: Lang) -> LinkPage {
    let form = state.forms.get(&lead.form);
    let form_title = form.map_or_else(|| lead.form.to_string(), |form| form.title.get(lang).to_owned());
    let number = lead.number.to_string();
    LinkPage {
        lang: lang.tag(),
        title: format!("#{number} {form_title}"),
        intro: i18n::text(lang, "link-intro"),
        enquiry: (lead.enquiry > 1).then(|| {
            i18n::text_with(lang, "mail-notify-enquiry-count", &[("count", i18n::Arg::Number(f64::from(lead.enquiry)))])
        }),
        rows: rows(lead, form.map(Arc::as_ref), lang),
        command_label: i18n::text(lang, "link-command"),
        command: format!("{} leads show {} --reveal --reason reply", state.command, lead.token),
        token_label: i18n::text(lang, "link-token"),
        token: lead.token.to_string(),
    }
}

fn rows(lead: &LeadView, form: Option<&Form>, lang: Lang) -> Vec<Row> {
    lead.fields
        .iter()
        .filter(|field| !field.attribution)
        .filter_map(|field| {
            let definition = form.and_then(|form| form.field(&field.field));
            let label = definition.map_or_else(|| field.field.to_string(), |d| d.label.get(lang).to_owned());
            let shown = match (definition, &field.plain) {
                (Some(definition), Some(plain)) => definition.choice_labels(plain, lang),
                _ => field.shown()?.to_owned(),
            };
            Some(Row { label, shown })
        })
        .collect()
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
