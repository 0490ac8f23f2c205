//! The house's rules, enforced: which room may import which, where libraries may be used, which
//! files handle personal data, and how a source file is made.
//!
//! Reads every file of `src/`. The tables here and those of `docs/ARCHITECTURE.md` must agree, so
//! that neither can be changed alone. The checker itself is tried on planted violations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/imports.rs"]
mod imports;

use imports::Reference;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Rooms, and those of their parts that have stricter rules, with what each may import. A part
/// may always name itself; a room may name its own parts.
const ROOMS: &[(&str, &str)] = &[
    ("domain", ""),
    ("crypto", "domain"),
    ("i18n", "domain"),
    ("queue", "domain crypto"),
    ("http", "domain crypto i18n"),
    ("capture", "domain crypto i18n queue http"),
    ("capture/intake", "domain crypto"),
    ("desk", "domain crypto i18n queue"),
    ("desk/audit", "domain crypto i18n queue"),
    ("desk/store", "domain crypto i18n queue desk/audit"),
    ("desk/ingest", "domain crypto i18n queue desk/store desk/audit"),
    ("desk/outbox", "domain crypto i18n queue desk/store desk/audit"),
    ("desk/export", "domain crypto i18n queue desk/store desk/audit"),
    ("desk/nurture", "domain crypto i18n queue desk/store desk/outbox desk/audit"),
    ("desk/privacy", "domain crypto i18n queue desk/store desk/export desk/audit"),
    ("desk/wordpress", "domain crypto i18n queue desk/ingest desk/store"),
    ("console", "domain crypto i18n http desk"),
    ("config", "domain"),
    ("app", "domain crypto i18n queue http capture desk console config"),
    ("cli", "domain crypto i18n queue http capture desk console config app"),
];

/// Libraries that only some places may name.
const LIBRARIES: &[(&str, &str)] = &[
    ("axum", "http capture console app cli"),
    ("hyper", "http capture console app cli"),
    ("tower", "http capture console app cli"),
    ("tower_http", "http capture console app cli"),
    ("rusqlite", "crypto queue desk/store"),
    ("lettre", "config desk/outbox"),
    ("hpke", "crypto"),
    ("aes_gcm", "crypto"),
    ("hkdf", "crypto"),
    ("argon2", "crypto"),
    ("webauthn_rs", "crypto"),
    ("sha1", "crypto"),
    ("qrcode", "console"),
    ("ed25519_dalek", "crypto"),
    ("redis", "queue"),
    ("rustls", "queue capture"),
    ("reqwest", "capture"),
    ("clap", "cli"),
    ("zip", "desk/export"),
];

/// What the pure places may not name: files, processes, the environment, sockets, the runtime.
const IMPURE: &[&str] = &["std::fs", "std::env", "std::process", "std::net::TcpStream", "std::thread", "tokio"];
const PURE: &[&str] = &["domain", "capture/intake", "i18n"];

/// Longest source file, in lines.
const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file under `src`, its path with `/` from there, and its text.
fn sources() -> BTreeMap<String, String> {
    fn gather(dir: &Path, base: &Path, into: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, base, into);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(base).unwrap().to_str().unwrap().replace('\\', "/");
                into.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut into = BTreeMap::new();
    gather(&root().join("src"), &root().join("src"), &mut into);
    into
}

/// The module path of a file: `desk/store/mod.rs` is `desk/store`, `lib.rs` the root.
fn module_of(file: &str) -> Vec<&str> {
    let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if matches!(module.as_slice(), ["lib"] | ["main"]) || module.last() == Some(&"mod") {
        module.pop();
    }
    module
}

/// The row of the table that a module path falls under: the longest that is its beginning.
fn place_of(module: &[&str]) -> Option<&'static str> {
    let path = module.join("/");
    ROOMS
        .iter()
        .map(|(place, _)| *place)
        .filter(|place| path == *place || path.starts_with(&format!("{place}/")))
        .max_by_key(|place| place.len())
}

fn lies_in(place: &str, list: &str) -> bool {
    list.split_whitespace().any(|item| place == item || place.starts_with(&format!("{item}/")))
}

/// Why a reference from `place` is refused, if it is.
fn refusal(place: &str, reference: &Reference) -> Option<String> {
    let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
    let Some(inside) = path.strip_prefix(&["crate"]) else { return library_refusal(place, &path) };
    let Some(target) = place_of(inside) else {
        return Some(format!("`{place}` names `{}`: not a room of the table", path.join("::")));
    };
    let allowed = ROOMS.iter().find(|(name, _)| *name == place).map_or("", |(_, allowed)| *allowed);
    if lies_in(target, place) || lies_in(target, allowed) {
        None
    } else {
        Some(format!("`{place}` may not import `{target}` (`{}`)", path.join("::")))
    }
}

