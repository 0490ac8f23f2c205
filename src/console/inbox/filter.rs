//! What the address of a list asks for, and the address of what is asked for.
//!
//! A part that can't be read is left out, and the page says so; it never widens what a viewer sees.

use crate::desk::store::{InboxFilter, OwnedBy, Place, Reminded, Seek};
use crate::domain::funnel::Source;
use crate::domain::lead::Stage;
use crate::domain::staff::Viewer;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A list by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::console) enum View {
    /// Nobody has acted yet (未対応).
    #[default]
    New,
    /// Those one works on (自分の担当).
    Mine,
    /// The deadline has passed (期限超過).
    Overdue,
    /// Those one wants to be reminded of (リマインダー).
    Reminders,
    /// All.
    All,
}

impl View {
    pub(in crate::console) const ALL: [Self; 5] = [Self::New, Self::Mine, Self::Overdue, Self::Reminders, Self::All];

    pub(in crate::console) const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Mine => "mine",
            Self::Overdue => "overdue",
            Self::Reminders => "reminders",
            Self::All => "all",
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::console) struct Asked {
    pub(in crate::console) view: View,
    pub(in crate::console) filter: InboxFilter,
    pub(in crate::console) seek: Option<Seek>,
    /// The parts that narrow a view, as they stand in the address.
    pub(in crate::console) parts: Vec<(String, String)>,
    /// Something could not be read.
    pub(in crate::console) is_unclear: bool,
}

/// The parts that an address may have besides view and page.
const PARTS: [&str; 8] = ["site", "form", "stage", "owner", "source", "tag", "since", "until"];

impl Asked {
    /// Reads an address. Dates are days where the office stands.
    pub(in crate::console) fn read(query: &str, viewer: &Viewer, now: Timestamp, time_zone: &TimeZone) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let understood = match name.as_ref() {
                "view" => {
                    asked.set(View::ALL.into_iter().find(|view| view.word() == value), |asked, view| asked.view = view)
                }
                "page" => asked.set(read_seek(value), |asked, seek| asked.seek = Some(seek)),
                part if PARTS.contains(&part) => asked.narrow(part, value, viewer, time_zone),
                // Marks that mailers and the language switch add are nobody's mistake.
                _ => true,
            };
            asked.is_unclear |= !understood;
        }
        asked.apply_view(viewer, now);
        asked
    }

    fn set<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) -> bool {
        value.map(|value| put(self, value)).is_some()
    }

    fn narrow(&mut self, part: &str, value: &str, viewer: &Viewer, time_zone: &TimeZone) -> bool {
        let midnight = |date: Date| date.to_zoned(time_zone.clone()).ok().map(|day| day.timestamp());
        let day = || value.parse::<Date>().ok();
        let understood = match part {
            "site" => self.set(value.parse().ok(), |asked, site| asked.filter.site = Some(site)),
            "form" => self.set(value.parse().ok(), |asked, form| asked.filter.form = Some(form)),
            "stage" => self.set(value.parse::<Stage>().ok(), |asked, stage| asked.filter.stage = Some(stage)),
            "owner" => self.set(read_owner(value, viewer), |asked, owner| asked.filter.owner = Some(owner)),
            "source" => self.set(Source::from_word(value), |asked, source| asked.filter.source = Some(source)),
            "tag" => self.set(value.parse().ok(), |asked, tag| asked.filter.tag = Some(tag)),
            "since" => self.set(day().and_then(midnight), |asked, at| asked.filter.since = Some(at)),
            // The last day belongs to what is asked for.
            _ => self.set(day().and_then(|day| day.tomorrow().ok()).and_then(midnight), |asked, at| {
                asked.filter.until = Some(at);
            }),
        };
        if understood {
            self.parts.push((part.to_owned(), value.to_owned()));
        }
        understood
    }

    fn apply_view(&mut self, viewer: &Viewer, now: Timestamp) {
        match self.view {
            View::New => self.filter.stage = Some(Stage::New),
            View::Mine => {
                self.filter.owner = Some(OwnedBy::Staff(viewer.id));
                self.filter.is_open = self.filter.stage.is_none();
            }
            View::Overdue => {
                self.filter.stage = Some(Stage::New);
                self.filter.overdue_at = Some(now);
            }
            View::Reminders => self.filter.reminded = Some(Reminded { staff: viewer.id, by: None }),
            View::All => {}
        }
    }

    /// What a part says, for the form that shows it.
    pub(in crate::console) fn part(&self, name: &str) -> &str {
        self.parts.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value)
    }

    /// View and parts, as they stand in the address.
    pub(in crate::console) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let parts = self.parts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        std::iter::once(("view", self.view.word())).chain(parts)
    }

    /// The address of another page of this list, from `?` on.
    pub(in crate::console) fn page(&self, seek: Option<Seek>) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        query.extend_pairs(self.pairs());
        if let Some(seek) = seek {
            query.append_pair("page", &write_seek(seek));
        }
        query.finish()
    }
}

