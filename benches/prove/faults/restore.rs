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
    scene.allowed.new_message_ids = true;
    while scene.another_round() {
        let data = scene.house.desk_home.data();
        let backup = scene.house.desk_home.root().with_file_name("backup");
        back_up(&data, &backup);
        let before = scene.load.ledger.count();
        scene.work_for(700, 2500);
        // What was stored meanwhile is what the backup does not know.
        scene.recovered();
        if scene.dice.one_in(2) {
            scene.house.desk().kill();
        } else {
            let status = scene.house.desk().stop();
            scene.expect(status.success(), "the desk did not stop well");
        }
        let since = scene.load.ledger.count() - before;
        put_back(&backup, &data);
        scene.watch.forget();
        scene.say(format!("the desk is put back to before {since} success answers"));
        scene.over();
        scene.house.desk().start();
        scene.recovered();
    }
    scene.close()
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
fn put_back(backup: &Path, data: &Path) {
    for name in DATABASES {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(data.join(format!("{name}{end}")));
        }
        fs::copy(backup.join(name), data.join(name)).unwrap();
    }
}
