//! Forms of texts in the settings: addresses, origins, secrets, log filters …
//!
//! Owns the check of one text and its normal form. A refusal describes the expected form. Never contains the
//! refused text, which may be a secret.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::Database;

/// Form of a text.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Name of the form, for the documentation.
    pub noun: &'static str,
    pub(super) check: fn(&str) -> Result<String, String>,
}

impl Form {
    /// Text in its normal form, or a description of the expected form.
    pub fn normalise(&self, text: &str) -> Result<String, String> {
        (self.check)(text)
    }
}

pub(super) const TEXT: Form = Form { noun: "text", check: text };
pub(super) const PATH: Form = Form { noun: "path", check: text };
pub(super) const ADDRESS: Form = Form { noun: "address:port", check: address };
pub(super) const DATABASE: Form = Form { noun: "URL", check: database };
pub(super) const JWT_SECRET: Form = Form { noun: "secret", check: jwt_secret };
pub(super) const BEARER: Form = Form { noun: "secret", check: bearer };
pub(super) const ORIGIN: Form = Form { noun: "origin", check: origin };
pub(super) const ORIGINS: Form = Form { noun: "origins", check: origin_or_star };
pub(super) const NETS: Form = Form { noun: "addresses or networks", check: net };
pub(super) const MEDIA_TYPES: Form = Form { noun: "media types", check: media_type };
pub(super) const LOG_FILTER: Form = Form { noun: "log filter", check: log_filter };

fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.contains('\0') {
        return Err("a non-empty text without NUL".to_owned());
    }
    Ok(text.to_owned())
}

fn address(text: &str) -> Result<String, String> {
    let resolved = match text.strip_prefix("localhost:") {
        Some(port) => port.parse().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).ok(),
        None => text.parse().ok(),
    };
    resolved
        .map(|address: SocketAddr| address.to_string())
        .ok_or_else(|| "an IP address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

fn database(text: &str) -> Result<String, String> {
    Database::parse(text).map(|_| text.to_owned()).map_err(|expected| expected.to_string())
}

/// Placeholders from examples and tutorials, compared without punctuation.
const PLACEHOLDERS: [&str; 18] = [
    "changeme",
    "changethis",
    "changeit",
    "changeinproduction",
    "replaceme",
    "replacethis",
    "yoursecret",
    "yoursupersecret",
    "yourjwtsecret",
    "your256bitsecret",
    "supersecret",
    "placeholder",
    "secrethere",
    "keyhere",
    "donotuse",
    "notsosecret",
    "0123456789abcdef",
    "1234567890123456",
];

fn jwt_secret(text: &str) -> Result<String, String> {
    if text.len() < 32 {
        return Err("a secret of at least 32 bytes (`openssl rand -base64 48` generates one)".to_owned());
    }
    let letters: String =
        text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let distinct: HashSet<u8> = text.bytes().collect();
    if distinct.len() < 8 || PLACEHOLDERS.iter().any(|known| letters.contains(known)) {
        return Err("a random secret, not a placeholder or a simple pattern \
        (`openssl rand -base64 48` generates one)"
            .to_owned());
    }
    Ok(text.to_owned())
}

fn bearer(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a token of visible ASCII characters without spaces".to_owned());
    }
    Ok(text.to_owned())
}

fn origin(text: &str) -> Result<String, String> {
    parse_origin(text).ok_or_else(|| {
        "an http or https origin without a path or a final slash, such as https://help.example.com".to_owned()
    })
}

fn origin_or_star(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    parse_origin(text).ok_or_else(|| {
        "exact origins without a path or a final slash, such as https://help.example.com, or * for any"
            .to_owned()
    })
}

/// Origin in the form of an `Origin` header: lower case, no default port.
fn parse_origin(text: &str) -> Option<String> {
    let (_, authority) = text.split_once("://")?;
    if authority.is_empty() || authority.contains(['/', '\\', '@', '?', '#', '*']) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.origin().ascii_serialization())
}

