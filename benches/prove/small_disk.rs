//! A disk of a few megabytes that can be filled up and freed again: a tmpfs of this process's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Whether this user may mount one here.
    pub fn is_possible() -> bool {
        let dir = tempfile::tempdir().unwrap();
        Self::try_mount(dir.path(), 1).is_some()
    }

    /// Mounts one at `folder`, which then is empty.
    pub fn mount(folder: &Path, megabytes: u32) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        Self::try_mount(folder, megabytes).expect("a tmpfs can be mounted")
    }

    fn try_mount(folder: &Path, megabytes: u32) -> Option<Self> {
        let options = format!("size={megabytes}m,mode=0700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self { folder: folder.to_owned() })
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Takes every free byte.
    pub fn fill(&self) {
        let mut ballast = std::fs::OpenOptions::new().create(true).append(true).open(self.ballast()).unwrap();
        for size in [1 << 20, 4096, 1] {
            let chunk = vec![0x5a; size];
            while ballast.write_all(&chunk).is_ok() {}
        }
    }

    /// Frees what `fill` took.
    pub fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a process that is just ending may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).stderr(Stdio::null()).status();
    }
}
