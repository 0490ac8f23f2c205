//! The files `init` writes: the commented defaults with some values already set.
//!
//! Owns finding a key's line in the commented text. Refuses to lose a comment.

use super::{defaults_text, ready_forms};
use crate::domain::lang::Lang;

/// The recipient that the ready forms name until somebody puts their own.
const EXAMPLE_RECIPIENT: &str = "\"sales@example.jp\"";

/// The commented defaults with these `(section, key, TOML value)` set in place. The other keys are
/// commented out, so that a later version's better default reaches who never chose; only the site,
/// which everybody makes their own, stands as it is.
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
                let is_default = line.starts_with(|c: char| c.is_ascii_lowercase()) && !section.starts_with("sites.");
                text.push_str(if is_default { "# " } else { "" });
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

/// What differs from the ready forms from the start.
#[derive(Debug, Clone, Default)]
pub struct FormStart {
    /// Who hears of new leads, where it is known.
    pub recipient: Option<String>,
    /// The language of notifications to staff, where it is not the ready forms' own.
    pub notify_lang: Option<Lang>,
}

/// The ready forms as (file name, text), with what differs put in.
pub fn starting_forms(start: &FormStart) -> Vec<(&'static str, String)> {
    ready_forms()
        .iter()
        .map(|(name, text)| {
            let mut text = (*text).to_owned();
            if let Some(to) = &start.recipient {
                text = text.replace(EXAMPLE_RECIPIENT, &toml::Value::from(to.as_str()).to_string());
            }
            if let Some(lang) = start.notify_lang {
                text = text.replace("\n[notify]\n", &format!("\n[notify]\nlang = \"{}\"\n", lang.tag()));
            }
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
        assert!(!table["private"].as_table().unwrap().contains_key("url"), "the other section keeps its default");
        assert!(table["sites"]["main"]["name"].is_table());
        assert_eq!(table["mail"]["host"].as_str(), Some("relay"));
        assert_eq!(text.lines().count(), defaults_text().lines().count());
    }

    #[test]
    fn recipient_and_language_stand_in_every_ready_form() {
        let start = FormStart { recipient: Some("o\"hara@example.com".into()), notify_lang: Some(Lang::En) };
        for (name, text) in starting_forms(&start) {
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table["notify"]["recipients"][0].as_str(), Some("o\"hara@example.com"), "{name}");
            assert_eq!(table["notify"]["lang"].as_str(), Some("en"), "{name}");
        }
    }
}
