//! A full disk: at capture visitors are asked to try again and keep what they typed, at the desk
//! ingest waits. Both go on by themselves when there is room again.

use crate::check::Figures;
use crate::house::{House, copy_folder};
use crate::scene::{Order, Scene};
use crate::small_disk::SmallDisk;
use std::time::{Duration, Instant};

const MEGABYTES: u32 = 96;

/// The disk of a node, or of the one process.
pub fn at_capture(order: &Order) -> Figures {
    let mut scene = Scene::open_with(order, |_| {}, |house| shrink(house, house.capture_places()[0]));
    while scene.another_round() {
        scene.work_for(200, 600);
        let (refused, kept) = (scene.load.ledger.status(503), scene.load.ledger.kept_pages());
        scene.house.mounts[0].fill();
        let start = Instant::now();
        while scene.load.ledger.status(503) == refused && start.elapsed() < Duration::from_secs(15) {
            std::thread::sleep(Duration::from_millis(20));
        }
        scene.work_for(300, 1500);
        let (refused, kept) = (scene.load.ledger.status(503) - refused, scene.load.ledger.kept_pages() - kept);
        scene.say(format!("full disk: {refused} posts were asked to try again; {kept} pages kept what was typed"));
        scene.expect(refused > 0, "nobody was asked to try again while the disk was full");
        goes_on(&mut scene);
    }
    scene.close()
}

/// The disk of the desk; the nodes go on.
pub fn at_desk(order: &Order) -> Figures {
    let mut scene = Scene::open_with(order, |_| {}, |house| shrink(house, 0));
    while scene.another_round() {
        scene.work_for(200, 600);
        let (refused, before) = (scene.load.ledger.status(503), scene.load.ledger.count());
        scene.house.mounts[0].fill();
        scene.work_for(1000, 3000);
        let refused = scene.load.ledger.status(503) - refused;
        let taken = scene.load.ledger.count() - before;
        scene.say(format!(
            "full disk at the desk: {taken} enquiries were taken meanwhile, {refused} asked to try again"
        ));
        scene.expect(refused == 0 && taken > 0, "visitors noticed the desk's full disk");
        goes_on(&mut scene);
    }
    scene.close()
}

/// Room again: nobody restarts anything.
fn goes_on(scene: &mut Scene) {
    let before = scene.load.ledger.count();
    scene.house.mounts[0].free();
    scene.over();
    scene.recovered();
    scene.work(5);
    let taken = scene.load.ledger.count() - before;
    scene.expect(taken >= 5, "no enquiries were taken after there was room again");
}

/// Gives a member a disk of its own for its data.
fn shrink(house: &mut House, place: usize) {
    let data = house.members[place].data();
    let before = data.with_file_name("data-before");
    let had_data = std::fs::rename(&data, &before).is_ok();
    house.mounts.push(SmallDisk::mount(&data, MEGABYTES));
    if had_data {
        copy_folder(&before, &data);
    }
}
