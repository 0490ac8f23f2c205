//! The normal form of each type.

use super::super::testing::{contact, field, form, split, urlencoded};
use super::super::{DecodeLimits, decode};
use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn normal(kind: FieldKind, raw: &str) -> String {
    normal_form(&field("f", kind), raw)
}

#[rstest]
#[case("髙﨑 美咲", "髙﨑 美咲")]
#[case("\u{3000}髙﨑\u{3000}美咲 ", "髙﨑\u{3000}美咲")]
#[case("\u{fa19}野", "\u{fa19}野")]
#[case("葛\u{e0100}城", "葛\u{e0100}城")]
#[case("ﾀｶｻｷ", "タカサキ")]
#[case("ｶﾞｷﾞﾊﾟｳﾞ", "ガギパヴ")]
#[case("か\u{3099}", "が")]
#[case("ﾞ", "\u{309b}")]
#[case("①㈱髙島", "①㈱髙島")]
#[case("ＡＢＣ", "ＡＢＣ")]
#[case("Rene\u{301}", "Ren\u{e9}")]
#[case("山\u{200b}田\u{202e}", "山田")]
#[case("\u{feff}山田\u{3164}", "山田")]
#[case("山田\t太郎\r\n", "山田 太郎")]
#[case("株式会社ﾃｽﾄ｡", "株式会社テスト。")]
fn names(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(normal(FieldKind::Name, raw), expected);
    assert_eq!(normal(FieldKind::Company, raw), expected);
}

#[test]
fn a_line_break_inside_a_name_stays_to_be_refused() {
    assert_eq!(normal(FieldKind::Name, "山田\r\nBcc: x"), "山田\r\nBcc: x");
}

#[rstest]
#[case("ﾀｶｻｷ ﾐｻｷ", "タカサキ ミサキ")]
#[case("たかさき\u{3000}\u{3000}みさき", "タカサキ ミサキ")]
#[case("がぎぐ ゔ", "ガギグ ヴ")]
#[case("カ゛", "ガ")]
#[case("マリ-ア", "マリーア")]
#[case("ゟゞ", "ヨリヾ")]
#[case("シークヮーサー", "シークヮーサー")]
#[case("しーくゎーさー", "シークヮーサー")]
#[case("Taro", "Taro")]
fn readings(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(normal(FieldKind::Kana, raw), expected);
}

#[rstest]
#[case("０９０－１２３４－５６７８", "+819012345678")]
#[case("０９０ー１２３４ー５６７８", "+819012345678")]
#[case("090-1234-5678", "+819012345678")]
#[case("(03) 1234.5678", "+81312345678")]
#[case("03−1234−5678", "+81312345678")]
#[case("+81 (0)90 1234 5678", "+819012345678")]
#[case("＋８１９０１２３４５６７８", "+819012345678")]
#[case("0120-444-444", "+81120444444")]
#[case("+1 650 253 0000", "+16502530000")]
#[case("+819012345678", "+819012345678")]
#[case("090-1234", "090-1234")]
#[case("03-1234-5678 内線12", "03-1234-5678 内線12")]
#[case("090-1234-5678\r\nx", "090-1234-5678\r\nx")]
fn telephone_numbers(#[case] raw: &str, #[case] expected: &str) {
    assert_eq!(normal(FieldKind::Tel, raw), expected);
}

#[test]
fn the_fields_country_is_understood() {
    let mut tel = field("tel", FieldKind::Tel);
    tel.country = "GB".to_owned();
    assert_eq!(normal_form(&tel, "020 7946 0958"), "+442079460958");
}

