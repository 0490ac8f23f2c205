//! A TOML file as plain data that remembers where everything stood.
//!
//! Values become JSON, so that one schema describes and checks them; places are looked up by JSON
//! pointer (RFC 6901). Syntax errors are found here, meaning is judged elsewhere.

use super::mistake::{Mistake, Severity};
use serde_json::{Map, Value};
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A parsed file.
#[derive(Debug, Clone)]
pub(super) struct Document {
    file: String,
    text: String,
    starts: HashMap<String, usize>,
    /// Its content. Dates are texts, numbers that JSON does not know are null.
    pub(super) value: Value,
}

impl Document {
    /// Parses a file.
    ///
    /// # Errors
    /// Every syntax error, at most one per line.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut document = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            starts: HashMap::new(),
            value: Value::Object(Map::new()),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let mut mistakes: Vec<Mistake> = errors.iter().map(|error| document.syntax_mistake(error)).collect();
            mistakes.dedup_by_key(|mistake| mistake.line);
            return Err(mistakes);
        }
        document.value = table_value(table.get_ref(), "", &mut document.starts);
        Ok(document)
    }

    /// The file's name.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// True when the file itself has something at this pointer.
    pub(super) fn has(&self, pointer: &str) -> bool {
        pointer.is_empty() || self.starts.contains_key(pointer)
    }

    /// Line and column, from 1, of what stands at the pointer, or of what it would stand in.
    pub(super) fn place(&self, pointer: &str) -> (usize, usize) {
        let mut at = pointer;
        loop {
            if let Some(start) = self.starts.get(at) {
                return self.line_column(*start);
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => return (1, 1),
            }
        }
    }

    fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    fn syntax_mistake(&self, error: &toml::de::Error) -> Mistake {
        let (line, column) = self.line_column(error.span().map_or(0, |span| span.start));
        let fix = match error.message() {
            message if message.contains("duplicate key") => "keep one of the two",
            message if message.contains("string") || message.contains("quote") => {
                "put texts in double quotes; long texts in three double quotes on each side"
            }
            _ => "write `key = \"text\"`, `key = 1`, `key = true` or `key = [\"a\", \"b\"]`, one per line",
        };
        Mistake {
            file: self.file.clone(),
            line,
            column,
            severity: Severity::Error,
            what: format!("this is not TOML: {}", error.message()),
            fix: fix.to_owned(),
        }
    }
}

/// A key as a step of a JSON pointer.
pub(super) fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn table_value(table: &DeTable<'_>, at: &str, starts: &mut HashMap<String, usize>) -> Value {
    let mut map = Map::new();
    for (key, value) in table {
        let pointer = format!("{at}/{}", step(key.get_ref()));
        starts.insert(pointer.clone(), key.span().start);
        map.insert(key.get_ref().to_string(), plain_value(value, &pointer, starts));
    }
    Value::Object(map)
}

fn array_value(array: &DeArray<'_>, at: &str, starts: &mut HashMap<String, usize>) -> Value {
    let values = array.iter().enumerate().map(|(n, value)| {
        let pointer = format!("{at}/{n}");
        starts.insert(pointer.clone(), value.span().start);
        plain_value(value, &pointer, starts)
    });
    Value::Array(values.collect())
}

fn plain_value(value: &Spanned<DeValue<'_>>, at: &str, starts: &mut HashMap<String, usize>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(word) => Value::from(*word),
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Array(array) => array_value(array, at, starts),
        DeValue::Table(table) => table_value(table, at, starts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_keys() {
        let text =
            "[form]\nid = \"a\"\ntitle.ja = \"題\"\n\n[[field]]\nlabel = { ja = \"名\", en = \"x\" }\n\n[[field]]\n";
        let document = Document::parse("f.toml", text).unwrap();
        for (pointer, place) in [
            ("/form/id", (2, 1)),
            ("/form/title/ja", (3, 7)),
            ("/field/0/label/en", (6, 21)),
            ("/field/1", (8, 1)),
            ("/field/1/label/ja", (8, 1)),
            ("/form/missing", (1, 2)),
            ("/nothing", (1, 1)),
        ] {
            assert_eq!(document.place(pointer), place, "{pointer}");
        }
    }

    #[test]
    fn syntax_errors_have_their_line() {
        let mistakes = Document::parse("f.toml", "a = 1\nb = \nc = \"open\n").err().unwrap();
        assert_eq!(mistakes[0].line, 2);
        assert!(mistakes.iter().any(|m| m.line == 3), "{mistakes:?}");
    }

    #[test]
    fn dates_are_texts_and_numbers_keep_their_kind() {
        let document = Document::parse("f", "a = 2026-04-01\nb = 0x10\nc = 1.5\nd = nan").unwrap();
        assert_eq!(document.value, serde_json::json!({"a": "2026-04-01", "b": 16, "c": 1.5, "d": null}));
    }
}
