//! The lists of commands, replies and events.
//!
//! Owns which there are, in the order of the documents, the enum that is made of the commands, and the event that
//! tells of each entry of a ticket's log. What is in no list is not decoded or encoded either; what is declared of
//! a command stands beside its fields.

use super::{
    app_events::{Announcement, CustomEvent},
    canned_responses::{
        CannedResponseDeleted, CannedResponseSaved, CannedResponses, DeleteCannedResponse,
        ListCannedResponses, SaveCannedResponse,
    },
    connection::{Hello, Ping, Pong, ServerDraining},
    decode::fields,
    error_codes::{ErrorCode, ErrorEvent, WireError},
    messages::{
        DeleteMessage, EditMessage, GetMessages, MessageDeleted, MessageDeletedEvent, MessageEdited,
        MessageEditedEvent, MessageSent, Messages, SendMessage,
    },
    notifications::{
        GetNotifications, MarkAllNotificationsRead, MarkNotificationRead, NotificationRead,
        NotificationReadEvent, Notifications, NotificationsReadAll, NotificationsReadAllEvent,
    },
    objects::{ChangesObject, MessageObject, NotificationObject, StatusObject, UserObject},
    participants::{
        AddParticipant, ParticipantAdded, ParticipantAddedEvent, ParticipantRemoved, ParticipantRemovedEvent,
        RemoveParticipant,
    },
    queue::{QueueSubscribed, QueueTicket, QueueUnsubscribed, SubscribeQueue, UnsubscribeQueue},
    ratings::{RateTicket, TicketRated, TicketRatedEvent},
    reactions::{
        AddReaction, ReactionAdded, ReactionAddedEvent, ReactionRemoved, ReactionRemovedEvent, RemoveReaction,
    },
    receipts::{MarkDelivered, MarkRead, MessagesDelivered, MessagesRead, Receipt},
    rooms::{
        GetOnlineUsers, JoinTicket, JoinedTicket, LeaveTicket, LeftTicket, LeftTicketEvent, OnlineUsers,
        ReplayComplete, UserJoinedTicket, UserLeftTicket,
    },
    schema::{Event, Reply},
    search::{SearchMessages, SearchResults},
    sign_in::{Authenticate, Authenticated, AuthenticationError, TokenExpiring},
    spec::{CommandReply as _, CommandSpec, Described, Order, Route, command, named},
    statuses::{GetUserStatus, GetUsersStatus, SetStatus, UsersStatus},
    tickets::{
        CreateTicket, GetTicket, ListTickets, Ticket, TicketCreated, TicketUpdated, TicketUpdatedEvent,
        Tickets, UpdateTicket,
    },
    typing::{TypingStart, TypingStop, UserStoppedTyping, UserTyping},
};
use crate::domain::{Action, Class, LogEntry, LogEvent, LogKind, log::LoggedReaction};

/// All commands, in the order of the documents. Large ones are boxed, so that a command is small.
macro_rules! with_commands {
    ($then:ident) => {
        $then! {
            Authenticate, CreateTicket: Box, JoinTicket, LeaveTicket, GetMessages, SendMessage: Box, TypingStart,
            TypingStop, GetOnlineUsers, Ping, EditMessage, DeleteMessage, AddReaction, RemoveReaction,
            MarkDelivered, MarkRead, ListTickets: Box, GetTicket, UpdateTicket: Box, AddParticipant,
            RemoveParticipant, RateTicket, SubscribeQueue, UnsubscribeQueue, GetUserStatus, GetUsersStatus,
            SetStatus, GetNotifications, MarkNotificationRead, MarkAllNotificationsRead, SearchMessages,
            ListCannedResponses, SaveCannedResponse: Box, DeleteCannedResponse,
        }
    };
}

pub(crate) use with_commands;

/// What is declared of a command.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    /// Name and fields.
    pub command: Described,
    /// The rate limit that the command is charged to.
    pub class: Class,
    /// Rights that the command may need.
    pub actions: &'static [Action],
    /// Fields of the answer, unless that is an empty `ack` or nothing.
    pub reply: Option<Described>,
    /// The events that tell others of the command.
    pub events: &'static [&'static str],
    /// The request that carries the command over HTTP, if there is one.
    pub route: Option<Route>,
    /// When the command may start.
    pub order: Order,
}

