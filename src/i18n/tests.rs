//! Both languages have the same messages, and every message that code or a template names exists.

use super::*;
use regex::Regex;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every message of a file, with the names of the arguments it uses.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = FluentResource::try_new(source.to_owned());
    assert!(resource.is_ok(), "the message file has a syntax error");
    let argument = Regex::new(r"\$([a-z]+)").unwrap();
    let head = Regex::new(r"^([a-z][a-z0-9-]*) =").unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(key) = head.captures(line) {
            current = key[1].to_owned();
            assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is there twice");
        }
        for name in argument.captures_iter(line) {
            found.get_mut(&current).unwrap().insert(name[1].to_owned());
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    assert_eq!(messages(JA), messages(EN));
}

#[test]
fn every_message_is_formatted_without_errors() {
    for lang in Lang::ALL {
        for (key, names) in messages(JA) {
            let args: Vec<(&str, Arg<'_>)> = names.iter().map(|name| (name.as_str(), Arg::Number(3.0))).collect();
            let words = text_with(lang, &key, &args);
            assert!(!words.is_empty() && words != key && !words.contains('{'), "{key}: {words}");
            assert!(!words.contains(['\u{2068}', '\u{2069}']), "{key} holds isolating marks");
        }
    }
}

fn files_under(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_under(&path, out);
        } else {
            out.push(path);
        }
    }
}

#[test]
fn every_message_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    files_under(&root.join("src"), &mut files);
    files_under(&root.join("templates"), &mut files);
    let known = messages(JA);
    // A call such as `i18n::text(lang, "key")`, `text_with(…)` or a template's `t("key")`, and
    // the keys of refusals and problems wherever they stand.
    let call =
        Regex::new(r#"\b(?:text|text_with|t|t_with)\(\s*(?:[\w.&*()]+\s*,\s*)?"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)""#)
            .unwrap();
    let word = Regex::new(r#""((?:problem|refused)-[a-z-]+)""#).unwrap();
    let mut seen = 0;
    for file in files.iter().filter(|file| !file.ends_with("i18n/tests.rs")) {
        let Ok(source) = fs::read_to_string(file) else { continue };
        for key in call.captures_iter(&source).chain(word.captures_iter(&source)) {
            assert!(known.contains_key(&key[1]), "{} names the unknown message {}", file.display(), &key[1]);
            seen += 1;
        }
    }
    assert!(seen > 20, "the search found only {seen} names: has the way to name a message changed?");
}

#[test]
fn a_problem_names_the_field_and_its_limit() {
    let mut found = Problem {
        field: "name".parse().unwrap(),
        part: Some(NamePart::Family),
        code: ProblemCode::TooLong { max: 100 },
    };
    assert_eq!(problem(Lang::Ja, &found, "お名前", None), "「お名前（姓）」は100文字以内で入力してください。");
    assert_eq!(problem(Lang::En, &found, "Name", None), "“Name (Family name)” may have at most 100 characters.");
    found.part = None;
    found.code = ProblemCode::BeforeMin { min: jiff::civil::date(2026, 4, 1) };
    assert_eq!(problem(Lang::Ja, &found, "希望日", None), "「希望日」は2026年4月1日以降の日付を入力してください。");
    assert_eq!(problem(Lang::En, &found, "Date", None), "“Date” must be 1 April 2026 or later.");
}

#[test]
fn the_owners_sentence_replaces_ours_for_a_pattern_only() {
    let mut found = Problem { field: "code".parse().unwrap(), part: None, code: ProblemCode::Pattern };
    assert_eq!(problem(Lang::En, &found, "Code", Some("Two letters, please.")), "Two letters, please.");
    found.code = ProblemCode::Required;
    assert_eq!(problem(Lang::En, &found, "Code", Some("Two letters, please.")), "Please fill in “Code”.");
}

#[test]
fn numbers_are_written_without_decoration() {
    assert_eq!(
        text_with(Lang::Ja, "page-error-summary", &[("count", Arg::Number(3.0))]),
        "入力内容に問題があります（3件）"
    );
    assert_eq!(
        text_with(Lang::En, "page-error-summary", &[("count", Arg::Number(1.0))]),
        "There is a problem with one answer"
    );
    let args = [("number", Arg::Number(1042.0)), ("form", Arg::Text("資料請求")), ("facets", Arg::Text("製造業"))];
    assert_eq!(text_with(Lang::Ja, "mail-notify-subject-facets", &args), "新規リード #1042 資料請求（製造業）");
}
