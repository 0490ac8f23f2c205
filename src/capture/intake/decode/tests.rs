//! What is read, and what is refused, in each of the three encodings.

use super::super::testing::urlencoded;
use super::*;
use proptest::prelude::*;
use rstest::rstest;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn pairs_of(decoded: &Decoded) -> Vec<(&str, &str)> {
    decoded.inputs.iter().map(|i| (i.name.as_str(), i.value.expose().as_str())).collect()
}

fn read(content_type: &str, body: &[u8]) -> Result<Decoded, DecodeError> {
    decode(content_type, body, &DecodeLimits::default())
}

/// A multipart body of parts given as header lines and content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, content) in parts {
        body.extend_from_slice(b"--XX\r\n");
        body.extend_from_slice(headers.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    body
}

const MULTIPART: &str = "multipart/form-data; boundary=XX";

#[test]
fn a_browsers_post_is_read() {
    let body = "name_family=%E9%AB%99%EF%A8%91&name_given=%E7%BE%8E%E5%92%B2&a+b=1%2B1&&flag&_lang=ja".as_bytes();
    let decoded = read(FORM, body).unwrap();
    assert_eq!(pairs_of(&decoded), [("name_family", "髙﨑"), ("name_given", "美咲"), ("a b", "1+1"), ("flag", "")]);
    assert_eq!(decoded.lang(), Some(Lang::Ja));
}

#[rstest]
#[case("application/x-www-form-urlencoded; charset=Shift_JIS", "")]
#[case("application/x-www-form-urlencoded; charset=\"windows-31j\"", "")]
#[case("application/x-www-form-urlencoded;charset=cp932", "_charset_=sjis&")]
#[case(FORM, "_charset_=Shift_JIS&")]
fn shift_jis_is_read_where_it_is_declared(#[case] content_type: &str, #[case] prefix: &str) {
    // 髙﨑 are IBM's extensions of code page 932; ﾐｻｷ is half-width there too.
    let mut body = prefix.as_bytes().to_vec();
    body.extend_from_slice(b"name=%FB%FC%FA%B1&kana=");
    body.extend_from_slice(&[0xd0, 0xbb, 0xb7]);
    let decoded = read(content_type, &body).unwrap();
    assert_eq!(pairs_of(&decoded), [("name", "髙﨑"), ("kana", "ﾐｻｷ")]);
}

#[rstest]
#[case(FORM, b"name=%FB%FC%FA%B1", DecodeError::InvalidText)]
#[case("application/x-www-form-urlencoded; charset=shift_jis", b"name=%82%A0%82", DecodeError::InvalidText)]
#[case(FORM, b"\xff=1", DecodeError::InvalidText)]
#[case(FORM, b"name=%ED%A0%80", DecodeError::InvalidText)]
#[case(FORM, b"name=a%00b", DecodeError::InvalidText)]
#[case(FORM, b"na%00me=a", DecodeError::InvalidText)]
#[case(FORM, b"name=100%", DecodeError::Malformed)]
#[case(FORM, b"name=%4", DecodeError::Malformed)]
#[case(FORM, b"name=%zz", DecodeError::Malformed)]
#[case(FORM, b"_token=a&_token=b", DecodeError::Malformed)]
#[case(FORM, b"website=&website=", DecodeError::Malformed)]
#[case(FORM, b"_key=a%0Ab", DecodeError::Malformed)]
#[case(FORM, b"_charset_=iso-2022-jp&name=x", DecodeError::UnsupportedCharset)]
#[case(FORM, b"_charset_=%FF&name=x", DecodeError::UnsupportedCharset)]
#[case("application/x-www-form-urlencoded; charset=utf-8", b"_charset_=sjis", DecodeError::UnsupportedCharset)]
#[case("application/x-www-form-urlencoded; charset=utf-16", b"a=b", DecodeError::UnsupportedCharset)]
#[case("text/plain", b"a=b", DecodeError::UnsupportedMediaType)]
#[case("", b"a=b", DecodeError::UnsupportedMediaType)]
fn urlencoded_refusals(#[case] content_type: &str, #[case] body: &[u8], #[case] why: DecodeError) {
    assert_eq!(read(content_type, body).unwrap_err(), why);
}

