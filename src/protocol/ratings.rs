//! Ratings: what a requester thought of how they were helped.
//!
//! Owns the reply to `rate_ticket` and the event of it. Does not know who may rate, and when.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{examples::durable, schema::names};
use crate::domain::{LogKind, Stream, TicketId};

names! {
    TicketRated = "ticket_rated";
    TicketRatedEvent = LogKind::TicketRated.event();
}

/// The rating that was given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketRatedReply, examples(rated))]
pub struct TicketRated {
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i16,
}

/// The requester said what they think of how they were helped.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(rated_event))]
pub struct TicketRatedEvent {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The event's number in the stream, dense from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i16,
}

fn rated() -> Value {
    json!({"ticketId": "3", "score": 5})
}

fn rated_event() -> Value {
    durable(json!({"score": 5}))
}
