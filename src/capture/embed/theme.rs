//! A site's look, as rules that follow the style sheets.

use super::accent;
use crate::domain::site::{Scheme, Site};

/// For our own pages.
pub fn page_rules(site: &Site) -> String {
    let scheme = match site.scheme {
        Scheme::Auto => "",
        Scheme::Light => ":root{color-scheme:light}\n",
        Scheme::Dark => ":root{color-scheme:dark}\n",
    };
    format!("{scheme}{}", accent_rules(site, ".ls-page"))
}

/// For the form, which may stand on another page: nothing outside of it is touched.
pub fn embed_rules(site: &Site) -> String {
    let mut own = String::new();
    match site.scheme {
        Scheme::Auto => {}
        Scheme::Light => own.push_str("color-scheme:light;"),
        Scheme::Dark => own.push_str("color-scheme:dark;"),
    }
    if let Some(radius) = site.radius {
        own.push_str(&format!("--ls-site-radius:{radius}px;"));
    }
    if let Some(spacing) = site.spacing {
        own.push_str(&format!("--ls-site-gap:{};", spacing.gap()));
    }
    if let Some(font) = site.font {
        own.push_str(&format!("--ls-site-font:{};", font.families()));
    }
    let own = if own.is_empty() { own } else { format!(".leadseal{{{own}}}\n") };
    format!("{own}{}", accent_rules(site, ".leadseal"))
}

fn accent_rules(site: &Site, scope: &str) -> String {
    site.accent.as_deref().and_then(|accent| accent::rules(accent, scope)).unwrap_or_default()
}
