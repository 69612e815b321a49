//! Checks URLs and addresses to which callers make the server send requests.
//!
//! Owns the list of public addresses and the rules for URLs. Does not resolve names: the sender checks each
//! resolved address here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// IPv4 networks that are not public: IANA special-purpose registries, multicast and reserved addresses.
const NOT_PUBLIC_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved and broadcast.
    ([224, 0, 0, 0], 3),
];

/// IPv6 networks within [`GLOBAL_V6`] that are not public, including those that embed IPv4 addresses.
const NOT_PUBLIC_V6: [([u16; 8], u8); 5] = [
    // Teredo, ORCHID, benchmarking and other protocol assignments.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    // 6to4.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// IPv6 addresses for the global internet. All others are private, local, mapped, translated or unused.
const GLOBAL_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Returns `true` for an address on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|(net, bits)| {
            Ipv4Net::new(Ipv4Addr::from(*net), *bits).is_ok_and(|net| net.contains(&address))
        }),
        IpAddr::V6(address) => {
            let within = |(net, bits): &([u16; 8], u8)| {
                Ipv6Net::new(Ipv6Addr::from(*net), *bits).is_ok_and(|net| net.contains(&address))
            };
            within(&GLOBAL_V6) && !NOT_PUBLIC_V6.iter().any(within)
        }
    }
}

/// Reason why a URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Text that is not an absolute URL with a host.
    #[error("Expected an absolute URL.")]
    Malformed,
    /// URL with more bytes than this bound.
    #[error("A URL has at most {0} bytes.")]
    TooLong(usize),
    /// URL with a scheme that is not allowed.
    #[error("Expected a URL that begins with https://.")]
    Scheme,
    /// URL with a user name or a password.
    #[error("A URL must not contain a user name or a password.")]
    UserInfo,
    /// URL with a private address or a local name.
    #[error("This address is not public.")]
    Private,
}

/// URL that requests may be sent to. A name in it must still be resolved and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundUrl(Url);

impl OutboundUrl {
    /// Parses a URL of at most `max_bytes`. `allow_private` permits plain HTTP and private addresses.
    ///
    /// # Errors
    /// Names the first rule that the URL breaks.
    pub fn parse(text: &str, max_bytes: usize, allow_private: bool) -> Result<Self, UrlError> {
        if text.len() > max_bytes {
            return Err(UrlError::TooLong(max_bytes));
        }
        let mut url = Url::parse(text.trim()).map_err(|_| UrlError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if allow_private => {}
            _ => return Err(UrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInfo);
        }
        let is_private = match url.host() {
            Some(Host::Ipv4(address)) => !is_public(address.into()),
            Some(Host::Ipv6(address)) => !is_public(address.into()),
            Some(Host::Domain(name)) => is_local_name(name),
            None => return Err(UrlError::Malformed),
        };
        if is_private && !allow_private {
            return Err(UrlError::Private);
        }
        url.set_fragment(None);
        // Escaping can lengthen a URL.
        if url.as_str().len() > max_bytes {
            return Err(UrlError::TooLong(max_bytes));
        }
        Ok(Self(url))
    }

    /// URL in its normal form, without fragment.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Name to be resolved; `None` if the host is an address.
    pub fn name(&self) -> Option<&str> {
        match self.0.host() {
            Some(Host::Domain(name)) => Some(name),
            _ => None,
        }
    }
}

/// Returns `true` for names of local networks (RFC 6761, RFC 6762).
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    ["localhost", "local", "internal"].iter().any(|local| last.eq_ignore_ascii_case(local))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:800::200e",
            "2001:4860:4860::8888",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn addresses_of_networks_machines_and_protocols_are_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_private_address_comes_through_in_any_clothes(address: u32) {
            let inner = Ipv4Addr::from(address);
            let [a, b, c, d] = inner.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let wrapped = [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ];
            for address in wrapped {
                prop_assert!(!is_public(address.into()), "{address}");
            }
            let std_says_private = inner.is_private()
                || inner.is_loopback()
                || inner.is_link_local()
                || inner.is_multicast()
                || inner.is_broadcast()
                || inner.is_documentation()
                || inner.is_unspecified();
            prop_assert!(!(std_says_private && is_public(inner.into())), "{inner}");
        }
    }

    fn parse(text: &str) -> Result<OutboundUrl, UrlError> {
        OutboundUrl::parse(text, 2_048, false)
    }

    #[test]
    fn a_url_is_taken_without_its_fragment() {
        let target = parse("https://Example.com:8443/a?b=c#d").unwrap();
        assert_eq!(target.url().as_str(), "https://example.com:8443/a?b=c");
        assert_eq!(target.name(), Some("example.com"));
        assert_eq!(parse("https://8.8.8.8/").unwrap().name(), None);
    }

    #[test]
    fn a_url_that_leads_inwards_is_refused_however_it_is_written() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://%31%32%37.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::a00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://0/",
        ] {
            assert_eq!(parse(url), Err(UrlError::Private), "{url}");
            assert!(OutboundUrl::parse(url, 2_048, true).is_ok(), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused() {
        assert_eq!(parse("http://example.com/"), Err(UrlError::Scheme));
        assert_eq!(parse("ftp://example.com/"), Err(UrlError::Scheme));
        assert_eq!(parse("file:///etc/passwd"), Err(UrlError::Scheme));
        assert_eq!(parse("https://me@example.com/"), Err(UrlError::UserInfo));
        assert_eq!(parse("https://:pw@example.com/"), Err(UrlError::UserInfo));
        assert_eq!(parse("example.com"), Err(UrlError::Malformed));
        assert_eq!(parse("https://"), Err(UrlError::Malformed));
        let long = format!("https://example.com/{}", "a".repeat(2_048));
        assert_eq!(parse(&long), Err(UrlError::TooLong(2_048)));
        let grows = format!("https://example.com/{}", "ä".repeat(900));
        assert_eq!(parse(&grows), Err(UrlError::TooLong(2_048)));
    }
}
