//! What protection keeps of each field, and what it does not.

use super::*;
use crate::crypto::seal::tests::{context, submission};
use crate::domain::attribution::AttributionKey;
use crate::domain::entropy::SeededEntropy;
use crate::domain::field::Field;
use crate::domain::ids::{EpochId, FormVersion};
use crate::domain::sample;
use crate::domain::settings::SuiteName;

const CANARIES: [&str; 5] = ["髙﨑", "美咲", "misaki", "newsletter", "price"];

fn field(id: &str, kind: FieldKind, protect: Protect) -> Field {
    Field { split: kind == FieldKind::Name, protect, ..sample::field(id, kind) }
}

fn form(fields: Vec<Field>, attribution_protect: Protect) -> Form {
    Form {
        site: context().site,
        id: context().form,
        version: context().form_version,
        attribution: AttributionKey::ALL.to_vec(),
        attribution_protect,
        ..sample::form(fields)
    }
}

/// The form that asked for the sample submission, with every field under `protect`.
fn form_with(protect: Protect) -> Form {
    let fields = vec![
        field("name", FieldKind::Name, protect),
        field("email", FieldKind::Email, protect),
        field("topics", FieldKind::Checkboxes, protect),
        field("privacy", FieldKind::Consent, Protect::Keep),
    ];
    form(fields, protect)
}

fn opened() -> Opened {
    let context = context();
    let header = Header {
        suite: SuiteName::X25519,
        epoch: EpochId(7),
        site: context.site,
        form: context.form,
        form_version: context.form_version,
        token: context.token,
        received_at: context.received_at,
    };
    Opened { header, submission: submission() }
}

fn lead_key() -> LeadKey {
    LeadKey::from_bytes([11; 32])
}

fn index_keys() -> IndexKeys {
    IndexKeys::from_bytes([12; 32])
}

fn sample_under(form: Option<&Form>) -> Protected {
    protect(opened(), form, &lead_key(), &index_keys(), &SeededEntropy::new(1))
}

fn named<'a>(protected: &'a Protected, id: &str) -> &'a ProtectedField {
    protected.fields().iter().find(|field| field.field.as_str() == id).unwrap()
}

/// Everything of a field that would reach the store as text or bytes.
fn stored_bytes(field: &ProtectedField) -> Vec<u8> {
    let texts = [&field.mask, &field.plain].into_iter().flatten().map(|text| text.as_bytes());
    let bytes = [field.sealed.as_deref(), field.index.as_ref().map(<[u8; 32]>::as_slice)];
    texts.chain(bytes.into_iter().flatten()).collect::<Vec<_>>().concat()
}

fn holds_a_canary(protected: &Protected) -> bool {
    let stored: Vec<u8> = protected.fields().iter().flat_map(stored_bytes).collect();
    CANARIES.iter().any(|canary| stored.windows(canary.len()).any(|window| window == canary.as_bytes()))
}

#[test]
fn tokenised_values_come_back_and_nothing_else_shows() {
    let form = form_with(Protect::Tokenise);
    let protected = sample_under(Some(&form));
    assert!(!holds_a_canary(&protected));
    let version = FormVersion([1, 2, 3, 4, 5, 6, 7, 8]);
    for answer in &submission().answers {
        let stored = named(&protected, answer.field.as_str());
        let sealed = stored.sealed.as_deref().unwrap();
        let revealed = lead_key().reveal(context().token, &answer.field, version, sealed);
        assert_eq!(revealed.as_ref(), Ok(&answer.value));
        assert_eq!(stored.plain, None);
    }
    assert_eq!(named(&protected, "name").mask.as_deref(), Some("** **"));
    assert_eq!(named(&protected, "email").mask.as_deref(), Some("m***@e***.co.jp"));
}

#[test]
fn each_tokenised_value_has_its_own_token() {
    let form = form_with(Protect::Tokenise);
    let protected = sample_under(Some(&form));
    let tokens: std::collections::HashSet<_> = protected.fields().iter().map(|field| field.token.unwrap()).collect();
    assert_eq!(tokens.len(), protected.fields().len());
    assert!(!tokens.contains(&context().token));
}

#[test]
fn tokenised_fields_are_indexed_where_their_type_is() {
    let form = form_with(Protect::Tokenise);
    let protected = sample_under(Some(&form));
    let expected = index_keys().index(&context().site, FieldKind::Email, "MISAKI@example.co.jp");
    assert!(expected.is_some());
    assert_eq!(named(&protected, "email").index, expected);
    assert_eq!(named(&protected, "name").index, None);
}

