//! What one post costs on its way to the envelope: a realistic Japanese contact form, stage by
//! stage.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may stop where something is wrong; criterion makes public functions"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use leadseal::capture::intake::{
    Circumstances, DecodeLimits, Decoded, Normalised, ScreenPolicy, Valid, decode, normalise, screen, traces, validate,
    warm_up,
};
use leadseal::config;
use leadseal::crypto::form_token::{self, TokenKind};
use leadseal::crypto::mac::MacKey;
use leadseal::domain::entropy::SeededEntropy;
use leadseal::domain::form::Form;
use leadseal::domain::ids::SiteId;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";

const POST: [(&str, &str); 14] = [
    ("_lang", "ja"),
    ("_key", "4d0c2a4e-5b0f-4b39-9f0c-2f6a35a9f2d1"),
    ("website", ""),
    ("inquiry_type", "estimate"),
    ("company", "株式会社髙﨑商店"),
    ("name_family", "髙﨑"),
    ("name_given", "美咲"),
    ("kana_family", "ﾀｶｻｷ"),
    ("kana_given", "みさき"),
    ("email", "misaki.takasaki@example.co.jp"),
    ("tel", "０９０－１２３４－５６７８"),
    (
        "message",
        "お世話になっております。御社の製品について、50名での利用を検討しています。\r\n\
         お見積りと、導入事例の資料をお送りいただけますでしょうか。\r\n来週中にご返信いただけますと幸いです。",
    ),
    ("privacy", "on"),
    ("landing_page", "https://www.example.co.jp/products?utm_source=newsletter"),
];

fn contact() -> Arc<Form> {
    let site: SiteId = "main".parse().unwrap();
    let (file, text) = config::ready_forms()[0];
    let (form, _) = config::parse_form(file, text, &[site]).unwrap();
    Arc::new(form)
}

fn body() -> Vec<u8> {
    let escape = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    POST.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&").into_bytes()
}

fn stages(c: &mut Criterion) {
    warm_up();
    let (form, body, limits) = (contact(), body(), DecodeLimits::default());
    let decoded = || -> Decoded { decode(FORM, &body, &limits).unwrap() };
    let normalised = || -> Normalised { normalise(decoded(), &form, None) };
    assert!(validate(normalised()).is_ok(), "the measured post must be a good one");

    let mut group = c.benchmark_group("intake");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decode", |b| b.iter(|| decode(FORM, black_box(&body), &limits)));
    group.bench_function("normalise", |b| {
        b.iter_batched(decoded, |post| normalise(post, &form, None), BatchSize::SmallInput)
    });
    group.bench_function("validate", |b| b.iter_batched(normalised, validate, BatchSize::SmallInput));
    let (key, now) = (MacKey::from_bytes([7; 32]), Timestamp::UNIX_EPOCH);
    let token = form_token::issue(&key, &form.id, TokenKind::Shared, now, &SeededEntropy::new(1));
    let with_token = [body.as_slice(), b"&_token=", token.as_bytes()].concat();
    let valid = || validate(normalise(decode(FORM, &with_token, &limits).unwrap(), &form, None)).unwrap();
    let policy = ScreenPolicy { token_key: &key, token_max_age: Duration::from_secs(3600), enabled: true };
    let screened = |valid: Valid| {
        let seen = traces(&valid, policy, &key, now);
        (seen, screen(valid, policy, Circumstances::default(), now))
    };
    assert!(screened(valid()).1.is_ok_and(|screened| screened.doubts().is_empty()), "nothing is to be doubted");
    group.bench_function("screen", |b| b.iter_batched(valid, screened, BatchSize::SmallInput));
    group.bench_function("decode to validate", |b| b.iter(|| validate(normalise(decoded(), &form, None))));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
