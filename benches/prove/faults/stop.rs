//! SIGTERM in mid-load: what runs is finished, the exit code is 0, nothing is lost.

use crate::check::Figures;
use crate::scene::{Order, Scene};
use std::time::Instant;

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    let mut slowest = 0.0_f64;
    while scene.another_round() {
        scene.work_for(100, 500);
        let place = scene.dice.below(scene.house.members.len());
        let start = Instant::now();
        let status = scene.house.members[place].stop();
        slowest = slowest.max(start.elapsed().as_secs_f64());
        let name = scene.house.members[place].name.clone();
        scene.expect(status.success(), &format!("{name} ended with {status} after SIGTERM"));
        scene.work_for(0, 300);
        scene.over();
        scene.house.members[place].start();
        scene.recovered();
    }
    scene.say(format!("the slowest stop took {slowest:.1} s"));
    scene.close()
}
