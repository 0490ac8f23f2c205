//! Lists that staff keep under a name of their own: an address of the inbox, never a value.
//!
//! A list belongs to who kept it; one that is shared is shown to everybody, and finds for each what
//! they may see. Refuses more than [`MOST_VIEWS`] of a person, and two of one name.

use super::{Store, StoreError, rows};
use crate::domain::ids::StaffId;
use crate::domain::lead::ViewName;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Lists that one member of staff may keep.
pub const MOST_VIEWS: usize = 20;

/// A list that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub staff: StaffId,
    /// Its name.
    pub name: ViewName,
    /// The query of its address, as the inbox writes it.
    pub query: String,
    /// Everybody sees it.
    pub is_shared: bool,
}

/// A change of a list that its owner makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    /// Another name.
    Rename(ViewName),
    /// Shown to everybody, or to its owner alone.
    Share(bool),
    /// Kept no longer.
    Remove,
}

/// Why a list is not kept or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewRefusal {
    /// There is one of this name.
    NameTaken,
    /// There are as many as one may keep.
    Full,
    /// There is no such list, or it is another's.
    Unknown,
}

fn view(row: &Row<'_>) -> rusqlite::Result<SavedView> {
    Ok(SavedView {
        id: row.get("id")?,
        staff: rows::word(row, "staff", |text| text.parse().ok())?,
        name: rows::word(row, "name", |text| text.parse().ok())?,
        query: row.get("query")?,
        is_shared: row.get("is_shared")?,
    })
}

fn is_taken(connection: &Connection, staff: StaffId, name: &ViewName, but: Option<i64>) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM saved_views WHERE staff = ?1 AND name = ?2 AND id IS NOT ?3")?
        .exists(params![staff.to_string(), name.as_str(), but])
}

impl Store {
    /// The lists of a member of staff, and those that colleagues who can sign in share; the own ones
    /// first, each in the order in which they were kept.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn saved_views(&self, staff: StaffId) -> Result<Vec<SavedView>, StoreError> {
        const SQL: &str = "SELECT id, staff, name, query, is_shared FROM saved_views WHERE staff = ?1
            UNION ALL
            SELECT saved_views.id, staff, saved_views.name, query, is_shared
            FROM saved_views JOIN staff ON staff.id = saved_views.staff
            WHERE is_shared = 1 AND saved_views.staff <> ?1 AND staff.disabled_at IS NULL";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(SQL)?;
            let mut views: Vec<SavedView> =
                statement.query_map([staff.to_string()], view)?.collect::<Result<_, _>>()?;
            views.sort_by_key(|view| (view.staff != staff, view.id));
            Ok(views)
        })
    }

    /// Keeps a list.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn save_view(
        &self,
        staff: StaffId,
        name: &ViewName,
        query: &str,
    ) -> Result<Result<(), ViewRefusal>, StoreError> {
        self.write(|transaction| {
            if is_taken(transaction, staff, name, None)? {
                return Ok(Err(ViewRefusal::NameTaken));
            }
            let kept: u32 = transaction
                .prepare_cached("SELECT count(*) FROM saved_views WHERE staff = ?1")?
                .query_row([staff.to_string()], |row| row.get(0))?;
            if kept as usize >= MOST_VIEWS {
                return Ok(Err(ViewRefusal::Full));
            }
            transaction
                .prepare_cached("INSERT INTO saved_views (staff, name, query) VALUES (?1, ?2, ?3)")?
                .execute(params![staff.to_string(), name.as_str(), query])?;
            Ok(Ok(()))
        })
    }

    /// Changes a list of a member of staff. Gives its query.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn change_view(
        &self,
        staff: StaffId,
        id: i64,
        change: &ViewChange,
    ) -> Result<Result<String, ViewRefusal>, StoreError> {
        self.write(|transaction| {
            let query: Option<String> = transaction
                .prepare_cached("SELECT query FROM saved_views WHERE id = ?1 AND staff = ?2")?
                .query_row(params![id, staff.to_string()], |row| row.get(0))
                .optional()?;
            let Some(query) = query else { return Ok(Err(ViewRefusal::Unknown)) };
            match change {
                ViewChange::Rename(name) if is_taken(transaction, staff, name, Some(id))? => {
                    return Ok(Err(ViewRefusal::NameTaken));
                }
                ViewChange::Rename(name) => {
                    transaction.execute("UPDATE saved_views SET name = ?2 WHERE id = ?1", params![id, name.as_str()])?
                }
                ViewChange::Share(shared) => {
                    transaction.execute("UPDATE saved_views SET is_shared = ?2 WHERE id = ?1", params![id, shared])?
                }
                ViewChange::Remove => transaction.execute("DELETE FROM saved_views WHERE id = ?1", [id])?,
            };
            Ok(Ok(query))
        })
    }
}
