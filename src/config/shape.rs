//! Checks the shape of a document against the JSON Schema of its structs: unknown keys, wrong
//! types, unknown words, numbers out of range, missing keys. All of them, not the first only.
//!
//! What is wrong is taken out of the content, so that the rest can still be read and judged. It
//! understands the part of JSON Schema that the structs of this room produce.

use super::document::step;
use super::report::Report;
use super::wording::{nearest, one_of, suggestion};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The JSON Schema (2020-12) of a type, without `null`, which TOML does not have.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    strip_null(&mut value);
    value
}

/// Takes `null` out of types and alternatives, everywhere.
fn strip_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            strip_null_here(map);
            map.values_mut().for_each(strip_null);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_null),
        _ => {}
    }
}

fn strip_null_here(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|word| word != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(alternatives)) = map.get_mut("anyOf") else { return };
    alternatives.retain(|schema| schema.get("type") != Some(&Value::from("null")));
    if let [Value::Object(only)] = alternatives.as_slice() {
        let only = only.clone();
        map.remove("anyOf");
        for (key, value) in only {
            map.entry(key).or_insert(value);
        }
    }
}

/// Whether keys that the schema requires must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Required {
    /// They must.
    Checked,
    /// They need not: defaults lie underneath.
    Ignored,
}

/// Checks `content` against `schema` and takes out what does not fit.
pub(super) fn check(schema: &Value, required: Required, content: &mut Value, report: &mut Report<'_>) {
    Shape { root: schema, required }.fits(schema, content, "", report);
}

struct Shape<'s> {
    root: &'s Value,
    required: Required,
}

impl<'s> Shape<'s> {
    /// False when the value must be taken out.
    fn fits(&self, schema: &'s Value, value: &mut Value, at: &str, report: &mut Report<'_>) -> bool {
        let Some(schema) = self.alternative(schema, value) else {
            self.wrong_type(schema, value, at, report);
            return false;
        };
        match value {
            Value::Object(map) => {
                self.object_fits(schema, map, at, report);
                true
            }
            Value::Array(items) => self.array_fits(schema, items, at, report),
            Value::String(text) => word_fits(schema, text, at, report),
            Value::Number(number) => number_fits(schema, number.as_f64(), at, report),
            Value::Bool(_) | Value::Null => true,
        }
    }

    fn object_fits(&self, schema: &'s Value, map: &mut Map<String, Value>, at: &str, report: &mut Report<'_>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut taken_out = Vec::new();
        for (key, value) in map.iter_mut() {
            let pointer = format!("{at}/{}", step(key));
            let fits = match properties.and_then(|known| known.get(key)).or(others) {
                Some(schema) => self.fits(schema, value, &pointer, report),
                None => {
                    let known: Vec<&str> = properties.iter().flat_map(|p| p.keys()).map(String::as_str).collect();
                    unknown_key(key, &known, &pointer, report);
                    false
                }
            };
            if !fits {
                taken_out.push(key.clone());
            }
        }
        if self.required == Required::Checked {
            missing_keys(schema, map, at, report);
        }
        map.retain(|key, _| !taken_out.contains(key));
    }

    fn array_fits(&self, schema: &'s Value, items: &mut [Value], at: &str, report: &mut Report<'_>) -> bool {
        let Some(item_schema) = schema.get("items") else { return true };
        let mut all_fit = true;
        for (n, item) in items.iter_mut().enumerate() {
            all_fit &= self.fits(item_schema, item, &format!("{at}/{n}"), report);
        }
        if let Some(least) = schema.get("minItems").and_then(Value::as_u64)
            && (items.len() as u64) < least
        {
            report.spoiled(at, format!("{} is empty", name_of(at)), "put at least one entry between the brackets");
            return false;
        }
        all_fit
    }

