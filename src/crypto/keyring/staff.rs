//! What the keyring seals for staff: the secret of a second factor, which must be read again to
//! check a code. Whoever has `leads.db` alone has none of it.

use super::Keyring;
use crate::crypto::aead;
use crate::domain::ids::StaffId;
use zeroize::Zeroizing;

const KEY: &str = "leadseal/v1/staff second factor key";
const SEAL: &str = "leadseal/v1/staff second factor";

impl Keyring {
    /// Seals the secret of an account's second factor; no other account's opens from it.
    pub fn seal_second_factor(&self, staff: StaffId, secret: &[u8]) -> Vec<u8> {
        let key = aead::derive(&self.vault.kek, None, &aead::named(KEY, &[&self.vault.id]));
        aead::seal(&key, &aead::named(SEAL, &[staff.as_bytes()]), secret, self.entropy.as_ref())
    }

    /// Opens it again. Nothing when it is another account's, another keyring's, or damaged.
    pub fn open_second_factor(&self, staff: StaffId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = aead::derive(&self.vault.kek, None, &aead::named(KEY, &[&self.vault.id]));
        aead::open(&key, &aead::named(SEAL, &[staff.as_bytes()]), sealed)
    }
}
