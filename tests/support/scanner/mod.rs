//! Finds canaries in bytes, files and directories, however they are written down.
//!
//! A canary is a text that no program could come upon by itself. It is looked for in every form
//! that normalisation may give it (width, kana, case, phone formats), in the charsets that
//! browsers, mail and Japanese systems use, as hex, base64, number lists and unkeyed SHA-256, in
//! the bytes as they lie and with percent, entity, backslash, quoted-printable and encoded-word
//! writing undone, twice over. Refuses to look into compressed data: switch compression off, or
//! unpack first.

mod encodings;
mod views;

use aho_corasick::{AhoCorasick, MatchKind};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes read at a time from a large file, and how much of them is looked at twice, so that
/// nothing hides across a border.
const CHUNK: usize = 16 << 20;
const OVERLAP: usize = 64 << 10;

/// A text to look for, under the name that findings report.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What findings call it.
    pub name: String,
    /// The text.
    pub value: String,
}

impl Canary {
    /// A canary.
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

/// A canary that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, or the label given with the bytes.
    pub file: PathBuf,
    /// Where in it, in bytes from its start.
    pub offset: u64,
    /// The canary's name.
    pub canary: String,
    /// How it was written, e.g. `percent, shift_jis`.
    pub encoding: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.file.display(), self.offset, self.canary, self.encoding)
    }
}

/// One byte pattern and what it stands for.
struct Meaning {
    canary: usize,
    encoding: String,
}

/// An automaton over many patterns.
struct Automaton {
    search: AhoCorasick,
    meanings: Vec<Meaning>,
}

impl Automaton {
    fn new(patterns: Vec<(Vec<u8>, Meaning)>, any_case: bool) -> Self {
        let (bytes, meanings): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(any_case)
            .match_kind(MatchKind::LeftmostLongest)
            .build(bytes)
            .expect("an automaton over some thousand short patterns fits");
        Self { search, meanings }
    }
}

/// Looks for a set of canaries.
pub struct Scanner {
    names: Vec<String>,
    /// Patterns whose ASCII letters may be of either case.
    text: Automaton,
    /// Patterns in which case carries meaning: base64 and digests.
    exact: Automaton,
}

impl Scanner {
    /// A scanner for these canaries.
    ///
    /// # Panics
    /// When a canary is so short that random bytes would often hold it.
    pub fn new(canaries: &[Canary]) -> Self {
        let (mut text, mut exact) = (Vec::new(), Vec::new());
        for (canary, Canary { name, value }) in canaries.iter().enumerate() {
            assert!(
                value.len() >= encodings::SHORTEST_CANARY,
                "the canary `{name}` is too short to be told from noise"
            );
            let patterns = encodings::patterns(value);
            for pattern in patterns {
                let meaning = Meaning { canary, encoding: pattern.encoding };
                if pattern.any_case { &mut text } else { &mut exact }.push((pattern.bytes, meaning));
            }
        }
        let names = canaries.iter().map(|canary| canary.name.clone()).collect();
        Self { names, text: Automaton::new(text, true), exact: Automaton::new(exact, false) }
    }

    /// What is found in `bytes`; findings name `label` as their file.
    pub fn scan_bytes(&self, label: &Path, bytes: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan_at(label, bytes, 0, &mut findings);
        findings
    }

    /// What is found in a file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn scan_file(&self, path: &Path) -> std::io::Result<Vec<Finding>> {
        let mut file = std::fs::File::open(path)?;
        let mut findings: Vec<Finding> = Vec::new();
        let (mut window, mut start) = (Vec::new(), 0u64);
        loop {
            let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
            self.scan_at(path, &window, start, &mut findings);
            if read < CHUNK {
                break;
            }
            let keep = window.len() - OVERLAP;
            start += keep as u64;
            window.drain(..keep);
        }
        let mut seen = std::collections::HashSet::new();
        findings.retain(|found| seen.insert((found.offset, found.canary.clone(), found.encoding.clone())));
        Ok(findings)
    }

    /// What is found in files, and in directories with everything below them.
    ///
    /// # Errors
    /// When something can't be read. A file that vanishes meanwhile (a database's WAL) is left out.
    pub fn scan_paths<P: AsRef<Path>>(&self, paths: &[P]) -> std::io::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for path in paths {
            for file in files_below(path.as_ref())? {
                // A name is a place to leak into as well.
                findings.extend(self.scan_bytes(&file, file.to_string_lossy().as_bytes()));
                match self.scan_file(&file) {
                    Ok(found) => findings.extend(found),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(findings)
    }

    fn scan_at(&self, file: &Path, bytes: &[u8], start: u64, findings: &mut Vec<Finding>) {
        let raw = views::View::raw(bytes);
        self.search(file, &raw, start, findings);
        for once in raw.decoded() {
            self.search(file, &once, start, findings);
            for twice in once.decoded() {
                self.search(file, &twice, start, findings);
            }
        }
    }

    fn search(&self, file: &Path, view: &views::View<'_>, start: u64, findings: &mut Vec<Finding>) {
        for automaton in [&self.text, &self.exact] {
            for found in automaton.search.find_iter(view.bytes()) {
                let meaning = &automaton.meanings[found.pattern().as_usize()];
                let offset = start + view.origin(found.start()) as u64;
                // The same place seen through another view is the same finding.
                let known =
                    |f: &Finding| f.offset == offset && f.canary == self.names[meaning.canary] && f.file == file;
                if !findings.iter().rev().take(1000).any(known) {
                    findings.push(Finding {
                        file: file.to_owned(),
                        offset,
                        canary: self.names[meaning.canary].clone(),
                        encoding: format!("{}{}", view.name(), meaning.encoding),
                    });
                }
            }
        }
    }
}

/// Every file at or below `path`, in a steady order.
fn files_below(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        files.extend(files_below(&entry)?);
    }
    Ok(files)
}
