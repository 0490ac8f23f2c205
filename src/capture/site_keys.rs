//! Site keys: who may call the site API, for which site.
//!
//! Owns their file: one line per key, mode 0600, replaced as a whole under a lock, read again by a
//! running server when it changes. Refuses a file that others may read. A key that was revoked is
//! gone from the file.

use crate::crypto::private_file::{self, PrivateFileError};
use crate::crypto::site_key::SiteSecret;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::ids::{SiteId, SiteKeyId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// First line of the file.
const HEADING: &str = "leadseal site keys 1";
/// Most characters of a key's name.
const MOST_OF_A_NAME: usize = 60;

/// Why site keys can't be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum SiteKeysError {
    /// The file can't be read or written, or others may read it.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file's content is not ours.
    #[error(
        "{path}: line {line} is no site key; put a copy of it back, or move it away and make new keys with: leadseal site-key new"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where it ceases to be ours.
        line: usize,
    },
    /// A name that does not fit on a line.
    #[error("the name of a site key has at most {MOST_OF_A_NAME} characters, on one line")]
    Name,
}

/// A key, and what it is good for.
#[derive(Debug, Clone)]
pub struct SiteKey {
    /// Its id, which is no secret.
    pub id: SiteKeyId,
    /// The one site whose forms it sees and posts to.
    pub site: SiteId,
    /// What its owner calls it; may be empty.
    pub name: String,
    /// When it was made, to the second.
    pub created: Timestamp,
    /// What its site's server signs with.
    pub secret: SiteSecret,
}

/// The file of keys, as commands use it.
#[derive(Debug, Clone)]
pub struct SiteKeyFile(PathBuf);

impl SiteKeyFile {
    /// The file at `path`, which need not be there.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// All keys, in the order in which they were made.
    ///
    /// # Errors
    /// When the file can't be read, others may read it, or its content is not ours.
    pub fn read(&self) -> Result<Vec<SiteKey>, SiteKeysError> {
        let Some(text) = private_file::read(&self.0)? else { return Ok(Vec::new()) };
        parse(&text).map_err(|line| SiteKeysError::Damaged { path: self.0.clone(), line })
    }

    /// Makes a key and keeps it.
    ///
    /// # Errors
    /// As [`Self::read`], when the file can't be written, or for a name that does not fit.
    pub fn add(
        &self,
        site: &SiteId,
        name: &str,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<SiteKey, SiteKeysError> {
        let name = name.trim();
        if name.chars().count() > MOST_OF_A_NAME || name.contains(char::is_control) {
            return Err(SiteKeysError::Name);
        }
        let _lock = self.lock()?;
        let mut keys = self.read()?;
        let mut id = SiteKeyId::generate(entropy);
        while keys.iter().any(|key| key.id == id) {
            id = SiteKeyId::generate(entropy);
        }
        let key = SiteKey {
            id,
            site: site.clone(),
            name: name.to_owned(),
            created: Timestamp::from_second(clock.now().as_second()).unwrap_or_default(),
            secret: SiteSecret::generate(entropy),
        };
        keys.push(key.clone());
        self.write(&keys)?;
        Ok(key)
    }

    /// Takes a key out; gives it, or nothing when there is none of this id.
    ///
    /// # Errors
    /// As [`Self::read`], and when the file can't be written.
    pub fn revoke(&self, id: SiteKeyId) -> Result<Option<SiteKey>, SiteKeysError> {
        let _lock = self.lock()?;
        let mut keys = self.read()?;
        let Some(at) = keys.iter().position(|key| key.id == id) else { return Ok(None) };
        let revoked = keys.remove(at);
        self.write(&keys)?;
        Ok(Some(revoked))
    }

    /// Held while the file is read and replaced, so that two commands don't undo each other.
    fn lock(&self) -> Result<File, SiteKeysError> {
        let path = private_file::beside(&self.0, ".lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let locked = open.and_then(|file| file.lock().map(|()| file));
        Ok(locked.map_err(|error| PrivateFileError::of(&path, error))?)
    }

    fn write(&self, keys: &[SiteKey]) -> Result<(), SiteKeysError> {
        let written = private_file::replace(&self.0, written(keys).as_bytes());
        Ok(written.map_err(|error| PrivateFileError::of(&self.0, error))?)
    }
}

fn written(keys: &[SiteKey]) -> Zeroizing<String> {
    // Room for all of it, so that growing leaves no copy of a secret behind.
    let mut text = Zeroizing::new(String::with_capacity(HEADING.len() + 1 + keys.len() * 512));
    text.push_str(HEADING);
    for SiteKey { id, site, name, created, secret } in keys {
        let _ = write!(text, "\n{id} {site} {created} {} {name}", *secret.to_text());
    }
    text.push('\n');
    text
}

/// Reads the file; gives the number of the line that is not ours.
fn parse(text: &str) -> Result<Vec<SiteKey>, usize> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADING) {
        return Err(1);
    }
    let mut keys: Vec<SiteKey> = Vec::new();
    for (at, line) in lines.enumerate() {
        match parse_key(line) {
            Some(key) if keys.iter().all(|other| other.id != key.id) => keys.push(key),
            _ => return Err(at + 2),
        }
    }
    Ok(keys)
}

