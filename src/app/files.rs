//! Where an installation's files are, and the lock that one `serve` holds.

use crate::crypto::private_file::{self, is_exposed};
use anyhow::{Context, bail};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The files of a data directory.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The files under `dir`.
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Sealed envelopes on their way.
    pub fn spool(&self) -> PathBuf {
        self.0.join("spool.db")
    }

    /// Counts of visits.
    pub fn funnel(&self) -> PathBuf {
        self.0.join("funnel.db")
    }

    /// Wrapped keys.
    pub fn keyring(&self) -> PathBuf {
        self.0.join("keyring.db")
    }

    /// Protected leads, outbox, audit.
    pub fn leads(&self) -> PathBuf {
        self.0.join("leads.db")
    }

    /// Capture's own secrets: form-token key and the secrets of the day.
    pub fn capture_keys(&self) -> PathBuf {
        self.0.join("capture.keys")
    }

    /// The keys by which sites' own servers sign their calls.
    pub fn site_keys(&self) -> PathBuf {
        self.0.join("site-keys")
    }

    /// The newest manifest of a capture node's desk.
    pub fn manifest(&self) -> PathBuf {
        self.0.join("manifest")
    }

    /// Makes the directory if needed, warns when others can read it, and takes the lock.
    ///
    /// # Errors
    /// As [`Self::ensure`] and [`Self::lock`].
    pub fn take(&self) -> anyhow::Result<File> {
        self.ensure()?;
        if is_exposed(&self.0) {
            tracing::warn!("data_dir {0} can be read by others; run: chmod go-rwx {0}", self.0.display());
        }
        self.lock()
    }

    /// Makes the directory (mode 0700) and checks that it can be written.
    ///
    /// # Errors
    /// One line that names the setting and the fix.
    pub fn ensure(&self) -> anyhow::Result<()> {
        if !self.0.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.0).with_context(|| {
                format!(
                    "data_dir {} can't be made; choose another in leadseal.toml or fix its parent's permissions",
                    self.0.display()
                )
            })?;
        }
        let probe = self.0.join(".write-probe");
        let written = private_file::create(&probe, b"");
        let _ = std::fs::remove_file(&probe);
        written.with_context(|| {
            format!("data_dir {} can't be written; give it to the user that runs leadseal (chown, chmod 700) and check free space", self.0.display())
        })
    }

    /// Takes the lock that keeps a second `serve` off the same data.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn lock(&self) -> anyhow::Result<File> {
        let path = self.0.join("leadseal.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} can't be opened", path.display()))?;
        if file.try_lock().is_err() {
            bail!(
                "another leadseal already serves {}; stop it first, or give this one its own data_dir",
                self.0.display()
            );
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_off_the_data() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::new(&dir.path().join("data"));
        data.ensure().unwrap();
        let held = data.lock().unwrap();
        let refusal = data.lock().unwrap_err().to_string();
        assert!(refusal.contains("already serves"), "{refusal}");
        drop(held);
        data.lock().unwrap();
    }
}
