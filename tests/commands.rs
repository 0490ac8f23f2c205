//! The command line as its reader meets it: what it says, where, and how it ends.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod support;

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use support::http::Request;
use support::installation::{Installation, LEADSEAL, set_mode};
use support::site_key::SiteKey;

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
        &["export", "--format", "csv-excel"],
        &["export", "--format", "csv-cp932"],
        &["export", "--format", "xlsx"],
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

/// Three visits: two that begin, one that ends in a lead after a mistake.
fn visit(server: &support::installation::Server) {
    let seen = |body: &str| server.public(&Request::post("/f/contact/seen", "text/plain", body));
    for page in ["/lp/spring", "/lp/autumn", "/members/yamada"] {
        seen(&format!(r#"{{"event":"view","page":"{page}","source":"cpc"}}"#));
    }
    for body in [
        r#"{"event":"start","page":"/lp/spring","source":"cpc"}"#,
        r#"{"event":"start","page":"/lp/autumn","source":"cpc"}"#,
        r#"{"event":"error","field":"email","page":"/lp/spring","source":"cpc"}"#,
        r#"{"event":"left","field":"message","page":"/lp/autumn","source":"cpc"}"#,
        r#"{"event":"submit","page":"/lp/spring","source":"cpc"}"#,
    ] {
        assert_eq!(seen(body).status, 204);
    }
    let mut answers = serde_json::json!({
        "inquiry_type": "product", "name_family": "髙﨑", "name_given": "美咲",
        "email": "misaki@", "message": "資料をください。", "privacy": true,
    });
    let post = |answers: &serde_json::Value| {
        server.public(&Request::post("/f/contact", "application/json", answers.to_string())).status
    };
    assert_eq!(post(&answers), 422);
    answers["email"] = "misaki@example.co.jp".into();
    assert_eq!(post(&answers), 200);
}

#[test]
fn stats_show_where_visitors_stop_over_a_restart_and_beside_a_running_server() {
    let house = Installation::new();
    house.edit_form("contact", |form| {
        let pages = toml::Table::from_iter([("pages".to_owned(), vec!["/lp/*"].into())]);
        form["form"].as_table_mut().unwrap().insert("funnel".to_owned(), pages.into());
    });
    let empty = house.succeed(&["stats"]);
    assert!(empty.starts_with("no visits were counted in the last 30 days"), "{empty}");

    let server = house.serve();
    visit(&server);
    server.stop();
    let expected = "\
form     served  views  starts  submits  accepted  quarantined  invalid  begun   sent
contact  0       3      2       1        1         0            1        66.7 %  33.3 %

form     field    errors in the browser  errors at the server  left here
contact  email    1                      1                     0
contact  message  0                      0                     1
";
    assert_eq!(house.succeed(&["stats"]), expected);
    let by_page = "\
form     page   served  views  starts  submits  begun    sent
contact  /lp/*  0       2      2       1        100.0 %  50.0 %
contact  other  0       1      0       0        0.0 %    0.0 %
";
    assert_eq!(house.succeed(&["stats", "--form", "contact", "--days", "2", "--by", "page"]), by_page);
    let by_source: serde_json::Value =
        serde_json::from_str(&house.succeed(&["stats", "--by", "source", "--json"])).unwrap();
    let row =
        serde_json::json!({"form": "contact", "source": "cpc", "served": 0, "views": 3, "starts": 2, "submits": 1});
    assert_eq!(by_source, row);

    let server = house.serve();
    server.public(&Request::get("/f/contact"));
    support::eventually("the page in the stats", Duration::from_secs(30), || {
        house.succeed(&["stats", "--by", "source"]).contains("direct  1 ").then_some(())
    });
    let metrics = server.private(&Request::get("/metrics")).text();
    let line = r#"leadseal_funnel_total{form="contact",event="served"} 1"#;
    assert!(metrics.lines().any(|found| found == line), "{metrics}");
    server.stop();

    let unknown = house.run(&["stats", "--form", "nope"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(
        words(&unknown.stderr),
        "leadseal: there is no form nope; there are: contact, document-request, event-registration, newsletter\n"
    );
    // The file holds the closed sets' words, and not the page that no form lists.
    for name in std::fs::read_dir(house.data()).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&name).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("yamada"), "{}", name.display());
    }
}

#[test]
fn a_site_key_is_shown_once_and_known_to_a_running_server_until_it_is_revoked() {
    let house = Installation::new();
    let server = house.serve();
    let unknown = house.run(&["site-key", "new", "nope"]);
    assert_eq!((unknown.status.code(), words(&unknown.stderr).as_str()), (Some(1), NO_SUCH_SITE));
    assert!(house.succeed(&["site-key", "list"]).starts_with("none: make the first with"));

    let made = house.succeed(&["site-key", "new", "main", "--name", "WordPress 本店"]);
    let written = made.lines().find_map(|line| line.trim().strip_prefix("lsk_")).unwrap().to_owned();
    let (id, secret) = written.split_once('_').unwrap();
    assert_eq!((id.len(), secret.len()), (8, 43), "{made}");
    assert!(made.contains(&format!("http://{}", house.public)), "{made}");
    let listed = house.succeed(&["site-key", "list"]) + &house.succeed(&["site-key", "list", "--json"]);
    assert!(listed.contains("WordPress 本店") && listed.contains(id) && !listed.contains(secret), "{listed}");
    let file = house.data().join("site-keys");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let key = SiteKey::parse(&format!("lsk_{written}"));
    let status = server.public(&key.get("/site/v1/status"));
    assert_eq!((status.status, &status.json()["key"]["name"]), (200, &"WordPress 本店".into()), "{}", status.text());
    let revoked = house.succeed(&["site-key", "revoke", id]);
    assert!(revoked.contains(id) && revoked.contains("main"), "{revoked}");
    assert_eq!(server.public(&key.get("/site/v1/status")).status, 401);
    let again = house.run(&["site-key", "revoke", id]);
    assert_eq!(again.status.code(), Some(1));
    assert!(words(&again.stderr).contains("there is no site key"));
    assert_eq!(house.run(&["site-key", "revoke", &format!("lsk_{written}")]).status.code(), Some(2));
    assert_eq!(house.run(&["site-key", "new", "main", "--name", "a\nb"]).status.code(), Some(1));
    server.stop();
    assert!(!house.log().contains(secret), "the secret stands in the log");
    let audit = house.succeed(&["audit", "list"]);
    for what in ["what=site-key-new site=main", "what=site-key-revoke site=main"] {
        assert!(audit.lines().any(|line| line.contains(what) && line.contains(id)), "{what}: {audit}");
    }
    house.succeed(&["audit", "verify"]);
}

const NO_SUCH_SITE: &str = "leadseal: there is no site nope; there are: main\n";

#[test]
fn a_site_key_file_that_others_may_read_is_refused_wherever_it_is_read() {
    let house = Installation::new();
    house.succeed(&["site-key", "new", "main", "--json"]);
    let file = house.data().join("site-keys");
    set_mode(&file, 0o644);
    for arguments in [&["site-key", "list"][..], &["site-key", "new", "main"], &["serve"]] {
        let output = house.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(words(&output.stderr).contains("chmod 600"), "{arguments:?}: {}", words(&output.stderr));
    }
    let doctor = words(&house.run(&["doctor", "--offline"]).stdout);
    assert!(doctor.contains("BROKEN  site keys: ") && doctor.contains("chmod 600"), "{doctor}");
    set_mode(&file, 0o600);
    let line = std::fs::read_to_string(&file).unwrap().replace(" main ", " gone ");
    std::fs::write(&file, line).unwrap();
    let doctor = words(&house.run(&["doctor", "--offline"]).stdout);
    assert!(
        doctor.contains("ok      site keys: 1 key") && doctor.contains("of site gone, which is not there"),
        "{doctor}"
    );
}

/// The output of a command on an installation, which succeeded.
fn done(house: &Installation, arguments: &[&str]) -> String {
    let config = house.config().display().to_string();
    let mut all = vec!["--config", config.as_str()];
    all.extend(arguments);
    let output = leadseal(&all);
    assert!(output.status.success(), "{arguments:?}: {}", words(&output.stderr));
    words(&output.stdout)
}

/// What a command that is refused says.
fn refused(house: &Installation, arguments: &[&str]) -> String {
    let config = house.config().display().to_string();
    let mut all = vec!["--config", config.as_str()];
    all.extend(arguments);
    let output = leadseal(&all);
    assert!(!output.status.success(), "{arguments:?}");
    words(&output.stderr)
}

#[test]
fn accounts_of_staff_are_made_listed_changed_and_taken_away() {
    let house = Installation::new();
    assert!(done(&house, &["staff", "list"]).contains("staff add ADDRESS --role owner"));
    let made = done(&house, &["staff", "add", "Owner@Example.jp", "--role", "owner", "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!((&made["address"], &made["role"]), (&"owner@example.jp".into(), &"owner".into()));
    assert!(made["link"].as_str().unwrap().contains("/console/sign-in/link/"), "{made}");
    let again = refused(&house, &["staff", "add", "owner@example.jp"]);
    assert!(again.contains("there is an account with this address already"), "{again}");
    let human = done(&house, &["staff", "add", "rep@example.jp", "--name", "営業 一郎", "--form", "contact"]);
    assert!(human.contains("once, within 24 hours") && human.contains("/console/sign-in/link/"), "{human}");
    let unknown = refused(&house, &["staff", "add", "x@example.jp", "--form", "nothing"]);
    assert!(unknown.contains("there is no form nothing; there are: contact"), "{unknown}");
    assert!(refused(&house, &["staff", "add", "no-address"]).contains("name@example.jp"));
    let listed = done(&house, &["staff", "list"]);
    assert!(listed.contains("営業 一郎") && listed.contains("has not chosen a password"), "{listed}");
    assert!(!listed.contains("sign-in/link"), "links are shown once");
    assert!(refused(&house, &["staff", "disable", "owner@example.jp"]).contains("the last owner"));
    done(&house, &["staff", "change", "rep@example.jp", "--role", "auditor"]);
    done(&house, &["staff", "disable", "rep@example.jp"]);
    assert!(refused(&house, &["staff", "reset", "rep@example.jp"]).contains("staff enable rep@example.jp"));
    done(&house, &["staff", "enable", "rep@example.jp"]);
    assert!(done(&house, &["staff", "reset", "rep@example.jp", "--second-factor"]).contains("/sign-in/link/"));
    assert!(refused(&house, &["staff", "reset", "nobody@example.jp"]).contains("leadseal staff list"));
    let audit = done(&house, &["audit", "list"]);
    for action in ["staff-added", "staff-changed", "staff-disabled"] {
        assert!(audit.contains(action), "{audit}");
    }
    assert!(!audit.contains("example.jp"), "the audit names staff by id");
}

#[test]
fn init_makes_the_first_owner_where_asked() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("house");
    let output = leadseal(&["init", "--dir", dir.to_str().unwrap(), "--owner", "me@example.jp", "--json"]);
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(made["sign_in"].as_str().unwrap().starts_with("http://127.0.0.1:8788/console/sign-in/link/"), "{made}");
    let other = place.path().join("other");
    let output = leadseal(&["init", "--dir", other.to_str().unwrap()]);
    assert!(words(&output.stdout).contains("staff add you@example.jp --role owner"));
    let output = leadseal(&["init", "--dir", place.path().join("x").to_str().unwrap(), "--owner", "me"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!place.path().join("x").exists());
}
