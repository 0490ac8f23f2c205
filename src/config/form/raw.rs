//! The form file as its owner writes it. The doc comments here are the descriptions in the JSON
//! Schema that editors show, so they speak to the owner.
//!
//! Everything is optional for serde: what must be there is said by the schema and checked against
//! it, so that one missing key does not hide the other mistakes.

use crate::domain::attribution::AttributionKey;
use crate::domain::captcha::Provider;
use crate::domain::field::FieldKind;
use crate::domain::form::{Confirm, ForbiddenNumbers, FormTokenRule, Layout};
use crate::domain::lang::{Lang, Text};
use crate::domain::protect::Protect;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Leadseal form: one file in the folder `forms/` beside `leadseal.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Leadseal form")]
pub(in crate::config) struct FormFile {
    /// The form itself.
    #[schemars(required)]
    pub form: Option<FormTable>,
    /// The fields, in the order in which visitors see them.
    #[schemars(required, length(min = 1))]
    pub field: Option<Vec<FieldTable>>,
    /// Who is told about a lead.
    #[schemars(required)]
    pub notify: Option<NotifyTable>,
    /// The mail that the visitor gets at once (自動返信). Leave the table out to send none.
    pub auto_reply: Option<AutoReplyTable>,
}

/// Words for people: one text for all languages, or one per language.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Words {
    /// The same words in every language.
    Same(String),
    /// Words per language: `{ ja = "…", en = "…" }`.
    PerLanguage(Text),
}

/// The form itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct FormTable {
    /// The form's id, unique in the installation. Its page is `/f/<id>`.
    #[schemars(required, regex(pattern = r"^[a-z][a-z0-9_-]{0,39}$"))]
    pub id: Option<String>,
    /// The site it belongs to: the `<id>` of `[sites.<id>]` in leadseal.toml. May be left out when
    /// there is one site only.
    pub site: Option<String>,
    /// The languages it is offered in. The first is the default.
    #[schemars(required, length(min = 1))]
    pub languages: Option<Vec<Lang>>,
    /// The heading, also used in mails.
    #[schemars(required)]
    pub title: Option<Words>,
    /// A paragraph under the heading.
    pub intro: Option<Words>,
    /// The words on the submit button.
    pub submit: Option<Words>,
    /// The page after a success.
    pub thanks: Option<ThanksTable>,
    /// How the fields lie. Default: `stacked`.
    pub layout: Option<Layout>,
    /// Whether visitors see what they typed once more before it is sent (確認画面). Default: `off`.
    pub confirm: Option<Confirm>,
    /// Other web sites whose pages may post to this form, as `https://www.example.jp`. Leadseal's
    /// own address always may.
    pub allowed_origins: Option<Vec<String>>,
    /// Days until a lead is erased. Default: 365.
    #[schemars(range(min = 1, max = 3650))]
    pub retention_days: Option<u32>,
    /// What may be remembered about where the visitor came from. Default: nothing.
    pub attribution: Option<Vec<AttributionKey>>,
    /// How attribution is kept. Default: `tokenise`.
    pub attribution_protect: Option<Protect>,
    /// Why attribution may be kept in clear; needed for `attribution_protect = "keep"`.
    pub attribution_allow_plain: Option<String>,
    /// Whether a browser's post must carry the signed token of a page view. Default: `required`.
    pub form_token: Option<FormTokenRule>,
    /// What happens to card numbers and マイナンバー in free text. Default: `refuse`.
    pub forbidden_numbers: Option<ForbiddenNumbers>,
    /// What is counted of the visits, without personal data.
    pub funnel: Option<FunnelTable>,
    /// A captcha of somebody else's on this form. Leave the table out to have none.
    pub captcha: Option<CaptchaTable>,
}

/// A captcha of somebody else's: its script runs on the page, and each post is verified there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CaptchaTable {
    /// Who runs it.
    #[schemars(required)]
    pub provider: Option<Provider>,
    /// The public key of your site there.
    #[schemars(required)]
    pub site_key: Option<String>,
    /// A file of mode 0600 that holds only the secret key, relative to leadseal.toml.
    #[schemars(required)]
    pub secret_file: Option<String>,
    /// Where answers are verified, when it is not the provider's own address: a relay of yours.
    pub verify_url: Option<String>,
}

/// What is counted of the visits.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct FunnelTable {
    /// Pages that hold the form and are counted by name: a path, as `/contact`, or the beginning of
    /// several, as `/lp/*`. All others are counted together as `other`. Default: none.
    #[schemars(length(max = 50))]
    pub pages: Option<Vec<String>>,
}

/// The page after a success.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ThanksTable {
    /// Its heading.
    pub title: Option<Words>,
    /// Its words.
    pub body: Option<Words>,
    /// Your own page to show instead, as `https://www.example.jp/thanks`. Its origin must be the
    /// site's or one of `allowed_origins`.
    pub url: Option<String>,
    /// Further pages of your own that a page with the form on it may ask for.
    #[schemars(length(max = 50))]
    pub urls: Option<Vec<String>>,
}

/// A condition on an earlier field.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ConditionTable {
    /// The id of the field that is looked at. It must come earlier in the file.
    #[schemars(required)]
    pub field: Option<String>,
    /// The values that make the condition true. Left out: any answer does.
    #[schemars(length(min = 1))]
    pub is: Option<Vec<String>>,
}

