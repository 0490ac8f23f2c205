//! Why the keyring can't be used, in words for the operator. Never holds a secret or a value.

use crate::domain::ids::EpochId;
use rusqlite::ErrorCode;

/// Why the keyring cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The secret does not unlock it.
    #[error(
        "the keyring does not open with this secret; give the right one, see [keys] in leadseal.toml (lost? leadseal keys recover, with the recovery words)"
    )]
    WrongSecret,
    /// It was locked with another kind of secret.
    #[error("the keyring was locked with {0}; set [keys] source to match")]
    OtherSecret(&'static str),
    /// The recovery words are mistyped.
    #[error("the recovery words are not right: {0}")]
    RecoveryWords(String),
    /// There is already one.
    #[error("there is already a keyring at {0}")]
    Exists(String),
    /// There is none.
    #[error(
        "there is no keyring at {0}; put it back from a backup, correct data_dir, or make a new one: leadseal keys generate"
    )]
    Missing(String),
    /// Others may read the file.
    #[error("{0} can be read by others; run: chmod 600 {0}")]
    Permissions(String),
    /// The file or its folder can't be used.
    #[error("{0} can't be used: {1}")]
    File(String, #[source] std::io::Error),
    /// A schema of a newer Leadseal.
    #[error("the keyring has schema version {0}, newer than this program knows; use the newer program")]
    Newer(u32),
    /// The lead has no key (erased, or never stored).
    #[error(
        "no key for this lead: it was erased, or this keyring.db is older than leads.db; then put the newer copy back"
    )]
    NoLeadKey,
    /// An epoch that can't end.
    #[error("epoch {0} can't end: {1}")]
    EpochGoesOn(EpochId, &'static str),
    /// Damaged content.
    #[error("the keyring is damaged: {0}")]
    Damaged(&'static str),
    /// Another process uses it without pause.
    #[error("another process keeps the keyring busy; try again")]
    Busy,
    /// Argon2id did not get its memory.
    #[error("there is not enough memory to check the passphrase")]
    NoMemory,
    /// SQLite refused.
    #[error("the keyring database failed: {0}")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for KeyringError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match (error.sqlite_error_code(), &error) {
            (Some(ErrorCode::NotADatabase), _) => Self::Damaged("the file is no database; restore it from a backup"),
            (Some(ErrorCode::DatabaseCorrupt), _) => {
                Self::Damaged("the file is cut short or overwritten; restore it from a backup")
            }
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Busy,
            (_, E::InvalidColumnType(..) | E::IntegralValueOutOfRange(..) | E::FromSqlConversionFailure(..)) => {
                Self::Damaged("a row has content that was never written there; restore it from a backup")
            }
            _ => Self::Database(error),
        }
    }
}
