//! Settings of the network: address, origins and proxies.
//!
//! Owns the comparison of origins with the allowed ones. Does not know HTTP headers.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    thread,
};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Settings of the network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Network {
    /// Address to bind. Port 0 chooses a free one. Default: `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Public origin of this server, for printed links.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Origins of pages that may connect from a browser, besides the server's own; `*` allows any.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Reverse proxies whose `X-Forwarded-For` is trusted.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// Number of worker threads; 0 starts one a core.
    pub workers: usize,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            workers: 0,
        }
    }
}

impl Network {
    /// Returns `true` if only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// Returns `true` if the value of an `Origin` header is on the list.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
    }

    /// Returns `true` if a page of `origin` may use this server under `host` (`name:port`). Allowed are the
    /// server's own origin and those on the list. A server on a loopback address also allows pages of this
    /// machine, and files (origin `null`).
    pub fn admits_page(&self, origin: &str, host: &str) -> bool {
        if self.allows_origin(origin) {
            return true;
        }
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let is_own = authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host));
        is_own || (self.is_loopback() && (origin == "null" || authority.is_some_and(is_loopback)))
    }

    /// Number of worker threads to start.
    pub fn worker_threads(&self) -> usize {
        match self.workers {
            0 => thread::available_parallelism().map_or(1, NonZeroUsize::get),
            some => some,
        }
    }
}

fn is_loopback(authority: &str) -> bool {
    let (bracketed, end) = authority.strip_prefix('[').map_or((authority, ':'), |rest| (rest, ']'));
    let host = bracketed.split(end).next().unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_allowed_exactly_or_by_the_star() {
        let listed =
            Network { allowed_origins: vec!["https://help.example.com".to_owned()], ..Network::default() };
        assert!(listed.allows_origin("https://help.example.com"));
        assert!(!listed.allows_origin("https://help.example.com.evil.example"));
        assert!(!listed.allows_origin("http://help.example.com"));
        assert!(!Network::default().allows_origin("https://help.example.com"));
        let any = Network { allowed_origins: vec!["*".to_owned()], ..Network::default() };
        assert!(any.allows_origin("null"));
    }

    #[test]
    fn a_mapped_loopback_address_is_loopback() {
        let at = |listen: &str| Network { listen: listen.parse().unwrap(), ..Network::default() };
        assert!(at("[::ffff:127.0.0.1]:80").is_loopback());
        assert!(at("127.0.0.2:80").is_loopback());
        assert!(!at("0.0.0.0:80").is_loopback());
        assert!(!at("[::]:80").is_loopback());
    }

    #[test]
    fn loopback_is_recognised_with_and_without_a_port() {
        for authority in ["localhost", "LOCALHOST:3000", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080"] {
            assert!(is_loopback(authority), "{authority}");
        }
        for authority in
            ["", "[", "example.com", "localhost.example.com", "127.0.0.1.example.com", "[::2]:80", "::1:80"]
        {
            assert!(!is_loopback(authority), "{authority}");
        }
    }
}
