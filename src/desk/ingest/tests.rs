//! Ingest between a real spool, a real keyring and a real store.

use super::*;
use crate::crypto::keyring::UnlockSecret;
use crate::crypto::protect::reveal_requester;
use crate::desk::store::RequestStatus;
use crate::desk::store::sample::{self, form, sealed, submission, token};
use crate::domain::business_hours::BusinessHours;
use crate::domain::clock::SystemClock;
use crate::domain::entropy::SeededEntropy;
use crate::domain::mark::StoreMark;
use crate::domain::protect::Protect;
use crate::domain::request::RequestKind;
use crate::domain::settings::SuiteName;
use crate::domain::submission::Value;
use crate::domain::token::Token;
use crate::queue::embedded::EmbeddedQueue;
use crate::queue::spool::Spool;
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(30);

struct House {
    dir: tempfile::TempDir,
    spool: Spool,
    store: Arc<Store>,
    keyring: Arc<Keyring>,
    forms: Arc<HashMap<FormId, Arc<Form>>>,
    wake: Arc<Notify>,
}

impl House {
    fn new(suite: SuiteName) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let entropy = Arc::new(SeededEntropy::new(11));
        let secret = UnlockSecret::Key(Zeroizing::new([1; 32]));
        let (keyring, _words) =
            Keyring::create(&dir.path().join("keyring.db"), &secret, suite, clock.clone(), entropy.clone()).unwrap();
        let store = Store::open(&dir.path().join("leads.db"), clock.clone(), entropy).unwrap();
        let spool = Spool::open(&dir.path().join("spool.db"), 1_000_000, clock).unwrap();
        let form = Arc::new(form());
        Self {
            dir,
            spool,
            store: Arc::new(store),
            keyring: Arc::new(keyring),
            forms: Arc::new(HashMap::from([(form.id.clone(), form)])),
            wake: Arc::default(),
        }
    }

    /// The same house with other keys: what is sealed to them does not open in the first.
    fn with_other_keys(self) -> Self {
        let secret = UnlockSecret::Key(Zeroizing::new([2; 32]));
        let path = self.dir.path().join("other-keyring.db");
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SeededEntropy::new(99)));
        let (keyring, _words) = Keyring::create(&path, &secret, SuiteName::X25519, clock, entropy).unwrap();
        Self { keyring: Arc::new(keyring), ..self }
    }

    fn queued(&self, n: u64) -> QueuedEnvelope {
        let envelope = sealed(&self.keyring.sealing_key(), n, &form(), &submission("a@example.jp", ""));
        QueuedEnvelope { token: token(n), envelope: envelope.as_bytes().to_vec() }
    }

    fn ingest<Q: Queue>(&self, queue: Q) -> Ingest<Q> {
        Ingest::new(self.parts(queue))
    }

    fn parts<Q>(&self, queue: Q) -> IngestParts<Q> {
        IngestParts {
            queue,
            store: self.store.clone(),
            keyring: self.keyring.clone(),
            forms: self.forms.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SeededEntropy::new(12)),
            wake: self.wake.clone(),
            request_mails_per_day: 100,
            hours: Arc::new(BusinessHours::always()),
        }
    }

    /// Runs ingest over a queue until `end`.
    async fn work(&self, queue: &FixedQueue, end: impl Fn(&FixedQueue) -> bool) {
        let shutdown = CancellationToken::new();
        let worker = tokio::spawn(self.ingest(queue.clone()).run(shutdown.clone()));
        queue.until(end).await;
        shutdown.cancel();
        worker.await.unwrap();
    }
}

/// Hands out the same envelopes until they are confirmed, and can be told to fail.
#[derive(Clone, Default)]
struct FixedQueue {
    waiting: Arc<Mutex<Vec<QueuedEnvelope>>>,
    /// How often it was asked for envelopes.
    asked: Arc<AtomicU32>,
    /// How many confirmations still fail.
    refusals: Arc<AtomicU32>,
    /// Cancelled as soon as a batch was handed out.
    stop: Option<CancellationToken>,
}

impl FixedQueue {
    fn of(envelopes: impl IntoIterator<Item = QueuedEnvelope>) -> Self {
        Self { waiting: Arc::new(Mutex::new(envelopes.into_iter().collect())), ..Self::default() }
    }

