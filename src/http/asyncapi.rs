//! `GET /api/asyncapi.json`: the description of the socket.
//!
//! Owns where the document says that the server is; what else is in it is `protocol`'s.

use actix_web::{HttpResponse, web};
use bytestring::ByteString;

use crate::{config::Network, protocol::asyncapi::document};

/// The document as it is served, made once for each worker.
pub(super) struct SocketDocument(ByteString);

impl SocketDocument {
    pub(super) fn of(network: &Network) -> Self {
        let (scheme, host) = network
            .public_url
            .as_deref()
            .and_then(|url| url.split_once("://"))
            .map_or_else(|| ("http", network.listen.to_string()), |(scheme, host)| (scheme, host.to_owned()));
        let protocol = if scheme == "https" { "wss" } else { "ws" };
        Self(document(host.trim_end_matches('/'), protocol).to_string().into())
    }
}

/// Sends it.
pub(super) async fn serve(document: web::Data<SocketDocument>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone().into_bytes())
}
