//! Exports against a real store: golden files, read-back, audit.

use super::reveal::reveal_with;
use super::*;
use crate::crypto::protect::LeadKey;
use crate::desk::store::sample::{form, lead_key, protected, set_stage, submission, token};
use crate::desk::store::{LeadFacts, NewLead, Stored};
use crate::domain::clock::ManualClock;
use crate::domain::entropy::SeededEntropy;
use crate::domain::ids::FormId;
use crate::domain::lead::Stage;
use crate::domain::submission::Submission;
use jiff::Timestamp;
use std::path::Path;

pub(super) struct Desk {
    _dir: tempfile::TempDir,
    pub(super) store: Store,
    pub(super) forms: Vec<Arc<Form>>,
}

pub(super) const REVEALED: Mode = Mode::Revealed { reason: Reason::Handover };
const CSV: Format = Format::Csv;

impl Desk {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
        let store = Store::open(&dir.path().join("leads.db"), clock, Arc::new(SeededEntropy::new(5))).unwrap();
        Self { _dir: dir, store, forms: vec![Arc::new(form())] }
    }

    pub(super) fn store_lead(&self, n: u64, form: &Form, submission: &Submission) {
        let new = NewLead { lead: protected(n, form, submission), deliveries: vec![], facts: LeadFacts::default() };
        assert_eq!(self.store.store_leads(&[new]).unwrap(), [Stored::New]);
    }

    /// Two leads: one with everything, one with next to nothing that corrects the first.
    fn with_leads() -> Self {
        let desk = Self::new();
        desk.store_lead(1, &form(), &submission("misaki@example.co.jp", "+819012345678"));
        let mut second = submission("misaki@example.co.jp", "");
        second.answers.retain(|answer| matches!(answer.field.as_str(), "email" | "industry"));
        second.consents[0].granted = false;
        second.attribution.clear();
        second.corrects = Some(token(1));
        desk.store_lead(2, &form(), &second);
        desk
    }

    fn try_export(
        &self,
        filter: &InboxFilter,
        mode: Mode,
        format: Format,
        out: &mut dyn Write,
    ) -> Result<ExportReport, ExportError> {
        let keys: LeadKeys<'_> = &|lead| Ok(key_of(lead));
        let keys = matches!(mode, Mode::Revealed { .. }).then_some(keys);
        audited(&self.request(filter, mode, format, None), keys, out)
    }

    pub(super) fn request<'a>(
        &'a self,
        filter: &'a InboxFilter,
        mode: Mode,
        format: Format,
        preset: Option<Preset>,
    ) -> ExportRequest<'a> {
        let (store, forms) = (&self.store, &self.forms[..]);
        let (scope, actor) = (&Scope::All, "cli:tester");
        ExportRequest { store, keyring: None, forms, filter, scope, mode, format, preset, actor, record: None }
    }

    /// The chosen leads in clear, as a program imports them.
    pub(super) fn try_preset(
        &self,
        filter: &InboxFilter,
        preset: Preset,
        format: Format,
    ) -> Result<(Vec<u8>, ExportReport), ExportError> {
        let keys: LeadKeys<'_> = &|lead| Ok(key_of(lead));
        let mut out = Vec::new();
        let request = self.request(filter, REVEALED, format, Some(preset));
        let report = audited(&request, Some(keys), &mut out)?;
        Ok((out, report))
    }

    fn export(&self, mode: Mode, format: Format) -> String {
        let mut out = Vec::new();
        let report = self.try_export(&InboxFilter::default(), mode, format, &mut out).unwrap();
        assert_eq!(report.sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&out)));
        String::from_utf8(out).unwrap()
    }
}

/// The whole of an export, whatever opens its leads.
pub(super) fn audited(
    request: &ExportRequest<'_>,
    keys: Option<LeadKeys<'_>>,
    out: &mut dyn Write,
) -> Result<ExportReport, ExportError> {
    let begun = begin_checked(request)?;
    write_audited(request, begun, keys, out, &mut |_| ControlFlow::Continue(()))
}

