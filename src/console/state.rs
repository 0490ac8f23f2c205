//! What the console's handlers have: databases, keys, settings, and what is remembered of sign-ins.

use super::audit::ChainWatch;
use super::export::Exports;
use super::guesses::Guesses;
use super::inbox::Live;
use super::search::SEARCHES_PER_MINUTE;
use crate::crypto::keyring::Keyring;
use crate::crypto::passkey::Passkeys;
use crate::crypto::password::Passwords;
use crate::desk::outbox::MailHealth;
use crate::desk::privacy::{Custody, PrivacyError};
use crate::desk::store::{Store, StoreError};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use crate::http::rate_limit::RateLimiter;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

/// Passwords that are checked at a time: each takes tens of MiB.
const CHECKS_AT_ONCE: usize = 4;

/// What the console may know of the queue that feeds the desk.
pub trait Intake: Send + Sync {
    /// How many submissions wait to be taken in, where that is known.
    fn waiting(&self) -> Option<u64>;
    /// One line for each thing that keeps leads from coming, for who runs the server.
    fn troubles(&self) -> Vec<String>;
}

/// What the console is made of.
#[derive(Clone)]
pub struct ConsoleParts {
    /// Leads, staff, sessions, audit.
    pub store: Arc<Store>,
    /// Opens what is sealed.
    pub keyring: Arc<Keyring>,
    /// The installation's settings.
    pub settings: Arc<Settings>,
    /// The forms by their ids.
    pub forms: Arc<HashMap<FormId, Arc<Form>>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Wakes the outbox when a mail was put back.
    pub wake_outbox: Arc<Notify>,
    /// Whether mail goes out.
    pub mail: Arc<MailHealth>,
    /// Where leads come from.
    pub intake: Arc<dyn Intake>,
    /// This machine's spool, for retention: epochs that it needs don't end.
    pub spool: PathBuf,
}

impl ConsoleParts {
    /// What carries people's requests out.
    pub fn custody(&self) -> Custody {
        Custody { store: Arc::clone(&self.store), keyring: Arc::clone(&self.keyring) }
    }
}

/// The console's state, shared by its handlers.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

/// What a handler reaches through [`Console`].
pub struct Inner {
    /// What it is made of.
    pub(in crate::console) parts: ConsoleParts,
    /// Checks passwords.
    pub(in crate::console) passwords: Passwords,
    /// A place for each check that runs.
    pub(in crate::console) checks: Semaphore,
    /// What is remembered of failed sign-ins.
    pub(in crate::console) guesses: Guesses,
    /// Searches of each member of staff.
    pub(in crate::console) searches: RateLimiter,
    /// Passkeys, where the console's address allows them.
    pub(in crate::console) passkeys: Option<Passkeys>,
    /// How the audit's chain stands.
    pub(in crate::console) chain: ChainWatch,
    /// The place of the one run of retention that somebody may have asked for.
    pub(in crate::console) retaining: Arc<Semaphore>,
    /// Pages that are told when their list changes.
    pub(in crate::console) live: Live,
    /// The exports that run.
    pub(in crate::console) exports: Exports,
}

impl Deref for Console {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// The path under which the pages are, without trailing slash.
    pub fn base(&self) -> &str {
        &self.parts.settings.console.path
    }

    /// Whether mail goes out; else nothing is written that would wait for a relay.
    pub fn sends_mail(&self) -> bool {
        self.parts.settings.mail.host.is_some()
    }

    /// Whether staff reach the console over TLS.
    pub fn is_secure(&self) -> bool {
        self.parts.settings.private.url.scheme() == "https"
    }
}

impl Console {
    /// A console.
    ///
    /// # Errors
    /// When there is not enough memory to check passwords.
    pub fn new(parts: ConsoleParts) -> Result<Self, crate::crypto::password::NoMemory> {
        let passwords = Passwords::new(parts.entropy.as_ref())?;
        Ok(Self::with(parts, passwords))
    }

    pub(in crate::console) fn with(parts: ConsoleParts, passwords: Passwords) -> Self {
        let guesses = Guesses::new(Arc::clone(&parts.clock), parts.entropy.as_ref());
        let searches = RateLimiter::new(SEARCHES_PER_MINUTE, parts.entropy.as_ref());
        let passkeys = Passkeys::new(&parts.settings.private.url, parts.entropy.as_ref());
        Self(Arc::new(Inner {
            parts,
            passwords,
            checks: Semaphore::new(CHECKS_AT_ONCE),
            guesses,
            searches,
            passkeys,
            chain: ChainWatch::default(),
            retaining: Arc::new(Semaphore::new(1)),
            live: Live::default(),
            exports: Exports::default(),
        }))
    }

    /// Work on the databases, off the threads that answer.
    ///
    /// # Errors
    /// As the work.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let console = self.clone();
        match tokio::task::spawn_blocking(move || work(&console)).await {
            Ok(done) => done.map_err(Trouble::Store),
            Err(_) => Err(Trouble::Ended),
        }
    }
}

/// Why something could not be done now. As an answer it tells staff to try again; the log has the
/// cause.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
    /// A look at people's data or at retention failed.
    #[error("{0}")]
    Privacy(#[from] PrivacyError),
    /// The work ended abnormally.
    #[error("the work ended abnormally")]
    Ended,
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// A page could not be written.
    #[error("the page {0} could not be written")]
    Page(&'static str),
    /// No memory to check a password.
    #[error("{0}")]
    Memory(#[from] crate::crypto::password::NoMemory),
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "the console could not do what was asked; nothing was changed");
        let words = "いま処理できません。変更は行われていません。しばらくしてからもう一度お試しください。\n\
                     This can't be done right now. Nothing was changed. Please try again in a moment.\n";
        (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
    }
}
