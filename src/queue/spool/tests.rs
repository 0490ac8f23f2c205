//! The spool against a real file: durability, idempotency, limits, faults.

use super::*;
use crate::domain::clock::{ManualClock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use std::path::PathBuf;
use std::time::Duration;

const MARK: StoreMark = StoreMark { incarnation: 1, seq: 1, nonce: 7 };

struct Place {
    dir: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
        Self { dir: tempfile::tempdir().unwrap(), clock }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("spool.db")
    }

    fn open(&self) -> Spool {
        self.open_for(1_000_000)
    }

    fn open_for(&self, max_waiting: u64) -> Spool {
        Spool::open(&self.path(), max_waiting, self.clock.clone()).unwrap()
    }

    fn count(&self, sql: &str) -> i64 {
        Connection::open(self.path()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn token(n: u64) -> Token {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Token::from_bytes(bytes)
}

fn idempotency(key: u8, body: u8) -> Idempotency {
    Idempotency { key: [key; 32], body: [body; 32] }
}

#[tokio::test]
async fn what_was_accepted_is_there_after_a_restart_in_order() {
    let place = Place::new();
    let spool = place.open();
    for n in 0..10 {
        assert_eq!(spool.accept_bytes(token(n), vec![n as u8; 9], None).await, Ok(Accepted::Stored(token(n))));
    }
    spool.confirm(&[token(3)], MARK, None).await.unwrap();
    drop(spool);
    let spool = place.open();
    assert_eq!(spool.stats().waiting, 9);
    let rows = spool.unconfirmed(100).await.unwrap();
    let expected: Vec<Token> = (0..10).filter(|n| *n != 3).map(token).collect();
    assert_eq!(rows.iter().map(|row| row.token).collect::<Vec<_>>(), expected);
    assert_eq!(rows[8].envelope, vec![9; 9]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_posts_with_one_key_make_one_lead() {
    let place = Place::new();
    let spool = place.open();
    let posts: Vec<_> = (0..100)
        .map(|n| {
            let spool = spool.clone();
            tokio::spawn(async move { spool.accept_bytes(token(n), vec![1], Some(idempotency(7, 1))).await.unwrap() })
        })
        .collect();
    let mut tokens = std::collections::HashSet::new();
    let mut stored = 0;
    for post in posts {
        match post.await.unwrap() {
            Accepted::Stored(token) => {
                stored += 1;
                tokens.insert(token);
            }
            Accepted::Replayed(token) => _ = tokens.insert(token),
            Accepted::Conflict(_) => panic!("same body"),
        }
    }
    assert_eq!((stored, tokens.len(), spool.stats().waiting), (1, 1, 1));
}

#[tokio::test]
async fn an_answer_is_remembered_for_a_day_and_told_apart_by_body() {
    let place = Place::new();
    let spool = place.open();
    let first = Ok(Accepted::Stored(token(1)));
    assert_eq!(spool.accept_bytes(token(1), vec![1], Some(idempotency(7, 1))).await, first);
    drop(spool);
    let spool = place.open();
    assert_eq!(spool.remembered(idempotency(7, 1)).await, Ok(Some(Accepted::Replayed(token(1)))));
    assert_eq!(spool.remembered(idempotency(7, 2)).await, Ok(Some(Accepted::Conflict(token(1)))));
    assert_eq!(spool.remembered(idempotency(8, 1)).await, Ok(None));
    place.clock.advance(SignedDuration::from_secs(24 * 3600 - 1));
    let late = spool.accept_bytes(token(2), vec![1], Some(idempotency(7, 2))).await;
    assert_eq!(late, Ok(Accepted::Conflict(token(1))));
    assert_eq!(spool.stats().waiting, 1);
    place.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(spool.remembered(idempotency(7, 1)).await, Ok(None));
    let anew = spool.accept_bytes(token(3), vec![1], Some(idempotency(7, 1))).await;
    assert_eq!(anew, Ok(Accepted::Stored(token(3))));
}

#[tokio::test]
async fn a_full_spool_refuses_new_posts_but_answers_old_ones() {
    let place = Place::new();
    let spool = place.open_for(2);
    spool.accept_bytes(token(1), vec![1], Some(idempotency(1, 1))).await.unwrap();
    spool.accept_bytes(token(2), vec![1], None).await.unwrap();
    assert_eq!(spool.accept_bytes(token(3), vec![1], None).await, Err(AcceptError::Full));
    let again = spool.accept_bytes(token(4), vec![1], Some(idempotency(1, 1))).await;
    assert_eq!(again, Ok(Accepted::Replayed(token(1))));
    assert!(spool.stats().healthy, "full is no fault");
    spool.confirm(&[token(1)], MARK, None).await.unwrap();
    assert_eq!(spool.accept_bytes(token(3), vec![1], None).await, Ok(Accepted::Stored(token(3))));
}

#[tokio::test]
async fn confirmed_envelopes_are_pruned_after_72_hours_and_waiting_ones_never() {
    let place = Place::new();
    let spool = place.open();
    for n in 1..=3 {
        spool.accept_bytes(token(n), vec![1], Some(idempotency(n as u8, 1))).await.unwrap();
    }
    spool.confirm(&[token(1), token(2)], MARK, None).await.unwrap();
    place.clock.advance(SignedDuration::from_hours(71));
    drop(spool);
    let spool = place.open();
    assert_eq!(place.count("SELECT count(*) FROM envelopes"), 3);
    assert_eq!(place.count("SELECT count(*) FROM answers"), 0);
    place.clock.advance(SignedDuration::from_hours(1));
    // The writer tidies after a batch: once the second answer is here, the first round is over.
    for n in 4..=5 {
        spool.accept_bytes(token(n), vec![1], None).await.unwrap();
    }
    assert_eq!(place.count("SELECT count(*) FROM envelopes"), 3);
    assert_eq!(spool.unconfirmed(9).await.unwrap()[0].token, token(3));
}

#[tokio::test]
async fn closing_commits_what_was_sent_and_ends_the_writer_for_every_handle() {
    let place = Place::new();
    let spool = place.open();
    let other = spool.clone();
    let sent: Vec<_> = (0..50)
        .map(|n| {
            let spool = spool.clone();
            tokio::spawn(async move { spool.accept_bytes(token(n), vec![1], None).await })
        })
        .collect();
    tokio::task::yield_now().await;
    spool.close().await;
    let mut stored = 0;
    for post in sent {
        stored += i64::from(post.await.unwrap().is_ok());
    }
    assert_eq!(place.count("SELECT count(*) FROM envelopes"), stored);
    assert!(matches!(other.accept_bytes(token(99), vec![1], None).await, Err(AcceptError::Unavailable(_))));
}

#[tokio::test]
async fn a_removed_file_refuses_posts_and_says_so() {
    let place = Place::new();
    let spool = place.open();
    spool.accept_bytes(token(1), vec![1], None).await.unwrap();
    std::fs::rename(place.path(), place.dir.path().join("moved")).unwrap();
    let refused = spool.accept_bytes(token(2), vec![1], None).await;
    assert!(matches!(refused, Err(AcceptError::Unavailable(_))));
    assert!(!spool.stats().healthy);
    std::fs::rename(place.dir.path().join("moved"), place.path()).unwrap();
    assert_eq!(spool.accept_bytes(token(2), vec![1], None).await, Ok(Accepted::Stored(token(2))));
    assert!(spool.stats().healthy);
}

#[tokio::test]
async fn what_waits_in_a_removed_file_still_reaches_the_desk() {
    let place = Place::new();
    let spool = place.open();
    for n in 1..=3 {
        spool.accept_bytes(token(n), vec![1], None).await.unwrap();
    }
    std::fs::remove_file(place.path()).unwrap();
    for n in 1..=3 {
        assert!(spool.accept_bytes(token(9), vec![1], None).await.is_err());
        assert_eq!(spool.unconfirmed(1).await.unwrap()[0].token, token(n));
        spool.confirm(&[token(n)], MARK, None).await.unwrap();
        assert!(!spool.stats().healthy, "a confirmation is no proof that posts can be taken");
    }
    assert_eq!(spool.stats().waiting, 0);
}

#[cfg(feature = "desk")]
#[tokio::test]
async fn a_row_of_another_hand_keeps_nothing_from_the_desk() {
    let place = Place::new();
    drop(place.open());
    let raw = Connection::open(place.path()).unwrap();
    raw.execute("INSERT INTO envelopes (token, envelope) VALUES (x'0102', x'03')", []).unwrap();
    raw.execute("INSERT INTO waiting (seq) SELECT max(seq) FROM envelopes", []).unwrap();
    drop(raw);
    let spool = place.open();
    let queue = crate::queue::embedded::EmbeddedQueue::new(spool.clone());
    let started = std::time::Instant::now();
    let wait = Duration::from_millis(200);
    assert!(crate::queue::port::Queue::next(&queue, 9, wait).await.unwrap().is_empty());
    assert!(started.elapsed() >= wait, "it waits instead of asking again at once");
    spool.accept_bytes(token(1), vec![1], None).await.unwrap();
    let found = crate::queue::port::Queue::next(&queue, 9, wait).await.unwrap();
    assert_eq!(found.iter().map(|row| row.token).collect::<Vec<_>>(), [token(1)]);
}

/// A writer without its thread, whose file can't grow beyond `pages`.
fn cramped_writer(place: &Place, pages: u32) -> (Writer, Arc<Shared>) {
    let connection = schema::open(&place.path()).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
    let shared = Arc::new(Shared {
        waiting: AtomicU64::new(0),
        healthy: AtomicBool::new(true),
        arrivals: watch::Sender::new(0),
    });
    (Writer::new(connection, &place.path(), 1000, place.clock.clone(), shared.clone()).unwrap(), shared)
}

fn post(n: u64, bytes: usize) -> (Request, oneshot::Receiver<Result<Accepted, AcceptError>>) {
    let (answer, fate) = oneshot::channel();
    (Request::Accept { token: token(n), envelope: vec![7; bytes], idempotency: None, answer }, fate)
}

#[test]
fn a_full_disk_stores_nothing_of_the_batch_and_recovers() {
    let place = Place::new();
    let (mut writer, shared) = cramped_writer(&place, 20);
    let (small, small_fate) = post(1, 10);
    let (large, large_fate) = post(2, 200_000);
    writer.commit(vec![small, large]);
    let full = Err(AcceptError::Unavailable("the disk is full".to_owned()));
    assert_eq!(small_fate.blocking_recv().unwrap(), full);
    assert_eq!(large_fate.blocking_recv().unwrap(), full);
    assert_eq!(place.count("SELECT count(*) FROM envelopes"), 0);
    assert!(!shared.healthy.load(Ordering::Acquire));
    let (small, fate) = post(1, 10);
    writer.commit(vec![small]);
    assert_eq!(fate.blocking_recv().unwrap(), Ok(Accepted::Stored(token(1))));
    assert!(shared.healthy.load(Ordering::Acquire));
    assert_eq!(shared.waiting.load(Ordering::Acquire), 1);
}

#[tokio::test]
async fn it_becomes_healthy_again_by_itself() {
    let place = Place::new();
    let spool = place.open();
    std::fs::rename(place.path(), place.dir.path().join("moved")).unwrap();
    assert!(spool.accept_bytes(token(2), vec![1], None).await.is_err());
    std::fs::rename(place.dir.path().join("moved"), place.path()).unwrap();
    let recovered = tokio::time::timeout(Duration::from_secs(20), async {
        while !spool.stats().healthy {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(recovered.await.is_ok());
}

#[test]
fn files_that_are_no_sound_spool_are_refused_with_a_reason() {
    let place = Place::new();
    drop(place.open());
    let open = || Spool::open(&place.path(), 9, Arc::new(SystemClock)).map(drop);
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(open(), Err(SpoolError::Newer(99))));
    std::fs::write(place.path(), b"garbage garbage garbage").unwrap();
    assert!(matches!(open(), Err(SpoolError::Damaged(_))));
    std::fs::write(place.path(), b"").unwrap();
    assert!(matches!(open(), Err(SpoolError::Damaged(_))));
    let nowhere = place.dir.path().join("no/such/dir/spool.db");
    assert!(matches!(Spool::open(&nowhere, 9, Arc::new(SystemClock)), Err(SpoolError::File(_))));
}

#[tokio::test]
async fn a_later_life_of_the_store_gets_again_what_an_earlier_one_confirmed() {
    let place = Place::new();
    let spool = place.open();
    for n in 0..4 {
        spool.accept_bytes(token(n), vec![1], None).await.unwrap();
    }
    spool.confirm(&[token(0), token(1), token(2)], MARK, Some(b"proof".to_vec())).await.unwrap();
    assert_eq!(spool.desk().await.unwrap(), (MARK, Some(b"proof".to_vec())));
    assert_eq!(spool.stats().waiting, 1);
    let later = StoreMark { incarnation: 2, seq: 0, nonce: 0 };
    spool.confirm(&[token(0)], later, None).await.unwrap();
    assert_eq!(spool.stats().waiting, 3, "all but the one that the later life has");
    // What was under way from the earlier life counts no more.
    spool.confirm(&[token(1)], StoreMark { seq: 9, ..MARK }, None).await.unwrap();
    assert_eq!(spool.stats().waiting, 3);
    assert_eq!(spool.desk().await.unwrap().0, later);
    drop(spool);
    let spool = place.open();
    assert_eq!(spool.stats().waiting, 3);
    let waiting = spool.unconfirmed_after(1, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.queued.token).collect::<Vec<_>>(), [1, 2, 3].map(token));
    assert_eq!(spool.unconfirmed_up_to(waiting[1].seq).await.unwrap(), (2, 4));
}