pub(super) fn key_of(lead: Token) -> LeadKey {
    (1..=2000).find(|n| token(*n) == lead).map(lead_key).unwrap()
}

fn read_back(csv: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = ::csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    let heading = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (heading, rows)
}

fn golden(name: &str, written: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, written);
    });
}

/// The bytes of a file, or of a spreadsheet's first sheet, whose packing is none of ours.
pub(super) fn content(file: &[u8], format: Format) -> Vec<u8> {
    if format != Format::Xlsx {
        return file.to_owned();
    }
    let mut archive = zip::ZipArchive::new(io::Cursor::new(file)).unwrap();
    let mut sheet = Vec::new();
    io::copy(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    sheet
}

/// `UPDATE_GOLDEN=1 cargo nextest run --lib golden` writes the files anew; look at them.
pub(super) fn golden_file(what: &str, format: Format, file: &[u8]) {
    let ending = match format {
        Format::Xlsx => ".xml",
        Format::Jsonl => "",
        Format::Csv | Format::CsvExcel | Format::CsvCp932 => ".csv",
    };
    let (name, written) = (format!("{what}.{}{ending}", format.word()), &content(file, format)[..]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export").join(&name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    let encoding = if format == Format::CsvCp932 { encoding_rs::SHIFT_JIS } else { encoding_rs::UTF_8 };
    assert!(expected == written, "{name} differs from what is written now:\n{}", encoding.decode(written).0);
}

#[test]
fn a_revealed_export_in_every_format_is_golden() {
    let desk = Desk::with_leads();
    for format in Format::ALL {
        let mut file = Vec::new();
        desk.try_export(&InboxFilter::default(), REVEALED, format, &mut file).unwrap();
        golden_file("revealed", format, &file);
    }
}

#[test]
fn masked_exports_are_golden() {
    let desk = Desk::with_leads();
    golden("masked_csv", &desk.export(Mode::Masked, CSV));
    golden("masked_jsonl", &desk.export(Mode::Masked, Format::Jsonl));
}

#[test]
fn exports_with_tokens_are_golden() {
    golden("tokens_csv", &Desk::with_leads().export(Mode::Tokens, CSV));
}

#[test]
fn a_revealed_csv_is_read_back_exactly_but_for_the_apostrophes() {
    let desk = Desk::with_leads();
    let csv = desk.export(REVEALED, CSV);
    let (heading, rows) = read_back(&csv);
    let cell = |row: usize, name: &str| rows[row][heading.iter().position(|h| h == name).unwrap()].as_str();
    assert_eq!((cell(0, "name_family"), cell(0, "name_given")), ("髙﨑", "美咲"));
    assert_eq!(cell(0, "email"), "misaki@example.co.jp");
    assert_eq!(cell(0, "phone"), "'+819012345678");
    assert_eq!(cell(0, "message"), "'=資料を\n\"二部\",お願いします");
    assert_eq!((cell(0, "industry"), cell(0, "budget")), ("小売業", "-5"));
    assert_eq!((cell(0, "consent_privacy"), cell(0, "consent_privacy_version")), ("true", "2026-04"));
    assert_eq!((cell(0, "utm_source"), cell(0, "landing_page")), ("newsletter", ""));
    assert_eq!((cell(1, "name_family"), cell(1, "consent_privacy")), ("", "false"));
    assert_eq!((cell(1, "corrects"), cell(1, "enquiry")), (token(1).to_string().as_str(), "2"));
    assert!(!heading.contains(&"age".to_owned()), "dropped fields have no column");
    assert!(csv.ends_with("\r\n") && !csv.starts_with('\u{feff}'));
    assert!(desk.export(Mode::Masked, Format::CsvExcel).starts_with("\u{feff}token,"));
}

#[test]
fn masked_and_token_exports_hold_nothing_that_was_typed() {
    let desk = Desk::with_leads();
    for mode in [Mode::Masked, Mode::Tokens] {
        for format in [CSV, Format::Jsonl] {
            let written = desk.export(mode, format);
            for canary in ["髙﨑", "美咲", "misaki", "9012345678", "山田商店", "二部", "newsletter"] {
                assert!(!written.contains(canary), "{canary} in {mode:?} {format:?}");
            }
        }
    }
}

#[test]
fn an_empty_export_is_a_heading_only() {
    let desk = Desk::new();
    let (heading, rows) = read_back(&desk.export(Mode::Masked, CSV));
    assert_eq!((heading[0].as_str(), rows.len()), ("token", 0));
    assert!(heading.contains(&"email".to_owned()));
    assert_eq!(desk.export(Mode::Masked, Format::Jsonl), "");
}

#[test]
fn columns_are_the_union_of_the_chosen_forms_and_of_what_is_stored() {
    let mut desk = Desk::new();
    let mut old = form();
    old.id = "old".parse().unwrap();
    desk.store_lead(1, &form(), &submission("a@example.jp", ""));
    desk.store_lead(2, &old, &submission("b@example.jp", ""));
    // The forms have changed since: one is gone, the other has lost a field and got one whose
    // name the export uses itself.
    let mut now = form();
    now.fields.retain(|field| field.id.as_str() != "message" && field.kind != crate::domain::field::FieldKind::Consent);
    now.fields[4].id = "number".parse().unwrap();
    desk.forms = vec![Arc::new(now)];
    let (heading, rows) = read_back(&desk.export(Mode::Masked, CSV));
    for name in ["number", "field_number", "message", "industry", "consent_privacy", "utm_source"] {
        assert_eq!(heading.iter().filter(|h| *h == name).count(), 1, "{name} in {heading:?}");
    }
    assert_eq!(rows.len(), 2);
    let only_old = InboxFilter { form: Some("old".parse::<FormId>().unwrap()), ..InboxFilter::default() };
    let mut out = Vec::new();
    let report = desk.try_export(&only_old, Mode::Masked, CSV, &mut out).unwrap();
    assert_eq!(report.leads, 1);
    let heading = read_back(&String::from_utf8(out).unwrap()).0;
    assert!(heading.contains(&"message".to_owned()) && !heading.contains(&"field_number".to_owned()));
}

#[test]
fn thousands_of_leads_come_page_by_page_each_once() {
    let desk = Desk::new();
    let form = form();
    let leads: Vec<NewLead> = (1..=1100)
        .map(|n| NewLead {
            lead: protected(n, &form, &submission("a@example.jp", "")),
            deliveries: vec![],
            facts: LeadFacts::default(),
        })
        .collect();
    desk.store.store_leads(&leads).unwrap();
    let mut heard = Vec::new();
    let filter = InboxFilter::default();
    let request = desk.request(&filter, Mode::Tokens, CSV, None);
    let mut out = Vec::new();
    let mut hear = |progress: Progress| {
        heard.push((progress.read, progress.total));
        ControlFlow::Continue(())
    };
    let report = export(&request, &mut out, &mut hear).unwrap();
    assert_eq!((report.leads, heard), (1100, vec![(0, 1100), (500, 1100), (1000, 1100), (1100, 1100)]));
    let numbers: Vec<u64> =
        read_back(&String::from_utf8(out).unwrap()).1.iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=1100).collect::<Vec<u64>>());
}