fn library_refusal(place: &str, path: &[&str]) -> Option<String> {
    let first = path.first()?;
    let written = path.join("::");
    if let Some((library, places)) = LIBRARIES.iter().find(|(library, _)| library == first)
        && !lies_in(place, places)
    {
        return Some(format!("`{place}` may not use `{library}` (`{written}`)"));
    }
    let impure = IMPURE.iter().any(|name| written == *name || written.starts_with(&format!("{name}::")));
    (impure && PURE.iter().any(|pure| lies_in(place, pure))).then(|| format!("`{place}` is pure and names `{written}`"))
}

/// A file that was read: its module, and what it names.
struct ReadFile {
    file: String,
    module: Vec<String>,
    named: imports::Named,
}

/// Reads `files`, less those that are compiled for tests only.
fn read_all(files: &BTreeMap<String, String>) -> Result<Vec<ReadFile>, String> {
    let read = |(file, source): (&String, &String)| {
        let module = module_of(file);
        let named = imports::read(source, &module).map_err(|error| format!("src/{file}: {error}"))?;
        Ok(ReadFile { file: file.clone(), module: module.into_iter().map(str::to_owned).collect(), named })
    };
    let read: Vec<ReadFile> = files.iter().map(read).collect::<Result<_, String>>()?;
    let tests: BTreeSet<Vec<String>> = read.iter().flat_map(|file| file.named.test_modules.clone()).collect();
    Ok(read.into_iter().filter(|file| !tests.iter().any(|test| file.module.starts_with(test))).collect())
}

/// Everything wrong with the imports of `files`.
fn import_violations(files: &BTreeMap<String, String>) -> Vec<String> {
    let read = match read_all(files) {
        Ok(read) => read,
        Err(error) => return vec![error],
    };
    let mut violations = Vec::new();
    for file in read {
        let module: Vec<&str> = file.module.iter().map(String::as_str).collect();
        check_file(&file.file, &module, &file.named, &mut violations);
    }
    violations
}

fn check_file(file: &str, module: &[&str], named: &imports::Named, violations: &mut Vec<String>) {
    for (detour, line) in &named.detours {
        violations.push(format!("src/{file}:{line}: {detour}"));
    }
    if file == "lib.rs" {
        // The root hands out nothing but the rooms themselves: a re-export would be a back door.
        for reference in &named.references {
            violations.push(format!("src/{file}:{}: lib.rs declares rooms and names nothing", reference.line));
        }
        return;
    }
    let place = if file == "main.rs" { Some("cli") } else { place_of(module) };
    // The desk's parts are rooms of their own; one without a row would escape the arrows.
    let stray_part = module.first() == Some(&"desk") && module.len() > 1 && place == Some("desk");
    let Some(place) = place.filter(|_| !stray_part) else {
        violations.push(format!("src/{file}: stands in no room of the table"));
        return;
    };
    let mut seen = BTreeSet::new();
    for reference in &named.references {
        if let Some(refused) = refusal(place, reference)
            && seen.insert((refused.clone(), reference.line))
        {
            violations.push(format!("src/{file}:{}: {refused}", reference.line));
        }
    }
}

fn report(title: &str, violations: &[String]) -> String {
    let mut text = format!("{title}:\n");
    for violation in violations {
        let _ = writeln!(text, "  {violation}");
    }
    text
}

#[test]
fn rooms_import_only_what_the_table_lists() {
    let files = sources();
    assert!(files.len() > 20, "the sources were not found");
    let violations = import_violations(&files);
    assert!(violations.is_empty(), "{}", report("forbidden imports", &violations));
}

#[test]
fn the_table_has_no_circles() {
    for (start, _) in ROOMS {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = ROOMS.iter().find(|(name, _)| name == start).unwrap().1.split_whitespace().collect();
        while let Some(place) = next.pop() {
            assert_ne!(place, *start, "{start} reaches itself");
            if reached.insert(place) {
                let row = ROOMS.iter().find(|(name, _)| *name == place);
                next.extend(row.expect("a row imports a place without a row").1.split_whitespace());
            }
        }
    }
}

/// Rows of the first table of `docs/ARCHITECTURE.md` whose header starts with `first_column`.
fn documented(first_column: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()
    };
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {first_column} |")))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "docs/ARCHITECTURE.md has no table `{first_column}`");
    rows
}

