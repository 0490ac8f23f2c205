//! A form: everything Leadseal knows about one, checked and ready to use.

use super::attribution::AttributionKey;
use super::captcha::Captcha;
use super::field::{Condition, Field, FieldKind};
use super::funnel::PagePattern;
use super::ids::{FieldId, FormId, FormVersion, SiteId};
use super::lang::{Lang, Text};
use super::origin::Origin;
use super::protect::Protect;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Days a lead is kept where nothing else is said.
pub const DEFAULT_RETENTION_DAYS: u32 = 365;

/// What happens to card numbers and マイナンバー in free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForbiddenNumbers {
    /// The visitor is asked to take them out.
    #[default]
    Refuse,
    /// They are replaced by `■` before anything is sealed.
    StrikeOut,
}

/// Whether a post must carry the signed token of a page view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormTokenRule {
    /// Browser posts must carry one; JSON clients, which saw no page, need not.
    #[default]
    Required,
    /// Checked when present: for forms written by hand into another page.
    WhenPresent,
}

/// Whether visitors see what they typed once more before it is sent (確認画面).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// They don't.
    #[default]
    Off,
    /// In the place of the form where the script runs, on a page of its own elsewhere.
    Inline,
    /// On a page of its own.
    Page,
}

impl Confirm {
    /// As in a form file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Inline => "inline",
            Self::Page => "page",
        }
    }
}

/// How the fields lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One below the other.
    #[default]
    Stacked,
    /// Short fields side by side where there is room.
    TwoColumn,
    /// One below the other, with less air.
    Compact,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Stacked, Self::TwoColumn, Self::Compact];

    /// As in a form file and in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stacked => "stacked",
            Self::TwoColumn => "two-column",
            Self::Compact => "compact",
        }
    }

    /// The layout of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.word() == word)
    }
}

/// Who is told about a lead.
#[derive(Debug, Clone, Serialize)]
pub struct Notify {
    /// Addresses that hear of every lead that no route takes.
    pub recipients: Vec<String>,
    /// Rules tried in order; the first that holds decides the recipients.
    pub routes: Vec<Route>,
    /// Fields (kept in clear) named in the subject.
    pub subject_facets: Vec<FieldId>,
    /// Fields whose raw value the owner decided to have in the mail.
    pub reveal: Vec<FieldId>,
    /// `Reply-To` is the visitor's address (personal data in mail: off unless chosen).
    pub reply_to_lead: bool,
    /// Minutes within which the lead should be answered, shown in the mail.
    pub answer_within_minutes: Option<u32>,
    /// The language of the mail.
    pub lang: Lang,
}

/// Sends leads with a certain answer to other people.
#[derive(Debug, Clone, Serialize)]
pub struct Route {
    /// When it applies.
    pub when: Condition,
    /// Who is told then.
    pub to: Vec<String>,
}

/// The answer a visitor gets by mail.
#[derive(Debug, Clone, Serialize)]
pub struct AutoReply {
    /// The e-mail field whose address is written to.
    pub to: FieldId,
    /// The subject.
    pub subject: Text,
    /// The body: a minijinja template that may use `site`, `form`, `receipt` and closed choices.
    pub body: Text,
}

/// The page after a success.
#[derive(Debug, Clone, Serialize)]
pub struct Thanks {
    /// Its heading.
    pub title: Option<Text>,
    /// Its words.
    pub body: Option<Text>,
    /// The site's own page in its place.
    pub url: Option<String>,
    /// Further pages that an embedding page may ask for.
    pub urls: Vec<String>,
}

impl Thanks {
    /// The site's own page: the one that was asked for if it is listed, else the form's.
    pub fn page(&self, wished: Option<&str>) -> Option<&str> {
        wished.and_then(|wished| self.listed(wished)).or(self.url.as_deref())
    }

    /// The origins of the pages.
    pub fn origins(&self) -> Vec<Origin> {
        let all = self.url.iter().chain(&self.urls).filter_map(|url| url::Url::parse(url).ok());
        let mut origins: Vec<Origin> = all.filter_map(|url| Origin::of_url(&url)).collect();
        origins.dedup();
        origins
    }

    /// The listed page with exactly this address.
    pub fn listed(&self, wished: &str) -> Option<&str> {
        let wished = url::Url::parse(wished).ok()?;
        self.url.iter().chain(&self.urls).map(String::as_str).find(|url| *url == wished.as_str())
    }
}

/// A form.
#[derive(Debug, Clone, Serialize)]
pub struct Form {
    /// The site it belongs to.
    pub site: SiteId,
    /// Its id and path.
    pub id: FormId,
    /// Names this exact definition (computed; not part of itself).
    #[serde(skip)]
    pub version: FormVersion,
    /// The languages it is offered in; the first is the default.
    pub langs: Vec<Lang>,
    /// Its heading.
    pub title: Text,
    /// A paragraph under the heading.
    pub intro: Option<Text>,
    /// The submit button's words.
    pub submit: Option<Text>,
    /// The page after a success.
    pub thanks: Thanks,
    /// Origins that may post besides Leadseal's own.
    pub allowed_origins: Vec<Origin>,
    /// The fields in order, consents among them.
    pub fields: Vec<Field>,
    /// The attribution values it takes.
    pub attribution: Vec<AttributionKey>,
    /// What the desk does with attribution values.
    pub attribution_protect: Protect,
    /// Who is told (not part of the version: it changes nothing for the visitor).
    #[serde(skip)]
    pub notify: Notify,
    /// What the visitor is told.
    pub auto_reply: Option<AutoReply>,
    /// Days a lead is kept.
    pub retention_days: u32,
    /// What happens to card numbers and マイナンバー in free text.
    pub forbidden_numbers: ForbiddenNumbers,
    /// Whether posts need a form token.
    pub form_token: FormTokenRule,
    /// Pages that the funnel counts by name (not part of the version: it changes nothing for the
    /// visitor).
    #[serde(skip)]
    pub funnel_pages: Vec<PagePattern>,
    /// How the fields lie.
    pub layout: Layout,
    /// Whether visitors see what they typed once more before it is sent.
    pub confirm: Confirm,
    /// A captcha of somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captcha: Option<Captcha>,
}

impl Form {
    /// Computes the version of the definition from its canonical JSON.
    pub fn computed_version(&self) -> FormVersion {
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(&canonical);
        let mut version = [0u8; 8];
        version.copy_from_slice(&digest[..8]);
        FormVersion(version)
    }

    /// The field with this id.
    pub fn field(&self, id: &FieldId) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == *id)
    }

    /// The form's default language.
    pub fn default_lang(&self) -> Lang {
        self.langs.first().copied().unwrap_or(Lang::Ja)
    }

    /// The wanted language where the form has it, else its default.
    pub fn lang_or_default(&self, wanted: Option<Lang>) -> Lang {
        wanted.filter(|lang| self.langs.contains(lang)).unwrap_or_else(|| self.default_lang())
    }

    /// The first field of a type.
    pub fn first_of(&self, kind: FieldKind) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == kind)
    }
}
