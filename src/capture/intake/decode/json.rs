//! `application/json` (RFC 8259): one flat object. A value is a string, a number, a boolean, an
//! array of strings, or a name `{"family": …, "given": …}`, which is read as the two inputs
//! `x_family` and `x_given`. `null` means "not answered".
//!
//! Read in one pass that never builds a tree: limits, depth and repeated keys are noticed where
//! they occur.

use super::content_type::ContentType;
use super::{Collector, DecodeError};
use crate::domain::field::NamePart;
use crate::domain::pii::Pii;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// The depth of a value of the outer object, and of what stands inside such a value.
const VALUE_DEPTH: usize = 2;

/// Reads a body.
pub(super) fn decode(
    content_type: &ContentType,
    body: &[u8],
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    if content_type.param("charset").is_some_and(|label| !label.eq_ignore_ascii_case("utf-8")) {
        return Err(DecodeError::UnsupportedCharset);
    }
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::InvalidText)?;
    let mut reader = Reader { collector, failure: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Object(&mut reader)).and_then(|()| json.end());
    match read {
        Ok(()) => Ok(()),
        Err(_) => Err(reader.failure.unwrap_or(DecodeError::Malformed)),
    }
}

/// Where values go, and why reading stopped (serde's errors carry only words).
struct Reader<'c, 'l> {
    collector: &'c mut Collector<'l>,
    failure: Option<DecodeError>,
}

impl Reader<'_, '_> {
    fn fail<E: de::Error>(&mut self, why: DecodeError) -> E {
        self.failure = Some(why);
        E::custom(why)
    }

    fn push<E: de::Error>(&mut self, name: &str, value: String) -> Result<(), E> {
        self.collector.push(name.to_owned(), Pii::new(value)).map_err(|why| self.fail(why))
    }

    /// Refuses nesting: too deep where the limit says so, else simply not a form's value.
    fn nested<E: de::Error>(&mut self, depth: usize) -> E {
        let too_deep = depth > self.collector.limits.max_depth;
        self.fail(if too_deep { DecodeError::TooDeep } else { DecodeError::Malformed })
    }
}

/// The outer object.
struct Object<'r, 'c, 'l>(&'r mut Reader<'c, 'l>);

impl<'de> Visitor<'de> for Object<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            self.0.collector.check_count(seen.len() + 1).map_err(|why| self.0.fail(why))?;
            self.0.collector.check_lengths(name.as_bytes(), 0).map_err(|why| self.0.fail(why))?;
            map.next_value_seed(FieldValue { name: &name, reader: self.0 })?;
            if !seen.insert(name) {
                return Err(self.0.fail(DecodeError::RepeatedKey));
            }
        }
        Ok(())
    }
}

/// The value of one key.
struct FieldValue<'n, 'r, 'c, 'l> {
    name: &'n str,
    reader: &'r mut Reader<'c, 'l>,
}

impl<'de> DeserializeSeed<'de> for FieldValue<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldValue<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, number, boolean, array of strings or name")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.reader.push(self.name, text.to_owned())
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<(), E> {
        self.reader.push(self.name, truth.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.reader.push(self.name, number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.reader.push(self.name, number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.reader.push(self.name, number.to_string())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if VALUE_DEPTH > self.reader.collector.limits.max_depth {
            return Err(self.reader.nested(VALUE_DEPTH));
        }
        while items.next_element_seed(Item { name: self.name, reader: self.reader })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<(), A::Error> {
        if VALUE_DEPTH > self.reader.collector.limits.max_depth {
            return Err(self.reader.nested(VALUE_DEPTH));
        }
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(part) = parts.next_key::<String>()? {
            if ![NamePart::Family, NamePart::Given].iter().any(|known| known.suffix() == part) {
                return Err(self.reader.fail(DecodeError::Malformed));
            }
            let name = format!("{}_{part}", self.name);
            parts.next_value_seed(Item { name: &name, reader: self.reader })?;
            if !seen.insert(part) {
                return Err(self.reader.fail(DecodeError::RepeatedKey));
            }
        }
        Ok(())
    }
}

/// A string inside an array or a name.
struct Item<'n, 'r, 'c, 'l> {
    name: &'n str,
    reader: &'r mut Reader<'c, 'l>,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.reader.push(self.name, text.to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _items: A) -> Result<(), A::Error> {
        Err(self.reader.nested(VALUE_DEPTH + 1))
    }

    fn visit_map<A: MapAccess<'de>>(self, _parts: A) -> Result<(), A::Error> {
        Err(self.reader.nested(VALUE_DEPTH + 1))
    }
}
