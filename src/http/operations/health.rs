//! `GET /healthz` (the process answers) and `GET /readyz` (it can do its work).

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::{chat::Chat, http::Site};

/// The process answers.
pub(in crate::http) async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).body("ok")
}

#[derive(Serialize)]
struct Readiness {
    database: &'static str,
    attachments: &'static str,
    draining: bool,
}

/// What was found out about the stores, and when.
type Found = (Instant, bool, bool);

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(1);

/// Asks the database and the attachment store whether they can be written, at most once a second: each
/// question costs a synced write, and anyone may ask.
#[derive(Default)]
pub struct Probe(Mutex<Option<Found>>);

impl Probe {
    /// Whether the database and the attachment store can be written.
    async fn ask(&self, chat: &Chat) -> (bool, bool) {
        // Held while asking, so that all who come meanwhile wait for the one answer.
        let mut last = self.0.lock().await;
        if let Some((at, database, blobs)) = *last
            && at.elapsed() < FRESH
        {
            return (database, blobs);
        }
        let database = chat.store.ready().await.inspect_err(|error| tracing::warn!(%error, "not ready"));
        let blobs = chat.blobs.ready().await.inspect_err(|error| tracing::warn!(%error, "not ready"));
        *last = Some((Instant::now(), database.is_ok(), blobs.is_ok()));
        (database.is_ok(), blobs.is_ok())
    }
}

/// The database and the attachment store can be written, and the server does not drain.
pub(in crate::http) async fn ready(site: web::Data<Site>) -> HttpResponse {
    let (database, blobs) = site.probe.ask(&site.chat).await;
    let draining = site.chat.connections.is_draining();
    let word = |sound: bool| if sound { "ok" } else { "unavailable" };
    let readiness = Readiness { database: word(database), attachments: word(blobs), draining };
    let mut response =
        if database && blobs && !draining { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(readiness)
}
