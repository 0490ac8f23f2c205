//! A form and people who fill it in, for the tests of the desk.

use super::{DeliveryKind, LeadFacts, LinkPurpose, NewDelivery, NewLead, NewStaff, NewStaffLink, Store};
use crate::crypto::envelope::{Envelope, Sealed};
use crate::crypto::keyring::Keyring;
use crate::crypto::open::{Opened, OpeningKey};
use crate::crypto::protect::{IndexKeys, LeadKey, Protected, ProtectedRequest, protect, protect_request};
use crate::crypto::seal::{SealContext, SealingKey, seal};
use crate::domain::attribution::AttributionKey;
use crate::domain::entropy::SeededEntropy;
use crate::domain::field::{Condition, Field, FieldKind};
use crate::domain::form::{AutoReply, Form, Notify, Route};
use crate::domain::ids::{EpochId, FormVersion, StaffId};
use crate::domain::lang::{Lang, Text};
use crate::domain::protect::Protect;
use crate::domain::request::RequestKind;
use crate::domain::sample::{self, field};
use crate::domain::settings::SuiteName;
use crate::domain::staff::{Role, Scope};
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use crate::domain::token::Token;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub(crate) const RECEIVED: i64 = 1_800_000_000 / 60 * 60;

pub(crate) fn form() -> Form {
    let mut age = field("age", FieldKind::Number);
    age.protect = Protect::Drop;
    let mut company = field("company", FieldKind::Company);
    company.protect = Protect::Hash;
    let mut phone = field("phone", FieldKind::Tel);
    phone.protect = Protect::Tokenise;
    let to_factories = Condition { field: "industry".parse().unwrap(), any_of: vec!["製造業".into()] };
    let name = Field { split: true, ..field("name", FieldKind::Name) };
    let plain = sample::form(vec![
        name,
        field("email", FieldKind::Email),
        phone,
        company,
        field("industry", FieldKind::Select),
        field("budget", FieldKind::Number),
        field("message", FieldKind::Textarea),
        age,
        field("privacy", FieldKind::Consent),
    ]);
    let notify = Notify {
        recipients: vec!["sales@example.jp".into()],
        routes: vec![Route {
            when: to_factories,
            to: vec!["a@example.jp".into(), "b@example.jp".into(), "a@example.jp".into()],
        }],
        ..plain.notify
    };
    let auto_reply = AutoReply { to: "email".parse().unwrap(), subject: Text::both("s"), body: Text::both("b") };
    Form { version: FormVersion([7; 8]), langs: vec![Lang::Ja], notify, auto_reply: Some(auto_reply), ..plain }
}

pub(crate) fn token(n: u64) -> Token {
    let mut bytes = [0; 20];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    Token::from_bytes(bytes)
}

/// What somebody with this address and number sent. Empty ones were left out.
pub(crate) fn submission(email: &str, tel: &str) -> Submission {
    let answers = [
        ("name", FieldKind::Name, Value::Name { family: "髙﨑".into(), given: "美咲".into() }),
        ("email", FieldKind::Email, Value::one(email)),
        ("phone", FieldKind::Tel, Value::one(tel)),
        ("company", FieldKind::Company, Value::one("株式会社山田商店")),
        ("industry", FieldKind::Select, Value::one("小売業")),
        ("budget", FieldKind::Number, Value::one("-5")),
        ("message", FieldKind::Textarea, Value::one("=資料を\n\"二部\",お願いします")),
        ("age", FieldKind::Number, Value::one("33")),
    ];
    Submission {
        lang: Lang::Ja,
        answers: answers
            .into_iter()
            .filter(|(_, _, value)| !value.is_empty())
            .map(|(id, kind, value)| Answer { field: id.parse().unwrap(), kind, value })
            .collect(),
        consents: vec![ConsentRecord {
            field: "privacy".parse().unwrap(),
            purpose: "privacy".into(),
            version: "2026-04".into(),
            text: "個人情報の取扱いに同意します".into(),
            lang: Lang::Ja,
            granted: true,
        }],
        attribution: vec![(AttributionKey::UtmSource, "newsletter".into())],
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    }
}

pub(crate) fn sealed(key: &SealingKey, n: u64, form: &Form, submission: &Submission) -> Sealed {
    sealed_at(key, n, form, submission, Timestamp::from_second(RECEIVED).unwrap())
}

fn sealed_at(key: &SealingKey, n: u64, form: &Form, submission: &Submission, received_at: Timestamp) -> Sealed {
    let context = SealContext {
        site: form.site.clone(),
        form: form.id.clone(),
        form_version: form.version,
        token: token(n),
        received_at,
    };
    seal(key, context, submission, &SeededEntropy::new(n)).unwrap()
}

pub(crate) fn lead_key(n: u64) -> LeadKey {
    LeadKey::generate(&SeededEntropy::new(1_000_000 + n))
}

/// Lead number `n`, protected as `form` says.
pub(crate) fn protected(n: u64, form: &Form, submission: &Submission) -> Protected {
    protected_at(n, form, submission, Timestamp::from_second(RECEIVED).unwrap())
}

