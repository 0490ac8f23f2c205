//! XLSX (ISO/IEC 29500), written as a stream: no temporary file, no part kept in memory.
//!
//! Texts are texts: nothing in a file is a formula, and cells whose text looks like one carry the
//! mark that Excel keeps in place of an apostrophe. Refuses to say who made a file, and when.

use super::cell::{self, Cell};
use super::digest::DigestWriter;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::rc::Rc;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// What Excel takes: rows of a sheet, and UTF-16 units of a cell.
const ROWS: u32 = 1_048_576;
const UNITS: usize = 32_767;
/// Bytes of a sheet before the next begins: a ZIP entry of 4 GiB needs extensions that not
/// everybody reads.
const SHEET_BYTES: u64 = 3 << 30;

/// Styles by their place in [`STYLES`].
const TEXT: u8 = 1;
const QUOTED: u8 = 2;
const HEADING: u8 = 3;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// General; text; text with the apostrophe's mark; bold text. Number format 49 is `@`: a cell that
/// is edited stays a text.
const STYLES: &str = concat!(
    r#"<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>"#,
    r#"<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>"#,
    r#"<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"#,
    r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>"#,
    r#"<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
    r#"<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>"#,
    r#"<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#,
);

/// A column in which texts were too long for a cell.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cut {
    /// The column's heading.
    pub column: String,
    /// How many texts end early.
    pub count: u64,
}

/// The way out, until the first failure.
struct Gate<'a, 'out> {
    out: &'a mut DigestWriter<'out>,
    is_shut: Rc<std::cell::Cell<bool>>,
}

impl io::Write for Gate<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_shut.get() {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        let is_failure = written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        self.is_shut.set(is_failure);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_shut.get() { Ok(()) } else { self.out.flush() }
    }
}

/// Shuts the gate when it is dropped.
#[derive(Default)]
struct Latch(Rc<std::cell::Cell<bool>>);

