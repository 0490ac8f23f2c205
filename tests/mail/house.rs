//! An installation without listeners: settings, keys, store, and a clock that stands still.

use crate::smtp_sink::{ReceivedMail, SmtpSink};
use jiff::{SignedDuration, Timestamp};
use leadseal::config;
use leadseal::crypto::envelope::Envelope;
use leadseal::crypto::keyring::{Keyring, UnlockSecret};
use leadseal::crypto::protect::{protect, protect_request};
use leadseal::crypto::seal::{SealContext, seal};
use leadseal::desk::outbox::{Dispatcher, DispatcherParts, MailHealth};
use leadseal::desk::store::{DeliveryKind, DeliveryView, LeadFacts, NewDelivery, NewLead, NewRequest, Store};
use leadseal::domain::attribution::AttributionKey;
use leadseal::domain::business_hours::BusinessHours;
use leadseal::domain::clock::{Clock, ManualClock};
use leadseal::domain::entropy::SeededEntropy;
use leadseal::domain::field::FieldKind;
use leadseal::domain::form::Form;
use leadseal::domain::ids::FormVersion;
use leadseal::domain::lang::Lang;
use leadseal::domain::pii::Pii;
use leadseal::domain::request::{REQUEST_FORM, RequestKind};
use leadseal::domain::settings::{MailSecurity, Settings};
use leadseal::domain::site::Site;
use leadseal::domain::submission::{Answer, ConsentRecord, Submission, Value};
use leadseal::domain::token::Token;
use mail_parser::MessageParser;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// A value that may stand nowhere but where it was opened on purpose.
pub const CANARY: &str = "canary";

pub struct House {
    pub dir: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub settings: Settings,
    pub store: Arc<Store>,
    pub keyring: Arc<Keyring>,
    pub entropy: Arc<SeededEntropy>,
    wake: Arc<Notify>,
}

/// A running dispatcher; it ends with the test.
pub struct Running {
    pub health: Arc<MailHealth>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap();
    }
}

impl House {
    /// With the document request form, and the sink as relay.
    pub fn new(relay: Option<SocketAddr>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // 2026-11-22 14:00 in Japan.
        let clock = Arc::new(ManualClock::new("2026-11-22T05:00:00Z".parse().unwrap()));
        let entropy = Arc::new(SeededEntropy::new(7));
        let forms: Vec<_> = config::ready_forms().iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let mut settings = config::load_from_texts(dir.path(), None, &forms).unwrap().settings;
        settings.mail.host = relay.map(|address| address.ip().to_string());
        settings.mail.port = relay.map_or(25, |address| address.port());
        settings.mail.security = MailSecurity::Plain;
        settings.mail.timeout = Duration::from_secs(5);
        settings.private.url = "https://desk.example.jp".parse().unwrap();
        let secret = UnlockSecret::Key(Zeroizing::new([9; 32]));
        let (keyring, _) = Keyring::create(
            &dir.path().join("keyring.db"),
            &secret,
            settings.sealing.suite,
            clock.clone(),
            entropy.clone(),
        )
        .unwrap();
        let store = Store::open(&dir.path().join("leads.db"), clock.clone(), entropy.clone()).unwrap();
        let (store, keyring) = (Arc::new(store), Arc::new(keyring));
        Self { dir, clock, settings, store, keyring, entropy, wake: Arc::default() }
    }

    pub fn form(&mut self) -> &mut Form {
        let form = self.settings.forms.iter_mut().find(|form| form.id.as_str() == "document-request");
        Arc::make_mut(form.unwrap())
    }

    pub fn site(&mut self) -> &mut Site {
        Arc::make_mut(&mut self.settings.sites[0])
    }

    pub fn dispatcher(&self) -> Dispatcher {
        Dispatcher::new(DispatcherParts {
            store: self.store.clone(),
            keyring: self.keyring.clone(),
            settings: Arc::new(self.settings.clone()),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            wake: self.wake.clone(),
            request_url: self.settings.public.url.clone(),
        })
        .unwrap()
    }