#[rstest]
#[case(FieldKind::Email, " Ｔaro＠Example.CO.JP ", "Taro@example.co.jp")]
#[case(FieldKind::Email, "taro@日本語.jp", "taro@xn--wgv71a119e.jp")]
#[case(FieldKind::Email, "taro@example。jp", "taro@example.jp")]
#[case(FieldKind::Email, "da.me..@docomo.ne.jp", "da.me..@docomo.ne.jp")]
#[case(FieldKind::Email, "taro\u{200b}@example.jp", "taro@example.jp")]
#[case(FieldKind::PostalCode, "〒１００－０００１", "100-0001")]
#[case(FieldKind::PostalCode, "1000001", "100-0001")]
#[case(FieldKind::PostalCode, "100ー0001", "100-0001")]
#[case(FieldKind::PostalCode, "100-001", "100-001")]
#[case(FieldKind::Prefecture, "東京", "東京都")]
#[case(FieldKind::Prefecture, " Tokyo", "東京都")]
#[case(FieldKind::Prefecture, "Paris", "Paris")]
#[case(FieldKind::Url, "www.example.co.jp", "https://www.example.co.jp/")]
#[case(FieldKind::Url, "ｈｔｔｐ：／／EXAMPLE.jp／ａ", "http://example.jp/a")]
#[case(FieldKind::Url, "javascript:alert(1)", "javascript:alert(1)")]
#[case(FieldKind::Url, "https://example.jp/\r\nx", "https://example.jp/\r\nx")]
#[case(FieldKind::Number, "１２，３４５．５０", "12345.5")]
#[case(FieldKind::Number, "−007", "-7")]
#[case(FieldKind::Number, "-0.0", "0")]
#[case(FieldKind::Number, "1,23", "1,23")]
#[case(FieldKind::Number, "1234,567", "1234,567")]
#[case(FieldKind::Number, "1e5", "1e5")]
#[case(FieldKind::Date, "2026年1月2日", "2026-01-02")]
#[case(FieldKind::Date, "２０２６／１／２", "2026-01-02")]
#[case(FieldKind::Date, "2026.12.31", "2026-12-31")]
#[case(FieldKind::Date, "2026-02-30", "2026-02-30")]
#[case(FieldKind::Date, "1/2/2026", "1/2/2026")]
#[case(FieldKind::Textarea, "  一行目\r\n二行目\rthree\tx\u{c}end\r\n\r\n", "一行目\n二行目\nthree\tx\nend")]
#[case(FieldKind::Textarea, "ﾊﾝｶｸ 👨\u{200d}👩 ①㈱", "ハンカク 👨\u{200d}👩 ①㈱")]
#[case(FieldKind::Textarea, "\u{202e}abc", "abc")]
#[case(FieldKind::Select, " a ", "a")]
#[case(FieldKind::Consent, "ON", "true")]
#[case(FieldKind::Consent, "0", "")]
fn other_types(#[case] kind: FieldKind, #[case] raw: &str, #[case] expected: &str) {
    assert_eq!(normal(kind, raw), expected);
}

fn normalised(pairs: &[(&str, &str)]) -> Normalised {
    let body = urlencoded(pairs);
    let decoded = decode("application/x-www-form-urlencoded", &body, &DecodeLimits::default()).unwrap();
    normalise(decoded, &contact(), Some(Lang::En))
}

#[test]
fn inputs_are_sorted_by_the_form() {
    let post = normalised(&[("name_family", " 髙﨑 "), ("utm_source", "ad"), ("gclid", "x"), ("wpnonce", "1")]);
    let name = post.fields[1].value.joined();
    assert_eq!(name.expose(), "髙﨑");
    assert_eq!(post.attempt.first("name_family").map(|v| v.expose().as_str()), Some(" 髙﨑 "));
    assert_eq!(post.attribution.len(), 1);
    assert_eq!(post.ignored, 1, "the nonce of another program; gclid is known but not taken");
    assert_eq!(post.lang, Lang::En);
    assert_eq!(normalised(&[("_lang", "ja")]).lang, Lang::Ja);
}

#[test]
fn options_are_kept_once_and_in_the_forms_order() {
    let post = normalised(&[("topics", "c"), ("topics", "z"), ("topics", "a"), ("topics", "c"), ("topics", "")]);
    assert_eq!(post.fields[7].value, Value::Many(vec!["a".into(), "c".into(), "z".into()]));
}

#[test]
fn names_that_json_made_up_are_told_back() {
    let decoded = decode("application/json", br#"{"nmae":"x","fbclid":"y"}"#, &DecodeLimits::default()).unwrap();
    let post = normalise(decoded, &contact(), None);
    assert_eq!(post.unknown, [Pii::from("nmae")]);
    assert_eq!(post.ignored, 0);
}

#[test]
fn one_part_sent_twice_is_noticed_as_that_part() {
    let decoded = decode(
        "application/x-www-form-urlencoded",
        b"name_family=a&name_family=b&name_given=c",
        &DecodeLimits::default(),
    )
    .unwrap();
    let only_name = Arc::new(form(vec![split(field("name", FieldKind::Name))]));
    let post = normalise(decoded, &only_name, None);
    assert_eq!(post.fields[0].repeated, [Some(NamePart::Family)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_normal_form_is_its_own_normal_form(raw in "\\PC{0,24}|[\u{20}-\u{7e}\u{3040}-\u{30ff}\u{ff00}-\u{ffef}\u{f900}-\u{fa1f}\r\n\t\u{300}-\u{304}\u{3099}\u{200b}]{0,24}|[0-9+,./年月日@-]{0,14}") {
        for kind in FieldKind::ALL {
            let once = normal(kind, &raw);
            prop_assert_eq!(normal(kind, &once), once.clone(), "{:?}", kind);
        }
    }

    #[test]
    fn unified_kanji_are_never_changed(raw in "[\u{4e00}-\u{9fff}\u{fa0e}\u{fa0f}\u{fa11}\u{fa19}]{0,12}") {
        prop_assert_eq!(normal(FieldKind::Name, &raw), raw.clone());
        prop_assert_eq!(normal(FieldKind::Textarea, &raw), raw);
    }
}
