//! The Redis backend: carries sealed envelopes from capture nodes to the desk and the desk's word
//! back, over one stream and one confirm key per node.
//!
//! Nothing here is trusted to keep anything: what a node took in stays in its spool until the
//! desk, by its signature, has confirmed it. So a Redis that is down, wiped, restored from an old
//! file or in a thief's hands can delay leads, and lose none.

mod client;
mod confirmed;
mod forwarder;
mod keys;
mod manifest;
mod shared;
mod trouble;

#[cfg(feature = "desk")]
mod desk_queue;
#[cfg(feature = "desk")]
mod inspect;
#[cfg(feature = "desk")]
mod lease;
#[cfg(feature = "desk")]
mod node_reader;

pub use client::RedisClient;
pub use confirmed::Confirmed;
pub use forwarder::{Forwarder, ForwarderParts};
pub use manifest::fetch_manifest;
pub use shared::SharedMemory;
pub use trouble::RedisTrouble;

#[cfg(feature = "desk")]
pub use desk_queue::{RedisQueue, RedisQueueParts, claim_redis};
#[cfg(feature = "desk")]
pub use inspect::{Grade, Inspection, inspect, inspect_replicas};
#[cfg(feature = "desk")]
pub use manifest::{nodes_there, publish_manifest};
