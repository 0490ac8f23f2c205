//! How a list is found: which cells it takes, and the two walks that give its places.
//!
//! A cell is a combination of site, form, stage, owner and source; what a filter and a scope ask for is
//! a set of cells. A list of many leads is walked in the order of time, passing over what is not in its
//! cells. Where that would pass over too many, each cell gives its own first places and the best are
//! taken: that costs by the number of cells, however many leads there are. Every text here is a constant
//! of ours; what a person chose is a parameter.

use super::inbox::{InboxFilter, OwnedBy, Place, Reminded, Seek};
use super::rows;
use crate::domain::staff::Scope;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// Most rows that a walk in the order of time reads: some milliseconds' worth, also from a disk.
pub(super) const WALK: usize = 20_000;

/// A place as it is found: the row's time in the order of the list, and the row.
pub(super) type Found = (i64, i64);

/// The cells of which a list is made.
pub(super) struct Cells {
    ids: Vec<i64>,
    /// Whether a cell is taken, by its id.
    taken: Vec<bool>,
    /// How many leads are in them, whatever their times and tags.
    pub(super) leads: u64,
}

impl Cells {
    /// What a filter asks for and a scope covers.
    pub(super) fn of(connection: &Connection, filter: &InboxFilter, scope: &Scope) -> rusqlite::Result<Self> {
        let (sql, values) = cells_query(filter, scope);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut found = statement.query(params_from_iter(values))?;
        let mut cells = Self { ids: Vec::new(), taken: Vec::new(), leads: 0 };
        while let Some(row) = found.next()? {
            let id: i64 = row.get("id")?;
            let at = usize::try_from(id).unwrap_or(0);
            if cells.taken.len() <= at {
                cells.taken.resize(at + 1, false);
            }
            cells.taken[at] = true;
            cells.ids.push(id);
            cells.leads += rows::count(row, "leads")?;
        }
        Ok(cells)
    }

    /// Whether a cell is one of them.
    pub(super) fn has(&self, cell: i64) -> bool {
        usize::try_from(cell).is_ok_and(|at| self.taken.get(at) == Some(&true))
    }
}

fn cells_query(filter: &InboxFilter, scope: &Scope) -> (String, Vec<Value>) {
    let (mut sql, mut values) = ("SELECT id, leads FROM lead_cells WHERE leads > 0".to_owned(), Vec::new());
    let mut ask = |condition: &str, value: String| {
        sql += condition;
        values.push(Value::Text(value));
    };
    if let Some(site) = &filter.site {
        ask(" AND site = ?", site.to_string());
    }
    if let Some(form) = &filter.form {
        ask(" AND form = ?", form.to_string());
    }
    if let Some(stage) = filter.stage {
        ask(" AND stage = ?", stage.word().to_owned());
    }
    match filter.owner {
        Some(OwnedBy::Staff(id)) => ask(" AND owner = ?", id.to_string()),
        Some(OwnedBy::Nobody) => ask(" AND owner = ?", String::new()),
        None => {}
    }
    if let Some(source) = filter.source {
        ask(" AND source = ?", source.word().to_owned());
    }
    if let Scope::Only { sites, forms } = scope {
        let list = |ids: Vec<String>| serde_json::Value::from(ids).to_string();
        let sites = list(sites.iter().map(ToString::to_string).collect());
        let forms = list(forms.iter().map(ToString::to_string).collect());
        ask(" AND (site IN (SELECT value FROM json_each(?))", sites);
        ask(" OR form IN (SELECT value FROM json_each(?)))", forms);
    }
    if filter.is_open {
        sql += " AND stage NOT IN ('qualified', 'unqualified')";
    }
    if filter.overdue_at.is_some() {
        sql += " AND stage = 'new'";
    }
    (sql, values)
}

/// What is walked along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Received,
    Due,
    Tagged,
    TaggedDue,
    Reminded,
}

impl Along {
    fn of(filter: &InboxFilter) -> Self {
        if filter.reminded.is_some() {
            return Self::Reminded;
        }
        match (filter.tag.is_some(), filter.overdue_at.is_some()) {
            (false, false) => Self::Received,
            (false, true) => Self::Due,
            (true, false) => Self::Tagged,
            (true, true) => Self::TaggedDue,
        }
    }

    const fn is_due(self) -> bool {
        matches!(self, Self::Due | Self::TaggedDue)
    }

