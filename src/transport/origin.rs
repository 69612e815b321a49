//! Where a request comes from: the client's address, the page that sent it, and its bearer token.
//!
//! Owns the reading of headers under the operator's list of proxies. Does not answer a request.

use std::net::IpAddr;

use actix_web::{
    HttpRequest,
    dev::RequestHead,
    http::header::{self, HeaderValue},
};

use crate::{
    config::Network,
    guard::{
        self,
        net::client_address::{host_of_request, of_request},
    },
};

/// The client's address, behind proxies that are trusted.
pub fn client_address(network: &Network, request: &HttpRequest) -> IpAddr {
    of_request(request.peer_addr(), request.headers().get_all("x-forwarded-for"), &network.trusted_proxies)
}

/// Whether a page of that origin may send this request.
pub fn admits_page(network: &Network, origin: &HeaderValue, request: &RequestHead) -> bool {
    let headers = request.headers();
    let host = host_of_request(
        request.peer_addr,
        headers.get(header::HOST),
        headers.get_all("x-forwarded-host"),
        &network.trusted_proxies,
    );
    origin.to_str().is_ok_and(|origin| network.admits_page(origin, host))
}

/// Whether this request may open a connection. Programs that are not browsers send no origin, and need none.
pub fn admits(network: &Network, request: &RequestHead) -> bool {
    request.headers().get(header::ORIGIN).is_none_or(|origin| admits_page(network, origin, request))
}

/// The bearer token of a request.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    guard::bearer(request.headers().get(header::AUTHORIZATION)?.to_str().ok()?)
}
