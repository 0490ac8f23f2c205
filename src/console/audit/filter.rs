//! What the address of the audit asks for, and the address of what is asked for.
//!
//! A part that can't be read is left out, and the page says so.

use crate::console::inbox::{read_seek, write_seek};
use crate::desk::audit::{Action, Group};
use crate::desk::store::{AuditFilter, Seek};
use crate::domain::normal::text;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The parts that an address may have besides the page.
const PARTS: [&str; 5] = ["what", "who", "on", "since", "until"];
/// The longest word of an actor or a thing.
const LONGEST: usize = 80;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) filter: AuditFilter,
    pub(super) seek: Option<Seek>,
    /// The parts that narrow the list, as they stand in the address.
    pub(super) parts: Vec<(String, String)>,
    /// Something could not be read.
    pub(super) is_unclear: bool,
}

impl Asked {
    /// Reads an address. Dates are days where the office stands.
    pub(super) fn read(query: &str, zone: &TimeZone) -> Self {
        Self::of(url::form_urlencoded::parse(query.as_bytes()), zone)
    }

    /// Reads the parts that a form sends.
    pub(super) fn sent<'a>(get: impl Fn(&str) -> &'a str, zone: &TimeZone) -> Self {
        Self::of(PARTS.into_iter().map(|part| (part, get(part))), zone)
    }

    fn of(parts: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>, zone: &TimeZone) -> Self {
        let mut asked = Self::default();
        for (name, value) in parts {
            let (name, value) = (name.as_ref(), value.as_ref().trim());
            if value.is_empty() {
                continue;
            }
            let understood = match name {
                "page" => {
                    asked.seek = read_seek(value);
                    asked.seek.is_some()
                }
                part if PARTS.contains(&part) => asked.narrow(part, value, zone).is_some(),
                // Marks that the language switch adds are nobody's mistake.
                _ => true,
            };
            asked.is_unclear |= !understood;
        }
        asked
    }

    /// Nothing when the part can't be read.
    fn narrow(&mut self, part: &str, value: &str, zone: &TimeZone) -> Option<()> {
        let filter = &mut self.filter;
        match part {
            "what" => filter.actions = actions(value)?,
            "who" => filter.actor = Some(word(value)?),
            "on" => filter.subject = Some(word(&text::compatible(value))?),
            "since" => filter.since = Some(midnight(value.parse().ok()?, zone)?),
            // The last day belongs to what is asked for.
            _ => filter.until = Some(midnight(value.parse::<Date>().ok()?.tomorrow().ok()?, zone)?),
        }
        self.parts.push((part.to_owned(), value.to_owned()));
        Some(())
    }

    /// What a part says, for the form that shows it.
    pub(super) fn part(&self, name: &str) -> &str {
        self.parts.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value)
    }

    /// The address of another page of this list, from `?` on.
    pub(super) fn page(&self, seek: Seek) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        query.extend_pairs(&self.parts).append_pair("page", &write_seek(seek));
        query.finish()
    }
}

/// The actions of a kind, or one action.
fn actions(word: &str) -> Option<Vec<Action>> {
    Group::from_word(word).map(Group::actions).or_else(|| Some(vec![Action::from_word(word)?]))
}

/// A word as the audit has them. An address of a person is none: it is not taken into an address.
fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " :._-".contains(c);
    (text.len() <= LONGEST && text.chars().all(plain)).then(|| text.to_owned())
}

fn midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    date.to_zoned(zone.clone()).ok().map(|day| day.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(query, &TimeZone::fixed(jiff::tz::offset(9)))
    }

    #[test]
    fn an_address_reads_back() {
        let query = "what=lead-revealed&who=staff%3Aaaaaaaaa&on=ls_x&since=2026-04-01&until=2026-04-02";
        let read = asked(query);
        assert!(!read.is_unclear);
        assert_eq!(read.filter.actions, [Action::LeadRevealed]);
        assert_eq!(read.filter.actor.as_deref(), Some("staff:aaaaaaaa"));
        assert_eq!(read.filter.since, Some("2026-04-01T00:00+09:00".parse().unwrap()));
        assert_eq!(read.filter.until, Some("2026-04-03T00:00+09:00".parse().unwrap()));
        assert_eq!(read.page(Seek::Last), format!("?{query}&page=last"));
        assert_eq!(asked("what=looks").filter.actions, Group::Looks.actions());
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        for query in ["what=x", "who=%3Cb%3E", "on=taro@example.jp", "since=yesterday", "until=x", "page=after.1"] {
            let read = asked(query);
            assert!(read.is_unclear && read.parts.is_empty(), "{query}");
        }
        assert!(!asked("lang=ja&what=").is_unclear);
    }
}