    const fn is_ascending(self) -> bool {
        self.is_due() || matches!(self, Self::Reminded)
    }

    /// Of what is tagged, little still waits for an answer, and nobody has many reminders: these are
    /// read to their end.
    const fn has_cells(self) -> bool {
        !matches!(self, Self::TaggedDue | Self::Reminded)
    }

    /// The columns of the time and of the lead.
    const fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Received | Self::Tagged => ("received_at", "lead"),
            Self::Due | Self::TaggedDue => ("due_at", "lead"),
            Self::Reminded => ("reminders.at", "reminders.lead"),
        }
    }

    /// Where the walk goes, through one cell or through all.
    const fn table(self, in_one_cell: bool) -> &'static str {
        match (self, in_one_cell) {
            (Self::Received, false) => "lead_lists INDEXED BY lead_lists_received",
            (Self::Received, true) => "lead_lists INDEXED BY lead_lists_cell",
            (Self::Due, false) => "lead_lists INDEXED BY lead_lists_due",
            (Self::Due, true) => "lead_lists INDEXED BY lead_lists_cell_due",
            (Self::Tagged, false) => "lead_tags",
            (Self::Tagged, true) => "lead_tags INDEXED BY lead_tags_cell",
            (Self::TaggedDue, _) => "lead_tags INDEXED BY lead_tags_due",
            (Self::Reminded, _) => {
                "reminders INDEXED BY reminders_staff CROSS JOIN lead_lists ON lead_lists.lead = reminders.lead"
            }
        }
    }
}

/// First and last time, in milliseconds.
type Range = (i64, i64);

/// A list as it is read.
pub(super) struct List<'a> {
    along: Along,
    tag: Option<&'a str>,
    reminded: Option<Reminded>,
    received: Range,
    due: Range,
    ascending: bool,
    from: Option<Place>,
    most: usize,
    walk: usize,
}

impl<'a> List<'a> {
    /// At most so many places, in the direction in which they are sought; the walk in the order of time
    /// reads at most `walk` rows.
    pub(super) fn new(filter: &'a InboxFilter, seek: Seek, most: usize, walk: usize) -> Self {
        let along = Along::of(filter);
        let before = |at: Option<jiff::Timestamp>| at.map_or(i64::MAX, |at| at.as_millisecond().saturating_sub(1));
        Self {
            along,
            tag: filter.tag.as_ref().map(|tag| tag.as_str()),
            reminded: filter.reminded,
            received: (filter.since.map_or(i64::MIN, |since| since.as_millisecond()), before(filter.until)),
            due: (i64::MIN, before(filter.overdue_at)),
            // Deadlines and reminders come the longest due first, all else the newest first.
            ascending: along.is_ascending() == matches!(seek, Seek::First | Seek::After(_)),
            from: match seek {
                Seek::After(place) | Seek::Before(place) => Some(place),
                Seek::First | Seek::Last => None,
            },
            most,
            walk,
        }
    }

    /// The places, in the direction in which they are sought.
    pub(super) fn places(&self, connection: &Connection, cells: &Cells) -> rusqlite::Result<Vec<Found>> {
        if cells.ids.is_empty() {
            return Ok(Vec::new());
        }
        if self.reads(connection, cells)? > self.walk {
            return self.by_cells(connection, cells, Vec::new(), self.from);
        }
        let (found, stopped) = self.by_time(connection, cells)?;
        match stopped {
            Some(place) => self.by_cells(connection, cells, found, Some(place)),
            None => Ok(found),
        }
    }

    /// How many rows a walk in the order of time would read, if the cells' leads were spread evenly.
    fn reads(&self, connection: &Connection, cells: &Cells) -> rusqlite::Result<usize> {
        if self.along != Along::Received {
            return Ok(0);
        }
        let all: i64 = connection
            .prepare_cached("SELECT ifnull(max(lead), 0) FROM lead_lists")?
            .query_row([], |row| row.get(0))?;
        let each = all.unsigned_abs() / cells.leads.max(1);
        Ok(self.most.saturating_mul(usize::try_from(each).unwrap_or(usize::MAX)))
    }

