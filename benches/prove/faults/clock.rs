//! Clocks a day off, and right again: nothing is lost, no key goes early, pages stay valid as
//! documented.

use crate::check::Figures;
use crate::scene::{Order, Scene};
use crate::visitors::Submission;

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    // A page that was loaded where the clock is ahead comes from the future where it is right.
    scene.allowed.answers = vec!["403 to a page"];
    let epochs = epochs(&scene);
    while scene.another_round() {
        let place = scene.dice.below(scene.house.members.len());
        let clock = [None, Some("+1d"), Some("-1d")][scene.dice.below(3)];
        set_clock(&mut scene, place, clock);
        scene.work_for(500, 1500);
        scene.recovered();
    }
    page_of_yesterday(&mut scene);
    (0..scene.house.members.len()).for_each(|place| set_clock(&mut scene, place, None));
    scene.recovered();
    let after = self::epochs(&scene);
    scene.say(format!("{epochs} epoch of keys before, {after} after"));
    scene.expect(after >= epochs, "an epoch's keys went early");
    scene.close()
}

fn set_clock(scene: &mut Scene, place: usize, clock: Option<&str>) {
    let member = &mut scene.house.members[place];
    let words = format!("{}: clock {}", member.name, clock.unwrap_or("right"));
    let status = member.stop();
    member.clock = clock.map(str::to_owned);
    member.start();
    scene.say(words);
    scene.expect(status.success(), "a member did not stop well");
}

/// A page loaded before the clock goes ahead by a day is as old as that, and still good.
fn page_of_yesterday(scene: &mut Scene) {
    let place = scene.house.capture_places()[0];
    set_clock(scene, place, None);
    let door = scene.house.members[place].public.unwrap();
    let Some(page) = Submission::by_page("yesterday@example.co.jp", door) else {
        return scene.fail("the page can't be loaded");
    };
    set_clock(scene, place, Some("+1d"));
    let answer = page.request().send(door).map(|answer| answer.status);
    scene.expect(answer.as_ref().is_ok_and(|status| *status == 303), "a page of yesterday is not accepted");
}

fn epochs(scene: &Scene) -> usize {
    scene.house.desk_home.succeed(&["keys", "list", "--json"]).lines().count()
}
