//! Whether the store still is what the senders were told it is, and what to do when it is not.

use super::IngestError;
use crate::desk::store::Store;
use crate::domain::mark::StoreMark;
use crate::queue::port::Queue;
use std::sync::Arc;

/// Which life of the store the senders were told of.
pub(super) struct Lineage {
    store: Arc<Store>,
    announced: Option<u64>,
}

impl Lineage {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, announced: None }
    }

    /// Looks whether the senders remember a commit that the store does not know. Then it was
    /// restored from a backup: another life begins, and what they still have comes again. Also
    /// tells them of a life that somebody else began (`leadseal queue replay`).
    pub(super) async fn keep<Q: Queue>(&mut self, queue: &Q) -> Result<(), IngestError> {
        let seen = queue.witnessed().await?;
        let store = Arc::clone(&self.store);
        let looked = tokio::task::spawn_blocking(move || mark_of_this_life(&store, seen));
        let mark = looked.await.map_err(|_| IngestError::Crashed)??;
        if self.announced != Some(mark.incarnation) {
            queue.announce(mark).await?;
            self.announced = Some(mark.incarnation);
        }
        Ok(())
    }
}

fn mark_of_this_life(store: &Store, seen: Vec<StoreMark>) -> Result<StoreMark, IngestError> {
    for mark in seen {
        if !store.knows(&mark)? {
            tracing::warn!(
                "leads.db is older than what it has confirmed: it was restored from a backup. Leads of the last 72 hours are asked for again"
            );
            return Ok(store.begin_incarnation("desk", Some(mark))?);
        }
    }
    Ok(store.mark()?)
}
