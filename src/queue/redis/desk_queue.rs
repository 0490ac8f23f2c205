//! The queue as ingest sees it: the streams of all enrolled nodes, one reader each.
//!
//! What was handed out and not confirmed is handed out again. A Redis serves one store: that of
//! another is refused.

use super::client::RedisClient;
use super::keys::{NodeKeys, STORE};
use super::lease::Lease;
use super::node_reader::{Batch, Entry, NodeReader, Readers};
use super::trouble::RedisTrouble;
use crate::crypto::keyring::Keyring;
use crate::domain::ids::NodeId;
use crate::domain::mark::{StoreId, StoreMark};
use crate::domain::token::Token;
use crate::queue::port::{Queue, QueueError, QueuedEnvelope};
use redis::cmd;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Batches that wait for ingest, over all nodes.
const BATCHES: usize = 4;

/// What the queue is made of.
pub struct RedisQueueParts {
    /// The way to Redis.
    pub client: Arc<RedisClient>,
    /// The store that it feeds.
    pub store: StoreId,
    /// What signs confirmations.
    pub keyring: Arc<Keyring>,
    /// Names this desk: the same after a restart, another for a copy of it.
    pub holder: String,
    /// The nodes that are enrolled and not revoked, as they change.
    pub nodes: watch::Receiver<Vec<NodeId>>,
}

/// The queue over Redis. For one ingest; cheap to clone.
#[derive(Clone)]
pub struct RedisQueue {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Arc<Readers>,
    nodes: watch::Receiver<Vec<NodeId>>,
    batches: tokio::sync::Mutex<mpsc::Receiver<Batch>>,
    handed: Mutex<Handed>,
    /// Ends the readers.
    _end: tokio_util::sync::DropGuard,
}

/// Entries that ingest was given, or will be, and has not confirmed; oldest first.
#[derive(Default)]
struct Handed {
    entries: VecDeque<(NodeId, Entry)>,
    known: HashSet<(NodeId, String)>,
}

impl Handed {
    /// A reader that connected again brings entries again.
    fn add(&mut self, batch: Batch) {
        for entry in batch.entries {
            if self.known.insert((batch.node.clone(), entry.id.clone())) {
                self.entries.push_back((batch.node.clone(), entry));
            }
        }
    }

    fn remove(&mut self, gone: impl Fn(&NodeId, &Entry) -> bool) {
        let known = &mut self.known;
        self.entries.retain(|(node, entry)| {
            let stays = !gone(node, entry);
            if !stays {
                known.remove(&(node.clone(), entry.id.clone()));
            }
            stays
        });
    }
}

