//! The committed vectors: what is written today must be read for as long as leads are kept.
//!
//! Each file under `tests/vectors` holds inputs, the seed of the randomness and the expected
//! bytes. A change that breaks one of them breaks every envelope, keyring and store out there.
//! `cargo test --test vectors -- --ignored` writes them anew: only for a new format beside the
//! old one.
#![cfg(feature = "desk")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use jiff::Timestamp;
use leadseal::crypto::envelope::Envelope;
use leadseal::crypto::form_token::{self, TokenKind};
use leadseal::crypto::keyring::{Keyring, UnlockSecret};
use leadseal::crypto::mac::MacKey;
use leadseal::crypto::open::OpeningKey;
use leadseal::crypto::protect::{IndexKeys, LeadKey};
use leadseal::crypto::seal::{SealContext, SealingKey, canonical_bytes, seal};
use leadseal::domain::attribution::AttributionKey;
use leadseal::domain::clock::ManualClock;
use leadseal::domain::entropy::{OsEntropy, SeededEntropy};
use leadseal::domain::field::FieldKind;
use leadseal::domain::ids::{EpochId, FormId, FormVersion, SiteId};
use leadseal::domain::lang::Lang;
use leadseal::domain::request::RequestKind;
use leadseal::domain::settings::SuiteName;
use leadseal::domain::submission::{Answer, ConsentRecord, Submission, Value};
use leadseal::domain::token::Token;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

fn load<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

fn store<T: Serialize>(name: &str, vectors: &T) {
    std::fs::write(path(name), serde_json::to_string_pretty(vectors).unwrap() + "\n").unwrap();
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

fn token(text: &str) -> Token {
    text.parse().unwrap()
}

/// Every kind of value, a consent, attribution, the earlier lead: one submission with all of it.
fn submission() -> Submission {
    let answer = |field: &str, kind, value| Answer { field: field.parse().unwrap(), kind, value };
    let name = |family: &str, given: &str| Value::Name { family: family.into(), given: given.into() };
    Submission {
        lang: Lang::Ja,
        answers: vec![
            answer("name", FieldKind::Name, name("髙﨑", "美咲")),
            answer("kana", FieldKind::Kana, name("タカサキ", "")),
            answer("email", FieldKind::Email, Value::one("misaki@example.co.jp")),
            answer("tel", FieldKind::Tel, Value::one("+819012345678")),
            answer("topics", FieldKind::Checkboxes, Value::Many(vec!["price".into(), "demo".into()])),
            answer("message", FieldKind::Textarea, Value::one("資料を送ってください。\n𠮷野家の隣です。")),
        ],
        consents: vec![ConsentRecord {
            field: "privacy".parse().unwrap(),
            purpose: "privacy".into(),
            version: "2026-04".into(),
            text: "個人情報の取り扱いに同意します".into(),
            lang: Lang::Ja,
            granted: true,
        }],
        attribution: vec![(AttributionKey::UtmSource, "newsletter".into())],
        corrects: Some(Token::from_bytes([0x5a; 20])),
        once: None,
        quarantine: Vec::new(),
        request: None,
    }
}

// ---------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct EnvelopeVector {
    suite: SuiteName,
    private_key: String,
    public_key: String,
    epoch: u32,
    site: String,
    form: String,
    form_version: String,
    token: String,
    received_at: Timestamp,
    /// Of the randomness that `seal` is given.
    seed: u64,
    /// The submission's canonical bytes, before its length and padding.
    payload: String,
    envelope: String,
}

/// What a person asks about their own data: sealed as any submission, with a part that says so.
fn request() -> Submission {
    let mut asked = submission();
    asked.answers.retain(|answer| answer.kind == FieldKind::Email);
    Submission {
        consents: Vec::new(),
        attribution: Vec::new(),
        corrects: None,
        request: Some(RequestKind::Erase),
        ..asked
    }
}

impl EnvelopeVector {
    fn new(suite: SuiteName, seed: u64) -> Self {
        Self::of(&submission(), suite, seed)
    }

    fn of(submission: &Submission, suite: SuiteName, seed: u64) -> Self {
        let key = OpeningKey::generate(EpochId(7), suite, &SeededEntropy::new(seed));
        let mut vector = Self {
            suite,
            private_key: hex::encode(*key.to_bytes()),
            public_key: hex::encode(key.public_bytes()),
            epoch: 7,
            site: "main".into(),
            form: "document-request".into(),
            form_version: "0123456789abcdef".into(),
            token: Token::generate(&SeededEntropy::new(seed)).to_string(),
            received_at: "2026-11-22T09:41:00Z".parse().unwrap(),
            seed,
            payload: hex::encode(&*canonical_bytes(submission)),
            envelope: String::new(),
        };
        vector.envelope = hex::encode(vector.sealed(submission));
        vector
    }

