//! One mistake at a time in a form file: said once, on the right line, with a way out.

use super::*;
use rstest::rstest;

const BASE: &str = r#"[form]
id = "f"
languages = ["ja", "en"]
title = { ja = "題", en = "Title" }

[notify]
recipients = ["sales@example.jp"]

[[field]]
id = "size"
type = "select"
label = "Size"
choices = ["small", "large"]

[[field]]
id = "email"
type = "email"
label = { ja = "メール", en = "Email" }

[[field]]
id = "note"
type = "text"
label = { ja = "備考", en = "Note" }
"#;

/// The first line of what is appended to the base.
const ADDED: usize = 24;

fn mistakes(text: &str) -> Vec<Mistake> {
    match parse_form("forms/f.toml", text, &main_site()) {
        Ok((_, warnings)) => warnings,
        Err(mistakes) => mistakes,
    }
}

/// The base with one text replaced; with nothing to replace, with text at its end.
fn changed(from: &str, to: &str) -> String {
    if from.is_empty() {
        return format!("{BASE}{to}\n");
    }
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

#[test]
fn the_base_has_no_mistake() {
    assert_eq!(mistakes(BASE), []);
}

#[rstest]
// The form.
#[case(r#"id = "f""#, r#"id = "F f""#, 2, "`F f` is no id", "lower-case")]
#[case(r#"id = "f""#, "", 1, "`form.id` is missing", "add `id = …`")]
#[case(r#"id = "f""#, "id = 7", 2, "`form.id` is a number", "a text in double quotes")]
#[case(r#"id = "f""#, "id = \"f\"\nsite = \"mian\"", 3, "no site `mian`", "did you mean `main`?")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nretension_days = 3",
    3,
    "no key `form.retension_days`",
    "did you mean `retention_days`?"
)]
#[case(r#"id = "f""#, "id = \"f\"\nretention_days = 0", 3, "`form.retention_days` can't be 0", "from 1 to 3650")]
#[case(r#"id = "f""#, "id = \"f\"\nretention_days = 1.5", 3, "a number with a fraction", "a whole number")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nallowed_origins = [\"https://a.example\", \"*\"]",
    3,
    "every web site",
    "one by one"
)]
#[case(r#"id = "f""#, "id = \"f\"\nallowed_origins = [\"null\"]", 3, "`null`", "real origin")]
#[case(r#"id = "f""#, "id = \"f\"\nallowed_origins = [\"https://*.example.jp\"]", 3, "compared exactly", "each host")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nallowed_origins = [\"https://a.example/x/\"]",
    3,
    "no origin",
    "write \"https://a.example\""
)]
#[case(r#"id = "f""#, "id = \"f\"\nfunnel = { pages = [\"/a\", \"/b?c\"] }", 3, "`/b?c` is no page", "path alone")]
#[case(r#"id = "f""#, "id = \"f\"\nfunnel = { pages = [\"/*/a\"] }", 3, "`/*/a` is no page", "path alone")]
#[case(r#"id = "f""#, "id = \"f\"\nfunnel = { pages = [\"/a\", \"/a\"] }", 3, "`/a` is there twice", "take one out")]
#[case(r#"id = "f""#, "id = \"f\"\nallowed_origins = [\"ftp://a.example\"]", 3, "no origin", "scheme, host")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nattribution = [\"utm_sauce\"]",
    3,
    "can't be `utm_sauce`",
    "did you mean `utm_source`?"
)]
#[case(r#"id = "f""#, "id = \"f\"\nattribution_protect = \"keep\"", 3, "in clear", "attribution_allow_plain")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nform_token = \"sometimes\"",
    3,
    "can't be `sometimes`",
    "`required` or `when_present`"
)]
#[case(r#"id = "f""#, "id = \"f\"\nthanks.tittle = \"x\"", 3, "no key `form.thanks.tittle`", "did you mean `title`?")]
#[case(r#"id = "f""#, "id = \"f\"\nsubmit = \"a\\nb\"", 3, "`form.submit` holds a character", "on one line")]
#[case(
    r#"id = "f""#,
    "id = \"f\"\nintro.ja = \"a\\u0000b\"\nintro.en = \"x\"",
    3,
    "can't be shown",
    "control characters"
)]
#[case(r#"["ja", "en"]"#, r#"["ja", "en", "ja"]"#, 3, "`ja` is there twice", "take one out")]
#[case(r#"["ja", "en"]"#, r#"["ja", "de"]"#, 3, "can't be `de`", "`ja` or `en`")]
#[case(r#"["ja", "en"]"#, "[]", 3, "`form.languages` is empty", "at least one")]
#[case(r#"title = { ja = "題", en = "Title" }"#, "", 1, "`form.title` is missing", "add `title = …`")]
#[case(r#"title = { ja = "題", en = "Title" }"#, r#"title = { ja = "題" }"#, 4, "no English words", "add `en = \"…\"`")]
#[case(
    r#"title = { ja = "題", en = "Title" }"#,
    r#"title = { ja = " ", en = "Title" }"#,
    4,
    "no Japanese words",
    "add `ja"
)]
#[case(
    r#"title = { ja = "題", en = "Title" }"#,
    "title = \"a\\r\\nBcc: x\"",
    4,
    "`form.title` holds a character",
    "on one line"
)]
// Who is told.
#[case(r#"recipients = ["sales@example.jp"]"#, "", 6, "`notify.recipients` is missing", "add `recipients")]
#[case(r#"["sales@example.jp"]"#, "[]", 7, "`notify.recipients` is empty", "at least one")]
#[case(r#"["sales@example.jp"]"#, r#"["a@example.jp", "sales"]"#, 7, "`sales` has no @", "bare address")]
#[case(r#"["sales@example.jp"]"#, r#"["a@example.jp\r\nBcc: v@example.jp"]"#, 7, "holds a line break", "bare address")]
#[case(r#"["sales@example.jp"]"#, r#"["営業 <a@example.jp>"]"#, 7, "more than a bare address", "bare address")]
#[case(
    r#"["sales@example.jp"]"#,
    "[\"a@example.jp\"]\nsubject_facets = [\"note\"]",
    8,
    "`note` can't stand in a subject",
    "kept in clear"
)]
#[case(
    r#"["sales@example.jp"]"#,
    "[\"a@example.jp\"]\nsubject_facets = [\"sice\"]",
    8,
    "no field `sice`",
    "did you mean `size`?"
)]
#[case(
    r#"["sales@example.jp"]"#,
    "[\"a@example.jp\"]\nreveal = [\"nota\"]",
    8,
    "no field `nota`",
    "did you mean `note`?"
)]
#[case(r#"["sales@example.jp"]"#, "[\"a@example.jp\"]\nanswer_within_minutes = 0", 8, "can't be 0", "from 1 to 43200")]
#[case(
    "",
    "[[notify.route]]\nwhen = { field = \"size\", is = [\"huge\"] }\nto = [\"a@example.jp\"]",
    ADDED + 1,
    "`huge` is no choice of `size`",
    "`small` or `large`"
)]
#[case(
    "",
    "[[notify.route]]\nwhen = { field = \"siza\", is = [\"large\"] }\nto = [\"a@example.jp\"]",
    ADDED + 1,
    "no field `siza`",
    "did you mean `size`?"
)]
#[case("", "[[notify.route]]\nwhen = { field = \"size\", is = [\"large\"] }\nto = [\"a@b\"]", ADDED + 2, "`a@b`", "bare address")]
#[case("", "[[notify.route]]\nwhen = { field = \"size\" }", ADDED, "`notify.route.to` is missing", "add `to = …`")]
#[case(
    "",
    "[auto_reply]\nto = \"note\"\nsubject = \"s\"\nbody = \"b\"",
    ADDED + 1,
    "`note` is a text field",
    "type \"email\""
)]
#[case(
    "",
    "[auto_reply]\nto = \"emial\"\nsubject = \"s\"\nbody = \"b\"",
    ADDED + 1,
    "no field `emial`",
    "did you mean `email`?"
)]
#[case("", "[auto_reply]\nto = \"email\"\nsubject = \"s\\nBcc: x\"\nbody = \"b\"", ADDED + 2, "`auto_reply.subject`", "on one line")]
#[case("", "[auto_reply]\nto = \"email\"\nsubject = \"s\"", ADDED, "`auto_reply.body` is missing", "add `body")]
fn mistakes_of_the_form(
    #[case] from: &str,
    #[case] to: &str,
    #[case] line: usize,
    #[case] what: &str,
    #[case] fix: &str,
) {
    one_mistake(&changed(from, to), line, what, fix);
}

