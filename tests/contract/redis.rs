//! The Redis backend: a capture node's spool, its forwarder, a real Redis, and the desk's queue.

use crate::suite::{MARK, Rig, contract, envelope, tokens_until};
use crate::support::eventually;
use crate::support::redis::RedisServer;
use leadseal::crypto::envelope::Sealed;
use leadseal::crypto::keyring::{Keyring, UnlockSecret};
use leadseal::domain::clock::SystemClock;
use leadseal::domain::entropy::SeededEntropy;
use leadseal::domain::ids::NodeId;
use leadseal::domain::mark::{StoreId, StoreMark};
use leadseal::domain::settings::{HostPort, RedisPlace, RedisSettings, SuiteName};
use leadseal::queue::port::Queue;
use leadseal::queue::redis::{
    Confirmed, Forwarder, ForwarderParts, RedisClient, RedisQueue, RedisQueueParts, RedisTrouble, claim_redis,
};
use leadseal::queue::spool::{Accepted, Spool};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(30);
const STORE: StoreId = StoreId([7; 16]);

/// One node, one desk and the Redis between them.
pub struct OverRedis {
    redis: RedisServer,
    dir: TempDir,
    keyring: Arc<Keyring>,
    spool: Spool,
    handed_over: watch::Receiver<u64>,
    queue: RedisQueue,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    _nodes: watch::Sender<Vec<NodeId>>,
}

fn node() -> NodeId {
    "web1".parse().unwrap()
}

fn client(redis: &RedisServer) -> Arc<RedisClient> {
    let host = HostPort { host: "127.0.0.1".to_owned(), port: redis.address().port() };
    let settings = RedisSettings {
        place: RedisPlace::Single { host, database: 0 },
        tls: false,
        username: None,
        password_file: None,
        ca_file: None,
        connections: 2,
        timeout: Duration::from_secs(5),
    };
    RedisClient::new(&settings).unwrap()
}

fn keyring(dir: &TempDir) -> Arc<Keyring> {
    let secret = UnlockSecret::Key(Zeroizing::new([1; 32]));
    let path = dir.path().join("keyring.db");
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SeededEntropy::new(3)));
    let (made, _words) = Keyring::create(&path, &secret, SuiteName::X25519, clock, entropy).unwrap();
    Arc::new(made)
}

fn queue(
    redis: &RedisServer,
    keyring: &Arc<Keyring>,
    holder: &str,
    store: StoreId,
) -> (RedisQueue, watch::Sender<Vec<NodeId>>) {
    let (nodes, known) = watch::channel(vec![node()]);
    let parts = RedisQueueParts {
        client: client(redis),
        store,
        keyring: Arc::clone(keyring),
        holder: holder.to_owned(),
        nodes: known,
    };
    (RedisQueue::start(parts), nodes)
}

impl OverRedis {
    async fn open(redis: RedisServer, dir: TempDir, keyring: Arc<Keyring>) -> Self {
        let spool = Spool::open(&dir.path().join("spool.db"), 1_000_000, Arc::new(SystemClock)).unwrap();
        let (queue, nodes) = queue(&redis, &keyring, "desk-1", STORE);
        queue.announce(MARK).await.unwrap();
        let forwarder = Forwarder::new(ForwarderParts {
            client: client(&redis),
            spool: spool.clone(),
            node: node(),
            revoked: Arc::new(AtomicBool::new(false)),
        });
        let handed_over = forwarder.handed_over();
        let confirmed = Confirmed::new(client(&redis), spool.clone(), node(), keyring.signer().public_key());
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(forwarder.run(stop.clone()));
        tasks.spawn(confirmed.run(stop.clone()));
        Self { redis, dir, keyring, spool, handed_over, queue, stop, tasks, _nodes: nodes }
    }

    /// Waits until the node has heard of all confirmations.
    async fn spool_is_empty(&self) {
        eventually("the spool hears of it", PATIENCE, || (self.spool.stats().waiting == 0).then_some(()));
    }