    fn sealed(&self, submission: &Submission) -> Vec<u8> {
        let key = SealingKey::new(EpochId(self.epoch), self.suite, &hex::decode(&self.public_key).unwrap()).unwrap();
        let context = SealContext {
            site: self.site.parse().unwrap(),
            form: self.form.parse().unwrap(),
            form_version: FormVersion(bytes(&self.form_version)),
            token: token(&self.token),
            // Seconds are cut off.
            received_at: self.received_at + Duration::from_secs(59),
        };
        seal(&key, context, submission, &SeededEntropy::new(self.seed)).unwrap().as_bytes().to_vec()
    }
}

#[test]
fn envelopes_open() {
    let vectors: Vec<EnvelopeVector> = load("envelope.json");
    assert_eq!(vectors.len(), 2);
    let requests: Vec<EnvelopeVector> = load("request.json");
    assert_eq!(requests.len(), 1);
    let leads = vectors.into_iter().map(|vector| (vector, submission()));
    for (vector, sent) in leads.chain(requests.into_iter().map(|vector| (vector, request()))) {
        let private = hex::decode(&vector.private_key).unwrap();
        let key = OpeningKey::from_bytes(EpochId(vector.epoch), vector.suite, &private).unwrap();
        assert_eq!(hex::encode(key.public_bytes()), vector.public_key);
        let opened = key.open(&Envelope::parse(&hex::decode(&vector.envelope).unwrap()).unwrap()).unwrap();
        assert_eq!(*opened.submission(), sent);
        assert_eq!(hex::encode(&*canonical_bytes(opened.submission())), vector.payload);
        let header = opened.header();
        assert_eq!(header.suite, vector.suite);
        assert_eq!(header.epoch, EpochId(vector.epoch));
        assert_eq!(header.site.as_str(), vector.site);
        assert_eq!(header.form.as_str(), vector.form);
        assert_eq!(header.form_version.to_string(), vector.form_version);
        assert_eq!(header.token.to_string(), vector.token);
        assert_eq!(header.received_at, vector.received_at);
    }
}

#[test]
fn sealing_writes_the_same_bytes() {
    for vector in load::<Vec<EnvelopeVector>>("envelope.json") {
        assert_eq!(hex::encode(vector.sealed(&submission())), vector.envelope);
    }
    for vector in load::<Vec<EnvelopeVector>>("request.json") {
        assert_eq!(hex::encode(vector.sealed(&request())), vector.envelope);
    }
}

// ---------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlainValue {
    One(String),
    Name(String, String),
    Many(Vec<String>),
}

impl PlainValue {
    fn value(&self) -> Value {
        match self {
            Self::One(text) => Value::one(text.as_str()),
            Self::Name(family, given) => Value::Name { family: family.as_str().into(), given: given.as_str().into() },
            Self::Many(texts) => Value::Many(texts.iter().map(|text| text.as_str().into()).collect()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct FieldVector {
    lead_key: String,
    lead: String,
    field: String,
    form_version: String,
    value: PlainValue,
    seed: u64,
    sealed: String,
}

impl FieldVector {
    fn new(seed: u64, field: &str, value: PlainValue) -> Self {
        let mut vector = Self {
            lead_key: hex::encode([u8::try_from(seed).unwrap(); 32]),
            lead: Token::generate(&SeededEntropy::new(seed)).to_string(),
            field: field.into(),
            form_version: "0123456789abcdef".into(),
            value,
            seed,
            sealed: String::new(),
        };
        vector.sealed = hex::encode(vector.seal());
        vector
    }

    fn key(&self) -> LeadKey {
        LeadKey::from_bytes(bytes(&self.lead_key))
    }

    fn seal(&self) -> Vec<u8> {
        let version = FormVersion(bytes(&self.form_version));
        let entropy = SeededEntropy::new(self.seed);
        self.key().seal(token(&self.lead), &self.field.parse().unwrap(), version, &self.value.value(), &entropy)
    }
}

#[test]
fn stored_fields_are_revealed() {
    let vectors: Vec<FieldVector> = load("field.json");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        assert_eq!(hex::encode(vector.seal()), vector.sealed);
        let sealed = hex::decode(&vector.sealed).unwrap();
        let version = FormVersion(bytes(&vector.form_version));
        let field = vector.field.parse().unwrap();
        let revealed = vector.key().reveal(token(&vector.lead), &field, version, &sealed);
        assert_eq!(revealed, Ok(vector.value.value()));
    }
}

// ---------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct IndexVector {
    root: String,
    site: String,
    kind: FieldKind,
    value: String,
    index: String,
}

impl IndexVector {
    fn new(site: &str, kind: FieldKind, value: &str) -> Self {
        let root = hex::encode([0x17; 32]);
        let mut vector = Self { root, site: site.into(), kind, value: value.into(), index: String::new() };
        vector.index = vector.computed();
        vector
    }

    fn computed(&self) -> String {
        let site: SiteId = self.site.parse().unwrap();
        hex::encode(IndexKeys::from_bytes(bytes(&self.root)).hash(&site, self.kind, &self.value))
    }
}

#[test]
fn blind_indexes_stay_the_same() {
    let vectors: Vec<IndexVector> = load("blind_index.json");
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        assert_eq!(vector.computed(), vector.index, "{}", vector.kind.word());
    }
}

// ---------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct MacVector {
    key: String,
    label: String,
    parts: Vec<String>,
    tag: String,
}