    pub fn run(&self) -> Running {
        let dispatcher = self.dispatcher();
        let (health, stop) = (dispatcher.health(), CancellationToken::new());
        let task = tokio::spawn(dispatcher.run(stop.clone()));
        Running { health, stop, task }
    }

    /// Moves the clock and wakes the dispatcher.
    pub fn later(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.wake.notify_one();
    }

    /// Takes a submission the whole way from capture into the store, with both mails.
    pub fn store_lead(&self, submission: &Submission) -> Token {
        self.store_with(submission, &[DeliveryKind::Notification, DeliveryKind::AutoReply])
    }

    pub fn store_with(&self, submission: &Submission, kinds: &[DeliveryKind]) -> Token {
        let form = self.settings.forms.iter().find(|form| form.id.as_str() == "document-request").unwrap();
        let token = Token::generate(self.entropy.as_ref());
        let context = SealContext {
            site: form.site.clone(),
            form: form.id.clone(),
            form_version: form.version,
            token,
            received_at: self.clock.now(),
        };
        let sealed = seal(&self.keyring.sealing_key(), context, submission, self.entropy.as_ref()).unwrap();
        let opened = self.keyring.open(&Envelope::parse(sealed.as_bytes()).unwrap()).unwrap();
        let key = self.keyring.create_lead_keys(&[token]).unwrap().remove(0);
        let lead = protect(opened, Some(form), &key, self.keyring.index_keys(), self.entropy.as_ref());
        let deliveries = kinds
            .iter()
            .map(|kind| NewDelivery {
                kind: *kind,
                recipient: (*kind == DeliveryKind::Notification).then(|| "sales@example.jp".to_owned()),
            })
            .collect();
        let minutes = form.notify.answer_within_minutes;
        let due_at = minutes.map(|minutes| BusinessHours::always().due(self.clock.now(), minutes));
        let facts = LeadFacts { source: None, due_at };
        self.store.store_leads(&[NewLead { lead, deliveries, facts }]).unwrap();
        self.wake.notify_one();
        token
    }

    /// Takes a person's request the whole way from capture into the store, with its mail.
    pub fn ask(&self, kind: RequestKind, lang: Lang, email: &str) -> Token {
        let site = self.settings.sites[0].id.clone();
        let token = Token::generate(self.entropy.as_ref());
        let context = SealContext {
            site: site.clone(),
            form: REQUEST_FORM.parse().unwrap(),
            form_version: FormVersion([1; 8]),
            token,
            received_at: self.clock.now(),
        };
        let mut asked = visitor(lang, email);
        asked.answers.retain(|answer| answer.kind == FieldKind::Email);
        asked.request = Some(kind);
        let sealed = seal(&self.keyring.sealing_key(), context, &asked, self.entropy.as_ref()).unwrap();
        let opened = self.keyring.open(&Envelope::parse(sealed.as_bytes()).unwrap()).unwrap();
        let key = self.keyring.create_lead_keys(&[token]).unwrap().remove(0);
        let index = self.keyring.index_keys();
        let request = protect_request(&opened, &key, index, self.entropy.as_ref()).unwrap();
        let new = NewRequest {
            request: &request,
            secret_sha256: Sha256::digest(self.keyring.request_secret(token).as_bytes()).into(),
            is_same: &|address| index.hash(&site, FieldKind::Email, address) == request.index(),
            mails_per_day: 100,
            asked_by: None,
        };
        assert!(self.store.store_request(&new).unwrap().is_some());
        self.wake.notify_one();
        token
    }