#[rstest]
#[case(
    "provider = \"turnstyle\"\nsite_key = \"0x4AAAAAAA\"\nsecret_file = \"s\"",
    1,
    "can't be `turnstyle`",
    "did you mean `turnstile`?"
)]
#[case(
    "provider = \"turnstile\"\nsite_key = \"<script>x\"\nsecret_file = \"s\"",
    2,
    "it is no site key",
    "not the secret key"
)]
#[case(
    "provider = \"hcaptcha\"\nsite_key = \"0x4AAAAAAA\"",
    0,
    "`form.captcha.secret_file` is missing",
    "add `secret_file"
)]
#[case(
    "provider = \"recaptcha\"\nsite_key = \"0x4AAAAAAA\"\nsecret_file = \"\"",
    3,
    "`form.captcha.secret_file` is empty",
    "write some words"
)]
#[case(
    "provider = \"hcaptcha\"\nsite_key = \"0x4AAAAAAA\"\nsecret_file = \"s\"\nverify_url = \"http://relay.example\"",
    4,
    "`http://relay.example` is no https:// address",
    "leave `verify_url` out"
)]
fn a_captcha(#[case] table: &str, #[case] line: usize, #[case] what: &str, #[case] fix: &str) {
    one_mistake(&changed("", &format!("[form.captcha]\n{table}")), ADDED + line, what, fix);
}

