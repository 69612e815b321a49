//! Tickets: the replies to opening, listing, reading and changing them, and the event of a change.
//!
//! Owns names and fields. Does not know what of a ticket a customer gets: see [`super::objects`].

use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    examples::{agent, changes, durable, message, overview, own_ticket, position, ticket},
    objects::{ChangesObject, MessageObject, OverviewObject, PositionObject, TicketObject, UserObject},
    schema::names,
};
use crate::domain::{LogKind, Stream, TicketId};

names! {
    TicketCreated<'_> = "ticket_created";
    Tickets<'_> = "tickets";
    Ticket<'_> = "ticket";
    TicketUpdated<'_> = "ticket_updated";
    TicketUpdatedEvent<'_> = LogKind::TicketUpdated.event();
}

/// The new ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketCreatedReply, examples(created))]
pub struct TicketCreated<'a> {
    /// As the caller sees it.
    pub ticket: TicketObject<'a>,
    /// Its first message, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<MessageObject<'a>>)]
    pub message: Option<&'a RawValue>,
    /// The ticket's own.
    pub position: PositionObject,
    /// `true` if it had been opened before, by the same command; else left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// A page of the caller's tickets, the most recently updated first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketsReply, examples(listed))]
pub struct Tickets<'a> {
    /// The most recently updated first.
    #[schema(value_type = Vec<OverviewObject<'a>>)]
    pub tickets: Vec<Box<RawValue>>,
    /// For the next page; `null` at the end.
    #[schema(required)]
    pub next_cursor: Option<&'a str>,
}

/// A ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketReply, examples(read))]
pub struct Ticket<'a> {
    /// As it stands in the caller's list.
    pub ticket: OverviewObject<'a>,
}

/// The ticket, and what changed.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketUpdatedReply, examples(updated))]
pub struct TicketUpdated<'a> {
    /// As the caller sees it.
    pub ticket: TicketObject<'a>,
    /// Empty if all was so already.
    pub changes: ChangesObject<'a>,
}

/// Fields of a ticket changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketUpdatedEvent, examples(updated_event))]
pub struct TicketUpdatedEvent<'a> {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The event's number in the stream, dense from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// Who did it; `null` when the server did it by itself.
    #[schema(required)]
    pub actor: Option<UserObject<'a>>,
    /// Those of this stream.
    pub changes: ChangesObject<'a>,
}

fn created() -> Value {
    json!({"ticket": own_ticket(), "message": message(), "position": position()})
}

fn listed() -> Value {
    json!({"tickets": [overview()], "nextCursor": null})
}

fn read() -> Value {
    json!({"ticket": overview()})
}

fn updated() -> Value {
    json!({"ticket": ticket(), "changes": changes()})
}

fn updated_event() -> Value {
    durable(json!({"actor": agent(), "changes": changes()}))
}
