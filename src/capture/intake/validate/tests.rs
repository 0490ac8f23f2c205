//! Every rule, with what breaks it.

use super::super::testing::{contact, field, form, required, split, urlencoded};
use super::super::{DecodeLimits, decode, normalise};
use super::*;
use crate::domain::field::{Pattern, Rules};
use crate::domain::form::ForbiddenNumbers;
use jiff::civil::date;
use proptest::prelude::*;
use rstest::rstest;

fn post(form: Form, pairs: &[(&str, &str)]) -> Result<Valid, Box<Refused>> {
    let body = urlencoded(pairs);
    let decoded = decode("application/x-www-form-urlencoded", &body, &DecodeLimits::default()).unwrap();
    validate(normalise(decoded, &Arc::new(form), Some(Lang::Ja)))
}

/// The problems of a post to a form of one field `f`.
fn codes(field: Field, value: &str) -> Vec<ProblemCode> {
    match post(form(vec![field]), &[("f", value)]) {
        Ok(_) => Vec::new(),
        Err(refused) => refused.problems.iter().map(|problem| problem.code).collect(),
    }
}

fn with(kind: FieldKind, rules: Rules) -> Field {
    Field { rules, ..field("f", kind) }
}

/// What was understood of one field `f`.
fn understood(form: Form, value: &str) -> Option<String> {
    let valid = post(form, &[("f", value)]).unwrap();
    valid.submission.value(&"f".parse().unwrap()).map(|value| value.joined().expose().clone())
}

const GOOD: [(&str, &str); 11] = [
    ("company", "髙﨑商店㈱"),
    ("name_family", "髙﨑"),
    ("name_given", "美咲"),
    ("kana_family", "ﾀｶｻｷ"),
    ("kana_given", "みさき"),
    ("email", "Misaki@Example.CO.JP"),
    ("tel", "０９０－１２３４－５６７８"),
    ("postal", "〒1000001"),
    ("prefecture", "東京"),
    ("message", "資料を送ってください。\r\nよろしくお願いします。"),
    ("privacy", "on"),
];

#[test]
fn a_good_post_becomes_a_submission_in_normal_form() {
    let valid = post(Form::clone(&contact()), &GOOD).unwrap();
    let told: Vec<(String, String)> = valid
        .submission
        .answers
        .iter()
        .map(|answer| (answer.field.to_string(), answer.value.joined().expose().clone()))
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(f, v)| (f.as_str(), v.as_str())).collect();
    assert_eq!(
        told,
        [
            ("company", "髙﨑商店㈱"),
            ("name", "髙﨑 美咲"),
            ("kana", "タカサキ ミサキ"),
            ("email", "Misaki@example.co.jp"),
            ("tel", "+819012345678"),
            ("postal", "100-0001"),
            ("prefecture", "東京都"),
            ("message", "資料を送ってください。\nよろしくお願いします。"),
        ]
    );
}

#[test]
fn consents_are_recorded_as_shown_given_or_not() {
    let valid = post(Form::clone(&contact()), &[&GOOD[..], &[("_lang", "en")]].concat()).unwrap();
    let consents = &valid.submission.consents;
    assert_eq!(
        consents.iter().map(|c| (c.field.as_str(), c.granted)).collect::<Vec<_>>(),
        [("privacy", true), ("marketing", false)]
    );
    assert_eq!(valid.submission.lang, Lang::En);
    assert_eq!(
        (consents[0].text.as_str(), consents[0].lang),
        ("同意します", Lang::Ja),
        "there are no English words, so the Japanese were shown"
    );
}

#[test]
fn an_empty_post_is_told_all_that_is_missing_in_the_forms_order() {
    let refused = post(Form::clone(&contact()), &[("name_given", " ")]).unwrap_err();
    let told: Vec<(&str, Option<NamePart>, ProblemCode)> =
        refused.problems.iter().map(|p| (p.field.as_str(), p.part, p.code)).collect();
    assert_eq!(
        told,
        [
            ("company", None, ProblemCode::Required),
            ("name", Some(NamePart::Family), ProblemCode::Required),
            ("name", Some(NamePart::Given), ProblemCode::Required),
            ("email", None, ProblemCode::Required),
            ("message", None, ProblemCode::Required),
            ("privacy", None, ProblemCode::ConsentRequired),
        ]
    );
}