#[test]
fn a_multipart_post_is_read() {
    let body = multipart(&[
        ("Content-Disposition: form-data; name=\"name\"", "髙﨑".as_bytes()),
        (
            "Content-Disposition: form-data; name=\"kana\"\r\nContent-Type: text/plain; charset=Shift_JIS",
            &[0xd0, 0xbb, 0xb7],
        ),
        ("Content-Disposition: form-data; name=\"message\"", b"one\r\ntwo --XX three"),
        ("Content-Disposition: form-data; name=\"cv\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
        ("Content-Disposition: form-data; name=\"_key\"", b"k-1"),
    ]);
    let decoded = read(MULTIPART, &body).unwrap();
    assert_eq!(pairs_of(&decoded), [("name", "髙﨑"), ("kana", "ﾐｻｷ"), ("message", "one\r\ntwo --XX three")]);
    assert_eq!(decoded.idempotency_key().map(|k| k.expose().as_str()), Some("k-1"));
    assert_eq!(decoded.encoding(), Encoding::Multipart);
}

#[test]
fn a_multipart_page_may_declare_one_encoding_for_all_parts() {
    let body = multipart(&[
        ("Content-Disposition: form-data; name=\"name\"", &[0xfb, 0xfc, 0xfa, 0xb1]),
        ("Content-Disposition: form-data; name=\"_charset_\"", b"Shift_JIS"),
    ]);
    assert_eq!(pairs_of(&read(MULTIPART, &body).unwrap()), [("name", "髙﨑")]);
}

#[rstest]
#[case("Content-Disposition: form-data; name=\"cv\"; filename=\"cv.pdf\"", DecodeError::FileNotAllowed)]
#[case("Content-Disposition: form-data; name=\"cv\"; filename=\"\"", DecodeError::FileNotAllowed)]
#[case("Content-Disposition: form-data; name=\"cv\"\r\nContent-Type: application/pdf", DecodeError::FileNotAllowed)]
#[case("Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64", DecodeError::Malformed)]
#[case("Content-Disposition: form-data", DecodeError::Malformed)]
#[case(
    "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=koi8-r",
    DecodeError::UnsupportedCharset
)]
fn multipart_parts_that_are_refused(#[case] headers: &str, #[case] why: DecodeError) {
    assert_eq!(read(MULTIPART, &multipart(&[(headers, b"eA==")])).unwrap_err(), why);
}

#[rstest]
#[case("multipart/form-data", b"--XX--\r\n")]
#[case("multipart/form-data; boundary=\"\"", b"----\r\n")]
#[case(MULTIPART, b"")]
#[case(MULTIPART, b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end")]
#[case(MULTIPART, b"--XY\r\n\r\n\r\n--XY--")]
fn broken_multipart_is_malformed(#[case] content_type: &str, #[case] body: &[u8]) {
    assert_eq!(read(content_type, body).unwrap_err(), DecodeError::Malformed);
}

#[test]
fn a_boundary_longer_than_allowed_is_malformed() {
    let boundary = "x".repeat(71);
    let body = format!("--{boundary}--\r\n");
    let read = read(&format!("multipart/form-data; boundary={boundary}"), body.as_bytes());
    assert_eq!(read.unwrap_err(), DecodeError::Malformed);
}

#[test]
fn json_is_read() {
    let body = r#"{"email":"a@example.jp","seats":12,"ratio":0.5,"debt":-3,"privacy":true,"tel":null,
        "topics":["a","b"],"name":{"family":"髙﨑","given":"美咲"},"_lang":"en"}"#;
    let decoded = read("application/json; charset=UTF-8", body.as_bytes()).unwrap();
    assert_eq!(
        pairs_of(&decoded),
        [
            ("email", "a@example.jp"),
            ("seats", "12"),
            ("ratio", "0.5"),
            ("debt", "-3"),
            ("privacy", "true"),
            ("topics", "a"),
            ("topics", "b"),
            ("name_family", "髙﨑"),
            ("name_given", "美咲"),
        ]
    );
    assert_eq!(decoded.lang(), Some(Lang::En));
}

#[rstest]
#[case(r#"{"a":"1","a":"2"}"#, DecodeError::RepeatedKey)]
#[case(r#"{"a":null,"\u0061":null}"#, DecodeError::RepeatedKey)]
#[case(r#"{"name":{"family":"x","family":"y"}}"#, DecodeError::RepeatedKey)]
#[case(r#"{"a":{"b":"c"}}"#, DecodeError::Malformed)]
#[case(r#"{"a":[["b"]]}"#, DecodeError::TooDeep)]
#[case(r#"{"a":[{"b":"c"}]}"#, DecodeError::TooDeep)]
#[case(r#"{"name":{"family":["x"]}}"#, DecodeError::TooDeep)]
#[case(r#"{"a":[1]}"#, DecodeError::Malformed)]
#[case(r#"{"a":"x\u0000y"}"#, DecodeError::InvalidText)]
#[case(r#"{"a\u0000":"x"}"#, DecodeError::InvalidText)]
#[case(r#"{"a":"\ud800"}"#, DecodeError::Malformed)]
#[case(r#"{"a":1e999}"#, DecodeError::Malformed)]
#[case(r#"{"a":NaN}"#, DecodeError::Malformed)]
#[case(r#"{"a":"b"} x"#, DecodeError::Malformed)]
#[case(r#"["a"]"#, DecodeError::Malformed)]
#[case("", DecodeError::Malformed)]
fn json_refusals(#[case] body: &str, #[case] why: DecodeError) {
    assert_eq!(read(JSON, body.as_bytes()).unwrap_err(), why);
}

#[test]
fn json_in_another_encoding_is_refused() {
    assert_eq!(read(JSON, b"{\"a\":\"\xff\"}").unwrap_err(), DecodeError::InvalidText);
    assert_eq!(read("application/json; charset=shift_jis", b"{}").unwrap_err(), DecodeError::UnsupportedCharset);
}

