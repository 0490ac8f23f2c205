//! What the documentation shows can be copied: every TOML snippet passes the check.

use super::*;

/// The ```toml blocks of a page.
fn snippets(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match (&mut open, line) {
            (None, "```toml") => open = Some(String::new()),
            (Some(snippet), "```") => {
                found.push(std::mem::take(snippet));
                open = None;
            }
            (Some(snippet), line) => {
                snippet.push_str(line);
                snippet.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

/// A whole form around a snippet that shows a part of one.
fn completed(snippet: &str) -> String {
    let has = |table: &str| snippet.lines().any(|line| line == table);
    let mut text = String::new();
    if !has("[form]") {
        text.push_str("[form]\nid = \"x\"\nlanguages = [\"ja\", \"en\"]\ntitle = \"X\"\n");
    }
    if !has("[notify]") {
        text.push_str("[notify]\nrecipients = [\"sales@example.jp\"]\n");
    }
    for (id, field) in [
        ("size", "type = \"select\"\nlabel = \"S\"\nchoices = [\"small\", \"large\"]"),
        ("email", "type = \"email\"\nlabel = \"E\""),
    ] {
        if !snippet.contains(&format!("\nid = \"{id}\"")) {
            text.push_str(&format!("[[field]]\nid = \"{id}\"\n{field}\n"));
        }
    }
    format!("{text}{snippet}")
}

#[test]
fn every_form_snippet_can_be_copied() {
    let snippets = snippets(include_str!("../../../docs/forms.md"));
    assert!(snippets.len() >= 6, "{}", snippets.len());
    for snippet in snippets {
        let text = completed(&snippet);
        let result = parse_form("snippet", &text, &main_site());
        assert!(matches!(&result, Ok((_, warnings)) if warnings.is_empty()), "{result:?}\n{text}");
    }
}

#[test]
fn every_settings_snippet_can_be_copied() {
    let snippets = snippets(include_str!("../../../docs/configuration.md"));
    assert!(snippets.len() >= 3, "{}", snippets.len());
    for snippet in snippets {
        let forms = [("f".to_owned(), ready_forms()[0].1.replace("# site = \"main\"", "site = \"main\""))];
        let result = load_from_texts(Path::new("/srv"), Some(("snippet", &snippet)), &forms);
        assert!(matches!(&result, Ok(loaded) if loaded.warnings.is_empty()), "{result:?}\n{snippet}");
    }
}

#[test]
fn the_reference_names_every_key() {
    let page = include_str!("../../../docs/forms.md");
    let schema = form_schema();
    let tables =
        schema["$defs"].as_object().unwrap().values().chain(schema["properties"].as_object().unwrap().values());
    for key in tables.filter_map(|table| table["properties"].as_object()).flat_map(|keys| keys.keys()) {
        assert!(page.contains(&format!("`{key}`")), "docs/forms.md does not explain `{key}`");
    }
    let page = include_str!("../../../docs/configuration.md");
    let schema = shape::schema_of::<SettingsFile>();
    let tables = schema["$defs"].as_object().unwrap().iter().filter(|(name, _)| *name != "Text");
    for key in tables.filter_map(|(_, table)| table["properties"].as_object()).flat_map(|keys| keys.keys()) {
        assert!(page.contains(&format!("`{key}`")), "docs/configuration.md does not explain `{key}`");
    }
}
