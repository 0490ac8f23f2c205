//! The dispatcher: claims due rows, sends a few at a time, settles each.
//!
//! Sending comes before marking, so a crash in between repeats a mail under its Message-ID and
//! never loses one.

use super::backoff::next_try;
use super::compose::{About, Composed, Composer, NotComposed};
use super::health::MailHealth;
use super::outcome::{Blame, Failure, Verdict};
use super::relay::{MailSetupError, Relay};
use crate::crypto::keyring::Keyring;
use crate::desk::store::{Delivery, DeliveryAbout, DeliveryKind, Store, StoreError};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long a claimed row is ours. Longer than any conversation with the relay.
const LEASE: Duration = Duration::from_secs(120);
/// Longest sleep between looks at the outbox: bounds the effect of a lost wake-up or a clock that
/// was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);
/// Longest wait for mails under way when the process stops. A relay that hangs must not hold a stop
/// up until the service manager kills it; what is cut off comes again under its Message-ID.
const LONGEST_STOP: Duration = Duration::from_secs(5);
/// First and longest pause after a failure that every mail would meet.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Locks over the addresses that auto-replies go to.
const STRIPES: usize = 64;

/// What a dispatcher works with.
pub struct DispatcherParts {
    /// The outbox and the leads.
    pub store: Arc<Store>,
    /// Opens addresses, makes links.
    pub keyring: Arc<Keyring>,
    /// Sites, forms, the relay.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Spreads retries.
    pub entropy: Arc<dyn Entropy>,
    /// Told when outbox rows were written.
    pub wake: Arc<Notify>,
    /// Where people reach the pages of their requests; the links in their mails begin with it.
    pub request_url: Url,
}

/// Sends what the outbox holds.
pub struct Dispatcher {
    courier: Option<Arc<Courier>>,
    health: Arc<MailHealth>,
    wake: Arc<Notify>,
    most: usize,
}

impl Dispatcher {
    /// A dispatcher with its relay; reads the password's file.
    ///
    /// # Errors
    /// When the password's file or the TLS settings can't be used; names the setting and the fix.
    pub fn new(parts: DispatcherParts) -> Result<Self, MailSetupError> {
        let relay = Relay::new(&parts.settings.mail)?;
        let health = Arc::new(MailHealth::new(relay.is_some()));
        let most = parts.settings.mail.connections.max(1) as usize;
        let courier = relay.map(|relay| {
            Arc::new(Courier {
                relay,
                health: Arc::clone(&health),
                entropy: parts.entropy,
                pause: Mutex::default(),
                carried: Mutex::default(),
                stripes: std::array::from_fn(|_| tokio::sync::Mutex::default()),
                composer: Arc::new(Composer {
                    store: parts.store,
                    keyring: parts.keyring,
                    settings: parts.settings,
                    clock: parts.clock,
                    request_url: parts.request_url,
                }),
            })
        });
        Ok(Self { courier, health, wake: parts.wake, most })
    }

    /// Whether mail goes out.
    pub fn health(&self) -> Arc<MailHealth> {
        Arc::clone(&self.health)
    }

    /// Sends until `shutdown` is cancelled, then finishes the mails under way, for at most
    /// `LONGEST_STOP`.
    pub async fn run(self, shutdown: CancellationToken) {
        let Some(courier) = self.courier else {
            tracing::warn!(
                "no mail is sent: no relay is configured, so notifications and auto-replies wait in the outbox; \
                 set [mail] host"
            );
            shutdown.cancelled().await;
            return;
        };
        let mut running = JoinSet::new();
        while !shutdown.is_cancelled() {
            let claimed = courier.claim(self.most - running.len()).await;
            let found = !claimed.is_empty();
            for delivery in claimed {
                let courier = Arc::clone(&courier);
                running.spawn(async move { courier.deliver(delivery).await });
            }
            if found && running.len() < self.most {
                continue;
            }
            let sleep = courier.sleep().await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(_) = running.join_next() => {}
                () = self.wake.notified(), if running.len() < self.most => {}
                () = tokio::time::sleep(sleep), if running.len() < self.most => courier.relay.close(false).await,
            }
        }
        let finished = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(LONGEST_STOP, finished).await.is_err() {
            tracing::warn!(
                mails = running.len(),
                "the relay does not answer; mails under way are sent again after the start"
            );
            running.shutdown().await;
        }
        courier.relay.close(true).await;
    }
}

