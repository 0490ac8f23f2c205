//! The capture side's own secrets: the key that signs form tokens, and the secrets of today and
//! yesterday under which idempotency keys and bodies are remembered.
//!
//! One file, mode 0600, replaced as a whole. A day's secret is gone after the next day, and with
//! it any use of what was remembered under it. None of these keys opens anything.

use crate::crypto::day_chain::DayChain;
use crate::crypto::enrolment::SharedSecrets;
use crate::crypto::mac::MacKey;
use crate::crypto::private_file::{self, PrivateFileError};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// First line of the file.
const HEADING: &str = "leadseal capture keys 1";

/// Why the secrets can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file can't be read or written, or others may read it.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file's content is not ours.
    #[error(
        "{0} is damaged; move it away, and a new one is made: open pages must then be loaded again, \
         and a post that is repeated across that moment may be stored twice"
    )]
    Damaged(PathBuf),
}

/// The secrets of the present day and the one before.
#[derive(Debug, Clone)]
pub struct DayKeys {
    /// Under which new keys and bodies are remembered.
    pub today: MacKey,
    /// Under which those of yesterday are looked up.
    pub yesterday: Option<MacKey>,
}

struct Held {
    form_token: MacKey,
    days: BTreeMap<Date, MacKey>,
    /// Where the days' secrets come from on a node among others.
    chain: Option<DayChain>,
}

/// The secrets and their file.
pub struct DaySecrets {
    path: PathBuf,
    held: Mutex<Held>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl DaySecrets {
    /// Reads the file, or makes it.
    ///
    /// # Errors
    /// When it can't be read or written, others may read it, or its content is not ours.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, SecretsError> {
        let held = match read_held(path)? {
            Some(held) => held,
            None => Held { form_token: MacKey::generate(entropy.as_ref()), days: BTreeMap::new(), chain: None },
        };
        Self::begin(path, held, clock, entropy)
    }

    /// As [`Self::open`], on a node that has its secrets in common with others. The file keeps the
    /// chain at the newest day it was turned to; an enrolment that differs begins anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_shared(
        path: &Path,
        shared: SharedSecrets,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SecretsError> {
        let kept = read_held(path)?.filter(|held| {
            held.form_token.as_bytes() == shared.form_token.as_bytes()
                && held.chain.as_ref().is_some_and(|chain| chain.day() >= shared.days.day())
        });
        let held = kept.unwrap_or_else(|| Held {
            form_token: shared.form_token,
            days: BTreeMap::new(),
            chain: Some(shared.days),
        });
        Self::begin(path, held, clock, entropy)
    }

    fn begin(path: &Path, held: Held, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, SecretsError> {
        let secrets = Self { path: path.to_owned(), held: Mutex::new(held), clock, entropy };
        let mut held = secrets.lock();
        secrets.turn_to(&mut held, utc_day(secrets.clock.now()));
        // Written even when nothing is new: a directory that can't be written shows now.
        private_file::replace(&secrets.path, written(&held).as_bytes())
            .map_err(|error| PrivateFileError::of(&secrets.path, error))?;
        drop(held);
        Ok(secrets)
    }

    /// The key that signs form tokens.
    pub fn form_token_key(&self) -> MacKey {
        self.lock().form_token.clone()
    }

    /// The secrets for a post that comes in now. At the turn of the day makes a new one and
    /// forgets the oldest; should the file then not be writable, the new one lives in memory until
    /// it is.
    pub fn today(&self) -> DayKeys {
        let today = utc_day(self.clock.now());
        let mut held = self.lock();
        if self.turn_to(&mut held, today)
            && let Err(error) = private_file::replace(&self.path, written(&held).as_bytes())
        {
            tracing::error!(error = %error.kind(), "the day's secret can't be written; it will not survive a restart");
        }
        let generated = || MacKey::generate(self.entropy.as_ref());
        DayKeys {
            today: held.days.get(&today).cloned().unwrap_or_else(generated),
            yesterday: today.yesterday().ok().and_then(|day| held.days.get(&day).cloned()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the day's secret if it is missing; true if so. Keeps a day on either side, so that a
    /// clock that is set back finds its secret again.
    fn turn_to(&self, held: &mut Held, today: Date) -> bool {
        if held.days.contains_key(&today) {
            return false;
        }
        let secret = match &mut held.chain {
            Some(chain) => {
                // The day that is left behind stays known for as long as posts of it are remembered.
                held.days.insert(chain.day(), chain.key());
                chain.turn_to(today);
                // A clock that was set back beyond what is known gets a secret of this node alone.
                if chain.day() == today { chain.key() } else { MacKey::generate(self.entropy.as_ref()) }
            }
            None => MacKey::generate(self.entropy.as_ref()),
        };
        held.days.insert(today, secret);
        let (first, last) = (today.saturating_sub(1.day()), today.saturating_add(1.day()));
        held.days.retain(|day, _| (first..=last).contains(day));
        true
    }
}

/// Days turn in UTC, so that no change of the clock's zone moves them.
fn utc_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn read_held(path: &Path) -> Result<Option<Held>, SecretsError> {
    let Some(text) = private_file::read(path)? else { return Ok(None) };
    parse(&text).map(Some).ok_or_else(|| SecretsError::Damaged(path.to_owned()))
}

fn written(held: &Held) -> Zeroizing<String> {
    let mut text = Zeroizing::new(format!("{HEADING}\nform-token {}\n", *key_hex(&held.form_token)));
    if let Some(chain) = &held.chain {
        let _ = writeln!(text, "chain {} {}", chain.day(), *key_hex(chain.link()));
    }
    for (day, key) in &held.days {
        let _ = writeln!(text, "day {day} {}", *key_hex(key));
    }
    text
}

fn key_hex(key: &MacKey) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.as_bytes()))
}

fn parse(text: &str) -> Option<Held> {
    let mut lines = text.lines();
    if lines.next()? != HEADING {
        return None;
    }
    let form_token = parse_key(lines.next()?.strip_prefix("form-token ")?)?;
    let dated = |line: &str, name: &str| {
        let (day, key) = line.strip_prefix(name)?.split_once(' ')?;
        Some((day.parse().ok()?, parse_key(key)?))
    };
    let mut lines = lines.peekable();
    let chain = match lines.next_if(|line| line.starts_with("chain ")) {
        Some(line) => dated(line, "chain ").map(|(day, link)| DayChain::new(day, link)),
        None => None,
    };
    Some(Held { form_token, days: lines.map(|line| dated(line, "day ")).collect::<Option<_>>()?, chain })
}

fn parse_key(text: &str) -> Option<MacKey> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(MacKey::from_bytes(*bytes))
}

#[cfg(test)]
mod tests;
