//! The desk reads one capture node's stream: with a lease, in a consumer group, what a reader
//! before it left unfinished first.
//!
//! Drops only entries that hold no envelope. Everything else is handed on as it came; whether it
//! opens is for ingest to find out.

use super::client::{Connection, RedisClient};
use super::desk_queue::claim_redis;
use super::keys::{FIELD_CONFIRMATION, FIELD_ENVELOPE, FIELD_TOKEN, GROUP, NodeKeys};
use super::lease::Lease;
use super::trouble::RedisTrouble;
use crate::crypto::confirmation::Confirmation;
use crate::crypto::envelope::Envelope;
use crate::crypto::keyring::Keyring;
use crate::domain::ids::NodeId;
use crate::domain::mark::{StoreId, StoreMark};
use crate::domain::token::Token;
use crate::queue::port::QueuedEnvelope;
use redis::streams::{StreamAutoClaimReply, StreamId, StreamRangeReply, StreamReadReply};
use redis::{RedisError, Value, cmd};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Most entries of one read.
const COUNT: usize = 256;
/// How long one read waits; also how often the lease is prolonged, which must be well within it.
const WAIT: Duration = Duration::from_secs(2);
/// How often it is looked at what the node remembers of the desk.
const WITNESS_EVERY: Duration = Duration::from_secs(5);
/// Pauses after failures, doubling between these.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// An entry of a node's stream.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) queued: QueuedEnvelope,
}

/// Entries of one node, in order.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) node: NodeId,
    pub(super) entries: Vec<Entry>,
}

/// What all readers of a desk have in common.
pub(super) struct Readers {
    pub(super) client: Arc<RedisClient>,
    pub(super) store: StoreId,
    pub(super) keyring: Arc<Keyring>,
    pub(super) lease: Lease,
    /// Which life of the store the nodes are to be told of; set by ingest.
    pub(super) life: watch::Sender<Option<StoreMark>>,
    /// What each node remembers of the store.
    pub(super) witnessed: Mutex<HashMap<NodeId, Vec<StoreMark>>>,
    /// What keeps a node's leads from coming, by node.
    pub(super) troubles: Mutex<HashMap<NodeId, RedisTrouble>>,
}

impl Readers {
    /// Signs what a node is told.
    pub(super) fn confirmation(&self, node: &NodeId, mark: StoreMark, tokens: Vec<Token>) -> Vec<u8> {
        Confirmation { node: node.clone(), mark, tokens }.signed(self.keyring.signer())
    }
}

/// Reads one node's stream.
pub(super) struct NodeReader {
    readers: Arc<Readers>,
    node: NodeId,
    keys: NodeKeys,
    out: mpsc::Sender<Batch>,
    /// The life of the store that the node was told of.
    told_life: Option<u64>,
    looked_at: Option<Instant>,
    warned_of_strangers: bool,
}

impl NodeReader {
    pub(super) fn new(readers: Arc<Readers>, node: NodeId, out: mpsc::Sender<Batch>) -> Self {
        let keys = NodeKeys::of(&node);
        Self { readers, node, keys, out, told_life: None, looked_at: None, warned_of_strangers: false }
    }

    /// Reads until it is dropped.
    pub(super) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = Instant::now();
            let Err(trouble) = self.read_on().await else { return };
            if begun.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            self.tell(trouble);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Reads until something fails. Ends well only when nobody takes the batches any more.
    async fn read_on(&mut self) -> Result<(), RedisTrouble> {
        claim_redis(&self.readers.client, self.readers.store).await?;
        self.claim().await?;
        self.look_at_witness().await?;
        let mut connection = self.readers.client.waiting_connection(WAIT).await?;
        self.tell_life().await?;
        self.find_group(&mut connection).await?;
        if !self.take_over(&mut connection).await? {
            return Ok(());
        }
        loop {
            self.claim().await?;
            self.tell_of_recovery();
            self.look_at_witness().await?;
            self.tell_life().await?;
            let entries = self.read_new(&mut connection).await?;
            if !self.hand_on(entries).await? {
                return Ok(());
            }
        }
    }