#[test]
fn what_comes_in_or_changes_while_it_runs_is_written_once_or_not_at_all() {
    let desk = Desk::new();
    let form = form();
    let lead = |n| protected(n, &form, &submission("a@example.jp", ""));
    let new = |n| NewLead { lead: lead(n), deliveries: vec![], facts: LeadFacts::default() };
    desk.store.store_leads(&(1..=1100).map(new).collect::<Vec<_>>()).unwrap();
    let filter = InboxFilter { stage: Some(Stage::New), ..InboxFilter::default() };
    let request = desk.request(&filter, Mode::Masked, CSV, None);
    let mut out = Vec::new();
    let mut meddle = |progress: Progress| {
        if progress.read == 500 {
            // One before and one after the place that it has reached, and one that is new.
            set_stage(&desk.store, token(7), Stage::Connected);
            set_stage(&desk.store, token(900), Stage::Connected);
            desk.store.store_leads(&[new(1101)]).unwrap();
        }
        ControlFlow::Continue(())
    };
    let report = export(&request, &mut out, &mut meddle).unwrap();
    let (_, rows) = read_back(&String::from_utf8(out).unwrap());
    let numbers: Vec<u64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=1100).filter(|n| *n != 900).collect::<Vec<u64>>());
    assert_eq!((report.leads, report.total), (1099, 1100));
}

