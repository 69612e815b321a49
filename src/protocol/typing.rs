//! Typing: the commands that start and end it, and what others in a room are told of it.
//!
//! Owns names and fields. Does not know when typing ends.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    schema::{AnyId, names},
    spec::{CommandSpec, Order},
};
use crate::domain::{Action, Class, Stream, TicketId, User, UserId};

names! {
    UserTyping<'_> = "user_typing";
    UserStoppedTyping<'_> = "user_stopped_typing";
}

macro_rules! commands {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(typing))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// `public` if it is not given; `internal` is for agents.
            pub visibility: Option<Stream>,
        }
    )+};
}

commands! {
    /// Tells others in the room that the caller types.
    TypingStart;
    /// Tells others in the room that the caller types no more.
    TypingStop;
}

impl CommandSpec for TypingStart {
    const NAME: &'static str = "typing_start";
    const CLASS: Class = Class::Typing;
    const ACTIONS: &'static [Action] = &[Action::Read, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["user_typing"];
    const ORDER: Order = Order::Pipelined;
    type Reply = ();
}

impl CommandSpec for TypingStop {
    const NAME: &'static str = "typing_stop";
    const CLASS: Class = Class::Typing;
    const ACTIONS: &'static [Action] = &[Action::Read, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["user_stopped_typing"];
    const ORDER: Order = Order::Pipelined;
    type Reply = ();
}

macro_rules! typing_users {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(typing_user))]
        pub struct $type<'a> {
            /// In which ticket.
            ticket_id: TicketId,
            /// Who.
            user_id: &'a UserId,
            /// Their name.
            user_name: &'a str,
        }

        impl<'a> $type<'a> {
            /// That user, in that ticket's room.
            pub fn new(ticket_id: TicketId, user: &'a User) -> Self {
                Self { ticket_id, user_id: &user.id, user_name: &user.name }
            }
        }
    )+};
}

typing_users! {
    /// Someone types.
    UserTyping as UserTypingEvent;
    /// Someone types no more.
    UserStoppedTyping as UserStoppedTypingEvent;
}

fn typing() -> Value {
    json!({"ticketId": "3", "visibility": "public"})
}

fn typing_user() -> Value {
    json!({"ticketId": "3", "userId": "casey", "userName": "Casey"})
}