    async fn claim(&self) -> Result<(), RedisTrouble> {
        match self.readers.lease.claim(&self.readers.client, &self.keys).await? {
            true => Ok(()),
            false => Err(RedisTrouble::OtherDesk),
        }
    }

    /// The newest confirmation that the node remembers, and the newest that it was sent. Only
    /// what the desk has signed itself counts.
    async fn look_at_witness(&mut self) -> Result<(), RedisError> {
        if self.looked_at.is_some_and(|at| at.elapsed() < WITNESS_EVERY) {
            return Ok(());
        }
        let client = &self.readers.client;
        // A key of another kind there is the node's to mend, and must not keep its leads away.
        let seen: Option<Vec<u8>> = client.query(cmd("GET").arg(&self.keys.seen)).await.unwrap_or_default();
        let newest: Result<StreamRangeReply, RedisError> =
            client.query(cmd("XREVRANGE").arg(&self.keys.confirm).arg("+").arg("-").arg("COUNT").arg(1)).await;
        // A key of another kind there is mended with the next confirmation.
        let newest = newest.map(|reply| reply.ids).unwrap_or_default();
        let sent = newest.first().and_then(|entry| entry.get::<Vec<u8>>(FIELD_CONFIRMATION));
        let desk = self.readers.keyring.signer().public_key();
        let verified = |bytes: Vec<u8>| Confirmation::verified(&bytes, &desk, &self.node);
        let marks: Vec<StoreMark> = [seen, sent].into_iter().flatten().filter_map(verified).map(|c| c.mark).collect();
        self.readers.witnessed.lock().unwrap_or_else(PoisonError::into_inner).insert(self.node.clone(), marks);
        self.looked_at = Some(Instant::now());
        Ok(())
    }

