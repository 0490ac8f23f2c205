//! Long walks along the leads, in the order in which they were stored: what exports read.
//!
//! No change of a lead moves it in that order, so that a walk of minutes meets none twice. Pages of
//! lists are found otherwise ([`super::cells`]). Every text here is a constant of ours; what a person
//! chose is a parameter.

use super::inbox::{InboxFilter, OwnedBy, Reminded};
use crate::domain::staff::Scope;
use rusqlite::types::Value;

/// Leads, or what is a part of them, that meet conditions.
pub(super) struct Walk {
    from: &'static str,
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

/// Ids between two, neither of them among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) above: i64,
    pub(super) below: i64,
    pub(super) newest_first: bool,
}

impl Walk {
    fn along(from: &'static str, filter: &InboxFilter, scope: &Scope) -> Self {
        let all = Self { from, conditions: Vec::new(), values: Vec::new() };
        all.at_work(filter).of_origin(filter).in_time(filter).covered(scope)
    }

    fn with(mut self, condition: &'static str, value: impl Into<Value>) -> Self {
        self.conditions.push(condition);
        self.values.push(value.into());
        self
    }

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

    /// What the work on a lead makes of it: stage, owner, tags, reminders.
    fn at_work(mut self, filter: &InboxFilter) -> Self {
        if let Some(stage) = filter.stage {
            self = self.with("leads.stage = ?", stage.word().to_owned());
        }
        if filter.is_open {
            self.conditions.push("leads.stage NOT IN ('qualified', 'unqualified')");
        }
        match filter.owner {
            Some(OwnedBy::Staff(id)) => self = self.with("leads.owner = ?", id.to_string()),
            Some(OwnedBy::Nobody) => self.conditions.push("leads.owner IS NULL"),
            None => {}
        }
        if let Some(tag) = &filter.tag {
            let has = "EXISTS (SELECT 1 FROM lead_tags WHERE lead_tags.tag = ? AND lead_tags.lead = leads.id
                       AND lead_tags.received_at = leads.received_at)";
            self = self.with(has, tag.as_str().to_owned());
        }
        if let Some(Reminded { staff, by }) = filter.reminded {
            let has = "EXISTS (SELECT 1 FROM reminders WHERE reminders.lead = leads.id AND reminders.staff = ?
                       AND reminders.at <= ?)";
            self = self.with(has, staff.to_string());
            self.values.push(by.map_or(i64::MAX, |by| by.as_millisecond()).into());
        }
        self
    }

    /// Where a lead came from.
    fn of_origin(mut self, filter: &InboxFilter) -> Self {
        if let Some(form) = &filter.form {
            self = self.with("leads.form = ?", form.to_string());
        }
        if let Some(site) = &filter.site {
            self = self.with("leads.site = ?", site.to_string());
        }
        if let Some(source) = filter.source {
            self = self.with("leads.source = ?", source.word().to_owned());
        }
        self
    }

    fn in_time(mut self, filter: &InboxFilter) -> Self {
        if let Some(since) = filter.since {
            self = self.with("leads.received_at >= ?", since.as_millisecond());
        }
        if let Some(until) = filter.until {
            self = self.with("leads.received_at < ?", until.as_millisecond());
        }
        if let Some(at) = filter.overdue_at {
            self.conditions.push("leads.stage = 'new'");
            self = self.with("leads.due_at < ?", at.as_millisecond());
        }
        self
    }

    /// What the viewer may see: a list of parameters, as one JSON text each.
    fn covered(mut self, scope: &Scope) -> Self {
        if let Scope::Only { sites, forms } = scope {
            let list = |ids: Vec<String>| Value::Text(serde_json::Value::from(ids).to_string());
            self.conditions.push(
                "(leads.site IN (SELECT value FROM json_each(?)) OR leads.form IN (SELECT value FROM json_each(?)))",
            );
            self.values.push(list(sites.iter().map(ToString::to_string).collect()));
            self.values.push(list(forms.iter().map(ToString::to_string).collect()));
        }
        self
    }
}

/// All that a list holds, in the order in which it was stored. Reads every lead's head once.
pub(super) fn walk(filter: &InboxFilter, scope: &Scope) -> Walk {
    Walk::along("leads NOT INDEXED", filter, scope)
}

/// The same leads, to be counted: along whichever index is the shortest.
pub(super) fn counted(filter: &InboxFilter, scope: &Scope) -> Walk {
    Walk::along("leads", filter, scope)
}

/// What stands in a table of leads' parts, of the filter's site and form and of the scope.
pub(super) fn parts(table: &'static str, filter: &InboxFilter, scope: &Scope) -> Walk {
    let of_forms = InboxFilter { site: filter.site.clone(), form: filter.form.clone(), ..InboxFilter::default() };
    let is_all = of_forms == InboxFilter::default() && *scope == Scope::All;
    let from = match (table, is_all) {
        ("consents", true) => "consents",
        ("consents", false) => "consents JOIN leads ON leads.id = consents.lead",
        (_, true) => "lead_fields",
        (_, false) => "lead_fields JOIN leads ON leads.id = lead_fields.lead",
    };
    Walk::along(from, &of_forms, scope)
}