#[test]
fn masked_values_are_gone() {
    let form = form_with(Protect::Mask);
    let protected = sample_under(Some(&form));
    assert!(!holds_a_canary(&protected));
    for stored in protected.fields() {
        assert!(stored.mask.is_some());
        assert_eq!((stored.token, &stored.plain, &stored.sealed, stored.index), (None, &None, &None, None));
    }
}

#[test]
fn hashed_values_of_any_type_are_only_an_index() {
    let form = form_with(Protect::Hash);
    let protected = sample_under(Some(&form));
    assert!(!holds_a_canary(&protected));
    for stored in protected.fields() {
        assert!(stored.index.is_some(), "{stored:?}");
        assert_eq!((stored.token, &stored.plain, &stored.sealed, &stored.mask), (None, &None, &None, &None));
    }
    // A hashed address matches the same address that another form tokenised.
    let tokenised = sample_under(Some(&form_with(Protect::Tokenise)));
    assert_eq!(named(&protected, "email").index, named(&tokenised, "email").index);
}

#[test]
fn kept_values_are_in_clear_and_dropped_ones_absent() {
    let form = form_with(Protect::Keep);
    let kept = sample_under(Some(&form));
    assert_eq!(named(&kept, "name").plain.as_deref(), Some("髙﨑 美咲"));
    assert_eq!(named(&kept, "topics").plain.as_deref(), Some("price; demo"));
    assert_eq!(named(&kept, "utm_source").plain.as_deref(), Some("newsletter"));
    assert!(kept.fields().iter().all(|f| f.sealed.is_none() && f.token.is_none() && f.index.is_none()));
    assert!(sample_under(Some(&form_with(Protect::Drop))).fields().is_empty());
}

#[test]
fn attribution_is_marked_and_follows_its_own_word() {
    let mut form = form_with(Protect::Keep);
    form.attribution_protect = Protect::Tokenise;
    let protected = sample_under(Some(&form));
    let source = named(&protected, "utm_source");
    assert!(source.attribution);
    assert_eq!(source.protect, Protect::Tokenise);
    assert!(!named(&protected, "email").attribution);
}

#[test]
fn every_attribution_key_becomes_a_field() {
    for key in AttributionKey::ALL {
        assert!(key.word().parse::<FieldId>().is_ok(), "{}", key.word());
    }
}

#[test]
fn what_the_form_does_not_know_is_tokenised() {
    let unknown = sample_under(None);
    assert_eq!(unknown.fields().len(), 4);
    assert!(unknown.fields().iter().all(|field| field.protect == Protect::Tokenise));
    let fewer = form(vec![field("email", FieldKind::Email, Protect::Mask)], Protect::Drop);
    let fewer = sample_under(Some(&fewer));
    assert_eq!(named(&fewer, "email").protect, Protect::Mask);
    assert_eq!(named(&fewer, "name").protect, Protect::Tokenise);
    assert_eq!(named(&fewer, "topics").protect, Protect::Tokenise);
}

#[test]
fn a_field_that_changed_its_type_is_tokenised() {
    let changed = form(vec![field("email", FieldKind::Select, Protect::Keep)], Protect::Drop);
    let protected = sample_under(Some(&changed));
    assert_eq!(named(&protected, "email").protect, Protect::Tokenise);
    assert_eq!(named(&protected, "email").plain, None);
}

#[test]
fn consents_are_records_and_not_fields() {
    let mut opened = opened();
    opened.submission.answers.push(Answer {
        field: "privacy".parse().unwrap(),
        kind: FieldKind::Consent,
        value: Value::one("1"),
    });
    let corrected = Token::from_bytes([3; 20]);
    opened.submission.corrects = Some(corrected);
    let form = form_with(Protect::Keep);
    let protected = protect(opened, Some(&form), &lead_key(), &index_keys(), &SeededEntropy::new(1));
    assert!(protected.fields().iter().all(|field| field.field.as_str() != "privacy"));
    assert_eq!(protected.consents(), submission().consents);
    assert_eq!(protected.corrects(), Some(corrected));
    assert_eq!(protected.lang(), Lang::Ja);
}

#[test]
fn debug_tells_neither_value_nor_mask() {
    let form = form_with(Protect::Keep);
    let printed = format!("{:?}", sample_under(Some(&form)));
    assert!(!CANARIES.iter().any(|canary| printed.contains(canary)), "{printed}");
}
