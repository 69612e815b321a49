//! The one list of events: their names, and whether a ticket's log holds them.
//!
//! An event that is not in this list has no name, and cannot be encoded.

use super::fields::{
    Announcement, AuthenticationError, CustomEvent, Hello, LeftTicket, MessageDeleted, MessageEdited,
    MessagesDelivered, MessagesRead, NotificationRead, NotificationsReadAll, ParticipantAdded,
    ParticipantRemoved, QueueTicket, ReactionAdded, ReactionRemoved, ReplayComplete, ServerDraining,
    TicketRated, TicketUpdated, TokenExpiring, UserJoinedTicket, UserLeftTicket, UserStoppedTyping,
    UserTyping,
};
use crate::protocol::{
    frame::Refused,
    object::{MessageObject, NotificationObject, StatusObject},
    schema::Named,
    spec::{self, Described},
};

/// An event as the documents have it.
#[derive(Clone, Copy, Debug)]
pub struct EventEntry {
    /// Its name and fields.
    pub event: Described,
    /// Whether it is in a ticket's log: numbered, and replayed when it was missed.
    pub is_durable: bool,
}

macro_rules! events {
    ($($type:ty = $name:literal $($durable:ident)?;)+) => {
        $(impl Named for $type {
            const NAME: &'static str = $name;
        })+

        /// All of them.
        pub const CATALOGUE: &[EventEntry] = &[$(EventEntry {
            event: spec::named::<$type>(),
            is_durable: events!(is $($durable)?),
        }),+];
    };
    (is durable) => { true };
    (is) => { false };
}

events! {
    Hello = "hello";
    AuthenticationError<'_> = "authentication_error";
    TokenExpiring = "token_expiring";
    MessageObject<'_> = "new_message" durable;
    MessageEdited<'_> = "message_edited" durable;
    MessageDeleted = "message_deleted" durable;
    ReactionAdded<'_> = "reaction_added" durable;
    ReactionRemoved<'_> = "reaction_removed" durable;
    TicketUpdated<'_> = "ticket_updated" durable;
    ParticipantAdded<'_> = "participant_added" durable;
    ParticipantRemoved<'_> = "participant_removed" durable;
    TicketRated = "ticket_rated" durable;
    MessagesDelivered<'_> = "messages_delivered";
    MessagesRead<'_> = "messages_read";
    QueueTicket<'_> = "queue_ticket";
    StatusObject<'_> = "user_status";
    NotificationObject<'_> = "notification";
    NotificationRead = "notification_read";
    NotificationsReadAll = "notifications_read_all";
    CustomEvent<'_> = "custom_event";
    Announcement<'_> = "announcement";
    ReplayComplete = "replay_complete";
    UserJoinedTicket<'_> = "user_joined_ticket";
    UserLeftTicket<'_> = "user_left_ticket";
    UserTyping<'_> = "user_typing";
    UserStoppedTyping<'_> = "user_stopped_typing";
    LeftTicket<'_> = "left_ticket";
    ServerDraining = "server_draining";
    Refused<'_> = "error";
}
