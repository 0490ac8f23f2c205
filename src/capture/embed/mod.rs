//! The files that a page with a form loads: style sheets and the script. Each is served under a
//! name that follows its content and may be cached for ever, and some also under a name that
//! stays. Refuses anything that is not compiled in.

mod accent;
mod fragment;
mod serve;
mod theme;

pub use fragment::fragment;
pub use serve::{asset, stable_script, stable_sheet};

use crate::domain::ids::SiteId;
use crate::domain::site::Site;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// The form's own style, safe on a page that has another.
const EMBED_CSS: &str = include_str!("../../../assets/embed.css");
/// What surrounds the form on our own pages.
const PAGE_CSS: &str = include_str!("../../../assets/page.css");
const EMBED_JS: &str = include_str!("../../../assets/embed.js");

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file.
pub struct Asset {
    pub kind: &'static str,
    pub text: String,
    pub etag: String,
}

/// Every file by its name.
pub struct Assets {
    by_name: HashMap<String, Asset>,
    sheets_of: HashMap<SiteId, Sheets>,
    /// For pages that belong to no site.
    plain: Sheets,
    script: String,
}

/// The names of a site's style sheets.
struct Sheets {
    page: String,
    embed: String,
}

impl Assets {
    /// The files of these sites.
    pub fn new(sites: &[Arc<Site>]) -> Self {
        let mut by_name = HashMap::new();
        let mut add = |stem: &str, extension: &str, kind: &'static str, text: String| {
            let hash = hex::encode(&Sha256::digest(&text)[..8]);
            let name = format!("{stem}-{hash}.{extension}");
            by_name.insert(name.clone(), Asset { kind, text, etag: format!("\"{hash}\"") });
            name
        };
        let mut sheets = |site: Option<&Site>| {
            let stem = |kind: &str| site.map_or(kind.to_owned(), |site| format!("{kind}-{}", site.id));
            let page = format!("{PAGE_CSS}{}", site.map(theme::page_rules).unwrap_or_default());
            let embed = format!("{EMBED_CSS}{}", site.map(theme::embed_rules).unwrap_or_default());
            Sheets { page: add(&stem("page"), "css", CSS, page), embed: add(&stem("embed"), "css", CSS, embed) }
        };
        let plain = sheets(None);
        let sheets_of = sites.iter().map(|site| (site.id.clone(), sheets(Some(site)))).collect();
        let script = add("embed", "js", SCRIPT, EMBED_JS.to_owned());
        Self { by_name, sheets_of, plain, script }
    }

    fn sheets(&self, site: Option<&SiteId>) -> &Sheets {
        site.and_then(|site| self.sheets_of.get(site)).unwrap_or(&self.plain)
    }

    /// The file name of the sheet for a site's own pages.
    pub fn page_sheet(&self, site: Option<&SiteId>) -> &str {
        &self.sheets(site).page
    }

    /// The file name of the sheet for a site's forms.
    pub fn embed_sheet(&self, site: Option<&SiteId>) -> &str {
        &self.sheets(site).embed
    }

    /// The file name of the script.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// The file of this name.
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.by_name.get(name)
    }

    /// What has taken the place of the file of this name, of an earlier release or look. A page in a
    /// cache links to it for weeks.
    pub fn successor(&self, name: &str) -> Option<&Asset> {
        let parts = parts(name)?;
        self.by_name.iter().find(|(other, _)| self::parts(other) == Some(parts)).map(|(_, asset)| asset)
    }
}

/// A file's name without its hash: what stands before and after it.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (stem, rest) = name.rsplit_once('-')?;
    let (hash, extension) = rest.split_once('.')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some((stem, extension))
}
