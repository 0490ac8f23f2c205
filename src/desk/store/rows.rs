//! From columns to words and back.

use super::StoreError;
use crate::domain::protect::Protect;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

/// A column whose text is one of our words.
pub(super) fn word<T>(row: &Row<'_>, column: &str, read: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    let index = row.as_ref().column_index(column)?;
    let text: String = row.get(index)?;
    read(&text).ok_or_else(|| rusqlite::Error::InvalidColumnType(index, column.to_owned(), Type::Text))
}

/// A column of Unix milliseconds.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let index = row.as_ref().column_index(column)?;
    Timestamp::from_millisecond(row.get(index)?)
        .map_err(|_| rusqlite::Error::InvalidColumnType(index, column.to_owned(), Type::Integer))
}

/// A column of Unix milliseconds, or nothing.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let index = row.as_ref().column_index(column)?;
    match row.get_ref(index)?.data_type() {
        Type::Null => Ok(None),
        _ => time(row, column).map(Some),
    }
}

/// As [`word`], for a column that may be empty.
pub(super) fn word_or_none<T>(
    row: &Row<'_>,
    column: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let is_empty = row.get_ref(column)?.data_type() == Type::Null;
    if is_empty { Ok(None) } else { word(row, column, read).map(Some) }
}

/// A column that counts something.
pub(super) fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

pub(super) fn protect_from_word(word: &str) -> Option<Protect> {
    [Protect::Keep, Protect::Mask, Protect::Hash, Protect::Tokenise, Protect::Drop]
        .into_iter()
        .find(|protect| protect.word() == word)
}

/// SQLite's integers are signed; a limit beyond them is no limit.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A row that must be there.
pub(super) fn missing(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} is missing"))
}
