//! The way back: a capture node reads the desk's confirmations and tells its spool.
//!
//! Believes only what the desk has signed for this node. May read the same confirmation any
//! number of times.

use super::client::{Connection, RedisClient};
use super::keys::{FIELD_CONFIRMATION, NodeKeys};
use super::trouble::{Failed, RedisTrouble};
use crate::crypto::confirmation::Confirmation;
use crate::crypto::signing::DeskPublicKey;
use crate::domain::ids::NodeId;
use crate::queue::spool::Spool;
use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{RedisError, cmd};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long one read waits.
const WAIT: Duration = Duration::from_secs(5);
/// Most confirmations of one read; each holds a batch of leads.
const COUNT: usize = 32;
/// Before the next try after a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// Before the first confirmation.
const BEGINNING: &str = "0-0";

/// Reads a node's confirmations.
pub struct Confirmed {
    client: Arc<RedisClient>,
    spool: Spool,
    node: NodeId,
    desk: DeskPublicKey,
    keys: NodeKeys,
    /// The last entry that the spool knows of.
    last: String,
    /// Unsigned entries are told of once.
    warned: bool,
}

impl Confirmed {
    /// A reader that is not yet running.
    pub fn new(client: Arc<RedisClient>, spool: Spool, node: NodeId, desk: DeskPublicKey) -> Self {
        let keys = NodeKeys::of(&node);
        Self { client, spool, node, desk, keys, last: BEGINNING.to_owned(), warned: false }
    }

    /// Works until `shutdown`. Troubles with Redis are the forwarder's to tell of.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.listen() => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Listens until something fails.
    async fn listen(&mut self) {
        let failed = match self.client.waiting_connection(WAIT).await {
            Ok(mut connection) => loop {
                match self.read(&mut connection).await {
                    Ok(()) => {}
                    Err(failed) => break failed,
                }
            },
            Err(error) => Failed::Redis(error),
        };
        match failed {
            Failed::Redis(error) => {
                tracing::debug!(trouble = RedisTrouble::from(error).word(), "confirmations wait for Redis");
            }
            Failed::Spool(error) => tracing::debug!(%error, "confirmations wait for the spool"),
        }
    }

    async fn read(&mut self, connection: &mut Connection) -> Result<(), Failed> {
        let found: Option<StreamReadReply> = cmd("XREAD")
            .arg("COUNT")
            .arg(COUNT)
            .arg("BLOCK")
            .arg(WAIT.as_millis() as u64)
            .arg("STREAMS")
            .arg(&self.keys.confirm)
            .arg(&self.last)
            .query_async(connection)
            .await?;
        let entries = found.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
        let mut idle = true;
        for entry in entries {
            idle = false;
            self.apply(entry.get::<Vec<u8>>(FIELD_CONFIRMATION)).await?;
            self.last = entry.id;
        }
        if idle {
            self.begin_again_if_wiped(connection).await?;
        }
        Ok(())
    }

    async fn apply(&mut self, bytes: Option<Vec<u8>>) -> Result<(), Failed> {
        let verified = bytes.and_then(|bytes| Some((Confirmation::verified(&bytes, &self.desk, &self.node)?, bytes)));
        match verified {
            Some((confirmation, bytes)) => {
                let done = self.spool.confirm(&confirmation.tokens, confirmation.mark, Some(bytes)).await;
                Ok(done?)
            }
            None => {
                if !std::mem::replace(&mut self.warned, true) {
                    tracing::error!(
                        node = %self.node,
                        "something other than this node's desk has written confirmations; they are not believed. Who has the desk's Redis password?"
                    );
                }
                metrics::counter!("leadseal_confirmations_refused_total").increment(1);
                Ok(())
            }
        }
    }

    /// A stream that was wiped may count from earlier numbers again.
    async fn begin_again_if_wiped(&mut self, connection: &mut Connection) -> Result<(), RedisError> {
        let newest: StreamRangeReply = cmd("XREVRANGE")
            .arg(&self.keys.confirm)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(1)
            .query_async(connection)
            .await?;
        let stands = newest.ids.first().is_some_and(|newest| newest.id == self.last);
        if !stands {
            BEGINNING.clone_into(&mut self.last);
        }
        Ok(())
    }
}
