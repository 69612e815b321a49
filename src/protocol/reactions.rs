//! Reactions: the replies to putting an emoji under a message and taking it away, and the events of it.
//!
//! Owns names and fields. Does not know which texts are emojis.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{examples::durable, schema::names};
use crate::domain::{LogKind, MessageId, Stream, TicketId, UserId};

names! {
    ReactionAdded<'_> = "reaction_added";
    ReactionRemoved<'_> = "reaction_removed";
    ReactionAddedEvent<'_> = LogKind::ReactionAdded.event();
    ReactionRemovedEvent<'_> = LogKind::ReactionRemoved.event();
}

macro_rules! replies {
    ($($(#[$doc:meta])+ $type:ident as $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $name, examples(reacted))]
        pub struct $type<'a> {
            /// The message's ticket.
            pub ticket_id: TicketId,
            /// The message.
            pub message_id: MessageId,
            /// Fully qualified.
            pub emoji: &'a str,
            /// The caller.
            pub user_id: &'a UserId,
        }
    )+};
}

replies! {
    /// The emoji that the caller gave.
    ReactionAdded as ReactionAddedReply;
    /// The emoji that the caller took away.
    ReactionRemoved as ReactionRemovedReply;
}

macro_rules! events {
    ($($(#[$doc:meta])+ $type:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $type, examples(reaction_event))]
        pub struct $type<'a> {
            /// In which ticket.
            pub ticket_id: TicketId,
            /// In which stream.
            pub stream: Stream,
            /// The event's number in the stream, dense from 1.
            #[schema(minimum = 1)]
            pub seq: i64,
            /// The message.
            pub message_id: MessageId,
            /// Fully qualified.
            pub emoji: &'a str,
            /// Who.
            pub user_id: &'a UserId,
        }
    )+};
}

events! {
    /// Someone put an emoji under a message.
    ReactionAddedEvent;
    /// Someone took their emoji away.
    ReactionRemovedEvent;
}

fn reacted() -> Value {
    json!({"ticketId": "3", "messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"})
}

fn reaction_event() -> Value {
    durable(json!({"messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"}))
}
