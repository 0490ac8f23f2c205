//! The settings of an installation, checked. `config` makes them; nothing else does.
//!
//! Holds no secrets: credentials are paths of files that are read where they are used.

use super::business_hours::BusinessHours;
use super::form::Form;
use super::ids::{FormId, SiteId};
use super::lang::Lang;
use super::site::Site;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything that `leadseal.toml` and the form files say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where databases and keys live.
    pub data_dir: PathBuf,
    /// The public listener.
    pub public: PublicSettings,
    /// The private listener.
    pub private: PrivateSettings,
    /// The staff's pages.
    pub console: ConsoleSettings,
    /// Limits on what is taken in.
    pub limits: LimitSettings,
    /// Whether posts that look like a robot's are checked and set aside.
    pub screening: ScreeningSettings,
    /// Envelope suite and epochs.
    pub sealing: SealingSettings,
    /// Where the key that opens the keyring comes from.
    pub kek: KekSource,
    /// Outgoing mail.
    pub mail: MailSettings,
    /// The queue between capture nodes and the desk, where there is one.
    pub redis: Option<RedisSettings>,
    /// What a capture node has from its desk.
    pub node: NodeSettings,
    /// People's requests about their own data.
    pub privacy: PrivacySettings,
    /// How long what no form speaks of is kept, and when retention waits.
    pub retention: RetentionSettings,
    /// When the office is open.
    pub business_hours: BusinessHours,
    /// Log output.
    pub log: LogSettings,
    /// The sites.
    pub sites: Vec<Arc<Site>>,
    /// The forms.
    pub forms: Vec<Arc<Form>>,
}

impl Settings {
    /// The form with this id.
    pub fn form(&self, id: &FormId) -> Option<&Arc<Form>> {
        self.forms.iter().find(|form| form.id == *id)
    }

    /// The address of a one-time link of staff with this secret.
    pub fn staff_link(&self, secret: &str) -> String {
        let private = self.private.url.as_str().trim_end_matches('/');
        format!("{private}{}/sign-in/link/{secret}", self.console.path)
    }

    /// The site with this id.
    pub fn site(&self, id: &SiteId) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.id == *id)
    }
}

/// The listener that visitors reach.
#[derive(Debug, Clone)]
pub struct PublicSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The address visitors use, without trailing slash, e.g. `https://forms.example.jp`.
    pub url: url::Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Most connections at a time.
    pub max_connections: usize,
    /// Longest wait for a request's headers.
    pub header_timeout: Duration,
    /// Longest wait for a request's body, and for a client that takes nothing of its answer.
    pub body_timeout: Duration,
    /// Longest wait for running requests when the server stops.
    pub drain_timeout: Duration,
}

/// The listener that staff and monitoring reach.
#[derive(Debug, Clone)]
pub struct PrivateSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The address staff use, without trailing slash; links in mail start with it.
    pub url: url::Url,
}

/// The staff's pages, on the private listener.
#[derive(Debug, Clone)]
pub struct ConsoleSettings {
    /// The path under which they are, without trailing slash, e.g. `/console`.
    pub path: String,
    /// Networks that may reach them; empty: all that reach the listener.
    pub allow: Vec<ipnet::IpNet>,
}

/// Limits on what is taken in.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Largest request body in bytes.
    pub max_body: usize,
    /// Most values in one post.
    pub max_values: usize,
    /// Posts accepted per network and minute, over all forms.
    pub posts_per_minute: u32,
    /// Page views answered per network and minute.
    pub views_per_minute: u32,
    /// Signed calls answered per site key and minute.
    pub site_calls_per_minute: u32,
    /// How long a page may stand open before its form token is too old.
    pub form_token_max_age: Duration,
    /// Most envelopes waiting in the spool before posts are refused.
    pub max_spool: u64,
}

/// How posts are told apart that robots send.
#[derive(Debug, Clone, Copy)]
pub struct ScreeningSettings {
    /// Doubtful posts are checked and set aside.
    pub enabled: bool,
    /// Days for which what was set aside is kept.
    pub quarantine_days: u32,
}

/// An HPKE suite by its configuration word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteName {
    /// X25519 + ML-KEM-768 hybrid.
    XWing,
    /// X25519 alone.
    X25519,
}