fn read_owner(value: &str, viewer: &Viewer) -> Option<OwnedBy> {
    match value {
        "nobody" => Some(OwnedBy::Nobody),
        "me" => Some(OwnedBy::Staff(viewer.id)),
        id => id.parse().ok().map(OwnedBy::Staff),
    }
}

pub(in crate::console) fn write_seek(seek: Seek) -> String {
    match seek {
        Seek::First => "first".to_owned(),
        Seek::Last => "last".to_owned(),
        Seek::After(Place { at, id }) => format!("after.{at}.{id}"),
        Seek::Before(Place { at, id }) => format!("before.{at}.{id}"),
    }
}

pub(in crate::console) fn read_seek(text: &str) -> Option<Seek> {
    let mut parts = text.split('.');
    let direction = parts.next()?;
    let mut place = || Some(Place { at: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? });
    let seek = match direction {
        "first" => Seek::First,
        "last" => Seek::Last,
        "after" => Seek::After(place()?),
        "before" => Seek::Before(place()?),
        _ => return None,
    };
    parts.next().is_none().then_some(seek)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;
    use crate::domain::staff::{Role, Scope};

    fn viewer() -> Viewer {
        Viewer { id: "aaaaaaaa".parse().unwrap(), role: Role::Rep, scope: Scope::All, lang: Lang::Ja }
    }

    fn asked(query: &str) -> Asked {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        Asked::read(query, &viewer(), Timestamp::from_second(1_800_000_000).unwrap(), &tokyo)
    }

    #[test]
    fn the_first_list_is_of_those_nobody_has_acted_on() {
        let plain = asked("");
        assert_eq!((plain.view, plain.filter.stage, plain.is_unclear), (View::New, Some(Stage::New), false));
    }

    #[test]
    fn an_address_reads_back() {
        let query = "view=all&site=main&form=contact&stage=connected&owner=nobody&source=cpc&tag=vip&since=2026-04-01&until=2026-04-02";
        let read = asked(query);
        assert!(!read.is_unclear);
        assert_eq!(read.page(None), format!("?{query}"));
        assert_eq!(read.filter.owner, Some(OwnedBy::Nobody));
        assert_eq!(read.filter.since, Some("2026-04-01T00:00+09:00".parse().unwrap()));
        assert_eq!(read.filter.until, Some("2026-04-03T00:00+09:00".parse().unwrap()));
        for seek in
            [Seek::First, Seek::Last, Seek::After(Place { at: -1, id: 7 }), Seek::Before(Place { at: 5, id: 1 })]
        {
            assert_eq!(asked(&read.page(Some(seek))[1..]).seek, Some(seek));
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        for query in [
            "stage=x",
            "site=A%20B",
            "page=after.1",
            "page=last.1",
            "since=yesterday",
            "view=x",
            "owner=me2",
            "tag=a@b",
        ] {
            let read = asked(query);
            assert!(read.is_unclear && read.parts.is_empty(), "{query}");
        }
        assert!(!asked("utm_source=x&lang=ja&stage=").is_unclear);
    }

    #[test]
    fn mine_is_what_i_still_work_on() {
        let mine = asked("view=mine");
        assert_eq!((mine.filter.owner, mine.filter.is_open), (Some(OwnedBy::Staff(viewer().id)), true));
        assert!(!asked("view=mine&stage=qualified").filter.is_open);
        // Nobody makes another's list out of it.
        assert_eq!(asked("view=mine&owner=bbbbbbbb").filter.owner, Some(OwnedBy::Staff(viewer().id)));
    }
}
