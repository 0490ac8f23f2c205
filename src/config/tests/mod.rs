//! The configuration as its owner meets it: defaults, overlay, ready forms, mistakes.

mod documentation;
mod form_mistakes;
mod settings_mistakes;
mod thanks;

use super::*;
use crate::domain::field::FieldKind;
use crate::domain::lang::Lang;
use crate::domain::protect::Protect;
use crate::domain::settings::{KekSource, MailSecurity, SuiteName};
use std::time::Duration;

fn main_site() -> Vec<SiteId> {
    vec!["main".parse().unwrap()]
}

fn ready() -> Vec<(String, String)> {
    ready_forms().iter().map(|(name, text)| (format!("forms/{name}"), (*text).to_owned())).collect()
}

#[test]
fn defaults_and_ready_forms_load_without_a_warning() {
    let loaded = load_from_texts(Path::new("/srv/x"), None, &ready()).unwrap();
    assert_eq!(loaded.warnings, []);
    let settings = loaded.settings;
    assert_eq!(settings.data_dir, Path::new("/srv/x/leadseal-data"));
    assert_eq!(settings.public.listen.to_string(), "127.0.0.1:8787");
    assert_eq!(settings.public.url.as_str(), "http://127.0.0.1:8787/");
    assert_eq!(settings.private.listen.to_string(), "127.0.0.1:8788");
    assert_eq!(settings.kek, KekSource::File("/srv/x/kek.key".into()));
    assert_eq!(settings.limits.max_body, 256 * 1024);
    assert_eq!(settings.limits.form_token_max_age, Duration::from_secs(14 * 86_400));
    assert_eq!((settings.limits.posts_per_minute, settings.limits.views_per_minute), (30, 240));
    assert_eq!(settings.sealing.suite, SuiteName::XWing);
    assert_eq!(settings.mail.host, None);
    assert_eq!(settings.mail.give_up_after, Duration::from_secs(72 * 3600));
    assert_eq!(settings.public.trusted_proxies, []);
    assert_eq!(settings.forms.len(), 2);
    assert_eq!(settings.forms[0].site, settings.sites[0].id);
}

#[test]
fn the_owners_file_lies_over_the_defaults_key_by_key() {
    let own = "data_dir = \"/var/lib/leadseal\"\n[public]\nurl = \"https://forms.example.jp\"\ntrusted_proxies = [\"10.0.0.0/8\", \"127.0.0.1\"]\n[mail]\nhost = \"smtp.example.jp\"\nport = 465\nsecurity = \"tls\"\nusername = \"u\"\npassword_file = \"smtp\"\n[sites.acme]\nname = \"Acme\"\nmail_from = \"no-reply@acme.example\"\naccent = \"#0b6e4f\"\n";
    let loaded = load_from_texts(Path::new("/etc/leadseal"), Some(("leadseal.toml", own)), &ready()).unwrap();
    let settings = loaded.settings;
    assert_eq!(loaded.warnings, []);
    assert_eq!(settings.data_dir, Path::new("/var/lib/leadseal"));
    assert_eq!(settings.public.listen.port(), 8787, "an untouched key keeps its default");
    assert_eq!(settings.public.trusted_proxies.len(), 2);
    assert_eq!(settings.mail.security, MailSecurity::Tls);
    assert_eq!(settings.mail.password_file.as_deref(), Some(Path::new("/etc/leadseal/smtp")));
    let ids: Vec<&str> = settings.sites.iter().map(|site| site.id.as_str()).collect();
    assert_eq!(ids, ["acme"], "the example site is gone");
    assert_eq!(settings.forms[0].site.as_str(), "acme");
}

#[test]
fn every_key_of_the_settings_is_in_the_commented_defaults() {
    let schema = shape::schema_of::<SettingsFile>();
    for (name, section) in schema["$defs"].as_object().unwrap() {
        for key in section["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            let mentioned = ["", "# "].iter().any(|mark| DEFAULTS.contains(&format!("\n{mark}{key} = ")));
            assert!(mentioned || name == "Text", "{name}.{key} is missing");
        }
    }
}

#[test]
fn the_ready_forms_are_what_they_promise() {
    let (contact, _) = parse_form("contact.toml", ready_forms()[0].1, &main_site()).unwrap();
    assert_eq!(contact.langs, [Lang::Ja, Lang::En]);
    let field = |id: &str| contact.field(&id.parse().unwrap()).unwrap();
    assert_eq!(field("email").protect, Protect::Tokenise);
    assert_eq!(field("inquiry_type").protect, Protect::Keep);
    assert!(field("name").is_split() && field("name").required && !field("company").required);
    assert!(field("privacy").required && !field("marketing").required);
    assert_eq!(field("privacy").consent.as_ref().unwrap().version, "2026-04");
    assert!(contact.auto_reply.unwrap().body.get(Lang::Ja).contains("{{ receipt }}"));

    let (request, _) = parse_form("document-request.toml", ready_forms()[1].1, &main_site()).unwrap();
    let address = request.first_of(FieldKind::Address).unwrap();
    assert_eq!(address.shown_if.as_ref().unwrap().any_of, ["paper"]);
    assert_eq!(address.shown_if, address.required_if);
    let facets: Vec<&str> = request.notify.subject_facets.iter().map(|id| id.as_str()).collect();
    assert_eq!(facets, ["industry", "employees"]);
}

#[test]
fn a_folder_is_read_as_people_lay_it_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("forms")).unwrap();
    std::fs::write(folder.path().join("leadseal.toml"), "\u{feff}[log]\r\nlang = \"en\"\r\n").unwrap();
    for (name, text) in ready_forms() {
        std::fs::write(folder.path().join("forms").join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("forms/README.txt"), "not a form").unwrap();
    let loaded = load(Some(&folder.path().join("leadseal.toml"))).unwrap();
    assert_eq!(loaded.settings.forms.len(), 2);
    assert_eq!(loaded.settings.log.lang, Lang::En);
    assert_eq!(loaded.settings.data_dir, folder.path().join("leadseal-data"));

    std::fs::write(folder.path().join("forms/sjis.toml"), b"[form]\nid = \"\x93\xfa\x96\x7b\"\n").unwrap();
    let errors = load(Some(&folder.path().join("leadseal.toml"))).unwrap_err();
    assert_eq!(errors.mistakes.len(), 1);
    assert!(errors.to_string().contains("sjis.toml:2:1: the file is not UTF-8"), "{errors}");
    assert!(load(Some(Path::new("/nowhere/leadseal.toml"))).unwrap_err().to_string().contains("can't be read"));
}

#[test]
fn the_version_changes_with_the_form_and_only_with_it() {
    let version = |text: &str| parse_form("f", text, &main_site()).unwrap().0.version;
    let text = ready_forms()[0].1;
    assert_eq!(version(text), version(&text.replace("sales@example.jp", "other@example.jp")));
    assert_ne!(version(text), version(&text.replace("max_length = 2000", "max_length = 2001")));
}

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let committed = include_str!("../../../docs/schema/form.schema.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&form_schema()).unwrap());
    if committed != current && std::env::var_os("LEADSEAL_UPDATE_SCHEMA").is_some() {
        std::fs::write("docs/schema/form.schema.json", &current).unwrap();
        return;
    }
    assert_eq!(committed, current, "run this test once with LEADSEAL_UPDATE_SCHEMA=1");
}
