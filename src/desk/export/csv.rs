//! CSV (RFC 4180), safe to open in a spreadsheet.

use super::columns::{Column, Fact, Source};
use super::digest::DigestWriter;
use super::shown::ShownLead;
use crate::domain::field::FieldKind;
use crate::domain::ids::FieldId;
use std::borrow::Cow;
use std::io::{self, Write};

const BOM: &[u8] = "\u{feff}".as_bytes();

pub(super) struct CsvSink<'a, 'out> {
    columns: &'a [Column],
    writer: csv::Writer<&'a mut DigestWriter<'out>>,
}

impl<'a, 'out> CsvSink<'a, 'out> {
    /// Writes the heading.
    pub(super) fn start(columns: &'a [Column], bom: bool, out: &'a mut DigestWriter<'out>) -> io::Result<Self> {
        if bom {
            out.write_all(BOM)?;
        }
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(columns.iter().map(|column| column.name.as_str()))?;
        Ok(Self { columns, writer })
    }

    pub(super) fn write(&mut self, lead: &ShownLead<'_>) -> io::Result<()> {
        for column in self.columns {
            self.writer.write_field(neutral(&cell(column, lead), &column.source).as_bytes())?;
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn cell(column: &Column, shown: &ShownLead<'_>) -> String {
    let consent = |field: &FieldId| shown.lead.consents.iter().find(|consent| consent.field == *field);
    match &column.source {
        Source::Fact(name) => fact(*name, shown),
        Source::Value(field, _) => shown.value(field, false).map(|value| value.joined()).unwrap_or_default(),
        Source::Part(field, part) => shown.value(field, false).map(|value| value.part(*part)).unwrap_or_default(),
        Source::Attribution(field) => shown.value(field, true).map(|value| value.joined()).unwrap_or_default(),
        Source::Granted(field) => consent(field).map(|consent| consent.granted.to_string()).unwrap_or_default(),
        Source::ConsentVersion(field) => consent(field).map(|consent| consent.version.clone()).unwrap_or_default(),
    }
}

fn fact(fact: Fact, shown: &ShownLead<'_>) -> String {
    let lead = shown.lead;
    match fact {
        Fact::Token => lead.token.to_string(),
        Fact::Number => lead.number.to_string(),
        Fact::Site => lead.site.to_string(),
        Fact::Form => lead.form.to_string(),
        Fact::ReceivedAt => lead.received_at.to_string(),
        Fact::Stage => lead.stage.word().to_owned(),
        Fact::Lang => lead.lang.tag().to_owned(),
        Fact::Enquiry => lead.enquiry.to_string(),
        Fact::Corrects => lead.corrects.map(|token| token.to_string()).unwrap_or_default(),
    }
}

/// A text that a spreadsheet would calculate gets an apostrophe before it (OWASP ASVS 5.0,
/// 1.2.10). Full-width signs count, since Japanese spreadsheets take them for the plain ones;
/// blanks before the sign do not save it. A telephone number loses its plus otherwise, so it gets
/// one too; only the value of a number field may start with a minus.
fn neutral<'t>(text: &'t str, source: &Source) -> Cow<'t, str> {
    let is_number = matches!(source, Source::Value(_, FieldKind::Number)) && text.parse::<f64>().is_ok();
    let starts_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let calculated = text.starts_with(['\t', '\r']) || text.trim_start().starts_with(starts_formula);
    if calculated && !is_number { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_made_a_text() {
        let text = Source::Value("message".parse().unwrap(), FieldKind::Textarea);
        for formula in [
            "=1+1",
            "+81901234",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\rx",
            "\tx",
            "＝1+1",
            "＋1",
            "－1",
            "＠A",
            " =1",
            "\u{3000}=1",
            "=cmd|' /C calc'!A0",
            "\n=1",
        ] {
            assert_eq!(neutral(formula, &text), format!("'{formula}"), "{formula:?}");
        }
        for plain in ["", "山田", "a=1", "1-2", "'=1", "taro@example.jp", "東京都"] {
            assert_eq!(neutral(plain, &text), plain);
        }
    }

    #[test]
    fn only_number_fields_may_be_negative() {
        let number = Source::Value("budget".parse().unwrap(), FieldKind::Number);
        assert_eq!(neutral("-5.5", &number), "-5.5");
        assert_eq!(neutral("-5+cmd", &number), "'-5+cmd");
        assert_eq!(neutral("=5", &number), "'=5");
        let phone = Source::Value("phone".parse().unwrap(), FieldKind::Tel);
        assert_eq!(neutral("+819012345678", &phone), "'+819012345678");
    }
}
