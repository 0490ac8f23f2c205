//! The file of an export until it is complete.
//!
//! Owns that it appears under its name as a whole or not at all, readable by its owner only, and
//! never in the place of another. Refuses to begin where a file of that name is.

use crate::crypto::private_file::beside;
use anyhow::{Context, bail};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that has no name yet, or one that says that it is not complete.
pub(super) struct Draft {
    file: File,
    target: PathBuf,
    /// Its name for now, where the file system has no files without one.
    partial: Option<PathBuf>,
}

impl Draft {
    /// Makes it in the target's directory.
    pub(super) fn beside(target: &Path) -> anyhow::Result<Self> {
        if fs::symlink_metadata(target).is_ok() {
            bail!("{} exists, and an export never overwrites: name another file, or move it away", target.display());
        }
        let failed = || format!("{} can't be made", target.display());
        // Nothing is left of a file without a name when the export is killed.
        if let Some(file) = unnamed(directory(target)) {
            return Ok(Self { file, target: target.to_owned(), partial: None });
        }
        let partial = beside(target, ".partial");
        let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                "{} is there: another export is writing it, or one was killed; delete it if none is running",
                partial.display()
            ),
            file => file.with_context(failed)?,
        };
        Ok(Self { file, target: target.to_owned(), partial: Some(partial) })
    }

    pub(super) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, once all of it is on disk.
    pub(super) fn publish(self) -> anyhow::Result<()> {
        let failed = || format!("{} can't be made; nothing was written", self.target.display());
        self.file.sync_all().with_context(failed)?;
        let linked = match &self.partial {
            None => link_unnamed(&self.file, &self.target),
            Some(partial) => fs::hard_link(partial, &self.target).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                // No second names here: the last look is the best that can be had.
                _ if fs::symlink_metadata(&self.target).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
                _ => fs::rename(partial, &self.target),
            }),
        };
        linked.with_context(failed)?;
        File::open(directory(&self.target)).and_then(|directory| directory.sync_all()).with_context(failed)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Published, it has its other name; broken off, nothing of it may stay.
        if let Some(partial) = &self.partial {
            let _ = fs::remove_file(partial);
        }
    }
}

fn directory(target: &Path) -> &Path {
    target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file without a name that can get one later.
#[cfg(target_os = "linux")]
fn unnamed(directory: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(open(directory, flags, Mode::RUSR | Mode::WUSR).ok()?);
    fs::symlink_metadata(own_path(&file)).is_ok().then_some(file)
}

#[cfg(target_os = "linux")]
fn link_unnamed(file: &File, target: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(CWD, own_path(file), CWD, target, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(target_os = "linux")]
fn own_path(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

#[cfg(not(target_os = "linux"))]
const fn unnamed(_: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn link_unnamed(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Both kinds of draft, whatever this file system has.
    fn drafts(target: &Path) -> Vec<Draft> {
        let partial = beside(target, ".partial");
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial).unwrap();
        let named = Draft { file, target: target.to_owned(), partial: Some(partial) };
        let mut drafts = vec![named];
        drafts.extend(unnamed(directory(target)).map(|file| Draft { file, target: target.to_owned(), partial: None }));
        drafts
    }

    #[test]
    fn a_file_appears_whole_private_and_alone() {
        for n in 0..2 {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("leads.csv");
            let Some(mut draft) = drafts(&target).into_iter().nth(n) else { continue };
            draft.file().write_all(b"leads").unwrap();
            assert!(!target.exists());
            draft.publish().unwrap();
            assert_eq!(names(dir.path()), ["leads.csv"]);
            assert_eq!(fs::read(&target).unwrap(), b"leads");
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_breaks_off_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("leads.csv");
        for mut draft in drafts(&target) {
            draft.file().write_all(b"half").unwrap();
        }
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn no_file_is_replaced_not_even_one_that_comes_meanwhile() {
        for n in 0..2 {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("leads.csv");
            let Some(draft) = drafts(&target).into_iter().nth(n) else { continue };
            fs::write(&target, "older").unwrap();
            assert!(draft.publish().is_err());
            assert_eq!(names(dir.path()), ["leads.csv"]);
            assert_eq!(fs::read(&target).unwrap(), b"older");
            assert!(Draft::beside(&target).err().unwrap().to_string().contains("never overwrites"));
        }
    }

    #[test]
    fn a_place_that_can_not_be_written_is_named() {
        let error = Draft::beside(Path::new("/nowhere/leads.csv")).err().unwrap();
        assert!(error.to_string().contains("/nowhere/leads.csv can't be made"), "{error:#}");
    }
}
