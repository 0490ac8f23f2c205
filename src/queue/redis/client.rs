//! Connections to Redis: one server, the master that sentinels name, or a cluster; plain or TLS.
//!
//! Owns when a connection is made and when it is given up. Short commands share a few connections
//! in turn, since one alone caps how many commands Redis gathers into one write to its disk;
//! reads that wait have one of their own. Refuses a Redis older than version 7.

use super::trouble::RedisTrouble;
use crate::domain::settings::{HostPort, RedisPlace, RedisSettings};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo, Pipeline,
    RedisConnectionInfo, RedisError, RedisFuture, TlsCertificates, TlsMode, Value,
};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// How much longer than it asks to wait a waiting read gets before its connection counts as dead.
const GRACE: Duration = Duration::from_secs(3);

/// A way to Redis. Connects when it is first used, and again when a connection broke.
pub struct RedisClient {
    way: Way,
    timeout: Duration,
    slots: Vec<Mutex<Option<Connection>>>,
    turn: AtomicUsize,
}

enum Way {
    Single(Client),
    Sentinel(Box<Mutex<SentinelClient>>),
    Cluster(Vec<ConnectionInfo>, Login),
}

struct Login {
    username: Option<String>,
    password: Option<Zeroizing<String>>,
    certificates: Option<TlsCertificates>,
    tls: bool,
}

/// A connection of either kind.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl RedisClient {
    /// A way to the Redis of these settings. Reads password and certificate; connects to nothing.
    ///
    /// # Errors
    /// When the settings or their files can't be used.
    pub fn new(settings: &RedisSettings) -> Result<Arc<Self>, RedisTrouble> {
        if settings.tls {
            // An error means that the process has one already.
            let _there = rustls::crypto::ring::default_provider().install_default();
        }
        let login = Login::read(settings)?;
        let way = match &settings.place {
            RedisPlace::Single { host, database } => {
                let info = login.info(host, i64::from(*database))?;
                Way::Single(match &login.certificates {
                    Some(certificates) => Client::build_with_tls(info, certificates.clone())?,
                    None => Client::open(info)?,
                })
            }
            RedisPlace::Sentinel { sentinels, master } => {
                Way::Sentinel(Box::new(Mutex::new(login.sentinel(sentinels, master)?)))
            }
            RedisPlace::Cluster { nodes } => {
                let nodes = nodes.iter().map(|node| login.info(node, 0)).collect::<Result<_, _>>()?;
                Way::Cluster(nodes, login)
            }
        };
        let slots = (0..settings.connections.max(1)).map(|_| Mutex::new(None)).collect();
        Ok(Arc::new(Self { way, timeout: settings.timeout, slots, turn: AtomicUsize::new(0) }))
    }

    /// Runs a command.
    ///
    /// # Errors
    /// When Redis refuses it, or is in trouble; after a timeout it may have been carried out.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        self.with_connection(async |mut connection| command.query_async(&mut connection).await).await
    }

    /// Runs several commands at once.
    ///
    /// # Errors
    /// When Redis refuses one of them, or is in trouble; the others may have been carried out.
    pub(super) async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, RedisError> {
        self.with_connection(async |mut connection| pipeline.query_async(&mut connection).await).await
    }

    /// Runs a script, which Redis may have to be told first.
    ///
    /// # Errors
    /// As [`Self::query`].
    #[cfg(feature = "desk")]
    pub(super) async fn script<T: FromRedisValue>(&self, call: &redis::ScriptInvocation<'_>) -> Result<T, RedisError> {
        self.with_connection(async |mut connection| call.invoke_async(&mut connection).await).await
    }

    async fn with_connection<T>(
        &self,
        run: impl AsyncFnOnce(Connection) -> Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let Some(slot) = self.slots.get(turn) else { return Err(closed()) };
        let connection = {
            let mut held = slot.lock().await;
            match &*held {
                Some(connection) => connection.clone(),
                None => held.insert(self.connect(self.timeout).await?).clone(),
            }
        };
        let done = run(connection).await;
        if done.as_ref().is_err_and(is_connection_spent) {
            *slot.lock().await = None;
        }
        done
    }

    /// A connection of its own for reads that wait up to `wait`.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) async fn waiting_connection(&self, wait: Duration) -> Result<Connection, RedisError> {
        self.connect(wait + GRACE).await
    }

    async fn connect(&self, response_timeout: Duration) -> Result<Connection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(response_timeout));
        // Name look-ups and sentinels have no limit of their own.
        let connecting = tokio::time::timeout(self.timeout * 2, async {
            match &self.way {
                Way::Single(client) => {
                    Ok(Connection::One(client.get_multiplexed_async_connection_with_config(&config).await?))
                }
                Way::Sentinel(client) => {
                    Ok(Connection::One(client.lock().await.get_async_connection_with_config(&config).await?))
                }
                Way::Cluster(nodes, login) => {
                    let client = login.cluster(nodes, self.timeout, response_timeout)?;
                    Ok(Connection::Cluster(client.get_async_connection().await?))
                }
            }
        });
        connecting.await.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }
}