#[test]
fn who_watches_an_export_may_stop_it_and_the_audit_says_so() {
    let desk = Desk::with_leads();
    let filter = InboxFilter::default();
    let request = desk.request(&filter, Mode::Masked, CSV, None);
    let stopped = export(&request, &mut Vec::new(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(ExportError::Cancelled)));
    let last = desk.store.audit_entries(4, 1).unwrap().remove(0);
    assert!(last.detail.unwrap().starts_with("state=cancelled leads=0"));
}

#[test]
fn a_form_out_of_the_scope_has_no_lead_and_no_column() {
    let mut desk = Desk::new();
    let mut other = form();
    other.id = "other".parse().unwrap();
    other.fields[4].id = "secret_question".parse().unwrap();
    desk.store_lead(1, &form(), &submission("a@example.jp", ""));
    desk.store_lead(2, &other, &submission("b@example.jp", ""));
    desk.forms.push(Arc::new(other));
    let scope = Scope::Only { sites: vec![], forms: vec![form().id] };
    let filter = InboxFilter { tag: None, ..InboxFilter::default() };
    let request = ExportRequest { scope: &scope, ..desk.request(&filter, Mode::Masked, CSV, None) };
    let mut out = Vec::new();
    let report = audited(&request, None, &mut out).unwrap();
    let (heading, rows) = read_back(&String::from_utf8(out).unwrap());
    assert_eq!((report.leads, report.total, rows[0][1].as_str()), (1, 1, "1"));
    assert!(!heading.contains(&"secret_question".to_owned()), "{heading:?}");
    let begun = desk.store.audit_entries(3, 1).unwrap().remove(0);
    assert_eq!(begun.detail.as_deref(), Some("format=csv mode=masked scope=part"));
}

#[test]
fn the_audit_has_an_entry_before_and_one_after() {
    let desk = Desk::with_leads();
    let filter = InboxFilter { form: Some(form().id), stage: Some(Stage::New), ..InboxFilter::default() };
    let report = desk.try_export(&filter, REVEALED, Format::Jsonl, &mut Vec::new()).unwrap();
    let entries = desk.store.audit_entries(3, 9).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].action.as_str(), entries[0].reason.as_deref()), ("export-revealed", Some("handover")));
    assert_eq!((entries[0].actor.as_str(), entries[0].subject.as_deref()), ("cli:tester", Some("form contact")));
    assert_eq!(entries[0].detail.as_deref(), Some("format=jsonl mode=revealed stage=new"));
    assert_eq!(entries[1].subject.as_deref(), Some("entry 3"));
    assert_eq!(entries[1].detail, Some(format!("state=complete leads=2 sha256={}", report.sha256)));
}

/// An output that looks into the audit when its first byte comes, and then breaks.
struct Witness<'a> {
    store: &'a Store,
    audited: Vec<String>,
}

