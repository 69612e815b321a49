//! FLOOR 5. Plain HTTP: the example client's page, health, metrics, attachments.
//!
//! Owns routes, headers and status codes. What is behind them is `chat`'s.

mod attachments;
mod health;
mod metrics;
mod page;
mod problem;

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::{FromRequest, Handler, Resource, Responder, http::header, middleware::DefaultHeaders, web};

pub use self::{health::Probe, metrics::MetricsAccess};
use crate::{chat::Chat, config::Network};

/// What the routes need.
pub struct Site {
    /// The product.
    pub chat: Arc<Chat>,
    /// Whose forwarded addresses are believed.
    pub network: Arc<Network>,
    /// Whether it can do its work; shared by all workers.
    pub probe: Arc<Probe>,
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

/// The routes, for pages that `network` admits.
pub fn routes(network: Arc<Network>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .service(readable("/", page::client))
            .service(readable("/healthz", health::alive))
            .service(readable("/readyz", health::ready))
            .service(readable("/metrics", metrics::export))
            .service(
                web::scope("/api")
                    .wrap(cors(network))
                    .service(readable("/attachments/{id}", attachments::download))
                    .default_service(web::to(problem::no_such_path)),
            )
            .default_service(web::to(problem::no_such_path));
    }
}

/// Pages that may open a socket may read the API as well, with a token in a header and no cookies.
fn cors(network: Arc<Network>) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, request| {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            origin.to_str().is_ok_and(|origin| network.admits_page(origin, host.unwrap_or_default()))
        })
        .allowed_methods(["GET", "HEAD"])
        .allowed_headers([header::AUTHORIZATION])
        .max_age(600)
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
