//! The files `init` writes: the commented defaults with some values already set.
//!
//! Owns finding a key's line in the commented text. Refuses to lose a comment.

use super::{defaults_text, ready_forms};

/// The recipient that the ready forms name until somebody puts their own.
const EXAMPLE_RECIPIENT: &str = "\"sales@example.jp\"";

/// The commented defaults with these `(section, key, TOML value)` set in place. A key that the
/// defaults only mention in a comment is written out.
pub fn starting_config(changes: &[(&str, &str, String)]) -> String {
    let mut section = String::new();
    let mut text = String::new();
    for line in defaults_text().lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        }
        let change = changes.iter().find(|(of, key, _)| *of == section && sets_key(line, key));
        match change {
            Some((_, key, value)) => text.push_str(&format!("{key} = {value}\n")),
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// Whether a line gives the key a value, or shows it commented out.
fn sets_key(line: &str, key: &str) -> bool {
    let line = line.strip_prefix("# ").unwrap_or(line);
    line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
}

/// The ready forms as (file name, text), with the recipient put in where one is known.
pub fn starting_forms(recipient: Option<&str>) -> Vec<(&'static str, String)> {
    ready_forms()
        .iter()
        .map(|(name, text)| {
            let text = match recipient {
                Some(to) => text.replace(EXAMPLE_RECIPIENT, &toml::Value::from(to).to_string()),
                None => (*text).to_owned(),
            };
            (*name, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_key_replaces_its_default_and_the_comments_stay() {
        let text = starting_config(&[
            ("public", "url", "\"https://forms.example.jp\"".into()),
            ("mail", "host", "\"relay\"".into()),
        ]);
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["public"]["url"].as_str(), Some("https://forms.example.jp"));
        assert_eq!(table["private"]["url"].as_str(), Some("http://127.0.0.1:8788"), "the other section keeps its own");
        assert_eq!(table["mail"]["host"].as_str(), Some("relay"));
        assert_eq!(text.lines().count(), defaults_text().lines().count());
    }

    #[test]
    fn the_recipient_stands_in_every_ready_form() {
        for (name, text) in starting_forms(Some("o\"hara@example.com")) {
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table["notify"]["recipients"][0].as_str(), Some("o\"hara@example.com"), "{name}");
        }
    }
}