/// A pause after a failure that every mail would meet: its length, and when it ends.
#[derive(Default)]
struct Pause {
    length: SignedDuration,
    until: Option<Timestamp>,
}

/// Carries mails to the relay and settles their rows.
struct Courier {
    composer: Arc<Composer>,
    relay: Relay,
    health: Arc<MailHealth>,
    entropy: Arc<dyn Entropy>,
    pause: Mutex<Pause>,
    /// Rows under way. A clock that jumps ends their leases early; they must not go out twice.
    carried: Mutex<HashSet<i64>>,
    /// Held from counting an address's auto-replies until the new one is settled, so that two at
    /// once can't both be the last allowed one.
    stripes: [tokio::sync::Mutex<()>; STRIPES],
}

impl Courier {
    /// Claims due rows, mails of reminders whose time has come among them; none while paused. A store
    /// that can't be used is said and tried again.
    async fn claim(&self, most: usize) -> Vec<Delivery> {
        if most == 0 || self.paused() {
            return Vec::new();
        }
        let store = Arc::clone(&self.composer.store);
        let claim = move || {
            store.mail_due_reminders()?;
            store.claim_due(most, LEASE)
        };
        self.blocking(claim).await.unwrap_or_default()
    }

    /// How long nothing is due, at most [`LONGEST_SLEEP`].
    async fn sleep(&self) -> Duration {
        if self.paused() {
            return LONGEST_SLEEP.min(Duration::from_secs(1));
        }
        let store = Arc::clone(&self.composer.store);
        let due = self.blocking(move || store.next_due()).await.flatten();
        let wait = due.map_or(LONGEST_SLEEP, |due| {
            Duration::try_from(due.duration_since(self.composer.clock.now())).unwrap_or_default()
        });
        // Never quite nothing: a row that can't be claimed must not keep a processor busy.
        wait.clamp(Duration::from_millis(20), LONGEST_SLEEP)
    }

    /// One row, from look-up to settlement.
    async fn deliver(&self, delivery: Delivery) {
        let (id, kind) = (delivery.id, delivery.kind);
        let Some(carried) = self.carry(id) else { return };
        let composer = Arc::clone(&self.composer);
        let row = delivery.clone();
        let about = match run_blocking(move || composer.look_up(row)).await {
            Some(Ok(about)) => Arc::new(about),
            Some(Err(reason)) => {
                drop(carried);
                return self.not_composed(&delivery, reason).await;
            }
            None => return,
        };
        let stripe = self.composer.counted_by(&about).map(|index| usize::from(index[0]) % STRIPES);
        let _counting = match stripe {
            Some(stripe) => Some(self.stripes[stripe].lock().await),
            None => None,
        };
        let (composer, subject) = (Arc::clone(&self.composer), Arc::clone(&about));
        match run_blocking(move || composer.compose(&subject)).await {
            Some(Ok(composed)) => match self.hand_over(composed).await {
                Ok(()) => {
                    self.sent(id, kind, &about).await;
                    drop(carried);
                }
                Err(failure) => {
                    // Put down first: once its row waits for another time, it may be claimed at once.
                    drop(carried);
                    self.failed(&about, failure).await;
                }
            },
            Some(Err(reason)) => {
                drop(carried);
                self.not_composed(&delivery, reason).await;
            }
            None => {}
        }
    }

