//! Proof of work: a small sum that a browser does before a doubtful post is taken in.
//!
//! Speaks ALTCHA's format (version 1): find the number whose SHA-256 behind the salt is the
//! challenge. Nothing is kept: what was asked is signed, bound to the form, and ends by itself.
//! That a solution is used once is for the caller to see to.

use super::mac::MacKey;
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::FormId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

const LABEL: &str = "leadseal/v1/proof-of-work";
const ALGORITHM: &str = "SHA-256";
/// A solution is some 250 bytes.
const MOST_BYTES: usize = 1024;
/// How long a challenge can be answered.
const LIFETIME: Duration = Duration::from_secs(20 * 60);

/// What a browser is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Challenge {
    algorithm: &'static str,
    challenge: String,
    maxnumber: u32,
    salt: String,
    signature: String,
}

#[derive(Deserialize)]
struct Solution {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// Asks for a number up to `most`: on average half as many hashes.
pub fn challenge(key: &MacKey, form: &FormId, most: u32, now: Timestamp, entropy: &dyn Entropy) -> Challenge {
    let drawn = u64::from_be_bytes(random_bytes::<8>(entropy));
    let number = drawn % (u64::from(most) + 1);
    let expires = now.as_second().saturating_add(LIFETIME.as_secs().cast_signed());
    // The `&` at its end keeps digits of the salt from being read as the number's, and vice versa.
    let salt = format!("{}?expires={expires}&form={form}&", hex::encode(random_bytes::<12>(entropy)));
    let challenge = hash(&salt, number);
    let signature = sign(key, form, &salt, &challenge);
    Challenge { algorithm: ALGORITHM, challenge, maxnumber: most, salt, signature: hex::encode(signature) }
}

/// Checks a solution, base64 of JSON: nothing when it is none, of another form, or too late. Else
/// what tells this challenge from all others.
pub fn solved(key: &MacKey, form: &FormId, payload: &str, now: Timestamp) -> Option<[u8; 32]> {
    if payload.len() > MOST_BYTES {
        return None;
    }
    let solution: Solution = serde_json::from_slice(&STANDARD.decode(payload).ok()?).ok()?;
    let signature = hex::decode(&solution.signature).ok()?;
    let parts = [form.as_str().as_bytes(), solution.salt.as_bytes(), solution.challenge.as_bytes()];
    let genuine = solution.algorithm == ALGORITHM && key.verify(LABEL, &parts, &signature);
    let right = hash(&solution.salt, solution.number) == solution.challenge;
    (genuine && right && expires(&solution.salt)? >= now.as_second()).then(|| signature.try_into().ok())?
}

fn hash(salt: &str, number: u64) -> String {
    hex::encode(Sha256::digest(format!("{salt}{number}")))
}

fn sign(key: &MacKey, form: &FormId, salt: &str, challenge: &str) -> [u8; 32] {
    key.mac(LABEL, &[form.as_str().as_bytes(), salt.as_bytes(), challenge.as_bytes()])
}

fn expires(salt: &str) -> Option<i64> {
    salt.split_once("?expires=")?.1.split('&').next()?.parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use proptest::prelude::*;

    fn key() -> MacKey {
        MacKey::from_bytes([3; 32])
    }

    fn form() -> FormId {
        "contact".parse().unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-22T09:41:30Z".parse().unwrap()
    }

    /// Solves a challenge as a browser does.
    pub(crate) fn solve(challenge: &serde_json::Value) -> String {
        let text = |name: &str| challenge[name].as_str().unwrap().to_owned();
        let (salt, wanted) = (text("salt"), text("challenge"));
        let number = (0..=challenge["maxnumber"].as_u64().unwrap()).find(|n| hash(&salt, *n) == wanted).unwrap();
        STANDARD.encode(
            serde_json::json!({ "algorithm": "SHA-256", "challenge": wanted, "number": number, "salt": salt,
                                "signature": text("signature") })
            .to_string(),
        )
    }

    fn solution() -> String {
        let asked = challenge(&key(), &form(), 500, now(), &SeededEntropy::new(2));
        solve(&serde_json::to_value(asked).unwrap())
    }

    fn changed(solution: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = serde_json::from_slice(&STANDARD.decode(solution).unwrap()).unwrap();
        change(&mut value);
        STANDARD.encode(value.to_string())
    }

    #[test]
    fn a_solution_holds_for_its_form_and_its_time() {
        let solution = solution();
        assert!(solved(&key(), &form(), &solution, now()).is_some());
        let later = |seconds| now() + jiff::SignedDuration::from_secs(seconds);
        assert!(solved(&key(), &form(), &solution, later(20 * 60)).is_some());
        assert!(solved(&key(), &form(), &solution, later(20 * 60 + 1)).is_none());
        assert!(solved(&key(), &"other".parse().unwrap(), &solution, now()).is_none());
        assert!(solved(&MacKey::from_bytes([4; 32]), &form(), &solution, now()).is_none());
    }

    #[test]
    fn digits_cannot_wander_from_the_number_into_the_salt() {
        let moved = changed(&solution(), |value| {
            let number = value["number"].as_u64().unwrap().to_string();
            assert!(number.len() > 1, "pick another seed");
            value["salt"] = format!("{}{}", value["salt"].as_str().unwrap(), &number[..1]).into();
            value["number"] = number[1..].parse::<u64>().unwrap().into();
        });
        assert!(solved(&key(), &form(), &moved, now()).is_none());
    }

    #[test]
    fn another_number_or_a_longer_life_is_no_solution() {
        let other = changed(&solution(), |value| value["number"] = (value["number"].as_u64().unwrap() + 1).into());
        assert!(solved(&key(), &form(), &other, now()).is_none());
        let longer = changed(&solution(), |value| {
            value["salt"] = value["salt"].as_str().unwrap().replace("expires=1", "expires=2").into();
        });
        assert!(solved(&key(), &form(), &longer, now()).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_no_solution(text in "\\PC{0,200}") {
            prop_assert!(solved(&key(), &form(), &text, now()).is_none());
            prop_assert!(solved(&key(), &form(), &STANDARD.encode(&text), now()).is_none());
        }
    }
}