#[test]
fn a_refused_post_keeps_what_was_typed() {
    let refused =
        post(Form::clone(&contact()), &[("tel", "０９０"), ("topics", "a"), ("topics", "b"), ("_token", "t")])
            .unwrap_err();
    assert_eq!(refused.attempt.first("tel").map(|v| v.expose().as_str()), Some("０９０"));
    assert!(refused.attempt.has("topics", "b") && !refused.attempt.has("topics", "c"));
    assert!(refused.attempt.all("_token").is_empty());
    assert!(!format!("{refused:?}").contains("０９０"));
}

#[rstest]
#[case("taro@example.jp", true)]
#[case("da.me..@docomo.ne.jp", true)]
#[case(".abc@ezweb.ne.jp", true)]
#[case("o'brien+tag@sub.example.co.jp", true)]
#[case("taro@日本語.jp", true)]
#[case("a@b", false)]
#[case("taro", false)]
#[case("@example.jp", false)]
#[case("taro@", false)]
#[case("taro@example..jp", false)]
#[case("taro@-example.jp", false)]
#[case("taro@example.123", false)]
#[case("taro@[127.0.0.1]", false)]
#[case("taro@[IPv6:::1]", false)]
#[case("taro@127.0.0.1", false)]
#[case("\"taro yamada\"@example.jp", false)]
#[case("taro yamada@example.jp", false)]
#[case("太郎@example.jp", false)]
#[case("taro@example.jp,hanako@example.jp", false)]
#[case("taro@example.jp>", false)]
#[case("taro@evil.test@example.jp", false)]
fn email_addresses(#[case] address: &str, #[case] good: bool) {
    assert_eq!(codes(field("f", FieldKind::Email), address), if good { vec![] } else { vec![ProblemCode::Email] });
}

#[rstest]
#[case(FieldKind::Name, "山田\r\nBcc: x")]
#[case(FieldKind::Name, "山田\nBcc: x")]
#[case(FieldKind::Name, "山田\u{2028}Bcc: x")]
#[case(FieldKind::Name, "山田\u{85}Bcc: x")]
#[case(FieldKind::Name, "山\u{1b}田")]
#[case(FieldKind::Company, "acme\rinc")]
#[case(FieldKind::Email, "\"a@x\r\nBcc:v[127.0.0.1]\"")]
#[case(FieldKind::Email, "a@x\r\nBcc:v[127.0.0.1]")]
#[case(FieldKind::Email, "taro@example.jp\r\nBcc: victim@example.jp")]
#[case(FieldKind::Tel, "090-1234-5678\r\n03-1234-5678")]
#[case(FieldKind::Url, "https://example.jp/\r\nX: y")]
#[case(FieldKind::Kana, "ヤマダ\nタロウ")]
#[case(FieldKind::Textarea, "a\u{7}b")]
#[case(FieldKind::Textarea, "a\u{9b}b")]
fn what_could_end_a_header_is_refused(#[case] kind: FieldKind, #[case] value: &str) {
    assert_eq!(codes(field("f", kind), value), [ProblemCode::ControlCharacters]);
}

#[test]
fn only_business_addresses_where_the_form_asks_for_them() {
    let business = || with(FieldKind::Email, Rules { business_only: true, ..Rules::default() });
    for free in ["taro@gmail.com", "taro@Yahoo.co.jp", "taro@docomo.ne.jp", "taro@jcom.home.ne.jp"] {
        assert_eq!(codes(business(), free), [ProblemCode::BusinessEmail], "{free}");
        assert_eq!(codes(field("f", FieldKind::Email), free), []);
    }
    assert_eq!(codes(business(), "taro@example.co.jp"), []);
}

