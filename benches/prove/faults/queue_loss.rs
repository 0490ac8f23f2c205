//! Redis that is away, or forgets: put back from an older append-only file, emptied, started empty.

use crate::check::Figures;
use crate::house::copy_folder;
use crate::scene::{Order, Scene};
use std::fs;

pub fn older_file(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        let kept = scene.house.redis().dir.join("kept");
        let files = scene.house.redis().append_only();
        copy_folder(&files, &kept);
        let before = scene.load.ledger.count();
        scene.work_for(500, 2000);
        scene.house.redis().kill();
        fs::remove_dir_all(&files).unwrap();
        fs::rename(&kept, &files).unwrap();
        let forgot = scene.load.ledger.count() - before;
        scene.say(format!("Redis is put back to before {forgot} success answers"));
        scene.over();
        scene.house.redis().start();
        scene.recovered();
    }
    scene.close()
}

/// Nodes that can't ask each other take in what the other has: one lead with an alias.
pub fn away(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        scene.house.redis().kill();
        scene.work_for(1000, 3000);
        scene.over();
        scene.house.redis().start();
        scene.recovered();
        scene.work_for(0, 500);
    }
    scene.close()
}

pub fn wiped(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        scene.work_for(300, 1000);
        if scene.dice.one_in(2) {
            scene.say("FLUSHALL under load");
            scene.house.redis().ask(&["FLUSHALL"]);
        } else {
            scene.say("Redis is killed and starts empty");
            scene.house.redis().kill();
            fs::remove_dir_all(scene.house.redis().append_only()).unwrap();
            scene.work_for(0, 500);
            scene.over();
            scene.house.redis().start();
        }
        scene.recovered();
    }
    scene.close()
}
