//! Charts as SVG that needs neither script nor inline style: lengths across are shares of the width, so
//! that a chart fits a phone and a desk with letters of one size.
//!
//! A chart is a picture to a screen reader, with a title and a sentence; the same figures follow as a
//! table. Refuses colour as the only sign: what was before has another shape. What it shows is text, and
//! the template escapes it.

/// How high columns may be, in pixels.
const PLOT: f64 = 180.0;
/// Above them, for the uppermost line's figure.
const ABOVE: f64 = 16.0;
/// Below them, for the names.
const BELOW: f64 = 24.0;
/// The part of a column's place that it takes.
const THICK: f64 = 0.72;
/// The height of a row with its words, and where its bar begins.
const ROW: f64 = 46.0;
const ROW_BAR: f64 = 20.0;
/// How thick a row's bar is.
const BAR: f64 = 14.0;
/// What is there is seen: the least height of a column, and the least share of a row.
const LEAST: f64 = 2.0;
const LEAST_SHARE: f64 = 0.6;
/// How thick the mark of what was before is.
const MARK: f64 = 3.0;
/// Names below columns, at most.
const MOST_NAMES: usize = 7;
/// Steps of a scale, at most.
const STEPS: u64 = 4;
/// The longest name of a row, in letters of Latin width.
const WIDEST: usize = 36;

/// One thing that is counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    /// Its name in the chart.
    pub(super) name: String,
    /// What a pointer is told: name and figures.
    pub(super) told: String,
    /// Its figure.
    pub(super) count: u64,
    /// The figure of the span before.
    pub(super) before: Option<u64>,
}

/// A rectangle: across in percent, down in pixels; or the other way round where the mark is thin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) told: String,
}

/// A line across with its figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) y: String,
    pub(super) words_y: String,
    pub(super) words: String,
}

/// Words at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) anchor: &'static str,
    pub(super) words: String,
}

/// The drawing of a chart.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawing {
    pub(super) height: String,
    pub(super) lines: Vec<Line>,
    pub(super) bars: Vec<Shape>,
    pub(super) marks: Vec<Shape>,
    pub(super) words: Vec<Words>,
}

/// A number as people read it: both languages set a comma after three digits.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The figures of a scale from 0 that reaches `most`: 1, 2 or 5 times a power of ten apart, few of them.
pub(super) fn scale(most: u64) -> Vec<u64> {
    let mut power: u64 = 1;
    let step = loop {
        let wide_enough = |step: &u64| step.saturating_mul(STEPS) >= most;
        if let Some(step) = [1, 2, 5].map(|times| power.saturating_mul(times)).into_iter().find(wide_enough) {
            break step;
        }
        power = power.saturating_mul(10);
    };
    (0..=most.div_ceil(step).max(1)).map(|times| times.saturating_mul(step)).collect()
}

/// Columns side by side, with what was before as a line across each.
pub(super) fn columns(items: &[Item]) -> Drawing {
    let most = items.iter().flat_map(|item| [item.count, item.before.unwrap_or_default()]).max().unwrap_or_default();
    let figures = scale(most);
    let top = figures.last().copied().unwrap_or(1) as f64;
    let down = |count: u64| ABOVE + PLOT * (1.0 - count as f64 / top);
    let place = 100.0 / items.len().max(1) as f64;
    let every = items.len().div_ceil(MOST_NAMES).max(1);
    let mut drawing = Drawing { height: pixels(ABOVE + PLOT + BELOW), ..Drawing::default() };
    for figure in figures {
        let y = down(figure);
        drawing.lines.push(Line { y: pixels(y), words_y: pixels(y + 4.0), words: number(figure) });
    }
    for (n, item) in items.iter().enumerate() {
        let x = place * (n as f64 + (1.0 - THICK) / 2.0);
        let shape = |y: f64, height: f64| Shape {
            x: percent(x),
            y: pixels(y),
            width: percent(place * THICK),
            height: pixels(height),
            told: item.told.clone(),
        };
        if item.count > 0 {
            let height = (ABOVE + PLOT - down(item.count)).max(LEAST);
            drawing.bars.push(shape(ABOVE + PLOT - height, height));
        }
        if let Some(before) = item.before.filter(|before| *before > 0) {
            drawing.marks.push(shape(down(before) - MARK / 2.0, MARK));
        }
        // Counted from the last, which is today's.
        if (items.len() - 1 - n).is_multiple_of(every) {
            drawing.words.push(Words {
                x: percent(place * (n as f64 + 0.5)),
                y: pixels(ABOVE + PLOT + BELOW - 6.0),
                anchor: "middle",
                words: item.name.clone(),
            });
        }
    }
    drawing
}

