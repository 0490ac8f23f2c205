//! Collects the mistakes of one file, so that all are reported and none twice.

use super::document::Document;
use super::mistake::{Mistake, Severity};

/// The mistakes found in a document so far.
pub(super) struct Report<'d> {
    document: &'d Document,
    mistakes: Vec<Mistake>,
    spoiled: Vec<String>,
}

impl<'d> Report<'d> {
    /// An empty report on a document.
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, mistakes: Vec::new(), spoiled: Vec::new() }
    }

    /// The document reported on.
    pub(super) fn document(&self) -> &'d Document {
        self.document
    }

    /// Adds an error at a pointer.
    pub(super) fn error(&mut self, at: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Severity::Error, what.into(), fix.into());
    }

    /// Adds a warning at a pointer.
    pub(super) fn warning(&mut self, at: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Severity::Warning, what.into(), fix.into());
    }

    /// Adds an error at a value that is then left out of the content: what follows from its
    /// absence is not the owner's mistake and stays unsaid.
    pub(super) fn spoiled(&mut self, at: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.error(at, what, fix);
        self.spoiled.push(at.to_owned());
    }

    /// True when nothing found so far keeps Leadseal from starting.
    pub(super) fn is_usable(&self) -> bool {
        self.mistakes.iter().all(|mistake| mistake.severity == Severity::Warning)
    }

    /// The mistakes in the order of the file.
    pub(super) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        self.mistakes
    }

    fn add(&mut self, at: &str, severity: Severity, what: String, fix: String) {
        if self.spoiled.iter().any(|spoiled| is_within(at, spoiled) || is_within(spoiled, at)) {
            return;
        }
        let (line, column) = self.document.place(at);
        let mistake = Mistake { file: self.document.file().to_owned(), line, column, severity, what, fix };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }
}

/// True when `pointer` is `outer` or something inside it.
fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_spoiled_value_stays_unsaid() {
        let document = Document::parse("f", "a = 1\nb = 2").unwrap();
        let mut report = Report::new(&document);
        report.spoiled("/a/x", "wrong type", "fix it");
        report.error("/a/x", "missing", "add it");
        report.error("/a", "missing", "add it");
        report.error("/ab", "other", "other");
        report.warning("/b", "careful", "look");
        assert!(!report.is_usable());
        let said: Vec<String> = report.into_mistakes().into_iter().map(|m| m.what).collect();
        assert_eq!(said, ["wrong type", "other", "careful"]);
    }
}
