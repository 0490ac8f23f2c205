//! The private side's parts, whichever queue feeds them: opened, put together, not yet running.

use super::files::DataDir;
use super::workers::rotate_epochs;
use crate::console::{self, Console, ConsoleParts, Intake, LinkState, RequestPages};
use crate::crypto::keyring::{Keyring, UnlockSecret};
use crate::crypto::seal::SealingKey;
use crate::desk::ingest::{Ingest, IngestParts};
use crate::desk::outbox::{Dispatcher, DispatcherParts, MailHealth};
use crate::desk::privacy::{Custody, Retention, RetentionRules, keep_house, keep_retention};
use crate::desk::store::Store;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::settings::Settings;
use crate::queue::port::Queue;
use axum::Router;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The forms by their ids.
pub(super) type Forms = Arc<HashMap<FormId, Arc<Form>>>;

/// The private side.
pub(super) struct Desk {
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) store: Arc<Store>,
    pub(super) forms: Forms,
    /// Changes with each epoch.
    pub(super) sealing_key: watch::Sender<Arc<SealingKey>>,
    entropy: Arc<dyn Entropy>,
    dispatcher: Dispatcher,
    wake_outbox: Arc<Notify>,
}

impl Desk {
    /// Opens keyring and store. `request_url` is where people reach the pages of their requests.
    ///
    /// # Errors
    /// One line that names what is wrong and the fix.
    pub(super) fn open(
        settings: Arc<Settings>,
        data: &DataDir,
        secret: &UnlockSecret,
        request_url: Url,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Self> {
        let keyring = Arc::new(Keyring::unlock(&data.keyring(), secret, Arc::clone(&clock), Arc::clone(&entropy))?);
        let store = Arc::new(Store::open(&data.leads(), Arc::clone(&clock), Arc::clone(&entropy))?);
        store.keep_office(&settings.business_hours)?;
        let forms = settings.forms.iter().map(|form| (form.id.clone(), Arc::clone(form))).collect();
        let wake_outbox = Arc::new(Notify::new());
        let dispatcher = Dispatcher::new(DispatcherParts {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            settings: Arc::clone(&settings),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            wake: Arc::clone(&wake_outbox),
            request_url,
        })?;
        let sealing_key = watch::Sender::new(Arc::new(keyring.sealing_key()));
        let forms = Arc::new(forms);
        Ok(Self { settings, clock, keyring, store, forms, sealing_key, entropy, dispatcher, wake_outbox })
    }

    /// What the pages of people's requests need.
    pub(super) fn request_pages(&self) -> RequestPages {
        RequestPages::new(self.custody(), Arc::clone(&self.settings), Arc::clone(&self.clock), self.entropy.as_ref())
    }

    /// The staff's pages: the console, and what the button of a notification leads to. `intake` is where
    /// leads come from.
    ///
    /// # Errors
    /// When there is not enough memory to check passwords.
    pub(super) fn staff_pages(&self, intake: Arc<dyn Intake>) -> anyhow::Result<Router> {
        let parts = ConsoleParts {
            store: Arc::clone(&self.store),
            keyring: Arc::clone(&self.keyring),
            settings: Arc::clone(&self.settings),
            forms: Arc::clone(&self.forms),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            wake_outbox: Arc::clone(&self.wake_outbox),
            mail: self.mail_health(),
            intake,
            spool: DataDir::new(&self.settings.data_dir).spool(),
        };
        let links = LinkState { store: Arc::clone(&self.store), console: self.settings.console.path.clone() };
        Ok(console::router(Console::new(parts)?).merge(console::link_router(links)))
    }

    /// What carries people's requests out.
    pub(super) fn custody(&self) -> Custody {
        Custody { store: Arc::clone(&self.store), keyring: Arc::clone(&self.keyring) }
    }

    /// Whether mail goes out.
    pub(super) fn mail_health(&self) -> Arc<MailHealth> {
        self.dispatcher.health()
    }

    /// Spawns what works behind a queue: ingest, the outbox, the turn of the epochs, requests at
    /// their end, retention.
    pub(super) fn spawn_workers<Q: Queue>(self, queue: Q, workers: &mut JoinSet<()>, stop: &CancellationToken) {
        let custody = self.custody();
        let ingest = Ingest::new(IngestParts {
            queue,
            store: self.store,
            keyring: Arc::clone(&self.keyring),
            forms: self.forms,
            clock: Arc::clone(&self.clock),
            entropy: self.entropy,
            wake: self.wake_outbox,
            request_mails_per_day: self.settings.privacy.mails_per_day,
            hours: Arc::new(self.settings.business_hours.clone()),
        });
        workers.spawn(ingest.run(stop.clone()));
        let (dispatcher, stop_mail) = (self.dispatcher, stop.clone());
        workers.spawn(async move { dispatcher.run(stop_mail).await });
        workers.spawn(keep_house(custody.clone(), stop.clone()));
        let rules = RetentionRules::of(&self.settings);
        let spool = DataDir::new(&self.settings.data_dir).spool();
        let retention = Retention { custody, rules, spool, clock: Arc::clone(&self.clock) };
        workers.spawn(keep_retention(retention, stop.clone()));
        let sealing = self.settings.sealing.clone();
        workers.spawn(rotate_epochs(self.keyring, sealing, self.clock, self.sealing_key, stop.clone()));
    }
}
