//! What capture nodes remember together while Redis is there: which posts were taken in, and how
//! many each network has sent. Without it, each node goes by what it remembers alone.
//!
//! Keys and answers are MACs under day keys that the nodes share: whoever reads Redis learns
//! nothing about a visitor, and whoever writes to it can't make a node believe that it took a
//! post in.

use super::client::RedisClient;
use super::keys::SHARED;
use super::trouble::RedisTrouble;
use crate::crypto::mac::MacKey;
use crate::domain::token::Token;
use crate::queue::spool::{Accepted, Idempotency};
use redis::{FromRedisValue, RedisError, cmd, pipe};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Longest wait for the others' memory: no visitor should wait for a luxury, and where it is slow
/// the desk finds a post that came twice.
const PATIENCE: Duration = Duration::from_millis(25);
/// Longest wait for what no visitor waits for.
const PATIENCE_BEHIND: Duration = Duration::from_secs(2);
/// How often the counts of posts are brought together.
const SHARE_EVERY: Duration = Duration::from_millis(250);
/// Networks counted within one window; more are counted by each node alone.
const MOST_NETWORKS: usize = 100_000;
/// Networks of one exchange with Redis.
const NETWORKS_AT_ONCE: usize = 500;
/// How long it is left alone after a failure.
const REST: Duration = Duration::from_secs(5);
/// How long an answer to an idempotent post is remembered.
const ANSWER_SECONDS: u64 = 24 * 3600;
/// The window in which the posts of a network are counted.
const WINDOW_SECONDS: u64 = 60;
/// A body's MAC, a token and the MAC over both.
const ANSWER_LEN: usize = 32 + 20 + 32;

/// The nodes' common memory.
pub struct SharedMemory {
    client: Arc<RedisClient>,
    started: Instant,
    /// Milliseconds after `started` until which it is left alone.
    resting_until: AtomicU64,
    posts: Mutex<Window>,
}

/// Half a MAC tells networks apart well enough.
type Network = [u8; 16];

/// The posts of the present minute.
#[derive(Default)]
struct Window {
    /// Minutes since 1970.
    minute: u64,
    networks: HashMap<Network, Count>,
}

/// One network's posts.
#[derive(Default, Clone, Copy)]
struct Count {
    /// Over all nodes, as it was last heard.
    heard: u64,
    /// Here, since then.
    untold: u64,
}

impl SharedMemory {
    /// The memory in this Redis.
    pub fn new(client: Arc<RedisClient>) -> Self {
        Self { client, started: Instant::now(), resting_until: AtomicU64::new(0), posts: Mutex::default() }
    }

    /// What another node made of a post with this key; nothing when none took it in, or nobody
    /// can say. `secret` is the day key under which the MACs were made.
    pub async fn remembered(&self, idempotency: &Idempotency, secret: &MacKey) -> Option<Accepted> {
        let key = post_key(idempotency);
        let answer: Option<Vec<u8>> =
            self.ask(PATIENCE, async || self.client.query(cmd("GET").arg(&key)).await).await?;
        let (body, token) = read_answer(&answer?, &idempotency.key, secret)?;
        Some(if body == idempotency.body { Accepted::Replayed(token) } else { Accepted::Conflict(token) })
    }

    /// Tells the other nodes that a post was taken in: only after it is durable here.
    pub async fn remember(&self, idempotency: &Idempotency, token: Token, secret: &MacKey) {
        let mut command = cmd("SET");
        command
            .arg(post_key(idempotency))
            .arg(written_answer(idempotency, token, secret))
            .arg("NX")
            .arg("EX")
            .arg(ANSWER_SECONDS);
        let _told: Option<Option<String>> = self.ask(PATIENCE_BEHIND, async || self.client.query(&command).await).await;
    }

    /// Counts a post of a network, named by a MAC; gives how many there were within the minute as
    /// far as this node knows, and the seconds left of it.
    pub fn count_post(&self, network: &[u8; 32], now_seconds: i64) -> (u64, u64) {
        let now = now_seconds.unsigned_abs();
        let left = WINDOW_SECONDS - now % WINDOW_SECONDS;
        let mut posts = self.posts();
        posts.turn_to(now / WINDOW_SECONDS);
        let is_full = posts.networks.len() >= MOST_NETWORKS;
        let named = half(network);
        if is_full && !posts.networks.contains_key(&named) {
            return (0, left);
        }
        let count = posts.networks.entry(named).or_default();
        count.untold += 1;
        (count.heard + count.untold, left)
    }