impl Drop for Latch {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

pub(super) struct XlsxSink<'a, 'out> {
    /// Dropped before the writer, which would end a broken file as if it were whole.
    latch: Latch,
    zip: ZipWriter<StreamWriter<Gate<'a, 'out>>>,
    headings: Vec<Cell>,
    /// The letters of each column, and how many of its texts were cut.
    columns: Vec<(String, u64)>,
    sheets: u32,
    /// Of the sheet that is being written.
    rows: u32,
    bytes: u64,
    row: String,
}

impl<'a, 'out> XlsxSink<'a, 'out> {
    /// Begins the first sheet with the headings.
    pub(super) fn start(headings: &[String], out: &'a mut DigestWriter<'out>) -> io::Result<Self> {
        let latch = Latch::default();
        let gate = Gate { out, is_shut: Rc::clone(&latch.0) };
        let mut sink = Self {
            latch,
            zip: ZipWriter::new_stream(gate),
            headings: headings.iter().map(Cell::text).collect(),
            columns: (0..headings.len()).map(|column| (letters(column), 0)).collect(),
            sheets: 0,
            rows: 0,
            bytes: 0,
            row: String::new(),
        };
        let target = r#"Target="xl/workbook.xml""#;
        let root = format!(r#"<Relationship Id="rId1" Type="{OFFICE}/officeDocument" {target}/>"#);
        sink.part("_rels/.rels", &format!(r#"<Relationships xmlns="{RELATIONS}">{root}</Relationships>"#))?;
        sink.part("xl/styles.xml", &format!(r#"<styleSheet xmlns="{SPREADSHEET}">{STYLES}</styleSheet>"#))?;
        sink.begin_sheet()?;
        Ok(sink)
    }

    /// Writes a row: as many cells as there are headings.
    pub(super) fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        if self.rows == ROWS || self.bytes >= SHEET_BYTES {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.write_row(cells, None)
    }

    /// Ends the file; gives the columns in which texts were cut.
    pub(super) fn finish(mut self) -> io::Result<Vec<Cut>> {
        self.end_sheet()?;
        self.write_index()?;
        self.zip.finish()?;
        drop(self.latch);
        let cut = self.headings.iter().zip(&self.columns).filter(|(_, (_, count))| *count > 0);
        Ok(cut.map(|(heading, (_, count))| Cut { column: heading.as_str().to_owned(), count: *count }).collect())
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        (self.rows, self.bytes) = (0, 0);
        self.zip.start_file(format!("xl/worksheets/sheet{}.xml", self.sheets), options())?;
        let columns = self.columns.len().max(1);
        write!(
            self.zip,
            r#"{XML}<worksheet xmlns="{SPREADSHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="{columns}" width="20" customWidth="1"/></cols><sheetData>"#
        )?;
        let headings = std::mem::take(&mut self.headings);
        let result = self.write_row(&headings, Some(HEADING));
        self.headings = headings;
        result
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.zip.write_all(b"</sheetData></worksheet>")
    }

    fn write_row(&mut self, cells: &[Cell], style: Option<u8>) -> io::Result<()> {
        self.rows += 1;
        self.row.clear();
        let number = self.rows;
        // Writing into a text can't fail.
        let _ = write!(self.row, r#"<row r="{number}">"#);
        for (cell, (letters, cut)) in cells.iter().zip(&mut self.columns) {
            if cell.as_str().is_empty() {
                continue;
            }
            if let Some(value) = cell.exact_number() {
                let _ = write!(self.row, r#"<c r="{letters}{number}"><v>{value}</v></c>"#);
                continue;
            }
            let plain = if cell::is_calculated(cell.as_str()) { QUOTED } else { TEXT };
            let style = style.unwrap_or(plain);
            let _ =
                write!(self.row, r#"<c r="{letters}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">"#);
            let fitting = fitting(cell.as_str());
            *cut += u64::from(fitting.len() < cell.as_str().len());
            escape(fitting, &mut self.row);
            self.row.push_str("</t></is></c>");
        }
        self.row.push_str("</row>");
        self.bytes += self.row.len() as u64;
        self.zip.write_all(self.row.as_bytes())
    }

    /// What names the sheets, once their number is known.
    fn write_index(&mut self) -> io::Result<()> {
        let (mut sheets, mut relations, mut types) = (String::new(), String::new(), String::new());
        for n in 1..=self.sheets {
            let name = if n == 1 { "Leads".to_owned() } else { format!("Leads {n}") };
            let _ = write!(sheets, r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>"#);
            let _ = write!(
                relations,
                r#"<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>"#
            );
            let _ = write!(
                types,
                r#"<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{CONTENT}.worksheet+xml"/>"#
            );
        }
        let styles = self.sheets + 1;
        let _ = write!(relations, r#"<Relationship Id="rId{styles}" Type="{OFFICE}/styles" Target="styles.xml"/>"#);
        self.part(
            "xl/workbook.xml",
            &format!(r#"<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>"#),
        )?;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!(r#"<Relationships xmlns="{RELATIONS}">{relations}</Relationships>"#),
        )?;
        let package = "application/vnd.openxmlformats-package";
        self.part(
            "[Content_Types].xml",
            &format!(
                r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="{package}.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{CONTENT}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{CONTENT}.styles+xml"/>{types}</Types>"#
            ),
        )
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.zip.start_file(name, options())?;
        write!(self.zip, "{XML}{content}")
    }
}

/// Entries bear the earliest time that a ZIP file knows.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
}

/// `A`, `B` … `Z`, `AA` …
fn letters(column: usize) -> String {
    let last = char::from(b'A' + (column % 26) as u8);
    match column / 26 {
        0 => last.to_string(),
        rest => letters(rest - 1) + &last.to_string(),
    }
}

/// The beginning of a text that fits into a cell.
fn fitting(text: &str) -> &str {
    // A text has no more units than bytes.
    if text.len() <= UNITS {
        return text;
    }
    let mut units = 0;
    let fits = |(_, c): &(usize, char)| {
        units += c.len_utf16();
        units <= UNITS
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// What XML does not take stands as `_xHHHH_`, and so does an underscore that would be read as the
/// beginning of one (ISO/IEC 29500, ST_Xstring). A plain CR would be read as LF.
fn escape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '\t' | '\n' => into.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(into, "_x{:04X}_", u32::from(c));
            }
            '_' if is_escape(rest) => into.push_str("_x005F_"),
            c => into.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
}

fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(io::Cursor::new(file)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn written(headings: &[&str], rows: &[Vec<Cell>]) -> (Vec<u8>, Vec<Cut>) {
        let mut out = Vec::new();
        let mut digest = DigestWriter::new(&mut out);
        let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
        let mut sink = XlsxSink::start(&headings, &mut digest).unwrap();
        for row in rows {
            sink.write(row).unwrap();
        }
        let cut = sink.finish().unwrap();
        (out, cut)
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        assert_eq!([0, 25, 26, 27, 701, 702].map(letters), ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }

    #[test]
    fn texts_are_texts_and_numbers_numbers() {
        let row = vec![Cell::text("=1+1"), Cell::number("-5"), Cell::text("<&>\r\u{1}_x0041_ _x"), Cell::text("")];
        let (file, cut) = written(&["a", "b", "c", "d"], &[row]);
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains(r#"<c r="A2" s="2" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>"#));
        assert!(sheet.contains(r#"<c r="B2"><v>-5</v></c>"#));
        assert!(sheet.contains("&lt;&amp;&gt;_x000D__x0001__x005F_x0041_ _x</t>"));
        assert!(!sheet.contains("D2") && !sheet.contains("<f>"));
        assert_eq!(cut, []);
    }

    #[test]
    fn a_text_that_no_cell_takes_is_cut_between_characters_and_counted() {
        let long = format!("a{}", "😀".repeat(17_000));
        let (file, cut) = written(&["message"], &[vec![Cell::text(&long)], vec![Cell::text("x".repeat(UNITS))]]);
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        assert_eq!(sheet.matches('😀').count(), (UNITS - 1) / 2);
        assert_eq!(cut, [Cut { column: "message".to_owned(), count: 1 }]);
    }

    #[test]
    fn a_full_sheet_is_followed_by_another_with_its_own_heading() {
        let mut out = Vec::new();
        let mut digest = DigestWriter::new(&mut out);
        let mut sink = XlsxSink::start(&["n".to_owned()], &mut digest).unwrap();
        sink.rows = ROWS - 1;
        sink.write(&[Cell::number("1")]).unwrap();
        sink.write(&[Cell::number("2")]).unwrap();
        sink.finish().unwrap();
        let second = part(&out, "xl/worksheets/sheet2.xml");
        assert!(second.contains(">n</t>") && second.contains(r#"<c r="A2"><v>2</v></c>"#), "{second}");
        assert!(part(&out, "xl/workbook.xml").contains(r#"name="Leads 2""#));
        assert!(part(&out, "[Content_Types].xml").contains("sheet2.xml"));
    }

    #[test]
    fn a_file_that_breaks_off_is_not_ended_as_if_it_were_whole() {
        let mut out = Vec::new();
        let mut digest = DigestWriter::new(&mut out);
        let mut sink = XlsxSink::start(&["n".to_owned()], &mut digest).unwrap();
        sink.write(&[Cell::text("x")]).unwrap();
        drop(sink);
        assert!(zip::ZipArchive::new(io::Cursor::new(out)).is_err());
    }

    #[test]
    fn a_file_says_neither_who_made_it_nor_when() {
        let (file, _) = written(&["a"], &[]);
        let mut archive = zip::ZipArchive::new(io::Cursor::new(&file)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert!(names.iter().all(|name| !name.contains("docProps")), "{names:?}");
        for n in 0..archive.len() {
            assert_eq!(archive.by_index(n).unwrap().last_modified(), Some(zip::DateTime::default()));
        }
        assert_eq!(written(&["a"], &[]).0, file, "the same leads make the same file");
    }
}
