//! Typing: what others in a room are told of it.
//!
//! Owns names and fields. Does not know when typing ends.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schema::names;
use crate::domain::{TicketId, User, UserId};

names! {
    UserTyping<'_> = "user_typing";
    UserStoppedTyping<'_> = "user_stopped_typing";
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

fn typing_user() -> Value {
    json!({"ticketId": "3", "userId": "casey", "userName": "Casey"})
}
