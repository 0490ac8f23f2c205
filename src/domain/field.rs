//! Fields: their types, rules and conditions, as a checked form definition holds them.

use super::ids::FieldId;
use super::lang::{Lang, Text};
use super::protect::Protect;
use super::submission::Value;
use serde::{Deserialize, Serialize};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// A person's name (two inputs, family and given, unless `split` is off).
    Name,
    /// The reading of a name in katakana (two inputs unless `split` is off).
    Kana,
    /// An e-mail address.
    Email,
    /// A telephone number, kept as E.164.
    Tel,
    /// A Japanese postal code, kept as `123-4567`.
    PostalCode,
    /// One of the 47 prefectures.
    Prefecture,
    /// A postal address in one line or several.
    Address,
    /// A company's name.
    Company,
    /// A department.
    Department,
    /// A job title.
    JobTitle,
    /// A web address (http or https).
    Url,
    /// A decimal number.
    Number,
    /// A calendar date, kept as `YYYY-MM-DD`.
    Date,
    /// One of the options, from a list box.
    Select,
    /// One of the options, from radio buttons.
    Radio,
    /// Any number of the options.
    Checkboxes,
    /// Several lines of text.
    Textarea,
    /// Agreement to a consent statement.
    Consent,
}

impl FieldKind {
    /// The type's word in configuration and in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Name => "name",
            Self::Kana => "kana",
            Self::Email => "email",
            Self::Tel => "tel",
            Self::PostalCode => "postal_code",
            Self::Prefecture => "prefecture",
            Self::Address => "address",
            Self::Company => "company",
            Self::Department => "department",
            Self::JobTitle => "job_title",
            Self::Url => "url",
            Self::Number => "number",
            Self::Date => "date",
            Self::Select => "select",
            Self::Radio => "radio",
            Self::Checkboxes => "checkboxes",
            Self::Textarea => "textarea",
            Self::Consent => "consent",
        }
    }

    /// Every type.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Name,
        Self::Kana,
        Self::Email,
        Self::Tel,
        Self::PostalCode,
        Self::Prefecture,
        Self::Address,
        Self::Company,
        Self::Department,
        Self::JobTitle,
        Self::Url,
        Self::Number,
        Self::Date,
        Self::Select,
        Self::Radio,
        Self::Checkboxes,
        Self::Textarea,
        Self::Consent,
    ];

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// True for types whose answer comes from a closed list or is a plain number: those may be
    /// kept in clear without a reason. Everything a visitor can type is not among them.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Prefecture | Self::Number | Self::Select | Self::Radio | Self::Checkboxes | Self::Consent)
    }

    /// What a field of this type is protected with when the form does not say.
    pub const fn default_protect(self) -> Protect {
        if self.is_closed() { Protect::Keep } else { Protect::Tokenise }
    }

    /// True for types that get a blind index: equal values can be found without opening them.
    pub const fn has_blind_index(self) -> bool {
        matches!(self, Self::Email | Self::Tel | Self::Company)
    }

    /// True for free text, which is scanned for card numbers and マイナンバー.
    pub const fn is_free_text(self) -> bool {
        matches!(self, Self::Text | Self::Textarea | Self::Address | Self::Company | Self::Department | Self::JobTitle)
    }
}

/// One of the two parts of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamePart {
    /// Family name (姓, セイ).
    Family,
    /// Given name (名, メイ).
    Given,
}

impl NamePart {
    /// The suffix of the part's input name: `{field}_family`, `{field}_given`.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Given => "given",
        }
    }
}

/// One option of a select, radio or checkboxes field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is submitted and stored.
    pub value: String,
    /// What the visitor reads.
    pub label: Text,
}

/// Limits on a value. Which of them a type understands is checked when the form is loaded.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rules {
    /// Fewest graphemes (text).
    pub min_length: Option<u32>,
    /// Most graphemes (text). A default per type applies where the form sets none.
    pub max_length: Option<u32>,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Earliest date.
    pub min_date: Option<jiff::civil::Date>,
    /// Latest date.
    pub max_date: Option<jiff::civil::Date>,
    /// Fewest chosen options (checkboxes).
    pub min_choices: Option<u32>,
    /// Most chosen options (checkboxes).
    pub max_choices: Option<u32>,
    /// A pattern that the whole value must match (linear-time engine).
    pub pattern: Option<Pattern>,
    /// The sentence shown when the pattern does not match.
    pub pattern_message: Option<Text>,
    /// E-mail: refuse free mail providers.
    pub business_only: bool,
}

/// A compiled pattern. Compares and serialises by its source.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    regex: regex::Regex,
}

