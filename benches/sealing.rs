//! What protection costs: sealing and opening a payload of 1 KiB in both suites, protecting a
//! lead's fields, revealing one.
//!
//! `cargo bench --bench sealing`; the randomness is the operating system's, as in service.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, criterion_group, criterion_main};
use leadseal::crypto::envelope::Envelope;
use leadseal::crypto::open::OpeningKey;
use leadseal::crypto::protect::{IndexKeys, LeadKey, protect};
use leadseal::crypto::seal::{SealContext, seal};
use leadseal::domain::entropy::OsEntropy;
use leadseal::domain::field::FieldKind;
use leadseal::domain::ids::{EpochId, FormVersion};
use leadseal::domain::lang::Lang;
use leadseal::domain::settings::SuiteName;
use leadseal::domain::submission::{Answer, Submission, Value};
use leadseal::domain::token::Token;
use std::hint::black_box;

/// A contact form's answers, in the bucket of 1 KiB.
fn submission() -> Submission {
    let answer = |field: &str, kind, value| Answer { field: field.parse().unwrap(), kind, value };
    let answers = vec![
        answer("name", FieldKind::Name, Value::Name { family: "髙﨑".into(), given: "美咲".into() }),
        answer("email", FieldKind::Email, Value::one("misaki@example.co.jp")),
        answer("tel", FieldKind::Tel, Value::one("+819012345678")),
        answer("company", FieldKind::Company, Value::one("テスト株式会社")),
        answer("message", FieldKind::Textarea, Value::one("資料を送ってください。".repeat(15))),
    ];
    Submission {
        lang: Lang::Ja,
        answers,
        consents: vec![],
        attribution: vec![],
        corrects: None,
        once: None,
        quarantine: vec![],
        request: None,
    }
}

fn context() -> SealContext {
    SealContext {
        site: "main".parse().unwrap(),
        form: "contact".parse().unwrap(),
        form_version: FormVersion([1; 8]),
        token: Token::from_bytes([2; 20]),
        received_at: "2026-11-22T09:41:00Z".parse().unwrap(),
    }
}

fn envelopes(criterion: &mut Criterion) {
    let submission = submission();
    for (suite, word) in [(SuiteName::XWing, "x-wing"), (SuiteName::X25519, "x25519")] {
        let opening = OpeningKey::generate(EpochId(1), suite, &OsEntropy);
        let sealing = opening.sealing_key().unwrap();
        criterion.bench_function(&format!("seal/{word}"), |bencher| {
            bencher.iter(|| seal(&sealing, context(), black_box(&submission), &OsEntropy).unwrap());
        });
        let sealed = seal(&sealing, context(), &submission, &OsEntropy).unwrap();
        criterion.bench_function(&format!("open/{word}"), |bencher| {
            bencher.iter(|| opening.open(&Envelope::parse(black_box(sealed.as_bytes())).unwrap()).unwrap());
        });
    }
}

fn fields(criterion: &mut Criterion) {
    let opening = OpeningKey::generate(EpochId(1), SuiteName::X25519, &OsEntropy);
    let sealed = seal(&opening.sealing_key().unwrap(), context(), &submission(), &OsEntropy).unwrap();
    let opened = opening.open(&Envelope::parse(sealed.as_bytes()).unwrap()).unwrap();
    let key = LeadKey::generate(&OsEntropy);
    let index = IndexKeys::from_bytes([3; 32]);
    criterion.bench_function("protect/five fields", |bencher| {
        bencher.iter(|| protect(black_box(opened.clone()), None, &key, &index, &OsEntropy));
    });
    let field = "email".parse().unwrap();
    let stored =
        key.seal(context().token, &field, FormVersion([1; 8]), &Value::one("misaki@example.co.jp"), &OsEntropy);
    criterion.bench_function("reveal/one field", |bencher| {
        bencher.iter(|| key.reveal(context().token, &field, FormVersion([1; 8]), black_box(&stored)).unwrap());
    });
}

criterion_group!(benches, envelopes, fields);
criterion_main!(benches);
