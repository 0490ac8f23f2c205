//! What somebody may ask of the inbox: views, filters one by one, in pairs and in threes, and pages.

use super::crowd::{Dice, FORMS, SITES, TAGS};
use std::fmt::Write as _;

/// Threes are too many to try them all.
const THREES: usize = 400;
const VIEWS: [&str; 4] = ["new", "mine", "overdue", "all"];

/// A group of addresses that are measured together.
pub struct Look {
    pub name: &'static str,
    pub paths: Vec<String>,
}

/// Everything that is asked of the inbox. `owners` are the ids of members of staff; `days` are dates from
/// the first lead to the last.
pub fn of_the_inbox(owners: &[String], days: &[String]) -> Vec<Look> {
    let inbox = |query: &str| format!("/console/inbox?{query}");
    let filters = filters(owners, days);
    let singles: Vec<&String> = filters.iter().flatten().collect();
    let of_all = |filters: &[&String]| {
        filters.iter().fold(inbox("view=all"), |mut path, filter| {
            let _ = write!(path, "&{filter}");
            path
        })
    };
    let mut pairs = Vec::new();
    for (at, one) in filters.iter().enumerate() {
        for other in &filters[at + 1..] {
            pairs.extend(one.iter().flat_map(|one| other.iter().map(move |other| [one, other])));
        }
    }
    let mut dice = Dice::of(3);
    let mut threes = Vec::new();
    while threes.len() < THREES {
        let mut chosen: [usize; 3] = std::array::from_fn(|_| dice.below(filters.len() as u64) as usize);
        chosen.sort_unstable();
        if chosen[0] == chosen[1] || chosen[1] == chosen[2] {
            continue;
        }
        let pick = |facet: usize, dice: &mut Dice| &filters[facet][dice.below(filters[facet].len() as u64) as usize];
        let filters = chosen.map(|facet| pick(facet, &mut dice));
        let page = if dice.below(4) == 0 { "&page=last" } else { "" };
        let path = of_all(&filters).replace("all", VIEWS[dice.below(4) as usize]);
        threes.push(format!("{path}{page}"));
    }
    let last = |paths: &[String]| paths.iter().map(|path| format!("{path}&page=last")).collect::<Vec<_>>();
    let views: Vec<String> = VIEWS.iter().map(|view| inbox(&format!("view={view}"))).collect();
    let single: Vec<String> = singles.iter().map(|filter| of_all(&[*filter])).collect();
    let viewed: Vec<String> = VIEWS[..3]
        .iter()
        .flat_map(|view| singles.iter().map(move |filter| inbox(&format!("view={view}&{filter}"))))
        .collect();
    let pairs: Vec<String> = pairs.iter().map(|pair| of_all(pair)).collect();
    let far = last(&pairs).into_iter().step_by(5).collect();
    vec![
        Look { name: "views", paths: views.clone() },
        Look { name: "views, last page", paths: last(&views) },
        Look { name: "one filter", paths: single.clone() },
        Look { name: "one filter, last page", paths: last(&single) },
        Look { name: "one filter, middle page, forth and back", paths: middle(&single, days) },
        Look { name: "one filter in the other views", paths: viewed },
        Look { name: "two filters, all pairs", paths: pairs },
        Look { name: "two filters, last page, every fifth pair", paths: far },
        Look { name: "three filters, any view, first or last page", paths: threes },
    ]
}

/// Filters by facet, each as a part of an address.
fn filters(owners: &[String], days: &[String]) -> Vec<Vec<String>> {
    let part = |name: &str, values: &[&str]| values.iter().map(|value| format!("{name}={value}")).collect::<Vec<_>>();
    let forms = FORMS.map(|(form, _)| form);
    let mut owned: Vec<String> = owners.iter().map(|owner| format!("owner={owner}")).collect();
    owned.push("owner=nobody".to_owned());
    let day = |at: usize| &days[at.min(days.len() - 1)];
    vec![
        part("site", &SITES),
        part("form", &forms),
        part("stage", &["new", "attempting", "connected", "nurturing", "qualified", "unqualified"]),
        owned,
        part("source", &["cpc", "email", "social", "referral", "organic", "direct", "other"]),
        (0..TAGS).map(|tag| format!("tag=tag{tag}")).collect(),
        vec![
            format!("since={}", day(days.len() - 7)),
            format!("until={}", day(30)),
            format!("since={}&until={}", day(days.len() / 2), day(days.len() / 2 + 30)),
            format!("since={0}&until={0}", day(days.len() / 3)),
        ],
    ]
}

/// From the middle of each list forth, and back.
fn middle(paths: &[String], days: &[String]) -> Vec<String> {
    let noon: jiff::Timestamp = format!("{}T12:00:00Z", days[days.len() / 2]).parse().expect("a day");
    let at = noon.as_millisecond();
    paths.iter().flat_map(|path| ["after", "before"].map(|way| format!("{path}&page={way}.{at}.1"))).collect()
}