fn words(text: &str) -> BTreeSet<String> {
    text.replace([',', '–', '—'], " ").split_whitespace().map(str::to_owned).filter(|word| word != "nothing").collect()
}

#[test]
fn the_document_shows_the_same_rooms() {
    let documented: Vec<(String, BTreeSet<String>)> =
        documented("room").into_iter().map(|row| (row[0].clone(), words(row.last().unwrap()))).collect();
    let enforced: Vec<(String, BTreeSet<String>)> =
        ROOMS.iter().map(|(place, allowed)| ((*place).to_owned(), words(allowed))).collect();
    assert_eq!(documented, enforced, "docs/ARCHITECTURE.md and tests/architecture.rs differ");
}

#[test]
fn the_document_shows_the_same_libraries() {
    let documented: Vec<(String, BTreeSet<String>)> =
        documented("library").into_iter().map(|row| (row[0].clone(), words(&row[1]))).collect();
    let enforced: Vec<(String, BTreeSet<String>)> =
        LIBRARIES.iter().map(|(library, places)| ((*library).to_owned(), words(places))).collect();
    assert_eq!(documented, enforced, "docs/ARCHITECTURE.md and tests/architecture.rs differ");
}

#[test]
fn only_listed_files_handle_personal_data() {
    let listed: BTreeSet<String> =
        documented("file that exposes").into_iter().map(|row| row[0].trim_start_matches("src/").to_owned()).collect();
    let mut exposing = BTreeSet::new();
    let mut unlisted = Vec::new();
    for ReadFile { file, named, .. } in read_all(&sources()).unwrap() {
        if let Some(line) = named.exposures.first() {
            if !listed.contains(&file) {
                unlisted.push(format!("src/{file}:{line} calls .expose() and is not on the list"));
            }
            exposing.insert(file);
        }
    }
    assert!(unlisted.is_empty(), "{}", report("personal data in unlisted files", &unlisted));
    let stale: Vec<&String> = listed.difference(&exposing).collect();
    assert!(stale.is_empty(), "docs/ARCHITECTURE.md lists files that expose nothing: {stale:?}");
}

#[test]
fn every_file_says_what_it_owns_and_stays_short() {
    let mut violations = Vec::new();
    for (file, source) in sources() {
        if !source.starts_with("//!") {
            violations.push(format!("src/{file}: does not open with `//!`"));
        }
        let lines = source.lines().count();
        if lines > MOST_LINES {
            violations.push(format!("src/{file}: {lines} lines, {MOST_LINES} at most"));
        }
    }
    assert!(violations.is_empty(), "{}", report("files", &violations));
}

/// The violations of one planted file.
fn planted(file: &str, source: &str) -> Vec<String> {
    import_violations(&BTreeMap::from([(file.to_owned(), source.to_owned())]))
}

