//! The names of Leadseal's keys in Redis.
//!
//! A node's keys share a hash tag, so that a cluster keeps them in one slot and one script can
//! touch them together.

use crate::domain::ids::NodeId;

/// The consumer group by which the desk reads.
#[cfg(feature = "desk")]
pub const GROUP: &str = "desk";
/// Holds the id of the store that this Redis serves.
#[cfg(feature = "desk")]
pub const STORE: &str = "ls:store";
/// Names the nodes that have handed something over, enrolled or not.
pub const NODES: &str = "ls:nodes";
/// Holds the newest manifest.
pub const MANIFEST: &str = "ls:manifest";
/// Begins the keys that all capture nodes share.
pub const SHARED: &str = "ls:shared:";

/// A stream entry's field with the lead's token.
pub const FIELD_TOKEN: &str = "t";
/// A stream entry's field with the envelope.
pub const FIELD_ENVELOPE: &str = "e";
/// A confirm entry's field with the signed confirmation.
pub const FIELD_CONFIRMATION: &str = "c";

/// The keys of one capture node.
#[derive(Debug, Clone)]
pub struct NodeKeys {
    /// The stream of envelopes. The node writes, the desk reads.
    pub stream: String,
    /// The stream of confirmations. The desk alone writes.
    pub confirm: String,
    /// The newest confirmation that the node remembers. The node writes.
    pub seen: String,
    /// Which desk reads. The desk alone writes.
    #[cfg(feature = "desk")]
    pub owner: String,
}

impl NodeKeys {
    /// The keys of this node.
    pub fn of(node: &NodeId) -> Self {
        let key = |name: &str| format!("ls:{{{node}}}:{name}");
        Self {
            stream: key("stream"),
            confirm: key("confirm"),
            seen: key("seen"),
            #[cfg(feature = "desk")]
            owner: key("owner"),
        }
    }
}

/// The id of a stream entry: the round counts the times a node began to send anew, the number is
/// the envelope's place in its spool. So sending one twice within a round is refused by Redis, and
/// the stream itself says how far the node has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    /// The round.
    pub round: u64,
    /// The place in the spool.
    pub seq: u64,
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.round, self.seq)
    }
}

impl EntryId {
    /// Reads `round-seq`.
    pub fn parse(text: &str) -> Option<Self> {
        let (round, seq) = text.split_once('-')?;
        Some(Self { round: round.parse().ok()?, seq: seq.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_keys_share_its_hash_tag() {
        let keys = NodeKeys::of(&"web-1".parse().unwrap());
        assert_eq!(keys.stream, "ls:{web-1}:stream");
        assert_eq!(keys.confirm, "ls:{web-1}:confirm");
    }

    #[test]
    fn ids_order_by_round_then_place() {
        let id = EntryId::parse("18446744073709551615-7").unwrap();
        assert_eq!(id.to_string(), "18446744073709551615-7");
        assert!(EntryId { round: 2, seq: 1 } > EntryId { round: 1, seq: 9 });
        for bad in ["", "1", "1-", "-1", "a-1", "1-1-1"] {
            assert_eq!(EntryId::parse(bad), None, "{bad}");
        }
    }
}
