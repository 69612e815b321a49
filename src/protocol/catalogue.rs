//! The lists of replies and events.
//!
//! Owns which there are, in the order of the documents, and the event that tells of each entry of a ticket's log.
//! What is in no list is not encoded either.

use super::{
    app_events::{Announcement, CustomEvent},
    canned_responses::{CannedResponseDeleted, CannedResponseSaved, CannedResponses},
    connection::{Hello, Pong, ServerDraining},
    error_codes::ErrorEvent,
    messages::{
        MessageDeleted, MessageDeletedEvent, MessageEdited, MessageEditedEvent, MessageSent, Messages,
    },
    notifications::{
        NotificationRead, NotificationReadEvent, Notifications, NotificationsReadAll,
        NotificationsReadAllEvent,
    },
    objects::{ChangesObject, MessageObject, NotificationObject, StatusObject, UserObject},
    participants::{ParticipantAdded, ParticipantAddedEvent, ParticipantRemoved, ParticipantRemovedEvent},
    queue::{QueueSubscribed, QueueTicket, QueueUnsubscribed},
    ratings::{TicketRated, TicketRatedEvent},
    reactions::{ReactionAdded, ReactionAddedEvent, ReactionRemoved, ReactionRemovedEvent},
    receipts::{MessagesDelivered, MessagesRead, Receipt},
    rooms::{
        JoinedTicket, LeftTicket, LeftTicketEvent, OnlineUsers, ReplayComplete, UserJoinedTicket,
        UserLeftTicket,
    },
    schema::{Event, Reply},
    search::SearchResults,
    sign_in::{Authenticated, AuthenticationError, TokenExpiring},
    spec::{Described, named},
    statuses::UsersStatus,
    tickets::{Ticket, TicketCreated, TicketUpdated, TicketUpdatedEvent, Tickets},
    typing::{UserStoppedTyping, UserTyping},
};
use crate::domain::{Happening, LogEntry, LogKind, log::Emoji};

macro_rules! replies {
    ($($type:ty,)+) => {
        $(impl Reply for $type {})+

        /// All replies.
        pub const REPLIES: &[Described] = &[$(named::<$type>(),)+];
    };
}

replies! {
    Authenticated<'_>,
    TicketCreated<'_>,
    JoinedTicket<'_>,
    LeftTicket,
    Messages,
    MessageSent<'_>,
    OnlineUsers<'_>,
    Pong,
    MessageEdited<'_>,
    MessageDeleted,
    ReactionAdded<'_>,
    ReactionRemoved<'_>,
    Receipt<'_>,
    Tickets<'_>,
    Ticket<'_>,
    TicketUpdated<'_>,
    ParticipantAdded<'_>,
    ParticipantRemoved<'_>,
    TicketRated,
    QueueSubscribed,
    QueueUnsubscribed,
    UsersStatus<'_>,
    Notifications<'_>,
    NotificationRead,
    NotificationsReadAll,
    SearchResults,
    CannedResponses<'_>,
    CannedResponseSaved<'_>,
    CannedResponseDeleted,
    StatusObject<'_>,
}

/// An event as the documents have it.
#[derive(Clone, Copy, Debug)]
pub struct EventEntry {
    /// Its name and fields.
    pub event: Described,
}

impl EventEntry {
    /// Whether it is in a ticket's log: numbered, and replayed when it was missed.
    pub fn is_durable(&self) -> bool {
        LogKind::parse(self.event.name).is_some()
    }
}

macro_rules! events {
    ($($type:ty,)+) => {
        $(impl Event for $type {})+

        /// All events.
        pub const EVENTS: &[EventEntry] = &[$(EventEntry { event: named::<$type>() },)+];
    };
}

events! {
    Hello,
    AuthenticationError<'_>,
    TokenExpiring,
    MessageObject<'_>,
    MessageEditedEvent<'_>,
    MessageDeletedEvent,
    ReactionAddedEvent<'_>,
    ReactionRemovedEvent<'_>,
    TicketUpdatedEvent<'_>,
    ParticipantAddedEvent<'_>,
    ParticipantRemovedEvent<'_>,
    TicketRatedEvent,
    MessagesDelivered<'_>,
    MessagesRead<'_>,
    QueueTicket<'_>,
    StatusObject<'_>,
    NotificationObject<'_>,
    NotificationReadEvent,
    NotificationsReadAllEvent,
    CustomEvent<'_>,
    Announcement<'_>,
    ReplayComplete,
    UserJoinedTicket<'_>,
    UserLeftTicket<'_>,
    UserTyping<'_>,
    UserStoppedTyping<'_>,
    LeftTicketEvent<'_>,
    ServerDraining,
    ErrorEvent<'_>,
}

/// What is done with an event, whichever it is.
pub(super) trait EventVisitor {
    /// What comes of it.
    type Output;

    /// Does it.
    fn visit<T: Event>(self, event: &T) -> Self::Output;
}

/// Makes the event that tells of an entry, and hands it over.
pub(super) fn visit_event<V: EventVisitor>(entry: &LogEntry, visitor: V) -> V::Output {
    let (ticket_id, stream, seq) = (entry.ticket_id, entry.stream, entry.seq);
    match &entry.what {
        Happening::Sent(message) => visitor.visit(&MessageObject::from(message.as_ref())),
        Happening::Edited(message) => {
            let message = MessageObject::from(message.as_ref());
            visitor.visit(&MessageEditedEvent { ticket_id, stream, seq, message })
        }
        &Happening::Deleted(message_id) => {
            visitor.visit(&MessageDeletedEvent { ticket_id, stream, seq, message_id })
        }
        Happening::Reacted(Emoji { message_id, emoji, user_id }) => {
            let message_id = *message_id;
            visitor.visit(&ReactionAddedEvent { ticket_id, stream, seq, message_id, emoji, user_id })
        }
        Happening::Unreacted(Emoji { message_id, emoji, user_id }) => {
            let message_id = *message_id;
            visitor.visit(&ReactionRemovedEvent { ticket_id, stream, seq, message_id, emoji, user_id })
        }
        Happening::Updated { actor, changes } => {
            let (actor, changes) = (actor.as_ref().map(UserObject::from), ChangesObject::from(changes));
            visitor.visit(&TicketUpdatedEvent { ticket_id, stream, seq, actor, changes })
        }
        Happening::ParticipantAdded(user) => {
            let user = UserObject::from(user);
            visitor.visit(&ParticipantAddedEvent { ticket_id, stream, seq, user })
        }
        Happening::ParticipantRemoved(user) => {
            let user = UserObject::from(user);
            visitor.visit(&ParticipantRemovedEvent { ticket_id, stream, seq, user })
        }
        &Happening::Rated { score } => visitor.visit(&TicketRatedEvent { ticket_id, stream, seq, score }),
    }
}