#[test]
fn a_captchas_secret_lies_beside_the_main_file_and_moving_it_changes_nothing_for_visitors() {
    let with = |file: &str| {
        let table = "[form.captcha]\nprovider = \"turnstile\"\nsite_key = \"0x4AAAAAAA\"";
        let text = changed("", &format!("{table}\nsecret_file = \"{file}\""));
        let forms = [("forms/f.toml".to_owned(), text)];
        let loaded = load_from_texts(Path::new("/etc/leadseal"), None, &forms).unwrap();
        let form = loaded.settings.forms[0].clone();
        (form.captcha.clone().unwrap().secret_file, form.version)
    };
    let (here, elsewhere) = (with("captcha-secret"), with("/run/secrets/captcha"));
    assert_eq!(here.0, Path::new("/etc/leadseal/captcha-secret"));
    assert_eq!(elsewhere.0, Path::new("/run/secrets/captcha"));
    assert_eq!(here.1, elsewhere.1);
}

#[rstest]
// Identity.
#[case(r#"id = "note""#, r#"id = "email""#, 21, "already the name of an input, from line 16", "another id")]
#[case(r#"id = "note""#, r#"id = "utm_source""#, 21, "`utm_source` is reserved", "another id")]
#[case(r#"id = "note""#, r#"id = "website""#, 21, "`website` is reserved", "another id")]
#[case(r#"id = "note""#, r#"id = "_note""#, 21, "`_note` is reserved", "my_note")]
#[case(r#"id = "note""#, r#"id = "Note""#, 21, "`Note` is no id", "lower-case")]
#[case(r#"id = "note""#, "", 20, "`field.id` is missing", "add `id")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"name\"\nlabel = \"N\"\n[[field]]\nid = \"n_given\"\ntype = \"text\"\nlabel = \"G\"", ADDED + 5, "`n_given` is already the name of an input", "another id")]
#[case("", "[[field]]\nid = \"note_family\"\ntype = \"text\"\nlabel = \"N\"\n[[field]]\nid = \"note\"\ntype = \"name\"\nlabel = \"G\"", ADDED + 5, "an input `note_family`", "another id")]
#[case(r#"type = "text""#, r#"type = "txt""#, 22, "can't be `txt`", "did you mean `text`?")]
#[case(r#"type = "text""#, "", 20, "`field.type` is missing", "add `type")]
#[case(r#"label = { ja = "備考", en = "Note" }"#, "", 20, "`field.label` is missing", "add `label")]
#[case(
    r#"label = { ja = "備考", en = "Note" }"#,
    r#"label = { ja = "備考" }"#,
    23,
    "`field.label` has no English words",
    "add `en"
)]
#[case(
    r#"label = { ja = "備考", en = "Note" }"#,
    r#"label = { ja = "備考", en = "Note", fr = "N" }"#,
    23,
    "no key `field.label.fr`",
    "`ja` or `en`"
)]
#[case("", "requried = true", ADDED, "no key `field.requried`", "did you mean `required`?")]
#[case("", "required = \"yes\"", ADDED, "`field.required` is a text", "true or false")]
#[case("", "colour = \"red\"", ADDED, "no key `field.colour`", "the keys here are")]
// Choices.
#[case(r#"choices = ["small", "large"]"#, "", 9, "a select field needs `choices`", "add e.g. choices")]
#[case(r#"choices = ["small", "large"]"#, "choices = []", 13, "`field.choices` is empty", "at least one")]
#[case(r#"["small", "large"]"#, r#"["small", "small"]"#, 13, "`small` is there twice", "take one out")]
#[case(r#"["small", "large"]"#, r#"["small", 7]"#, 13, "is a number", "a text in double quotes or a table")]
#[case(r#"["small", "large"]"#, r#"["small ", "large"]"#, 13, "can't be a stored value", "spaces at either end")]
#[case(r#"["small", "large"]"#, r#"[{ value = "small" }]"#, 13, "`field.choices.label` is missing", "add `label")]
#[case("", "choices = [\"a\"]", ADDED, "a text field has no `choices`", "select, radio, checkboxes")]
// Rules.
#[case("", "min_length = 5\nmax_length = 3", ADDED, "`field.min_length` is more than `field.max_length`", "swap")]
#[case("", "max_length = 99999", ADDED, "`field.max_length` can't be 99999", "from 1 to 20000")]
#[case("", "min = 1", ADDED, "a text field has no `min`", "it is for number")]
#[case("", "min_date = \"2026-04-01\"", ADDED, "has no `min_date`", "it is for date")]
#[case("", "max_choices = 2", ADDED, "has no `max_choices`", "it is for checkboxes")]
#[case("", "business_only = true", ADDED, "has no `business_only`", "it is for email")]
#[case("", "split = false", ADDED, "has no `split`", "it is for name, kana")]
#[case("", "country = \"JP\"", ADDED, "has no `country`", "it is for tel")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"number\"\nlabel = \"N\"\nmin = 5\nmax = 1.5", ADDED + 4, "`field.min` is more than", "swap")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"number\"\nlabel = \"N\"\nmax = nan", ADDED + 4, "a number that can't be used", "a number")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"date\"\nlabel = \"N\"\nmin_date = \"2026-02-30\"", ADDED + 4, "no date", "2026-04-01")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"date\"\nlabel = \"N\"\nmin_date = 2026-05-01\nmax_date = 2026-04-01", ADDED + 4, "is more than", "swap")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"checkboxes\"\nlabel = \"N\"\nchoices = [\"a\"]\nmax_choices = 2", ADDED + 5, "more than the number of choices (1)", "at most 1")]
#[case("", "[[field]]\nid = \"n\"\ntype = \"tel\"\nlabel = \"N\"\ncountry = \"XX\"", ADDED + 4, "`XX` is no country", "ISO 3166")]
#[case("", "pattern = '(?=a)b'", ADDED, "the pattern can't be used", "without look-around")]
#[case("", r"pattern = '(a)\1'", ADDED, "the pattern can't be used", "without back-references")]
#[case("", "pattern = '(a'", ADDED, "the pattern can't be used", "single quotes")]
#[case("", "pattern = '(\\w{500}){500}'", ADDED, "the pattern can't be used", "make it shorter")]
#[case("", "pattern = 'a)|(b'", ADDED, "the pattern can't be used", "single quotes")]
#[case("", "pattern_message = \"x\"", ADDED, "no `pattern`", "add the pattern")]
#[case("", "autocomplete = \"Work Email\"", ADDED, "no autocomplete token", "HTML standard")]
// Conditions.
#[case("", "shown_if = { field = \"note\" }", ADDED, "its own field", "comes earlier")]
#[case(
    "type = \"email\"\n",
    "type = \"email\"\nrequired_if = { field = \"note\" }\n",
    18,
    "`note`, which comes later",
    "move the field `note` up"
)]
#[case("", "shown_if = { field = \"siez\", is = [\"large\"] }", ADDED, "no field `siez`", "did you mean `size`?")]
#[case(
    "",
    "shown_if = { field = \"size\", is = [\"lrge\"] }",
    ADDED,
    "`lrge` is no choice of `size`",
    "did you mean `large`?"
)]
#[case("", "shown_if = { field = \"size\", is = [] }", ADDED, "`field.shown_if.is` is empty", "at least one")]
#[case("", "shown_if = { is = [\"large\"] }", ADDED, "`field.shown_if.field` is missing", "add `field")]
// Protection and consent.
#[case("", "protect = \"keep\"", ADDED, "store what visitors type", "allow_plain")]
#[case("", "protect = \"encrypt\"", ADDED, "can't be `encrypt`", "`tokenise`")]
#[case("", "protect = \"keep\"\nallow_plain = \" \"", ADDED + 1, "`field.allow_plain` is empty", "some words")]
#[case(
    "",
    "consent = { purpose = \"p\", version = \"1\", text = \"t\" }",
    ADDED,
    "a text field has no `consent`",
    "it is for consent"
)]
#[case(
    "",
    "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"",
    ADDED,
    "needs its statement",
    "purpose = \"privacy\""
)]
#[case("", "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = { purpose = \"p\", text = \"t\" }", ADDED + 4, "`field.consent.version` is missing", "add `version")]
#[case("", "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = { purpose = \"p\", version = \"\", text = \"t\" }", ADDED + 4, "`field.consent.version` is empty", "some words")]
#[case("", "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = { purpose = \"p\", version = \"1\", text = { ja = \"t\" } }", ADDED + 4, "no English words", "add `en")]
#[case("", "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = { purpose = \"p\", version = \"1\", text = \"t\", policy_url = \"/privacy\" }", ADDED + 4, "`/privacy` is no web address", "the policy's address")]
#[case("", "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nprotect = \"drop\"\nconsent = { purpose = \"p\", version = \"1\", text = \"t\" }", ADDED + 4, "must stay provable", "take out `protect`")]
fn mistakes_of_a_field(
    #[case] from: &str,
    #[case] to: &str,
    #[case] line: usize,
    #[case] what: &str,
    #[case] fix: &str,
) {
    one_mistake(&changed(from, to), line, what, fix);
}