impl Pattern {
    /// Compiles `source`, anchored at both ends. Size-limited, linear-time, no look-around.
    ///
    /// # Errors
    /// When the engine refuses the pattern.
    pub fn new(source: &str) -> Result<Self, regex::Error> {
        let regex = regex::RegexBuilder::new(&format!("^(?:{source})$")).size_limit(1 << 20).build()?;
        Ok(Self { source: source.to_owned(), regex })
    }

    /// True when the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as the form wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

/// "Field F has one of these values": for `required_if`, `shown_if` and routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// The field that is looked at.
    pub field: FieldId,
    /// The values that make the condition true. Empty: any non-empty value does.
    pub any_of: Vec<String>,
}

impl Condition {
    /// Whether the condition holds for the field's value (nothing when unanswered).
    pub fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return false };
        let matches = |text: &str| self.any_of.is_empty() && !text.is_empty() || self.any_of.iter().any(|v| v == text);
        match value {
            Value::One(text) => matches(text.expose()),
            Value::Many(texts) => texts.iter().any(|text| matches(text.expose())),
            Value::Name { family, given } => matches(family.expose()) || matches(given.expose()),
        }
    }
}

/// A consent statement: the words a visitor agrees to, under a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentStatement {
    /// What the consent is for, e.g. `privacy`, `marketing`, `advertising`.
    pub purpose: String,
    /// The version of the words, as the owner names it (e.g. `2026-04`).
    pub version: String,
    /// The words shown beside the box.
    pub text: Text,
    /// The policy the words refer to.
    pub policy_url: Option<String>,
}

/// A field of a form.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name in posts, the store and exports.
    pub id: FieldId,
    /// Its type.
    pub kind: FieldKind,
    /// What the visitor reads.
    pub label: Text,
    /// A line of help under the label.
    pub hint: Option<Text>,
    /// An answer is needed.
    pub required: bool,
    /// An answer is needed when this holds.
    pub required_if: Option<Condition>,
    /// The field is there only when this holds; else its answer is dropped.
    pub shown_if: Option<Condition>,
    /// The heading of the step that begins with this field.
    pub step: Option<Text>,
    /// Limits on the value.
    pub rules: Rules,
    /// The options of a select, radio or checkboxes field.
    pub choices: Vec<Choice>,
    /// Name and kana: two inputs.
    pub split: bool,
    /// Tel: the country whose national numbers are understood (ISO 3166-1 alpha-2).
    pub country: String,
    /// Consent: the statement.
    pub consent: Option<ConsentStatement>,
    /// What the desk does with the value.
    pub protect: Protect,
    /// Why a typed field may be kept in clear, where the owner decided so.
    pub allow_plain: Option<String>,
    /// The `autocomplete` token, where the owner overrides the type's own.
    pub autocomplete: Option<String>,
}

impl Field {
    /// The names under which this field arrives in a post.
    pub fn input_names(&self) -> Vec<String> {
        if self.is_split() {
            [NamePart::Family, NamePart::Given].iter().map(|part| self.part_name(*part)).collect()
        } else {
            vec![self.id.to_string()]
        }
    }

    /// The input name of one part of a split name.
    pub fn part_name(&self, part: NamePart) -> String {
        format!("{}_{}", self.id, part.suffix())
    }

    /// True for a name or kana with two inputs.
    pub fn is_split(&self) -> bool {
        self.split && matches!(self.kind, FieldKind::Name | FieldKind::Kana)
    }

    /// The most graphemes accepted, per type where the form sets none.
    pub fn max_length(&self) -> u32 {
        self.rules.max_length.unwrap_or(match self.kind {
            FieldKind::Textarea => 4000,
            FieldKind::Address | FieldKind::Url => 500,
            FieldKind::Email => 254,
            FieldKind::Tel | FieldKind::Number | FieldKind::Date | FieldKind::PostalCode => 40,
            _ => 100,
        })
    }

    /// The labels of chosen options that stand joined by `; `, as a person lists them; any other
    /// text as it is.
    pub fn choice_labels(&self, joined: &str, lang: Lang) -> String {
        if self.choices.is_empty() {
            return joined.to_owned();
        }
        let words: Vec<&str> = joined.split("; ").map(|value| self.choice_label(value, lang)).collect();
        words.join(match lang {
            Lang::Ja => "、",
            Lang::En => ", ",
        })
    }

    /// The label of a choice by its value, or the value itself.
    pub fn choice_label<'a>(&'a self, value: &'a str, lang: Lang) -> &'a str {
        self.choices.iter().find(|c| c.value == value).map_or(value, |c| c.label.get(lang))
    }
}
