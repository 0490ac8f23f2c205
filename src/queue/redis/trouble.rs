//! What can be wrong with a Redis, in words for the operator: what it is and what to do.
//!
//! Refuses to pass on the server's own words, which may quote what was sent.

use crate::queue::spool::AcceptError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why Redis could not be used. Everything can be tried again; nothing is lost meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedisTrouble {
    /// No connection.
    #[error("Redis can't be reached; is it running at [redis] url, and may this machine connect to it?")]
    Unreachable,
    /// No answer in time. What was asked may have been done.
    #[error("Redis did not answer in time; is it overloaded, or [redis] timeout_seconds too short?")]
    Timeout,
    /// TLS could not be set up.
    #[error("Redis' certificate is not accepted; set [redis] ca_file to your authority's certificate")]
    Tls,
    /// The login was refused.
    #[error("Redis refuses the login; compare [redis] username and password_file with its ACL file")]
    Login,
    /// The user may not do what its role needs.
    #[error("the Redis user may not do what this role needs; compare its rules with deploy/redis-users.acl")]
    Forbidden,
    /// Its memory is used up.
    #[error("Redis is full; raise its maxmemory (and keep maxmemory-policy noeviction)")]
    Full,
    /// It can't write its own files.
    #[error("Redis can't write to its disk; make room there")]
    DiskFull,
    /// A replica, or a master that is one no longer.
    #[error("this Redis is a replica and takes no writes; point [redis] url at the master, or use redis+sentinel://")]
    Replica,
    /// It reads its files at start, or is in the middle of a failover.
    #[error("Redis is starting or failing over; it will be tried again")]
    Busy,
    /// It is too old.
    #[error("this Redis has version {0}; version 7 or newer is needed, or Valkey")]
    TooOld(String),
    /// It belongs to another store.
    #[error(
        "this Redis serves another store ({0}); give each desk a Redis or a database of its own, \
         or, if that store is gone for good, delete the key ls:store"
    )]
    OtherStore(String),
    /// Another desk holds the lease on a node's stream.
    #[error(
        "another desk reads this node's stream; one of the two is a mistake. Stop it, or start it with a Redis of \
         its own. This desk waits and takes nothing"
    )]
    OtherDesk,
    /// What answers is no Redis.
    #[error("what answers at [redis] url does not speak the Redis protocol")]
    NotRedis,
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// Anything else, by the server's error code.
    #[error("Redis refuses a command ({0})")]
    Refused(String),
}

/// Why a node's work between its spool and Redis stopped.
pub(super) enum Failed {
    /// Redis.
    Redis(RedisError),
    /// The spool, which tells of it itself.
    Spool(AcceptError),
}

impl From<RedisError> for Failed {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl From<AcceptError> for Failed {
    fn from(error: AcceptError) -> Self {
        Self::Spool(error)
    }
}

impl RedisTrouble {
    /// A word for metrics and logs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::Full => "full",
            Self::DiskFull => "disk-full",
            Self::Replica => "replica",
            Self::Busy => "busy",
            Self::TooOld(_) => "too-old",
            Self::OtherStore(_) => "other-store",
            Self::OtherDesk => "other-desk",
            Self::NotRedis => "not-redis",
            Self::Settings(_) => "settings",
            Self::Refused(_) => "refused",
        }
    }
}

impl From<RedisError> for RedisTrouble {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        match error.code() {
            Some("OOM") => return Self::Full,
            Some("MISCONF") => return Self::DiskFull,
            Some("NOAUTH" | "WRONGPASS") => return Self::Login,
            Some("NOPERM") => return Self::Forbidden,
            _ => {}
        }
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Login,
            ErrorKind::Server(ServerErrorKind::NoPerm) => Self::Forbidden,
            ErrorKind::Server(ServerErrorKind::ReadOnly) => Self::Replica,
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::TryAgain
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask,
            )
            | ErrorKind::MasterNameNotFoundBySentinel => Self::Busy,
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType | ErrorKind::RESP3NotSupported => Self::NotRedis,
            ErrorKind::Io if is_tls(&error) => Self::Tls,
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => Self::Unreachable,
            ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList => {
                Self::Settings("[redis] settings can't be used; see: leadseal check".to_owned())
            }
            _ => Self::Refused(safe_code(error.code())),
        }
    }
}

/// The cause itself is hidden behind a shared pointer; its words are looked at and not passed on.
fn is_tls(error: &RedisError) -> bool {
    error.to_string().contains("invalid peer certificate")
}

/// Codes are words in capitals; anything else is not repeated.
fn safe_code(code: Option<&str>) -> String {
    let plain = |code: &&str| code.len() <= 20 && code.bytes().all(|b| b.is_ascii_uppercase());
    code.filter(plain).unwrap_or("no code").to_owned()
}
