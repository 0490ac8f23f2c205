//! `[redis]`: where the queue between capture nodes and the desk is. Never its password, which
//! stands in a file of its own.

use super::path;
use crate::config::report::Report;
use crate::domain::settings::{HostPort, RedisPlace, RedisSettings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

const AT: &str = "/redis/url";
const EXAMPLES: &str = "write e.g. \"redis://10.0.0.5:6379\", \"rediss://redis.example.jp\", \
                        \"redis+sentinel://10.0.0.5,10.0.0.6,10.0.0.7/mymaster\" or \
                        \"redis+cluster://10.0.0.5:7000,10.0.0.6:7000\"";

/// The queue between machines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Redis {
    /// Its address. Left out: none is used.
    url: Option<String>,
    /// The name of the Redis user.
    username: Option<String>,
    /// The file that holds the password.
    password_file: Option<String>,
    /// The file with the certificate of one's own authority, for rediss.
    ca_file: Option<String>,
    /// Connections kept open.
    #[schemars(range(min = 1, max = 64))]
    connections: u32,
    /// Longest wait for an answer, in seconds.
    #[schemars(range(min = 1, max = 300))]
    timeout_seconds: u32,
}

/// Lowers `[redis]`; nothing when there is no address.
pub(super) fn lower(report: &mut Report<'_>, raw: &Redis, base: &Path) -> Option<RedisSettings> {
    let Some(url) = &raw.url else {
        for key in ["username", "password_file", "ca_file"] {
            let at = format!("/redis/{key}");
            if report.document().has(&at) {
                report.warning(&at, format!("`redis.{key}` is not used without an address"), "add url = \"redis://…\"");
            }
        }
        return None;
    };
    let address = Address::parse(url).map_err(|what| report.error(AT, what, EXAMPLES)).ok()?;
    check_encryption(report, raw, &address);
    if raw.username.is_some() && raw.password_file.is_none() {
        report.error(
            "/redis/username",
            "there is no `password_file`",
            "add the file that holds its password, mode 0600",
        );
    }
    let mut file = |key: &str, name: &Option<String>| {
        name.as_deref().map(|name| path(report, &format!("/redis/{key}"), name, base))
    };
    let (password_file, ca_file) = (file("password_file", &raw.password_file), file("ca_file", &raw.ca_file));
    Some(RedisSettings {
        place: address.place,
        tls: address.tls,
        username: raw.username.clone(),
        password_file,
        ca_file,
        connections: raw.connections as usize,
        timeout: Duration::from_secs(u64::from(raw.timeout_seconds)),
    })
}

fn check_encryption(report: &mut Report<'_>, raw: &Redis, address: &Address) {
    if raw.ca_file.is_some() && !address.tls {
        report.warning("/redis/ca_file", "`redis.ca_file` is not used without TLS", "write the address with rediss");
    }
    let hosts = match &address.place {
        RedisPlace::Single { host, .. } => std::slice::from_ref(host),
        RedisPlace::Sentinel { sentinels, .. } => sentinels,
        RedisPlace::Cluster { nodes } => nodes,
    };
    if !address.tls && hosts.iter().any(|host| !is_near(&host.host)) {
        report.warning(
            AT,
            "the password of Redis, and who posts when, would travel unencrypted",
            "use rediss://, or an address in a private network",
        );
    }
}

/// Loopback and private addresses; of a name nobody knows where it leads, but one without a dot
/// is of one's own network.
fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private(),
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local(),
        Err(_) => !host.contains('.'),
    }
}

struct Address {
    place: RedisPlace,
    tls: bool,
}

impl Address {
    /// Reads `scheme://host:port,…/database-or-master`. The error says what is wrong without
    /// repeating the address, which may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("the address has no scheme")?;
        if rest.contains('@') {
            return Err("the address holds a name or password; use `username` and `password_file`".to_owned());
        }
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (kind, tls) = match scheme.strip_prefix("rediss") {
            Some(kind) => (kind, true),
            None => (scheme.strip_prefix("redis").ok_or("the scheme is not redis or rediss")?, false),
        };
        let default_port = if kind == "+sentinel" { 26_379 } else { 6_379 };
        let mut hosts = hosts.split(',').map(|host| host_port(host, default_port)).collect::<Result<Vec<_>, _>>()?;
        let place = match kind {
            "" => {
                let database = if path.is_empty() { Some(0) } else { path.parse::<u16>().ok() };
                let database = database.ok_or("what stands behind the host is no number of a database")?;
                let (Some(host), true) = (hosts.pop(), hosts.is_empty()) else {
                    return Err("there are several hosts; of what kind?".to_owned());
                };
                RedisPlace::Single { host, database }
            }
            "+sentinel" if path.is_empty() => return Err("the name of the master is missing".to_owned()),
            "+sentinel" => RedisPlace::Sentinel { sentinels: hosts, master: path.to_owned() },
            "+cluster" if path.is_empty() => RedisPlace::Cluster { nodes: hosts },
            "+cluster" => return Err("a cluster has no databases to choose from".to_owned()),
            _ => return Err("the scheme is none that is known".to_owned()),
        };
        Ok(Self { place, tls })
    }
}

fn host_port(text: &str, default_port: u16) -> Result<HostPort, String> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, port)) => (v6, port.strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err("one of the hosts is no name or address".to_owned());
    }
    let port = match port {
        None => default_port,
        Some(port) => {
            port.parse().ok().filter(|port| *port > 0).ok_or("one of the ports is no number from 1 to 65535")?
        }
    };
    Ok(HostPort { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(host: &str, port: u16) -> HostPort {
        HostPort { host: host.to_owned(), port }
    }

    #[test]
    fn every_kind_of_address_is_read() {
        let read = |text| Address::parse(text).map(|address| (address.place, address.tls));
        let single = |name, port, database| RedisPlace::Single { host: host(name, port), database };
        assert_eq!(read("redis://127.0.0.1"), Ok((single("127.0.0.1", 6379, 0), false)));
        assert_eq!(read("rediss://redis.example.jp:6380/3"), Ok((single("redis.example.jp", 6380, 3), true)));
        assert_eq!(read("redis://[::1]:7000/"), Ok((single("::1", 7000, 0), false)));
        let sentinels = vec![host("a", 26379), host("b", 5000)];
        let place = RedisPlace::Sentinel { sentinels, master: "mymaster".into() };
        assert_eq!(read("redis+sentinel://a,b:5000/mymaster"), Ok((place, false)));
        let place = RedisPlace::Cluster { nodes: vec![host("a", 7000), host("b", 6379)] };
        assert_eq!(read("rediss+cluster://a:7000,b"), Ok((place, true)));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_address() {
        for (text, what) in [
            ("localhost:6379", "no scheme"),
            ("http://a", "not redis or rediss"),
            ("redis+x://a", "none that is known"),
            ("redis://u:secret@a", "password_file"),
            ("redis://a,b", "several hosts"),
            ("redis://a/x", "no number"),
            ("redis://", "no name or address"),
            ("redis://a:0", "ports"),
            ("redis+sentinel://a", "master is missing"),
            ("redis+cluster://a/1", "no databases"),
        ] {
            let said = Address::parse(text).err().unwrap();
            assert!(said.contains(what) && !said.contains("secret"), "{text}: {said}");
        }
    }
}
