//! The visitor's pages: forms, thanks and notices.
//!
//! Builds HTML and nothing else; which page is answered, and with which status, is decided by the
//! callers. What a visitor typed is borrowed for the moment of writing the page.

mod body;
mod field;
mod form;
mod notice;
mod review;
mod thanks;

pub use body::{Alert, FormBody, Fragment, Kept, Place, View, problem_input, problem_words};
pub use form::FormPage;
pub use notice::NoticePage;
pub use review::{ReviewPage, review_rows};
pub use thanks::{ThanksPage, thanks_words};

use crate::capture::embed::Assets;
use crate::domain::lang::Lang;
use crate::domain::site::Site;
use crate::i18n;

/// What surrounds every page: language, site, style.
pub struct Frame<'a> {
    lang: Lang,
    document_title: String,
    site_name: &'a str,
    site_url: Option<&'a str>,
    sheets: Vec<String>,
    script: String,
    languages: Vec<Language>,
    framed: bool,
}

/// An entry of the language switch; the page's own language has no link.
struct Language {
    tag: &'static str,
    name: String,
    href: Option<String>,
}

impl<'a> Frame<'a> {
    /// The frame of a page with this heading. `base` is the path under which everything is
    /// mounted, without trailing slash.
    pub fn new(lang: Lang, heading: &str, site: Option<&'a Site>, base: &str, assets: &Assets) -> Self {
        let id = site.map(|site| &site.id);
        let site_name = site.map_or("", |site| site.name.get(lang));
        let document_title =
            if site_name.is_empty() { heading.to_owned() } else { format!("{heading} – {site_name}") };
        Self {
            lang,
            document_title,
            site_name,
            site_url: site.and_then(|site| site.url.as_deref()),
            sheets: [assets.page_sheet(id), assets.embed_sheet(id)].map(|name| format!("{base}/assets/{name}")).into(),
            script: format!("{base}/assets/{}", assets.script()),
            languages: Vec::new(),
            framed: false,
        }
    }

    /// Offers the page in other languages. `href` gives each one's address.
    #[must_use]
    pub fn with_languages(mut self, langs: &[Lang], href: impl Fn(Lang) -> String) -> Self {
        if langs.len() > 1 {
            let entry = |lang: &Lang| Language {
                tag: lang.tag(),
                name: i18n::text(*lang, "page-lang-name"),
                href: (*lang != self.lang).then(|| href(*lang)),
            };
            self.languages = langs.iter().map(entry).collect();
        }
        self
    }

    /// Leaves out what surrounds a form, for a frame within another page.
    #[must_use]
    pub fn framed(mut self, framed: bool) -> Self {
        self.framed = framed;
        self
    }

    /// Puts "Error:" before the title, which is what screen readers say first.
    fn mark_as_error(&mut self) {
        let title = [("title", i18n::Arg::Text(&self.document_title))];
        self.document_title = i18n::text_with(self.lang, "page-error-title", &title);
    }

    fn text(&self, key: &str) -> String {
        i18n::text(self.lang, key)
    }
}
