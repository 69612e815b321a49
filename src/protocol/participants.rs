//! Participants: the commands that add people to a ticket and remove them, with their replies and events.
//!
//! Owns names and fields. Does not know what those who are removed still see.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::durable,
    objects::UserObject,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, LogKind, Stream, TicketId, UserId};

names! {
    ParticipantAdded<'_> = "participant_added";
    ParticipantRemoved<'_> = "participant_removed";
    ParticipantAddedEvent<'_> = LogKind::ParticipantAdded.event();
    ParticipantRemovedEvent<'_> = LogKind::ParticipantRemoved.event();
}

macro_rules! commands {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(participant_ref))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// Known to the server.
            pub user_id: UserId,
        }
    )+};
}

commands! {
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
    type Reply = ParticipantAdded<'static>;
}

impl CommandSpec for RemoveParticipant {
    const NAME: &'static str = "remove_participant";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] = &[Action::RemoveParticipant, Action::Leave];
    const EVENTS: &'static [&'static str] = &["participant_removed", "notification"];
    const ROUTE: Option<Route> = Some(Route::delete(PARTICIPANT, &["ticketId", "userId"]).tag("people"));
    type Reply = ParticipantRemoved<'static>;
}

macro_rules! replies {
    ($($(#[$doc:meta])+ $type:ident as $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $name, examples(participant))]
        pub struct $type<'a> {
            /// The ticket.
            pub ticket_id: TicketId,
            /// Who.
            pub user: UserObject<'a>,
        }
    )+};
}

replies! {
    /// Who sees the ticket now.
    ParticipantAdded as ParticipantAddedReply;
    /// Who sees the ticket no more, unless by their role.
    ParticipantRemoved as ParticipantRemovedReply;
}

macro_rules! events {
    ($($(#[$doc:meta])+ $type:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $type, examples(participant_event))]
        pub struct $type<'a> {
            /// In which ticket.
            pub ticket_id: TicketId,
            /// In which stream.
            pub stream: Stream,
            /// The event's number in the stream, dense from 1.
            #[schema(minimum = 1)]
            pub seq: i64,
            /// Who.
            pub user: UserObject<'a>,
        }
    )+};
}

events! {
    /// Someone else sees the ticket now.
    ParticipantAddedEvent;
    /// Someone sees the ticket no more, unless by their role.
    ParticipantRemovedEvent;
}

fn participant_ref() -> Value {
    json!({"ticketId": "3", "userId": "bo"})
}

fn participant() -> Value {
    json!({"ticketId": "3", "user": {"id": "bo", "name": "Bo", "role": "customer"}})
}

fn participant_event() -> Value {
    durable(json!({"user": {"id": "bo", "name": "Bo", "role": "customer"}}))
}
