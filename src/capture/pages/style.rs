//! The style sheets: one per site, named after their content, so that they may be cached for ever.

use super::accent;
use crate::domain::ids::SiteId;
use crate::domain::site::Site;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

const FORM_CSS: &str = include_str!("../../../assets/form.css");

/// Every style sheet that pages link to.
pub struct StyleSheets {
    by_name: HashMap<String, String>,
    name_of: HashMap<SiteId, String>,
    /// For pages that belong to no site.
    plain: String,
}

impl StyleSheets {
    /// The sheets of these sites.
    pub fn new(sites: &[Arc<Site>]) -> Self {
        let mut sheets = Self { by_name: HashMap::new(), name_of: HashMap::new(), plain: String::new() };
        sheets.plain = sheets.add(FORM_CSS.to_owned());
        for site in sites {
            let own = site.accent.as_deref().and_then(accent::rules).unwrap_or_default();
            let name = sheets.add(format!("{FORM_CSS}{own}"));
            sheets.name_of.insert(site.id.clone(), name);
        }
        sheets
    }

    fn add(&mut self, sheet: String) -> String {
        let name = format!("form-{}.css", hex::encode(&Sha256::digest(&sheet)[..8]));
        self.by_name.insert(name.clone(), sheet);
        name
    }

    /// The file name of a site's sheet.
    pub fn name_for(&self, site: Option<&SiteId>) -> &str {
        site.and_then(|site| self.name_of.get(site)).unwrap_or(&self.plain)
    }

    /// The sheet with this file name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }
}
