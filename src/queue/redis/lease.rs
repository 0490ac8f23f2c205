//! The lease by which one desk at a time reads a node's stream, and the scripts that hold to it.
//!
//! The scripts may run when Redis has no memory left (`allow-oom`): they are what makes room.
//!
//! A second desk that was started by mistake (a copied disk, a failover that was none) must not
//! confirm: its store is not the one that people work with.

use super::client::RedisClient;
use super::keys::{FIELD_CONFIRMATION, GROUP, NodeKeys};
use redis::{RedisError, Script};
use std::sync::LazyLock;

/// Milliseconds after which a desk that says nothing more counts as gone.
const LEASE_MS: u64 = 10_000;
/// Confirmations kept for a node that is away. One that missed some sends again, and is told again.
const CONFIRMATIONS_KEPT: u64 = 2_000;

/// Takes or prolongs the lease of ARGV[1] for ARGV[2] milliseconds. What is no lease of a desk, a
/// key of another kind or one without end, gives way: a stranger's key must not lock the desk out.
const HOLD: &str = r"#!lua flags=allow-oom
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'string' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left <= tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
";

/// 1 when the lease is ours.
static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(&format!("{HOLD}return 1")));

/// Confirms and takes out, if the lease is ours. A key of another kind in the confirmations' place
/// is taken away. Entries follow in ARGV from 7 on.
static CONFIRM: LazyLock<Script> = LazyLock::new(|| {
    Script::new(&format!(
        r"{HOLD}
local stands = redis.call('TYPE', KEYS[3])['ok']
if stands ~= 'stream' and stands ~= 'none' then redis.call('DEL', KEYS[3]) end
if ARGV[5] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', ARGV[4], ARGV[5])
end
for at = 7, #ARGV do
  redis.pcall('XACK', KEYS[2], ARGV[6], ARGV[at])
  redis.pcall('XDEL', KEYS[2], ARGV[at])
end
return 1"
    ))
});

/// One desk's claim on the streams of its nodes.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    /// Names this desk: the same after a restart, another for a copy.
    pub(super) holder: String,
}

impl Lease {
    /// Takes or prolongs the lease on a node; whether it is ours.
    pub(super) async fn claim(&self, client: &RedisClient, keys: &NodeKeys) -> Result<bool, RedisError> {
        let mut call = CLAIM.key(&keys.owner);
        call.arg(&self.holder).arg(LEASE_MS);
        let ours: i64 = client.script(&call).await?;
        Ok(ours == 1)
    }

    /// Tells the node a signed confirmation (nothing when empty) and takes entries out of its
    /// stream; whether the lease is ours. May be repeated.
    pub(super) async fn confirm(
        &self,
        client: &RedisClient,
        keys: &NodeKeys,
        confirmation: &[u8],
        entries: &[String],
    ) -> Result<bool, RedisError> {
        let mut call = CONFIRM.key(&keys.owner);
        call.key(&keys.stream).key(&keys.confirm);
        call.arg(&self.holder).arg(LEASE_MS).arg(CONFIRMATIONS_KEPT).arg(FIELD_CONFIRMATION).arg(confirmation);
        call.arg(GROUP);
        for entry in entries {
            call.arg(entry);
        }
        let ours: i64 = client.script(&call).await?;
        Ok(ours == 1)
    }
}
