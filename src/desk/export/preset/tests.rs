//! Presets against a real store: golden files for each format, who is left out, what is refused.

use super::super::tests::{Desk, REVEALED, audited, content, golden_file, key_of};
use super::super::{ExportReport, LeadKeys, Mode};
use super::*;
use crate::crypto::keyring::KeyringError;
use crate::desk::store::InboxFilter;
use crate::desk::store::sample::{set_stage, token};
use crate::domain::field::{Choice, Field, FieldKind};
use crate::domain::form::Form;
use crate::domain::ids::FormVersion;
use crate::domain::lang::{Lang, Text};
use crate::domain::lead::{Reason, Stage};
use crate::domain::protect::Protect;
use crate::domain::sample;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use std::sync::Arc;

const CONSENTS: [&str; 3] = ["privacy", "marketing", "advertising"];

fn field(id: &str, kind: FieldKind, label: &str) -> Field {
    Field { label: Text { ja: Some(label.into()), en: Some(id.into()) }, ..sample::field(id, kind) }
}

fn choices(labels: &[(&str, &str)]) -> Vec<Choice> {
    labels.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: Text::both(label) }).collect()
}

/// A form with all that presets look at, and what they don't.
fn form() -> Form {
    let mut fields = vec![
        Field { split: true, ..field("name", FieldKind::Name, "お名前") },
        Field { split: true, ..field("reading", FieldKind::Kana, "フリガナ") },
        field("email", FieldKind::Email, "メールアドレス"),
        field("phone", FieldKind::Tel, "電話番号"),
        field("mobile", FieldKind::Tel, "電話番号"),
        field("company", FieldKind::Company, "会社名"),
        field("title", FieldKind::JobTitle, "役職"),
        field("code", FieldKind::PostalCode, "郵便番号"),
        field("prefecture", FieldKind::Prefecture, "都道府県"),
        Field {
            choices: choices(&[("plan", "料金プラン"), ("other", "その他")]),
            ..field("about", FieldKind::Select, "お問い合わせ種別")
        },
        Field {
            choices: choices(&[("a", "カタログ"), ("b", "見積書")]),
            ..field("wants", FieldKind::Checkboxes, "ご希望")
        },
        field("seats", FieldKind::Number, "席数"),
        field("message", FieldKind::Textarea, "お問い合わせ内容"),
        Field { protect: Protect::Drop, ..field("age", FieldKind::Number, "年齢") },
    ];
    fields.extend(CONSENTS.map(|purpose| field(purpose, FieldKind::Consent, purpose)));
    Form { version: FormVersion([7; 8]), langs: vec![Lang::Ja, Lang::En], ..sample::form(fields) }
}

/// What somebody sent, with answers in the form's order and the consents they gave.
fn sent(lang: Lang, answers: &[(&str, Value)], granted: &[&str]) -> Submission {
    let form = form();
    let answer = |(id, value): &(&str, Value)| {
        let field = form.field(&id.parse().unwrap()).unwrap();
        Answer { field: field.id.clone(), kind: field.kind, value: value.clone() }
    };
    let record = |purpose: &str| ConsentRecord {
        field: purpose.parse().unwrap(),
        purpose: purpose.to_owned(),
        version: "2026-04".to_owned(),
        text: "同意します".to_owned(),
        lang,
        granted: granted.contains(&purpose),
    };
    Submission {
        lang,
        answers: answers.iter().map(answer).collect(),
        consents: CONSENTS.into_iter().map(record).collect(),
        attribution: vec![],
        corrects: None,
        once: None,
        quarantine: vec![],
        request: None,
    }
}

fn name(family: &str, given: &str) -> Value {
    Value::Name { family: family.into(), given: given.into() }
}