    /// What the walk in the order of time finds, and where it stopped when it had read enough.
    fn by_time(&self, connection: &Connection, cells: &Cells) -> rusqlite::Result<(Vec<Found>, Option<Place>)> {
        let walk = if self.along.has_cells() { self.walk } else { usize::MAX };
        let (sql, values) = self.query(None, self.from, self.range(), walk);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut found, mut reads, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            let (at, id) = (row.get(0)?, row.get(1)?);
            (reads, last) = (reads + 1, Some(Place { at, id }));
            let received: i64 = row.get(3)?;
            if cells.has(row.get(2)?) && (self.received.0..=self.received.1).contains(&received) {
                found.push((at, id));
                if found.len() >= self.most {
                    return Ok((found, None));
                }
            }
        }
        Ok((found, last.filter(|_| reads >= walk)))
    }

    /// What was found already, and the best of what each cell has from a place on.
    fn by_cells(
        &self,
        connection: &Connection,
        cells: &Cells,
        mut found: Vec<Found>,
        from: Option<Place>,
    ) -> rusqlite::Result<Vec<Found>> {
        let wanted = self.most - found.len();
        let (mut best, mut range) = (BTreeSet::new(), self.range());
        for cell in &cells.ids {
            let (sql, values) = self.query(Some(*cell), from, range, wanted);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                best.insert((row.get(0)?, row.get(1)?));
            }
            while best.len() > wanted {
                let _ = if self.ascending { best.pop_last() } else { best.pop_first() };
            }
            // Of the cells that follow, nothing counts that lies behind the worst of enough.
            if best.len() == wanted {
                match if self.ascending { best.last() } else { best.first() } {
                    Some((at, _)) if self.ascending => range.1 = *at,
                    Some((at, _)) => range.0 = *at,
                    None => {}
                }
            }
        }
        if self.ascending {
            found.extend(best)
        } else {
            found.extend(best.into_iter().rev())
        }
        Ok(found)
    }

    /// What the walk is bounded by.
    fn range(&self) -> Range {
        match self.reminded {
            Some(reminded) => (i64::MIN, reminded.by.map_or(i64::MAX, |by| by.as_millisecond())),
            None if self.along.is_due() => self.due,
            None => self.received,
        }
    }

    /// The SQL of a walk, through one cell or through all, and its parameters.
    pub(super) fn query(
        &self,
        cell: Option<i64>,
        from: Option<Place>,
        range: Range,
        limit: usize,
    ) -> (String, Vec<Value>) {
        let ((time, lead), table) = (self.along.columns(), self.along.table(cell.is_some()));
        let mut sql =
            format!("SELECT {time}, {lead}, cell, received_at FROM {table} WHERE {time} >= ? AND {time} <= ?");
        let (mut first, mut last) = range;
        let beyond = from.map(|Place { at, id }| {
            if self.ascending {
                first = first.max(at);
            } else {
                last = last.min(at);
            }
            (at, id)
        });
        let mut values = vec![Value::Integer(first), Value::Integer(last)];
        if let Some((at, id)) = beyond {
            // Equal times are passed over up to the row.
            sql += &format!(" AND ({time} <> ? OR {lead} {} ?)", if self.ascending { ">" } else { "<" });
            values.extend([at.into(), id.into()]);
        }
        self.narrow(cell, &mut sql, &mut values);
        let direction = if self.ascending { "ASC" } else { "DESC" };
        sql += &format!(" ORDER BY {time} {direction}, {lead} {direction} LIMIT ?");
        values.push(Value::Integer(rows::limit(limit)));
        (sql, values)
    }

    /// What is asked for besides the cells and the bounds of the walk.
    fn narrow(&self, cell: Option<i64>, sql: &mut String, values: &mut Vec<Value>) {
        if let Some(reminded) = self.reminded {
            *sql += " AND reminders.staff = ?";
            values.push(reminded.staff.to_string().into());
            if self.due.1 < i64::MAX {
                *sql += " AND lead_lists.due_at <= ?";
                values.push(self.due.1.into());
            }
        }
        if let Some(tag) = self.tag {
            let of_others = " AND EXISTS (SELECT 1 FROM lead_tags WHERE lead_tags.lead = reminders.lead AND tag = ?)";
            *sql += if self.reminded.is_some() { of_others } else { " AND tag = ?" };
            values.push(Value::Text(tag.to_owned()));
        }
        if let Some(cell) = cell {
            *sql += " AND cell = ?";
            values.push(cell.into());
        }
        if self.along.is_due() && cell.is_some() {
            *sql += " AND received_at >= ? AND received_at <= ?";
            values.extend([self.received.0.into(), self.received.1.into()]);
        }
    }
}
