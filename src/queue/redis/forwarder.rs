//! The way there: a capture node hands what waits in its spool to its stream in Redis.
//!
//! The stream's own last number says how far the node has come, so nothing is noted on the node
//! and an answer that was lost costs nothing. When the stream holds less than it should (wiped,
//! restored from an older file, entries taken out) or takes no more (jammed), everything that is
//! not confirmed is sent anew. Never takes anything out of the spool.

use super::client::RedisClient;
use super::keys::{EntryId, FIELD_ENVELOPE, FIELD_TOKEN, NODES, NodeKeys};
use super::trouble::{Failed, RedisTrouble};
use crate::domain::ids::NodeId;
use crate::queue::spool::{Spool, SpooledEnvelope};
use redis::streams::StreamRangeReply;
use redis::{RedisError, Value, cmd, pipe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Most envelopes of one exchange with Redis.
const BATCH: usize = 256;
/// Most envelopes in the stream that are not confirmed: a desk that is away for long must not fill
/// Redis' memory. The rest waits in the spool.
const MOST_UNDER_WAY: u64 = 8192;
/// How often the stream is looked at when nothing comes in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// In how many looks in a row an entry must be missing before all is sent anew: what the desk took
/// out a moment ago may not be confirmed here yet.
const LOOKS_BEFORE_ANEW: u32 = 2;
/// Pauses after failures, doubling between these.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a forwarder is made of.
pub struct ForwarderParts {
    /// The way to Redis.
    pub client: Arc<RedisClient>,
    /// What waits.
    pub spool: Spool,
    /// The node.
    pub node: NodeId,
    /// Whether this node was revoked: then nothing is handed over.
    pub revoked: Arc<AtomicBool>,
}

/// Forwards a node's spool.
pub struct Forwarder {
    parts: ForwarderParts,
    keys: NodeKeys,
    /// Where the stream stands; nothing until it was looked at.
    position: Option<EntryId>,
    /// The last round that this process has used.
    round: u64,
    /// The life of the store that what is in the stream was sent to.
    incarnation: Option<u64>,
    /// When the stream was last looked at.
    looked_at: Option<Instant>,
    /// The oldest envelope that was not confirmed at the last look.
    suspect: Option<u64>,
    /// Looks in a row in which it was missing.
    missing: u32,
    /// The operator was told that somebody else writes to the stream.
    warned_of_others: bool,
    /// What the operator was told last.
    told: Option<RedisTrouble>,
    /// The last place of the spool that was handed over.
    handed_over: watch::Sender<u64>,
}

impl Forwarder {
    /// A forwarder that is not yet running.
    pub fn new(parts: ForwarderParts) -> Self {
        let keys = NodeKeys::of(&parts.node);
        Self {
            parts,
            keys,
            position: None,
            round: 0,
            incarnation: None,
            looked_at: None,
            suspect: None,
            missing: 0,
            warned_of_others: false,
            told: None,
            handed_over: watch::Sender::new(0),
        }
    }

    /// The last place of the spool that was handed over.
    pub fn handed_over(&self) -> watch::Receiver<u64> {
        self.handed_over.subscribe()
    }

    /// Works until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut arrivals = self.parts.spool.arrivals();
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = match self.step().await {
                Ok(true) => Duration::ZERO,
                Ok(false) => {
                    pause = FIRST_PAUSE;
                    self.tell_of_recovery();
                    LOOK_EVERY
                }
                Err(failed) => {
                    self.position = None;
                    self.tell(failed);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    pause
                }
            };
            if shutdown.is_cancelled() {
                return;
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                // Arrivals don't hurry a Redis that is in trouble.
                _ = arrivals.changed(), if wait == LOOK_EVERY => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Brings the stream nearer to the spool; true when there is more to do at once.
    async fn step(&mut self) -> Result<bool, Failed> {
        if self.parts.revoked.load(Ordering::Acquire) {
            return Ok(false);
        }
        let (mark, evidence) = self.parts.spool.desk().await?;
        // A later life of the store lacks what an earlier one confirmed: the spool gives it again,
        // from before the stream's position.
        let lives_on = self.incarnation.is_none_or(|before| before == 0 || before == mark.incarnation);
        if !lives_on {
            self.begin_round().await?;
        }
        self.incarnation = Some(mark.incarnation);
        let position = match self.position {
            Some(position) => position,
            None => self.look_first(evidence.as_deref()).await?,
        };
        let (under_way, _) = self.parts.spool.unconfirmed_up_to(position.seq).await?;
        metrics::gauge!("leadseal_node_under_way").set(under_way as f64);
        let room = usize::try_from(MOST_UNDER_WAY.saturating_sub(under_way)).unwrap_or(0).min(BATCH);
        let batch = self.parts.spool.unconfirmed_after(position.seq, room).await?;
        if !batch.is_empty() {
            self.send(position, &batch).await?;
        }
        if let Some(position) = self.position {
            self.look_for_gaps(position).await?;
        }
        Ok(batch.len() == BATCH)
    }

    async fn send(&mut self, position: EntryId, batch: &[SpooledEnvelope]) -> Result<(), Failed> {
        let mut commands = pipe();
        for one in batch {
            let id = EntryId { seq: one.seq, ..position };
            commands
                .cmd("XADD")
                .arg(&self.keys.stream)
                .arg(id.to_string())
                .arg(FIELD_TOKEN)
                .arg(&one.queued.token.as_bytes()[..])
                .arg(FIELD_ENVELOPE)
                .arg(&one.queued.envelope)
                .ignore();
        }
        match self.parts.client.pipeline(&commands).await {
            Ok(()) => {}
            Err(error) if is_overtaken(&error) => {
                self.warn_of_others();
                self.position = None;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        metrics::counter!("leadseal_forwarded_total").increment(batch.len() as u64);
        if let Some(last) = batch.last() {
            self.position = Some(EntryId { seq: last.seq, ..position });
            self.handed_over.send_replace(last.seq);
        }
        Ok(())
    }

    /// Finds where the stream stands, and tells the desk that this node is there and what it remembers
    /// of it.
    async fn look_first(&mut self, evidence: Option<&[u8]>) -> Result<EntryId, Failed> {
        // Only so that a desk which does not know this node can say so.
        let _named: Result<(), RedisError> =
            self.parts.client.query(cmd("SADD").arg(NODES).arg(self.parts.node.as_str())).await;
        if let Some(evidence) = evidence {
            let () = self.parts.client.query(cmd("SET").arg(&self.keys.seen).arg(evidence)).await?;
        }
        let Some(found) = self.last_entry().await? else { return self.begin_round().await };
        let (_, last_place) = self.parts.spool.unconfirmed_up_to(0).await?;
        // Another round than ours: an older file was restored, or this process has just begun. A
        // place that our spool never had is that of another spool.
        let is_ours = if self.round == 0 { found.round > 0 } else { found.round == self.round };
        if !is_ours || found.seq > last_place {
            self.round = self.round.max(found.round);
            return self.begin_round().await;
        }
        self.round = found.round;
        self.position = Some(found);
        Ok(found)
    }

    /// Begins to send everything anew that is not confirmed.
    async fn begin_round(&mut self) -> Result<EntryId, Failed> {
        let in_stream = self.last_entry().await?.map_or(0, |last| last.round);
        (self.suspect, self.missing) = (None, 0);
        let last = self.round.max(in_stream);
        if last == u64::MAX {
            // Jammed: no entry can follow. What it held is in the spool.
            tracing::warn!(node = %self.parts.node, "the node's stream takes no more entries; a new one is begun");
            let () = self.parts.client.query(cmd("DEL").arg(&self.keys.stream)).await?;
            self.round = 1;
        } else {
            self.round = last + 1;
        }
        let position = EntryId { round: self.round, seq: 0 };
        self.position = Some(position);
        Ok(position)
    }

    /// Looks now and then whether the oldest envelope that the desk has not confirmed still is in
    /// the stream. Counting would not do: the desk takes out and confirms in one breath, but the
    /// node hears of it a moment later.
    async fn look_for_gaps(&mut self, position: EntryId) -> Result<(), Failed> {
        if self.looked_at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(());
        }
        self.looked_at = Some(Instant::now());
        let oldest = self.parts.spool.unconfirmed_after(0, 1).await?;
        let oldest = oldest.first().map(|one| one.seq).filter(|seq| *seq <= position.seq);
        if oldest.is_none() || self.suspect != oldest {
            (self.suspect, self.missing) = (oldest, 0);
            return self.look_for_others(position).await;
        }
        let id = EntryId { seq: oldest.unwrap_or(0), ..position }.to_string();
        let found: StreamRangeReply =
            self.parts.client.query(cmd("XRANGE").arg(&self.keys.stream).arg(&id).arg(&id)).await?;
        if !found.ids.is_empty() {
            self.missing = 0;
            return Ok(());
        }
        self.missing += 1;
        if self.missing >= LOOKS_BEFORE_ANEW {
            tracing::warn!(node = %self.parts.node, "the node's stream has lost entries; what is not confirmed is sent anew");
            metrics::counter!("leadseal_streams_begun_anew_total").increment(1);
            self.begin_round().await?;
        }
        Ok(())
    }

    /// Another process that sends under this node's name would never be told apart by the desk,
    /// and the two would drive each other through the rounds.
    async fn look_for_others(&mut self, position: EntryId) -> Result<(), Failed> {
        let Some(last) = self.last_entry().await? else { return Ok(()) };
        if last > position {
            self.warn_of_others();
            self.position = None;
        }
        Ok(())
    }

    fn warn_of_others(&mut self) {
        if !std::mem::replace(&mut self.warned_of_others, true) {
            tracing::error!(
                node = %self.parts.node,
                "somebody else writes to this node's stream; every capture node needs an enrolment of its own"
            );
        }
    }

    /// The number of the last entry that the stream ever had; nothing without a stream. A key of
    /// another kind in its place is taken away: it holds nothing of ours.
    async fn last_entry(&self) -> Result<Option<EntryId>, RedisError> {
        let answer: Result<Value, RedisError> =
            self.parts.client.query(cmd("XINFO").arg("STREAM").arg(&self.keys.stream)).await;
        match answer {
            Ok(answer) => Ok(last_generated_id(&answer)),
            Err(error) if error.code() == Some("WRONGTYPE") => {
                let () = self.parts.client.query(cmd("DEL").arg(&self.keys.stream)).await?;
                Ok(None)
            }
            Err(error) if is_no_such_key(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One line when a trouble begins, or becomes another.
    fn tell(&mut self, failed: Failed) {
        match failed {
            // The spool itself says that it can't be used.
            Failed::Spool(error) => tracing::debug!(%error, "forwarding waits for the spool"),
            Failed::Redis(error) => {
                let trouble = RedisTrouble::from(error);
                metrics::gauge!("leadseal_redis_up").set(0.0);
                if self.told.as_ref() != Some(&trouble) {
                    tracing::error!(node = %self.parts.node, "{trouble}. Leads wait in the spool and nothing is lost");
                    self.told = Some(trouble);
                }
            }
        }
    }

    fn tell_of_recovery(&mut self) {
        metrics::gauge!("leadseal_redis_up").set(1.0);
        if self.told.take().is_some() {
            tracing::info!(node = %self.parts.node, "Redis is back; leads are handed over again");
        }
    }
}

fn is_no_such_key(error: &RedisError) -> bool {
    error.code() == Some("ERR") && error.detail().is_some_and(|detail| detail.contains("no such key"))
}

/// An entry was refused because a later one is there: our place in the stream is lost.
fn is_overtaken(error: &RedisError) -> bool {
    error.code() == Some("ERR") && error.detail().is_some_and(|detail| detail.contains("equal or smaller"))
}

/// `XINFO STREAM` is a list, or a map, of names and values.
fn last_generated_id(answer: &Value) -> Option<EntryId> {
    let text = |value: &Value| redis::from_redis_value_ref::<String>(value).ok();
    let named = |name: &Value| text(name).as_deref() == Some("last-generated-id");
    let found = match answer {
        Value::Array(items) => items.chunks_exact(2).find(|pair| named(&pair[0])).map(|pair| &pair[1]),
        Value::Map(items) => items.iter().find(|(name, _)| named(name)).map(|(_, value)| value),
        _ => None,
    };
    EntryId::parse(&text(found?)?)
}