    async fn accept_all(&self, numbers: std::ops::Range<u64>) {
        for n in numbers {
            self.accept(envelope(n)).await;
        }
    }

    /// Takes and confirms until the spool is empty; gives how many different leads came.
    async fn drain(&self) -> usize {
        let mut seen = std::collections::BTreeSet::new();
        let drained = tokio::time::timeout(PATIENCE, async {
            while self.spool.stats().waiting > 0 {
                let batch: Vec<_> = self
                    .queue
                    .next(64, Duration::from_millis(50))
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|q| q.token)
                    .collect();
                // A Redis that is away refuses; the queue hands them out again.
                if self.queue.confirm(&batch, MARK).await.is_ok() {
                    seen.extend(batch);
                }
            }
        });
        drained.await.expect("drained in time");
        seen.len()
    }
}

impl Rig for OverRedis {
    type Queue = RedisQueue;

    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keyring = keyring(&dir);
        Self::open(RedisServer::start(), dir, keyring).await
    }

    async fn accept(&self, sealed: Sealed) {
        let token = sealed.header().token;
        assert_eq!(self.spool.accept(sealed, None).await, Ok(Accepted::Stored(token)));
        let (_, place) = self.spool.unconfirmed_up_to(0).await.unwrap();
        let mut handed_over = self.handed_over.clone();
        let there = tokio::time::timeout(PATIENCE, handed_over.wait_for(|seq| *seq >= place));
        there.await.expect("handed over in time").unwrap();
    }

    fn queue(&self) -> RedisQueue {
        self.queue.clone()
    }

    async fn restart(self) -> Self {
        let Self { redis, dir, keyring, spool, stop, mut tasks, queue, .. } = self;
        drop(queue);
        stop.cancel();
        while tasks.join_next().await.is_some() {}
        spool.close().await;
        Self::open(redis, dir, keyring).await
    }
}