    /// Takes a row up; nothing when it is under way already.
    fn carry(&self, id: i64) -> Option<Carried<'_>> {
        let fresh = self.carried.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        fresh.then_some(Carried { courier: self, id })
    }

    /// Sends; where a relay refuses the null sender for good, once more with the site's.
    async fn hand_over(&self, composed: Composed) -> Result<(), Failure> {
        let Composed { mut parcel, fallback_sender } = composed;
        match self.relay.send(&parcel).await {
            Err(failure) if parcel.sender.is_none() && failure.refuses_sender() => {
                parcel.sender = Some(fallback_sender);
                self.relay.send(&parcel).await
            }
            outcome => outcome,
        }
    }

    async fn sent(&self, id: i64, kind: DeliveryKind, about: &About) {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Pause::default();
        self.health.succeeded(about.site());
        metrics::counter!("leadseal_mail_sent_total", "kind" => kind.word()).increment(1);
        tracing::debug!(delivery = id, kind = kind.word(), "mail handed over");
        let store = Arc::clone(&self.composer.store);
        self.blocking(move || store.mark_sent(id)).await;
    }

    async fn failed(&self, about: &About, failure: Failure) {
        let (delivery, class) = (about.delivery(), failure.to_string());
        match failure.verdict() {
            Verdict::Dead => self.give_up(delivery, &class).await,
            Verdict::Retry(blame) => {
                self.health.failed(about.site(), blame, &class, failure.advice());
                if blame == Blame::Relay {
                    self.pause();
                }
                self.retry(delivery, &class).await;
            }
        }
    }

    async fn not_composed(&self, delivery: &Delivery, reason: NotComposed) {
        match reason {
            NotComposed::Dead(class) => self.give_up(delivery, class).await,
            NotComposed::Wait { site, class, advice } => {
                self.health.failed(&site, Blame::Sender, class, &advice);
                self.retry(delivery, class).await;
            }
            NotComposed::Settled => {}
            // The row's lease runs out and it comes again, with no try used up.
            NotComposed::Unavailable(why) => {
                tracing::error!(delivery = delivery.id, "a mail can't be made now and is tried again: {why}");
            }
        }
    }

    /// Tries again later, or gives up when the mail is too old.
    async fn retry(&self, delivery: &Delivery, class: &str) {
        let (now, limit) = (self.composer.clock.now(), self.composer.settings.mail.give_up_after);
        let Some(at) = next_try(delivery.attempts, delivery.created_at, now, limit, self.entropy.as_ref()) else {
            return self.give_up(delivery, class).await;
        };
        count_failure(delivery.kind, class);
        tracing::debug!(delivery = delivery.id, class, %at, "mail failed and is tried again");
        let (store, id, class) = (Arc::clone(&self.composer.store), delivery.id, class.to_owned());
        self.blocking(move || store.mark_retry(id, at, &class)).await;
    }

    async fn give_up(&self, delivery: &Delivery, class: &str) {
        count_failure(delivery.kind, class);
        tracing::warn!(
            delivery = delivery.id, about = %delivery.about, kind = delivery.kind.word(), class,
            "a mail is given up; what it is about is stored. See: leadseal {}",
            match delivery.about {
                DeliveryAbout::Lead(token) => format!("leads show {token}"),
                DeliveryAbout::Request(token) => format!("requests show {token}"),
                DeliveryAbout::Staff(_) => "staff list".to_owned(),
            }
        );
        let (store, id, class) = (Arc::clone(&self.composer.store), delivery.id, class.to_owned());
        self.blocking(move || store.mark_dead(id, &class)).await;
    }

    /// After a failure that every mail would meet, nothing is claimed for a while: a relay that is
    /// down is not hammered, and a refused login does not lock the account.
    fn pause(&self) {
        let now = self.composer.clock.now();
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        // Mails under way at once fail together; they lengthen the pause once.
        if pause.until.is_none_or(|until| until <= now) {
            pause.length = pause.length.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            pause.until = now.saturating_add(pause.length).ok();
        }
    }

    fn paused(&self) -> bool {
        let now = self.composer.clock.now();
        let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        // An end further off than any pause means that the clock was set back.
        pause.until.is_some_and(|until| until > now && until.duration_since(now) <= LONGEST_PAUSE)
    }

    /// Store work on a blocking thread; its failure is said, and nothing given.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        match run_blocking(work).await? {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::error!("the outbox can't be used now: {error}");
                None
            }
        }
    }
}

/// A row under way, put down on drop.
struct Carried<'a> {
    courier: &'a Courier,
    id: i64,
}

impl Drop for Carried<'_> {
    fn drop(&mut self) {
        self.courier.carried.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Runs on a blocking thread; nothing when the work panicked (which was logged as such) or the
/// runtime goes down.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

fn count_failure(kind: DeliveryKind, class: &str) {
    metrics::counter!("leadseal_mail_failed_total", "kind" => kind.word(), "class" => class.to_owned()).increment(1);
}