/// The same, taken in at another time.
pub(crate) fn protected_at(n: u64, form: &Form, submission: &Submission, received_at: Timestamp) -> Protected {
    let epoch = OpeningKey::generate(EpochId(1), SuiteName::X25519, &SeededEntropy::new(3));
    let envelope = sealed_at(&epoch.sealing_key().unwrap(), n, form, submission, received_at);
    let opened: Opened = epoch.open(&Envelope::parse(envelope.as_bytes()).unwrap()).unwrap();
    let entropy = SeededEntropy::new(2_000_000 + n);
    protect(opened, Some(form), &lead_key(n), &index_keys(), &entropy)
}

/// What somebody with this address asks about their own data.
pub(in crate::desk) fn asking(kind: RequestKind, email: &str) -> Submission {
    Submission {
        lang: Lang::Ja,
        answers: vec![Answer { field: "email".parse().unwrap(), kind: FieldKind::Email, value: Value::one(email) }],
        consents: Vec::new(),
        attribution: Vec::new(),
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: Some(kind),
    }
}

/// Request number `n`, protected.
pub(in crate::desk) fn protected_request(n: u64, kind: RequestKind, email: &str) -> ProtectedRequest {
    let epoch = OpeningKey::generate(EpochId(1), SuiteName::X25519, &SeededEntropy::new(3));
    let envelope = sealed(&epoch.sealing_key().unwrap(), n, &form(), &asking(kind, email));
    let opened = epoch.open(&Envelope::parse(envelope.as_bytes()).unwrap()).unwrap();
    protect_request(&opened, &lead_key(n), &index_keys(), &SeededEntropy::new(3_000_000 + n)).unwrap()
}

pub(in crate::desk) fn index_keys() -> IndexKeys {
    IndexKeys::from_bytes([4; 32])
}

/// A lead as it comes over a keyring, stored.
pub(crate) fn store_under(keyring: &Keyring, store: &Store, n: u64, form: &Form, submission: &Submission) -> Token {
    let envelope = sealed(&keyring.sealing_key(), n, form, submission);
    let opened = keyring.open(&Envelope::parse(envelope.as_bytes()).unwrap()).unwrap();
    let key = keyring.create_lead_keys(&[token(n)]).unwrap().remove(0);
    let lead = protect(opened, Some(form), &key, keyring.index_keys(), &SeededEntropy::new(3_000_000 + n));
    let deliveries = vec![NewDelivery { kind: DeliveryKind::Notification, recipient: Some("s@example.jp".into()) }];
    let due_at = Timestamp::from_second(RECEIVED + 600).ok();
    let facts = LeadFacts { source: Some(submission.source()), due_at };
    store.store_leads(&[NewLead { lead, deliveries, facts }]).unwrap();
    token(n)
}

/// An account of staff under this id, who sees these leads.
pub(crate) fn hire(store: &Store, id: &str, scope: Scope) -> StaffId {
    let id: StaffId = id.parse().unwrap();
    let secret_sha256 = Sha256::digest(id.as_bytes()).into();
    let link =
        NewStaffLink { secret_sha256, purpose: LinkPurpose::Password, expires_at: store.clock.now(), is_mailed: false };
    let new = NewStaff {
        id,
        address: format!("{id}@example.jp").parse().unwrap(),
        name: "担当 花子".to_owned(),
        role: Role::Rep,
        scope,
        lang: Lang::Ja,
    };
    store.add_staff(&new, &link, "test").unwrap().unwrap();
    id
}

/// From now on the store's file can't grow: every write of some size finds the disk full.
pub(crate) fn fill_disk(store: &Store) {
    let connection = store.writer.lock().unwrap();
    let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
}

/// There is room again.
pub(crate) fn free_disk(store: &Store) {
    store.writer.lock().unwrap().pragma_update(None, "max_page_count", 1 << 20).unwrap();
}

/// Leaves the mark of an erasure.
pub(crate) fn bury(store: &Store, lead: Token) {
    let connection = store.writer.lock().unwrap();
    connection.execute("INSERT INTO tombstones (token, at) VALUES (?1, 0)", [lead.as_bytes()]).unwrap();
}

/// Puts a lead into a stage, past the desk.
pub(in crate::desk) fn set_stage(store: &Store, lead: Token, stage: crate::domain::lead::Stage) {
    let connection = store.writer.lock().unwrap();
    connection.execute("UPDATE leads SET stage = ?1 WHERE token = ?2", (stage.word(), lead.as_bytes())).unwrap();
}

/// From now on the audit can't be written.
pub(crate) fn forbid_audit(store: &Store) {
    let sql = "CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'closed'); END";
    store.writer.lock().unwrap().execute_batch(sql).unwrap();
}

/// It can be written again.
pub(crate) fn permit_audit(store: &Store) {
    store.writer.lock().unwrap().execute_batch("DROP TRIGGER closed").unwrap();
}

/// Copies the store's file as it is now.
pub(crate) fn back_up(store: &Store, to: &std::path::Path) {
    let connection = store.writer.lock().unwrap();
    connection.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

/// Changes an entry of the audit past its triggers, as somebody with the file can.
pub(crate) fn tamper(store: &Store, seq: u64) {
    let connection = store.writer.lock().unwrap();
    connection.execute_batch("DROP TRIGGER audit_is_never_changed").unwrap();
    let changed = connection.execute("UPDATE audit SET actor = 'nobody' WHERE seq = ?1", [seq.cast_signed()]).unwrap();
    assert_eq!(changed, 1);
}