    /// The schema itself, or the one of its alternatives, that takes values of this JSON type.
    fn alternative(&self, schema: &'s Value, value: &Value) -> Option<&'s Value> {
        let schema = self.resolved(schema);
        match schema.get("anyOf").and_then(Value::as_array) {
            Some(alternatives) => alternatives.iter().find_map(|schema| self.alternative(schema, value)),
            None => takes(schema, value).then_some(schema),
        }
    }

    /// Follows `$ref` into `$defs`.
    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn wrong_type(&self, schema: &'s Value, value: &Value, at: &str, report: &mut Report<'_>) {
        let mut wanted = Vec::new();
        self.collect_types(schema, &mut wanted);
        wanted.dedup();
        report.spoiled(at, format!("{} is {}", name_of(at), kind_of(value)), format!("write {}", wanted.join(" or ")));
    }

    fn collect_types(&self, schema: &'s Value, wanted: &mut Vec<&'static str>) {
        let schema = self.resolved(schema);
        match schema.get("anyOf").and_then(Value::as_array) {
            Some(alternatives) => alternatives.iter().for_each(|schema| self.collect_types(schema, wanted)),
            None => wanted.push(match json_type(schema) {
                Some("string") => "a text in double quotes",
                Some("integer") => "a whole number, without quotes",
                Some("number") => "a number, without quotes",
                Some("boolean") => "true or false, without quotes",
                Some("array") => "a list: [ … ]",
                _ => "a table: { key = … }",
            }),
        }
    }
}

/// The one JSON type of a schema.
fn json_type(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(word) => word.as_str(),
        None => words_of(schema).map(|_| "string"),
    }
}

/// True when the schema takes values of this JSON type.
fn takes(schema: &Value, value: &Value) -> bool {
    match json_type(schema) {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

/// What a person would call the value.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
        Value::Null => "a number that can't be used",
    }
}

/// The words a schema allows, where it is a list of words.
fn words_of(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    let alternatives = schema.get("oneOf").and_then(Value::as_array)?;
    let mut words = Vec::new();
    for alternative in alternatives {
        match alternative.get("const").and_then(Value::as_str) {
            Some(word) => words.push(word),
            None => words.extend(words_of(alternative)?),
        }
    }
    Some(words)
}

fn word_fits(schema: &Value, text: &str, at: &str, report: &mut Report<'_>) -> bool {
    let Some(words) = words_of(schema) else { return true };
    let known = words.contains(&text);
    if !known {
        report.spoiled(at, format!("{} can't be `{}`", name_of(at), text.escape_debug()), suggestion(text, &words));
    }
    known
}

fn number_fits(schema: &Value, number: Option<f64>, at: &str, report: &mut Report<'_>) -> bool {
    let Some(number) = number else { return true };
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let format_max = match schema.get("format").and_then(Value::as_str) {
        Some("uint16") => Some(f64::from(u16::MAX)),
        Some("uint32") => Some(f64::from(u32::MAX)),
        _ => None,
    };
    let (least, most) = (bound("minimum"), bound("maximum").or(format_max));
    let fits = least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
    if !fits {
        let fix = match (least, most) {
            (Some(least), Some(most)) => format!("use a number from {least} to {most}"),
            (Some(least), None) => format!("use a number from {least} up"),
            (None, most) => format!("use a number up to {}", most.unwrap_or_default()),
        };
        report.spoiled(at, format!("{} can't be {number}", name_of(at)), fix);
    }
    fits
}

fn unknown_key(key: &str, known: &[&str], at: &str, report: &mut Report<'_>) {
    let fix = match nearest(key, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("take it out; the keys here are {}", one_of(known.iter().copied())),
    };
    report.error(at, format!("there is no key {}", name_of(at)), fix);
}

fn missing_keys(schema: &Value, map: &Map<String, Value>, at: &str, report: &mut Report<'_>) {
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if map.contains_key(key) {
            continue;
        }
        let pointer = format!("{at}/{key}");
        report.spoiled(&pointer, format!("{} is missing", name_of(&pointer)), missing_fix(key, at));
    }
}

fn missing_fix(key: &str, at: &str) -> String {
    match (at, key) {
        ("", "field") => "add a field: [[field]] with `id`, `type` and `label`".to_owned(),
        ("", "form") => "begin the file with [form] and its `id`, `languages` and `title`".to_owned(),
        ("", "notify") => "add [notify] with `recipients = [\"sales@your-company.jp\"]`".to_owned(),
        _ => format!("add `{key} = …`"),
    }
}

/// A pointer as the person who wrote the file knows it: `field.label`, without positions.
pub(super) fn name_of(pointer: &str) -> String {
    let steps: Vec<&str> =
        pointer.split('/').filter(|step| !step.is_empty() && step.parse::<usize>().is_err()).collect();
    format!("`{}`", steps.join("."))
}
