//! `[sites.<id>]`: the brands of an installation.

use crate::config::address::{MAIL_FIX, mail_trouble, web_trouble};
use crate::config::document::step;
use crate::config::form::Words;
use crate::config::report::Report;
use crate::config::wording::has_control;
use crate::domain::ids::SiteId;
use crate::domain::lang::Text;
use crate::domain::site::{Font, Scheme, Site, Spacing};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One brand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SiteTable {
    /// Its name as visitors and mails show it.
    name: Option<Words>,
    /// Its public address.
    url: Option<String>,
    /// The sender's address of its mails.
    mail_from: Option<String>,
    /// A colour for buttons and links: `#rrggbb`.
    accent: Option<String>,
    /// How round corners are, in pixels.
    #[schemars(range(max = 32))]
    radius: Option<u8>,
    /// The letters of its forms.
    font: Option<Font>,
    /// The air between the fields.
    spacing: Option<Spacing>,
    /// Light, dark, or as the visitor's device has it.
    scheme: Option<Scheme>,
}

/// The ids of the sites, also of those with other mistakes; nothing while an id itself is wrong.
pub(in crate::config) fn known_ids(sites: &BTreeMap<String, SiteTable>) -> Option<Vec<SiteId>> {
    let ids: Vec<SiteId> = sites.keys().map(|id| id.parse()).collect::<Result<_, _>>().ok()?;
    (!ids.is_empty()).then_some(ids)
}

/// Lowers all sites.
pub(super) fn lower(report: &mut Report<'_>, sites: &BTreeMap<String, SiteTable>) -> Vec<Site> {
    if sites.is_empty() {
        report.error("/sites", "there is no site", "add [sites.main] with `name` and `mail_from`");
    }
    sites.iter().filter_map(|(id, table)| site(report, id, table)).collect()
}

fn site(report: &mut Report<'_>, id: &str, table: &SiteTable) -> Option<Site> {
    let at = format!("/sites/{}", step(id));
    let parsed = id.parse::<SiteId>();
    if let Err(error) = &parsed {
        let what = format!("`{}` is no id: {error}", id.escape_debug());
        report.error(&at, what, "use lower-case letters, e.g. [sites.main]");
    }
    let name = name(report, &format!("{at}/name"), table.name.as_ref());
    let mail_from = mail_from(report, &format!("{at}/mail_from"), table.mail_from.as_deref());
    if let Some(url) = &table.url
        && let Some(trouble) = web_trouble(url)
    {
        let what = format!("`{}` {trouble}", url.escape_debug());
        report.error(&format!("{at}/url"), what, "write e.g. \"https://www.example.jp\"");
    }
    if let Some(accent) = table.accent.as_deref().filter(|accent| !is_colour(accent)) {
        let what = format!("`{}` is no colour", accent.escape_debug());
        report.error(&format!("{at}/accent"), what, "write # and six hexadecimal digits, e.g. \"#0b6e4f\"");
    }
    Some(Site {
        id: parsed.ok()?,
        name: name?,
        url: table.url.clone(),
        mail_from: mail_from?,
        accent: table.accent.clone(),
        radius: table.radius,
        font: table.font,
        spacing: table.spacing,
        scheme: table.scheme.unwrap_or_default(),
    })
}

fn name(report: &mut Report<'_>, at: &str, name: Option<&Words>) -> Option<Text> {
    let text = match name {
        Some(Words::Same(words)) => Text::both(words),
        Some(Words::PerLanguage(text)) => text.clone(),
        None => {
            report.error(
                at,
                "the site has no name",
                "add name = \"Your Company\", or name = { ja = \"…\", en = \"…\" }",
            );
            return None;
        }
    };
    let words: Vec<&str> = [text.ja.as_deref(), text.en.as_deref()].into_iter().flatten().collect();
    if words.is_empty() || words.iter().any(|words| words.trim().is_empty() || has_control(words)) {
        report.error(at, "the site's name is empty or not on one line", "write the name as visitors know it");
    }
    Some(text)
}

fn mail_from(report: &mut Report<'_>, at: &str, address: Option<&str>) -> Option<String> {
    let Some(address) = address else {
        report.error(at, "the site's mails have no sender", "add mail_from = \"noreply@your-company.jp\"");
        return None;
    };
    if let Some(trouble) = mail_trouble(address) {
        report.error(at, format!("`{}` {trouble}", address.escape_debug()), MAIL_FIX);
    }
    Some(address.to_owned())
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}
