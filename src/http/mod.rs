//! FLOOR 5. Plain HTTP: the example client's page, health, metrics, attachments.
//!
//! Owns routes, headers and status codes. What is behind them is `chat`'s.

mod attachments;
mod health;
mod metrics;
mod page;
mod problem;

use std::sync::Arc;

use actix_web::{FromRequest, Handler, Resource, Responder, http::header, middleware::DefaultHeaders, web};

pub use self::metrics::MetricsAccess;
use crate::{chat::Chat, config::Network};

/// What the routes need.
pub struct Site {
    /// The product.
    pub chat: Arc<Chat>,
    /// Whose forwarded addresses are believed.
    pub network: Arc<Network>,
    /// Who may read metrics.
    pub metrics: Arc<MetricsAccess>,
}

/// Headers that every response carries.
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
}

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(readable("/", page::client))
        .service(readable("/healthz", health::alive))
        .service(readable("/readyz", health::ready))
        .service(readable("/metrics", metrics::export))
        .service(readable("/api/attachments/{id}", attachments::download))
        .default_service(web::to(problem::no_such_path));
}

/// Answers HEAD wherever it answers GET (RFC 9110, section 9.1); other methods are told so.
fn readable<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args, Output: Responder>,
    Args: FromRequest + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// The client's address, behind proxies that are trusted.
fn client_address(site: &Site, request: &actix_web::HttpRequest) -> std::net::IpAddr {
    crate::guard::address::of_request(
        request.peer_addr(),
        request.headers().get_all("x-forwarded-for"),
        &site.network.trusted_proxies,
    )
}
