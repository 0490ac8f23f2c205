//! The relay: connections kept open, one conversation per mail, every wait bounded.
//!
//! Speaks command by command over the mail library's connection instead of through its transport,
//! which does not say which command was refused: the same `550` is the recipient's end after
//! `RCPT`, and the operator's task after `MAIL`.

use super::outcome::{Cause, Failure, Needed, Step, enhanced};
use crate::domain::settings::{MailSecurity, MailSettings};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use std::error::Error as _;
use std::future::Future;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// Longest conversation for one mail: shorter than the lease of its outbox row, so that no other
/// worker takes the row while it runs.
const LONGEST_CONVERSATION: Duration = Duration::from_secs(100);
/// How long a connection may rest. Relays close sooner or later; ours goes first.
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Longest farewell.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

/// Why mail can't be set up. Each names the setting and the fix.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// The password's file can't be read.
    #[error(
        "[mail] password_file = \"{path}\" can't be read ({why}); create it with the relay's password in it, mode 0600, owned by the user that runs leadseal"
    )]
    PasswordFile {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// Others may read the password.
    #[error("[mail] password_file = \"{0}\" can be read by others; run: chmod 600 {0}")]
    PasswordPermissions(String),
    /// There is no password in it.
    #[error("[mail] password_file = \"{0}\" is empty; put the relay's password in it")]
    PasswordEmpty(String),
    /// A login without a password.
    #[error(
        "[mail] username is set but password_file is not; set [mail] password_file to a file of mode 0600 that holds the password, or remove username"
    )]
    PasswordMissing,
    /// TLS can't be set up for the host.
    #[error("[mail] host = \"{0}\" can't be used with TLS; it must be the name in the relay's certificate")]
    Tls(String),
}

/// A mail ready to be handed over. Its bytes are wiped on drop.
pub(super) struct Parcel {
    /// The envelope's sender; nothing for the null sender.
    pub sender: Option<Address>,
    /// The envelope's recipient.
    pub recipient: Address,
    /// The relay must offer SMTPUTF8.
    pub needs_utf8: bool,
    /// Header and body.
    pub bytes: Zeroizing<Vec<u8>>,
}

struct Resting {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// The relay of the installation.
pub(super) struct Relay {
    host: String,
    port: u16,
    security: MailSecurity,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    hello: ClientId,
    patience: Duration,
    most: usize,
    resting: Mutex<Vec<Resting>>,
}

impl Relay {
    /// The configured relay; nothing when no host is set. Reads the password's file.
    pub(super) fn new(settings: &MailSettings) -> Result<Option<Self>, MailSetupError> {
        let Some(host) = settings.host.clone() else { return Ok(None) };
        let tls = match settings.security {
            MailSecurity::Plain => None,
            MailSecurity::Starttls | MailSecurity::Tls => {
                Some(TlsParameters::new(host.clone()).map_err(|_| MailSetupError::Tls(host.clone()))?)
            }
        };
        Ok(Some(Self {
            login: login(settings)?,
            host,
            port: settings.port,
            security: settings.security,
            tls,
            hello: ClientId::default(),
            patience: settings.timeout,
            most: settings.connections.max(1) as usize,
            resting: Mutex::default(),
        }))
    }

    /// Hands a mail over. `Ok` means that the relay has taken it.
    pub(super) async fn send(&self, parcel: &Parcel) -> Result<(), Failure> {
        let timed_out = Failure { step: Step::Content, cause: Cause::Timeout };
        timeout(LONGEST_CONVERSATION, self.converse(parcel)).await.unwrap_or(Err(timed_out))
    }

    async fn converse(&self, parcel: &Parcel) -> Result<(), Failure> {
        let mut connection = match self.rested().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let outcome = self.transact(&mut connection, parcel).await;
        match outcome {
            Ok(()) => self.rest(connection),
            // A refusal leaves a mail under way; leaving is simpler than to trust RSET.
            Err(_) => leave(connection).await,
        }
        outcome
    }