    /// Makes the group where there is none; a Redis without memory left refuses even to be asked.
    async fn find_group(&self, connection: &mut Connection) -> Result<(), RedisError> {
        let mut ask = cmd("XAUTOCLAIM");
        ask.arg(&self.keys.stream).arg(GROUP).arg(&self.readers.lease.holder).arg(0).arg("0-0").arg("COUNT").arg(1);
        let found: Result<Value, RedisError> = ask.arg("JUSTID").query_async(connection).await;
        match found {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code(), Some("NOGROUP" | "WRONGTYPE")) => self.make_group(connection).await,
            Err(error) => Err(error),
        }
    }

    async fn make_group(&self, connection: &mut Connection) -> Result<(), RedisError> {
        let mut create = cmd("XGROUP");
        create.arg("CREATE").arg(&self.keys.stream).arg(GROUP).arg("0").arg("MKSTREAM");
        let made: Result<(), RedisError> = create.query_async(connection).await;
        match made {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            // Something of another kind lies in the stream's place. The node has all it sent.
            Err(error) if error.code() == Some("WRONGTYPE") => {
                let () = cmd("DEL").arg(&self.keys.stream).query_async(connection).await?;
                create.query_async(connection).await
            }
            made => made,
        }
    }

    /// Tells the node which life of the store listens, once ingest has said it.
    async fn tell_life(&mut self) -> Result<(), RedisTrouble> {
        let mut life = self.readers.life.subscribe();
        let mark = loop {
            if let Some(mark) = *life.borrow_and_update() {
                break mark;
            }
            self.claim().await?;
            let _changed = tokio::time::timeout(WAIT, life.changed()).await;
        };
        if self.told_life == Some(mark.incarnation) {
            return Ok(());
        }
        let words = self.readers.confirmation(&self.node, mark, Vec::new());
        if !self.readers.lease.confirm(&self.readers.client, &self.keys, &words, &[]).await? {
            return Err(RedisTrouble::OtherDesk);
        }
        self.told_life = Some(mark.incarnation);
        Ok(())
    }

    /// Takes over what an earlier reader was handed and did not confirm; false when nobody takes
    /// the batches any more.
    async fn take_over(&mut self, connection: &mut Connection) -> Result<bool, RedisTrouble> {
        let mut from = "0-0".to_owned();
        loop {
            let page: StreamAutoClaimReply = cmd("XAUTOCLAIM")
                .arg(&self.keys.stream)
                .arg(GROUP)
                .arg(&self.readers.lease.holder)
                .arg(0)
                .arg(&from)
                .arg("COUNT")
                .arg(COUNT)
                .query_async(connection)
                .await?;
            if !self.hand_on(page.claimed).await? {
                return Ok(false);
            }
            if page.next_stream_id == "0-0" {
                return Ok(true);
            }
            from = page.next_stream_id;
        }
    }

    async fn read_new(&self, connection: &mut Connection) -> Result<Vec<StreamId>, RedisError> {
        let found: Option<StreamReadReply> = cmd("XREADGROUP")
            .arg("GROUP")
            .arg(GROUP)
            .arg(&self.readers.lease.holder)
            .arg("COUNT")
            .arg(COUNT)
            .arg("BLOCK")
            .arg(WAIT.as_millis() as u64)
            .arg("STREAMS")
            .arg(&self.keys.stream)
            .arg(">")
            .query_async(connection)
            .await?;
        Ok(found.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect())
    }

    /// Hands entries on when there is room for them, and keeps the lease meanwhile; false when
    /// nobody takes them any more.
    async fn hand_on(&mut self, found: Vec<StreamId>) -> Result<bool, RedisTrouble> {
        let mut entries = Vec::with_capacity(found.len());
        let mut strange = Vec::new();
        for entry in found {
            match queued(&entry) {
                Some(queued) => entries.push(Entry { id: entry.id, queued }),
                None => strange.push(entry.id),
            }
        }
        if !strange.is_empty() {
            self.drop_strange(&strange).await?;
        }
        if entries.is_empty() {
            return Ok(true);
        }
        let batch = Batch { node: self.node.clone(), entries };
        loop {
            tokio::select! {
                permit = self.out.reserve() => {
                    let Ok(permit) = permit else { return Ok(false) };
                    permit.send(batch);
                    return Ok(true);
                }
                () = tokio::time::sleep(WAIT) => self.claim().await?,
            }
        }
    }

    /// Entries without an envelope are nobody's lead.
    async fn drop_strange(&mut self, entries: &[String]) -> Result<(), RedisTrouble> {
        metrics::counter!("leadseal_stream_entries_dropped_total").increment(entries.len() as u64);
        if !std::mem::replace(&mut self.warned_of_strangers, true) {
            tracing::error!(
                node = %self.node, entries = entries.len(),
                "the node's stream has entries without an envelope, which leadseal did not write; they are dropped. Who has the node's Redis password?"
            );
        }
        let ours = self.readers.lease.confirm(&self.readers.client, &self.keys, &[], entries).await?;
        if ours { Ok(()) } else { Err(RedisTrouble::OtherDesk) }
    }

    /// One line when a trouble begins, or becomes another.
    fn tell(&self, trouble: RedisTrouble) {
        metrics::gauge!("leadseal_redis_up").set(0.0);
        let mut troubles = self.readers.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.get(&self.node) != Some(&trouble) {
            tracing::error!(node = %self.node, "{trouble}. Leads wait in the node's spool and nothing is lost");
            troubles.insert(self.node.clone(), trouble);
        }
    }

    fn tell_of_recovery(&self) {
        metrics::gauge!("leadseal_redis_up").set(1.0);
        let mut troubles = self.readers.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.remove(&self.node).is_some() {
            tracing::info!(node = %self.node, "the node's leads come again");
        }
    }
}

/// The envelope of an entry, under the token that the entry names, or else its own.
fn queued(entry: &StreamId) -> Option<QueuedEnvelope> {
    let envelope: Vec<u8> = entry.get(FIELD_ENVELOPE)?;
    let named: Option<[u8; 20]> = entry.get::<Vec<u8>>(FIELD_TOKEN).and_then(|token| token.try_into().ok());
    let token = match named {
        Some(token) => Token::from_bytes(token),
        None => Envelope::parse(&envelope).ok()?.header.token,
    };
    Some(QueuedEnvelope { token, envelope })
}
