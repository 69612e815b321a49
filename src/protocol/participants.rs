//! Participants: the replies to adding people to a ticket and removing them, and the events of it.
//!
//! Owns names and fields. Does not know what those who are removed still see.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{examples::durable, objects::UserObject, schema::names};
use crate::domain::{LogKind, Stream, TicketId};

names! {
    ParticipantAdded<'_> = "participant_added";
    ParticipantRemoved<'_> = "participant_removed";
    ParticipantAddedEvent<'_> = LogKind::ParticipantAdded.event();
    ParticipantRemovedEvent<'_> = LogKind::ParticipantRemoved.event();
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

fn participant() -> Value {
    json!({"ticketId": "3", "user": {"id": "bo", "name": "Bo", "role": "customer"}})
}

fn participant_event() -> Value {
    durable(json!({"user": {"id": "bo", "name": "Bo", "role": "customer"}}))
}
