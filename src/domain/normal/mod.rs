//! Normal forms of values: what a visitor typed and what staff search for become equal characters by
//! the same rules. Never refuses: what has no normal form stays as text.

pub mod contact;
pub mod text;

use super::field::FieldKind;

/// The normal form of one text of the types that have no options, no calendar and no numbers:
/// nothing for the others, whose form or language decides.
pub fn of_text(kind: FieldKind, raw: &str, country: &str) -> Option<String> {
    Some(match kind {
        FieldKind::Name | FieldKind::Text | FieldKind::Company | FieldKind::Department | FieldKind::JobTitle => {
            text::single_line(raw)
        }
        FieldKind::Textarea | FieldKind::Address => text::multi_line(raw),
        FieldKind::Kana => text::katakana(raw),
        FieldKind::Email => contact::email(raw),
        FieldKind::Tel => contact::tel(raw, country),
        FieldKind::PostalCode => contact::postal_code(raw),
        FieldKind::Url => contact::url(raw),
        _ => return None,
    })
}