impl MacVector {
    fn new(label: &str, parts: &[&[u8]]) -> Self {
        let parts = parts.iter().map(hex::encode).collect();
        let mut vector = Self { key: hex::encode([0x23; 32]), label: label.into(), parts, tag: String::new() };
        vector.tag = vector.computed();
        vector
    }

    fn computed(&self) -> String {
        let parts: Vec<Vec<u8>> = self.parts.iter().map(|part| hex::decode(part).unwrap()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        hex::encode(MacKey::from_bytes(bytes(&self.key)).mac(&self.label, &parts))
    }
}

#[test]
fn macs_stay_the_same() {
    let vectors: Vec<MacVector> = load("mac.json");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        assert_eq!(vector.computed(), vector.tag);
    }
}

// ---------------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct FormTokenVector {
    key: String,
    form: String,
    issued_at: Timestamp,
    seed: u64,
    token: String,
}

impl FormTokenVector {
    fn new() -> Self {
        let mut vector = Self {
            key: hex::encode([0x31; 32]),
            form: "contact".into(),
            issued_at: "2026-11-22T09:41:30.250Z".parse().unwrap(),
            seed: 4,
            token: String::new(),
        };
        vector.token = vector.issued();
        vector
    }

    fn key(&self) -> MacKey {
        MacKey::from_bytes(bytes(&self.key))
    }

    fn form(&self) -> FormId {
        self.form.parse().unwrap()
    }

    fn issued(&self) -> String {
        form_token::issue(&self.key(), &self.form(), TokenKind::View, self.issued_at, &SeededEntropy::new(self.seed))
    }
}

#[test]
fn form_tokens_stay_valid() {
    let vector: FormTokenVector = load("form_token.json");
    assert_eq!(vector.issued(), vector.token);
    let now = vector.issued_at + Duration::from_secs(60);
    let genuine = form_token::check(&vector.key(), &vector.form(), &vector.token, now).unwrap();
    assert_eq!((genuine.kind, genuine.age), (TokenKind::View, Duration::from_secs(60)));
}

// ---------------------------------------------------------------------------------------------

/// A keyring of schema version 1, and what must open with it.
#[derive(Serialize, Deserialize)]
struct KeyringVector {
    passphrase: String,
    recovery_words: String,
    lead: String,
    /// One sealed to each epoch; the lead's key lies under the first.
    envelopes: Vec<String>,
    email_index: String,
    link_key: String,
    sealed_field: String,
}

const KEYRING: &str = "keyring-v1.db";
const KEYRING_PASSPHRASE: &str = "a passphrase for tests only";

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-22T09:41:00Z".parse().unwrap()))
}

fn passphrase(text: &str) -> UnlockSecret {
    UnlockSecret::Passphrase(Zeroizing::new(text.to_owned()))
}

fn email_index(keyring: &Keyring) -> String {
    let site = "main".parse().unwrap();
    hex::encode(keyring.index_keys().index(&site, FieldKind::Email, "misaki@example.co.jp").unwrap())
}

