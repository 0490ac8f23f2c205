//! `[public]` and `[private]`: where Leadseal listens, and how people reach it.

use crate::config::address::base_url;
use crate::config::report::Report;
use crate::domain::settings::{PrivateSettings, PublicSettings};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The listener that visitors reach.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Public {
    /// Where it listens: address and port.
    listen: String,
    /// The address visitors use.
    url: String,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks.
    trusted_proxies: Vec<String>,
    /// Most connections at a time.
    #[schemars(range(min = 1, max = 100_000))]
    max_connections: u32,
    /// Longest wait for a request's headers, in seconds.
    #[schemars(range(min = 1, max = 300))]
    header_timeout_seconds: u32,
    /// Longest wait for a request's body, in seconds.
    #[schemars(range(min = 1, max = 3600))]
    body_timeout_seconds: u32,
    /// Longest wait for running requests when the server stops, in seconds.
    #[schemars(range(min = 1, max = 600))]
    drain_timeout_seconds: u32,
}

/// The listener that staff and monitoring reach.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Private {
    /// Where it listens: address and port.
    listen: String,
    /// The address staff use; links in mail start with it.
    url: String,
}

/// Lowers `[public]`.
pub(super) fn public(report: &mut Report<'_>, raw: &Public) -> Option<PublicSettings> {
    let listen = listen(report, "/public/listen", &raw.listen);
    let url = url(report, "/public/url", &raw.url);
    let trusted_proxies = proxies(report, &raw.trusted_proxies);
    if url.as_ref().is_some_and(travels_in_clear) {
        report.warning(
            "/public/url",
            "visitors' answers would travel unencrypted",
            "put a TLS proxy in front and write its https:// address here",
        );
    }
    Some(PublicSettings {
        listen: listen?,
        url: url?,
        trusted_proxies,
        max_connections: raw.max_connections as usize,
        header_timeout: seconds(raw.header_timeout_seconds),
        body_timeout: seconds(raw.body_timeout_seconds),
        drain_timeout: seconds(raw.drain_timeout_seconds),
    })
}

/// Lowers `[private]`.
pub(super) fn private(report: &mut Report<'_>, raw: &Private, public: &Public) -> Option<PrivateSettings> {
    let at = "/private/listen";
    let listen = listen(report, at, &raw.listen);
    let url = url(report, "/private/url", &raw.url);
    if let Some(listen) = listen {
        if !is_inside(listen.ip()) {
            report.warning(
                at,
                format!("the private listener would answer on {}, which strangers may reach", listen.ip()),
                "listen on 127.0.0.1 or a private address, behind a VPN or a proxy with a login",
            );
        }
        if listen.port() != 0 && public.listen.parse() == Ok(listen) {
            report.error(
                at,
                "the public and the private listener have the same address",
                "give the private one another port",
            );
        }
    }
    Some(PrivateSettings { listen: listen?, url: url? })
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn listen(report: &mut Report<'_>, at: &str, text: &str) -> Option<SocketAddr> {
    text.parse()
        .map_err(|_| {
            let what = format!("`{}` is no IP address with a port", text.escape_debug());
            report.error(at, what, "write e.g. \"127.0.0.1:8787\", or \"[::1]:8787\" for IPv6");
        })
        .ok()
}

fn url(report: &mut Report<'_>, at: &str, text: &str) -> Option<url::Url> {
    base_url(text).map_err(|(what, fix)| report.error(at, what, fix)).ok()
}

fn proxies(report: &mut Report<'_>, texts: &[String]) -> Vec<IpNet> {
    let mut networks = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        let at = format!("/public/trusted_proxies/{n}");
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        match network {
            Some(network) if network.prefix_len() == 0 => report.error(
                &at,
                format!("`{text}` believes everybody, so anybody can pretend to be any visitor"),
                "name only the proxies in front of Leadseal",
            ),
            Some(network) => networks.push(network),
            None => report.error(
                &at,
                format!("`{}` is neither an IP address nor a network", text.escape_debug()),
                "write e.g. \"127.0.0.1\" or \"10.0.0.0/8\"",
            ),
        }
    }
    networks
}

/// True for addresses that strangers on the internet can't reach.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn travels_in_clear(url: &url::Url) -> bool {
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(v4)) => v4.is_loopback(),
        Some(url::Host::Ipv6(v6)) => v6.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !local
}
