//! What a visitor typed, kept so that a page can show it again. Never stored, never logged.

use crate::domain::pii::Pii;
use std::collections::HashMap;

/// The values of a post exactly as typed, by input name. Holds the form's fields and attribution
/// only: no form token, no honeypot, no names the form does not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt(HashMap<String, Vec<Pii<String>>>);

impl Attempt {
    pub(super) fn new(by_name: HashMap<String, Vec<Pii<String>>>) -> Self {
        Self(by_name)
    }

    /// All values of an input.
    pub fn all(&self, name: &str) -> &[Pii<String>] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first value of an input.
    pub fn first(&self, name: &str) -> Option<&Pii<String>> {
        self.all(name).first()
    }

    /// True when the input was sent with this value: whether an option is still chosen.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).iter().any(|typed| typed.expose() == value)
    }
}