    async fn until(&self, what: impl Fn(&Self) -> bool) {
        let reached = tokio::time::timeout(PATIENCE, async {
            while !what(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        reached.await.expect("reached in time");
    }

    fn is_drained(&self) -> bool {
        self.waiting.lock().unwrap().is_empty()
    }
}

impl Queue for FixedQueue {
    async fn next(&self, max: usize, wait: Duration) -> Result<Vec<QueuedEnvelope>, QueueError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let batch: Vec<_> = self.waiting.lock().unwrap().iter().take(max).cloned().collect();
        if batch.is_empty() {
            tokio::time::sleep(wait).await;
        }
        if let Some(stop) = &self.stop {
            stop.cancel();
        }
        Ok(batch)
    }

    async fn witnessed(&self) -> Result<Vec<StoreMark>, QueueError> {
        Ok(Vec::new())
    }

    async fn announce(&self, _mark: StoreMark) -> Result<(), QueueError> {
        Ok(())
    }

    async fn confirm(&self, leads: &[Token], _mark: StoreMark) -> Result<(), QueueError> {
        let refused = self.refusals.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refused.is_ok() {
            return Err(QueueError("refused".to_owned()));
        }
        self.waiting.lock().unwrap().retain(|queued| !leads.contains(&queued.token));
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, QueueError> {
        Ok(self.waiting.lock().unwrap().len() as u64)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_stored_with_its_mails_and_wakes_the_outbox() {
    let house = House::new(SuiteName::XWing);
    let woken = tokio::spawn({
        let wake = house.wake.clone();
        async move { tokio::time::timeout(PATIENCE, wake.notified()).await.is_ok() }
    });
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(house.ingest(EmbeddedQueue::new(house.spool.clone())).run(shutdown.clone()));
    for n in 0..300 {
        let envelope = sealed(&house.keyring.sealing_key(), n, &form(), &submission("a@example.jp", ""));
        house.spool.accept(envelope, None).await.unwrap();
    }
    let drained = tokio::time::timeout(PATIENCE, async {
        while house.spool.stats().waiting > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    drained.await.unwrap();
    assert!(woken.await.unwrap());
    shutdown.cancel();
    worker.await.unwrap();
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.outbox_waiting, stats.unopened), (300, 600, 0));
    assert_eq!(house.store.verify_audit().unwrap().broken_at, None);
    let lead = house.store.lead(token(7)).unwrap().unwrap();
    let email = lead.fields.iter().find(|field| field.field.as_str() == "email").unwrap();
    let key = house.keyring.lead_key(lead.token).unwrap();
    let value = key.reveal(lead.token, &email.field, lead.form_version, email.sealed.as_deref().unwrap()).unwrap();
    assert_eq!(value, Value::one("a@example.jp"));
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_set_aside_sealed_and_the_others_flow() {
    let house = House::new(SuiteName::X25519);
    let mut flipped = house.queued(3);
    *flipped.envelope.last_mut().unwrap() ^= 1;
    let mut cut = house.queued(4);
    cut.envelope.truncate(40);
    let garbage = QueuedEnvelope { token: token(9), envelope: b"garbage".to_vec() };
    let elsewhere = Form { site: "elsewhere".parse().unwrap(), ..form() };
    let crossing = sealed(&house.keyring.sealing_key(), 8, &elsewhere, &submission("a@example.jp", ""));
    let crossing = QueuedEnvelope { token: token(8), envelope: crossing.as_bytes().to_vec() };
    let foreign = House::new(SuiteName::X25519).with_other_keys().queued(5);
    let renamed = QueuedEnvelope { token: token(66), ..house.queued(6) };
    let poison = [flipped, cut, garbage, foreign, renamed, crossing];
    let queue = FixedQueue::of([house.queued(1)].into_iter().chain(poison.clone()).chain([house.queued(2)]));
    house.work(&queue, FixedQueue::is_drained).await;
    assert_eq!(house.store.stats().unwrap().leads, 2);
    let kept = house.store.unopened(None, 99).unwrap();
    assert_eq!(
        kept.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(),
        ["not-authentic", "malformed", "malformed", "not-authentic", "token-mismatch", "wrong-site"]
    );
    for (kept, sent) in kept.iter().zip(&poison) {
        assert_eq!((kept.token, &kept.envelope), (sent.token, &sent.envelope));
    }
    let audited = house.store.audit_entries(1, 99).unwrap();
    assert_eq!(audited.iter().filter(|entry| entry.action == "envelope-unopened").count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_pauses_and_nothing_is_lost_or_doubled() {
    let house = House::new(SuiteName::X25519);
    let queue = FixedQueue::of((0..400).map(|n| house.queued(n)));
    sample::fill_disk(&house.store);
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(house.ingest(queue.clone()).run(shutdown.clone()));
    queue.until(|queue| queue.asked.load(Ordering::SeqCst) >= 4).await;
    assert_eq!(queue.waiting().await.unwrap(), 400, "nothing is confirmed");
    assert_eq!(house.store.stats().unwrap().leads, 0);
    sample::free_disk(&house.store);
    queue.until(FixedQueue::is_drained).await;
    shutdown.cancel();
    worker.await.unwrap();
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.outbox_waiting, stats.unopened), (400, 800, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_that_fails_leads_to_a_redelivery_but_not_to_a_second_lead() {
    let house = House::new(SuiteName::X25519);
    let queue = FixedQueue::of((0..5).map(|n| house.queued(n)));
    queue.refusals.store(2, Ordering::SeqCst);
    house.work(&queue, FixedQueue::is_drained).await;
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.outbox_waiting), (5, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_lead_does_not_come_back_nor_does_its_key() {
    let house = House::new(SuiteName::X25519);
    sample::bury(&house.store, token(1));
    let queue = FixedQueue::of([house.queued(1), house.queued(2)]);
    house.work(&queue, FixedQueue::is_drained).await;
    assert!(house.store.lead(token(1)).unwrap().is_none());
    assert!(house.store.lead(token(2)).unwrap().is_some());
    assert!(matches!(house.keyring.lead_key(token(1)), Err(KeyringError::NoLeadKey)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_begun_is_finished_at_shutdown() {
    let house = House::new(SuiteName::X25519);
    let shutdown = CancellationToken::new();
    let mut queue = FixedQueue::of((0..200).map(|n| house.queued(n)));
    queue.stop = Some(shutdown.clone());
    house.ingest(queue.clone()).run(shutdown).await;
    assert!(queue.is_drained());
    assert_eq!(queue.asked.load(Ordering::SeqCst), 1);
    assert_eq!(house.store.stats().unwrap().leads, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_an_unknown_form_is_stored_wholly_sealed_and_tells_nobody() {
    let mut house = House::new(SuiteName::X25519);
    house.forms = Arc::default();
    let queue = FixedQueue::of([house.queued(1)]);
    house.work(&queue, FixedQueue::is_drained).await;
    let lead = house.store.lead(token(1)).unwrap().unwrap();
    assert!(lead.fields.iter().all(|field| field.protect == Protect::Tokenise && field.plain.is_none()));
    assert!(house.store.deliveries(Some(token(1))).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_that_was_set_aside_becomes_a_lead_once_its_keyring_is_back() {
    let house = House::new(SuiteName::X25519);
    let right = House::new(SuiteName::X25519).with_other_keys();
    let garbage = QueuedEnvelope { token: token(9), envelope: b"garbage".to_vec() };
    house.work(&FixedQueue::of([right.queued(5), garbage]), FixedQueue::is_drained).await;
    assert_eq!((house.store.stats().unwrap().leads, house.store.stats().unwrap().unopened), (0, 2));
    let parts = |keyring: &Arc<Keyring>| ReplayParts {
        store: Arc::clone(&house.store),
        keyring: Arc::clone(keyring),
        forms: Arc::clone(&house.forms),
        entropy: Arc::new(SeededEntropy::new(12)),
        request_mails_per_day: 100,
        hours: Arc::new(BusinessHours::always()),
    };
    assert_eq!(replay(&parts(&house.keyring), "test").unwrap(), Replayed { opened: 0, unopened: 2 });
    assert_eq!(replay(&parts(&right.keyring), "test").unwrap(), Replayed { opened: 1, unopened: 1 });
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.outbox_waiting, stats.unopened), (1, 2, 1));
    assert!(house.store.lead(token(5)).unwrap().is_some());
    let audited = house.store.audit_entries(1, 99).unwrap();
    assert_eq!(audited.iter().filter(|entry| entry.action == "envelope-replayed").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_store_gets_again_from_the_spool_what_it_lacks() {
    let house = House::new(SuiteName::X25519);
    let accept = async |n: u64| {
        let envelope = sealed(&house.keyring.sealing_key(), n, &form(), &submission("a@example.jp", ""));
        house.spool.accept(envelope, None).await.unwrap();
    };
    let work_until_taken = async |store: &Arc<Store>| {
        let shutdown = CancellationToken::new();
        let parts = IngestParts { store: Arc::clone(store), ..house.parts(EmbeddedQueue::new(house.spool.clone())) };
        let worker = tokio::spawn(Ingest::new(parts).run(shutdown.clone()));
        let taken = tokio::time::timeout(PATIENCE, async {
            // Also until a restored store has announced itself.
            while house.spool.stats().waiting > 0
                || house.spool.desk().await.unwrap().0.incarnation < store.mark().unwrap().incarnation
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        taken.await.unwrap();
        shutdown.cancel();
        worker.await.unwrap();
    };
    accept(1).await;
    work_until_taken(&house.store).await;
    let path = house.dir.path().join("restored.db");
    sample::back_up(&house.store, &path);
    accept(2).await;
    work_until_taken(&house.store).await;

    let restored = Arc::new(Store::open(&path, Arc::new(SystemClock), Arc::new(SeededEntropy::new(77))).unwrap());
    assert_eq!(restored.stats().unwrap().leads, 1);
    accept(3).await;
    work_until_taken(&restored).await;
    assert_eq!(restored.stats().unwrap().leads, 3, "the second came again");
    assert_eq!(restored.mark().unwrap().incarnation, 2);
}

/// An envelope with somebody's request.
fn asked(house: &House, n: u64, submission: &crate::domain::submission::Submission) -> QueuedEnvelope {
    let envelope = sealed(&house.keyring.sealing_key(), n, &form(), submission);
    QueuedEnvelope { token: token(n), envelope: envelope.as_bytes().to_vec() }
}

#[tokio::test]
async fn a_request_becomes_no_lead_and_finds_those_of_its_own_batch() {
    let house = House::new(SuiteName::X25519);
    let request = asked(&house, 2, &sample::asking(RequestKind::Erase, "a@example.jp"));
    let again = asked(&house, 3, &sample::asking(RequestKind::Erase, "A@example.jp"));
    let batch = [request.clone(), again, house.queued(1)];
    house.work(&FixedQueue::of(batch), FixedQueue::is_drained).await;
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.requests_waiting, stats.unopened), (1, 1, 0));
    let stored = house.store.request(token(2)).unwrap().unwrap();
    assert_eq!((stored.status, stored.kind), (RequestStatus::Open, RequestKind::Erase));
    let key = house.keyring.lead_key(token(2)).unwrap();
    let address = reveal_requester(&key, token(2), stored.form_version, &stored.sealed.unwrap()).unwrap();
    assert_eq!(address.joined().expose(), "a@example.jp");
    assert_eq!(house.store.request(token(3)).unwrap().unwrap().status, RequestStatus::Repeated);
    assert!(house.keyring.lead_key(token(3)).is_err(), "no address, no key");
    let secret = Sha256::digest(house.keyring.request_secret(token(2)).as_bytes()).into();
    assert_eq!(house.store.request_by_link(&secret).unwrap().unwrap().token, token(2));

    // Handed over again, it stays as it was.
    house.work(&FixedQueue::of([request]), FixedQueue::is_drained).await;
    assert_eq!(house.store.requests(false, None, 10).unwrap().len(), 2);
    assert!(house.keyring.lead_key(token(2)).is_ok());
}

#[tokio::test]
async fn a_request_that_names_nobody_is_set_aside() {
    let house = House::new(SuiteName::X25519);
    let mut nameless = sample::asking(RequestKind::Access, "a@example.jp");
    nameless.answers.clear();
    // It would be mailed to one mailbox and found under another's.
    let look_alike = sample::asking(RequestKind::Access, "ⓐ@example.jp");
    let batch = [asked(&house, 1, &nameless), asked(&house, 2, &look_alike)];
    house.work(&FixedQueue::of(batch), FixedQueue::is_drained).await;
    let stats = house.store.stats().unwrap();
    assert_eq!((stats.leads, stats.requests_waiting, stats.unopened), (0, 0, 2));
    assert_eq!(house.store.unopened(None, 10).unwrap()[0].reason, "bad-content");
}
