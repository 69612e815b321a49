//! `GET /api/asyncapi.json`: the description of the socket.
//!
//! Owns where the document says that the server is; what else is in it is `protocol`'s.

use std::{cell::OnceCell, sync::Arc};

use actix_web::{HttpResponse, web};
use bytestring::ByteString;

use crate::{config::Network, protocol::asyncapi::document};

/// The document as it is served, made by each worker when it is first asked for.
pub(in crate::http) struct SocketDocument {
    network: Arc<Network>,
    json: OnceCell<ByteString>,
}

impl SocketDocument {
    pub(in crate::http) fn of(network: Arc<Network>) -> Self {
        Self { network, json: OnceCell::new() }
    }

    fn json(&self) -> &ByteString {
        self.json.get_or_init(|| {
            let url = self.network.public_url.as_deref().and_then(|url| url.split_once("://"));
            let (scheme, host) = url.map_or_else(
                || ("http", self.network.listen.to_string()),
                |(scheme, host)| (scheme, host.to_owned()),
            );
            let protocol = if scheme == "https" { "wss" } else { "ws" };
            document(host.trim_end_matches('/'), protocol).to_string().into()
        })
    }
}

/// Sends it.
pub(in crate::http) async fn serve(document: web::Data<SocketDocument>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.json().clone().into_bytes())
}
