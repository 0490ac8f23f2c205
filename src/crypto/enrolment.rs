//! An enrolment: the file by which a capture node knows its desk, and what the nodes share.
//!
//! Text, one item a line, mode 0600: it holds the key of form tokens and the day chain, with which
//! one could forge a form token; nothing in it opens an envelope.

use super::day_chain::DayChain;
use super::mac::MacKey;
use super::manifest::Manifest;
use super::signing::DeskPublicKey;
use crate::domain::ids::NodeId;
use crate::domain::mark::StoreId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use zeroize::Zeroizing;

const HEADING: &str = "leadseal enrolment 1";

/// What all nodes of an installation share, so that a page of one can be posted to another.
#[derive(Debug, Clone)]
pub struct SharedSecrets {
    /// The key that signs form tokens.
    pub form_token: MacKey,
    /// The chain of day keys, at the day of the enrolment.
    pub days: DayChain,
}

/// What a node needs to know to begin.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The node.
    pub node: NodeId,
    /// The store that its leads go to.
    pub store: StoreId,
    /// The key by which it knows its desk.
    pub desk: DeskPublicKey,
    /// What it shares with the other nodes.
    pub shared: SharedSecrets,
    /// The manifest of the day of the enrolment, signed.
    pub manifest: Vec<u8>,
}

/// Why a text is no enrolment. Holds none of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Another file, or a damaged one.
    #[error("it is no enrolment, or damaged")]
    Malformed,
    /// The manifest in it is not signed by the desk it names.
    #[error("its manifest is not signed by its desk")]
    NotSigned,
}

impl Enrolment {
    /// The file's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        let chain = &self.shared.days;
        // Writing to a string can't fail.
        let _ = writeln!(text, "{HEADING}");
        let _ = writeln!(text, "node {}", self.node);
        let _ = writeln!(text, "store {}", self.store);
        let _ = writeln!(text, "desk {}", hex::encode(self.desk.to_bytes()));
        let _ = writeln!(text, "form-token {}", *hex_of(&self.shared.form_token));
        let _ = writeln!(text, "days {} {}", chain.day(), *hex_of(chain.link()));
        let _ = writeln!(text, "manifest {}", STANDARD.encode(&self.manifest));
        text
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is not one, or its manifest is not its desk's.
    pub fn parse(text: &str) -> Result<Self, EnrolmentError> {
        let enrolment = Self::read(text).ok_or(EnrolmentError::Malformed)?;
        match enrolment.first_manifest() {
            Some(manifest) if manifest.store == enrolment.store => Ok(enrolment),
            _ => Err(EnrolmentError::NotSigned),
        }
    }

    /// The manifest it came with.
    pub fn first_manifest(&self) -> Option<Manifest> {
        Manifest::verified(&self.manifest, &self.desk)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != HEADING {
            return None;
        }
        let mut item = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let node = item("node")?.parse().ok()?;
        let store = item("store")?.parse().ok()?;
        let desk = DeskPublicKey::from_bytes(&*bytes_of(item("desk")?)?)?;
        let form_token = MacKey::from_bytes(*bytes_of(item("form-token")?)?);
        let (day, link) = item("days")?.split_once(' ')?;
        let days = DayChain::new(day.parse().ok()?, MacKey::from_bytes(*bytes_of(link)?));
        let manifest = STANDARD.decode(item("manifest")?).ok()?;
        lines.next().is_none().then_some(Self {
            node,
            store,
            desk,
            shared: SharedSecrets { form_token, days },
            manifest,
        })
    }
}

fn hex_of(key: &MacKey) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.as_bytes()))
}

fn bytes_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}

#[cfg(test)]
#[cfg(feature = "desk")]
mod tests {
    use super::*;
    use crate::crypto::seal::tests::sealing_key;
    use crate::crypto::signing::DeskSigner;
    use crate::domain::settings::SuiteName;

    fn enrolment(manifest_signer: &DeskSigner) -> Enrolment {
        let manifest = Manifest {
            store: StoreId([3; 16]),
            incarnation: 1,
            serial: 1,
            issued_at: "2026-11-25T02:11:58Z".parse().unwrap(),
            good_until: "2026-12-25T02:11:58Z".parse().unwrap(),
            key: sealing_key(SuiteName::XWing),
            revoked: vec![],
        };
        Enrolment {
            node: "web1".parse().unwrap(),
            store: StoreId([3; 16]),
            desk: DeskSigner::from_seed(&[1; 32]).public_key(),
            shared: SharedSecrets {
                form_token: MacKey::from_bytes([4; 32]),
                days: DayChain::new("2026-11-25".parse().unwrap(), MacKey::from_bytes([5; 32])),
            },
            manifest: manifest.signed(manifest_signer),
        }
    }

    #[test]
    fn it_reads_back() {
        let text = enrolment(&DeskSigner::from_seed(&[1; 32])).to_text();
        let read = Enrolment::parse(&text).unwrap();
        assert_eq!(read.to_text(), text);
        assert_eq!(read.first_manifest().unwrap().serial, 1);
    }

    #[test]
    fn what_is_cut_changed_or_signed_by_another_is_refused() {
        let text = enrolment(&DeskSigner::from_seed(&[1; 32])).to_text();
        for (from, to) in [("enrolment 1", "enrolment 2"), ("node web1", "node Web 1"), ("days 2026", "days x")] {
            assert_eq!(Enrolment::parse(&text.replace(from, to)).err(), Some(EnrolmentError::Malformed), "{to}");
        }
        assert_eq!(Enrolment::parse(&format!("{}more\n", *text)).err(), Some(EnrolmentError::Malformed));
        assert!(Enrolment::parse(&text[..text.len() / 2]).is_err());
        let forged = enrolment(&DeskSigner::from_seed(&[2; 32])).to_text();
        assert_eq!(Enrolment::parse(&forged).err(), Some(EnrolmentError::NotSigned));
    }
}