fn people() -> Vec<Submission> {
    let one = |text: &str| Value::one(text);
    let complete = [
        ("name", name("髙﨑", "美咲")),
        ("reading", name("タカサキ", "ミサキ")),
        ("email", one("Misaki@Example.co.jp")),
        ("phone", one("+81312345678")),
        ("mobile", one("+819012345678")),
        ("company", one("株式会社〜𠮷田商店")),
        ("title", one("部長")),
        ("code", one("150-0001")),
        ("prefecture", one("東京都")),
        ("about", one("plan")),
        ("wants", Value::Many(vec!["b".into()])),
        ("seats", one("12")),
        ("message", one("一行目\n\"二行目\", 以上😀")),
        ("age", one("33")),
    ];
    let in_english = [("name", one("John Smith")), ("email", one("john@example.com")), ("about", one("other"))];
    let hostile = [
        ("name", name("=cmd|' /C calc'!A0", "\u{fe0f}=1")),
        ("email", one("+1@example.jp")),
        ("phone", one("+81901234")),
        ("company", one("＋SUM(1)")),
        ("title", one("−1")),
        ("seats", one("-3")),
        ("message", one("@SUM(A1)")),
    ];
    let only_phone = [("phone", one("+81451234567")), ("about", one("plan"))];
    let mut people = vec![
        sent(Lang::Ja, &complete, &CONSENTS),
        sent(Lang::En, &in_english, &["privacy"]),
        sent(Lang::Ja, &hostile[..3], &CONSENTS),
        sent(Lang::Ja, &hostile, &CONSENTS),
        sent(Lang::Ja, &only_phone, &["privacy", "advertising"]),
        sent(Lang::Ja, &[("message", one("匿名です"))], &CONSENTS),
    ];
    people[3].corrects = Some(token(3));
    people
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.forms = vec![Arc::new(form())];
    for (n, person) in (1..).zip(people()) {
        desk.store_lead(n, &form(), &person);
    }
    set_stage(&desk.store, token(2), Stage::Connected);
    set_stage(&desk.store, token(5), Stage::Unqualified);
    desk
}

fn filter() -> InboxFilter {
    InboxFilter { form: Some(form().id), ..InboxFilter::default() }
}

fn export(desk: &Desk, preset: Preset, format: Format) -> (Vec<u8>, ExportReport) {
    desk.try_preset(&filter(), preset, format).unwrap()
}

#[test]
fn every_preset_in_every_format_is_golden() {
    let desk = desk();
    for preset in Preset::ALL {
        for format in Format::ALL.into_iter().filter(|format| preset.takes(*format)) {
            golden_file(preset.word(), format, &export(&desk, preset, format).0);
        }
    }
}

#[test]
fn leads_are_left_out_for_a_reason_that_is_counted() {
    let desk = desk();
    let counts = |preset| {
        let (_, report) = export(&desk, preset, Format::Csv);
        let left_out: Vec<(LeftOut, u64)> = report.left_out.into_iter().collect();
        assert_eq!(report.leads + left_out.iter().map(|(_, leads)| leads).sum::<u64>(), 6, "{preset:?}");
        (report.leads, left_out)
    };
    use LeftOut::{Corrected, NoCompany, NoConsent, NoEmail, NoLastName, NothingToMatch};
    assert_eq!(counts(Preset::Hubspot), (3, vec![(Corrected, 1), (NothingToMatch, 2)]));
    assert_eq!(counts(Preset::Salesforce), (2, vec![(Corrected, 1), (NoLastName, 2), (NoCompany, 1)]));
    assert_eq!(counts(Preset::Zoho), (2, vec![(Corrected, 1), (NoLastName, 2), (NoCompany, 1)]));
    assert_eq!(counts(Preset::Kintone), (5, vec![(Corrected, 1)]));
    assert_eq!(counts(Preset::Mailchimp), (2, vec![(NoConsent, 2), (Corrected, 1), (NoEmail, 1)]));
    for preset in [Preset::GoogleCustomerMatch, Preset::Meta] {
        assert_eq!(counts(preset), (3, vec![(NoConsent, 1), (Corrected, 1), (NothingToMatch, 1)]));
    }
}

#[test]
fn a_box_left_empty_outweighs_one_that_was_ticked_for_the_same_purpose() {
    let mut desk = Desk::new();
    desk.forms = vec![Arc::new(form())];
    let mut person = people().remove(0);
    person.consents[0].purpose = "advertising".to_owned();
    person.consents[0].granted = false;
    desk.store_lead(1, &form(), &person);
    let (_, report) = export(&desk, Preset::Meta, Format::Csv);
    assert_eq!(report.left_out, [(LeftOut::NoConsent, 1)].into());
}

#[test]
fn the_values_of_people_who_did_not_agree_are_not_even_opened() {
    let desk = desk();
    let filter = filter();
    let request = desk.request(&filter, REVEALED, Format::Csv, Some(Preset::Meta));
    let keys: LeadKeys<'_> = &|lead| {
        assert!(![token(2), token(3)].contains(&lead), "opened without consent, or corrected");
        Ok(key_of(lead))
    };
    assert_eq!(audited(&request, Some(keys), &mut Vec::new()).unwrap().leads, 3);
}

