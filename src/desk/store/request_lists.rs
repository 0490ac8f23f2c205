//! The lists of requests that staff look at: those that wait, the oldest first, and those that ended.
//!
//! A request is about everything that a site holds of somebody; so only who sees the whole site sees
//! it.

use super::requests::{SELECT, view};
use super::{RequestView, Store, StoreError, rows};
use crate::domain::staff::Scope;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

impl Store {
    /// Requests that can still be carried out, the oldest first, at most so many.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn waiting_requests(&self, scope: &Scope, limit: usize) -> Result<Vec<RequestView>, StoreError> {
        let from = "sealed IS NOT NULL AND status IN ('open', 'held')";
        self.requests_of(scope, from, Vec::new(), "created_at, id", limit)
    }

    /// Requests that ended, the newest first, before this place, at most so many.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn ended_requests(
        &self,
        scope: &Scope,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<RequestView>, StoreError> {
        let from = "status NOT IN ('open', 'held') AND id < ?";
        self.requests_of(scope, from, vec![before.unwrap_or(i64::MAX).into()], "id DESC", limit)
    }

    fn requests_of(
        &self,
        scope: &Scope,
        condition: &'static str,
        mut values: Vec<Value>,
        order: &'static str,
        limit: usize,
    ) -> Result<Vec<RequestView>, StoreError> {
        let mut sql = format!("{SELECT} WHERE {condition}");
        if let Scope::Only { sites, .. } = scope {
            sql += &format!(" AND site IN ({})", vec!["?"; sites.len()].join(", "));
            values.extend(sites.iter().map(|site| Value::Text(site.to_string())));
        }
        sql += &format!(" ORDER BY {order} LIMIT ?");
        values.push(Value::Integer(rows::limit(limit)));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params_from_iter(values), view)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}