impl CommandEntry {
    const fn of<T: CommandSpec>() -> Self {
        Self {
            command: command::<T>(),
            class: T::CLASS,
            actions: T::ACTIONS,
            reply: T::Reply::DESCRIBED,
            events: T::EVENTS,
            route: T::ROUTE,
            order: T::ORDER,
        }
    }

    /// Whether the command has fields for which its route has no variable: those of a body or a query.
    pub fn has_fields_outside_path(&self) -> bool {
        let in_path = self.route.map_or(&[] as &[&str], |route| route.fields);
        self.command.fields().iter().any(|field| !in_path.contains(&field.as_str()))
    }
}

/// The type that a variant holds.
macro_rules! held {
    ($command:ident) => { $command };
    ($command:ident $boxed:ident) => { $boxed<$command> };
}

macro_rules! define {
    ($($command:ident $(: $boxed:ident)?),+ $(,)?) => {
        /// A command, decoded.
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each variant is documented as a type")]
        pub enum Command {
            $($command(held!($command $($boxed)?)),)+
        }

        impl Command {
            /// All of them.
            pub const CATALOGUE: &[CommandEntry] = &[$(CommandEntry::of::<$command>()),+];

            /// Decodes the `data` of the command `event`.
            ///
            /// # Errors
            /// `unknown_event`, or `invalid_payload` naming the field at fault.
            pub fn decode(event: &str, data: &str) -> Result<Self, WireError> {
                match event {
                    $(<$command as CommandSpec>::NAME => {
                        fields::<$command>(data).map(|fields| Self::$command(fields.into()))
                    })+
                    _ => Err(WireError::new(ErrorCode::UnknownEvent, "There is no such command.")),
                }
            }

            /// What is declared of it.
            pub fn entry(&self) -> &'static CommandEntry {
                match self {
                    $(Self::$command(_) => const { &CommandEntry::of::<$command>() },)+
                }
            }
        }
    };
}

with_commands!(define);

impl Command {
    /// The name on the wire, and the `command` label of metrics.
    pub fn name(&self) -> &'static str {
        self.entry().command.name
    }

    /// What it is charged to.
    pub fn class(&self) -> Class {
        self.entry().class
    }
}

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
    match &entry.event {
        LogEvent::MessageSent(message) => visitor.visit(&MessageObject::from(message.as_ref())),
        LogEvent::MessageEdited(message) => {
            let message = MessageObject::from(message.as_ref());
            visitor.visit(&MessageEditedEvent { ticket_id, stream, seq, message })
        }
        &LogEvent::MessageDeleted(message_id) => {
            visitor.visit(&MessageDeletedEvent { ticket_id, stream, seq, message_id })
        }
        LogEvent::ReactionAdded(LoggedReaction { message_id, emoji, user_id }) => {
            let message_id = *message_id;
            visitor.visit(&ReactionAddedEvent { ticket_id, stream, seq, message_id, emoji, user_id })
        }
        LogEvent::ReactionRemoved(LoggedReaction { message_id, emoji, user_id }) => {
            let message_id = *message_id;
            visitor.visit(&ReactionRemovedEvent { ticket_id, stream, seq, message_id, emoji, user_id })
        }
        LogEvent::TicketUpdated { actor, changes } => {
            let (actor, changes) = (actor.as_ref().map(UserObject::from), ChangesObject::from(changes));
            visitor.visit(&TicketUpdatedEvent { ticket_id, stream, seq, actor, changes })
        }
        LogEvent::ParticipantAdded(user) => {
            let user = UserObject::from(user);
            visitor.visit(&ParticipantAddedEvent { ticket_id, stream, seq, user })
        }
        LogEvent::ParticipantRemoved(user) => {
            let user = UserObject::from(user);
            visitor.visit(&ParticipantRemovedEvent { ticket_id, stream, seq, user })
        }
        &LogEvent::TicketRated { score } => {
            visitor.visit(&TicketRatedEvent { ticket_id, stream, seq, score })
        }
    }
}
