//! The manifest's way through Redis: the desk lays it there, the nodes fetch it.

use super::client::RedisClient;
use super::keys::MANIFEST;
use super::trouble::RedisTrouble;
use redis::cmd;

/// The manifest that lies in Redis, as it travels; nothing when there is none. Not yet verified.
///
/// # Errors
/// When Redis can't be used.
pub async fn fetch_manifest(client: &RedisClient) -> Result<Option<Vec<u8>>, RedisTrouble> {
    Ok(client.query(cmd("GET").arg(MANIFEST)).await?)
}

/// Lays a signed manifest into Redis.
///
/// # Errors
/// When Redis can't be used.
#[cfg(feature = "desk")]
pub async fn publish_manifest(client: &RedisClient, manifest: &[u8]) -> Result<(), RedisTrouble> {
    Ok(client.query(cmd("SET").arg(MANIFEST).arg(manifest)).await?)
}
