//! The columns of a whole export: the same for every row, known before the first is written.

use super::cell::Cell;
use super::shown::ShownLead;
use super::{ExportRequest, Mode};
use crate::desk::store::StoredNames;
use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Field, FieldKind, NamePart};
use crate::domain::ids::FieldId;
use crate::domain::protect::Protect;

/// A fact about the lead itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Token,
    Number,
    Site,
    Form,
    ReceivedAt,
    Stage,
    Lang,
    Enquiry,
    Corrects,
}

const FACTS: [(&str, Fact); 9] = [
    ("token", Fact::Token),
    ("number", Fact::Number),
    ("site", Fact::Site),
    ("form", Fact::Form),
    ("received_at", Fact::ReceivedAt),
    ("stage", Fact::Stage),
    ("lang", Fact::Lang),
    ("enquiry", Fact::Enquiry),
    ("corrects", Fact::Corrects),
];

/// Where a column's cells come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Fact(Fact),
    Value(FieldId, FieldKind),
    Part(FieldId, NamePart),
    Granted(FieldId),
    ConsentVersion(FieldId),
    Attribution(FieldId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) source: Source,
}

impl Column {
    /// What a lead has in this column.
    pub(super) fn cell(&self, shown: &ShownLead<'_>) -> Cell {
        let consent = |field: &FieldId| shown.lead.consents.iter().find(|consent| consent.field == *field);
        let value = |field: &FieldId, attribution: bool| {
            shown.value(field, attribution).map(|value| value.joined()).unwrap_or_default()
        };
        match &self.source {
            Source::Fact(name) => name.cell(shown),
            Source::Value(field, FieldKind::Number) => Cell::number(value(field, false)),
            Source::Value(field, _) => Cell::text(value(field, false)),
            Source::Part(field, part) => {
                Cell::text(shown.value(field, false).map(|value| value.part(*part)).unwrap_or_default())
            }
            Source::Attribution(field) => Cell::text(value(field, true)),
            Source::Granted(field) => {
                Cell::text(consent(field).map(|consent| consent.granted.to_string()).unwrap_or_default())
            }
            Source::ConsentVersion(field) => {
                Cell::text(consent(field).map(|consent| consent.version.clone()).unwrap_or_default())
            }
        }
    }
}

impl Fact {
    fn cell(self, shown: &ShownLead<'_>) -> Cell {
        let lead = shown.lead;
        match self {
            Self::Token => Cell::text(lead.token.to_string()),
            Self::Number => Cell::number(lead.number.to_string()),
            Self::Site => Cell::text(lead.site.to_string()),
            Self::Form => Cell::text(lead.form.to_string()),
            Self::ReceivedAt => Cell::text(lead.received_at.to_string()),
            Self::Stage => Cell::text(lead.stage.word()),
            Self::Lang => Cell::text(lead.lang.tag()),
            Self::Enquiry => Cell::number(lead.enquiry.to_string()),
            Self::Corrects => Cell::text(lead.corrects.map(|token| token.to_string()).unwrap_or_default()),
        }
    }
}

/// Columns in the making: no two have the same name or the same source.
#[derive(Default)]
struct Columns(Vec<Column>);

impl Columns {
    /// A name that is taken (a form may well have a field `number`) gets `field_` before it.
    fn add(&mut self, name: String, source: Source) {
        if self.0.iter().any(|column| column.source == source) {
            return;
        }
        let taken = |name: &str| self.0.iter().any(|column| column.name == name);
        let name = if taken(&name) { format!("field_{name}") } else { name };
        self.0.push(Column { name, source });
    }

    fn add_value(&mut self, field: &FieldId, kind: FieldKind) {
        // The same field may have had another type once: it stays one column.
        let known = self.0.iter().any(|column| match &column.source {
            Source::Value(id, _) | Source::Part(id, _) => id == field,
            _ => false,
        });
        if !known {
            self.add(field.to_string(), Source::Value(field.clone(), kind));
        }
    }

    /// Only an opened name has parts; a mask and a token stand for the whole.
    fn add_field(&mut self, field: &Field, mode: Mode) {
        if field.is_split() && matches!(mode, Mode::Revealed { .. }) {
            for part in [NamePart::Family, NamePart::Given] {
                self.add(field.part_name(part), Source::Part(field.id.clone(), part));
            }
        } else {
            self.add_value(&field.id, field.kind);
        }
    }

    fn add_consent(&mut self, field: &FieldId) {
        self.add(format!("consent_{field}"), Source::Granted(field.clone()));
        self.add(format!("consent_{field}_version"), Source::ConsentVersion(field.clone()));
    }
}

/// The lead's facts; the fields of the chosen forms in their order; consents; attribution; then
/// what is stored although no form knows it any more, so that an export never leaves a value out.
pub(super) fn columns(request: &ExportRequest<'_>, stored: &StoredNames) -> Vec<Column> {
    let mut columns = Columns::default();
    for (name, fact) in FACTS {
        columns.add(name.to_owned(), Source::Fact(fact));
    }
    let forms = || request.chosen_forms();
    for field in forms().flat_map(|form| &form.fields) {
        if field.kind != FieldKind::Consent && field.protect != Protect::Drop {
            columns.add_field(field, request.mode);
        }
    }
    for field in forms().flat_map(|form| &form.fields).filter(|field| field.kind == FieldKind::Consent) {
        columns.add_consent(&field.id);
    }
    for key in AttributionKey::ALL {
        let asked = forms().any(|form| form.attribution.contains(&key) && form.attribution_protect != Protect::Drop);
        if let (true, Ok(field)) = (asked, key.word().parse()) {
            columns.add(key.word().to_owned(), Source::Attribution(field));
        }
    }
    for (field, kind, attribution) in &stored.fields {
        match attribution {
            true => columns.add(field.to_string(), Source::Attribution(field.clone())),
            false => columns.add_value(field, *kind),
        }
    }
    for field in &stored.consents {
        columns.add_consent(field);
    }
    columns.0
}
