//! Exports as the programs that open them read them: Python's csv module, and openpyxl.
//!
//! What a visitor typed goes in over a form, and comes out of a file that programs which are none of
//! ours have read. Without Python 3 or openpyxl the tests say so and pass; `scripts/test` installs
//! them.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod support;

use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::http::Request;
use support::installation::{Installation, LEADSEAL, Server};

/// Texts that spreadsheets calculate, and texts that files trip over.
const HOSTILE: [&str; 14] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "\u{2212}1",
    "=HYPERLINK(\"http://192.0.2.1/\",\"x\")",
    "一行目\n二行目, \"引用\" <b>&amp;</b> _x0041_ 髙﨑① 〜 表ソ\\",
    "\u{200b}=1",
    "'=1",
    "𠮷野家 😀",
];

/// A Python that has openpyxl: the one that `scripts/test` made, or the system's.
fn python() -> Option<PathBuf> {
    let made = Path::new(LEADSEAL).ancestors().nth(2).unwrap().join("readers/bin/python");
    let all = [made, "python3".into(), "/usr/bin/python3".into()];
    let has_openpyxl = |python: &PathBuf| {
        Command::new(python).args(["-c", "import openpyxl"]).output().is_ok_and(|output| output.status.success())
    };
    let found = all.into_iter().find(has_openpyxl);
    if found.is_none() {
        eprintln!("SKIPPED: no Python 3 with openpyxl; scripts/test installs it");
    }
    found
}

/// The rows of a file as another program reads them.
fn read(python: &Path, kind: &str, file: &Path) -> Vec<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/read_table.py");
    let output = Command::new(python).arg(script).arg(kind).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn send(server: &Server, message: &str, family: &str) {
    let answers = json!({
        "inquiry_type": "product", "name_family": family, "name_given": "美咲", "company": "株式会社山田",
        "email": "misaki@example.co.jp", "tel": "090-1234-5678", "message": message, "privacy": true,
    });
    let answer = server.public(&Request::post("/f/contact", "application/json", answers.to_string()));
    assert_eq!(answer.status, 200, "{message:?}");
}

/// An installation with a lead for each text.
fn filled() -> Installation {
    let house = Installation::new();
    house.set("screening", "enabled", false);
    let server = house.serve();
    for text in HOSTILE {
        send(&server, text, "髙﨑");
    }
    support::eventually("all leads are stored", Duration::from_secs(30), || {
        (house.succeed(&["leads", "list", "--json"]).lines().count() == HOSTILE.len()).then_some(())
    });
    server.stop();
    house
}

