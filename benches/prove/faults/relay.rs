//! A mail relay that hangs, drops connections and answers 4xx and 5xx. Leads do not wait for mail,
//! and mail comes when the relay is well again.

use crate::check::Figures;
use crate::scene::{Order, Scene};
use crate::support::smtp::Mood;
use crate::watch;
use std::time::{Duration, Instant};

const MOODS: [(&str, Mood); 6] = [
    ("hangs", Mood::Hangs),
    ("takes mail and hangs up", Mood::Drops),
    ("421 at connect", Mood::RefusesConnection("421 4.3.2 closing")),
    ("554 at connect", Mood::RefusesConnection("554 5.3.2 no service here")),
    ("451 to the sender", Mood::RefusesSender("451 4.7.1 come back later")),
    ("550 to the sender", Mood::RefusesSender("550 5.7.1 not you")),
];

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    let mut next = scene.dice.below(MOODS.len());
    while scene.another_round() {
        let (words, mood) = MOODS[next % MOODS.len()];
        next += 1;
        scene.house.relay.set_mood(mood);
        scene.work_for(800, 2500);
        let stored = scene.recovered();
        scene.say(format!("relay {words}: leads {}", if stored { "are stored all the same" } else { "wait" }));
        if scene.dice.one_in(3) {
            stop_meanwhile(&mut scene);
        }
        scene.house.relay.set_mood(Mood::Good);
    }
    refused_recipients(&mut scene);
    scene.close()
}

/// A bad relay must not hold a stop up.
fn stop_meanwhile(scene: &mut Scene) {
    let start = Instant::now();
    let status = scene.house.desk().stop();
    let took = start.elapsed();
    scene.expect(status.success(), "the desk did not stop well");
    scene.expect(took < Duration::from_secs(20), &format!("the stop took {took:?}"));
    scene.house.desk().start();
}

/// Some recipients are refused for now, and one visitor for good: only those mails are given up.
fn refused_recipients(scene: &mut Scene) {
    scene.house.relay.refuse("visitor1.", "451 4.2.1 busy");
    scene.house.relay.refuse("visitor0.", "550 5.1.1 no such user");
    scene.work_for(1000, 2000);
    scene.recovered();
    scene.load.stop();
    let wait_until = Instant::now() + Duration::from_secs(60);
    while dead(scene).0 == 0 && Instant::now() < wait_until {
        std::thread::sleep(Duration::from_millis(100));
    }
    scene.house.relay.accept_all();
    let (dead, others) = dead(scene);
    scene.say(format!("refused recipients: {dead} mails were given up, {others} of them should not have been"));
    scene.expect(dead > 0, "a recipient that was refused for good is no dead letter");
    scene.expect(others == 0, "mails were given up that were refused for now only");
    scene.allowed.dead_mails = true;
}

/// Mails that were given up, and those of them that nobody refused for good.
fn dead(scene: &Scene) -> (i64, i64) {
    let Ok(db) = watch::open(&scene.house.leads_db()) else { return (0, 0) };
    let sql = "SELECT count(*), count(*) FILTER (WHERE kind <> 'auto_reply' OR last_error NOT LIKE 'smtp 550%')
               FROM outbox WHERE state = 'dead'";
    db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap_or((0, 0))
}
