//! Customer and mailing programs: values in clear, stages in the words of each.

use super::super::cell::Cell;
use super::super::shown::ShownLead;
use super::person::Person;
use super::{LeftOut, has_granted};
use crate::domain::lead::Stage;

pub(super) const HUBSPOT: [&str; 7] =
    ["Email", "First name", "Last name", "Company name", "Phone number", "Job title", "Lead status"];

pub(super) const SALESFORCE: [&str; 10] = [
    "First Name",
    "Last Name",
    "Company",
    "Email",
    "Phone",
    "Mobile Phone",
    "Postal Code",
    "Lead Source",
    "Lead Status",
    "Email Opt Out",
];

pub(super) const ZOHO: [&str; 8] = ["姓", "名", "会社", "メール", "電話番号", "携帯電話", "職位", "郵便番号"];

pub(super) const MAILCHIMP: [&str; 4] = ["Email Address", "First Name", "Last Name", "Tags"];

/// HubSpot knows a contact by its address, or by a name.
pub(super) fn hubspot(shown: &ShownLead<'_>, person: Person) -> Result<Vec<Cell>, LeftOut> {
    if person.email.is_empty() && person.family.is_empty() && person.given.is_empty() {
        return Err(LeftOut::NothingToMatch);
    }
    let status = match shown.lead.stage {
        Stage::New => "New",
        Stage::Attempting => "Attempted to Contact",
        Stage::Connected => "Connected",
        Stage::Nurturing => "Bad Timing",
        Stage::Qualified => "In Progress",
        Stage::Unqualified => "Unqualified",
    };
    let phone = Cell::dial(person.any_phone());
    Ok(vec![
        Cell::text(person.email),
        Cell::text(person.given),
        Cell::text(person.family),
        Cell::text(person.company),
        phone,
        Cell::text(person.job_title),
        Cell::text(status),
    ])
}

/// Salesforce and Zoho refuse a lead without last name or company.
fn with_last_name_and_company(person: Person) -> Result<Person, LeftOut> {
    if person.family.is_empty() {
        return Err(LeftOut::NoLastName);
    }
    if person.company.is_empty() { Err(LeftOut::NoCompany) } else { Ok(person) }
}

pub(super) fn salesforce(shown: &ShownLead<'_>, person: Person) -> Result<Vec<Cell>, LeftOut> {
    let person = with_last_name_and_company(person)?;
    // The words that every new organisation has; "Closed - Converted" is set by Salesforce itself.
    let status = match shown.lead.stage {
        Stage::New => "Open - Not Contacted",
        Stage::Attempting | Stage::Connected | Stage::Nurturing | Stage::Qualified => "Working - Contacted",
        Stage::Unqualified => "Closed - Not Converted",
    };
    let opt_out = if has_granted(shown.lead, "marketing") { "0" } else { "1" };
    Ok(vec![
        Cell::text(person.given),
        Cell::text(person.family),
        Cell::text(person.company),
        Cell::text(person.email),
        Cell::dial(person.phone),
        Cell::dial(person.mobile),
        Cell::text(person.postal_code),
        Cell::text("Web"),
        Cell::text(status),
        Cell::number(opt_out),
    ])
}

/// Under the labels that the Japanese edition has at first.
pub(super) fn zoho(person: Person) -> Result<Vec<Cell>, LeftOut> {
    let person = with_last_name_and_company(person)?;
    Ok(vec![
        Cell::text(person.family),
        Cell::text(person.given),
        Cell::text(person.company),
        Cell::text(person.email),
        Cell::dial(person.phone),
        Cell::dial(person.mobile),
        Cell::text(person.job_title),
        Cell::text(person.postal_code),
    ])
}

/// Mailchimp knows a contact by its address. The tag is the form.
pub(super) fn mailchimp(shown: &ShownLead<'_>, person: Person) -> Result<Vec<Cell>, LeftOut> {
    if person.email.is_empty() {
        return Err(LeftOut::NoEmail);
    }
    Ok(vec![
        Cell::text(person.email),
        Cell::text(person.given),
        Cell::text(person.family),
        Cell::text(shown.lead.form.to_string()),
    ])
}