#[rstest]
#[case(FieldKind::Tel, "090-1234", ProblemCode::Tel)]
#[case(FieldKind::Tel, "abc", ProblemCode::Tel)]
#[case(FieldKind::Tel, "00000000000", ProblemCode::Tel)]
#[case(FieldKind::PostalCode, "100-001", ProblemCode::PostalCode)]
#[case(FieldKind::PostalCode, "SW1A 1AA", ProblemCode::PostalCode)]
#[case(FieldKind::Prefecture, "パリ", ProblemCode::Prefecture)]
#[case(FieldKind::Url, "javascript:alert(1)", ProblemCode::Url)]
#[case(FieldKind::Url, "data:text/html,x", ProblemCode::Url)]
#[case(FieldKind::Url, "file:///etc/passwd", ProblemCode::Url)]
#[case(FieldKind::Url, "https://user:pw@example.jp/", ProblemCode::Url)]
#[case(FieldKind::Url, "https://user@example.jp/", ProblemCode::Url)]
#[case(FieldKind::Url, "http://localhost/", ProblemCode::Url)]
#[case(FieldKind::Url, "http://169.254.169.254/", ProblemCode::Url)]
#[case(FieldKind::Url, "http://0x7f.1/", ProblemCode::Url)]
#[case(FieldKind::Url, "http://[::1]/", ProblemCode::Url)]
#[case(FieldKind::Url, "not a page", ProblemCode::Url)]
#[case(FieldKind::Number, "NaN", ProblemCode::Number)]
#[case(FieldKind::Number, "inf", ProblemCode::Number)]
#[case(FieldKind::Number, "1e5", ProblemCode::Number)]
#[case(FieldKind::Number, "twelve", ProblemCode::Number)]
#[case(FieldKind::Number, "1,23", ProblemCode::Number)]
#[case(FieldKind::Date, "2026-02-30", ProblemCode::Date)]
#[case(FieldKind::Date, "tomorrow", ProblemCode::Date)]
#[case(FieldKind::Kana, "山田", ProblemCode::Kana)]
#[case(FieldKind::Kana, "Taro", ProblemCode::Kana)]
#[case(FieldKind::Select, "d", ProblemCode::Choice)]
#[case(FieldKind::Radio, "A", ProblemCode::Choice)]
#[case(FieldKind::Checkboxes, "d", ProblemCode::Choice)]
#[case(FieldKind::Consent, "maybe", ProblemCode::Choice)]
fn what_a_type_demands(#[case] kind: FieldKind, #[case] value: &str, #[case] code: ProblemCode) {
    assert_eq!(codes(field("f", kind), value), [code]);
}

#[rstest]
#[case(FieldKind::Text, ProblemCode::Required)]
#[case(FieldKind::Select, ProblemCode::ChoiceRequired)]
#[case(FieldKind::Radio, ProblemCode::ChoiceRequired)]
#[case(FieldKind::Prefecture, ProblemCode::ChoiceRequired)]
#[case(FieldKind::Checkboxes, ProblemCode::ChoiceRequired)]
#[case(FieldKind::Consent, ProblemCode::ConsentRequired)]
fn what_is_required(#[case] kind: FieldKind, #[case] code: ProblemCode) {
    for nothing in ["", " ", "\u{3000}"] {
        assert_eq!(codes(required(field("f", kind)), nothing), [code]);
        assert_eq!(codes(field("f", kind), nothing), []);
    }
    assert_eq!(codes(required(field("f", FieldKind::Text)), "\u{200b}\u{3164}"), [ProblemCode::Required]);
}

#[test]
fn lengths_count_what_a_person_counts() {
    let three = || with(FieldKind::Text, Rules { min_length: Some(2), max_length: Some(3), ..Rules::default() });
    assert_eq!(codes(three(), "葛\u{e0100}"), [ProblemCode::TooShort { min: 2 }]);
    assert_eq!(codes(three(), "葛\u{e0100}城市"), []);
    assert_eq!(codes(three(), "ガギグゲ"), [ProblemCode::TooLong { max: 3 }]);
    assert_eq!(codes(field("f", FieldKind::Text), &"x".repeat(101)), [ProblemCode::TooLong { max: 100 }]);
}

#[test]
fn a_heap_of_marks_on_one_letter_is_not_one_character() {
    let three = || with(FieldKind::Text, Rules { max_length: Some(3), ..Rules::default() });
    let heap = |marks: usize| format!("Z{}", "\u{301}".repeat(marks));
    assert_eq!(codes(three(), &heap(5000)), [ProblemCode::TooLong { max: 3 }]);
    // What people really write: the longest emoji, Vietnamese, pointed Hebrew, Thai.
    for text in ["👩🏻‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ệ", "שָּׁ", "ที่"]
    {
        assert_eq!(
            codes(with(FieldKind::Textarea, Rules { max_length: Some(3), ..Rules::default() }), text),
            [],
            "{text}"
        );
    }
}

