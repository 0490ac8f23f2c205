//! Conditions: `required_if`, `shown_if` and the `when` of routes.

use super::lower::Lowering;
use super::raw::{ChoiceEntry, ConditionTable, FieldTable};
use crate::config::wording::suggestion;
use crate::domain::field::{Condition, FieldKind};
use crate::domain::prefecture::PREFECTURES;

/// The fields a condition may look at: those of the file before `here`.
pub(super) struct EarlierFields<'f> {
    /// All fields of the file.
    pub all: &'f [FieldTable],
    /// The position of the field that has the condition; the number of fields for a route.
    pub here: usize,
}

/// Lowers a condition.
pub(super) fn condition(
    lowering: &mut Lowering<'_, '_>,
    at: &str,
    raw: &ConditionTable,
    earlier: &EarlierFields<'_>,
) -> Option<Condition> {
    let wanted = raw.field.as_deref()?;
    let target = target(lowering, &format!("{at}/field"), wanted, earlier)?;
    let values = raw.is.clone().unwrap_or_default();
    values_possible(lowering, &format!("{at}/is"), target, &values);
    Some(Condition { field: wanted.parse().ok()?, any_of: values })
}

fn target<'f>(
    lowering: &mut Lowering<'_, '_>,
    at: &str,
    wanted: &str,
    earlier: &EarlierFields<'f>,
) -> Option<&'f FieldTable> {
    let position = earlier.all.iter().position(|field| field.id.as_deref() == Some(wanted));
    match position {
        Some(position) if position < earlier.here => earlier.all.get(position),
        Some(position) if position == earlier.here => {
            lowering.report.error(at, "the condition looks at its own field", "name a field that comes earlier");
            None
        }
        Some(_) => {
            let what = format!("the condition looks at `{wanted}`, which comes later");
            lowering.report.error(at, what, format!("move the field `{wanted}` up, before this one"));
            None
        }
        None => {
            let known: Vec<&str> =
                earlier.all.iter().take(earlier.here).filter_map(|field| field.id.as_deref()).collect();
            let fix = match known.is_empty() {
                true => "name a field that comes earlier".to_owned(),
                false => suggestion(wanted, &known),
            };
            lowering.report.error(at, format!("there is no field `{}`", wanted.escape_debug()), fix);
            None
        }
    }
}

fn values_possible(lowering: &mut Lowering<'_, '_>, at: &str, target: &FieldTable, values: &[String]) {
    let known: Vec<&str> = match target.kind {
        Some(FieldKind::Consent) => {
            if !values.is_empty() {
                lowering.report.error(
                    at,
                    "a consent is given or not and has no values",
                    "take out `is`: the condition holds when the box is ticked",
                );
            }
            return;
        }
        Some(FieldKind::Prefecture) => PREFECTURES.iter().map(|(ja, _)| *ja).collect(),
        Some(FieldKind::Select | FieldKind::Radio | FieldKind::Checkboxes) => {
            target.choices.iter().flatten().filter_map(stored_value).collect()
        }
        _ => return,
    };
    if known.is_empty() {
        return;
    }
    for (n, value) in values.iter().enumerate().filter(|(_, value)| !known.contains(&value.as_str())) {
        let field = target.id.as_deref().unwrap_or_default();
        let what = format!("`{}` is no choice of `{field}`", value.escape_debug());
        lowering.report.error(&format!("{at}/{n}"), what, suggestion(value, &known));
    }
}

fn stored_value(entry: &ChoiceEntry) -> Option<&str> {
    match entry {
        ChoiceEntry::Plain(text) => Some(text),
        ChoiceEntry::Full(table) => table.value.as_deref(),
    }
}