#[test]
fn advertising_files_hold_no_value_in_clear() {
    let desk = desk();
    for preset in [Preset::GoogleCustomerMatch, Preset::Meta] {
        let (file, _) = export(&desk, preset, Format::Csv);
        let text = String::from_utf8(file).unwrap();
        assert!(text.is_ascii() && !text.contains('@') && !text.contains("9012345678"), "{text}");
    }
}

#[test]
fn what_cp932_lacks_is_reported_by_column_and_counted_in_the_audit() {
    let desk = desk();
    let (_, report) = export(&desk, Preset::Kintone, Format::CsvCp932);
    let told: Vec<(&str, u64)> = report.unmapped.iter().map(|column| (column.column.as_str(), column.count)).collect();
    assert_eq!(told, [("お名前", 1), ("会社名", 1), ("お問い合わせ内容", 1)]);
    let ended = desk.store.audit_entries(0, 100).unwrap().pop().unwrap().detail.unwrap();
    assert_eq!(ended, format!("state=complete leads=5 corrected=1 unmapped=3 sha256={}", report.sha256));
}

#[test]
fn the_audit_names_the_preset_and_the_reason() {
    let desk = desk();
    export(&desk, Preset::Salesforce, Format::CsvCp932);
    let entries = desk.store.audit_entries(0, 100).unwrap();
    let begun = &entries[entries.len() - 2];
    assert_eq!((begun.action.as_str(), begun.reason.as_deref()), ("export-revealed", Some("handover")));
    assert_eq!(begun.detail.as_deref(), Some("format=csv-cp932 mode=revealed preset=salesforce"));
    let detail = entries[entries.len() - 1].detail.as_deref().unwrap();
    assert!(detail.starts_with("state=complete leads=2 corrected=1 no-last-name=2 no-company=1 unmapped="), "{detail}");
}

#[test]
fn what_can_not_be_is_refused_before_the_audit_has_an_entry() {
    let desk = desk();
    let before = desk.store.verify_audit().unwrap().entries;
    let every = InboxFilter::default();
    let refused = desk.try_preset(&every, Preset::Kintone, Format::Csv);
    assert!(matches!(refused, Err(ExportError::FormNeeded)));
    let refused = desk.try_preset(&every, Preset::Meta, Format::CsvExcel).unwrap_err();
    assert_eq!(refused.to_string(), "the preset meta can't be written as csv-excel; it is read as: csv");
    for preset in Preset::ALL {
        assert!(matches!(desk.try_preset(&filter(), preset, Format::Jsonl), Err(ExportError::FormatNotTaken(..))));
        let masked = desk.request(&every, Mode::Masked, Format::Csv, Some(preset));
        let refused = audited(&masked, None, &mut Vec::new());
        assert!(matches!(refused, Err(ExportError::ClearNeeded(_))));
    }
    assert_eq!(desk.store.verify_audit().unwrap().entries, before);
}

#[test]
fn without_leads_there_are_headings() {
    let mut desk = Desk::new();
    desk.forms = vec![Arc::new(form())];
    for preset in Preset::ALL {
        for format in Format::ALL.into_iter().filter(|format| preset.takes(*format)) {
            let (file, report) = export(&desk, preset, format);
            let content = content(&file, format);
            assert_eq!(report.leads, 0);
            let rows = if format == Format::Xlsx { b"<row " as &[u8] } else { b"\r\n" };
            assert_eq!(content.windows(rows.len()).filter(|at| *at == rows).count(), 1, "{preset:?} {format:?}");
        }
    }
}

#[test]
fn a_mask_is_no_value_and_a_lead_without_key_is_not_written() {
    let mut desk = Desk::new();
    let mut masking = form();
    masking.fields[2].protect = Protect::Mask;
    desk.forms = vec![Arc::new(masking.clone())];
    desk.store_lead(1, &masking, &people()[0]);
    desk.store_lead(2, &form(), &people()[1]);
    let (file, _) = export(&desk, Preset::Hubspot, Format::Csv);
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains("\r\n,美咲,髙﨑,") && !text.contains("***"), "{text}");

    let filter = filter();
    let reason = Reason::Handover;
    assert_eq!(REVEALED, Mode::Revealed { reason });
    let request = desk.request(&filter, REVEALED, Format::Csv, Some(Preset::Hubspot));
    let only_first: LeadKeys<'_> =
        &|lead| if lead == token(2) { Err(KeyringError::NoLeadKey) } else { Ok(key_of(lead)) };
    let mut out = Vec::new();
    let report = audited(&request, Some(only_first), &mut out).unwrap();
    assert_eq!((report.leads, report.without_key), (1, 1));
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2);
}