fn one_mistake(text: &str, line: usize, what: &str, fix: &str) {
    let found = mistakes(text);
    let [mistake] = found.as_slice() else { panic!("one mistake wanted:\n{}", ConfigErrors { mistakes: found }) };
    assert_eq!((mistake.line, mistake.severity), (line, Severity::Error), "{mistake}");
    assert!(mistake.what.contains(what), "{mistake}");
    assert!(mistake.fix.contains(fix), "{mistake}");
    assert!(mistake.to_string().starts_with(&format!("forms/f.toml:{line}:")), "{mistake}");
}

#[rstest]
#[case("required = true\nrequired_if = { field = \"size\" }", "always required")]
#[case("protect = \"mask\"\nallow_plain = \"not personal\"", "changes nothing")]
#[case(
    "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nrequired = true\nconsent = { purpose = \"marketing\", version = \"1\", text = \"t\" }",
    "not freely given"
)]
fn what_is_doubtful_is_a_warning(#[case] added: &str, #[case] what: &str) {
    let (_, warnings) = parse_form("forms/f.toml", &changed("", added), &main_site()).unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].severity, Severity::Warning);
    assert!(warnings[0].what.contains(what), "{}", warnings[0]);
}

#[rstest]
#[case("", &[])]
#[case("[[field]]\nid = \"m\"\ntype = \"textarea\"\nlabel = \"M\"", &["`marketing`"])]
#[case(
    "[[field]]\nid = \"d\"\ntype = \"consent\"\nlabel = \"D\"\nrequired = true\nconsent = { purpose = \"advertising\", version = \"1\", text = \"t\" }",
    &["`marketing`", "`advertising`"]
)]
fn only_what_a_form_is_for_may_be_demanded(#[case] added: &str, #[case] warned_of: &[&str]) {
    let text = format!("{}\n{added}\n", ready_forms()[3].1);
    let (_, warnings) = parse_form("newsletter.toml", &text, &main_site()).unwrap();
    assert_eq!(warnings.len(), warned_of.len());
    for (warning, purpose) in warnings.iter().zip(warned_of) {
        assert!(warning.what.contains(purpose) && warning.what.contains("not freely given"), "{warning}");
    }
}