#[test]
fn ranges_include_their_ends() {
    let seats = || with(FieldKind::Number, Rules { min: Some(1.0), max: Some(100.0), ..Rules::default() });
    for (value, code) in [
        ("0.9", Some(ProblemCode::BelowMin { min: 1.0 })),
        ("1", None),
        ("１００", None),
        ("100.1", Some(ProblemCode::AboveMax { max: 100.0 })),
    ] {
        assert_eq!(codes(seats(), value), Vec::from_iter(code), "{value}");
    }
    let (first, last) = (date(2026, 4, 1), date(2026, 4, 30));
    let visit = || with(FieldKind::Date, Rules { min_date: Some(first), max_date: Some(last), ..Rules::default() });
    for (value, code) in [
        ("2026/3/31", Some(ProblemCode::BeforeMin { min: first })),
        ("2026/4/1", None),
        ("2026年4月30日", None),
        ("2026-05-01", Some(ProblemCode::AfterMax { max: last })),
    ] {
        assert_eq!(codes(visit(), value), Vec::from_iter(code), "{value}");
    }
}

#[test]
fn patterns_must_match_the_whole_normal_form() {
    let code = || with(FieldKind::Text, Rules { pattern: Some(Pattern::new("[A-Z]{2}").unwrap()), ..Rules::default() });
    assert_eq!(codes(code(), " AB "), []);
    assert_eq!(codes(code(), "ABC"), [ProblemCode::Pattern]);
}

#[test]
fn the_number_of_options_is_limited() {
    let two = || {
        form(vec![with(
            FieldKind::Checkboxes,
            Rules { min_choices: Some(2), max_choices: Some(2), ..Rules::default() },
        )])
    };
    let code = |values: &[(&str, &str)]| post(two(), values).err().map(|refused| refused.problems[0].code);
    assert_eq!(code(&[]), None);
    assert_eq!(code(&[("f", "a")]), Some(ProblemCode::TooFewChoices { min: 2 }));
    assert_eq!(code(&[("f", "a"), ("f", "c")]), None);
    assert_eq!(code(&[("f", "a"), ("f", "b"), ("f", "c")]), Some(ProblemCode::TooManyChoices { max: 2 }));
}

#[test]
fn one_answer_where_one_is_asked_for() {
    let refused = post(form(vec![required(field("f", FieldKind::Email))]), &[("f", "a@b.jp"), ("f", "a@b.jp")]);
    assert_eq!(refused.unwrap_err().problems[0].code, ProblemCode::Repeated);
}

#[test]
fn card_numbers_and_my_numbers_are_refused_or_struck_out() {
    let (card, my) = ("カード 4111-1111-1111-1111 です", "番号１２３４５６７８９０１８");
    assert_eq!(codes(field("f", FieldKind::Textarea), card), [ProblemCode::CardNumber]);
    assert_eq!(codes(field("f", FieldKind::Company), my), [ProblemCode::MyNumber]);
    assert_eq!(codes(field("f", FieldKind::Textarea), "注文番号 4111111111111112"), []);
    let striking = || {
        let mut form = form(vec![field("f", FieldKind::Textarea)]);
        form.forbidden_numbers = ForbiddenNumbers::StrikeOut;
        form
    };
    assert_eq!(understood(striking(), card).as_deref(), Some("カード ■■■■-■■■■-■■■■-■■■■ です"));
    assert_eq!(understood(striking(), my).as_deref(), Some("番号■■■■■■■■■■■■"));
}

fn when(id: &str, values: &[&str]) -> Option<Condition> {
    Some(Condition { field: id.parse().unwrap(), any_of: values.iter().map(|v| (*v).to_owned()).collect() })
}

#[test]
fn conditions_decide_what_is_needed_and_what_is_there() {
    let build = || {
        let kind = field("kind", FieldKind::Radio);
        let company = Field { required_if: when("kind", &["a"]), ..field("company", FieldKind::Company) };
        let seats = Field { shown_if: when("kind", &["b"]), ..required(field("seats", FieldKind::Number)) };
        let room = Field { shown_if: when("seats", &[]), ..required(field("room", FieldKind::Text)) };
        let terms = Field { shown_if: when("kind", &["b"]), ..field("terms", FieldKind::Consent) };
        form(vec![kind, company, seats, room, terms])
    };
    let told = |pairs: &[(&str, &str)]| match post(build(), pairs) {
        Ok(valid) => valid.submission.answers.iter().map(|a| a.field.to_string()).collect::<Vec<_>>(),
        Err(refused) => refused.problems.iter().map(|p| format!("!{}", p.field)).collect(),
    };
    assert_eq!(told(&[("kind", "a")]), ["!company"]);
    assert_eq!(told(&[("kind", "c")]), ["kind"]);
    assert_eq!(told(&[("kind", "b")]), ["!seats"]);
    assert_eq!(told(&[("kind", "b"), ("seats", "3")]), ["!room"]);
    assert_eq!(told(&[("kind", "c"), ("seats", "three"), ("room", "x")]), ["kind"], "hidden answers have no say");
    let shown = post(build(), &[("kind", "b"), ("seats", "3"), ("room", "x")]).unwrap();
    let hidden = post(build(), &[("kind", "c"), ("terms", "on")]).unwrap();
    assert_eq!((shown.submission.consents.len(), hidden.submission.consents.len()), (1, 0));
}

