//! `GET /healthz` (the process answers) and `GET /readyz` (it can do its work).

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;

use super::Site;

/// The process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).body("ok")
}

#[derive(Serialize)]
struct Readiness {
    database: &'static str,
    attachments: &'static str,
    draining: bool,
}

/// The database and the attachment store can be written, and the server does not drain.
pub(super) async fn ready(site: web::Data<Site>) -> HttpResponse {
    let chat = &site.chat;
    let database = chat.store.ready().await.inspect_err(|error| tracing::warn!(%error, "not ready"));
    let blobs = chat.blobs.ready().await.inspect_err(|error| tracing::warn!(%error, "not ready"));
    let draining = chat.connections.is_draining();
    let word = |sound: bool| if sound { "ok" } else { "unavailable" };
    let readiness =
        Readiness { database: word(database.is_ok()), attachments: word(blobs.is_ok()), draining };
    let mut response = if database.is_ok() && blobs.is_ok() && !draining {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(readiness)
}
