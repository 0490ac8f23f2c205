//! What surrounds every page of the console: head, navigation, languages, notice.

use super::guard::Staff;
use super::state::{Inner, Trouble};
use crate::domain::lang::Lang;
use crate::domain::staff::Permission;
use crate::i18n;
use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Lists of leads, and leads.
    Inbox,
    /// The search.
    Search,
    /// Figures.
    Dashboard,
    /// Exports of lists.
    Export,
    /// People's requests about their own data, retention.
    Privacy,
    /// The audit.
    Audit,
    /// Accounts of staff.
    Staff,
    /// One's own account.
    Account,
    /// A page that is no place of its own.
    Elsewhere,
}

impl Place {
    /// The navigation: message, path below the console's, and who sees it.
    const ALL: [(Self, &'static str, &'static str, Option<Permission>); 8] = [
        (Self::Inbox, "console-nav-inbox", "inbox", Some(Permission::SeeLeads)),
        (Self::Search, "console-nav-search", "search", Some(Permission::Search)),
        (Self::Dashboard, "console-nav-dashboard", "dashboard", Some(Permission::SeeLeads)),
        (Self::Export, "console-nav-export", "export", Some(Permission::Export)),
        (Self::Privacy, "console-nav-privacy", "privacy", Some(Permission::Erase)),
        (Self::Audit, "console-nav-audit", "audit", Some(Permission::SeeAudit)),
        (Self::Staff, "console-nav-staff", "staff", Some(Permission::ManageStaff)),
        (Self::Account, "console-nav-account", "account", None),
    ];
}

/// One entry of the navigation.
pub struct NavItem {
    pub(in crate::console) label: String,
    pub(in crate::console) href: String,
    pub(in crate::console) here: bool,
}

/// Who is signed in, as the page's head shows it.
pub(in crate::console) struct Who {
    pub(in crate::console) name: String,
    pub(in crate::console) token: String,
}

/// What a page says first, once.
pub struct Notice {
    pub(in crate::console) words: String,
    pub(in crate::console) is_trouble: bool,
}

/// The frame of a page.
pub struct Frame {
    /// The page's language.
    pub lang: Lang,
    pub(in crate::console) title: String,
    pub(in crate::console) base: String,
    pub(in crate::console) site_name: String,
    pub(in crate::console) nav: Vec<NavItem>,
    pub(in crate::console) who: Option<Who>,
    pub(in crate::console) notice: Option<Notice>,
    /// The query that goes with the links of the language switch, where nobody is signed in.
    pub(in crate::console) switch: Option<String>,
}

impl Frame {
    /// The frame of a page for somebody who is signed in. `title` is a message.
    pub fn of(console: &Inner, staff: &Staff, here: Place, title: &str) -> Self {
        Self::titled(console, staff, here, i18n::text(staff.viewer.lang, title))
    }

    /// The same with a title that is no message.
    pub fn titled(console: &Inner, staff: &Staff, here: Place, title: String) -> Self {
        let seen = Place::ALL.into_iter().filter(|(.., needs)| needs.is_none_or(|what| staff.viewer.may(what)));
        let nav = seen.map(|(place, label, path, _)| NavItem {
            label: i18n::text(staff.viewer.lang, label),
            href: format!("{}/{path}", console.base()),
            here: place == here,
        });
        let who = Who { name: staff.name.clone(), token: staff.form_token() };
        let mut frame = Self::bare(console, staff.viewer.lang, title);
        frame.nav = nav.collect();
        frame.who = Some(who);
        frame
    }

    /// The frame of a page before sign-in.
    pub fn open(console: &Inner, lang: Lang, title: &str) -> Self {
        Self::bare(console, lang, i18n::text(lang, title))
    }

    fn bare(console: &Inner, lang: Lang, title: String) -> Self {
        let site_name = match console.parts.settings.sites.as_slice() {
            [only] => only.name.get(lang).to_owned(),
            _ => "Leadseal".to_owned(),
        };
        let base = console.base().to_owned();
        Self { lang, title, base, site_name, nav: Vec::new(), who: None, notice: None, switch: None }
    }

    /// Offers the page in other languages by links, where nobody is signed in.
    #[must_use]
    pub fn with_switch(mut self, rest_of_query: &str) -> Self {
        self.switch = Some(rest_of_query.to_owned());
        self
    }

    /// Says first that something was done. `message` is a message; an empty one says nothing.
    #[must_use]
    pub fn with_notice(mut self, message: &str) -> Self {
        if !message.is_empty() {
            self.notice = Some(Notice { words: i18n::text(self.lang, message), is_trouble: false });
        }
        self
    }

    /// Says first that something is wrong, in these words.
    #[must_use]
    pub fn with_trouble(mut self, words: Option<String>) -> Self {
        if let Some(words) = words {
            self.notice = Some(Notice { words, is_trouble: true });
        }
        self
    }

    /// A message in the page's language.
    pub fn text(&self, key: &str) -> String {
        i18n::text(self.lang, key)
    }

    /// A path below the console's.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.base)
    }

    /// The token for a form, as a hidden input named `_csrf` carries it.
    pub fn token(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.token)
    }

    /// What stands in the window's title.
    pub(in crate::console) fn window_title(&self) -> String {
        let title = format!("{} – {}", self.title, self.site_name);
        match &self.notice {
            Some(notice) if notice.is_trouble => {
                i18n::text_with(self.lang, "page-error-title", &[("title", i18n::Arg::Text(&title))])
            }
            _ => title,
        }
    }

    /// The other languages.
    pub(in crate::console) fn other_languages(&self) -> Vec<(&'static str, String)> {
        let others = Lang::ALL.into_iter().filter(|lang| *lang != self.lang);
        others.map(|lang| (lang.tag(), i18n::text(lang, "page-lang-name"))).collect()
    }
}

/// The language a browser asks for; `?lang=` wins.
pub fn preferred(headers: &HeaderMap, query: Option<&str>) -> Lang {
    let asked = query.and_then(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "lang")
            .and_then(|(_, tag)| Lang::from_tag(&tag))
    });
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.or_else(|| wanted.and_then(Lang::from_accept_language)).unwrap_or(Lang::Ja)
}

/// A page as an answer. A template that fails is told by name alone: its error could quote what it
/// was to show.
pub fn page(status: StatusCode, name: &'static str, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => Trouble::Page(name).into_response(),
    }
}
