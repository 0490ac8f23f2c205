//! A confirmation: the desk tells a capture node which leads are in its store, and signs it.
//!
//! ```text
//! magic "LSC1"     4
//! node             1 + n
//! mark            24   incarnation, sequence, nonce of the store's commit
//! tokens           4   then each 20
//! signature       64   Ed25519 over all before
//! ```
//!
//! Signed, because a node forgets in time what was confirmed: whoever can write to Redis must not
//! be able to make it forget. Without tokens it only tells which life of the store is listening.

use super::signing::{DeskPublicKey, SIGNATURE_LEN};
use super::wire::Reader;
use crate::domain::ids::NodeId;
use crate::domain::mark::StoreMark;
use crate::domain::token::Token;

const MAGIC: &[u8; 4] = b"LSC1";
const PURPOSE: &str = "leadseal/v1/confirmation";
/// More than a batch of ingest holds.
const MOST_TOKENS: u32 = 10_000;

/// What the desk says to one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The node whose leads they are.
    pub node: NodeId,
    /// The store's commit that they are in by.
    pub mark: StoreMark,
    /// The leads.
    pub tokens: Vec<Token>,
}

impl Confirmation {
    /// Reads a confirmation that `desk` signed for `node`; nothing when it is malformed, for
    /// another node or not the desk's.
    pub fn verified(bytes: &[u8], desk: &DeskPublicKey, node: &NodeId) -> Option<Self> {
        let (body, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>()?;
        if !desk.verifies(PURPOSE, body, signature) {
            return None;
        }
        Self::read(body).filter(|confirmation| confirmation.node == *node)
    }

    fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        if reader.array::<4>()? != *MAGIC {
            return None;
        }
        let node = reader.word()?.parse().ok()?;
        let mark = StoreMark::from_bytes(reader.array()?);
        let count = reader.u32().filter(|count| *count <= MOST_TOKENS)?;
        let tokens = (0..count).map(|_| reader.array().map(Token::from_bytes)).collect::<Option<_>>()?;
        reader.end()?;
        Some(Self { node, mark, tokens })
    }

    /// The confirmation as it travels.
    #[cfg(feature = "desk")]
    pub fn signed(&self, signer: &super::signing::DeskSigner) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        // Ids have at most 40 characters.
        out.push(u8::try_from(self.node.as_str().len()).unwrap_or(u8::MAX));
        out.extend_from_slice(self.node.as_str().as_bytes());
        out.extend_from_slice(&self.mark.to_bytes());
        super::envelope::write_length(&mut out, self.tokens.len());
        for token in &self.tokens {
            out.extend_from_slice(token.as_bytes());
        }
        let signature = signer.sign(PURPOSE, &out);
        out.extend_from_slice(&signature);
        out
    }
}

#[cfg(test)]
#[cfg(feature = "desk")]
mod tests {
    use super::*;
    use crate::crypto::signing::DeskSigner;
    use proptest::prelude::*;

    fn confirmation(count: u8) -> Confirmation {
        Confirmation {
            node: "web1".parse().unwrap(),
            mark: StoreMark { incarnation: 1, seq: 44, nonce: 9 },
            tokens: (0..count).map(|n| Token::from_bytes([n; 20])).collect(),
        }
    }

    #[test]
    fn it_reads_back_for_its_node_and_desk_alone() {
        let desk = DeskSigner::from_seed(&[1; 32]);
        for count in [0, 1, 200] {
            let bytes = confirmation(count).signed(&desk);
            let node = "web1".parse().unwrap();
            assert_eq!(Confirmation::verified(&bytes, &desk.public_key(), &node), Some(confirmation(count)));
            assert_eq!(Confirmation::verified(&bytes, &desk.public_key(), &"web2".parse().unwrap()), None);
            let other = DeskSigner::from_seed(&[2; 32]).public_key();
            assert_eq!(Confirmation::verified(&bytes, &other, &node), None);
        }
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_refused_and_nothing_panics(at in 0usize..2000, to: u8, junk in proptest::collection::vec(any::<u8>(), 0..200)) {
            let desk = DeskSigner::from_seed(&[1; 32]);
            let bytes = confirmation(3).signed(&desk);
            let mut changed = bytes.clone();
            let at = at % bytes.len();
            changed[at] = to;
            let node = "web1".parse().unwrap();
            prop_assert!(to == bytes[at] || Confirmation::verified(&changed, &desk.public_key(), &node).is_none());
            let _ = Confirmation::read(&[MAGIC.as_slice(), junk.as_slice()].concat());
        }
    }
}
