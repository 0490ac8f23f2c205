//! What the keyring holds for capture nodes: the key that signs what they are told, and the root
//! of what they share.

use super::Keyring;
use crate::crypto::day_chain::DayChain;
use crate::crypto::enrolment::SharedSecrets;
use crate::crypto::mac::MacKey;
use crate::crypto::signing::DeskSigner;
use jiff::civil::{Date, date};

/// The day at which the chain of day keys begins. Fixed, so that every desk with this keyring
/// makes the same keys; earlier days do not occur.
const FIRST_DAY: Date = date(2026, 1, 1);

impl Keyring {
    /// The key that signs manifests and confirmations.
    pub fn signer(&self) -> &DeskSigner {
        &self.signer
    }

    /// What a node that is enrolled on `day` shares with the others. It can't make the day keys
    /// before that day.
    pub fn shared_secrets(&self, day: Date) -> SharedSecrets {
        let form_token = MacKey::from_bytes(self.capture_root.mac("leadseal nodes form token", &[]));
        let first = MacKey::from_bytes(self.capture_root.mac("leadseal nodes first day", &[]));
        let mut days = DayChain::new(FIRST_DAY, first);
        days.turn_to(day);
        SharedSecrets { form_token, days }
    }
}
