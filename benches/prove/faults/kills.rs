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

/// How many submissions must have had a success answer in the run over two nodes and one desk.
const MANY: usize = 10_000;

/// Ten thousand submissions while Redis is restarted and the desk is killed, in turn.
pub fn ten_thousand(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    let desk = scene.house.members.iter().position(|one| one.name == "desk").unwrap_or(0);
    for turn in 0.. {
        if scene.load.ledger.answered() >= MANY || !scene.figures.failures.is_empty() {
            break;
        }
        let victim = if turn % 2 == 0 { Victim::Redis } else { Victim::Member(desk) };
        scene.work_for(1500, 4000);
        kill(&mut scene, victim);
        scene.work_for(100, 1500);
        scene.over();
        restart(&mut scene, victim);
        scene.recovered();
    }
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
