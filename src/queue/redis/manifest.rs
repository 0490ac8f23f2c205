//! What desk and nodes tell each other besides leads: the desk lays its manifest into Redis, the
//! nodes fetch it; the nodes say that they are there.

use super::client::RedisClient;
use super::keys::MANIFEST;
#[cfg(feature = "desk")]
use super::keys::NODES;
use super::trouble::RedisTrouble;
#[cfg(feature = "desk")]
use crate::domain::ids::NodeId;
use redis::cmd;

/// The manifest that lies in Redis, as it travels; nothing when there is none. Not yet verified.
///
/// # Errors
/// When Redis can't be used.
pub async fn fetch_manifest(client: &RedisClient) -> Result<Option<Vec<u8>>, RedisTrouble> {
    Ok(client.query(cmd("GET").arg(MANIFEST)).await?)
}

/// Most names that are believed to be nodes: whoever has a node's password can write more.
#[cfg(feature = "desk")]
const MOST_NODES: usize = 200;

/// The nodes that have handed something over to this Redis, enrolled or not.
///
/// # Errors
/// When Redis can't be used.
#[cfg(feature = "desk")]
pub async fn nodes_there(client: &RedisClient) -> Result<Vec<NodeId>, RedisTrouble> {
    let count: usize = client.query(cmd("SCARD").arg(NODES)).await?;
    if count > MOST_NODES {
        return Ok(Vec::new());
    }
    let names: Vec<Vec<u8>> = client.query(cmd("SMEMBERS").arg(NODES)).await?;
    let node = |name: Vec<u8>| String::from_utf8(name).ok()?.parse().ok();
    Ok(names.into_iter().filter_map(node).collect())
}

/// Lays a signed manifest into Redis.
///
/// # Errors
/// When Redis can't be used.
#[cfg(feature = "desk")]
pub async fn publish_manifest(client: &RedisClient, manifest: &[u8]) -> Result<(), RedisTrouble> {
    Ok(client.query(cmd("SET").arg(MANIFEST).arg(manifest)).await?)
}
