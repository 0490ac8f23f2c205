//! `kill -9` of anything at any moment, restarted after a random short time.

use crate::check::Figures;
use crate::scene::{Order, Scene};

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        scene.work_for(100, 500);
        let victims = choose(&mut scene);
        victims.iter().for_each(|victim| kill(&mut scene, *victim));
        scene.work_for(0, 300);
        scene.over();
        victims.iter().for_each(|victim| restart(&mut scene, *victim));
        scene.recovered();
    }
    let house = &scene.house;
    let mut words: Vec<String> = house.members.iter().map(|one| format!("{} {}", one.name, one.kills)).collect();
    words.extend(house.redis.iter().map(|redis| format!("redis {}", redis.kills)));
    scene.say(format!("killed: {}", words.join(", ")));
    scene.close()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Member(usize),
    Redis,
}

/// Mostly one, sometimes two at once.
fn choose(scene: &mut Scene) -> Vec<Victim> {
    let mut all: Vec<Victim> = (0..scene.house.members.len()).map(Victim::Member).collect();
    if scene.house.redis.is_some() {
        all.push(Victim::Redis);
    }
    let mut chosen = vec![*scene.dice.pick(&all)];
    if scene.dice.one_in(4) {
        let second = *scene.dice.pick(&all);
        if second != chosen[0] {
            chosen.push(second);
        }
    }
    chosen
}

fn kill(scene: &mut Scene, victim: Victim) {
    match victim {
        Victim::Member(at) => scene.house.members[at].kill(),
        Victim::Redis => scene.house.redis().kill(),
    }
}

fn restart(scene: &mut Scene, victim: Victim) {
    match victim {
        // A node starts while its Redis is away.
        Victim::Member(at) => scene.house.members[at].spawn(),
        Victim::Redis => scene.house.redis().start(),
    }
    if let Victim::Member(at) = victim {
        scene.house.members[at].wait_until_it_answers();
    }
}