#[rstest]
#[case("mask")]
#[case("hash")]
#[case("drop")]
fn an_address_that_is_not_kept_can_not_be_written_to(#[case] protect: &str) {
    let text = changed("type = \"email\"", &format!("type = \"email\"\nprotect = \"{protect}\""))
        .replace("[\"sales@example.jp\"]", "[\"sales@example.jp\"]\nreply_to_lead = true\nreveal = [\"email\"]")
        + "[auto_reply]\nto = \"email\"\nsubject = \"s\"\nbody = \"b\"\n";
    let lines: Vec<usize> = mistakes(&text).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [8, 9, 28]);
}

#[test]
fn a_reply_needs_an_email_field() {
    let text = changed("type = \"email\"", "type = \"text\"")
        .replace("[\"sales@example.jp\"]", "[\"sales@example.jp\"]\nreply_to_lead = true");
    one_mistake(&text, 8, "no e-mail field", "type = \"email\"");
}

#[test]
fn each_purpose_is_asked_for_once() {
    let consent = |id: &str| {
        format!(
            "[[field]]\nid = \"{id}\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = {{ purpose = \"p\", version = \"1\", text = \"t\" }}\n"
        )
    };
    let text = changed("", &format!("{}{}", consent("a"), consent("b")));
    one_mistake(&text, ADDED + 9, "already asked for in line 28", "once");
}