#[test]
fn planted_violations_are_found() {
    let planted_sources = [
        ("capture/submit.rs", "use crate::desk::store::Store;"),
        ("capture/submit.rs", "use crate::{domain::token::Token, desk::{audit, store::Store}};"),
        ("capture/submit.rs", "pub use crate::desk::store::Store as Shelf;"),
        ("capture/submit.rs", "use super::super::desk as back_room;"),
        ("capture/submit.rs", "use crate as house;"),
        ("capture/submit.rs", "use crate::*;"),
        ("capture/submit.rs", "use crate::{self as house};"),
        ("capture/mod.rs", "use super::desk;"),
        ("capture/mod.rs", "use super::*;"),
        ("capture/submit.rs", "fn f() { let _ = crate::desk::store::Store::open(); }"),
        ("capture/submit.rs", "fn f() -> Option<crate::config::File> { None }"),
        ("capture/submit.rs", "fn f() { println!(\"{}\", crate::desk::secret()); }"),
        ("capture/submit.rs", "macro_rules! m { () => { $crate::desk::secret() }; }"),
        ("capture/submit.rs", "macro_rules! m { () => { use $crate::{domain, desk::x}; }; }"),
        ("capture/submit.rs", "#[derive(S)] struct A { #[serde(with = \"crate::desk::x\")] b: u8 }"),
        ("capture/submit.rs", "mod inner { use super::super::super::desk::x; }"),
        ("capture/submit.rs", "#[cfg(any(test, feature = \"x\"))] mod inner { use crate::desk::x; }"),
        ("capture/submit.rs", "#[path = \"../desk/store/mod.rs\"] mod store;"),
        ("capture/submit.rs", "include!(\"../desk/store/mod.rs\");"),
        ("capture/submit.rs", "extern crate self as house;"),
        ("capture/submit.rs", "use crate::r#desk::x;"),
        ("capture/intake/decode.rs", "use crate::queue::spool::Spool;"),
        ("capture/intake/decode.rs", "use super::super::submit::Answer;"),
        ("capture/intake/decode.rs", "use axum_not_here as _; fn f() { std::fs::read(\"x\"); }"),
        ("desk/audit/mod.rs", "use super::store::Store;"),
        ("desk/store/rows.rs", "use super::super::outbox::Mail;"),
        ("desk/store/rows.rs", "use super::super as whole_desk;"),
        ("desk/store/mod.rs", "use super::*;"),
        ("desk/export/csv.rs", "use crate::desk::ingest;"),
        ("desk/attic/mod.rs", "use crate::domain::token::Token;"),
        ("domain/form.rs", "use std::fs;"),
        ("domain/form.rs", "use std::{fs::File, path::Path};"),
        ("domain/form.rs", "use rusqlite::Connection;"),
        ("domain/form.rs", "fn f() -> ::axum::Router { todo!() }"),
        ("desk/ingest/mod.rs", "fn f(db: &rusqlite::Connection) {}"),
        ("desk/export/mod.rs", "use lettre::Message;"),
        ("http/mod.rs", "use crate::config::Settings;"),
        ("queue/port.rs", "use crate::capture::intake::Valid;"),
        ("config/mod.rs", "use crate::crypto::mac;"),
        ("app/mod.rs", "use crate::cli;"),
        ("pantry/mod.rs", "use crate::domain::token::Token;"),
        ("lib.rs", "pub mod desk; pub use desk::store::Store;"),
        ("lib.rs", "pub mod desk; pub use self::desk::store::*;"),
    ];
    let missed: Vec<_> =
        planted_sources.into_iter().filter(|(file, source)| planted(file, source).is_empty()).collect();
    assert!(missed.is_empty(), "not noticed: {missed:#?}");
}

#[test]
fn what_is_allowed_is_left_alone() {
    let fine = [
        ("capture/submit.rs", "use crate::capture::intake; use super::pages::x; use crate::queue::spool::Spool;"),
        ("capture/submit.rs", "// use crate::desk::x;\n/// crate::desk::x\nconst A: &str = \"crate::desk::x\";"),
        ("capture/submit.rs", "fn f() { println!(\"crate::desk::x\"); }"),
        ("capture/submit.rs", "pub(in crate::capture) fn f() {} pub(crate) fn g() {}"),
        ("capture/submit.rs", "#[cfg(test)] mod tests { use super::*; use crate::desk::store::Store; }"),
        ("capture/submit.rs", "#[cfg(all(test, feature = \"desk\"))] mod tests { use crate::desk::store::Store; }"),
        ("desk/mod.rs", "pub mod store; pub use store::Store;"),
        ("desk/store/rows.rs", "use super::Store; use crate::desk::audit::Entry; use rusqlite::Row;"),
        ("domain/form.rs", "use super::ids::FormId; use std::path::PathBuf; use std::net::IpAddr;"),
        ("console/mod.rs", "use crate::desk::privacy::erase; use axum::Router;"),
        ("main.rs", "fn main() { leadseal::cli::run() }"),
        ("lib.rs", "pub mod desk; #[cfg(feature = \"capture\")] pub mod capture;"),
    ];
    for (file, source) in fine {
        assert_eq!(planted(file, source), Vec::<String>::new(), "{file}: {source}");
    }
    let with_test_file = BTreeMap::from([
        ("capture/mod.rs".to_owned(), "#[cfg(test)] mod tests;".to_owned()),
        ("capture/tests.rs".to_owned(), "use crate::desk::store::Store;".to_owned()),
    ]);
    assert_eq!(import_violations(&with_test_file), Vec::<String>::new());
}

#[test]
fn planted_exposures_are_found() {
    let exposing = [
        "fn f(v: &Pii<String>) { v.expose(); }",
        "fn f(v: &Pii<String>) { log(&v.0.expose().len()); }",
        "fn f(v: &Pii<String>) { Pii::expose(v); }",
        "fn f(v: &[Pii<String>]) { v.iter().map(Pii::expose); }",
        "fn f(v: &Pii<String>) { println!(\"{}\", v.expose()); }",
    ];
    for source in exposing {
        assert_eq!(imports::read(source, &["capture"]).unwrap().exposures, [1], "{source}");
    }
    let quiet = ["fn expose() {}", "// v.expose()\nconst A: &str = \"v.expose()\";"];
    for source in quiet {
        assert!(imports::read(source, &["domain"]).unwrap().exposures.is_empty(), "{source}");
    }
}
