//! What most commands need: the configuration, the keys, the databases, and who asks.

use crate::config::{self, Loaded};
use std::path::PathBuf;

/// The configuration the user meant.
#[derive(Debug)]
pub struct ConfigPath(Option<PathBuf>);

impl ConfigPath {
    /// The named file, or the usual places.
    pub fn new(named: Option<PathBuf>) -> Self {
        Self(named)
    }

    /// The file.
    ///
    /// # Errors
    /// When none is named and none is in the usual places.
    pub fn find(&self) -> anyhow::Result<PathBuf> {
        match &self.0 {
            Some(named) => Ok(named.clone()),
            None => Ok(config::usual_place()?),
        }
    }

    /// Loads it, printing warnings to standard error.
    ///
    /// # Errors
    /// With every mistake on a line of its own.
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let path = self.find()?;
        let loaded = config::load(Some(&path))
            .map_err(|mistakes| anyhow::anyhow!("the configuration has mistakes; nothing was started\n{mistakes}"))?;
        for warning in &loaded.warnings {
            eprintln!("leadseal: {warning}");
        }
        Ok(loaded)
    }
}

#[cfg(feature = "desk")]
pub use desk::{actor, open_keyring, open_or_make_store, open_store, replay_parts, unlock_secret};

#[cfg(feature = "desk")]
mod desk {
    use crate::app::files::DataDir;
    use crate::crypto::kek::read_unlock_secret;
    use crate::crypto::keyring::{Keyring, UnlockSecret};
    use crate::desk::ingest::ReplayParts;
    use crate::desk::store::Store;
    use crate::domain::clock::SystemClock;
    use crate::domain::entropy::OsEntropy;
    use crate::domain::settings::Settings;
    use anyhow::bail;
    use std::sync::Arc;
    use zeroize::Zeroizing;

    /// Reads the secret that unlocks the keyring from its configured source, asking on the
    /// terminal where that source is a passphrase.
    pub fn unlock_secret(settings: &Settings) -> anyhow::Result<UnlockSecret> {
        let prompt = || rpassword::prompt_password("Passphrase of the keyring: ").map(Zeroizing::new);
        Ok(read_unlock_secret(&settings.kek, &prompt)?)
    }

    /// Unlocks the keyring.
    pub fn open_keyring(settings: &Settings) -> anyhow::Result<Keyring> {
        let path = DataDir::new(&settings.data_dir).keyring();
        Ok(Keyring::unlock(&path, &unlock_secret(settings)?, Arc::new(SystemClock), Arc::new(OsEntropy))?)
    }

    /// Opens the leads.
    pub fn open_store(settings: &Settings) -> anyhow::Result<Store> {
        let path = DataDir::new(&settings.data_dir).leads();
        if !path.exists() {
            bail!("there are no leads yet: {} does not exist; it is made by the first: leadseal serve", path.display());
        }
        Ok(Store::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy))?)
    }

    /// What makes leads of envelopes that were set aside.
    pub fn replay_parts(settings: &Settings) -> anyhow::Result<ReplayParts> {
        let forms = settings.forms.iter().map(|form| (form.id.clone(), Arc::clone(form))).collect();
        Ok(ReplayParts {
            store: Arc::new(open_store(settings)?),
            keyring: Arc::new(open_keyring(settings)?),
            forms: Arc::new(forms),
            entropy: Arc::new(OsEntropy),
            request_mails_per_day: settings.privacy.mails_per_day,
            hours: Arc::new(settings.business_hours.clone()),
        })
    }

    /// Opens the leads, or makes their file: for what is done before the first serve.
    pub fn open_or_make_store(settings: &Settings) -> anyhow::Result<Store> {
        let data = DataDir::new(&settings.data_dir);
        data.ensure()?;
        Ok(Store::open(&data.leads(), Arc::new(SystemClock), Arc::new(OsEntropy))?)
    }

    /// Who asks, for the audit: the operating system's user.
    pub fn actor() -> String {
        format!("cli:uid-{}", rustix::process::getuid().as_raw())
    }
}
