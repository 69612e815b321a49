//! `GET /metrics`, for those who may read it.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use crate::{
    domain::Secret,
    guard::constant_time_eq,
    http::{Site, response::problem},
    telemetry::MetricsHandle,
    transport::origin::{bearer, client_address},
};

/// Who may read the metrics: whoever bears the token; without one, this machine only.
pub struct MetricsAccess {
    /// The export.
    pub handle: MetricsHandle,
    /// The token.
    pub token: Option<Secret>,
}

/// Everything recorded, in Prometheus' text format. For strangers there is nothing here.
pub(in crate::http) async fn export(site: web::Data<Site>, request: HttpRequest) -> HttpResponse {
    let allowed = match &site.metrics.token {
        Some(token) => bearer(&request)
            .is_some_and(|given| constant_time_eq(given.as_bytes(), token.expose().as_bytes())),
        None => {
            // A proxy on this machine must not open the metrics to the world.
            client_address(&site.network, &request).is_loopback()
                && !request.headers().contains_key("x-forwarded-for")
        }
    };
    if !allowed {
        return problem::no_such_path().await;
    }
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(site.metrics.handle.render())
}
