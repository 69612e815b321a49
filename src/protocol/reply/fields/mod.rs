//! The fields of each reply, as types: what is encoded, and what the documents say of it.
//!
//! Owns the names of replies. What is spliced together from parts that are JSON already has its type
//! here for the documents alone.

mod messages;
mod people;
mod tickets;

use crate::protocol::{
    schema::Named,
    spec::{self, Described},
};

pub use self::{
    messages::{
        MessageDeleted, MessageEdited, MessageSent, Messages, ReactionAdded, ReactionRemoved, Receipt,
        SearchResult, SearchResults,
    },
    people::{
        Authenticated, CannedResponseDeleted, CannedResponseSaved, CannedResponses, NotificationRead,
        Notifications, NotificationsReadAll, Pong, UserStatus, UsersStatus,
    },
    tickets::{
        JoinedTicket, LeftTicket, OnlineUsers, ParticipantAdded, ParticipantRemoved, QueueSubscribed,
        QueueUnsubscribed, Ticket, TicketCreated, TicketRated, TicketUpdated, Tickets,
    },
};

/// Each has its name from this list, and so cannot be sent without being in it.
macro_rules! replies {
    ($($type:ty = $name:literal;)+) => {
        $(impl Named for $type {
            const NAME: &'static str = $name;
        })+

        /// All replies.
        pub const CATALOGUE: &[Described] = &[
            $(spec::named::<$type>(),)+
            // An event as well, which names it.
            spec::named::<UserStatus>(),
        ];
    };
}

replies! {
    Authenticated<'_> = "authenticated";
    TicketCreated<'_> = "ticket_created";
    JoinedTicket<'_> = "joined_ticket";
    LeftTicket = "left_ticket";
    Messages<'_> = "messages";
    MessageSent<'_> = "message_sent";
    OnlineUsers<'_> = "online_users";
    Pong = "pong";
    MessageEdited<'_> = "message_edited";
    MessageDeleted = "message_deleted";
    ReactionAdded<'_> = "reaction_added";
    ReactionRemoved<'_> = "reaction_removed";
    Receipt<'_> = "receipt";
    Tickets<'_> = "tickets";
    Ticket<'_> = "ticket";
    TicketUpdated<'_> = "ticket_updated";
    ParticipantAdded<'_> = "participant_added";
    ParticipantRemoved<'_> = "participant_removed";
    TicketRated = "ticket_rated";
    QueueSubscribed = "queue_subscribed";
    QueueUnsubscribed = "queue_unsubscribed";
    UsersStatus<'_> = "users_status";
    Notifications<'_> = "notifications";
    NotificationRead = "notification_read";
    NotificationsReadAll = "notifications_read_all";
    SearchResults<'_> = "search_results";
    CannedResponses<'_> = "canned_responses";
    CannedResponseSaved<'_> = "canned_response_saved";
    CannedResponseDeleted = "canned_response_deleted";
}
