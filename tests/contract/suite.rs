//! What ingest may rely on, whichever backend carries the envelopes.

use jiff::Timestamp;
use leadseal::crypto::envelope::Sealed;
use leadseal::crypto::seal::{SealContext, SealingKey, seal};
use leadseal::domain::entropy::SeededEntropy;
use leadseal::domain::field::FieldKind;
use leadseal::domain::ids::{EpochId, FormVersion};
use leadseal::domain::lang::Lang;
use leadseal::domain::mark::StoreMark;
use leadseal::domain::settings::SuiteName;
use leadseal::domain::submission::{Answer, Submission, Value};
use leadseal::domain::token::Token;
use leadseal::queue::port::{Queue, QueuedEnvelope};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A backend under test, from the side that accepts.
pub trait Rig: Sized + Send + Sync + 'static {
    /// The side that ingest sees.
    type Queue: Queue;
    /// A new, empty one.
    async fn start() -> Self;
    /// Takes an envelope in, durably.
    fn accept(&self, sealed: Sealed) -> impl Future<Output = ()> + Send;
    /// Ingest's side.
    fn queue(&self) -> Self::Queue;
    /// Ends everything and starts again on the same files.
    async fn restart(self) -> Self;
}

/// The commit of the store that every confirmation names.
pub const MARK: StoreMark = StoreMark { incarnation: 1, seq: 1, nonce: 1 };

/// Shorter than any test's patience, longer than any wake-up.
const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

/// The envelope of lead number `n`.
pub fn envelope(n: u64) -> Sealed {
    let mut public = [0u8; 32];
    public[0] = 9; // The base point of X25519: nobody needs to open these.
    let key = SealingKey::new(EpochId(1), SuiteName::X25519, &public).unwrap();
    let mut token = [0; 20];
    token[..8].copy_from_slice(&n.to_be_bytes());
    let context = SealContext {
        site: "main".parse().unwrap(),
        form: "contact".parse().unwrap(),
        form_version: FormVersion([1; 8]),
        token: Token::from_bytes(token),
        received_at: Timestamp::from_second(1_800_000_000).unwrap(),
    };
    let answer =
        Answer {
            field: "company".parse().unwrap(), kind: FieldKind::Company, value: Value::one("株式会社山田商店")
        };
    let submission = Submission {
        lang: Lang::Ja,
        answers: vec![answer],
        consents: vec![],
        attribution: vec![],
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    };
    seal(&key, context, &submission, &SeededEntropy::new(n)).unwrap()
}

fn token(n: u64) -> Token {
    envelope(n).header().token
}

async fn tokens(queue: &impl Queue, max: usize) -> Vec<Token> {
    queue.next(max, SHORT).await.unwrap().into_iter().map(|queued| queued.token).collect()
}

/// What is handed out once at least `count` leads are there, at most `max`.
pub async fn tokens_until(queue: &impl Queue, max: usize, count: usize) -> Vec<Token> {
    all_until(queue, max, count).await.into_iter().map(|queued| queued.token).collect()
}

async fn all_until(queue: &impl Queue, max: usize, count: usize) -> Vec<QueuedEnvelope> {
    let found = tokio::time::timeout(LONG, async {
        loop {
            let batch = queue.next(max, SHORT).await.unwrap();
            if batch.len() >= count {
                return batch;
            }
        }
    });
    found.await.expect("there in time")
}

pub async fn what_was_accepted_comes_in_order_and_unchanged<R: Rig>() {
    let rig = R::start().await;
    for n in 0..20 {
        rig.accept(envelope(n)).await;
    }
    let got = all_until(&rig.queue(), 100, 20).await;
    assert_eq!(got.iter().map(|q| q.token).collect::<Vec<_>>(), (0..20).map(token).collect::<Vec<_>>());
    for (n, queued) in (0..).zip(&got) {
        assert_eq!(queued.envelope, envelope(n).as_bytes());
    }
}

pub async fn what_is_not_confirmed_comes_again_also_after_a_restart<R: Rig>() {
    let rig = R::start().await;
    for n in 0..5 {
        rig.accept(envelope(n)).await;
    }
    let all: Vec<Token> = (0..5).map(token).collect();
    assert_eq!(tokens_until(&rig.queue(), 100, 5).await, all);
    assert_eq!(tokens_until(&rig.queue(), 100, 5).await, all);
    let rig = rig.restart().await;
    assert_eq!(tokens_until(&rig.queue(), 100, 5).await, all);
}

pub async fn what_is_confirmed_never_comes_again<R: Rig>() {
    let rig = R::start().await;
    for n in 0..6 {
        rig.accept(envelope(n)).await;
    }
    assert_eq!(tokens_until(&rig.queue(), 100, 6).await.len(), 6);
    // By token, in any order, not only from the front.
    rig.queue().confirm(&[token(4), token(1)], MARK).await.unwrap();
    let rest: Vec<Token> = [0, 2, 3, 5].map(token).to_vec();
    assert_eq!(tokens_until(&rig.queue(), 100, 4).await, rest);
    let rig = rig.restart().await;
    assert_eq!(tokens_until(&rig.queue(), 100, 4).await, rest);
    rig.queue().confirm(&rest, MARK).await.unwrap();
    assert_eq!(tokens(&rig.queue(), 100).await, []);
    let rig = rig.restart().await;
    assert_eq!(tokens(&rig.queue(), 100).await, []);
}

