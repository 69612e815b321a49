//! The HTTP client that webhooks are sent with, and where it may connect to.
//!
//! Owns the check of every address at the moment of connecting: what a name leads to may have changed since
//! the webhook was registered, or between one question and the next. No redirects, no proxy of the
//! environment, no cookies.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};

use crate::guard::net::outbound_url::{OutboundUrl, is_public};

/// How long a try may take, the answer's head included.
pub(super) const TRY_TIMEOUT: Duration = Duration::from_secs(15);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that are kept for the next delivery: few, and not for long.
const IDLE_CONNECTIONS: usize = 2;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A name leads to addresses that are not public, and to no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is not public")
    }
}

impl std::error::Error for NotPublic {}

type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Looks names up, and keeps back what is not public.
pub(super) struct PublicOnly {
    lookup: Lookup,
    allow_private: bool,
}

impl PublicOnly {
    /// By the system's resolver.
    pub(super) fn new(allow_private: bool) -> Self {
        let lookup: Lookup =
            Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }));
        Self { lookup, allow_private }
    }

    fn admitted(
        allow_private: bool,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        if !allow_private {
            addresses.retain(|address| is_public(address.ip()));
            if addresses.is_empty() {
                return Err(NotPublic.into());
            }
        }
        Ok(addresses)
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, allow_private) = ((self.lookup)(name.as_str().to_owned()), self.allow_private);
        Box::pin(async move {
            let addresses = Self::admitted(allow_private, found.await?)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Why a name was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameError {
    /// It leads nowhere.
    Unknown,
    /// It leads, or may lead, into a private network.
    NotPublic,
}

/// Whether the target's name leads to public addresses and to nothing else, now.
pub(super) async fn check_name(target: &OutboundUrl) -> Result<(), NameError> {
    let Some(name) = target.name() else { return Ok(()) };
    let lookup = tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((name, 0)));
    let addresses = lookup.await.map_err(|_| NameError::Unknown)?.map_err(|_| NameError::Unknown)?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    if addresses.is_empty() {
        return Err(NameError::Unknown);
    }
    if addresses.iter().all(|address| is_public(address.ip())) { Ok(()) } else { Err(NameError::NotPublic) }
}

/// Makes the client. Reads the system's root certificates from disk, so it blocks for a moment. Without any,
/// deliveries to `https` fail, and say so.
pub(super) fn build(allow_private: bool) -> Result<Client, reqwest::Error> {
    // An error means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder(allow_private).build().or_else(|error| {
        tracing::error!(%error, "no root certificates: no webhook can be reached over https");
        builder(allow_private).tls_certs_only([]).build()
    })
}

fn builder(allow_private: bool) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("deskwire/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .https_only(!allow_private)
        .dns_resolver(PublicOnly::new(allow_private))
        .timeout(TRY_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Answers each question with the next of these.
    fn answering(answers: Vec<Vec<&'static str>>, allow_private: bool) -> PublicOnly {
        let asked = Arc::new(AtomicUsize::new(0));
        let lookup: Lookup = Arc::new(move |_| {
            let turn = asked.fetch_add(1, Ordering::Relaxed);
            let answer = answers[turn].iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect();
            Box::pin(async move { Ok(answer) })
        });
        PublicOnly { lookup, allow_private }
    }

    async fn ask(resolver: &PublicOnly) -> Result<Vec<String>, String> {
        match resolver.resolve("hook.example".parse().unwrap()).await {
            Ok(addresses) => Ok(addresses.map(|address| address.ip().to_string()).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_to_a_private_address_is_not_followed() {
        let resolver = answering(vec![vec!["93.184.216.34"], vec!["127.0.0.1"], vec!["::1"]], false);
        assert_eq!(ask(&resolver).await.unwrap(), ["93.184.216.34"]);
        for _ in 0..2 {
            assert_eq!(ask(&resolver).await.unwrap_err(), NotPublic.to_string());
        }
    }

    #[tokio::test]
    async fn of_several_addresses_only_public_ones_are_left() {
        let answer = vec!["10.0.0.1", "8.8.8.8", "fd00::1", "::ffff:8.8.8.8", "169.254.169.254"];
        assert_eq!(ask(&answering(vec![answer.clone()], false)).await.unwrap(), ["8.8.8.8"]);
        assert_eq!(ask(&answering(vec![answer], true)).await.unwrap().len(), 5);
    }

    #[test]
    fn a_client_is_made_with_certificates_and_without() {
        assert!(build(false).is_ok());
        assert!(builder(false).tls_certs_only([]).build().is_ok());
    }
}
