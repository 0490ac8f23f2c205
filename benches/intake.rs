//! What one post costs on its way to the envelope: a realistic Japanese contact form, stage by
//! stage.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may stop where something is wrong; criterion makes public functions"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use leadseal::capture::intake::{DecodeLimits, Decoded, Normalised, decode, normalise, validate, warm_up};
use leadseal::config;
use leadseal::domain::form::Form;
use leadseal::domain::ids::SiteId;
use std::hint::black_box;
use std::sync::Arc;

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
    group.bench_function("decode to validate", |b| b.iter(|| validate(normalise(decoded(), &form, None))));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
