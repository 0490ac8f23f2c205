//! One mistake at a time in `leadseal.toml`, and mistakes that show only among several files.

use super::*;
use rstest::rstest;

fn mistakes(text: &str) -> Vec<Mistake> {
    match load_from_texts(Path::new("/srv"), Some(("leadseal.toml", text)), &ready()) {
        Ok(loaded) => loaded.warnings,
        Err(errors) => errors.mistakes,
    }
}

fn one_mistake(text: &str, severity: Severity, line: usize, what: &str, fix: &str) {
    let found = mistakes(text);
    let [mistake] = found.as_slice() else { panic!("one mistake wanted:\n{}", ConfigErrors { mistakes: found }) };
    assert_eq!((mistake.line, mistake.severity), (line, severity), "{mistake}");
    assert!(mistake.what.contains(what), "{mistake}");
    assert!(mistake.fix.contains(fix), "{mistake}");
}

#[rstest]
#[case("[publik]\n", 1, "no key `publik`", "did you mean `public`?")]
#[case("data-dir = \"x\"\n", 1, "no key `data-dir`", "did you mean `data_dir`?")]
#[case("data_dir = \"\"\n", 1, "the path is empty", "write a path")]
#[case("data_dir = \"~/leads\"\n", 1, "`~`", "the whole path")]
#[case("[public]\nlisten = \"localhost:8787\"\n", 2, "no IP address with a port", "127.0.0.1:8787")]
#[case("[public]\nlisten = 8787\n", 2, "`public.listen` is a number", "double quotes")]
#[case("[public]\nurl = \"forms.example.jp\"\n", 2, "is no web address", "https://forms.example.jp")]
#[case("[public]\nurl = \"ftp://forms.example.jp\"\n", 2, "does not begin with https://", "scheme")]
#[case("[public]\nurl = \"https://example.jp/forms\"\n", 2, "has a path", "write \"https://example.jp\"")]
#[case("[public]\nurl = \"https://example.jp/\"\n", 2, "slash at its end", "write \"https://example.jp\"")]
#[case("[public]\ntrusted_proxies = [\"proxy\"]\n", 2, "neither an IP address nor a network", "10.0.0.0/8")]
#[case("[public]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", 2, "believes everybody", "only the proxies")]
#[case("[public]\nheader_timeout_seconds = 0\n", 2, "can't be 0", "from 1 to 300")]
#[case("[public]\nmax_connections = -1\n", 2, "can't be -1", "from 1")]
#[case("[private]\nlisten = \"127.0.0.1:8787\"\n", 2, "the same address", "another port")]
#[case("[limits]\nmax_body = 5\n", 2, "no key `limits.max_body`", "`max_body_kib`")]
#[case("[sealing]\nsuite = \"xwing\"\n", 2, "can't be `xwing`", "did you mean `x-wing`?")]
#[case("[keys]\nsource = \"env\"\n", 2, "can't be `env`", "`file`, `credential`, `passphrase` or `command`")]
#[case("[keys]\nsource = \"command\"\n", 1, "there is none", "add command")]
#[case("[keys]\nsource = \"credential\"\ncredential = \"../x\"\n", 3, "no name of a credential", "the name alone")]
#[case("[mail]\nhost = \"smtp://example.jp\"\n", 2, "no host name", "smtp.example.jp")]
#[case("[mail]\nusername = \"u\"\n", 2, "no `password_file`", "mode 0600")]
#[case("[mail]\npassword_file = \"p\"\n", 2, "no `username`", "username")]
#[case("[mail]\npassword = \"p\"\n", 2, "no key `mail.password`", "the keys here are")]
#[case("[mail]\nport = 70000\n", 2, "can't be 70000", "from 1 to 65535")]
#[case("[mail]\nsecurity = \"none\"\n", 2, "can't be `none`", "`plain`")]
#[case("[log]\nfilter = \"leadseal=loud=x\"\n", 2, "no log filter", "info")]
#[case("[sites.main]\nname = \"A\"\n", 1, "no sender", "mail_from")]
#[case("[sites.main]\nmail_from = \"a@example.jp\"\n", 1, "no name", "name =")]
#[case("[sites.main]\nname = \"A\\nB\"\nmail_from = \"a@example.jp\"\n", 2, "not on one line", "the name")]
#[case("[sites.main]\nname = \"A\"\nmail_from = \"a\"\n", 3, "has no @", "bare address")]
#[case("[sites.main]\nname = \"A\"\nmail_from = \"a@example.jp\"\naccent = \"red\"\n", 4, "no colour", "#0b6e4f")]
#[case(
    "[sites.main]\nname = \"A\"\nmail_from = \"a@example.jp\"\nurl = \"www.a.example\"\n",
    4,
    "no web address",
    "https://"
)]
#[case(
    "[sites.main]\nname = \"A\"\nmail_from = \"a@example.jp\"\n[sites.\"A b\"]\nname = \"B\"\nmail_from = \"a@example.jp\"\n",
    4,
    "`A b` is no id",
    "lower-case"
)]
#[case("[sites.\"A b\"]\nname = \"B\"\nmail_from = \"b@example.jp\"\n", 1, "`A b` is no id", "lower-case")]
#[case("[sites]\n", 1, "there is no site", "[sites.main]")]
fn errors(#[case] text: &str, #[case] line: usize, #[case] what: &str, #[case] fix: &str) {
    one_mistake(text, Severity::Error, line, what, fix);
}

