//! Tickets: the commands that open, list, read and change them, their replies, and the event of a change.
//!
//! Owns names and fields. Does not know what of a ticket a customer gets: see [`super::objects`].

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    decode::{bounded, nullable},
    examples::{agent, changes, durable, message, overview, own_ticket, position, ticket, ticket_ref},
    messages::{AttachmentInput, Format},
    objects::{
        ChangesObject, MessageObject, OverviewObject, PositionObject, Rfc3339, Since, TicketObject,
        UserObject,
    },
    schema::{AnyId, names},
    spec::{CommandSpec, Order, Route},
};
use crate::domain::{Action, Class, ClientKey, LogKind, Priority, Stream, TicketId, TicketStatus, UserId};

names! {
    TicketCreated<'_> = "ticket_created";
    Tickets<'_> = "tickets";
    Ticket<'_> = "ticket";
    TicketUpdated<'_> = "ticket_updated";
    TicketUpdatedEvent<'_> = LogKind::TicketUpdated.event();
}

/// Opens a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(create_ticket))]
pub struct CreateTicket {
    /// What it is about; markup is removed.
    #[schema(min_length = 1)]
    pub subject: String,
    /// The first public message; leave it out for none.
    pub message: Option<String>,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
    /// Of the first message.
    #[serde(default, deserialize_with = "bounded")]
    pub attachments: Option<Vec<AttachmentInput>>,
    /// Makes the command repeatable.
    pub client_ticket_id: Option<ClientKey>,
    /// The same for the first message.
    pub client_message_id: Option<ClientKey>,
    /// Who else may see the ticket.
    #[serde(default, deserialize_with = "bounded")]
    pub participants: Option<Vec<UserId>>,
    /// Agents only; `normal` if it is not given.
    pub priority: Option<Priority>,
    /// Agents only: for whom it is opened; the caller if it is not given.
    pub requester_id: Option<UserId>,
}

impl CommandSpec for CreateTicket {
    const NAME: &'static str = "create_ticket";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] =
        &[Action::OpenTicket, Action::OpenWithParticipants, Action::OpenForAnother];
    const EVENTS: &'static [&'static str] = &["notification"];
    const ROUTE: Option<Route> = Some(Route::post("/tickets", &[]).own());
    const ORDER: Order = Order::Pipelined;
    type Reply = TicketCreated<'static>;
}

/// Reads a page of the tickets that the caller sees.
///
/// All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(list_tickets))]
pub struct ListTickets {
    /// Only those in this status.
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
    /// Only those of this requester.
    pub requester_id: Option<UserId>,
    /// Only those with exactly this label; agents only.
    pub label: Option<String>,
    /// A ticket's number, or words of its subject.
    pub query: Option<String>,
    /// The `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl CommandSpec for ListTickets {
    const NAME: &'static str = "list_tickets";
    const CLASS: Class = Class::History;
    const ACTIONS: &'static [Action] = &[Action::List, Action::ListByLabel];
    const ROUTE: Option<Route> = Some(Route::get("/tickets", &[]).own());
    type Reply = Tickets<'static>;
}

/// Reads a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(ticket_ref))]
pub struct GetTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

impl CommandSpec for GetTicket {
    const NAME: &'static str = "get_ticket";
    const CLASS: Class = Class::History;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const ROUTE: Option<Route> = Some(Route::get("/tickets/{id}", &["ticketId"]).own());
    type Reply = Ticket<'static>;
}

/// Changes fields of a ticket; a field that is missing stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(update_ticket))]
pub struct UpdateTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// What it is about; markup is removed.
    #[schema(min_length = 1)]
    pub subject: Option<String>,
    /// Where it is in its life.
    pub status: Option<TicketStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// `null` returns the ticket to the queue.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
    /// The whole new set.
    #[serde(default, deserialize_with = "bounded")]
    pub labels: Option<Vec<String>>,
    /// `null` wakes the ticket up.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Rfc3339>)]
    pub snoozed_until: Option<Option<Rfc3339>>,
    /// Of the caller alone.
    pub muted: Option<bool>,
    /// Refuse if the ticket has moved past this.
    pub if_position: Option<Since>,
}

impl CommandSpec for UpdateTicket {
    const NAME: &'static str = "update_ticket";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] = &[Action::Mute, Action::ChangeSubject, Action::Close, Action::Manage];
    const EVENTS: &'static [&'static str] = &["ticket_updated"];
    const ROUTE: Option<Route> = Some(Route::patch("/tickets/{id}", &["ticketId"]).tag("tickets"));
    type Reply = TicketUpdated<'static>;
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

fn create_ticket() -> Value {
    json!({
        "subject": "Where is my order?", "message": "It has not arrived.", "format": "text",
        "clientTicketId": "t-1", "clientMessageId": "m-0",
    })
}

fn list_tickets() -> Value {
    json!({"status": "open", "assigneeId": null, "query": "order", "limit": 50})
}

fn update_ticket() -> Value {
    json!({
        "ticketId": "3", "status": "closed", "priority": "low", "labels": ["vip", "billing"],
        "assigneeId": "alex", "ifPosition": position(),
    })
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
