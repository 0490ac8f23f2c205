//! The desk's databases put back from a backup: what was acknowledged since then comes again.

use crate::check::Figures;
use crate::scene::{Order, Scene};
use crate::watch;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// In the order in which operators are told to copy them.
const DATABASES: [&str; 2] = ["leads.db", "keyring.db"];

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    let data = scene.house.desk_home.data();
    let backup = scene.house.desk_home.root().with_file_name("backup");
    let mut at_backup = None;
    while scene.another_round() {
        // Now and then the backup of an earlier round is put back again.
        let before = match at_backup {
            Some(count) if scene.dice.one_in(3) => count,
            _ => {
                back_up(&data, &backup);
                scene.load.ledger.count()
            }
        };
        at_backup = Some(before);
        scene.work_for(700, 2500);
        // What was stored meanwhile is what the backup does not know.
        scene.recovered();
        end_desk(&mut scene);
        let since = scene.load.ledger.count() - before;
        let names = if scene.dice.one_in(3) { &DATABASES[..1] } else { &DATABASES[..] };
        put_back(&backup, &data, names);
        scene.watch.forget();
        scene.say(format!("{} put back to before {since} success answers", names.join(" and ")));
        scene.over();
        scene.house.desk().start();
        if scene.dice.one_in(2) {
            kill_while_it_catches_up(&mut scene);
        }
        scene.recovered();
    }
    scene.close()
}

fn end_desk(scene: &mut Scene) {
    if scene.dice.one_in(2) {
        scene.house.desk().kill();
    } else {
        let status = scene.house.desk().stop();
        scene.expect(status.success(), "the desk did not stop well");
    }
}

fn kill_while_it_catches_up(scene: &mut Scene) {
    scene.work_for(0, 400);
    scene.house.desk().kill();
    scene.over();
    scene.house.desk().start();
}

/// Copies the databases of a running desk.
pub fn back_up(data: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
    for name in DATABASES {
        let copy = to.join(name);
        let _ = fs::remove_file(&copy);
        let db = watch::open(&data.join(name)).unwrap();
        db.pragma_update(None, "query_only", false).unwrap();
        db.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        fs::set_permissions(&copy, Permissions::from_mode(0o600)).unwrap();
    }
}

/// Puts copies in the place of the databases of a desk that does not run.
fn put_back(backup: &Path, data: &Path, names: &[&str]) {
    for name in names {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(data.join(format!("{name}{end}")));
        }
        fs::copy(backup.join(name), data.join(name)).unwrap();
    }
}
