//! A second desk started by mistake: on the same data, from a copy of the data, or another
//! installation's on the same Redis.

use crate::check::Figures;
use crate::house::{address, copy_folder, settle_in};
use crate::member::Member;
use crate::scene::{Order, Scene};
use crate::support::installation::{Installation, edit_toml};
use crate::watch;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longer than the desk's lease, so that a rival that only waits for it is seen.
const LONGER_THAN_THE_LEASE: Duration = Duration::from_secs(14);

pub fn run(order: &Order) -> Figures {
    let mut scene = Scene::open(order);
    on_the_same_data(&mut scene);
    from_a_copy(&mut scene);
    of_another_installation(&mut scene);
    scene.recovered();
    scene.close()
}

fn on_the_same_data(scene: &mut Scene) {
    let desk = scene.house.desk();
    let private = address();
    let config = desk.home.join("second.toml");
    std::fs::copy(desk.config(), &config).unwrap();
    edit_toml(&config, |table| {
        table["private"].as_table_mut().unwrap().insert("listen".into(), private.to_string().into());
    });
    let log = desk.home.join("second.log");
    let outcome = ends(desk, &config, &log, Duration::from_secs(20));
    match outcome {
        Some((false, words)) => scene.say(format!("same data: refused: {}", last_line(&words))),
        Some((true, _)) => scene.fail("a second desk on the same data ended with success"),
        None => scene.fail("a second desk on the same data was not refused"),
    }
}

/// A desk whose folder was copied, as a virtual machine may be. It may refuse or wait, but must take
/// and confirm nothing while the first runs.
fn from_a_copy(scene: &mut Scene) {
    let copy = scene.house.desk_home.root().with_file_name("copy");
    copy_desk(scene, &copy);
    let before = count_leads(&copy);
    let desk = scene.house.desk();
    let log = copy.join("second.log");
    let outcome = ends(desk, &copy.join("leadseal.toml"), &log, LONGER_THAN_THE_LEASE);
    let taken = count_leads(&copy) - before;
    let words = match outcome {
        Some((_, words)) => format!("refused: {}", last_line(&words)),
        None => format!("ran beside the first for {LONGER_THAN_THE_LEASE:?}"),
    };
    scene.say(format!("copied desk: {words}; it took {taken} leads"));
    scene.expect(taken == 0, &format!("a copied desk took {taken} leads beside the first"));
    scene.recovered();
}

fn of_another_installation(scene: &mut Scene) {
    let mut other = Installation::new();
    settle_in(&mut other);
    other.set("redis", "url", format!("redis://127.0.0.1:{}", scene.house.redis().port));
    let desk = scene.house.desk();
    let outcome = ends(desk, &other.config(), &other.log_file(), Duration::from_secs(20));
    match outcome {
        Some((false, words)) => scene.say(format!("another installation's desk: refused: {}", last_line(&words))),
        Some((true, _)) => scene.fail("another installation's desk ended with success"),
        None => scene.fail("another installation's desk on the same Redis was not refused"),
    }
}

/// Runs another desk with this configuration for at most `limit`; gives whether it ended well, and
/// its words.
fn ends(desk: &Member, config: &Path, log: &Path, limit: Duration) -> Option<(bool, String)> {
    let file = std::fs::File::create(log).unwrap();
    let mut command = std::process::Command::new(crate::support::installation::LEADSEAL);
    command.arg("--config").arg(config).arg("serve").args(desk.role.iter().flat_map(|role| ["--role", role]));
    let mut child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if start.elapsed() > limit => break None,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    status.map(|status| (status.success(), std::fs::read_to_string(log).unwrap_or_default()))
}

fn copy_desk(scene: &mut Scene, copy: &Path) {
    let (root, data) = (scene.house.desk_home.root(), scene.house.desk_home.data());
    copy_folder(&root.join("forms"), &copy.join("forms"));
    for file in ["leadseal.toml", "kek.key"] {
        std::fs::copy(root.join(file), copy.join(file)).unwrap();
    }
    edit_toml(&copy.join("leadseal.toml"), |table| {
        table["private"].as_table_mut().unwrap().insert("listen".into(), address().to_string().into());
    });
    super::restore::back_up(&data, &copy.join("leadseal-data"));
}

fn count_leads(home: &Path) -> i64 {
    let db = watch::open(&home.join("leadseal-data/leads.db")).unwrap();
    db.query_row("SELECT count(*) FROM leads", [], |row| row.get(0)).unwrap()
}

fn last_line(words: &str) -> String {
    words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(200).collect()
}