impl Write for Witness<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.audited = self.store.audit_entries(3, 9).unwrap().into_iter().map(|entry| entry.action).collect();
        Err(io::Error::other("the disk is full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_export_that_breaks_was_audited_before_its_first_byte_and_says_how_it_ended() {
    let desk = Desk::with_leads();
    let mut witness = Witness { store: &desk.store, audited: vec![] };
    let broken = desk.try_export(&InboxFilter::default(), REVEALED, CSV, &mut witness);
    assert!(matches!(broken, Err(ExportError::Write(_))));
    assert_eq!(witness.audited, ["export-revealed"]);
    let last = desk.store.audit_entries(4, 1).unwrap().remove(0);
    assert!(last.detail.unwrap().starts_with("state=broken-off"));
}

#[test]
fn what_can_t_be_audited_does_not_happen() {
    let desk = Desk::with_leads();
    crate::desk::store::sample::forbid_audit(&desk.store);
    let mut out = Vec::new();
    assert!(matches!(desk.try_export(&InboxFilter::default(), REVEALED, CSV, &mut out), Err(ExportError::Store(_))));
    assert!(out.is_empty());
    let keys: LeadKeys<'_> = &|_| panic!("no key may be asked for");
    let revealed = reveal_with(&desk.store, keys, token(1), Reason::Reply, "cli:tester");
    assert!(matches!(revealed, Err(ExportError::Store(_))));
}

#[test]
fn clear_values_need_a_keyring() {
    let desk = Desk::with_leads();
    let filter = InboxFilter::default();
    let request = desk.request(&filter, REVEALED, CSV, None);
    let refused = export(&request, &mut Vec::new(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(ExportError::KeyringNeeded)));
    assert_eq!(desk.store.verify_audit().unwrap().entries, 2);
}

#[test]
fn a_value_moved_to_another_lead_is_named_and_not_shown() {
    let desk = Desk::with_leads();
    let keys: LeadKeys<'_> = &|_| Ok(lead_key(9));
    let revealed = reveal_with(&desk.store, keys, token(1), Reason::Reply, "cli:tester");
    let Err(ExportError::Unreadable { lead, field }) = revealed else { panic!("opened with another lead's key") };
    assert_eq!((lead, field.as_str()), (token(1), "name"));
}

#[test]
fn one_lead_is_revealed_with_a_reason() {
    let desk = Desk::with_leads();
    let keys: LeadKeys<'_> = &|lead| Ok(key_of(lead));
    let values = reveal_with(&desk.store, keys, token(1), Reason::Reply, "cli:tester").unwrap();
    let sent = submission("misaki@example.co.jp", "+819012345678");
    for (field, value) in values.iter().filter(|(field, _)| field.as_str() != "utm_source") {
        assert_eq!(Some(value), sent.value(field), "{field}");
    }
    assert_eq!(values.len(), 5);
    let entry = desk.store.audit_entries(3, 9).unwrap().remove(0);
    assert_eq!((entry.action.as_str(), entry.reason.as_deref()), ("lead-revealed", Some("reply")));
    assert_eq!(entry.subject, Some(token(1).to_string()));
    let nobody = reveal_with(&desk.store, keys, token(5), Reason::Reply, "cli:tester");
    assert!(matches!(nobody, Err(ExportError::NoLead(_))));
}

#[test]
fn a_lead_whose_key_is_gone_stands_masked_and_keeps_no_other_back() {
    let desk = Desk::with_leads();
    let filter = InboxFilter::default();
    let request = desk.request(&filter, REVEALED, Format::Jsonl, None);
    let only_second: LeadKeys<'_> =
        &|lead| if lead == token(1) { Err(KeyringError::NoLeadKey) } else { Ok(key_of(lead)) };
    let mut out = Vec::new();
    let report = audited(&request, Some(only_second), &mut out).unwrap();
    assert_eq!((report.leads, report.without_key), (2, 1));
    let lines: Vec<serde_json::Value> =
        out.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_slice(l).unwrap()).collect();
    assert_eq!(lines[0]["fields"]["email"], "m***@e***.co.jp");
    assert_eq!(lines[1]["fields"]["email"], "misaki@example.co.jp");
}