#[rstest]
#[case("[private]\nlisten = \"203.0.113.5:8788\"\n", 2, "203.0.113.5", "127.0.0.1")]
#[case("[private]\nlisten = \"0.0.0.0:8788\"\n", 2, "strangers", "VPN")]
#[case("[public]\nurl = \"http://forms.example.jp\"\n", 2, "unencrypted", "https://")]
#[case("[keys]\npassphrase_file = \"p\"\n", 2, "`keys.passphrase_file` is not used", "source = \"passphrase\"")]
#[case("[mail]\nhost = \"smtp.example.jp\"\nsecurity = \"plain\"\n", 3, "unencrypted", "starttls")]
#[case("[mail]\nhost = \"smtp.example.jp\"\nport = 465\n", 3, "don't go together", "security = \"tls\"")]
fn warnings(#[case] text: &str, #[case] line: usize, #[case] what: &str, #[case] fix: &str) {
    one_mistake(text, Severity::Warning, line, what, fix);
}

#[rstest]
#[case("[private]\nlisten = \"10.1.2.3:8788\"\n")]
#[case("[private]\nlisten = \"[::1]:8788\"\n")]
#[case("[public]\nurl = \"http://localhost:9000\"\n")]
#[case("[mail]\nhost = \"127.0.0.1\"\nport = 25\nsecurity = \"plain\"\n")]
#[case("[keys]\nsource = \"passphrase\"\n")]
fn what_is_fine_is_left_alone(#[case] text: &str) {
    assert_eq!(mistakes(text), []);
}

#[test]
fn every_source_of_the_key_can_be_chosen() {
    let kek =
        |text: &str| load_from_texts(Path::new("/srv"), Some(("leadseal.toml", text)), &ready()).unwrap().settings.kek;
    assert_eq!(kek("[keys]\nsource = \"credential\""), KekSource::Credential("leadseal-kek".into()));
    assert_eq!(kek("[keys]\nsource = \"passphrase\""), KekSource::Passphrase(None));
    assert_eq!(
        kek("[keys]\nsource = \"passphrase\"\npassphrase_file = \"/run/p\""),
        KekSource::Passphrase(Some("/run/p".into()))
    );
    assert_eq!(kek("[keys]\nsource = \"command\"\ncommand = [\"kms\"]"), KekSource::Command(vec!["kms".into()]));
}

#[test]
fn forms_of_two_files_may_not_share_an_id() {
    let mut forms = ready();
    forms.push(("forms/zz.toml".to_owned(), forms[0].1.clone()));
    let errors = load_from_texts(Path::new("/srv"), None, &forms).unwrap_err();
    assert_eq!(errors.mistakes.len(), 1);
    let said = errors.to_string();
    assert!(said.starts_with("forms/zz.toml:7:1: there is already a form `contact` in forms/contact.toml"), "{said}");
}

#[test]
fn a_form_must_say_its_site_when_there_are_two() {
    let own = "[sites.a]\nname = \"A\"\nmail_from = \"a@example.jp\"\n[sites.b]\nname = \"B\"\nmail_from = \"b@example.jp\"\n";
    let found = mistakes(own);
    assert_eq!(found.len(), ready_forms().len(), "one per ready form");
    assert!(found[0].fix.contains("`a` or `b`"), "{}", found[0]);
}

#[test]
fn mistakes_of_all_files_come_together() {
    let forms = vec![("forms/f.toml".to_owned(), ready()[0].1.replace("sales@example.jp", "sales"))];
    let found = load_from_texts(Path::new("/srv"), Some(("leadseal.toml", "[log]\nlang = \"fr\"\n")), &forms);
    let files: Vec<String> = found.unwrap_err().mistakes.into_iter().map(|mistake| mistake.file).collect();
    assert_eq!(files, ["leadseal.toml", "forms/f.toml"]);
}

#[test]
fn a_main_file_that_is_not_toml_does_not_blame_the_forms_for_their_site() {
    let found = mistakes("[public\n");
    assert!(found.iter().all(|mistake| mistake.file == "leadseal.toml"), "{found:?}");
}

#[test]
fn no_forms_is_a_warning() {
    let loaded = load_from_texts(Path::new("/srv"), None, &[]).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].to_string().contains("there are no forms"));
}

#[test]
fn a_mistake_found_later_in_a_template_has_its_place() {
    let loaded = load_from_texts(Path::new("/srv"), None, &ready()).unwrap();
    let contact = "contact".parse().unwrap();
    let mistake = loaded.mistake_in_form(&contact, "auto_reply.body.en", "unknown variable", "use `site`");
    let (line, _) = ready()[0].1.lines().enumerate().find(|(_, line)| line.starts_with("body.en")).unwrap();
    assert_eq!(mistake.to_string(), format!("forms/contact.toml:{}:6: unknown variable — fix: use `site`", line + 1));
}