fn net(text: &str) -> Result<String, String> {
    let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    address
        .or_else(|_| text.parse::<IpNet>())
        .map(|net| net.trunc().to_string())
        .map_err(|_| "IP addresses or networks, such as 10.0.0.7 or 172.16.0.0/12".to_owned())
}

fn media_type(text: &str) -> Result<String, String> {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match text.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(text.to_ascii_lowercase()),
        _ => Err("media types, such as image/png".to_owned()),
    }
}

/// Refuses misspelled levels: `EnvFilter` parses a bare word as a target, which silences all other targets.
fn log_filter(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let bare_word = |directive: &str| !directive.contains(['=', '[']);
    let level = |directive: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(directive));
    let sound = !text.trim().is_empty()
        && text.split(',').map(str::trim).all(|directive| !bare_word(directive) || level(directive))
        && EnvFilter::try_new(text).is_ok();
    if sound {
        return Ok(text.to_owned());
    }
    Err("a level (off, error, warn, info, debug, trace) or directives such as info,deskwire::chat=debug"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port() {
        assert_eq!(ADDRESS.normalise("localhost:80").unwrap(), "127.0.0.1:80");
        assert_eq!(ADDRESS.normalise("[::]:0").unwrap(), "[::]:0");
        for text in ["", "8080", "127.0.0.1", "localhost", "localhost:x", "example.com:80", "127.0.0.1:99999"]
        {
            assert!(ADDRESS.normalise(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_exact_and_in_the_form_browsers_send() {
        assert_eq!(ORIGINS.normalise("https://Help.Example.com:443").unwrap(), "https://help.example.com");
        assert_eq!(ORIGINS.normalise("http://localhost:3000").unwrap(), "http://localhost:3000");
        assert_eq!(ORIGINS.normalise("*").unwrap(), "*");
        for text in [
            "help.example.com",
            "https://",
            "https://help.example.com/",
            "https://help.example.com/widget",
            "https://*.example.com",
            "https://user:secret@help.example.com",
            "ftp://help.example.com",
            "wss://help.example.com",
            "null",
            "",
        ] {
            assert!(ORIGINS.normalise(text).is_err(), "{text}");
        }
        assert!(ORIGIN.normalise("*").is_err(), "a public URL is one origin");
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        assert_eq!(NETS.normalise("10.0.0.7").unwrap(), "10.0.0.7/32");
        assert_eq!(NETS.normalise("172.16.5.0/12").unwrap(), "172.16.0.0/12");
        assert_eq!(NETS.normalise("::1").unwrap(), "::1/128");
        assert!(NETS.normalise("10.0.0.0/33").is_err());
        assert!(NETS.normalise("proxy.internal").is_err());
    }

    #[test]
    fn weak_secrets_are_refused() {
        for text in [
            "short",
            "0123456789012345678901234567890",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "change-me-change-me-change-me-change-me",
            "your-256-bit-secret-your-256-bit-secret",
            "my_Super_Secret_jwt_signing_key_for_prod",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(JWT_SECRET.normalise(text).is_err(), "{text}");
        }
        assert!(JWT_SECRET.normalise("g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW").is_ok());
    }

    #[test]
    fn a_misspelled_level_is_not_taken_for_a_target() {
        for text in ["info", "WARN", "info,deskwire::chat=debug", "off,deskwire[connection]=trace"] {
            assert!(LOG_FILTER.normalise(text).is_ok(), "{text}");
        }
        for text in ["", "inof", "warning", "info,,debug", "deskwire=loud"] {
            assert!(LOG_FILTER.normalise(text).is_err(), "{text}");
        }
    }

    #[test]
    fn media_types_have_two_parts() {
        assert_eq!(MEDIA_TYPES.normalise("Image/PNG").unwrap(), "image/png");
        for text in ["png", "image/", "image/*", "a/b/c", "image/png; q=1"] {
            assert!(MEDIA_TYPES.normalise(text).is_err(), "{text}");
        }
    }
}
