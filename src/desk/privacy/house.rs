//! Keeps the house: requests that ran out lose their address and its key, by the hour.

use super::{Custody, PrivacyError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);

/// Works until `stop` is cancelled. Also empties the log of `leads.db` once at the start, since a
/// process that ended in the middle of an erasure may have left something in it.
pub async fn keep_house(custody: Custody, stop: CancellationToken) {
    loop {
        let work = custody.clone();
        match tokio::task::spawn_blocking(move || tidy(&work)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "requests that ran out could not be tidied; within the hour again")
            }
            Err(_) => tracing::error!("tidying requests ended abnormally; within the hour again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// The keys first: an address without a key is nobody's any more.
pub(super) fn tidy(custody: &Custody) -> Result<(), PrivacyError> {
    let Custody { store, keyring } = custody;
    loop {
        let ended = store.requests_at_their_end()?;
        if !ended.is_empty() {
            keyring.erase_leads(&ended)?;
        }
        store.end_requests(&ended)?;
        if ended.is_empty() {
            store.empty_log()?;
            return Ok(());
        }
    }
}
