//! Determines the client address and the requested host of a request that may come through proxies.
//!
//! Owns the parsing of `X-Forwarded-For` and `X-Forwarded-Host`. Does not know which proxies are trusted: the
//! caller passes them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

/// Address of the client of an HTTP request with these `X-Forwarded-For` lines. Lines that are not UTF-8 are
/// skipped. A peer without an address (a Unix socket) counts as this machine.
pub fn of_request<'a, V: AsRef<[u8]> + 'a>(
    peer: Option<SocketAddr>,
    forwarded_for: impl Iterator<Item = &'a V>,
    trusted: &[IpNet],
) -> IpAddr {
    let lines: Vec<&str> = forwarded_for.filter_map(|line| std::str::from_utf8(line.as_ref()).ok()).collect();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip());
    client_address(peer, lines.into_iter(), trusted)
}

/// Address of the client that connected to `peer` or to the proxies before it.
///
/// Each proxy appends the address of its own peer, so the list is read from its end. The last address that is
/// not a trusted proxy is the client. Earlier entries may be forged and are ignored. An unreadable entry ends
/// the reading.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut client = peer.to_canonical();
    for entry in forwarded_for.rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        let Ok(address) = entry.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

/// Requested host (`name:port`): the `Host` of the request, or the last `X-Forwarded-Host` from a trusted
/// proxy.
pub fn host_of_request<'a, V: AsRef<[u8]> + 'a>(
    peer: Option<SocketAddr>,
    host: Option<&'a V>,
    forwarded_host: impl Iterator<Item = &'a V>,
    trusted: &[IpNet],
) -> &'a str {
    let text = |value: &'a V| std::str::from_utf8(value.as_ref()).ok();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip().to_canonical());
    let is_trusted = trusted.iter().any(|net| net.contains(&peer));
    let forwarded = forwarded_host.last().filter(|_| is_trusted).and_then(text);
    match forwarded.and_then(|forwarded| forwarded.rsplit(',').next()) {
        Some(forwarded) => forwarded.trim(),
        None => host.and_then(text).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_which_host_was_meant() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let host = |peer: &str, forwarded: &[&'static str]| {
            let peer = SocketAddr::new(peer.parse().unwrap(), 1);
            host_of_request(Some(peer), Some(&"inner:8080"), forwarded.iter(), &trusted).to_owned()
        };
        assert_eq!(host("10.0.0.1", &["desk.example.com"]), "desk.example.com");
        assert_eq!(host("10.0.0.1", &["invented", "a, desk.example.com"]), "desk.example.com");
        assert_eq!(host("10.0.0.1", &[]), "inner:8080");
        assert_eq!(host("203.0.113.9", &["desk.example.com"]), "inner:8080");
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        client_address(peer.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_forge_an_address() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_address_counts() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(client("::1", &["1.2.3.4", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1", "as mapped IPv4");
    }

    #[test]
    fn garbage_in_the_header_leaves_the_proxy_as_the_client() {
        assert_eq!(client("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