impl std::fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisClient(redacted)")
    }
}

/// After these errors the next command gets a new connection: the old one is broken, its answers
/// may be late, or it leads to a server that is no longer the master.
fn is_connection_spent(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_unrecoverable_error()
        || RedisTrouble::from(error.clone()) == RedisTrouble::Replica
}

fn closed() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::NotConnected).into()
}

impl Login {
    fn read(settings: &RedisSettings) -> Result<Self, RedisTrouble> {
        let password = settings.password_file.as_deref().map(read_password).transpose()?;
        let root_cert = settings.ca_file.as_deref().map(read_certificate).transpose()?;
        let certificates = root_cert.map(|cert| TlsCertificates { client_tls: None, root_cert: Some(cert) });
        Ok(Self { username: settings.username.clone(), password, certificates, tls: settings.tls })
    }

    fn info(&self, host: &HostPort, database: i64) -> Result<ConnectionInfo, RedisError> {
        // Older servers, and users with few permissions, refuse to be told the name of the library.
        let mut redis = RedisConnectionInfo::default().set_db(database).set_skip_set_lib_name();
        if let Some(username) = &self.username {
            redis = redis.set_username(username);
        }
        if let Some(password) = &self.password {
            redis = redis.set_password(password.as_str());
        }
        Ok(self.address(host).into_connection_info()?.set_redis_settings(redis))
    }

    fn address(&self, HostPort { host, port }: &HostPort) -> ConnectionAddr {
        let (host, port) = (host.clone(), *port);
        if self.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        }
    }

    fn sentinel(&self, sentinels: &[HostPort], master: &str) -> Result<SentinelClient, RedisError> {
        let addresses = sentinels.iter().map(|host| self.address(host));
        let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
        if let Some(username) = &self.username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_redis_password(password.as_str());
        }
        if self.tls {
            builder =
                builder.set_client_to_redis_tls_mode(TlsMode::Secure).set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if let Some(certificates) = &self.certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates.clone());
        }
        builder.build()
    }

    fn cluster(
        &self,
        nodes: &[ConnectionInfo],
        connect: Duration,
        response: Duration,
    ) -> Result<ClusterClient, RedisError> {
        let mut builder = ClusterClientBuilder::new(nodes.iter().cloned())
            .connection_timeout(connect)
            .response_timeout(response)
            .retries(3);
        if self.tls {
            builder = builder.tls(TlsMode::Secure);
        }
        if let Some(certificates) = &self.certificates {
            builder = builder.certs(certificates.clone());
        }
        builder.build()
    }
}

fn read_password(path: &Path) -> Result<Zeroizing<String>, RedisTrouble> {
    let shown = path.display();
    let mode = std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    match mode {
        Ok(mode) if mode & 0o077 != 0 => {
            let words = format!("[redis] password_file {shown} may be read by others; run: chmod 600 {shown}");
            return Err(RedisTrouble::Settings(words));
        }
        Ok(_) => {}
        Err(error) => return Err(unreadable("password_file", path, &error)),
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable("password_file", path, &error))?;
    let text = Zeroizing::new(text);
    let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if password.is_empty() {
        return Err(RedisTrouble::Settings(format!(
            "[redis] password_file {shown} is empty; write the password into it"
        )));
    }
    Ok(password)
}

fn read_certificate(path: &Path) -> Result<Vec<u8>, RedisTrouble> {
    std::fs::read(path).map_err(|error| unreadable("ca_file", path, &error))
}

fn unreadable(key: &str, path: &Path, error: &std::io::Error) -> RedisTrouble {
    RedisTrouble::Settings(format!("[redis] {key} {} can't be read: {error}", path.display()))
}