/// Envelope suite and epochs.
#[derive(Debug, Clone)]
pub struct SealingSettings {
    /// The suite of new epochs.
    pub suite: SuiteName,
    /// Days after which `serve` starts a new epoch.
    pub epoch_days: u32,
}

/// Where the key that opens the keyring comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KekSource {
    /// A file of 32 random bytes in hex, mode 0600.
    File(PathBuf),
    /// A systemd credential of the same content, by name (`$CREDENTIALS_DIRECTORY/<name>`).
    Credential(String),
    /// A passphrase: read from this file when given, else asked for on the terminal.
    Passphrase(Option<PathBuf>),
    /// The standard output (hex) of a command, e.g. a KMS client: program and arguments.
    Command(Vec<String>),
}

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// STARTTLS, required.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// No encryption: for a relay on the same machine.
    Plain,
}

/// Outgoing mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The relay's host. Nothing: no mail is sent, and notifications wait in the outbox.
    pub host: Option<String>,
    /// The relay's port.
    pub port: u16,
    /// How the connection is secured.
    pub security: MailSecurity,
    /// The login name, where the relay asks for one.
    pub username: Option<String>,
    /// The file that holds the password, mode 0600.
    pub password_file: Option<PathBuf>,
    /// Connections kept open.
    pub connections: u32,
    /// Longest wait for an answer of the relay.
    pub timeout: Duration,
    /// How long a mail is tried before it becomes a dead letter.
    pub give_up_after: Duration,
    /// Auto-replies sent to one address per day, at most.
    pub auto_replies_per_day: u32,
    /// Auto-replies go out with an empty envelope sender (RFC 3834 §3.3).
    pub auto_reply_null_sender: bool,
    /// The domain in Message-IDs; by default that of the sender.
    pub message_id_domain: Option<String>,
}

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an IP address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Where Redis is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisPlace {
    /// One server.
    Single {
        /// The server.
        host: HostPort,
        /// The number of the database.
        database: u16,
    },
    /// The server that sentinels call the master.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<HostPort>,
        /// The master's name.
        master: String,
    },
    /// A cluster.
    Cluster {
        /// Some of its nodes.
        nodes: Vec<HostPort>,
    },
}

/// The queue between capture nodes and the desk.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Where it is.
    pub place: RedisPlace,
    /// Whether connections use TLS.
    pub tls: bool,
    /// The name of the Redis user.
    pub username: Option<String>,
    /// The file that holds the password, mode 0600.
    pub password_file: Option<PathBuf>,
    /// The file with the certificate of one's own authority (PEM).
    pub ca_file: Option<PathBuf>,
    /// Connections kept open.
    pub connections: usize,
    /// Longest wait for an answer.
    pub timeout: Duration,
}

/// What a capture node has from its desk.
#[derive(Debug, Clone)]
pub struct NodeSettings {
    /// The file that `leadseal enrol` made, mode 0600.
    pub enrolment: PathBuf,
}

/// People's requests about their own data.
#[derive(Debug, Clone)]
pub struct PrivacySettings {
    /// Where people reach the page of their request; by default the public address, or in a desk
    /// of its own the private one.
    pub url: Option<url::Url>,
    /// Mails to requesters of one site per day, at most.
    pub mails_per_day: u32,
    /// Days for which backups of `keyring.db` are kept: receipts name the end of them.
    pub key_backup_days: u32,
}

impl PrivacySettings {
    /// When the last backup that holds keys erased at `erased_at` is gone.
    pub fn backups_until(&self, erased_at: jiff::Timestamp) -> jiff::Timestamp {
        let kept = jiff::SignedDuration::from_hours(24 * i64::from(self.key_backup_days));
        erased_at.saturating_add(kept).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// How long what no form speaks of is kept, and when retention waits.
#[derive(Debug, Clone, Copy)]
pub struct RetentionSettings {
    /// Days for which envelopes that did not open are kept.
    pub unopened_days: u32,
    /// A clock that moved by more days than this since retention was last carried out is not believed.
    pub clock_jump_days: u32,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Log output.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// A filter such as `info` or `leadseal=debug`.
    pub filter: String,
    /// How lines are written.
    pub format: LogFormat,
    /// The language in which commands name forms and fields.
    pub lang: Lang,
}
