//! What `export` says on standard error when it is done: counts and characters, never a value.

use crate::cli::out::count;
use crate::desk::export::{ExportReport, LeftOut, Preset, Unmapped};
use std::fmt::Write;
use std::path::Path;

/// Characters that are named for each column.
const NAMED: usize = 12;

/// All of it, a line each. An export to standard output says only what needs somebody's attention.
pub(super) fn of(report: &ExportReport, preset: Option<Preset>, output: Option<&Path>) -> String {
    let mut lines = Vec::new();
    if let Some(path) = output {
        let leads = count(report.leads, "lead");
        lines.push(format!("{}: {leads}, sha256 {}", path.display(), report.sha256));
    }
    for (reason, leads) in &report.left_out {
        lines.push(format!("left out: {} {}", count(*leads, "lead"), why(*reason, preset)));
    }
    if report.leads == 0 && report.without_key == 0 {
        let all = if report.left_out.is_empty() { "no leads match" } else { "no leads are left" };
        lines.push(format!("leadseal: {all}; the export holds none"));
    }
    if !report.unmapped.is_empty() {
        lines.push(
            "leadseal: CP932 lacks these characters; 〓 stands in their place (use xlsx to keep them):".to_owned(),
        );
        lines.extend(report.unmapped.iter().map(column));
    }
    for cut in &report.cut {
        let cells = count(cut.count, "text");
        lines.push(format!(
            "leadseal: {}: {cells} cut at 32,767 characters, the most that a cell takes (csv and jsonl have all of it)",
            cut.column
        ));
    }
    if report.without_key > 0 {
        lines.push(without_key(report, preset));
    }
    lines.into_iter().fold(String::new(), |mut all, line| {
        all.push_str(&line);
        all.push('\n');
        all
    })
}

fn why(reason: LeftOut, preset: Option<Preset>) -> String {
    match reason {
        LeftOut::NoConsent => {
            let purpose = preset.and_then(Preset::purpose).unwrap_or_default();
            format!("without a granted consent for `{purpose}`")
        }
        LeftOut::Corrected => "that a later one corrects".to_owned(),
        LeftOut::NoLastName => "without last name".to_owned(),
        LeftOut::NoCompany => "without company".to_owned(),
        LeftOut::NoEmail => "without e-mail address".to_owned(),
        LeftOut::NothingToMatch => "with nothing to know a person by".to_owned(),
    }
}

fn column(column: &Unmapped) -> String {
    let mut line = format!("  {}: {}", column.column, count(column.count, "character"));
    let mut often: Vec<(char, u64)> = column.characters.iter().map(|(c, times)| (*c, *times)).collect();
    often.sort_by_key(|(c, times)| (std::cmp::Reverse(*times), *c));
    for (place, (character, times)) in often.iter().take(NAMED).enumerate() {
        let separator = if place == 0 { " (" } else { ", " };
        // Writing into a text can't fail.
        let _ = write!(line, "{separator}U+{:04X}", u32::from(*character));
        if *times > 1 {
            let _ = write!(line, " ×{times}");
        }
    }
    line.push_str(if often.len() > NAMED { ", …)" } else { ")" });
    line
}

fn without_key(report: &ExportReport, preset: Option<Preset>) -> String {
    let (all, fate) = match preset {
        None => (report.leads, "stand masked"),
        Some(_) => (report.leads + report.without_key, "are not in it"),
    };
    format!(
        "leadseal: {} of {all} leads {fate}, because keyring.db has no key for them: they were erased, or it is older \
         than leads.db; then put the newer copy back and export again",
        report.without_key
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_export_to_standard_output_says_nothing() {
        let report = ExportReport { leads: 3, ..ExportReport::default() };
        assert_eq!(of(&report, None, None), "");
    }

    #[test]
    fn everything_that_is_not_there_is_said() {
        let mut report = ExportReport { sha256: "ab".to_owned(), ..ExportReport::default() };
        report.left_out.insert(LeftOut::NoConsent, 2);
        report.left_out.insert(LeftOut::Corrected, 1);
        let said = of(&report, Some(Preset::Meta), Some(Path::new("a.csv")));
        assert_eq!(
            said,
            "a.csv: 0 leads, sha256 ab\n\
             left out: 2 leads without a granted consent for `advertising`\n\
             left out: 1 lead that a later one corrects\n\
             leadseal: no leads are left; the export holds none\n"
        );
        let none = of(&ExportReport::default(), None, None);
        assert_eq!(none, "leadseal: no leads match; the export holds none\n");
    }

    #[test]
    fn characters_are_named_by_code_point_and_the_most_frequent_first() {
        let characters = ('\u{1f600}'..='\u{1f60f}').map(|c| (c, 1)).chain([('𠮷', 3)]).collect();
        let unmapped = vec![Unmapped { column: "name".to_owned(), count: 19, characters }];
        let report = ExportReport { leads: 20, unmapped, ..ExportReport::default() };
        let said = of(&report, None, None);
        assert!(said.contains("  name: 19 characters (U+20BB7 ×3, U+1F600, "), "{said}");
        assert!(said.contains(", …)") && !said.contains('𠮷'), "{said}");
    }
}
