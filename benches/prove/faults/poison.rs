//! Entries in the streams that no node wrote, entries taken away, and streams that can't be written
//! any more: everybody else's leads flow on.

use crate::check::Figures;
use crate::redis_server::bytes_of;
use crate::scene::{Order, Scene};
use crate::visitors::Ledger;
use crate::watch;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is done to a stream.
type Deed = fn(&mut Scene, &str);

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    scene.allowed.unopened = true;
    let deeds: [(&str, Deed); 8] = [
        ("nonsense", nonsense),
        ("a true envelope under another token and cut short", forged),
        ("entries deleted", deleted),
        ("the stream trimmed to nothing", trimmed),
        ("the stream replaced by a text", replaced),
        ("the highest possible id", jammed),
        ("every other key replaced by one of another kind", others_replaced),
        ("the lease held by nobody, for good", lease_without_end),
    ];
    let mut next = 0;
    while scene.another_round() {
        let (words, deed) = deeds[next % deeds.len()];
        next += 1;
        let streams = scene.house.redis().keys_ending(":stream");
        if streams.is_empty() {
            scene.fail("no stream is in Redis");
            break;
        }
        let stream = scene.dice.pick(&streams).clone();
        scene.say(format!("{stream}: {words}"));
        deed(&mut scene, &stream);
        scene.over();
        scene.work(10);
        if !scene.recovered() {
            heal(&mut scene, &stream);
        }
    }
    scene.close()
}

/// What an operator can do when a stream does not recover by itself.
fn heal(scene: &mut Scene, stream: &str) {
    scene.say("an operator deletes the node's keys");
    for key in scene.house.redis().keys().iter().filter(|key| key.starts_with(stream.trim_end_matches("stream"))) {
        scene.house.redis().ask(&["DEL", key]);
    }
    scene.recovered();
}

fn nonsense(scene: &mut Scene, stream: &str) {
    let entries: [&[&str]; 6] = [
        &["x", "y"],
        &["t", "short"],
        &["t", "12345678901234567890"],
        &["e", "no token"],
        &["t", "12345678901234567890", "e", "no envelope"],
        &["e", "", "t", ""],
    ];
    for entry in entries {
        let words: Vec<&str> = ["XADD", stream, "*"].into_iter().chain(entry.iter().copied()).collect();
        let _ = scene.house.redis().try_ask(&words);
        scene.work(1);
    }
    let huge = "x".repeat(4 << 20);
    let _ = scene.house.redis().try_ask(&["XADD", stream, "*", "t", "12345678901234567890", "e", &huge]);
}

/// Takes a true envelope out of the stream's history and puts it in again under another token, and
/// cut in half. Waits for one to be there: the desk takes them out quickly.
fn forged(scene: &mut Scene, stream: &str) {
    let ledger: Arc<Ledger> = Arc::clone(&scene.load.ledger);
    let before = unopened(scene);
    let mut connection = scene.house.redis().connect().unwrap();
    for _ in 0..400 {
        let asked = redis::cmd("XREVRANGE").arg(stream).arg("+").arg("-").arg("COUNT").arg(1).query(&mut connection);
        let found: redis::Value = asked.unwrap_or(redis::Value::Nil);
        if let Some(envelope) = envelope_in(&found) {
            let half = &envelope[..envelope.len() / 2];
            for (token, bytes) in [(&b"another-tokens-bytes"[..], &envelope[..]), (b"a-third-tokens-bytes", half)] {
                let mut add = redis::cmd("XADD");
                let added: redis::RedisResult<redis::Value> =
                    add.arg(stream).arg("*").arg("t").arg(token).arg("e").arg(bytes).query(&mut connection);
                added.unwrap();
            }
            // Both are set aside where an operator finds them.
            let start = Instant::now();
            while unopened(scene) < before + 2 && start.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(50));
            }
            let aside = unopened(scene) - before;
            return scene.expect(aside >= 1, "neither forged envelope was set aside as unopened");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    scene.say(format!("no envelope was seen in the stream among {} acknowledged", ledger.count()));
}

fn unopened(scene: &Scene) -> i64 {
    let Ok(db) = watch::open(&scene.house.leads_db()) else { return 0 };
    db.query_row("SELECT count(*) FROM unopened", [], |row| row.get(0)).unwrap_or(0)
}

/// The `e` of the first entry.
fn envelope_in(reply: &redis::Value) -> Option<Vec<u8>> {
    let redis::Value::Array(entries) = reply else { return None };
    let redis::Value::Array(entry) = entries.first()? else { return None };
    let redis::Value::Array(fields) = entry.get(1)? else { return None };
    let mut pairs = fields.chunks_exact(2);
    let found = pairs.find(|pair| bytes_of(&pair[0]) == b"e")?;
    Some(bytes_of(&found[1]))
}

fn deleted(scene: &mut Scene, stream: &str) {
    let mut connection = scene.house.redis().connect().unwrap();
    for _ in 0..100 {
        let script = "local ids = {}
            for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 5)) do
                redis.call('XDEL', KEYS[1], entry[1]); table.insert(ids, entry[1])
            end
            return #ids";
        let _: redis::RedisResult<i64> = redis::cmd("EVAL").arg(script).arg(1).arg(stream).query(&mut connection);
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn trimmed(scene: &mut Scene, stream: &str) {
    for _ in 0..10 {
        scene.house.redis().ask(&["XTRIM", stream, "MAXLEN", "0"]);
        scene.work(2);
    }
}

fn replaced(scene: &mut Scene, stream: &str) {
    scene.house.redis().ask(&["SET", stream, "no stream"]);
}

/// No entry can be added after this one.
fn jammed(scene: &mut Scene, stream: &str) {
    let id = format!("{0}-{0}", u64::MAX);
    let _ = scene.house.redis().try_ask(&["XADD", stream, &id, "x", "y"]);
}

fn others_replaced(scene: &mut Scene, _stream: &str) {
    let redis = scene.house.redis();
    let left_alone = |key: &str| key.ends_with(":stream") || key.ends_with(":owner") || key == "ls:store";
    for key in redis.keys().iter().filter(|key| !left_alone(key)) {
        redis.ask(&["DEL", key]);
        redis.ask(&["SADD", key, "nonsense"]);
    }
}

fn lease_without_end(scene: &mut Scene, stream: &str) {
    let owner = stream.replace(":stream", ":owner");
    scene.house.redis().ask(&["SET", &owner, "nobody"]);
}
