//! The store: `leads.db`, one deep module in SQL.
//!
//! Takes only [`Protected`](crate::crypto::protect::Protected) leads. A lead, its outbox rows and
//! its audit entry are one transaction. Refuses to know how a value is opened.

mod audit_lists;
mod audit_log;
mod cells;
mod changes;
mod erasure;
mod exports;
mod figures;
mod identity;
mod inbox;
mod intake;
mod leads;
mod links;
mod nodes;
mod office;
mod outbox;
mod passkeys;
mod quarantine;
mod reminders;
mod request_lists;
mod requests;
mod retention;
mod rows;
mod saved_views;
mod schema;
mod schema_figures;
mod sessions;
mod staff;
mod staff_mail;
mod staff_secrets;
mod stats;
mod unopened;
mod views;
mod walks;
mod work;

pub use audit_lists::{AuditFilter, AuditPage};
pub use erasure::Erased;
pub use exports::{ExportEnd, ExportState, ExportView, NewExport};
pub use figures::{Answers, CameIn, Figures, FiguresOf};
pub use inbox::{InboxFilter, InboxPage, InboxRow, MOST_COUNTED, OwnedBy, Place, Reminded, Seek};
pub use nodes::NodeView;
pub use passkeys::{NewPasskey, PasskeyOf, PasskeyView};
pub use reminders::{NewReminder, ReminderSet, ReminderView};
pub use requests::{NewRequest, Person, RequestStatus, RequestView};
pub use retention::{Ages, DueGroup, DueLeads, RetentionTerm, SetAside};
pub use saved_views::{MOST_VIEWS, SavedView, ViewChange, ViewRefusal};
pub use sessions::{NewSession, SessionEnd, SessionView, SignInWay, SignedIn};
pub use staff::{NewStaff, StaffChange, StaffRefusal, StaffView};
pub use staff_secrets::{Credentials, LinkPurpose, NewStaffLink, Password};
pub use stats::GivenUp;
pub use views::{
    Delivery, DeliveryAbout, DeliveryKind, DeliveryView, HeldView, LeadFacts, LeadView, NewDelivery, NewHeld, NewLead,
    StoreStats, Stored, StoredNames, UnopenedView,
};
pub use work::{Change, ChangeView, Changed, LeadWork, MOST_TAGS, NoteView};

use crate::domain::business_hours::BusinessHours;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::mark::StoreId;
use crate::queue::database::{self, DatabaseError};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Reading connections kept open between calls.
const IDLE_READERS: usize = 4;

/// Why the store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A schema of a newer Leadseal.
    #[error("leads.db has schema version {0}, newer than this program knows; use the newer program")]
    Newer(u32),
    /// The file is damaged.
    #[error("leads.db is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file can't be reached.
    #[error("leads.db can't be opened: {0}")]
    File(std::io::Error),
    /// SQLite refused.
    #[error("leads.db failed: {0}")]
    Database(rusqlite::Error),
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Newer(version) => Self::Newer(version),
            DatabaseError::Damaged(what) => Self::Damaged(what),
            DatabaseError::DiskFull => Self::DiskFull,
            DatabaseError::File(error) => Self::File(error),
            DatabaseError::Sqlite(error) => Self::Database(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

/// The store. Shared between threads; calls block, so async code goes through `spawn_blocking`.
pub struct Store {
    path: PathBuf,
    id: StoreId,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    changes: changes::Changes,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// By which waiting is measured.
    hours: RwLock<Arc<BusinessHours>>,
}

impl Store {
    /// Opens or creates `leads.db` and brings its schema up to date.
    ///
    /// # Errors
    /// When it is newer than this program, damaged, or can't be written.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let mut connection = database::open_writer(path, schema::SCHEMA)?;
        let id = identity::of_file(&connection, entropy.as_ref())?;
        let changes = changes::Changes::watch(&mut connection)?;
        let writer = Mutex::new(connection);
        let hours = RwLock::new(Arc::new(BusinessHours::always()));
        Ok(Self { path: path.to_owned(), id, writer, readers: Mutex::default(), changes, clock, entropy, hours })
    }

    /// Reads every page and index of the file: slow on a large one.
    ///
    /// # Errors
    /// When it is damaged or can't be read.
    pub fn check_pages(&self) -> Result<(), StoreError> {
        self.read(|connection| Ok(database::quick_check(connection)?))
    }

    /// One transaction, synced when this returns; rolled back on any error.
    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = change(&transaction)?;
        transaction.commit()?;
        self.changes.tell();
        Ok(out)
    }

    /// A consistent view: all queries of one call see the same state.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => database::open_reader(&self.path)?,
        };
        let view = connection.transaction()?;
        let out = query(&view)?;
        view.commit()?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        Ok(out)
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
