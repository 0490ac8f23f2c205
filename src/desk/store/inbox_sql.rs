//! The queries behind the lists and their exports: which index a list is read along, and the SQL of a page.
//!
//! Every text here is a constant of ours; what a person chose is a parameter.

use super::inbox::{InboxFilter, OwnedBy, Place, Seek};
use crate::domain::staff::Scope;
use rusqlite::types::Value;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest first.
    Newest,
    /// What is or was due first is first: deadlines, reminders.
    LongestDue,
}

impl Order {
    pub(super) fn of(filter: &InboxFilter) -> Self {
        if filter.overdue_at.is_some() || filter.reminded.is_some() { Self::LongestDue } else { Self::Newest }
    }

    /// Whether rows come in ascending order when a page is sought.
    pub(super) fn is_ascending(self, seek: Seek) -> bool {
        (self == Self::LongestDue) == matches!(seek, Seek::First | Seek::After(_))
    }
}

/// One walk along one index. Several make a list: one for each site or form that a viewer may see.
pub(super) struct Stream {
    from: &'static str,
    key: &'static str,
    id: &'static str,
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Stream {
    fn along(from: &'static str, key: &'static str) -> Self {
        Self { from, key, id: "leads.id", conditions: Vec::new(), values: Vec::new() }
    }

    fn with(mut self, condition: &'static str, value: impl Into<Value>) -> Self {
        self.conditions.push(condition);
        self.values.push(value.into());
        self
    }

    /// The SQL of a page and its parameters.
    pub(super) fn query(&self, order: Order, seek: Seek, most: usize) -> (String, Vec<Value>) {
        let (key, id_of, ascending) = (self.key, self.id, order.is_ascending(seek));
        let mut sql = format!("SELECT {key}, {id_of} FROM {} WHERE 1", self.from);
        for condition in &self.conditions {
            sql += " AND ";
            sql += condition;
        }
        let mut values = self.values.clone();
        if let Seek::After(Place { at, id }) | Seek::Before(Place { at, id }) = seek {
            // The first half bounds the walk along the index, the second passes over equal times.
            let (bound, beyond) = if ascending { (">=", ">") } else { ("<=", "<") };
            sql += &format!(" AND {key} {bound} ? AND ({key} {beyond} ? OR {id_of} {beyond} ?)");
            values.extend([at.into(), at.into(), id.into()]);
        }
        let direction = if ascending { "ASC" } else { "DESC" };
        sql += &format!(" ORDER BY {key} {direction}, {id_of} {direction} LIMIT ?");
        values.push(Value::Integer(super::rows::limit(most)));
        (sql, values)
    }
}

/// Ids between two, neither of them among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) above: i64,
    pub(super) below: i64,
    pub(super) newest_first: bool,
}

impl Stream {
    /// The SQL of a page of [`walk`], with whole rows, and its parameters.
    pub(super) fn rows(&self, between: Between, most: usize) -> (String, Vec<Value>) {
        let direction = if between.newest_first { "DESC" } else { "ASC" };
        let (mut sql, mut values) = self.select("leads.*");
        sql += &format!(" AND leads.id > ? AND leads.id < ? ORDER BY leads.id {direction} LIMIT ?");
        values.extend([between.above.into(), between.below.into(), Value::Integer(super::rows::limit(most))]);
        (sql, values)
    }

    /// The SQL that takes `what` of all that the conditions leave.
    pub(super) fn select(&self, what: &str) -> (String, Vec<Value>) {
        let conditions: String = self.conditions.iter().map(|condition| format!(" AND {condition}")).collect();
        (format!("SELECT {what} FROM {} WHERE 1{conditions}", self.from), self.values.clone())
    }
}

/// All that a list holds, in the order in which it was stored: no change of a lead moves it there, so
/// that a long walk meets none twice. Reads every lead's head once: for exports, not for pages.
pub(super) fn walk(filter: &InboxFilter, scope: &Scope) -> Stream {
    // The leads go first, whatever speaks for the tag's index: it is in another order.
    let from = match filter.tag {
        Some(_) => "leads NOT INDEXED CROSS JOIN lead_tags ON lead_tags.lead = leads.id",
        None => "leads NOT INDEXED",
    };
    scoped(narrowed(Stream::along(from, "leads.id"), filter), scope)
}

/// The same leads, to be counted: along whichever index is the shortest.
pub(super) fn counted(filter: &InboxFilter, scope: &Scope) -> Stream {
    let from = match filter.tag {
        Some(_) => "lead_tags JOIN leads ON leads.id = lead_tags.lead",
        None => "leads",
    };
    scoped(narrowed(Stream::along(from, "leads.id"), filter), scope)
}

/// What stands in a table of leads' parts, of the filter's site and form and of the scope.
pub(super) fn parts(table: &'static str, filter: &InboxFilter, scope: &Scope) -> Stream {
    let of_forms = InboxFilter { site: filter.site.clone(), form: filter.form.clone(), ..InboxFilter::default() };
    let is_all = of_forms == InboxFilter::default() && *scope == Scope::All;
    let from = match (table, is_all) {
        ("consents", true) => "consents",
        ("consents", false) => "consents JOIN leads ON leads.id = consents.lead",
        (_, true) => "lead_fields",
        (_, false) => "lead_fields JOIN leads ON leads.id = lead_fields.lead",
    };
    scoped(narrowed(Stream::along(from, "leads.id"), &of_forms), scope)
}

