//! CSV (RFC 4180), safe to open in a spreadsheet: UTF-8, UTF-8 with a byte order mark, or CP932.

use super::cell::Cell;
use super::cp932::{self, Unmapped};
use super::digest::DigestWriter;
use std::borrow::Cow;
use std::io::{self, Write};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The bytes of a CSV file's characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Utf8WithBom,
    Cp932,
}

pub(super) struct CsvSink<'a, 'out> {
    writer: csv::Writer<&'a mut DigestWriter<'out>>,
    charset: Charset,
    /// For each column, what CP932 lacks.
    unmapped: Vec<Unmapped>,
}

impl<'a, 'out> CsvSink<'a, 'out> {
    /// Writes the heading. What its words lack in CP932 is counted with their columns.
    pub(super) fn start(headings: &[String], charset: Charset, out: &'a mut DigestWriter<'out>) -> io::Result<Self> {
        if charset == Charset::Utf8WithBom {
            out.write_all(BOM)?;
        }
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let unmapped = headings.iter().map(|heading| Unmapped::of(heading)).collect();
        let mut sink = Self { writer, charset, unmapped };
        let cells: Vec<Cell> = headings.iter().map(Cell::text).collect();
        sink.write(&cells)?;
        Ok(sink)
    }

    /// Writes a row: as many cells as there are headings.
    pub(super) fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (cell, unmapped) in cells.iter().zip(&mut self.unmapped) {
            // Fitted first: a look-alike may be a sign that a spreadsheet calculates.
            let text = match self.charset {
                Charset::Utf8 | Charset::Utf8WithBom => Cow::Borrowed(cell.as_str()),
                Charset::Cp932 => cp932::fitted(cell.as_str(), unmapped),
            };
            let text = cell.neutral(&text);
            match self.charset {
                Charset::Utf8 | Charset::Utf8WithBom => self.writer.write_field(text.as_bytes())?,
                // No second byte of CP932 is a comma, a quotation mark or a line break.
                Charset::Cp932 => self.writer.write_field(cp932::bytes(&text))?,
            }
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// The columns that lost characters.
    pub(super) fn finish(mut self) -> io::Result<Vec<Unmapped>> {
        self.writer.flush()?;
        self.unmapped.retain(|column| column.count > 0);
        Ok(self.unmapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(charset: Charset, rows: &[Vec<String>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut digest = DigestWriter::new(&mut out);
        let headings = vec!["a".to_owned(), "b".to_owned()];
        let mut sink = CsvSink::start(&headings, charset, &mut digest).unwrap();
        for row in rows {
            sink.write(&row.iter().map(Cell::text).collect::<Vec<_>>()).unwrap();
        }
        sink.finish().unwrap();
        out
    }

    fn read_back(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn neutral(text: &str) -> String {
        Cell::text(text).neutral(text).into_owned()
    }

    /// Texts with what CSV and spreadsheets trip over.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            proptest::collection::vec(
                proptest::sample::select(vec![
                    "=", "+", "＝", "−", "\t", "\r", "\n", "\"", ",", " ", "'", "髙", "〜", "\\", "表", "😀", "1"
                ]),
                0..8,
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #[test]
        fn utf8_is_read_back_as_it_went_in(rows in proptest::collection::vec(proptest::collection::vec(text(), 2), 0..6)) {
            let expected: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(|text| neutral(text)).collect()).collect();
            prop_assert_eq!(&read_back(&written(Charset::Utf8, &rows)), &expected);
            let with_bom = written(Charset::Utf8WithBom, &rows);
            prop_assert_eq!(&read_back(with_bom.strip_prefix(BOM).unwrap()), &expected);
        }

        #[test]
        fn cp932_is_read_back_as_fitted_and_nothing_in_it_is_calculated(
            rows in proptest::collection::vec(proptest::collection::vec(text(), 2), 0..6)
        ) {
            let expected: Vec<Vec<String>> = rows
                .iter()
                .map(|row| row.iter().map(|text| neutral(&cp932::fitted(text, &mut Unmapped::of("a")))).collect())
                .collect();
            let bytes = written(Charset::Cp932, &rows);
            let (text, _, had_errors) = encoding_rs::SHIFT_JIS.decode(&bytes);
            prop_assert!(!had_errors);
            let read = read_back(text.as_bytes());
            prop_assert!(read.iter().flatten().all(|cell| !super::super::cell::is_calculated(cell)));
            prop_assert_eq!(read, expected);
        }
    }
}