fn parse_key(line: &str) -> Option<SiteKey> {
    let mut words = line.splitn(5, ' ');
    Some(SiteKey {
        id: words.next()?.parse().ok()?,
        site: words.next()?.parse().ok()?,
        created: words.next()?.parse().ok()?,
        secret: SiteSecret::from_text(words.next()?)?,
        name: words.next()?.to_owned(),
    })
}

/// Tells one content of a file from the next: a file that is replaced is another file, and one that
/// is written over or gets another mode has another time of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    changed: (i64, i64),
    length: u64,
    mode: u32,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(found) => Ok(Some(Self {
                inode: found.ino(),
                changed: (found.ctime(), found.ctime_nsec()),
                length: found.size(),
                mode: found.mode(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The keys of a running server.
pub struct SiteKeys {
    file: SiteKeyFile,
    held: Mutex<Held>,
}

struct Held {
    stamp: Option<Stamp>,
    /// Nothing while the file can't be used.
    keys: Option<HashMap<SiteKeyId, Arc<SiteKey>>>,
}

/// The file of keys can't be used; the log says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file of site keys can't be used")]
pub struct NoSiteKeys;

impl SiteKeys {
    /// Reads the file, which need not be there.
    ///
    /// # Errors
    /// As [`SiteKeyFile::read`].
    pub fn open(path: &Path) -> Result<Self, SiteKeysError> {
        let file = SiteKeyFile::new(path);
        let stamp = Stamp::of(path).map_err(|error| PrivateFileError::of(path, error))?;
        let keys = Some(by_id(file.read()?));
        Ok(Self { file, held: Mutex::new(Held { stamp, keys }) })
    }

    /// The key of this id, as the file says now.
    ///
    /// # Errors
    /// While the file can't be used: no key is then believed, since one may have been revoked.
    pub fn get(&self, id: SiteKeyId) -> Result<Option<Arc<SiteKey>>, NoSiteKeys> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // The stamp first: what changes while the file is read is then seen the next time.
        let stamp = Stamp::of(&self.file.0).ok().flatten();
        if stamp != held.stamp {
            held.keys = match self.file.read() {
                Ok(keys) => Some(by_id(keys)),
                Err(error) => {
                    tracing::error!(%error, "no site key is believed until its file is mended");
                    None
                }
            };
            held.stamp = stamp;
        }
        held.keys.as_ref().map(|keys| keys.get(&id).cloned()).ok_or(NoSiteKeys)
    }
}

fn by_id(keys: Vec<SiteKey>) -> HashMap<SiteKeyId, Arc<SiteKey>> {
    keys.into_iter().map(|key| (key.id, Arc::new(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::ManualClock;
    use crate::domain::entropy::OsEntropy;
    use std::os::unix::fs::PermissionsExt;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("site-keys")
        }

        fn file(&self) -> SiteKeyFile {
            SiteKeyFile::new(&self.path())
        }

        fn add(&self, name: &str) -> Result<SiteKey, SiteKeysError> {
            let clock = ManualClock::new("2026-11-25T08:00:00.5Z".parse().unwrap());
            self.file().add(&"main".parse().unwrap(), name, &clock, &OsEntropy)
        }
    }

    fn known(keys: &SiteKeys, id: SiteKeyId) -> bool {
        keys.get(id).unwrap().is_some()
    }

    #[test]
    fn keys_read_back_with_their_names() {
        let place = Place::new();
        let made = [place.add("").unwrap(), place.add(" 本店 no. 2 ").unwrap()];
        let read = place.file().read().unwrap();
        for (made, read) in made.iter().zip(&read) {
            assert_eq!(
                (made.id, &made.site, &made.name, made.created),
                (read.id, &read.site, &read.name, read.created)
            );
            assert_eq!(made.secret.to_text(), read.secret.to_text());
        }
        assert_eq!((read.len(), read[1].name.as_str()), (2, "本店 no. 2"));
        assert_eq!(read[0].created.to_string(), "2026-11-25T08:00:00Z");
        assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o777, 0o600);
        assert!(!format!("{read:?}").contains(read[0].secret.to_text().as_str()));
    }

    #[test]
    fn names_that_do_not_fit_are_refused() {
        let place = Place::new();
        for bad in ["a\nb".to_owned(), "x".repeat(61), "a\tb".to_owned()] {
            assert!(matches!(place.add(&bad), Err(SiteKeysError::Name)), "{bad}");
        }
        assert!(place.add(&"店".repeat(60)).is_ok());
    }

    #[test]
    fn a_running_server_learns_of_new_and_revoked_keys() {
        let place = Place::new();
        let keys = SiteKeys::open(&place.path()).unwrap();
        let first = place.add("one").unwrap();
        assert!(known(&keys, first.id));
        let second = place.add("two").unwrap();
        assert!(known(&keys, first.id) && known(&keys, second.id));
        assert_eq!(place.file().revoke(first.id).unwrap().unwrap().name, "one");
        assert!(place.file().revoke(first.id).unwrap().is_none());
        assert!(!known(&keys, first.id) && known(&keys, second.id));
        fs::remove_file(place.path()).unwrap();
        assert!(!known(&keys, second.id));
    }

    #[test]
    fn a_file_that_others_may_read_is_not_believed_until_it_is_mended() {
        let place = Place::new();
        let key = place.add("one").unwrap();
        let keys = SiteKeys::open(&place.path()).unwrap();
        let set_mode = |mode| fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        set_mode(0o644);
        assert_eq!(keys.get(key.id).err(), Some(NoSiteKeys));
        assert!(SiteKeys::open(&place.path()).err().unwrap().to_string().contains("chmod 600"));
        assert!(place.add("two").is_err() && place.file().revoke(key.id).is_err());
        set_mode(0o600);
        assert!(known(&keys, key.id));
    }

    #[test]
    fn a_damaged_file_names_the_line_and_keeps_the_server_from_guessing() {
        let place = Place::new();
        let key = place.add("one").unwrap();
        let keys = SiteKeys::open(&place.path()).unwrap();
        let whole = fs::read_to_string(place.path()).unwrap();
        let line = whole.lines().nth(1).unwrap();
        for (damaged, at) in [
            (String::new(), 1),
            (whole.replace("keys 1", "keys 2"), 1),
            (whole[..whole.len() - 20].to_owned(), 2),
            (format!("{whole}{line}\n"), 3),
            (format!("{whole}\n"), 3),
        ] {
            fs::write(place.path(), damaged).unwrap();
            assert_eq!(keys.get(key.id).err(), Some(NoSiteKeys), "line {at}");
            let refusal = place.file().read().unwrap_err().to_string();
            assert!(refusal.contains(&format!("line {at} ")), "{refusal}");
        }
        fs::write(place.path(), whole).unwrap();
        assert!(known(&keys, key.id));
    }

    #[test]
    fn keys_made_at_the_same_time_are_all_kept() {
        let place = Place::new();
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.add("x").unwrap().id)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let kept: Vec<_> = place.file().read().unwrap().iter().map(|key| key.id).collect();
        assert!(made.iter().all(|id| kept.contains(id)) && kept.len() == 8);
    }
}