#[test]
fn a_circle_of_conditions_ends() {
    let one = Field { shown_if: when("two", &[]), ..required(field("one", FieldKind::Text)) };
    let two = Field { shown_if: when("one", &[]), ..field("two", FieldKind::Text) };
    assert!(post(form(vec![one, two]), &[("one", "x"), ("two", "y")]).unwrap().submission.answers.is_empty());
}

#[test]
fn a_dropped_field_is_checked_and_then_gone() {
    let age = || Field { protect: Protect::Drop, ..required(field("f", FieldKind::Number)) };
    assert_eq!(codes(age(), "x"), [ProblemCode::Number]);
    assert_eq!(understood(form(vec![age()]), "20"), None);
}

#[test]
fn json_may_not_make_up_fields() {
    let decoded = decode("application/json", br#"{"f":"x","g":"y"}"#, &DecodeLimits::default()).unwrap();
    let only_f = Arc::new(form(vec![field("f", FieldKind::Text)]));
    let refused = validate(normalise(decoded, &only_f, None)).unwrap_err();
    assert!(refused.problems.is_empty());
    assert_eq!(refused.unknown, [Pii::from("g")]);
}

#[test]
fn one_part_of_an_optional_name_is_enough() {
    let valid = post(form(vec![split(field("f", FieldKind::Name))]), &[("f_family", "髙﨑")]).unwrap();
    assert_eq!(valid.submission.answers[0].value, Value::Name { family: "髙﨑".into(), given: "".into() });
}

proptest! {
    #[test]
    fn what_is_valid_holds_no_control_characters(
        raw in "\\PC{0,20}|[a-z0-9\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{2029} @.-]{0,20}|[\u{1}-\u{1f}ア-ン0-9]{0,8}",
    ) {
        prop_assume!(!raw.contains('\0'));
        for kind in FieldKind::ALL {
            let Ok(valid) = post(form(vec![field("f", kind)]), &[("f", &raw)]) else { continue };
            for answer in &valid.submission.answers {
                let value = answer.value.joined();
                let several = matches!(kind, FieldKind::Textarea | FieldKind::Address);
                let bad = |c: char| {
                    (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) && !(several && matches!(c, '\n' | '\t'))
                };
                prop_assert!(!value.expose().contains(bad), "{kind:?}");
            }
        }
    }
}

/// One line of the table that the script's own test reads too.
#[derive(serde::Deserialize)]
struct RuleCase {
    #[serde(rename = "type")]
    kind: FieldKind,
    #[serde(default)]
    rules: RuleSettings,
    value: String,
    code: Option<String>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RuleSettings {
    min: Option<f64>,
    max: Option<f64>,
    min_date: Option<jiff::civil::Date>,
    max_date: Option<jiff::civil::Date>,
    min_length: Option<u32>,
    max_length: Option<u32>,
    pattern: Option<String>,
}

#[test]
fn the_server_judges_as_the_table_shared_with_the_script_says() {
    let cases: Vec<RuleCase> =
        serde_json::from_str(include_str!("../../../../tests/vectors/field_rules.json")).unwrap();
    for RuleCase { kind, rules, value, code } in cases {
        let RuleSettings { min, max, min_date, max_date, min_length, max_length, pattern } = rules;
        let pattern = pattern.map(|source| Pattern::new(&source).unwrap());
        let rules = Rules { min, max, min_date, max_date, min_length, max_length, pattern, ..Rules::default() };
        let told: Vec<String> = codes(with(kind, rules), &value)
            .into_iter()
            .map(|code| serde_json::to_value(code).unwrap()["code"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told, Vec::from_iter(code), "{kind:?} {value:?}");
    }
}
