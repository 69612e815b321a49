//! The fields of the commands that change and confirm conversations.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{Format, Since, bounded};
use crate::{
    domain::{Action, Class, MessageId, Priority, Stream, TicketId, TicketStatus, UserId},
    protocol::{
        example,
        object::Rfc3339,
        reply::fields as reply,
        schema::AnyId,
        spec::{CommandSpec, Route},
    },
};

/// Changes the text of a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::edit_message))]
pub struct EditMessage {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
    /// The new text; may be empty only if the message has attachments.
    pub message: String,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
}

impl CommandSpec for EditMessage {
    const NAME: &'static str = "edit_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Edit];
    const EVENTS: &'static [&'static str] = &["message_edited"];
    const ROUTE: Option<Route> = Some(Route::patch("/messages/{id}", &["messageId"]).tag("messages"));
    type Reply = reply::MessageEdited<'static>;
}

/// Empties a message; its place stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::message_ref))]
pub struct DeleteMessage {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
}

impl CommandSpec for DeleteMessage {
    const NAME: &'static str = "delete_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Delete];
    const EVENTS: &'static [&'static str] = &["message_deleted"];
    const ROUTE: Option<Route> = Some(Route::delete("/messages/{id}", &["messageId"]).tag("messages"));
    type Reply = reply::MessageDeleted;
}

macro_rules! reactions {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(example::react))]
        pub struct $command {
            /// The message.
            #[schema(value_type = AnyId)]
            pub message_id: MessageId,
            /// Exactly one emoji, with its skin tone if it has one.
            #[schema(min_length = 1)]
            pub emoji: String,
        }
    )+};
}

reactions! {
    /// Puts an emoji under a message.
    AddReaction;
    /// Takes the caller's own emoji away again.
    RemoveReaction;
}

const REACTION: &str = "/messages/{id}/reactions/{emoji}";

impl CommandSpec for AddReaction {
    const NAME: &'static str = "add_reaction";
    const CLASS: Class = Class::Reaction;
    const ACTIONS: &'static [Action] = &[Action::React];
    const EVENTS: &'static [&'static str] = &["reaction_added"];
    const ROUTE: Option<Route> = Some(Route::put(REACTION, &["messageId", "emoji"]).tag("messages"));
    type Reply = reply::ReactionAdded<'static>;
}

impl CommandSpec for RemoveReaction {
    const NAME: &'static str = "remove_reaction";
    const CLASS: Class = Class::Reaction;
    const ACTIONS: &'static [Action] = &[Action::React];
    const EVENTS: &'static [&'static str] = &["reaction_removed"];
    const ROUTE: Option<Route> = Some(Route::delete(REACTION, &["messageId", "emoji"]).tag("messages"));
    type Reply = reply::ReactionRemoved<'static>;
}

macro_rules! receipts {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        ///
        /// Names `seq` or `messageId`: exactly one of the two.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(example::mark))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// The message's own with `messageId`, else `public` if it is not given.
            pub stream: Option<Stream>,
            /// Up to which number of the stream.
            pub seq: Option<u64>,
            /// Up to which message of the ticket.
            #[schema(value_type = Option<AnyId>)]
            pub message_id: Option<MessageId>,
        }
    )+};
}

receipts! {
    /// Confirms that the caller's client has got messages.
    MarkDelivered;
    /// Confirms that the caller has read messages.
    MarkRead;
}

impl CommandSpec for MarkDelivered {
    const NAME: &'static str = "mark_delivered";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::Confirm, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["messages_delivered"];
    const ROUTE: Option<Route> =
        Some(Route::put("/tickets/{id}/receipts/delivered", &["ticketId"]).tag("messages"));
    type Reply = reply::Receipt<'static>;
}

impl CommandSpec for MarkRead {
    const NAME: &'static str = "mark_read";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::Confirm, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["messages_read"];
    const ROUTE: Option<Route> =
        Some(Route::put("/tickets/{id}/receipts/read", &["ticketId"]).tag("messages"));
    type Reply = reply::Receipt<'static>;
}

/// Reads a page of the tickets that the caller sees.
///
/// All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::list_tickets))]
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
    type Reply = reply::Tickets<'static>;
}

/// Reads a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::ticket_ref))]
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
    type Reply = reply::Ticket<'static>;
}

/// Changes fields of a ticket; a field that is missing stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(example::update_ticket))]
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
    type Reply = reply::TicketUpdated<'static>;
}

macro_rules! participants {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(example::participant_ref))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// Known to the server.
            pub user_id: UserId,
        }
    )+};
}

participants! {
    /// Adds someone to a ticket.
    AddParticipant;
    /// Removes someone from a ticket, or leaves it for good.
    RemoveParticipant;
}

const PARTICIPANT: &str = "/tickets/{id}/participants/{userId}";

impl CommandSpec for AddParticipant {
    const NAME: &'static str = "add_participant";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] = &[Action::AddParticipant];
    const EVENTS: &'static [&'static str] = &["participant_added", "notification"];
    const ROUTE: Option<Route> = Some(Route::put(PARTICIPANT, &["ticketId", "userId"]).tag("people"));
    type Reply = reply::ParticipantAdded<'static>;
}

impl CommandSpec for RemoveParticipant {
    const NAME: &'static str = "remove_participant";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] = &[Action::RemoveParticipant, Action::Leave];
    const EVENTS: &'static [&'static str] = &["participant_removed", "notification"];
    const ROUTE: Option<Route> = Some(Route::delete(PARTICIPANT, &["ticketId", "userId"]).tag("people"));
    type Reply = reply::ParticipantRemoved<'static>;
}

/// Rates a closed ticket of the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::rate_ticket))]
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
    type Reply = reply::TicketRated;
}

/// Tells `null` (`Some(None)`) from a field that is missing (`None`, by default).
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
