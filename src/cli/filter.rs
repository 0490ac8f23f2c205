//! Which leads a command is about: the words of the console's lists as options.
//!
//! Refuses what nothing is called: a form, a site or a colleague that there is not.

use crate::desk::store::{InboxFilter, OwnedBy, Store};
use crate::domain::funnel::Source;
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::lead::{Stage, Tag};
use crate::domain::settings::Settings;
use crate::domain::staff::StaffAddress;
use anyhow::bail;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Which leads.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which leads (all, unless narrowed; conditions add up)")]
pub struct FilterArgs {
    /// Only leads of this site
    #[arg(long, value_name = "ID")]
    site: Option<SiteId>,
    /// Only leads of this form
    #[arg(long, value_name = "ID")]
    form: Option<FormId>,
    /// Only leads in this stage: new, attempting, connected, nurturing, qualified, unqualified
    #[arg(long, value_name = "STAGE")]
    stage: Option<Stage>,
    /// Only leads of this colleague: an address or id of `leadseal staff list`, or nobody
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// Only leads that came so: cpc, email, social, referral, organic, direct, other
    #[arg(long, value_name = "SOURCE", value_parser = parse_source)]
    source: Option<Source>,
    /// Only leads with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<Tag>,
    /// Only leads received from then on: 2026-11-22, or 2026-11-22T09:00:00+09:00
    #[arg(long, value_name = "DATE", value_parser = parse_since)]
    since: Option<Timestamp>,
    /// Only leads received until then: 2026-11-30 (the whole day), or a time (before it)
    #[arg(long, value_name = "DATE", value_parser = parse_until)]
    until: Option<Timestamp>,
}

impl FilterArgs {
    /// The filter, once everything in it is known to exist.
    pub fn filter(&self, settings: &Settings, store: &Store) -> anyhow::Result<InboxFilter> {
        if let Some(form) = self.form.as_ref().filter(|form| settings.form(form).is_none()) {
            let known: Vec<&str> = settings.forms.iter().map(|form| form.id.as_str()).collect();
            bail!("there is no form {form}; there are: {}", known.join(", "));
        }
        if let Some(site) = self.site.as_ref().filter(|site| settings.site(site).is_none()) {
            let known: Vec<&str> = settings.sites.iter().map(|site| site.id.as_str()).collect();
            bail!("there is no site {site}; there are: {}", known.join(", "));
        }
        Ok(InboxFilter {
            site: self.site.clone(),
            form: self.form.clone(),
            stage: self.stage,
            owner: self.owner.as_deref().map(|owner| owned_by(owner, store)).transpose()?,
            source: self.source,
            tag: self.tag.clone(),
            since: self.since,
            until: self.until,
            ..InboxFilter::default()
        })
    }
}

fn owned_by(owner: &str, store: &Store) -> anyhow::Result<OwnedBy> {
    if owner == "nobody" {
        return Ok(OwnedBy::Nobody);
    }
    let found = match (owner.parse::<StaffId>(), owner.parse::<StaffAddress>()) {
        (Ok(id), _) => store.staff_member(id)?,
        (_, Ok(address)) => store.staff_of(&address)?,
        _ => None,
    };
    match found {
        Some(member) => Ok(OwnedBy::Staff(member.id)),
        None => bail!("there is no colleague {owner}; see: leadseal staff list (or say: nobody)"),
    }
}

fn parse_source(word: &str) -> Result<Source, String> {
    let known = || Source::ALL.map(Source::word).join(", ");
    Source::from_word(word).ok_or_else(|| format!("a source is one of {}", known()))
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    text.parse().or_else(|_| day(text).and_then(midnight))
}

/// The last day belongs to what is asked for.
fn parse_until(text: &str) -> Result<Timestamp, String> {
    let after = |day: Date| day.tomorrow().map_err(|error| error.to_string());
    text.parse().or_else(|_| day(text).and_then(after).and_then(midnight))
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a date like 2026-11-22, or a time like 2026-11-22T09:00:00+09:00".to_owned())
}

fn midnight(day: Date) -> Result<Timestamp, String> {
    day.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_belongs_to_what_is_asked_for() {
        let day = |text: &str| text.parse::<Date>().unwrap().to_zoned(TimeZone::system()).unwrap().timestamp();
        assert_eq!(parse_since("2026-11-22").unwrap(), day("2026-11-22"));
        assert_eq!(parse_until("2026-11-30").unwrap(), day("2026-12-01"));
        let noon = "2026-11-22T12:00:00+09:00";
        assert_eq!((parse_since(noon), parse_until(noon)), (Ok(noon.parse().unwrap()), Ok(noon.parse().unwrap())));
        for no in ["yesterday", "2026-13-01", "", "9999-99-99"] {
            assert!(parse_since(no).is_err() && parse_until(no).is_err(), "{no}");
        }
    }
}