    /// Brings the counts of all nodes together now and then, until `stop`.
    pub async fn share_counts(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(SHARE_EVERY) => {}
            }
            let (minute, untold) = self.posts().take_untold();
            for some in untold.chunks(NETWORKS_AT_ONCE) {
                self.share(minute, some).await;
            }
        }
    }

    async fn share(&self, minute: u64, some: &[(Network, u64)]) {
        let mut commands = pipe();
        for (network, count) in some {
            let key = format!("{SHARED}rate:{}:{minute}", hex::encode(network));
            commands.cmd("INCRBY").arg(&key).arg(*count).cmd("EXPIRE").arg(&key).arg(2 * WINDOW_SECONDS).ignore();
        }
        let heard: Option<Vec<u64>> = self.ask(PATIENCE_BEHIND, async || self.client.pipeline(&commands).await).await;
        self.posts().hear(minute, some, heard.as_deref());
    }

    fn posts(&self) -> MutexGuard<'_, Window> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks unless it rests; after a failure it rests a while.
    async fn ask<T: FromRedisValue, F: Future<Output = Result<T, RedisError>>>(
        &self,
        patience: Duration,
        question: impl FnOnce() -> F,
    ) -> Option<T> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.resting_until.load(Ordering::Relaxed) {
            return None;
        }
        let trouble = match tokio::time::timeout(patience, question()).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => RedisTrouble::from(error),
            Err(_) => RedisTrouble::Timeout,
        };
        tracing::debug!(trouble = trouble.word(), "nodes go by their own memory for a while");
        self.resting_until.store(now + REST.as_millis() as u64, Ordering::Relaxed);
        None
    }
}

impl Window {
    fn turn_to(&mut self, minute: u64) {
        if self.minute != minute {
            *self = Self { minute, networks: HashMap::new() };
        }
    }

    /// What is to be told to the others, which counts as told from now on.
    fn take_untold(&mut self) -> (u64, Vec<(Network, u64)>) {
        let mut untold = Vec::new();
        for (network, count) in &mut self.networks {
            if count.untold > 0 {
                untold.push((*network, count.untold));
                count.heard += std::mem::take(&mut count.untold);
            }
        }
        (self.minute, untold)
    }

    /// Notes what was heard. What could not be told stays in this node's own count.
    fn hear(&mut self, minute: u64, told: &[(Network, u64)], heard: Option<&[u64]>) {
        let Some(heard) = heard.filter(|_| self.minute == minute) else { return };
        for ((network, _), total) in told.iter().zip(heard) {
            if let Some(count) = self.networks.get_mut(network) {
                count.heard = *total;
            }
        }
    }
}

fn half(mac: &[u8; 32]) -> Network {
    let mut half = Network::default();
    half.copy_from_slice(&mac[..16]);
    half
}

fn post_key(idempotency: &Idempotency) -> String {
    format!("{SHARED}once:{}", hex::encode(idempotency.key))
}

fn answer_mac(key: &[u8; 32], body: &[u8], token: &[u8], secret: &MacKey) -> [u8; 32] {
    secret.mac("leadseal shared answer", &[key, body, token])
}

fn written_answer(idempotency: &Idempotency, token: Token, secret: &MacKey) -> Vec<u8> {
    let mac = answer_mac(&idempotency.key, &idempotency.body, token.as_bytes(), secret);
    [&idempotency.body[..], token.as_bytes(), &mac].concat()
}

fn read_answer(answer: &[u8], key: &[u8; 32], secret: &MacKey) -> Option<([u8; 32], Token)> {
    let answer: &[u8; ANSWER_LEN] = answer.try_into().ok()?;
    let (body, rest) = answer.split_first_chunk::<32>()?;
    let (token, mac) = rest.split_first_chunk::<20>()?;
    secret.verify("leadseal shared answer", &[key, body, token], mac).then(|| (*body, Token::from_bytes(*token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_believed_only_under_its_key_and_secret() {
        let idempotency = Idempotency { key: [1; 32], body: [2; 32] };
        let (secret, token) = (MacKey::from_bytes([9; 32]), Token::from_bytes([3; 20]));
        let answer = written_answer(&idempotency, token, &secret);
        assert_eq!(read_answer(&answer, &[1; 32], &secret), Some(([2; 32], token)));
        assert_eq!(read_answer(&answer, &[4; 32], &secret), None, "copied to another key");
        assert_eq!(read_answer(&answer, &[1; 32], &MacKey::from_bytes([8; 32])), None);
        for at in [0, 40, 60] {
            let mut forged = answer.clone();
            forged[at] ^= 1;
            assert_eq!(read_answer(&forged, &[1; 32], &secret), None);
        }
        assert_eq!(read_answer(&answer[1..], &[1; 32], &secret), None);
    }
}
