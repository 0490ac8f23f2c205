//! Which epochs a spool still holds envelopes of, confirmed ones among them.

use super::SpoolError;
use crate::crypto::envelope::Envelope;
use crate::domain::ids::EpochId;
use crate::queue::database;
use std::collections::BTreeSet;
use std::path::Path;

/// The epochs of the envelopes in a spool's file; none when there is no such file. Reads all of it:
/// for what happens once in an epoch.
///
/// # Errors
/// When it can't be read.
pub fn epochs_in(path: &Path) -> Result<BTreeSet<EpochId>, SpoolError> {
    let mut epochs = BTreeSet::new();
    if !path.exists() {
        return Ok(epochs);
    }
    let connection = database::open_reader(path)?;
    let mut statement = connection.prepare("SELECT envelope FROM envelopes")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // What is no envelope is of no epoch: no key opens it.
        epochs.extend(row.get_ref(0)?.as_blob().ok().and_then(|bytes| Some(Envelope::parse(bytes).ok()?.header.epoch)));
    }
    Ok(epochs)
}