contract!(OverRedis);

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_redis_gets_again_what_was_not_confirmed() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..40).await;
    let first = tokens_until(&rig.queue, 10, 10).await;
    rig.queue.confirm(&first, MARK).await.unwrap();
    rig.redis.command(&["FLUSHALL"]);
    rig.accept_all(40..50).await;
    assert_eq!(rig.drain().await, 40, "ten were confirmed before, ten came after");
    rig.spool_is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_killed_and_comes_back_with_an_older_file_costs_nothing() {
    let mut rig = OverRedis::start().await;
    rig.accept_all(0..20).await;
    let old = tempfile::tempdir().unwrap();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let done = std::process::Command::new("cp").args(["-a"]).arg(from).arg(to).status().unwrap();
        assert!(done.success());
    };
    rig.redis.command(&["CONFIG", "SET", "appendfsync", "always"]);
    rig.accept_all(20..25).await;
    copy(&rig.redis.dir().join("appendonlydir"), old.path());
    let early = tokens_until(&rig.queue, 8, 8).await;
    rig.queue.confirm(&early, MARK).await.unwrap();
    rig.accept_all(25..60).await;
    rig.redis.kill();
    std::fs::remove_dir_all(rig.redis.dir().join("appendonlydir")).unwrap();
    copy(&old.path().join("appendonlydir"), rig.redis.dir());
    rig.redis.run();
    assert!(rig.drain().await >= 52);
    rig.spool_is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jammed_stream_or_another_thing_in_its_place_is_begun_anew() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..3).await;
    assert_eq!(rig.drain().await, 3);
    let stream = "ls:{web1}:stream";
    rig.redis.command(&["XADD", stream, "18446744073709551615-18446744073709551615", "x", "y"]);
    assert_eq!(rig.spool.accept(envelope(3), None).await, Ok(Accepted::Stored(envelope(3).header().token)));
    assert_eq!(rig.drain().await, 1);
    rig.redis.command(&["SET", stream, "nonsense"]);
    assert_eq!(rig.spool.accept(envelope(4), None).await, Ok(Accepted::Stored(envelope(4).header().token)));
    assert_eq!(rig.drain().await, 1);
    // A stranger's lease without end, and something that is no lease at all.
    rig.redis.command(&["SET", "ls:{web1}:owner", "nobody"]);
    rig.redis.command(&["SET", "ls:{web1}:confirm", "nonsense"]);
    assert_eq!(rig.spool.accept(envelope(5), None).await, Ok(Accepted::Stored(envelope(5).header().token)));
    assert_eq!(rig.drain().await, 1);
    rig.redis.command(&["DEL", "ls:{web1}:owner"]);
    rig.redis.command(&["RPUSH", "ls:{web1}:owner", "nobody"]);
    assert_eq!(rig.spool.accept(envelope(6), None).await, Ok(Accepted::Stored(envelope(6).header().token)));
    assert_eq!(rig.drain().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_were_taken_out_are_sent_anew() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..1).await;
    assert_eq!(rig.drain().await, 1);
    // Nobody reads while a stranger takes out the oldest.
    let OverRedis { redis, dir, keyring, spool, mut handed_over, queue: first, stop, mut tasks, _nodes } = rig;
    drop(first);
    for n in 1..6 {
        spool.accept(envelope(n), None).await.unwrap();
    }
    handed_over.wait_for(|seq| *seq >= 6).await.unwrap();
    redis.command(&["XTRIM", "ls:{web1}:stream", "MAXLEN", "3"]);
    let (queue, _known) = queue(&redis, &keyring, "desk-1", STORE);
    queue.announce(MARK).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let all = tokio::time::timeout(PATIENCE, async {
        while seen.len() < 5 {
            let batch: Vec<_> =
                queue.next(64, Duration::from_millis(50)).await.unwrap().into_iter().map(|q| q.token).collect();
            queue.confirm(&batch, MARK).await.unwrap();
            seen.extend(batch);
        }
    });
    all.await.expect("all came in time");
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    drop(dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmations_that_the_desk_did_not_sign_are_not_believed() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..2).await;
    let stranger = {
        let dir = tempfile::tempdir().unwrap();
        let secret = UnlockSecret::Key(Zeroizing::new([2; 32]));
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SeededEntropy::new(4)));
        Keyring::create(&dir.path().join("k"), &secret, SuiteName::X25519, clock, entropy).unwrap().0
    };
    let forged = leadseal::crypto::confirmation::Confirmation {
        node: node(),
        mark: MARK,
        tokens: vec![envelope(0).header().token, envelope(1).header().token],
    }
    .signed(stranger.signer());
    let mut connection = redis::Client::open(rig.redis.url()).unwrap().get_connection().unwrap();
    let () = redis::cmd("XADD").arg("ls:{web1}:confirm").arg("*").arg("c").arg(forged).query(&mut connection).unwrap();
    // What follows is read after it: when that is believed, the forged one was not.
    let first = tokens_until(&rig.queue, 1, 1).await;
    rig.queue.confirm(&first, MARK).await.unwrap();
    eventually("the true one is heard", PATIENCE, || (rig.spool.stats().waiting == 1).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_desk_takes_and_confirms_nothing_while_the_first_reads() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..3).await;
    assert_eq!(tokens_until(&rig.queue, 3, 3).await.len(), 3);
    let (second, _nodes) = queue(&rig.redis, &rig.keyring, "desk-2", STORE);
    second.announce(MARK).await.unwrap();
    eventually("the second desk sees that it is one too many", PATIENCE, || {
        (second.troubles() == [(node(), RedisTrouble::OtherDesk)]).then_some(())
    });
    rig.accept_all(3..6).await;
    assert!(second.next(10, Duration::from_millis(100)).await.unwrap().is_empty());
    assert_eq!(rig.drain().await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_of_another_store_is_refused() {
    let rig = OverRedis::start().await;
    let way = client(&rig.redis);
    assert_eq!(claim_redis(&way, STORE).await, Ok(()));
    let refused = claim_redis(&way, StoreId([8; 16])).await.unwrap_err();
    assert!(matches!(&refused, RedisTrouble::OtherStore(id) if id == "07070707"), "{refused}");
    let (other, _nodes) = queue(&rig.redis, &rig.keyring, "desk-9", StoreId([8; 16]));
    other.announce(MARK).await.unwrap();
    eventually("the other desk says so", PATIENCE, || {
        matches!(other.troubles().as_slice(), [(_, RedisTrouble::OtherStore(_))]).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_life_of_the_store_gets_again_what_the_earlier_one_confirmed() {
    let rig = OverRedis::start().await;
    rig.accept_all(0..30).await;
    assert_eq!(rig.drain().await, 30);
    assert_eq!(rig.queue.witnessed().await.unwrap().iter().filter(|mark| mark.incarnation > 1).count(), 0);
    rig.queue.announce(StoreMark { incarnation: 2, seq: 0, nonce: 0 }).await.unwrap();
    let again = tokens_until(&rig.queue, 100, 30).await;
    assert_eq!(again.len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_no_envelope_is_dropped_and_the_others_flow() {
    let rig = OverRedis::start().await;
    let stream = "ls:{web1}:stream";
    rig.redis.command(&["XADD", stream, "0-1", "x", "y"]);
    rig.redis.command(&["XADD", stream, "0-2", "e", "no envelope"]);
    rig.redis.command(&["XADD", stream, "0-3", "t", "short", "e", ""]);
    rig.accept_all(0..4).await;
    assert_eq!(tokens_until(&rig.queue, 10, 4).await.len(), 4);
    assert_eq!(rig.drain().await, 4);
    eventually("the strange ones are gone", PATIENCE, || (rig.redis.command(&["XLEN", stream]) == "0").then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_full_is_drained_by_the_desk_and_fills_again() {
    const LEADS: u64 = 3_000;
    let settings = [("appendonly", "yes"), ("maxmemory", "3mb"), ("maxmemory-policy", "noeviction")];
    let dir = tempfile::tempdir().unwrap();
    let keyring = keyring(&dir);
    let rig = OverRedis::open(RedisServer::start_with(&settings), dir, keyring).await;
    for n in 0..LEADS {
        rig.spool.accept(envelope(n), None).await.unwrap();
    }
    eventually("redis is full", PATIENCE, || rig.redis.command(&["SET", "probe", "x"]).contains("OOM").then_some(()));
    assert_eq!(rig.drain().await as u64, LEADS);
    rig.spool_is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_with_one_enrolment_disturb_each_other_and_lose_nothing() {
    let rig = OverRedis::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let spool = Spool::open(&elsewhere.path().join("spool.db"), 1_000_000, Arc::new(SystemClock)).unwrap();
    let forwarder = Forwarder::new(ForwarderParts {
        client: client(&rig.redis),
        spool: spool.clone(),
        node: node(),
        revoked: Arc::new(AtomicBool::new(false)),
    });
    let confirmed = Confirmed::new(client(&rig.redis), spool.clone(), node(), rig.keyring.signer().public_key());
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(forwarder.run(stop.clone()));
    tasks.spawn(confirmed.run(stop.clone()));
    for n in 0..60 {
        let of = if n % 3 == 0 { &spool } else { &rig.spool };
        of.accept(envelope(n), None).await.unwrap();
    }
    let drained = tokio::time::timeout(PATIENCE, async {
        while rig.spool.stats().waiting + spool.stats().waiting > 0 {
            let batch: Vec<_> =
                rig.queue.next(64, Duration::from_millis(50)).await.unwrap().into_iter().map(|q| q.token).collect();
            rig.queue.confirm(&batch, MARK).await.unwrap();
        }
    });
    drained.await.expect("both are drained in time");
    stop.cancel();
    while tasks.join_next().await.is_some() {}
}
