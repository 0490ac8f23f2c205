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
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for the others' memory: no visitor should wait for a luxury.
const PATIENCE: Duration = Duration::from_millis(250);
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
}

impl SharedMemory {
    /// The memory in this Redis.
    pub fn new(client: Arc<RedisClient>) -> Self {
        Self { client, started: Instant::now(), resting_until: AtomicU64::new(0) }
    }

    /// What another node made of a post with this key; nothing when none took it in, or nobody
    /// can say. `secret` is the day key under which the MACs were made.
    pub async fn remembered(&self, idempotency: &Idempotency, secret: &MacKey) -> Option<Accepted> {
        let key = post_key(idempotency);
        let answer: Option<Vec<u8>> = self.ask(async || self.client.query(cmd("GET").arg(&key)).await).await?;
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
        let _told: Option<Option<String>> = self.ask(async || self.client.query(&command).await).await;
    }

    /// Counts a post of a network, named by a MAC; gives how many there were within the minute
    /// over all nodes, and the seconds left of it. Nothing when nobody can say.
    pub async fn count_post(&self, network: &[u8; 32], now_seconds: i64) -> Option<(u64, u64)> {
        let window = now_seconds.unsigned_abs() / WINDOW_SECONDS;
        let key = format!("{SHARED}rate:{}:{window}", hex::encode(&network[..16]));
        let mut commands = pipe();
        commands.cmd("INCR").arg(&key).cmd("EXPIRE").arg(&key).arg(2 * WINDOW_SECONDS).ignore();
        let (count,): (u64,) = self.ask(async || self.client.pipeline(&commands).await).await?;
        Some((count, WINDOW_SECONDS - now_seconds.unsigned_abs() % WINDOW_SECONDS))
    }

    /// Asks unless it rests; after a failure it rests a while.
    async fn ask<T: FromRedisValue, F: Future<Output = Result<T, RedisError>>>(
        &self,
        question: impl FnOnce() -> F,
    ) -> Option<T> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.resting_until.load(Ordering::Relaxed) {
            return None;
        }
        let trouble = match tokio::time::timeout(PATIENCE, question()).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => RedisTrouble::from(error),
            Err(_) => RedisTrouble::Timeout,
        };
        tracing::debug!(trouble = trouble.word(), "nodes go by their own memory for a while");
        self.resting_until.store(now + REST.as_millis() as u64, Ordering::Relaxed);
        None
    }
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
