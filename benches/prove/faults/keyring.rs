//! A keyring that can't be used while leads arrive: locked by another program, or its key wrong or
//! missing at the start. Leads wait; none is lost.

use crate::check::Figures;
use crate::scene::{Order, Scene};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    while scene.another_round() {
        locked_by_another(&mut scene);
        without_its_key(&mut scene);
    }
    scene.close()
}

/// Held for longer than the desk waits for a lock.
fn locked_by_another(scene: &mut Scene) {
    let db = rusqlite::Connection::open(scene.house.desk_home.data().join("keyring.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (before, refused) = (scene.load.ledger.count(), scene.load.ledger.status(503));
    scene.work_for(500, 7000);
    let (taken, refused) = (scene.load.ledger.count() - before, scene.load.ledger.status(503) - refused);
    db.execute_batch("ROLLBACK").unwrap();
    drop(db);
    scene.say(format!("locked keyring: {taken} enquiries were taken meanwhile, {refused} asked to try again"));
    scene.expect(taken > 0 && refused == 0, "visitors noticed the locked keyring");
    scene.recovered();
}

/// The key file is gone, then it is another's: the desk refuses to start and says why.
fn without_its_key(scene: &mut Scene) {
    let key = scene.house.desk_home.root().join("kek.key");
    let kept = key.with_extension("kept");
    let status = scene.house.desk().stop();
    scene.expect(status.success(), "the desk did not stop well");
    fs::rename(&key, &kept).unwrap();
    refuses(scene, "missing key");
    fs::write(&key, "00".repeat(32)).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    refuses(scene, "wrong key");
    if scene.house.layout.is_split() {
        let before = scene.load.ledger.count();
        scene.work(5);
        let taken = scene.load.ledger.count() - before;
        scene.expect(taken > 0, "no enquiries were taken while the desk was locked out");
    }
    fs::rename(&kept, &key).unwrap();
    scene.over();
    scene.house.desk().start();
    scene.recovered();
}

fn refuses(scene: &mut Scene, what: &str) {
    scene.house.desk().spawn();
    let status = scene.house.desk().ended();
    let line = scene.house.desk().tail();
    let line = line.lines().last().unwrap_or_default().to_owned();
    scene.say(format!("{what}: {line}"));
    scene.expect(!status.success() && line.contains("key"), &format!("{what}: the desk did not refuse clearly"));
}