/// The walks that make a list, each along the index that leaves the least to pass over.
pub(super) fn streams(filter: &InboxFilter, scope: &Scope) -> Vec<Stream> {
    let starts = starts(filter, scope);
    starts.into_iter().map(|stream| scoped(narrowed(stream, filter), scope)).collect()
}

fn starts(filter: &InboxFilter, scope: &Scope) -> Vec<Stream> {
    const RECEIVED: &str = "leads.received_at";
    let staged = |without: &'static str, with: &'static str| {
        Stream::along(if filter.stage.is_some() { with } else { without }, RECEIVED)
    };
    let by_form = || staged("leads INDEXED BY leads_form", "leads INDEXED BY leads_form_stage");
    let by_site = || staged("leads INDEXED BY leads_site", "leads INDEXED BY leads_site_stage");
    if filter.reminded.is_some() {
        let from = "reminders INDEXED BY reminders_staff JOIN leads ON leads.id = reminders.lead";
        return vec![Stream { id: "reminders.lead", ..Stream::along(from, "reminders.at") }];
    }
    if filter.overdue_at.is_some() {
        return vec![Stream::along("leads INDEXED BY leads_due", "leads.due_at")];
    }
    if filter.tag.is_some() {
        let from = "lead_tags JOIN leads ON leads.id = lead_tags.lead";
        return vec![Stream { id: "lead_tags.lead", ..Stream::along(from, "lead_tags.received_at") }];
    }
    if matches!(filter.owner, Some(OwnedBy::Staff(_))) {
        return vec![Stream::along("leads INDEXED BY leads_owner", RECEIVED)];
    }
    if filter.form.is_some() {
        return vec![by_form()];
    }
    match (scope, &filter.site) {
        (_, Some(_)) => vec![by_site()],
        (Scope::Only { sites, forms }, None) => {
            let of_sites = sites.iter().map(|site| by_site().with("leads.site = ?", site.to_string()));
            let of_forms = forms.iter().map(|form| by_form().with("leads.form = ?", form.to_string()));
            of_sites.chain(of_forms).collect()
        }
        (Scope::All, None) if filter.source.is_some() => vec![Stream::along("leads INDEXED BY leads_source", RECEIVED)],
        (Scope::All, None) => vec![staged("leads INDEXED BY leads_received", "leads INDEXED BY leads_stage")],
    }
}

/// What the filter asks for.
fn narrowed(mut stream: Stream, filter: &InboxFilter) -> Stream {
    if let Some(at) = filter.overdue_at {
        // Word for word as in the index, which holds only these.
        stream.conditions.push("leads.stage = 'new' AND leads.due_at IS NOT NULL");
        stream = stream.with("leads.due_at < ?", at.as_millisecond());
    }
    if let Some(reminded) = filter.reminded {
        stream = stream.with("reminders.staff = ?", reminded.staff.to_string());
        if let Some(by) = reminded.by {
            stream = stream.with("reminders.at <= ?", by.as_millisecond());
        }
    }
    // A tag's rows carry the time too, so that its walk is bounded by it.
    let tagged = stream.id == "lead_tags.lead";
    if let Some(tag) = &filter.tag {
        let other = "EXISTS (SELECT 1 FROM lead_tags WHERE lead_tags.tag = ? AND lead_tags.lead = leads.id
                     AND lead_tags.received_at = leads.received_at)";
        stream = stream.with(if tagged { "lead_tags.tag = ?" } else { other }, tag.as_str().to_owned());
    }
    match filter.owner {
        Some(OwnedBy::Staff(id)) => stream = stream.with("leads.owner = ?", id.to_string()),
        Some(OwnedBy::Nobody) => stream.conditions.push("leads.owner IS NULL"),
        None => {}
    }
    if let Some(form) = &filter.form {
        stream = stream.with("leads.form = ?", form.to_string());
    }
    if let Some(site) = &filter.site {
        stream = stream.with("leads.site = ?", site.to_string());
    }
    if let Some(stage) = filter.stage {
        stream = stream.with("leads.stage = ?", stage.word().to_owned());
    }
    if filter.is_open {
        stream.conditions.push("leads.stage NOT IN ('qualified', 'unqualified')");
    }
    if let Some(source) = filter.source {
        stream = stream.with("leads.source = ?", source.word().to_owned());
    }
    if let Some(since) = filter.since {
        let condition = if tagged { "lead_tags.received_at >= ?" } else { "leads.received_at >= ?" };
        stream = stream.with(condition, since.as_millisecond());
    }
    if let Some(until) = filter.until {
        let condition = if tagged { "lead_tags.received_at < ?" } else { "leads.received_at < ?" };
        stream = stream.with(condition, until.as_millisecond());
    }
    stream
}

/// What the viewer may see: a list of parameters, as one JSON text each.
fn scoped(mut stream: Stream, scope: &Scope) -> Stream {
    if let Scope::Only { sites, forms } = scope {
        let list = |ids: Vec<String>| Value::Text(serde_json::Value::from(ids).to_string());
        stream
            .conditions
            .push("(leads.site IN (SELECT value FROM json_each(?)) OR leads.form IN (SELECT value FROM json_each(?)))");
        stream.values.push(list(sites.iter().map(ToString::to_string).collect()));
        stream.values.push(list(forms.iter().map(ToString::to_string).collect()));
    }
    stream
}
