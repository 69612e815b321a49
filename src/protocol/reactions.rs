//! Reactions: the commands that put an emoji under a message and take it away, with their replies and events.
//!
//! Owns names and fields. Does not know which texts are emojis.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::durable,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, LogKind, MessageId, Stream, TicketId, UserId};

names! {
    ReactionAdded<'_> = "reaction_added";
    ReactionRemoved<'_> = "reaction_removed";
    ReactionAddedEvent<'_> = LogKind::ReactionAdded.event();
    ReactionRemovedEvent<'_> = LogKind::ReactionRemoved.event();
}

macro_rules! commands {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(react))]
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

commands! {
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
    type Reply = ReactionAdded<'static>;
}

impl CommandSpec for RemoveReaction {
    const NAME: &'static str = "remove_reaction";
    const CLASS: Class = Class::Reaction;
    const ACTIONS: &'static [Action] = &[Action::React];
    const EVENTS: &'static [&'static str] = &["reaction_removed"];
    const ROUTE: Option<Route> = Some(Route::delete(REACTION, &["messageId", "emoji"]).tag("messages"));
    type Reply = ReactionRemoved<'static>;
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

fn react() -> Value {
    json!({"messageId": "6", "emoji": "\u{2764}"})
}

fn reacted() -> Value {
    json!({"ticketId": "3", "messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"})
}

fn reaction_event() -> Value {
    durable(json!({"messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"}))
}
