//! A replica takes over: found through Sentinel, or moved to the address of the dead primary. What
//! the primary had not copied yet is gone from Redis.

use crate::check::Figures;
use crate::house::free_port;
use crate::redis_server::Redis;
use crate::scene::{Order, Scene};

pub fn promoted_by_sentinel(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        scene.work_for(300, 1500);
        scene.house.redis().kill();
        scene.over();
        let replica = scene.house.replica.as_ref().expect("a house with Sentinel");
        replica.wait_for("Sentinel promotes the replica", |replica| replica.info("replication", "role") == "master");
        scene.say("the primary was killed; Sentinel promoted the replica");
        scene.recovered();
        // The old primary comes back as the replica of the new one, then they change places.
        // Sentinel would see to that itself, after some ten seconds.
        let house = &mut scene.house;
        let port = house.replica.as_ref().map(|replica| replica.port);
        house.redis().replica_of = port;
        house.redis().start();
        house.redis().wait_for("the old primary follows", |old| old.info("replication", "master_link_status") == "up");
        house.replica.iter_mut().for_each(|replica| replica.replica_of = None);
        std::mem::swap(&mut house.redis, &mut house.replica);
    }
    scene.close()
}

pub fn moved(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        let (port, fsync) = (scene.house.redis().port, scene.house.redis().fsync);
        let dir = scene.house.redis().dir.with_file_name(format!("replica-{}", scene.dice.next()));
        let mut replica = Redis::new(&dir, free_port(), fsync);
        replica.replica_of = Some(port);
        replica.start();
        replica.wait_for("the replica follows", |replica| replica.info("replication", "master_link_status") == "up");
        scene.work_for(300, 1500);
        scene.house.redis().kill();
        scene.over();
        replica.ask(&["REPLICAOF", "NO", "ONE"]);
        replica.kill();
        (replica.port, replica.replica_of) = (port, None);
        replica.start();
        replica.kills = scene.house.redis().kills;
        scene.house.redis = Some(replica);
        scene.say("the primary was killed; its replica took over its address");
        scene.recovered();
    }
    scene.close()
}