    /// A connection on which mails can be sent: encrypted and logged in as configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let mut connection = self.greeted().await?;
        if let (MailSecurity::Starttls, Some(tls)) = (self.security, self.tls.clone()) {
            if !connection.can_starttls() {
                leave(connection).await;
                return Err(Failure { step: Step::Tls, cause: Cause::Lacks(Needed::Starttls) });
            }
            self.within(Step::Tls, connection.starttls(tls, &self.hello)).await?;
        }
        if let Some(login) = &self.login {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                leave(connection).await;
                return Err(Failure { step: Step::Login, cause: Cause::Lacks(Needed::Login) });
            }
            self.within(Step::Login, connection.auth(DEFAULT_MECHANISMS, login)).await?;
        }
        Ok(connection)
    }

    /// A connection whose greeting has come. The mail library sends the end of a mail apart from
    /// its body; Nagle's algorithm would hold the end back until the relay acknowledges the body,
    /// which many put off for 40 ms. With TLS from the first byte the library makes the socket
    /// itself and leaves no say in it.
    async fn greeted(&self) -> Result<AsyncSmtpConnection, Failure> {
        let address = (self.host.as_str(), self.port);
        if self.security == MailSecurity::Tls {
            let (patience, tls) = (Some(self.patience), self.tls.clone());
            let connect = AsyncSmtpConnection::connect_tokio1(address, patience, &self.hello, tls, None);
            return self.within(Step::Connect, connect).await;
        }
        let failed = |cause| Failure { step: Step::Connect, cause };
        let stream = timeout(self.patience, TcpStream::connect(address)).await;
        let stream = stream.map_err(|_| failed(Cause::Timeout))?.map_err(|_| failed(Cause::Network))?;
        // A socket that refuses is slower and no less right.
        let _ = stream.set_nodelay(true);
        self.within(Step::Connect, AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)).await
    }

    async fn transact(&self, connection: &mut AsyncSmtpConnection, parcel: &Parcel) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        if parcel.needs_utf8 {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure { step: Step::Sender, cause: Cause::Lacks(Needed::SmtpUtf8) });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !parcel.bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(parcel.sender.clone(), parameters);
        self.within(Step::Sender, connection.command(mail)).await?;
        self.within(Step::Recipient, connection.command(Rcpt::new(parcel.recipient.clone(), Vec::new()))).await?;
        self.within(Step::Content, connection.command(Data)).await?;
        self.within(Step::Content, connection.message(&parcel.bytes)).await
    }

    async fn within<T: Settled>(
        &self,
        step: Step,
        answer: impl Future<Output = Result<T, SmtpError>>,
    ) -> Result<T::Kept, Failure> {
        match timeout(self.patience, answer).await {
            Ok(Ok(value)) => Ok(value.keep()),
            Ok(Err(error)) => Err(failure(step, &error)),
            Err(_) => Err(Failure { step, cause: Cause::Timeout }),
        }
    }

    /// A rested connection that still answers.
    async fn rested(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let Resting { mut connection, since } =
                self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            let fresh = since.elapsed() < LONGEST_REST;
            if fresh && timeout(LONGEST_FAREWELL, connection.test_connected()).await.unwrap_or(false) {
                return Some(connection);
            }
            leave(connection).await;
        }
    }

    fn rest(&self, connection: AsyncSmtpConnection) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < self.most {
            resting.push(Resting { connection, since: Instant::now() });
        }
    }

    /// Takes leave of connections that rested too long; of all, with `every`.
    pub(super) async fn close(&self, every: bool) {
        let leaving: Vec<Resting> = {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            resting.extract_if(.., |one| every || one.since.elapsed() >= LONGEST_REST).collect()
        };
        for one in leaving {
            leave(one.connection).await;
        }
    }
}

/// What is kept of a successful step: the connection, or nothing of a positive reply.
trait Settled {
    type Kept;
    fn keep(self) -> Self::Kept;
}

impl Settled for AsyncSmtpConnection {
    type Kept = Self;
    fn keep(self) -> Self {
        self
    }
}

impl Settled for lettre::transport::smtp::response::Response {
    type Kept = ();
    fn keep(self) {}
}

impl Settled for () {
    type Kept = ();
    fn keep(self) {}
}

async fn leave(mut connection: AsyncSmtpConnection) {
    // A relay that does not say goodbye is not waited for.
    let _ = timeout(LONGEST_FAREWELL, connection.abort()).await;
}

fn failure(step: Step, error: &SmtpError) -> Failure {
    if let Some(code) = error.status() {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        return Failure { step, cause: Cause::Reply(code.into(), enhanced(&text)) };
    }
    let cause = if error.is_timeout() {
        Cause::Timeout
    } else if error.is_tls() {
        return Failure { step: Step::Tls, cause: Cause::Tls };
    } else if error.is_response() {
        Cause::Answer
    } else {
        Cause::Network
    };
    Failure { step, cause }
}

fn login(settings: &MailSettings) -> Result<Option<Credentials>, MailSetupError> {
    let Some(username) = settings.username.clone() else { return Ok(None) };
    let path = settings.password_file.as_deref().ok_or(MailSetupError::PasswordMissing)?;
    let password = password(path)?;
    Ok(Some(Credentials::new(username, password.to_string())))
}

/// The password: the file's content without the line break that editors add.
fn password(path: &Path) -> Result<Zeroizing<String>, MailSetupError> {
    let shown = path.display().to_string();
    let failed = |error: std::io::Error| MailSetupError::PasswordFile { path: shown.clone(), why: error.to_string() };
    let mode = std::fs::metadata(path).map_err(failed)?.mode();
    if mode & 0o077 != 0 {
        return Err(MailSetupError::PasswordPermissions(shown));
    }
    let content = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let password = content.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(MailSetupError::PasswordEmpty(shown));
    }
    Ok(Zeroizing::new(password.to_owned()))
}

/// Connects to the relay and logs in as configured, without sending anything.
///
/// # Errors
/// One line that names what failed, the setting and the fix.
pub async fn test_relay(settings: &MailSettings) -> Result<(), String> {
    let relay = Relay::new(settings).map_err(|error| error.to_string())?;
    let Some(relay) = relay else { return Err("no relay is configured; set [mail] host".to_owned()) };
    match timeout(LONGEST_CONVERSATION, relay.connect()).await {
        Ok(Ok(connection)) => {
            leave(connection).await;
            Ok(())
        }
        Ok(Err(failure)) => Err(format!("{failure}: {}", failure.advice())),
        Err(_) => Err("timeout: the relay does not answer; check [mail] host and port".to_owned()),
    }
}
