//! Which network a request comes from.
//!
//! A forwarded address is believed only when a trusted proxy says so. Addresses are used to count
//! requests and then forgotten; nothing here writes them down.

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, SocketAddr};

/// Where proxies name the client and themselves.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// IPv6 subscribers get whole networks, and any of their addresses is theirs to change: providers
/// hand out between /48 and /64, most of them /56.
const IPV6_SUBSCRIBER: u8 = 56;

/// The client's address: the peer's own, or, when the peer is a trusted proxy, the rightmost
/// address in `X-Forwarded-For` that is no trusted proxy. Anything left of that hop was written by
/// the client and means nothing. An entry that is no address ends the search at the peer.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut nearest_proxy = peer;
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return peer };
        for entry in line.rsplit(',') {
            let Some(address) = forwarded_address(entry.trim()) else { return peer };
            if !is_trusted(&address) {
                return address;
            }
            nearest_proxy = address;
        }
    }
    nearest_proxy
}

/// An entry of `X-Forwarded-For`: an address, with a port where a proxy adds one.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse::<IpAddr>().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// The network whose requests are counted together: a single IPv4 address, since carriers put
/// many unrelated people behind neighbouring ones, and an IPv6 /56.
pub fn network_of(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpNet::V4(Ipv4Net::from(v4)),
        IpAddr::V6(v6) => {
            Ipv6Net::new(v6, IPV6_SUBSCRIBER).map_or(IpNet::V6(Ipv6Net::from(v6)), |net| net.trunc().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers(lines), &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_name_another_client() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["10.0.0.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_a_proxy_the_rightmost_untrusted_hop_counts() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(client("fd00::1", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn ports_and_mapped_addresses_are_understood() {
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_is_no_address_leaves_the_peer() {
        for line in ["unknown", "", "198.51.100.1, ", "198.51.100.1, _hidden", "1.2.3.4.5", "198.51.100.1;"] {
            assert_eq!(client("10.0.0.1", &[line]), "10.0.0.1", "{line}");
        }
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.2, 10.0.0.3"]), "10.0.0.2");
    }

    #[test]
    fn an_ipv6_subscriber_is_one_network() {
        let one = network_of("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(one, network_of("2001:db8:1:ff::1".parse().unwrap()));
        assert_ne!(one, network_of("2001:db8:1:100::1".parse().unwrap()));
        assert_ne!(network_of("192.0.2.1".parse().unwrap()), network_of("192.0.2.2".parse().unwrap()));
        assert_eq!(network_of("::ffff:192.0.2.1".parse().unwrap()), network_of("192.0.2.1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn no_header_moves_an_untrusted_peer(line in "[ -~]{0,80}") {
            prop_assert_eq!(client("203.0.113.9", &[line.as_str()]), "203.0.113.9");
        }
    }
}