#[test]
fn ten_thousand_keys_are_refused_in_every_encoding() {
    let keys: Vec<String> = (0..10_000).map(|n| format!("k{n}")).collect();
    let form = keys.join("=1&");
    let json = format!("{{{}}}", keys.iter().map(|k| format!("\"{k}\":null")).collect::<Vec<_>>().join(","));
    let headers: Vec<String> = keys.iter().map(|k| format!("Content-Disposition: form-data; name=\"{k}\"")).collect();
    let parts: Vec<(&str, &[u8])> = headers.iter().map(|h| (h.as_str(), &b"1"[..])).collect();
    assert_eq!(read(FORM, form.as_bytes()).unwrap_err(), DecodeError::TooManyValues);
    assert_eq!(read(JSON, json.as_bytes()).unwrap_err(), DecodeError::TooManyValues);
    assert_eq!(read(MULTIPART, &multipart(&parts)).unwrap_err(), DecodeError::TooManyValues);
    let array = format!("{{\"a\":[{}]}}", vec!["\"x\""; 10_000].join(","));
    assert_eq!(read(JSON, array.as_bytes()).unwrap_err(), DecodeError::TooManyValues);
}

#[test]
fn depth_bombs_are_refused() {
    for (open, close) in [("[", "]"), ("{\"family\":", "}")] {
        let bomb = format!("{{\"a\":{}\"x\"{}}}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(read(JSON, bomb.as_bytes()).unwrap_err(), DecodeError::TooDeep);
    }
    assert_eq!(read(JSON, "[".repeat(100_000).as_bytes()).unwrap_err(), DecodeError::Malformed);
}

#[test]
fn overlong_names_and_values_are_refused_in_every_encoding() {
    let limits = DecodeLimits { max_value_bytes: 10, max_name_bytes: 10, ..DecodeLimits::default() };
    let long = "x".repeat(11);
    let at_limit = "x".repeat(10);
    for (name, value, fits) in [("a", &long, false), (&long, &at_limit, false), (&at_limit, &at_limit, true)] {
        let headers = format!("Content-Disposition: form-data; name=\"{name}\"");
        let bodies = [
            (FORM, format!("{name}={value}").into_bytes()),
            (JSON, format!("{{\"{name}\":\"{value}\"}}").into_bytes()),
            (MULTIPART, multipart(&[(&headers, value.as_bytes())])),
        ];
        for (content_type, body) in bodies {
            let read = decode(content_type, &body, &limits);
            assert_eq!(read.as_ref().err(), if fits { None } else { Some(&DecodeError::TooLong) }, "{content_type}");
        }
    }
}

#[test]
fn refusals_have_a_fitting_status() {
    assert_eq!(DecodeError::UnsupportedMediaType.status(), 415);
    assert_eq!(DecodeError::TooManyValues.status(), 413);
    assert_eq!(DecodeError::InvalidText.status(), 400);
}

#[test]
fn debug_tells_neither_names_nor_values() {
    let decoded = read(FORM, b"taro=secret&_token=secret").unwrap();
    let shown = format!("{decoded:?}");
    assert!(!shown.contains("taro") && !shown.contains("secret"), "{shown}");
}

proptest! {
    #[test]
    fn what_is_urlencoded_is_read_back(
        pairs in proptest::collection::vec(("[a-z]{1,8}", "[^\0]{0,40}"), 0..20),
    ) {
        let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        prop_assume!(borrowed.iter().all(|(name, _)| !reserved::ALL.contains(name)));
        let decoded = read(FORM, &urlencoded(&borrowed)).unwrap();
        let names_and_values = pairs_of(&decoded);
        prop_assert_eq!(names_and_values, borrowed);
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for content_type in [FORM, JSON, MULTIPART, "application/x-www-form-urlencoded; charset=sjis"] {
            let _ = read(content_type, &body);
        }
    }

    #[test]
    fn nearly_right_bodies_make_no_decoder_panic(
        json in r#"[{}\[\]":,a-z0-9\\ut.e+-]{0,60}"#,
        form in "[a-f0-9%&=+_]{0,60}",
        part in "(--XX|\r\n|Content-Disposition: form-data; name=\"a\"|; filename=\"|\"|--|x| ){0,20}",
    ) {
        let _ = read(JSON, json.as_bytes());
        let _ = read(FORM, form.as_bytes());
        let _ = read(MULTIPART, part.as_bytes());
    }

    #[test]
    fn no_content_type_makes_the_decoder_panic(content_type in ".{0,60}") {
        let _ = read(&content_type, b"a=b");
    }
}

#[test]
fn a_captchas_answer_is_ours_under_either_of_the_names_that_a_script_gives_it() {
    let decoded =
        |body: &str| decode("application/x-www-form-urlencoded", body.as_bytes(), &DecodeLimits::default()).unwrap();
    let both = decoded("g-recaptcha-response=a&h-captcha-response=a&f=x");
    assert_eq!(both.page.captcha.as_ref().map(|answer| answer.expose().as_str()), Some("a"));
    assert_eq!(both.inputs.len(), 1);
    assert!(decoded("cf-turnstile-response=&f=x").page.captcha.is_none(), "a widget that was not solved");
}