/// A choice: a plain text, or a value with words of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum ChoiceEntry {
    /// A text that is both stored and shown.
    Plain(String),
    /// A value that is stored and the words that are shown.
    Full(ChoiceTable),
}

/// A value that is stored and the words that are shown.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ChoiceTable {
    /// What is stored, exported and used in conditions.
    #[schemars(required)]
    pub value: Option<String>,
    /// What the visitor reads.
    #[schemars(required)]
    pub label: Option<Words>,
}

/// What a visitor agrees to.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ConsentTable {
    /// What the consent is for, e.g. `privacy`, `marketing`, `advertising`.
    #[schemars(required)]
    pub purpose: Option<String>,
    /// The version of the words. Change it whenever the words change.
    #[schemars(required)]
    pub version: Option<String>,
    /// The words beside the box.
    #[schemars(required)]
    pub text: Option<Words>,
    /// The policy the words refer to, as `https://…`.
    pub policy_url: Option<String>,
}

/// A field.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct FieldTable {
    /// The field's id: its name in posts, the store and exports.
    #[schemars(required, regex(pattern = r"^[a-z][a-z0-9_-]{0,39}$"))]
    pub id: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub kind: Option<FieldKind>,
    /// What the visitor reads.
    #[schemars(required)]
    pub label: Option<Words>,
    /// A line of help under the label.
    pub hint: Option<Words>,
    /// An answer is needed. For a consent: the box must be ticked. Default: false.
    pub required: Option<bool>,
    /// An answer is needed when this holds.
    pub required_if: Option<ConditionTable>,
    /// The field is there only when this holds.
    pub shown_if: Option<ConditionTable>,
    /// Begins a step of the form with this heading; it holds this field and those after it.
    pub step: Option<Words>,
    /// What is kept of the answer. Default: `keep` for closed choices, numbers and consents,
    /// `tokenise` for everything that a visitor can type.
    pub protect: Option<Protect>,
    /// Why a typed answer may be kept in clear; needed for `protect = "keep"` on such a field.
    pub allow_plain: Option<String>,
    /// The options of a select, radio or checkboxes field.
    #[schemars(length(min = 1))]
    pub choices: Option<Vec<ChoiceEntry>>,
    /// Text types: fewest characters.
    #[schemars(range(min = 1, max = 20_000))]
    pub min_length: Option<u32>,
    /// Text types: most characters.
    #[schemars(range(min = 1, max = 20_000))]
    pub max_length: Option<u32>,
    /// Number: smallest.
    pub min: Option<f64>,
    /// Number: largest.
    pub max: Option<f64>,
    /// Date: earliest, as `2026-04-01`.
    pub min_date: Option<String>,
    /// Date: latest, as `2026-04-01`.
    pub max_date: Option<String>,
    /// Checkboxes: fewest ticked.
    #[schemars(range(min = 1, max = 200))]
    pub min_choices: Option<u32>,
    /// Checkboxes: most ticked.
    #[schemars(range(min = 1, max = 200))]
    pub max_choices: Option<u32>,
    /// Text types: a regular expression that the whole answer must match. No look-around, no
    /// back-references.
    pub pattern: Option<String>,
    /// The sentence shown when the pattern does not match.
    pub pattern_message: Option<Words>,
    /// E-mail: refuse free mail providers. Default: false.
    pub business_only: Option<bool>,
    /// Name and kana: two inputs, family and given name. Default: true.
    pub split: Option<bool>,
    /// Tel: the country whose national numbers are understood, as `JP`. Default: `JP`.
    pub country: Option<String>,
    /// The `autocomplete` token of the input, where the type's own does not fit.
    pub autocomplete: Option<String>,
    /// Consent: what the visitor agrees to.
    pub consent: Option<ConsentTable>,
}

/// Who is told about a lead.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct NotifyTable {
    /// Addresses that hear of every lead that no route takes.
    #[schemars(required, length(min = 1))]
    pub recipients: Option<Vec<String>>,
    /// The language of the mail. Default: the form's first.
    pub lang: Option<Lang>,
    /// Select, radio, checkboxes or prefecture fields whose answer the subject names.
    pub subject_facets: Option<Vec<String>>,
    /// Fields whose full answer stands in the mail, unmasked. Default: none.
    pub reveal: Option<Vec<String>>,
    /// A reply goes to the visitor. Puts the address into the mail. Default: false.
    pub reply_to_lead: Option<bool>,
    /// Minutes within which somebody should answer; the mail says so.
    #[schemars(range(min = 1, max = 43_200))]
    pub answer_within_minutes: Option<u32>,
    /// Rules that send some leads to other people. The first that holds decides.
    pub route: Option<Vec<RouteTable>>,
}

/// A rule that sends some leads to other people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct RouteTable {
    /// When it applies.
    #[schemars(required)]
    pub when: Option<ConditionTable>,
    /// Who is told then, instead of `recipients`.
    #[schemars(required, length(min = 1))]
    pub to: Option<Vec<String>>,
}

/// The mail that the visitor gets.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct AutoReplyTable {
    /// The id of the e-mail field.
    #[schemars(required)]
    pub to: Option<String>,
    /// The subject.
    #[schemars(required)]
    pub subject: Option<Words>,
    /// The text. It may use `{{ site }}`, `{{ form }}`, `{{ receipt }}` and, for a select, radio or
    /// checkboxes field, `{{ choice.<field id> }}`.
    #[schemars(required)]
    pub body: Option<Words>,
}
