//! What passes screening, and what does not; and the whole way into an envelope.

use super::super::testing::{field, form, urlencoded};
use super::super::{DecodeLimits, Decoded, decode, normalise, validate};
use super::*;
use crate::domain::entropy::SeededEntropy;
use crate::domain::field::FieldKind;
use jiff::SignedDuration;

const HOUR: Duration = Duration::from_secs(3600);

fn noon() -> Timestamp {
    "2026-04-01T12:00:00Z".parse().unwrap()
}

fn key() -> MacKey {
    MacKey::from_bytes([7; 32])
}

fn token(form: &str) -> String {
    form_token::issue(&key(), &form.parse().unwrap(), noon(), &SeededEntropy::new(1))
}

/// Screens a post to a form that asks for a token, one hour and so many seconds after noon.
fn screened(decoded: Decoded, rule: FormTokenRule, seconds: i64) -> Result<Screened, Rejected> {
    let mut form = form(vec![field("f", FieldKind::Text)]);
    form.form_token = rule;
    let valid = validate(normalise(decoded, &Arc::new(form), None)).unwrap();
    let now = noon() + SignedDuration::from_secs(seconds);
    let result = screen(valid, ScreenPolicy { token_key: &key(), token_max_age: HOUR }, now);
    result.map_err(|rejection| {
        assert_eq!(rejection.attempt.first("f").map(|v| v.expose().as_str()), Some("x"), "what was typed is kept");
        rejection.why
    })
}

fn browser(pairs: &[(&str, &str)]) -> Decoded {
    let pairs = [&[("f", "x")], pairs].concat();
    decode("application/x-www-form-urlencoded", &urlencoded(&pairs), &DecodeLimits::default()).unwrap()
}

fn json(body: &str) -> Decoded {
    decode("application/json", body.as_bytes(), &DecodeLimits::default()).unwrap()
}

#[test]
fn a_browser_must_bring_the_token_of_its_page() {
    let required = |token: &str, seconds| {
        screened(browser(&[("_token", token)]), FormTokenRule::Required, seconds).map(|_| ()).err()
    };
    let good = token("contact");
    assert_eq!(required(&good, 60), None);
    assert_eq!(required(&good, 3600), None);
    assert_eq!(required(&good, 3601), Some(Rejected::TokenExpired));
    assert_eq!(required("", 60), Some(Rejected::TokenMissing));
    assert_eq!(required("x", 60), Some(Rejected::TokenForged));
    assert_eq!(required(&token("other"), 60), Some(Rejected::TokenForged));
    assert_eq!(screened(browser(&[]), FormTokenRule::Required, 60).unwrap_err(), Rejected::TokenMissing);
}

#[test]
fn where_no_token_is_needed_a_wrong_one_is_still_refused() {
    let body = format!(r#"{{"f":"x","_token":"{}"}}"#, token("other"));
    assert!(screened(json(r#"{"f":"x"}"#), FormTokenRule::Required, 0).is_ok());
    assert_eq!(screened(json(&body), FormTokenRule::Required, 0).unwrap_err(), Rejected::TokenForged);
    assert!(screened(browser(&[]), FormTokenRule::WhenPresent, 0).is_ok());
    let forged = browser(&[("_token", "x")]);
    assert_eq!(screened(forged, FormTokenRule::WhenPresent, 0).unwrap_err(), Rejected::TokenForged);
}

#[test]
fn who_fills_in_the_honeypot_is_no_person() {
    let good = token("contact");
    let trapped = browser(&[("_token", &good), ("website", "https://spam.example")]);
    assert_eq!(screened(trapped, FormTokenRule::Required, 0).unwrap_err(), Rejected::Honeypot);
    let person = browser(&[("_token", &good), ("website", " ")]);
    assert!(screened(person, FormTokenRule::Required, 0).is_ok());
}

#[test]
fn equal_answers_have_equal_bytes_whatever_the_page_added() {
    let bytes = |body: &str| screened(json(body), FormTokenRule::Required, 0).unwrap().canonical_bytes();
    assert_eq!(bytes(r#"{"f":"x"}"#), bytes(r#"{"_key":"k","f":"x"}"#));
    assert_ne!(bytes(r#"{"f":"x"}"#), bytes(r#"{"f":"y"}"#));
}

#[test]
fn a_correction_names_the_earlier_lead() {
    let earlier = Token::generate(&SeededEntropy::new(2));
    let screened = screened(browser(&[("_key", "k")]), FormTokenRule::WhenPresent, 0).unwrap();
    assert_eq!(screened.idempotency_key().map(|key| key.expose().as_str()), Some("k"));
    assert_eq!(screened.submission().corrects, None);
    assert_eq!(screened.correcting(earlier).submission().corrects, Some(earlier));
}

#[cfg(feature = "desk")]
#[test]
fn what_is_sealed_is_what_was_understood() {
    use super::super::testing::contact;
    use crate::crypto::envelope::Envelope;
    use crate::crypto::open::OpeningKey;
    use crate::domain::ids::EpochId;
    use crate::domain::settings::SuiteName;

    let entropy = SeededEntropy::new(3);
    let body = urlencoded(&[
        ("company", "髙﨑商店"),
        ("name_family", "髙﨑"),
        ("name_given", "美咲"),
        ("email", "misaki@example.co.jp"),
        ("message", "資料を送ってください。"),
        ("privacy", "on"),
        ("landing_page", "https://example.jp/lp?mail=misaki"),
    ]);
    let decoded = decode("application/x-www-form-urlencoded", &body, &DecodeLimits::default()).unwrap();
    let valid = validate(normalise(decoded, &contact(), None)).unwrap();
    let policy = ScreenPolicy { token_key: &key(), token_max_age: HOUR };
    let screened = screen(valid, policy, noon()).unwrap();
    let opening = OpeningKey::generate(EpochId(1), SuiteName::XWing, &entropy);
    let lead = Token::generate(&entropy);
    let sealed = super::super::seal(&screened, &opening.sealing_key().unwrap(), lead, noon(), &entropy).unwrap();

    let header = sealed.header();
    assert_eq!((header.token, &header.form, header.form_version), (lead, &contact().id, contact().version));
    let opened = opening.open(&Envelope::parse(sealed.as_bytes()).unwrap()).unwrap();
    assert_eq!(opened.submission(), screened.submission());
    assert_eq!(opened.submission().attribution[0].1.expose(), "https://example.jp/lp");
}
