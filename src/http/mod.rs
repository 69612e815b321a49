//! FLOOR 5. Plain HTTP: the API, the example client's page, health and metrics.
//!
//! Owns routes, headers and status codes. The API is a second codec over the commands of `chat`, which
//! decides what they do.

mod commands;
mod documents;
mod events;
mod operations;
mod request;
mod response;
mod routes;

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::{
    FromRequest, Handler, Resource, Responder,
    dev::{RequestHead, Service as _},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::DefaultHeaders,
    web,
};

pub use self::operations::{health::Probe, metrics::MetricsAccess};
use self::{
    documents::{
        api_page,
        asyncapi::{self, SocketDocument},
        client_page, openapi,
    },
    operations::{health, metrics},
    response::problem,
};
use crate::{
    chat::{Chat, RoomRegistry},
    config::{Network, Timing},
    guard::{MemoryBudget, net::client_address::host_of_request},
};

/// What the routes need.
pub struct Site {
    /// The product.
    pub chat: Arc<Chat>,
    /// This worker's rooms.
    pub registry: actix::Addr<RoomRegistry>,
    /// Of request bodies, process-wide.
    pub budget: Arc<MemoryBudget>,
    /// Whose forwarded addresses are believed.
    pub network: Arc<Network>,
    /// Whether it can do its work; shared by all workers.
    pub probe: Arc<Probe>,
    /// How long things may take.
    pub timing: Timing,
    /// Who may read metrics.
    pub metrics: Arc<MetricsAccess>,
}

/// Headers that every response carries.
pub fn headers(network: &Network) -> DefaultHeaders {
    let is_https = network.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let common = common_headers();
    // RFC 6797: only where the world reaches this server over TLS.
    if is_https { common.add((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")) } else { common }
}

fn common_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"))
        // What is no page of ours loads, runs and frames nothing; pages bring a policy of their own.
        .add((header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
}

/// The OpenAPI document of the API, as it is served.
pub fn openapi_document() -> String {
    openapi::json().to_owned()
}

/// The routes, for pages that `network` admits.
pub fn routes(network: Arc<Network>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let api = utoipa_actix_web::scope("/api").configure(routes::configure);
        let api = api.map(|scope| {
            scope
                .app_data(web::Data::new(SocketDocument::of(Arc::clone(&network))))
                .service(readable("/openapi.json", openapi::serve))
                .service(readable("/asyncapi.json", asyncapi::serve))
                .service(readable("/docs", api_page::redirect))
                .service(readable("/docs/", api_page::page))
                .service(readable("/docs/{file}", api_page::asset))
                .wrap_fn(|mut request, routes| {
                    // HEAD is GET without the body (RFC 9110, section 9.3.2), which the encoder leaves out;
                    // ranges are GET's alone (section 14.2). A stream without a body would be heard by
                    // nobody, and never end.
                    if request.method() == Method::HEAD && !request.path().ends_with("/events") {
                        request.head_mut().method = Method::GET;
                        request.headers_mut().remove(header::RANGE);
                    }
                    routes.call(request)
                })
                .wrap(cors(network))
                .default_service(web::to(openapi::no_route))
        });
        config
            .service(readable("/", client_page::client))
            .service(readable("/healthz", health::alive))
            .service(readable("/readyz", health::ready))
            .service(readable("/metrics", metrics::export))
            .service(api)
            .default_service(web::to(problem::no_such_path));
    }
}

/// Whether a page of that origin may send this request.
fn admits_page(network: &Network, origin: &HeaderValue, request: &RequestHead) -> bool {
    let headers = request.headers();
    let host = host_of_request(
        request.peer_addr,
        headers.get(header::HOST),
        headers.get_all("x-forwarded-host"),
        &network.trusted_proxies,
    );
    origin.to_str().is_ok_and(|origin| network.admits_page(origin, host))
}

/// Pages that may open a socket may use the API as well, with a token in a header and no cookies.
fn cors(network: Arc<Network>) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, request| admits_page(&network, origin, request))
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_DISPOSITION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::IF_RANGE,
            header::RANGE,
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_RANGE,
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            header::HeaderName::from_static("deprecation"),
        ])
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
    crate::guard::net::client_address::of_request(
        request.peer_addr(),
        request.headers().get_all("x-forwarded-for"),
        &site.network.trusted_proxies,
    )
}
