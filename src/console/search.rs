//! Search by exactly what somebody knows: an address, a telephone number, a company, a receipt.
//!
//! What is looked for travels in a post's body alone, is shown again nowhere and stands in no log. It
//! finds what the viewer may see by its blind index, in the normal form in which capture took it. Each
//! search is audited before its answer, and nobody can try thousands.

use super::choice::Choice;
use super::frame::{Frame, Place, page};
use super::guard::{Allowed, Post, Staff, needs};
use super::inbox::{Line, Lister};
use super::pages::Pages;
use super::state::{Console, Inner, Trouble};
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::{InboxRow, StaffView, StoreError};
use crate::domain::field::FieldKind;
use crate::domain::ids::SiteId;
use crate::domain::normal;
use crate::domain::pii::Pii;
use crate::domain::staff::{Scope, Viewer};
use crate::domain::token::Token;
use crate::i18n::{Arg, text, text_with};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::collections::BTreeSet;

/// Searches of one member of staff in a minute.
pub(super) const SEARCHES_PER_MINUTE: u32 = 20;
/// Leads that are shown.
const MOST: usize = 50;
/// Longer is nothing that a form takes.
pub(super) const LONGEST: usize = 400;

/// By what is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Email,
    Tel,
    Company,
    Receipt,
}

impl By {
    const ALL: [Self; 4] = [Self::Email, Self::Tel, Self::Company, Self::Receipt];

    const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Tel => "tel",
            Self::Company => "company",
            Self::Receipt => "receipt",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Email => "search-by-email",
            Self::Tel => "search-by-tel",
            Self::Company => "search-by-company",
            Self::Receipt => "search-by-receipt",
        }
    }
}

#[derive(Template)]
#[template(path = "console/search.html")]
struct SearchTemplate {
    frame: Frame,
    choices: Vec<Choice>,
    found: Option<String>,
    lines: Vec<Line>,
    may_change: bool,
}

/// Mounts the search.
pub(super) fn pages() -> Pages {
    Pages::new().get("/search", show).post("/search", search)
}

fn template(console: &Console, staff: &Staff, by: By) -> SearchTemplate {
    let lang = staff.viewer.lang;
    let choices =
        By::ALL.map(|one| Choice { value: one.word().to_owned(), label: text(lang, one.label()), chosen: one == by });
    SearchTemplate {
        frame: Frame::of(console, staff, Place::Search, "search-title"),
        choices: choices.into(),
        found: None,
        lines: Vec::new(),
        may_change: false,
    }
}

async fn show(staff: Allowed<needs::Search>, State(console): State<Console>) -> Response {
    page(StatusCode::OK, "search", &template(&console, &staff, By::Email))
}

async fn search(
    staff: Allowed<needs::Search>,
    State(console): State<Console>,
    post: Post,
) -> Result<Response, Trouble> {
    let lang = staff.viewer.lang;
    let by = By::ALL.into_iter().find(|by| by.word() == post.get("by")).unwrap_or(By::Email);
    let mut shown = template(&console, &staff, by);
    let refuse = |shown: &mut SearchTemplate, message: &str| {
        let frame = Frame::of(&console, &staff, Place::Search, "search-title");
        shown.frame = frame.with_trouble(Some(text(lang, message)));
    };
    let typed = Pii::new(post.get("value").trim().to_owned());
    if typed.is_empty() || post.get("value").len() > LONGEST {
        refuse(&mut shown, "search-empty");
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, "search", &shown));
    }
    if let Err(wait) = console.searches.check_named(staff.viewer.id.as_bytes()) {
        refuse(&mut shown, "search-busy");
        let mut response = page(StatusCode::TOO_MANY_REQUESTS, "search", &shown);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().saturating_add(1)));
        return Ok(response);
    }
    let viewer = staff.viewer.clone();
    let (rows, colleagues) = console.blocking(move |console| audited(console, &viewer, by, &typed)).await?;
    shown.found = Some(match rows.len() {
        0 => text(lang, "search-none"),
        count => text_with(lang, "search-found", &[("count", Arg::Number(count as f64))]),
    });
    let now = console.parts.clock.now();
    let lister = Lister { console: &console, viewer: &staff.viewer, colleagues: &colleagues, frame: &shown.frame, now };
    shown.lines = rows.iter().map(|row| lister.line(row)).collect();
    Ok(page(StatusCode::OK, "search", &shown))
}

/// What is found, with the search's audit entry: it tells by what was searched and how much came of it.
fn audited(
    console: &Inner,
    viewer: &Viewer,
    by: By,
    typed: &Pii<String>,
) -> Result<(Vec<InboxRow>, Vec<StaffView>), StoreError> {
    let rows = found(console, viewer, by, typed)?;
    console.parts.store.append_audit(&NewEntry {
        actor: viewer.actor(),
        action: Action::LeadsSearched,
        subject: None,
        reason: None,
        detail: Some(format!("by={} found={}", by.word(), rows.len())),
    })?;
    Ok((rows, console.parts.store.staff()?))
}

fn found(console: &Inner, viewer: &Viewer, by: By, typed: &Pii<String>) -> Result<Vec<InboxRow>, StoreError> {
    let store = &console.parts.store;
    let kind = match by {
        By::Email => FieldKind::Email,
        By::Tel => FieldKind::Tel,
        By::Company => FieldKind::Company,
        By::Receipt => return by_receipt(console, viewer, typed),
    };
    let keys = console.parts.keyring.index_keys();
    let mut indexes = BTreeSet::new();
    for site in sites(console, &viewer.scope) {
        for country in countries(console, &site, kind) {
            if let Some(value) = normal::of_text(kind, typed.expose(), &country).map(Pii::new) {
                indexes.insert(keys.hash(&site, kind, value.expose()));
            }
        }
    }
    store.leads_by_index(&Vec::from_iter(indexes), &viewer.scope, MOST)
}

/// A receipt is a lead's token, or its number on a site: `#1042`.
fn by_receipt(console: &Inner, viewer: &Viewer, typed: &Pii<String>) -> Result<Vec<InboxRow>, StoreError> {
    let store = &console.parts.store;
    let plain = normal::text::compatible(typed.expose());
    if let Ok(number) = plain.trim_start_matches('#').parse::<u64>() {
        return store.leads_by_number(number, &viewer.scope);
    }
    match plain.to_lowercase().parse::<Token>() {
        Ok(token) => store.leads_by_token(token, &viewer.scope),
        Err(_) => Ok(Vec::new()),
    }
}

/// The sites whose leads the viewer may see, or of which some.
fn sites(console: &Inner, scope: &Scope) -> Vec<SiteId> {
    let settings = &console.parts.settings;
    let seen = |site: &&SiteId| match scope {
        Scope::All => true,
        Scope::Only { sites, forms } => {
            sites.contains(site) || settings.forms.iter().any(|form| form.site == **site && forms.contains(&form.id))
        }
    };
    settings.sites.iter().map(|site| &site.id).filter(seen).cloned().collect()
}

/// The countries whose numbers a site's forms take without a prefix.
fn countries(console: &Inner, site: &SiteId, kind: FieldKind) -> BTreeSet<String> {
    let forms = console.parts.settings.forms.iter().filter(|form| form.site == *site);
    let fields = forms.flat_map(|form| &form.fields).filter(|field| field.kind == kind);
    let mut countries: BTreeSet<String> = fields.map(|field| field.country.clone()).collect();
    if countries.is_empty() {
        // Leads of a form that is gone are found as well.
        countries.insert("JP".to_owned());
    }
    countries
}