impl RedisQueue {
    /// Starts the readers. They end with the last clone.
    pub fn start(parts: RedisQueueParts) -> Self {
        let RedisQueueParts { client, store, keyring, holder, nodes } = parts;
        let readers = Arc::new(Readers {
            client,
            store,
            keyring,
            lease: Lease { holder },
            life: watch::Sender::new(None),
            witnessed: Mutex::default(),
            troubles: Mutex::default(),
        });
        let (out, batches) = mpsc::channel(BATCHES);
        let end = CancellationToken::new();
        tokio::spawn(follow_nodes(Arc::clone(&readers), nodes.clone(), out, end.clone()));
        let inner = Inner {
            readers,
            nodes,
            batches: tokio::sync::Mutex::new(batches),
            handed: Mutex::default(),
            _end: end.drop_guard(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What keeps leads from coming, node by node; for health and banners.
    pub fn troubles(&self) -> Vec<(NodeId, RedisTrouble)> {
        let troubles = self.inner.readers.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<_> = troubles.iter().map(|(node, trouble)| (node.clone(), trouble.clone())).collect();
        list.sort_by(|one, other| one.0.cmp(&other.0));
        list
    }

    fn handed(&self) -> MutexGuard<'_, Handed> {
        self.inner.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_handed(&self, max: usize) -> Vec<QueuedEnvelope> {
        self.handed().entries.iter().take(max).map(|(_, entry)| entry.queued.clone()).collect()
    }

    /// Tells one node what is stored, and takes it out of its stream.
    async fn confirm_to(&self, node: &NodeId, mark: StoreMark, mine: Vec<(String, Token)>) -> Result<(), QueueError> {
        let readers = &self.inner.readers;
        let (entries, tokens): (Vec<String>, Vec<Token>) = mine.into_iter().unzip();
        let words = readers.confirmation(node, mark, tokens);
        let told = readers.lease.confirm(&readers.client, &NodeKeys::of(node), &words, &entries).await;
        match told.map_err(RedisTrouble::from) {
            Ok(true) => {
                let gone: HashSet<&String> = entries.iter().collect();
                self.handed().remove(|of, entry| of == node && gone.contains(&entry.id));
                Ok(())
            }
            Ok(false) => {
                // Whoever has the lease now is given them; they stay in the node's spool.
                self.handed().remove(|of, _| of == node);
                Err(QueueError(RedisTrouble::OtherDesk.to_string()))
            }
            Err(trouble) => Err(QueueError(trouble.to_string())),
        }
    }
}

impl Queue for RedisQueue {
    async fn next(&self, max: usize, wait: Duration) -> Result<Vec<QueuedEnvelope>, QueueError> {
        let mut batches = self.inner.batches.lock().await;
        if self.handed().entries.is_empty() {
            match tokio::time::timeout(wait, batches.recv()).await {
                Ok(Some(batch)) => self.handed().add(batch),
                Ok(None) => return Err(QueueError("its readers have ended".to_owned())),
                Err(_) => return Ok(Vec::new()),
            }
        }
        while self.handed().entries.len() < max {
            match batches.try_recv() {
                Ok(batch) => self.handed().add(batch),
                Err(_) => break,
            }
        }
        Ok(self.first_handed(max))
    }

    async fn confirm(&self, leads: &[Token], mark: StoreMark) -> Result<(), QueueError> {
        let leads: HashSet<&Token> = leads.iter().collect();
        let mut by_node: BTreeMap<NodeId, Vec<(String, Token)>> = BTreeMap::new();
        for (node, entry) in &self.handed().entries {
            if leads.contains(&entry.queued.token) {
                by_node.entry(node.clone()).or_default().push((entry.id.clone(), entry.queued.token));
            }
        }
        for (node, mine) in by_node {
            self.confirm_to(&node, mark, mine).await?;
        }
        Ok(())
    }

    async fn witnessed(&self) -> Result<Vec<StoreMark>, QueueError> {
        let witnessed = self.inner.readers.witnessed.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(witnessed.values().flatten().copied().collect())
    }

    async fn announce(&self, mark: StoreMark) -> Result<(), QueueError> {
        self.inner.readers.life.send_replace(Some(mark));
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, QueueError> {
        let nodes = self.inner.nodes.borrow().clone();
        let mut waiting = 0;
        for node in nodes {
            let held: Result<u64, _> =
                self.inner.readers.client.query(cmd("XLEN").arg(NodeKeys::of(&node).stream)).await;
            waiting += held.map_err(|error| QueueError(RedisTrouble::from(error).to_string()))?;
        }
        Ok(waiting)
    }
}

/// Keeps one reader per node while the list of nodes changes.
async fn follow_nodes(
    readers: Arc<Readers>,
    mut nodes: watch::Receiver<Vec<NodeId>>,
    out: mpsc::Sender<Batch>,
    end: CancellationToken,
) {
    let mut tasks = JoinSet::new();
    let mut running: HashMap<NodeId, tokio::task::AbortHandle> = HashMap::new();
    loop {
        let wanted = nodes.borrow_and_update().clone();
        running.retain(|node, task| {
            let stays = wanted.contains(node);
            if !stays {
                task.abort();
                readers.troubles.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
                readers.witnessed.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
            }
            stays
        });
        for node in wanted {
            running
                .entry(node.clone())
                .or_insert_with(|| tasks.spawn(NodeReader::new(Arc::clone(&readers), node, out.clone()).run()));
        }
        tokio::select! {
            () = end.cancelled() => return,
            changed = nodes.changed() => {
                if changed.is_err() {
                    // Nobody can change the list any more; the readers go on.
                    end.cancelled().await;
                    return;
                }
            }
        }
    }
}

/// Makes this Redis the one of this store; refuses that of another, and one that is too old.
///
/// # Errors
/// When it serves another store, is too old, or can't be used.
pub async fn claim_redis(client: &RedisClient, store: StoreId) -> Result<(), RedisTrouble> {
    super::inspect::check_version(client).await?;
    let own = store.to_string();
    // A Redis without memory left refuses to be written to, also what it holds already.
    let held: Option<String> = client.query(cmd("GET").arg(STORE)).await?;
    if held.as_ref() == Some(&own) {
        return Ok(());
    }
    let before: Option<String> = client.query(cmd("SET").arg(STORE).arg(&own).arg("NX").arg("GET")).await?;
    match before {
        Some(other) if other != own => {
            let shown: String = other.chars().filter(char::is_ascii_hexdigit).take(8).collect();
            Err(RedisTrouble::OtherStore(shown))
        }
        _ => Ok(()),
    }
}