impl KeyringVector {
    fn new() -> Self {
        let file = path(KEYRING);
        let _ = std::fs::remove_file(&file);
        let entropy = Arc::new(SeededEntropy::new(8));
        let (keyring, words) =
            Keyring::create(&file, &passphrase(KEYRING_PASSPHRASE), SuiteName::X25519, clock(), entropy).unwrap();
        let lead = Token::from_bytes([0x44; 20]);
        let key = keyring.create_lead_keys(&[lead]).unwrap().remove(0);
        let sealed_field = key.seal(
            lead,
            &"email".parse().unwrap(),
            FormVersion([1; 8]),
            &Value::one("misaki@example.co.jp"),
            &SeededEntropy::new(9),
        );
        let envelope = |keyring: &Keyring| {
            let context = SealContext {
                site: "main".parse().unwrap(),
                form: "contact".parse().unwrap(),
                form_version: FormVersion([1; 8]),
                token: lead,
                received_at: "2026-11-22T09:41:00Z".parse().unwrap(),
            };
            hex::encode(
                seal(&keyring.sealing_key(), context, &submission(), &SeededEntropy::new(10)).unwrap().as_bytes(),
            )
        };
        let first = envelope(&keyring);
        keyring.rotate(SuiteName::XWing).unwrap();
        Self {
            passphrase: KEYRING_PASSPHRASE.into(),
            recovery_words: words.expose().into(),
            lead: lead.to_string(),
            envelopes: vec![first, envelope(&keyring)],
            email_index: email_index(&keyring),
            link_key: hex::encode(keyring.link_key().as_bytes()),
            sealed_field: hex::encode(sealed_field),
        }
    }

    /// Everything that a keyring is for.
    fn check(&self, keyring: &Keyring) {
        for envelope in &self.envelopes {
            let envelope = Envelope::parse(&hex::decode(envelope).unwrap()).unwrap();
            assert_eq!(*keyring.open(&envelope).unwrap().submission(), submission());
        }
        let lead = token(&self.lead);
        let sealed = hex::decode(&self.sealed_field).unwrap();
        let key = keyring.lead_key(lead).unwrap();
        let revealed = key.reveal(lead, &"email".parse().unwrap(), FormVersion([1; 8]), &sealed);
        assert_eq!(revealed, Ok(Value::one("misaki@example.co.jp")));
        assert_eq!(email_index(keyring), self.email_index);
        assert_eq!(hex::encode(keyring.link_key().as_bytes()), self.link_key);
        assert_eq!(keyring.epochs().unwrap().len(), 2);
        assert_eq!(keyring.sealing_key().suite(), SuiteName::XWing);
    }
}

#[test]
fn a_keyring_of_version_1_unlocks_and_is_recovered() {
    let vector: KeyringVector = load("keyring-v1.json");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("keyring.db");
    std::fs::copy(path(KEYRING), &file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secret = passphrase(&vector.passphrase);
    vector.check(&Keyring::unlock(&file, &secret, clock(), Arc::new(OsEntropy)).unwrap());
    let new = UnlockSecret::Key(Zeroizing::new([1; 32]));
    vector.check(&Keyring::recover(&file, &vector.recovery_words, &new, clock(), Arc::new(OsEntropy)).unwrap());
}

// ---------------------------------------------------------------------------------------------

#[test]
#[ignore = "writes the committed files anew"]
fn write_the_vectors() {
    store("request.json", &[EnvelopeVector::of(&request(), SuiteName::X25519, 3)]);
    store("envelope.json", &[EnvelopeVector::new(SuiteName::XWing, 1), EnvelopeVector::new(SuiteName::X25519, 2)]);
    store(
        "field.json",
        &[
            FieldVector::new(1, "email", PlainValue::One("misaki@example.co.jp".into())),
            FieldVector::new(2, "name", PlainValue::Name("髙﨑".into(), "美咲".into())),
            FieldVector::new(3, "topics", PlainValue::Many(vec!["price".into(), "demo".into()])),
        ],
    );
    store(
        "blind_index.json",
        &[
            IndexVector::new("main", FieldKind::Email, " Ｔａｒｏ@例え.JP"),
            IndexVector::new("other", FieldKind::Email, "taro@xn--r8jz45g.jp"),
            IndexVector::new("main", FieldKind::Tel, "+819012345678"),
            IndexVector::new("main", FieldKind::Company, "ﾃｽﾄ株式会社　 東京 ACME"),
            IndexVector::new("main", FieldKind::Text, "Any text"),
        ],
    );
    store(
        "mac.json",
        &[
            MacVector::new("leadseal/test", &[]),
            MacVector::new("leadseal/test", &[b"one", b""]),
            MacVector::new("leadseal/test", &["髙﨑".as_bytes(), &[0, 255]]),
        ],
    );
    store("form_token.json", &FormTokenVector::new());
    store("keyring-v1.json", &KeyringVector::new());
}