    /// Waits until the deliveries of a lead are as wanted.
    pub async fn until(&self, lead: Token, wanted: impl Fn(&[DeliveryView]) -> bool) -> Vec<DeliveryView> {
        for _ in 0..6000 {
            let deliveries = self.store.deliveries(Some(lead)).unwrap();
            if wanted(&deliveries) {
                return deliveries;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within a minute: {:?}", self.store.deliveries(Some(lead)));
    }

    /// Actions in the audit, oldest first.
    pub fn audited(&self) -> Vec<String> {
        self.store.audit_entries(1, 1000).unwrap().into_iter().map(|entry| entry.action).collect()
    }
}

/// A visitor from Japan, each typed value with a canary in it.
pub fn visitor(lang: Lang, email: &str) -> Submission {
    let answer = |field: &str, kind, value| Answer { field: field.parse().unwrap(), kind, value };
    let one = |field: &str, kind, value: &str| answer(field, kind, Value::one(value));
    let name = Value::Name { family: Pii::from("髙﨑canary"), given: Pii::from("美咲canary") };
    let kana = Value::Name { family: Pii::from("タカサキ"), given: Pii::from("ミサキ") };
    Submission {
        lang,
        answers: vec![
            answer("documents", FieldKind::Checkboxes, Value::Many(vec!["overview".into(), "pricing".into()])),
            one("delivery", FieldKind::Radio, "email"),
            one("company", FieldKind::Company, "株式会社canary商事"),
            one("industry", FieldKind::Select, "manufacturing"),
            one("employees", FieldKind::Select, "50-99"),
            answer("name", FieldKind::Name, name),
            answer("kana", FieldKind::Kana, kana),
            one("email", FieldKind::Email, email),
            one("tel", FieldKind::Tel, "+819012345678"),
            one("prefecture", FieldKind::Prefecture, "東京都"),
            one("message", FieldKind::Textarea, "canary https://evil.example/canary を見てください"),
        ],
        consents: vec![consent("privacy", lang, true), consent("marketing", lang, false)],
        attribution: vec![
            (AttributionKey::LandingPage, Pii::from("https://www.example.jp/canary/page")),
            (AttributionKey::UtmSource, Pii::from("canary-source")),
        ],
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    }
}

fn consent(purpose: &str, lang: Lang, granted: bool) -> ConsentRecord {
    ConsentRecord {
        field: purpose.parse().unwrap(),
        purpose: purpose.to_owned(),
        version: "2026-04".to_owned(),
        text: "words".to_owned(),
        lang,
        granted,
    }
}

/// Waits for so many mails in all.
pub async fn received(sink: &SmtpSink, count: u64) -> Vec<Arc<ReceivedMail>> {
    let waiting = sink.mailbox();
    let mails = tokio::time::timeout(Duration::from_secs(20), waiting.received(count)).await;
    mails.unwrap_or_else(|_| panic!("only {} of {count} mails came", sink.mailbox().mails().len()))
}

/// The mails to one address.
pub fn to<'a>(mails: &'a [Arc<ReceivedMail>], address: &str) -> Vec<&'a ReceivedMail> {
    mails.iter().filter(|mail| mail.recipients == [address]).map(AsRef::as_ref).collect()
}

/// A header's decoded text.
pub fn header(mail: &ReceivedMail, name: &str) -> Option<String> {
    let message = MessageParser::default().parse(&mail.raw)?;
    message.header_raw(name).map(|raw| raw.split_whitespace().collect::<Vec<_>>().join(" "))
}

pub fn subject(mail: &ReceivedMail) -> String {
    MessageParser::default().parse(&mail.raw).unwrap().subject().unwrap().to_owned()
}

/// The text part and the HTML part.
pub fn parts(mail: &ReceivedMail) -> (String, String) {
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    (message.body_text(0).unwrap().replace("\r\n", "\n"), message.body_html(0).unwrap().replace("\r\n", "\n"))
}

/// A free port of loopback on which nothing listens.
pub async fn quiet_address() -> SocketAddr {
    tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap()
}

/// Now, by the clock of a house.
pub fn now(house: &House) -> Timestamp {
    house.clock.now()
}

/// A text with everything random replaced by its name, for snapshots.
pub fn steady(text: &str) -> String {
    let mut steady = text.to_owned();
    for (random, name) in [
        ("ls_[a-z2-7]{33}", "ls_TOKEN"),
        ("/l/[A-Za-z0-9_-]{43}", "/l/SECRET"),
        ("/r/[A-Za-z0-9_-]{43}", "/r/SECRET"),
        ("\\b[0-9a-f]{32}@", "ID@"),
        ("leadseal_[0-9a-f]{32}", "BOUNDARY"),
    ] {
        steady = regex::Regex::new(random).unwrap().replace_all(&steady, name).into_owned();
    }
    steady
}
