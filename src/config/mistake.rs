//! Mistakes in configuration: where they are, what is wrong, how to put it right.
//!
//! Owns the type and its two faces (a line for people, JSON for scripts). Finds nothing itself.

use serde::Serialize;
use std::fmt;

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Leadseal does not start.
    Error,
    /// Leadseal starts, but somebody should look.
    Warning,
}

/// One mistake in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, as the person who runs Leadseal would name it.
    pub file: String,
    /// The line, counted from 1. 0: the file as a whole.
    pub line: usize,
    /// The column in characters, counted from 1. 0: the file as a whole.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What puts it right.
    pub fix: String,
}

impl Mistake {
    /// An error about a file as a whole.
    pub fn of_file(file: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, severity: Severity::Error, what: what.into(), fix: fix.into() }
    }
}

impl Mistake {
    /// Whether Leadseal does not start with it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let mark = if self.severity == Severity::Warning { "warning: " } else { "" };
        write!(f, ": {mark}{} — fix: {}", self.what, self.fix)
    }
}

/// Why the configuration could not be used: every mistake found, warnings included, in the order
/// of files and lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigErrors {
    /// The mistakes. At least one is an error.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, mistake) in self.mistakes.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_reads_as_place_what_and_fix() {
        let mut mistake = Mistake::of_file("forms/contact.toml", "no field", "add one");
        assert_eq!(mistake.to_string(), "forms/contact.toml: no field — fix: add one");
        (mistake.line, mistake.column, mistake.severity) = (12, 3, Severity::Warning);
        assert_eq!(mistake.to_string(), "forms/contact.toml:12:3: warning: no field — fix: add one");
        let json = serde_json::to_value(&mistake).unwrap();
        assert_eq!(json["severity"], "warning");
        assert_eq!(json["line"], 12);
    }
}
