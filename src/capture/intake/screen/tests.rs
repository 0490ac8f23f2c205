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
    form_token::issue(&key(), &form.parse().unwrap(), TokenKind::View, noon(), &SeededEntropy::new(1))
}

/// Screens a post so many seconds after noon.
fn screened(decoded: Decoded, rule: FormTokenRule, seconds: i64) -> Result<Screened, Rejected> {
    around_it(decoded, rule, seconds, ALONE)
}

fn around_it(decoded: Decoded, rule: FormTokenRule, seconds: i64, around: Circumstances) -> Result<Screened, Rejected> {
    let mut form = form(vec![field("f", FieldKind::Text)]);
    form.form_token = rule;
    let valid = validate(normalise(decoded, &Arc::new(form), None)).unwrap();
    let now = noon() + SignedDuration::from_secs(seconds);
    let result = screen(valid, ScreenPolicy { token_key: &key(), token_max_age: HOUR, enabled: true }, around, now);
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

/// As [`screened`], with what happened around it; the doubts of what passes.
fn doubts(decoded: Decoded, seconds: i64, around: Circumstances) -> Result<Vec<&'static str>, Rejected> {
    around_it(decoded, FormTokenRule::Required, seconds, around)
        .map(|screened| screened.doubts().iter().map(|doubt| doubt.word()).collect())
}

fn kind(kind: TokenKind) -> String {
    form_token::issue(&key(), &"contact".parse().unwrap(), kind, noon(), &SeededEntropy::new(1))
}

const ALONE: Circumstances = Circumstances {
    repeated: false,
    token_uses: 1,
    text_uses: 1,
    network_burst: false,
    over_limit: false,
    form_burst: false,
    signed: false,
    proof_is_fresh: false,
    captcha: CaptchaVerdict::NotAsked,
};

