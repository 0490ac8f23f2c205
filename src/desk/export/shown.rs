//! What an export shows of a lead: each field masked, as its token, or opened.

use super::{ExportError, LeadKeys, Mode};
use crate::crypto::protect::{LeadKey, ProtectedField};
use crate::desk::store::LeadView;
use crate::domain::field::{FieldKind, NamePart};
use crate::domain::ids::{FieldId, FormVersion};
use crate::domain::submission::Value;
use crate::domain::token::Token;
use serde::{Serialize, Serializer};

/// A lead with its fields as they are to be written.
pub(super) struct ShownLead<'a> {
    pub(super) lead: &'a LeadView,
    pub(super) fields: Vec<(&'a ProtectedField, Shown)>,
}

impl ShownLead<'_> {
    /// What stands for a field, attribution or not.
    pub(super) fn value(&self, field: &FieldId, attribution: bool) -> Option<&Shown> {
        let mut found = self.fields.iter().filter(|(view, _)| view.attribution == attribution && view.field == *field);
        found.next().map(|(_, shown)| shown)
    }

    /// The answers to fields of a type that stand in clear: opened, or kept so. A mask or a token
    /// is no answer.
    pub(super) fn answers(&self, kind: FieldKind) -> impl Iterator<Item = &Shown> {
        let of_kind = self.fields.iter().filter(move |(view, _)| view.kind == kind && !view.attribution);
        of_kind.filter(|(view, shown)| is_clear(view, shown)).map(|(_, shown)| shown)
    }

    /// As [`Self::answers`], of one field.
    pub(super) fn answer(&self, field: &FieldId) -> Option<&Shown> {
        let mut of_field = self.fields.iter().filter(|(view, _)| view.field == *field && !view.attribution);
        of_field.find(|(view, shown)| is_clear(view, shown)).map(|(_, shown)| shown)
    }
}

fn is_clear(view: &ProtectedField, shown: &Shown) -> bool {
    matches!(shown, Shown::Open(_)) || view.plain.is_some()
}

/// What stands for a value.
pub(super) enum Shown {
    /// A mask, a token, or a value that is kept in clear. Nothing for hashed fields.
    Text(String),
    /// The value itself.
    Open(Value),
}

impl Shown {
    /// As one text.
    pub(super) fn joined(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Open(value) => value.joined().expose().clone(),
        }
    }

    /// Whether an option is among the chosen ones.
    pub(super) fn is_chosen(&self, option: &str) -> bool {
        match self {
            // Options that are kept in clear stand joined.
            Self::Text(text) => text.split("; ").any(|chosen| chosen == option),
            Self::Open(Value::Many(texts)) => texts.iter().any(|chosen| chosen.expose() == option),
            Self::Open(_) => self.joined() == option,
        }
    }

    /// Whether its two parts are known apart.
    pub(super) const fn is_split(&self) -> bool {
        matches!(self, Self::Open(Value::Name { .. }))
    }

    /// One part of a name. A text that is no split name stands in the family part.
    pub(super) fn part(&self, part: NamePart) -> String {
        match (self, part) {
            (Self::Open(Value::Name { family, .. }), NamePart::Family) => family.expose().clone(),
            (Self::Open(Value::Name { given, .. }), NamePart::Given) => given.expose().clone(),
            (_, NamePart::Family) => self.joined(),
            (_, NamePart::Given) => String::new(),
        }
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Open(Value::One(text)) => serializer.serialize_str(text.expose()),
            Self::Open(Value::Name { family, given }) => serializer.collect_map([
                (NamePart::Family.suffix(), family.expose()),
                (NamePart::Given.suffix(), given.expose()),
            ]),
            Self::Open(Value::Many(texts)) => serializer.collect_seq(texts.iter().map(|text| text.expose())),
        }
    }
}

/// Opens the values of one lead.
pub(super) struct Opener {
    key: LeadKey,
    lead: Token,
    version: FormVersion,
}

impl Opener {
    pub(super) fn for_lead(lead: &LeadView, keys: LeadKeys<'_>) -> Result<Self, ExportError> {
        Ok(Self { key: keys(lead.token)?, lead: lead.token, version: lead.form_version })
    }

    /// The value of a field; one without a sealed value is damaged.
    pub(super) fn open(&self, field: &ProtectedField) -> Result<Value, ExportError> {
        let sealed = field.sealed.as_deref().unwrap_or_default();
        self.key
            .reveal(self.lead, &field.field, self.version, sealed)
            .map_err(|_| ExportError::Unreadable { lead: self.lead, field: field.field.clone() })
    }
}

/// The lead as `mode` shows it. Without an opener nothing is opened.
pub(super) fn show<'a>(lead: &'a LeadView, mode: Mode, opener: Option<&Opener>) -> Result<ShownLead<'a>, ExportError> {
    let fields = lead.fields.iter().map(|field| {
        let shown = match opener {
            Some(opener) if field.sealed.is_some() => Shown::Open(opener.open(field)?),
            _ => Shown::Text(closed(field, mode)),
        };
        Ok((field, shown))
    });
    Ok(ShownLead { lead, fields: fields.collect::<Result<_, ExportError>>()? })
}

fn closed(field: &ProtectedField, mode: Mode) -> String {
    let token = field.token.filter(|_| mode == Mode::Tokens).map(|token| token.to_string());
    token.or_else(|| field.shown().map(str::to_owned)).unwrap_or_default()
}
