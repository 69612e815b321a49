//! Ratings: what a requester thought of how they were helped.
//!
//! Owns `rate_ticket`, its reply and its event. Does not know who may rate, and when.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::durable,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, LogKind, Stream, TicketId};

names! {
    TicketRated = "ticket_rated";
    TicketRatedEvent = LogKind::TicketRated.event();
}

/// Rates a closed ticket of the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(rate_ticket))]
pub struct RateTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i64,
    /// Plain text; an empty one is none.
    pub comment: Option<String>,
}

impl CommandSpec for RateTicket {
    const NAME: &'static str = "rate_ticket";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] = &[Action::Rate];
    const EVENTS: &'static [&'static str] = &["ticket_rated"];
    const ROUTE: Option<Route> = Some(Route::put("/tickets/{id}/rating", &["ticketId"]).tag("tickets"));
    type Reply = TicketRated;
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

fn rate_ticket() -> Value {
    json!({"ticketId": "3", "score": 5, "comment": "Fast!"})
}

fn rated() -> Value {
    json!({"ticketId": "3", "score": 5})
}

fn rated_event() -> Value {
    durable(json!({"score": 5}))
}