#[test]
fn a_browser_must_bring_a_token_and_an_old_one_will_do() {
    let after = |seconds| doubts(browser(&[("_token", &token("contact"))]), seconds, ALONE);
    assert_eq!(after(60), Ok(vec![]));
    assert_eq!(after(30 * 86_400), Ok(vec![]), "a page that was cached for a month");
    assert_eq!(doubts(browser(&[]), 60, ALONE), Err(Rejected::TokenMissing));
    assert_eq!(doubts(browser(&[("_token", "")]), 60, ALONE), Err(Rejected::TokenMissing));
    assert!(screened(browser(&[]), FormTokenRule::WhenPresent, 0).is_ok());
    assert!(screened(json(r#"{"f":"x"}"#), FormTokenRule::Required, 0).is_ok());
}

#[test]
fn what_no_person_sends_is_set_aside_whatever_else_it_proves() {
    let good = token("contact");
    for around in [ALONE, Circumstances { proof_is_fresh: true, ..ALONE }] {
        assert_eq!(doubts(browser(&[("_token", "x")]), 60, around), Ok(vec!["token-forged"]));
        assert_eq!(doubts(browser(&[("_token", &token("other"))]), 60, around), Ok(vec!["token-forged"]));
        let trapped = browser(&[("_token", &good), ("website", "https://spam.example")]);
        assert_eq!(doubts(trapped, 60, around), Ok(vec!["honeypot"]));
        let flood = Circumstances { text_uses: 3, ..around };
        assert_eq!(doubts(browser(&[("_token", &good)]), 60, flood), Ok(vec!["known-text"]));
    }
    let person = browser(&[("_token", &good), ("website", " ")]);
    assert_eq!(doubts(person, 60, ALONE), Ok(vec![]));
}

#[test]
fn of_a_signed_post_no_token_and_no_check_is_asked() {
    let signed = Circumstances { signed: true, ..ALONE };
    assert_eq!(doubts(json("{\"f\":\"x\"}"), 0, signed), Ok(vec![]));
    let flood = Circumstances { form_burst: true, ..signed };
    assert_eq!(doubts(json("{\"f\":\"x\"}"), 0, flood), Ok(vec![]), "posts without a token are others'");
    let burst = Circumstances { network_burst: true, ..signed };
    assert_eq!(
        doubts(json("{\"f\":\"x\"}"), 0, burst),
        Ok(vec!["network-burst"]),
        "set aside, since it can't be checked"
    );
    let again = Circumstances { repeated: true, ..burst };
    assert_eq!(doubts(json("{\"f\":\"x\"}"), 0, again), Ok(vec![]));
}

#[test]
fn a_person_in_bad_company_passes_after_a_check() {
    let post = || browser(&[("_token", &token("contact"))]);
    for around in [
        Circumstances { network_burst: true, ..ALONE },
        Circumstances { over_limit: true, ..ALONE },
        Circumstances { token_uses: 6, ..ALONE },
    ] {
        assert_eq!(doubts(post(), 60, around), Err(Rejected::CheckNeeded));
        assert_eq!(doubts(post(), 60, Circumstances { proof_is_fresh: true, ..around }), Ok(vec![]));
    }
    assert_eq!(doubts(post(), 0, ALONE), Ok(vec![]), "quick alone is not enough");
    let burst = Circumstances { form_burst: true, ..ALONE };
    assert_eq!(doubts(post(), 60, burst), Ok(vec![]), "who has a token is not counted among those without");
    assert_eq!(doubts(json(r#"{"f":"x"}"#), 60, burst), Err(Rejected::CheckNeeded));
}

#[test]
fn a_second_press_is_a_check_once_and_not_at_once() {
    let busy = Circumstances { network_burst: true, ..ALONE };
    let pressed = || browser(&[("_token", &kind(TokenKind::Checked))]);
    assert_eq!(doubts(pressed(), 3, busy), Ok(vec![]));
    assert_eq!(doubts(pressed(), 1, busy), Err(Rejected::CheckNeeded));
    assert_eq!(doubts(pressed(), 3, Circumstances { token_uses: 2, ..busy }), Err(Rejected::CheckNeeded));
    let shared = browser(&[("_token", &kind(TokenKind::Shared))]);
    assert_eq!(doubts(shared, 3, Circumstances { token_uses: 900, ..ALONE }), Ok(vec![]), "many visitors have it");
}

#[test]
fn doubts_about_words_and_behaviour_add_up_to_a_check() {
    let post = |text: &str, seconds| {
        let pairs = [("f", text), ("_token", &token("contact"))];
        let decoded = decode("application/x-www-form-urlencoded", &urlencoded(&pairs), &DecodeLimits::default());
        let mut form = form(vec![field("f", FieldKind::Text)]);
        form.form_token = FormTokenRule::Required;
        let valid = validate(normalise(decoded.unwrap(), &Arc::new(form), None)).unwrap();
        let policy = ScreenPolicy { token_key: &key(), token_max_age: HOUR, enabled: true };
        let now = noon() + SignedDuration::from_secs(seconds);
        screen(valid, policy, ALONE, now).map(|screened| screened.doubts().to_vec()).map_err(|rejection| rejection.why)
    };
    assert_eq!(post("see https://example.jp", 60), Ok(vec![]));
    assert_eq!(post("see https://example.jp", 1), Err(Rejected::CheckNeeded));
    assert_eq!(post("<a href=https://example.jp>", 60), Ok(vec![Suspicion::Links, Suspicion::Markup]));
}

#[test]
fn what_was_accepted_before_is_not_doubted_now() {
    let around = Circumstances { repeated: true, text_uses: 40, over_limit: true, ..ALONE };
    assert_eq!(doubts(browser(&[("_token", &token("contact"))]), 60, around), Ok(vec![]));
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
    let policy = ScreenPolicy { token_key: &key(), token_max_age: HOUR, enabled: true };
    let screened = screen(valid, policy, ALONE, noon()).unwrap();
    let opening = OpeningKey::generate(EpochId(1), SuiteName::XWing, &entropy);
    let lead = Token::generate(&entropy);
    let sealed = super::super::seal(&screened, &opening.sealing_key().unwrap(), lead, noon(), &entropy).unwrap();

    let header = sealed.header();
    assert_eq!((header.token, &header.form, header.form_version), (lead, &contact().id, contact().version));
    let opened = opening.open(&Envelope::parse(sealed.as_bytes()).unwrap()).unwrap();
    assert_eq!(opened.submission(), screened.submission());
    assert_eq!(opened.submission().attribution[0].1.expose(), "https://example.jp/lp");
}