/// Rows one below the other, each with its name and figure above its bar.
pub(super) fn rows(items: &[Item]) -> Drawing {
    let most = items.iter().flat_map(|item| [item.count, item.before.unwrap_or_default()]).max().unwrap_or_default();
    let share = |count: u64| count as f64 / most.max(1) as f64 * 100.0;
    let mut drawing = Drawing { height: pixels(ROW * items.len() as f64), ..Drawing::default() };
    for (n, item) in items.iter().enumerate() {
        let y = ROW * n as f64;
        let told = || item.told.clone();
        for (x, anchor, words) in [("0%", "start", shortened(&item.name)), ("100%", "end", number(item.count))] {
            drawing.words.push(Words { x: x.to_owned(), y: pixels(y + ROW_BAR - 5.0), anchor, words });
        }
        if item.count > 0 {
            drawing.bars.push(Shape {
                x: percent(0.0),
                y: pixels(y + ROW_BAR),
                width: percent(share(item.count).max(LEAST_SHARE)),
                height: pixels(BAR),
                told: told(),
            });
        }
        if let Some(before) = item.before.filter(|before| *before > 0) {
            drawing.marks.push(Shape {
                x: percent(share(before).min(100.0 - LEAST_SHARE)),
                y: pixels(y + ROW_BAR - 2.0),
                width: pixels(MARK),
                height: pixels(BAR + 4.0),
                told: told(),
            });
        }
    }
    drawing
}

/// A name that leaves room for its figure on a phone.
fn shortened(name: &str) -> String {
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    if name.chars().map(width).sum::<usize>() <= WIDEST {
        return name.to_owned();
    }
    let mut taken = 0;
    let kept = name.chars().take_while(|letter| {
        taken += width(*letter);
        taken < WIDEST
    });
    kept.chain(['…']).collect()
}

fn percent(share: f64) -> String {
    format!("{}%", trimmed(share))
}

fn pixels(length: f64) -> String {
    trimmed(length)
}

/// Two digits behind the point, and none that says nothing.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(counts: &[u64]) -> Vec<Item> {
        counts.iter().map(|count| Item { name: format!("n{count}"), count: *count, ..Item::default() }).collect()
    }

    #[test]
    fn a_scale_begins_at_nothing_ends_above_the_most_and_has_round_steps() {
        assert_eq!(scale(0), [0, 1]);
        assert_eq!(scale(1), [0, 1]);
        assert_eq!(scale(4), [0, 1, 2, 3, 4]);
        assert_eq!(scale(5), [0, 2, 4, 6]);
        assert_eq!(scale(17), [0, 5, 10, 15, 20]);
        assert_eq!(scale(999), [0, 500, 1000]);
        assert_eq!(scale(12_345), [0, 5000, 10_000, 15_000]);
        for most in [0, 1, 2, 3, 7, 9, 10, 11, 99, 101, 4096, 1_000_000, u64::MAX / 2, u64::MAX] {
            let figures = scale(most);
            assert!((2..=6).contains(&figures.len()) && figures[0] == 0, "{most}: {figures:?}");
            assert!(*figures.last().unwrap() >= most, "{most}: {figures:?}");
        }
    }

    #[test]
    fn numbers_have_commas() {
        let said = [0, 999, 1000, 1_234_567].map(number);
        assert_eq!(said, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_day_without_leads_keeps_its_place_and_one_lead_is_seen() {
        let drawing = columns(&items(&[1, 0, 1000, 0]));
        let bars: Vec<_> = drawing.bars.iter().map(|bar| (bar.x.as_str(), bar.height.as_str())).collect();
        assert_eq!(bars, [("3.5%", "2"), ("53.5%", "180")]);
        assert_eq!(drawing.words.len(), 4);
        assert_eq!(drawing.lines.iter().map(|line| line.words.as_str()).collect::<Vec<_>>(), ["0", "500", "1,000"]);
        assert_eq!(columns(&[]).bars, []);
        let quiet = columns(&items(&[0; 90]));
        assert!(quiet.bars.is_empty() && quiet.words.len() <= MOST_NAMES);
    }

    #[test]
    fn what_was_before_is_a_mark_of_its_own() {
        let item = Item { count: 2, before: Some(4), ..Item::default() };
        let drawing = columns(std::slice::from_ref(&item));
        assert_eq!((drawing.bars[0].y.as_str(), drawing.marks[0].y.as_str()), ("106", "14.5"));
        let drawing = rows(&[item, Item { count: 4, before: Some(0), ..Item::default() }]);
        assert_eq!((drawing.bars[0].width.as_str(), drawing.marks[0].x.as_str()), ("50%", "99.4%"));
        assert_eq!((drawing.marks.len(), drawing.height.as_str()), (1, "92"));
    }

    #[test]
    fn a_long_name_is_shortened_by_the_width_of_its_letters() {
        assert_eq!(shortened("Contact"), "Contact");
        assert_eq!(shortened(&"資".repeat(18)), "資".repeat(18));
        assert_eq!(shortened(&"資".repeat(19)), format!("{}…", "資".repeat(17)));
        assert_eq!(shortened(&"a".repeat(40)).chars().count(), 36);
    }
}