pub async fn confirming_twice_or_unknown_leads_is_harmless<R: Rig>() {
    let rig = R::start().await;
    rig.accept(envelope(0)).await;
    rig.accept(envelope(1)).await;
    let queue = rig.queue();
    assert_eq!(tokens_until(&queue, 100, 2).await.len(), 2);
    queue.confirm(&[token(77)], MARK).await.unwrap();
    queue.confirm(&[token(0), token(0)], MARK).await.unwrap();
    queue.confirm(&[token(0)], MARK).await.unwrap();
    queue.confirm(&[], MARK).await.unwrap();
    assert_eq!(queue.waiting().await.unwrap(), 1);
    assert_eq!(tokens_until(&queue, 100, 1).await, [token(1)]);
}

pub async fn waiting_counts_what_is_not_confirmed<R: Rig>() {
    let rig = R::start().await;
    assert_eq!(rig.queue().waiting().await.unwrap(), 0);
    for n in 0..7 {
        rig.accept(envelope(n)).await;
    }
    assert_eq!(rig.queue().waiting().await.unwrap(), 7);
    assert_eq!(tokens_until(&rig.queue(), 100, 7).await.len(), 7);
    assert_eq!(rig.queue().waiting().await.unwrap(), 7, "handed out is not confirmed");
    rig.queue().confirm(&[token(2), token(3)], MARK).await.unwrap();
    assert_eq!(rig.queue().waiting().await.unwrap(), 5);
    let rig = rig.restart().await;
    assert_eq!(rig.queue().waiting().await.unwrap(), 5);
}

pub async fn no_more_than_asked_for_comes_at_a_time<R: Rig>() {
    let rig = R::start().await;
    for n in 0..9 {
        rig.accept(envelope(n)).await;
    }
    let queue = rig.queue();
    let mut seen = Vec::new();
    for expected in [4, 4, 1, 0] {
        let batch = tokens_until(&queue, 4, expected).await;
        assert_eq!(batch.len(), expected);
        queue.confirm(&batch, MARK).await.unwrap();
        seen.extend(batch);
    }
    assert_eq!(seen, (0..9).map(token).collect::<Vec<_>>());
}

pub async fn a_waiting_reader_is_woken_by_what_arrives<R: Rig>() {
    let rig = R::start().await;
    let queue = rig.queue();
    let started = Instant::now();
    let reader = tokio::spawn(async move { queue.next(10, LONG).await.unwrap() });
    tokio::task::yield_now().await;
    rig.accept(envelope(1)).await;
    let got = reader.await.unwrap();
    assert_eq!(got[0].token, token(1));
    assert!(started.elapsed() < LONG / 4, "woken, not polled: {:?}", started.elapsed());
    let empty = R::start().await;
    assert!(empty.queue().next(10, SHORT).await.unwrap().is_empty(), "nothing came, nothing is given");
}

pub async fn nothing_is_lost_between_many_writers_and_a_reader<R: Rig>() {
    const WRITERS: u64 = 8;
    const EACH: u64 = 40;
    let rig = std::sync::Arc::new(R::start().await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let rig = rig.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    rig.accept(envelope(writer * EACH + n)).await;
                }
            })
        })
        .collect();
    let queue = rig.queue();
    let mut seen = BTreeSet::new();
    let reading = tokio::time::timeout(LONG, async {
        while seen.len() < (WRITERS * EACH) as usize {
            let batch: Vec<Token> = queue.next(32, LONG).await.unwrap().into_iter().map(|q| q.token).collect();
            queue.confirm(&batch, MARK).await.unwrap();
            for token in batch {
                assert!(seen.insert(token), "delivered again although confirmed");
            }
        }
    });
    reading.await.unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(queue.waiting().await.unwrap(), 0);
}

/// One test per point of the contract, for a backend.
macro_rules! contract {
    ($rig:ty) => {
        contract!($rig: what_was_accepted_comes_in_order_and_unchanged,
            what_is_not_confirmed_comes_again_also_after_a_restart,
            what_is_confirmed_never_comes_again,
            confirming_twice_or_unknown_leads_is_harmless,
            waiting_counts_what_is_not_confirmed,
            no_more_than_asked_for_comes_at_a_time,
            a_waiting_reader_is_woken_by_what_arrives,
            nothing_is_lost_between_many_writers_and_a_reader);
    };
    ($rig:ty: $($point:ident),+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $point() {
            crate::suite::$point::<$rig>().await;
        })+
    };
}
pub(crate) use contract;
