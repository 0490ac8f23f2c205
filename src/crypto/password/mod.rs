//! Passwords of staff: Argon2id (RFC 9106), kept as its usual string.
//!
//! Owns the cost and the one way to check. An account that does not exist, or has no password yet,
//! is checked against a string made at start, so that it costs the same work. Refuses to print or
//! keep a password.

mod strength;

pub use strength::{Weakness, weakness};

use crate::domain::entropy::{Entropy, random_bytes};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What one check costs: memory in KiB and passes, on one lane. The password cheat sheet of OWASP
/// has 46 MiB and one pass as its strongest; this is twice the work.
const COST: (u32, u32) = (46 * 1024, 2);
/// Beyond this a stored cost is damage: 1 GiB, 32 passes.
const MAX_COST: (u32, u32) = (1024 * 1024, 32);

/// There was not enough memory for a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password could not be checked: {} MiB of memory were not to be had", COST.0 / 1024)]
pub struct NoMemory;

/// Hashes passwords and checks them.
pub struct Passwords {
    cost: (u32, u32),
    nobody: String,
}

impl Passwords {
    /// With the usual cost.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, NoMemory> {
        Self::with_cost(COST, entropy)
    }

    /// So cheap that tests of other things do not wait for it.
    #[cfg(test)]
    pub(crate) fn cheap(entropy: &dyn Entropy) -> Self {
        Self::with_cost((64, 1), entropy).unwrap()
    }

    fn with_cost(cost: (u32, u32), entropy: &dyn Entropy) -> Result<Self, NoMemory> {
        let unknown: [u8; 32] = random_bytes(entropy);
        let nobody = hash(cost, &hex::encode(unknown), &random_bytes(entropy))?;
        Ok(Self { cost, nobody })
    }

    /// The string to keep of a password.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String, NoMemory> {
        hash(self.cost, password, &random_bytes(entropy))
    }

    /// Whether the password is the one that `kept` was made of. Nothing kept costs the same work
    /// and is never right.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn check(&self, password: &str, kept: Option<&str>) -> Result<bool, NoMemory> {
        let readable = kept.and_then(Kept::read);
        let (compared, is_real) = match (&readable, Kept::read(&self.nobody)) {
            (Some(kept), _) => (*kept, true),
            (None, Some(nobody)) => (nobody, false),
            (None, None) => return Ok(false),
        };
        let made = derive(compared.cost, password, &compared.salt)?;
        Ok(bool::from(made.ct_eq(&compared.hash)) && is_real)
    }
}

/// The parts of a kept string.
#[derive(Clone, Copy)]
struct Kept {
    cost: (u32, u32),
    salt: [u8; 16],
    hash: [u8; 32],
}

impl Kept {
    /// Reads what [`hash`] wrote and nothing else.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = cost.split(',');
        let memory = numbers.next()?.strip_prefix("m=")?.parse().ok()?;
        let passes = numbers.next()?.strip_prefix("t=")?.parse().ok()?;
        let ends = parts.next().is_none() && numbers.next() == Some("p=1") && numbers.next().is_none();
        let bounded = memory <= MAX_COST.0 && passes <= MAX_COST.1;
        let salt = STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?;
        let hash = STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?;
        (ends && bounded).then_some(Self { cost: (memory, passes), salt, hash })
    }
}

fn hash(cost: (u32, u32), password: &str, salt: &[u8; 16]) -> Result<String, NoMemory> {
    let key = derive(cost, password, salt)?;
    let (salt, key) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(*key));
    Ok(format!("$argon2id$v=19$m={},t={},p=1${salt}${key}", cost.0, cost.1))
}

fn derive((memory, passes): (u32, u32), password: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, NoMemory> {
    let params = Params::new(memory, passes, 1, None).map_err(|_| NoMemory)?;
    // One spelling: keyboards and systems differ in how they compose kana and width.
    let mut normal = Zeroizing::new(String::with_capacity(password.nfkc().map(char::len_utf8).sum()));
    normal.extend(password.nfkc());
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(normal.as_bytes(), salt, &mut *key)
        .map_err(|_| NoMemory)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    #[test]
    fn the_right_password_holds_in_each_width_and_no_other_does() {
        let entropy = SeededEntropy::new(1);
        let passwords = Passwords::cheap(&entropy);
        let kept = passwords.hash("ガラスの靴 abc", &entropy).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        let check = |password: &str| passwords.check(password, Some(&kept)).unwrap();
        assert!(check("ガラスの靴 abc") && check("ｶﾞﾗｽの靴 ａｂｃ"));
        assert!(!check("ガラスの靴 abd") && !check("") && !check(&kept));
        assert_ne!(kept, passwords.hash("ガラスの靴 abc", &entropy).unwrap(), "the salt is fresh");
    }

    #[test]
    fn nobody_has_no_password_that_is_right() {
        let entropy = SeededEntropy::new(1);
        let passwords = Passwords::cheap(&entropy);
        for kept in [None, Some(""), Some("$argon2id$v=19$m=64,t=1,p=2$AAAA$AAAA"), Some("x")] {
            assert!(!passwords.check("x", kept).unwrap());
        }
    }

    #[test]
    fn it_is_argon2id_as_others_compute_it() {
        // argon2-cffi 25.1: hash_secret_raw(b"password", b"somesaltsomesalt", 2, 64, 1, 32, Type.ID).
        let known = "1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1";
        let made = derive((64, 2), "password", b"somesaltsomesalt").unwrap();
        assert_eq!(hex::encode(*made), known);
    }

    #[test]
    fn a_cost_beyond_reason_is_not_paid() {
        let entropy = SeededEntropy::new(1);
        let kept = Passwords::cheap(&entropy).hash("x", &entropy).unwrap();
        assert!(Kept::read(&kept).is_some());
        assert!(Kept::read(&kept.replace("m=64", "m=4000000")).is_none());
        assert!(Kept::read(&kept.replace("t=1", "t=1000")).is_none());
    }
}
