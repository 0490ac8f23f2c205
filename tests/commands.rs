//! The command line as its reader meets it: what it says, where, and how it ends.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod support;

use std::io::Read;
use std::process::{Command, Output, Stdio};
use support::installation::{Installation, LEADSEAL};

fn leadseal(arguments: &[&str]) -> Output {
    Command::new(LEADSEAL).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let house = Installation::new();
    house.serve().stop();
    let config = house.config().display().to_string();
    for command in [
        &["leads", "list"][..],
        &["audit", "list"],
        &["keys", "list"],
        &["doctor", "--offline"],
        &["check", "--schema"],
        &["export"],
        &["export", "--format", "csv", "--bom"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut arguments = vec!["--config", &config];
        arguments.extend(command);
        let output = Command::new(LEADSEAL).args(&arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(words(&output.stderr), "", "{command:?}");
        assert_eq!(output.status.code(), Some(141), "{command:?}");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_said_in_a_line() {
    let house = Installation::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(LEADSEAL);
    command.arg("--config").arg(house.config()).args(["keys", "list"]).stdout(full).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(error.starts_with("leadseal: standard output can't be written: "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn init_with_a_mistyped_value_makes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("house");
    let dir = dir.to_str().unwrap();
    for (flag, value, expected) in [
        ("--recipient", "a@x.jp\r\nBcc: v@x.jp", "line break"),
        ("--recipient", "", "address"),
        ("--recipient", "山田 <a@x.jp>", "bare address"),
        ("--public-url", "https://x.jp/forms", "path"),
    ] {
        let output = leadseal(&["init", "--dir", dir, flag, value]);
        let error = words(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{value:?}: {error}");
        assert!(error.starts_with("leadseal: nothing was made: ") && error.contains(expected), "{value:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{value:?}: {error}");
        assert!(!std::path::Path::new(dir).exists(), "{value:?}");
    }
    assert!(leadseal(&["init", "--dir", dir]).status.success(), "the same place can be used at once");
}

#[test]
fn init_and_demo_do_not_pass_over_a_configuration_that_is_named() {
    for command in ["init", "demo"] {
        let output = leadseal(&["--config", "/nowhere/leadseal.toml", command]);
        assert_eq!(output.status.code(), Some(2));
        assert!(words(&output.stderr).contains("--dir"), "{command}");
    }
}

#[test]
fn serve_refuses_a_mail_text_that_can_not_be_rendered() {
    let house = Installation::new();
    house.edit_form("contact", |form| {
        form["auto_reply"]["subject"] = toml::Value::from("{{ reciept }}");
    });
    let output = house.run(&["serve"]);
    let error = words(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("nothing was started") && error.contains("contact.toml:"), "{error}");
}

#[test]
fn the_long_help_says_how_a_command_ends() {
    for command in ["check", "doctor", "healthcheck"] {
        let help = words(&leadseal(&[command, "--help"]).stdout);
        assert!(help.contains("Exit code"), "{help}");
    }
}