#[test]
fn a_consent_in_a_condition_has_no_values() {
    let added = "[[field]]\nid = \"c\"\ntype = \"consent\"\nlabel = \"C\"\nconsent = { purpose = \"p\", version = \"1\", text = \"t\" }\n\
                 [[field]]\nid = \"d\"\ntype = \"text\"\nlabel = \"D\"\nshown_if = { field = \"c\", is = [\"yes\"] }";
    one_mistake(&changed("", added), ADDED + 9, "a consent is given or not", "take out `is`");
}

#[test]
fn a_form_needs_fields_and_recipients() {
    let text = "[form]\nid = \"f\"\nlanguages = [\"ja\"]\ntitle = \"題\"\n";
    let whats: Vec<String> = mistakes(text).into_iter().map(|mistake| mistake.what).collect();
    assert_eq!(whats, ["`field` is missing", "`notify` is missing"]);
    assert!(mistakes("")[0].fix.contains("[form]"));
}

#[test]
fn all_mistakes_are_found_at_once_in_the_order_of_the_file() {
    let text = BASE
        .replace("id = \"f\"", "id = \"F\"\nretention_days = 9999")
        .replace("label = \"Size\"", "label = \"Size\"\nreqired = true")
        .replace("[\"small\", \"large\"]", "[\"small\", \"small\"]")
        .replace("type = \"text\"", "type = \"txt\"")
        .replace("sales@example.jp", "sales@");
    let lines: Vec<usize> = mistakes(&text).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 3, 8, 14, 15, 24]);
}

#[rstest]
#[case("[form\nid = \"f\"", 1)]
#[case("[form]\nid = f\n", 2)]
#[case("[form]\nid = \"f\"\nid = \"g\"\n", 3)]
#[case("[form]\n[form]\n", 2)]
#[case("[form]\ntitle = \"open\n", 2)]
fn what_is_not_toml_is_said_with_its_line(#[case] text: &str, #[case] line: usize) {
    let found = mistakes(text);
    assert_eq!(found[0].line, line, "{}", found[0]);
    assert!(found[0].what.starts_with("this is not TOML"), "{}", found[0]);
}

#[test]
fn no_text_makes_the_reader_fall_over() {
    for (_, ready) in ready_forms() {
        let ends = (0..ready.len()).filter(|end| ready.is_char_boundary(*end)).step_by(97);
        for end in ends {
            let _ = mistakes(&ready[..end]);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_value_makes_the_reader_fall_over(value in "[-0-9a-z\"'\\[\\]{}=.,# \u{3042}]{0,24}", key in "[a-z_]{1,12}") {
        let _ = mistakes(&changed("", &format!("{key} = {value}")));
        let _ = mistakes(&BASE.replace("\"select\"", &value));
    }
}
