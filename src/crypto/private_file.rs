//! Small files that only their owner may read: secrets, and what points to them.
//!
//! Owns their mode (0600 from the first byte), their replacement as a whole, and the refusal of a
//! file that others may read. Knows nothing of what stands in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Group and world: nobody but the owner has a part in such a file.
const OTHERS: u32 = 0o077;

/// Why a private file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The file can't be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("{path} may be read by others (mode {mode:03o}); run: chmod 600 {path}")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl PrivateFileError {
    /// What the system says of a file.
    pub fn of(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }
}

/// The file's text, or nothing when there is none.
///
/// # Errors
/// When it can't be read, is no text, or others may read it.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>, PrivateFileError> {
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.mode() & 0o777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PrivateFileError::of(path, error)),
    };
    if mode & OTHERS != 0 {
        return Err(PrivateFileError::Permissions { path: path.to_owned(), mode });
    }
    fs::read_to_string(path).map(|text| Some(Zeroizing::new(text))).map_err(|error| PrivateFileError::of(path, error))
}

/// Writes a new file; refuses to replace one.
///
/// # Errors
/// When it exists or can't be written.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Puts a new file in the place of the old one, whole or not at all.
///
/// # Errors
/// When it can't be written; the old one is then still there.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = beside(path, ".new");
    // What an interrupted write left behind may have another mode.
    if let Err(error) = fs::remove_file(&fresh)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    create(&fresh, content)?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
        _ => Ok(()),
    }
}

/// Whether group or others may read or write a file that should be private.
pub fn is_exposed(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & OTHERS != 0)
}

/// The file of the same name with an ending more.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_private_file_is_private_and_not_replaced_by_chance() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create(&path, b"x").unwrap();
        assert!(!is_exposed(&path));
        assert!(create(&path, b"y").is_err());
        set_mode(&path, 0o640);
        assert!(is_exposed(&path));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_whatever_was_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        fs::write(beside(&path, ".new"), "half").unwrap();
        set_mode(&beside(&path, ".new"), 0o666);
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_str(), "two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_is_none_and_one_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        assert!(read(&path).unwrap().is_none());
        create(&path, b"x").unwrap();
        for mode in [0o640, 0o604, 0o620] {
            set_mode(&path, mode);
            let refusal = read(&path).unwrap_err().to_string();
            assert!(refusal.contains(&format!("mode {mode:03o}")) && refusal.contains("chmod 600"), "{refusal}");
        }
    }
}