fn export(house: &Installation, format: &str, more: &[&str]) -> (PathBuf, String) {
    let file = house.root().join(format!("leads-{}.{format}", more.len()));
    let path = file.display().to_string();
    let mut arguments = vec!["export", "--format", format, "--reason", "audit", "--output", &path];
    arguments.extend(more);
    let output = house.run(&arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && output.stdout.is_empty(), "{said}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    (file, said)
}

/// A column of a table.
fn column(rows: &[Vec<String>], heading: &str) -> Vec<String> {
    let place = rows[0].iter().position(|cell| cell == heading);
    assert!(place.is_some(), "{heading} is not among {:?}", rows[0]);
    let place = place.unwrap();
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

fn messages(house: &Installation) -> Vec<String> {
    let lines = house.succeed(&["export", "--format", "jsonl", "--reveal", "--reason", "audit"]);
    let message = |line: &str| {
        let lead: Value = serde_json::from_str(line).unwrap();
        lead["fields"]["message"].as_str().unwrap().to_owned()
    };
    lines.lines().map(message).collect()
}

#[test]
fn other_programs_read_what_was_typed_and_calculate_nothing() {
    let Some(python) = python() else { return };
    let house = filled();
    let typed = messages(&house);
    assert_eq!(typed.len(), HOSTILE.len());
    let is_calculated = |text: &str| {
        text.trim_start_matches(['\u{200b}']).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{2212}'])
    };
    let neutral = |text: &String| if is_calculated(text) { format!("'{text}") } else { text.clone() };

    for format in ["csv", "csv-excel"] {
        let (file, _) = export(&house, format, &["--reveal"]);
        let rows = read(&python, format, &file);
        assert_eq!(column(&rows, "message"), typed.iter().map(neutral).collect::<Vec<_>>(), "{format}");
        assert!(column(&rows, "name_family").iter().all(|name| name == "髙﨑"));
    }

    let (file, said) = export(&house, "csv-cp932", &["--reveal"]);
    let rows = read(&python, "csv-cp932", &file);
    let fitted = |text: &String| {
        let text: String = text.chars().filter(|c| *c != '\u{200b}').collect();
        neutral(&text.replace('\u{2212}', "－").replace('〜', "～").replace(['𠮷', '😀'], "〓"))
    };
    let expected: Vec<String> = typed.iter().map(fitted).collect();
    assert_eq!(column(&rows, "message"), expected);
    assert!(said.contains("U+20BB7") && said.contains("message: 3 characters") && !said.contains("野家"), "{said}");

    let (file, _) = export(&house, "xlsx", &["--reveal"]);
    let rows = read(&python, "xlsx", &file);
    assert_eq!(column(&rows, "message"), typed);
    assert_eq!(column(&rows, "number"), (1..=HOSTILE.len()).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(column(&rows, "tel"), vec!["+819012345678"; HOSTILE.len()]);
}

#[test]
fn other_programs_read_every_preset() {
    let Some(python) = python() else { return };
    let house = filled();
    for (preset, headings) in [
        ("hubspot", "Email,First name,Last name,Company name,Phone number,Job title,Lead status"),
        (
            "salesforce",
            "First Name,Last Name,Company,Email,Phone,Mobile Phone,Postal Code,Lead Source,Lead Status,Email Opt Out",
        ),
        ("zoho", "姓,名,会社,メール,電話番号,携帯電話,職位,郵便番号"),
        ("mailchimp", "Email Address,First Name,Last Name,Tags"),
        ("google-customer-match", "Email,Phone,First Name,Last Name,Country,Zip"),
        ("meta", "email,phone,fn,ln,ct,st,zip,country"),
    ] {
        let (file, said) = export(&house, "csv", &["--preset", preset]);
        let rows = read(&python, "csv", &file);
        assert_eq!(rows[0].join(","), headings, "{preset}");
        let expected = match preset {
            "hubspot" | "salesforce" | "zoho" => HOSTILE.len(),
            // The ready form does not ask for advertising, and nobody ticked marketing.
            _ => 0,
        };
        assert_eq!(rows.len() - 1, expected, "{preset}: {said}");
        if expected == 0 {
            assert!(said.contains("without a granted consent") && said.contains("no leads are left"), "{said}");
        }
        std::fs::remove_file(file).unwrap();
    }
    let (file, _) = export(&house, "xlsx", &["--preset", "kintone", "--form", "contact"]);
    let rows = read(&python, "xlsx", &file);
    assert_eq!(rows[0][..4], ["受付番号", "受付日時", "対応状況", "お問い合わせ種別"]);
    assert_eq!(rows.len() - 1, HOSTILE.len());
}

#[test]
fn options_that_do_not_go_together_are_refused_in_words() {
    let house = Installation::new();
    house.serve().stop();
    for (arguments, expected) in [
        (&["--preset", "hubspot"][..], "--reason"),
        (&["--preset", "hubspot", "--reason", "handover", "--tokens"], "--tokens"),
        (&["--preset", "hubspot", "--reason", "handover", "--format", "jsonl"], "it is read as: csv, csv-excel"),
        (&["--preset", "meta", "--reason", "handover", "--format", "xlsx"], "it is read as: csv\n"),
        (&["--preset", "kintone", "--reason", "handover"], "choose it with --form: contact"),
        (&["--preset", "pipedrive", "--reason", "handover"], "google-customer-match"),
        (&["--format", "xls"], "xlsx"),
    ] {
        let output = house.run(&[&["export"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn an_export_of_nothing_is_a_valid_file_and_says_so() {
    let house = Installation::new();
    house.serve().stop();
    for format in ["csv", "csv-excel", "csv-cp932", "xlsx", "jsonl"] {
        let (file, said) = export(&house, format, &["--reveal"]);
        assert!(
            said.contains(": 0 leads, sha256 ") && said.contains("no leads match; the export holds none"),
            "{said}"
        );
        let Some(python) = python().filter(|_| format != "jsonl") else { continue };
        let rows = read(&python, format, &file);
        assert_eq!((rows.len(), rows[0][0].as_str()), (1, "token"), "{format}");
    }
}

#[test]
fn a_file_holds_what_its_options_say_and_an_unknown_word_is_refused() {
    let house = Installation::new();
    house.set("screening", "enabled", false);
    let server = house.serve();
    send(&server, "一件目", "髙﨑");
    support::eventually("the lead is stored", Duration::from_secs(30), || {
        (house.succeed(&["leads", "list", "--json"]).lines().count() == 1).then_some(())
    });
    server.stop();
    for (options, leads) in [
        (&["--site", "main", "--form", "contact", "--stage", "new", "--owner", "nobody"][..], 1),
        (&["--since", "2020-01-01", "--until", "2999-12-31"], 1),
        (&["--until", "2020-01-01"], 0),
        (&["--tag", "expo"], 0),
        (&["--source", "cpc"], 0),
    ] {
        let all = [&["export", "--format", "jsonl"], options].concat();
        assert_eq!(house.succeed(&all).lines().count(), leads, "{options:?}");
        let all = [&["leads", "list", "--json"], options].concat();
        assert!(!house.succeed(&all).contains("misaki"), "{options:?}");
    }
    for (option, word, said) in [
        ("--form", "nothing", "there is no form nothing; there are: "),
        ("--site", "nowhere", "there is no site nowhere; there are: main"),
        ("--owner", "sato@example.jp", "there is no colleague sato@example.jp; see: leadseal staff list"),
        ("--source", "fax", "a source is one of cpc, "),
        ("--until", "tomorrow", "a date like 2026-11-22"),
    ] {
        let output = house.run(&["export", option, word]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty() && told.contains(said), "{option}: {told}");
    }
}
