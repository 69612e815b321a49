//! `GET /api/tickets/{id}/events`: what a socket would bring, for networks that let none through.
//!
//! Owns the form of the request, and the choice between a poll and a stream. Either is a connection like a
//! socket, as long as it lasts: it sits in the ticket's room, and what comes there is nothing of this
//! module's.

mod connection;
mod poll;
mod position;
mod stream;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, Accept, Header as _},
    web,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    documents::openapi::Problems,
    request::{api::Api, path::ticket_id, query::query},
    response::answer::{Answered, ApiError},
};
use crate::{
    domain::TicketId,
    protocol::{WireError, objects::Since, polling::PollResult, rooms::JoinTicket},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(events);
}

/// Seconds that a poll waits, unless it names others.
const WAIT: u32 = 25;

/// Seconds that a poll waits at most.
const MAX_WAIT: u32 = 60;

/// From where on, and for how long.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The position reached in the public stream. Without a position nothing is waited for: the answer
    /// names the present one.
    public: Option<u64>,
    /// The position reached in the internal stream; of no account for customers.
    internal: Option<u64>,
    /// The epoch that the position belongs to.
    epoch: Option<String>,
    /// Seconds that a poll waits for something to happen: 0 to 60; 25 if it is not given.
    wait: Option<u32>,
}

/// Where a stream broke off.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a description for the document")]
struct LastEventId {
    /// The last `id` of a stream, `epoch:public:internal`; it is used in place of the query's position.
    #[param(rename = "Last-Event-ID", value_type = Option<String>)]
    last_event_id: Option<String>,
}

/// Waits for what happens in a ticket, or streams it.
#[utoipa::path(
    tag = "events",
    params(("id" = String, Path, description = "The ticket"), EventsQuery, LastEventId),
    responses(
        (
            status = 200,
            description = "What happened; with `Accept: text/event-stream`, as it happens",
            content((PollResult = "application/json"), (String = "text/event-stream")),
        ),
        Problems
    )
)]
#[get("/tickets/{id}/events")]
async fn events(api: Api, id: web::Path<String>) -> Answered {
    let id = ticket_id(&id)?;
    let wanted: EventsQuery = query(&api)?;
    let wait = wanted.wait.unwrap_or(WAIT);
    if wait > MAX_WAIT {
        let sentence = format!("A poll waits for 0 to {MAX_WAIT} seconds.");
        return Err(api.malformed(WireError::invalid("wait", sentence)));
    }
    let join = wanted.join(&api, id)?;
    if api.site.chat.connections.is_draining() {
        return Err(WireError::overloaded().into());
    }
    if wants_stream(&api.request) {
        stream::answer(api, join).await
    } else {
        poll::answer(api, join, Duration::from_secs(wait.into())).await
    }
}

impl EventsQuery {
    fn join(self, api: &Api, ticket_id: TicketId) -> Result<JoinTicket, ApiError> {
        let resumed = api.request.headers().get("last-event-id").filter(|id| !id.is_empty());
        if let Some(id) = resumed {
            let (epoch, since) = id.to_str().ok().and_then(position::parse).ok_or_else(|| {
                let sentence = "Expected the id of an event, as the stream gave it.";
                api.malformed(WireError::invalid("Last-Event-ID", sentence))
            })?;
            return Ok(JoinTicket { ticket_id, since: Some(since), epoch: Some(epoch) });
        }
        let Self { public, internal, epoch, .. } = self;
        let since = (public.is_some() || internal.is_some()).then_some(Since { public, internal });
        Ok(JoinTicket { ticket_id, since, epoch })
    }
}

fn wants_stream(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    accept.iter().any(|it| it.item.essence_str() == "text/event-stream")
}

/// An answer that nobody keeps.
fn answer() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
