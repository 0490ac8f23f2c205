//! The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.
//!
//! SHA-1, six digits and thirty seconds, since that is what every authenticator app knows. Owns
//! which time steps are accepted; that each is accepted once is the store's affair.

use crate::domain::base32::{ALPHABET, values_of};
use crate::domain::entropy::{Entropy, random_bytes};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes hold: clocks differ, and people type slowly.
const TOLERANCE: i64 = 1;
/// Recovery codes of an account.
const RECOVERY_CODES: usize = 10;

/// The shared secret of an authenticator app, wiped on drop.
pub struct TotpSecret(Zeroizing<[u8; 20]>);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(redacted)")
    }
}

impl TotpSecret {
    /// A fresh secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// The secret with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// The secret's bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The secret for typing into an app: 32 symbols of base32.
    pub fn written(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(32));
        for five in self.0.as_chunks::<5>().0 {
            text.extend(values_of(*five).map(|value| char::from(ALPHABET[usize::from(value)].to_ascii_uppercase())));
        }
        text
    }

    /// The address that an app reads from a picture.
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (issuer, account) = (encoded(issuer), encoded(account));
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *self.written()))
    }

    /// The time step whose code this is, when it is later than `after`: the present one, the one
    /// before and the next. Each is compared, whichever holds.
    pub fn step_of(&self, code: &str, now: Timestamp, after: u64) -> Option<u64> {
        let digits: Vec<u8> = code.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).collect();
        let present = now.as_second().div_euclid(STEP_SECONDS);
        let mut found = 0u64;
        for step in present - TOLERANCE..=present + TOLERANCE {
            let step = u64::try_from(step).unwrap_or(0);
            let equal = self.code(step).as_bytes().ct_eq(&digits);
            found.conditional_assign(&step, equal & Choice::from(u8::from(step > after)));
        }
        (found > 0).then_some(found)
    }

    /// The code of a time step.
    fn code(&self, step: u64) -> String {
        let mut key = hmac::digest::Key::<Hmac<Sha1>>::default();
        key[..20].copy_from_slice(&*self.0);
        let mut mac = Hmac::<Sha1>::new(&key);
        mac.update(&step.to_be_bytes());
        let tag = mac.finalize().into_bytes();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        format!("{:06}", number % 1_000_000)
    }

    /// The code of a moment: what the owner's app shows.
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: Timestamp) -> String {
        self.code(u64::try_from(now.as_second().div_euclid(STEP_SECONDS)).unwrap_or(0))
    }
}

/// A recovery code: 80 random bits, for the day when the app is lost.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// Ten fresh ones.
    pub fn generate(entropy: &dyn Entropy) -> Vec<Self> {
        let one = || {
            let halves: [[u8; 5]; 2] = [random_bytes(entropy), random_bytes(entropy)];
            let symbols = halves.into_iter().flat_map(values_of).map(|value| char::from(ALPHABET[usize::from(value)]));
            Self(Zeroizing::new(symbols.collect()))
        };
        std::iter::repeat_with(one).take(RECOVERY_CODES).collect()
    }

    /// The code for its owner, in groups of four.
    pub fn written(&self) -> Zeroizing<String> {
        let groups: Vec<&str> = (0..4).filter_map(|group| self.0.get(4 * group..4 * group + 4)).collect();
        Zeroizing::new(groups.join("-"))
    }

    /// What is kept of it. 80 random bits can't be guessed back.
    pub fn sha256(&self) -> [u8; 32] {
        digest(&self.0)
    }

    /// The digest of what somebody typed as a recovery code, whichever way they wrote it; nothing
    /// when it is none.
    pub fn typed(text: &str) -> Option<[u8; 32]> {
        let bare = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        let bare: Zeroizing<String> = Zeroizing::new(bare.collect());
        (bare.len() == 16).then(|| digest(&bare))
    }
}

fn digest(code: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"leadseal recovery code ").chain_update(code.as_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        // Appendix B has eight digits; six are their end.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_at(at(second)), code);
            assert_eq!(secret.step_of(code, at(second), 0), Some(second.unsigned_abs() / 30));
        }
        assert_eq!(*secret.written(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_holds_for_its_neighbours_and_never_again() {
        let secret = TotpSecret::generate(&SeededEntropy::new(1));
        let now = at(1_800_000_015);
        let code = secret.code_at(now);
        let step = 60_000_000;
        for (shift, holds) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let found = secret.step_of(&code, at(1_800_000_015 + shift), 0);
            assert_eq!(found, holds.then_some(step), "{shift}");
        }
        assert_eq!(secret.step_of(&code, now, step - 1), Some(step));
        assert_eq!(secret.step_of(&code, now, step), None);
        assert_eq!(secret.step_of(&format!("{} {}", &code[..3], &code[3..]), now, 0), Some(step));
        for no in ["", "000000", "12345", "1234567", "abcdef", "２３４５６７"] {
            assert!(secret.step_of(no, now, 0).is_none() || no == code, "{no}");
        }
    }

    #[test]
    fn an_app_reads_the_address() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(
            *secret.uri("Leadseal 例", "taro@example.jp"),
            "otpauth://totp/Leadseal%20%E4%BE%8B:taro%40example.jp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Leadseal%20%E4%BE%8B"
        );
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let codes = RecoveryCode::generate(&SeededEntropy::new(1));
        assert_eq!(codes.len(), 10);
        let written = codes[0].written();
        assert_eq!(written.len(), 19);
        for typed in [written.to_string(), written.replace('-', " ").to_uppercase(), written.replace('-', "")] {
            assert_eq!(RecoveryCode::typed(&typed), Some(codes[0].sha256()));
        }
        assert_ne!(RecoveryCode::typed(&codes[1].written()), Some(codes[0].sha256()));
        assert_eq!(RecoveryCode::typed("123456"), None);
    }
}
