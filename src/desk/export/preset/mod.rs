//! Presets: leads as another program imports them, with its headings and its words.
//!
//! Owns which columns each program takes and which leads it may get. Refuses masks in place of
//! values, leads that a later one corrects, and leads without the consent that its purpose needs:
//! they are left out and counted.

mod audience;
mod crm;
mod kintone;
mod person;

use super::cell::Cell;
use super::shown::ShownLead;
use super::{ExportError, ExportRequest, Format};
use crate::desk::store::LeadView;
use crate::domain::token::Token;
use person::Person;
use std::collections::{BTreeMap, HashSet};

/// A program that imports leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// HubSpot contacts.
    Hubspot,
    /// Salesforce leads.
    Salesforce,
    /// Zoho CRM, leads in Japanese.
    Zoho,
    /// A kintone app with a field for each field of the form.
    Kintone,
    /// A Mailchimp audience.
    Mailchimp,
    /// Google Customer Match: hashed.
    GoogleCustomerMatch,
    /// A Meta custom audience: hashed.
    Meta,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 7] = [
        Self::Hubspot,
        Self::Salesforce,
        Self::Zoho,
        Self::Kintone,
        Self::Mailchimp,
        Self::GoogleCustomerMatch,
        Self::Meta,
    ];

    /// Its word in the audit and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hubspot => "hubspot",
            Self::Salesforce => "salesforce",
            Self::Zoho => "zoho",
            Self::Kintone => "kintone",
            Self::Mailchimp => "mailchimp",
            Self::GoogleCustomerMatch => "google-customer-match",
            Self::Meta => "meta",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word)
    }

    /// The consent purpose without which a lead is left out.
    pub const fn purpose(self) -> Option<&'static str> {
        match self {
            Self::Hubspot | Self::Salesforce | Self::Zoho | Self::Kintone => None,
            Self::Mailchimp => Some("marketing"),
            Self::GoogleCustomerMatch | Self::Meta => Some("advertising"),
        }
    }

    /// Whether the program can read such a file.
    pub const fn takes(self, format: Format) -> bool {
        match (self, format) {
            (_, Format::Jsonl) => false,
            // Their importers take a byte order mark for a part of the first heading.
            (Self::GoogleCustomerMatch | Self::Meta, format) => matches!(format, Format::Csv),
            (Self::Mailchimp, format) => matches!(format, Format::Csv | Format::CsvExcel),
            (Self::Salesforce, format) => !matches!(format, Format::Xlsx),
            _ => true,
        }
    }
}

/// Why a lead is not in a preset's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Its person did not agree to the purpose.
    NoConsent,
    /// The same person sent it again, corrected.
    Corrected,
    /// It has no last name, which the program demands.
    NoLastName,
    /// It has no company, which the program demands.
    NoCompany,
    /// It has no e-mail address, which the program demands.
    NoEmail,
    /// It has nothing by which the program could know a person.
    NothingToMatch,
}

impl LeftOut {
    /// Its word in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoConsent => "no-consent",
            Self::Corrected => "corrected",
            Self::NoLastName => "no-last-name",
            Self::NoCompany => "no-company",
            Self::NoEmail => "no-email",
            Self::NothingToMatch => "nothing-to-match",
        }
    }
}

/// How many leads were left out, and why.
pub type LeftOutCounts = BTreeMap<LeftOut, u64>;

/// A preset, ready for one export.
pub(super) struct Plan<'a> {
    preset: Preset,
    headings: Vec<String>,
    app: Option<kintone::App<'a>>,
    /// Leads that a later one corrects.
    corrected: HashSet<Token>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(preset: Preset, request: &ExportRequest<'a>) -> Result<Self, ExportError> {
        let app = match preset {
            Preset::Kintone => Some(kintone::App::of_request(request)?),
            _ => None,
        };
        let headings = match (preset, &app) {
            (_, Some(app)) => app.headings(),
            (Preset::Salesforce, _) => owned(&crm::SALESFORCE),
            (Preset::Zoho, _) => owned(&crm::ZOHO),
            (Preset::Mailchimp, _) => owned(&crm::MAILCHIMP),
            (Preset::GoogleCustomerMatch, _) => owned(&audience::GOOGLE),
            (Preset::Meta, _) => owned(&audience::META),
            (Preset::Hubspot | Preset::Kintone, _) => owned(&crm::HUBSPOT),
        };
        let corrected = request.store.corrected_leads()?.into_iter().collect();
        Ok(Self { preset, headings, app, corrected })
    }

    pub(super) fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Why a lead may not be in the file, whatever its values are: they need not be opened.
    pub(super) fn refusal(&self, lead: &LeadView) -> Option<LeftOut> {
        if self.corrected.contains(&lead.token) {
            return Some(LeftOut::Corrected);
        }
        let lacks_consent = self.preset.purpose().is_some_and(|purpose| !has_granted(lead, purpose));
        lacks_consent.then_some(LeftOut::NoConsent)
    }

    /// The row of a lead that is not refused, or why it has none.
    pub(super) fn row(&self, shown: &ShownLead<'_>) -> Result<Vec<Cell>, LeftOut> {
        if let Some(app) = &self.app {
            return Ok(app.row(shown));
        }
        let person = Person::of(shown);
        match self.preset {
            Preset::Salesforce => crm::salesforce(shown, person),
            Preset::Zoho => crm::zoho(person),
            Preset::Mailchimp => crm::mailchimp(shown, person),
            Preset::GoogleCustomerMatch => audience::google(&person),
            Preset::Meta => audience::meta(&person),
            Preset::Hubspot | Preset::Kintone => crm::hubspot(shown, person),
        }
    }
}

fn owned(headings: &[&str]) -> Vec<String> {
    headings.iter().map(|heading| (*heading).to_owned()).collect()
}

/// Whether a lead's person agreed to a purpose. One box left empty outweighs another that was
/// ticked for the same.
fn has_granted(lead: &LeadView, purpose: &str) -> bool {
    let mut asked = lead.consents.iter().filter(|consent| consent.purpose == purpose).peekable();
    asked.peek().is_some() && asked.all(|consent| consent.granted)
}

#[cfg(test)]
mod tests;
