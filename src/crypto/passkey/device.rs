//! An authenticator for tests: makes passkeys and signs with them, and can be told to do it wrongly.
#![allow(clippy::unwrap_used, reason = "an authenticator of the tests")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Held {
    id: Vec<u8>,
    rp: String,
    handle: String,
    key: EcdsaKeyPair,
}

/// A device, or a password manager, with its browser.
pub(crate) struct Device {
    held: Vec<Held>,
    /// The origin that the browser tells.
    pub(crate) origin: String,
    /// The host that is signed for in place of the right one.
    pub(crate) other_host: Option<String>,
    /// Whether it verifies its user.
    pub(crate) verifies: bool,
    /// Its counter; 0 where it keeps none.
    pub(crate) counter: u32,
    /// Whether it counts.
    pub(crate) counts: bool,
}

impl Device {
    pub(crate) fn new(origin: &str) -> Self {
        let origin = origin.to_owned();
        Self { held: Vec::new(), origin, other_host: None, verifies: true, counter: 0, counts: true }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&mut self, host: &str, attested: &[u8]) -> Vec<u8> {
        self.counter += u32::from(self.counts);
        let host = self.other_host.as_deref().unwrap_or(host);
        let mut data = Sha256::digest(host).to_vec();
        data.push(1 | if self.verifies { 4 } else { 0 } | if attested.is_empty() { 0 } else { 0x40 });
        data.extend(self.counter.to_be_bytes());
        data.extend(attested);
        data
    }

    /// Answers `navigator.credentials.create`.
    pub(crate) fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let id = Sha256::digest(key.public_key())[..16].to_vec();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let mut attested = [0; 16].to_vec();
        attested.extend([0, 16]);
        attested.extend(&id);
        // COSE: an EC2 key, ES256, on P-256.
        attested.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        attested.extend(x);
        attested.extend([0x22, 0x58, 32]);
        attested.extend(y);
        let rp = options["rp"]["id"].as_str().unwrap().to_owned();
        let data = self.authenticator_data(&rp, &attested);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        let handle = options["user"]["id"].as_str().unwrap().to_owned();
        let answer = json!({
            "id": URL_SAFE_NO_PAD.encode(&id), "rawId": URL_SAFE_NO_PAD.encode(&id), "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", &options)),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
            },
        });
        self.held.push(Held { id, rp, handle, key });
        answer.to_string()
    }

    /// Answers `navigator.credentials.get` with the passkey that was made last among those wanted.
    pub(crate) fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let host = options["rpId"].as_str().unwrap().to_owned();
        let data = self.authenticator_data(&host, &[]);
        let client_data = self.client_data("webauthn.get", &options);
        let wanted = options["allowCredentials"].as_array().unwrap();
        let is_wanted =
            |held: &&Held| wanted.is_empty() || wanted.iter().any(|one| one["id"] == URL_SAFE_NO_PAD.encode(&held.id));
        let held = self.held.iter().rev().filter(|held| held.rp == host).find(is_wanted).unwrap();
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = held.key.sign(&SystemRandom::new(), &signed).unwrap();
        let id = URL_SAFE_NO_PAD.encode(&held.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": held.handle,
            },
        })
        .to_string()
    }
}
