//! Pages after a success: the owner's own, or the form does not start.

use super::*;
use rstest::rstest;

/// What is wrong with a contact form that names these addresses.
fn mistakes(thanks: &str) -> Vec<Mistake> {
    let settings =
        "[sites.main]\nname = \"Sample\"\nurl = \"https://www.example.jp\"\nmail_from = \"noreply@example.jp\"\n";
    let form = ready_forms()[0].1.replace(
        "retention_days = 365",
        &format!("allowed_origins = [\"https://lp.example.jp\"]\n{thanks}\nretention_days = 365"),
    );
    let forms = [("forms/contact.toml".to_owned(), form)];
    match load_from_texts(Path::new("/srv"), Some(("leadseal.toml", settings)), &forms) {
        Ok(loaded) => loaded.warnings,
        Err(errors) => errors.mistakes,
    }
}

#[rstest]
#[case(r#"thanks.url = "https://www.example.jp/thanks?x=1""#)]
#[case(r#"thanks.urls = ["https://lp.example.jp/a", "https://www.example.jp/b"]"#)]
fn the_sites_own_pages_and_those_of_listed_origins_pass(#[case] thanks: &str) {
    assert_eq!(mistakes(thanks), []);
}

#[rstest]
#[case(r#"thanks.url = "https://evil.example/""#, "is on another site")]
#[case(r#"thanks.url = "https://www.example.jp.evil.example/""#, "is on another site")]
#[case(r#"thanks.url = "https://lp.example.jp:8443/""#, "is on another site")]
#[case(r#"thanks.urls = ["https://lp.example.jp/a", "https://evil.example/"]"#, "is on another site")]
#[case(r#"thanks.url = "http://www.example.jp/thanks""#, "is not https://")]
#[case(r#"thanks.url = "javascript:alert(1)""#, "does not begin with https://")]
#[case(r#"thanks.url = "/thanks""#, "is no web address")]
#[case(r#"thanks.url = "https://www.example.jp@evil.example/""#, "holds a login")]
#[case(r##"thanks.url = "https://www.example.jp/#x""##, "has a # in it")]
#[case(r#"thanks.url = "http://127.0.0.1:9000/""#, "is on another site")]
fn any_other_page_is_refused_on_its_line(#[case] thanks: &str, #[case] what: &str) {
    let found = mistakes(thanks);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].what.contains(what) && !found[0].fix.is_empty(), "{}", found[0]);
    let line = ready_forms()[0].1.lines().position(|line| line == "retention_days = 365").unwrap() + 2;
    assert_eq!(found[0].line, line, "{}", found[0]);
}
