//! The one list of commands: names, fields, classes, replies and events.
//!
//! Owns the enum that is made of it, how a name becomes a command, and what the documents say of each.
//! A command that is not in this list cannot exist.

use super::{
    Authenticate, CannedResponseRef, CreateTicket, EditMessage, GetMessages, GetNotifications, JoinTicket,
    ListTickets, Mark, MessageRef, NoFields, NotificationRef, Participant, RateTicket, React,
    SaveCannedResponse, SearchMessages, SendMessage, SetStatus, SubscribeQueue, TicketRef, Typing,
    UpdateTicket, UserRef, UserRefs, fields,
};
use crate::{
    domain::Class,
    protocol::{
        ErrorCode, WireError,
        reply::fields as reply,
        spec::{self, Described},
    },
};

/// A command as the documents have it.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    /// Its name and fields.
    pub command: Described,
    /// What it does.
    pub summary: &'static str,
    /// What it is charged to.
    pub class: Class,
    /// What it is answered with, unless that is an empty `ack` or nothing.
    pub reply: Option<Described>,
    /// The events that tell others of it.
    pub events: &'static [&'static str],
}

/// The decoded form of a row's fields, and what the documents make of them.
macro_rules! row {
    (decode $variant:ident $data:ident) => {
        fields::<NoFields>($data).map(|NoFields {}| Command::$variant)
    };
    (decode $variant:ident $data:ident $fields:ty) => {
        fields::<$fields>($data).map(Command::$variant)
    };
    (describe $name:literal) => {
        spec::command::<NoFields>($name)
    };
    (describe $name:literal Box<$fields:ty>) => {
        spec::command::<$fields>($name)
    };
    (describe $name:literal $fields:ty) => {
        spec::command::<$fields>($name)
    };
    (reply ()) => {
        None
    };
    (reply $reply:ty) => {
        Some(spec::named::<$reply>())
    };
}

/// A variant, as a pattern, whatever its fields.
macro_rules! any {
    ($variant:ident) => {
        Self::$variant
    };
    ($variant:ident $fields:ty) => {
        Self::$variant(_)
    };
}

macro_rules! commands {
    ($(
        #[doc = $summary:literal]
        $variant:ident $(($($fields:tt)+))? = $name:literal, $class:ident, $reply:tt $(:: $of:ident)?, [$($event:literal),*];
    )+) => {
        /// A command, decoded.
        #[derive(Debug)]
        pub enum Command {
            $(#[doc = $summary] $variant $(($($fields)+))?,)+
        }

        impl Command {
            /// All of them.
            pub const CATALOGUE: &[CommandEntry] = &[$(CommandEntry {
                command: row!(describe $name $($($fields)+)?),
                summary: $summary,
                class: Class::$class,
                reply: row!(reply $reply $(:: $of)?),
                events: &[$($event),*],
            }),+];

            /// Decodes the `data` of the command `event`.
            ///
            /// # Errors
            /// `unknown_event`, or `invalid_payload` naming the field at fault.
            pub fn decode(event: &str, data: &str) -> Result<Self, WireError> {
                match event {
                    $($name => row!(decode $variant data $($($fields)+)?),)+
                    _ => Err(WireError::new(ErrorCode::UnknownEvent, "There is no such command.")),
                }
            }

            /// The name on the wire, and the `command` label of metrics.
            pub fn name(&self) -> &'static str {
                match self {
                    $(any!($variant $($($fields)+)?) => $name,)+
                }
            }

            /// What it is charged to.
            pub fn class(&self) -> Class {
                match self {
                    $(any!($variant $($($fields)+)?) => Class::$class,)+
                }
            }
        }
    };
}

commands! {
    /// Says who the caller is; the first command of a connection.
    Authenticate(Authenticate) = "authenticate", Auth, reply::Authenticated, [];
    /// Opens a ticket.
    CreateTicket(Box<CreateTicket>) = "create_ticket", Ticket, reply::TicketCreated, ["notification"];
    /// Enters a ticket's room: what happens in it is delivered from then on.
    JoinTicket(JoinTicket) = "join_ticket", Join, reply::JoinedTicket, ["user_joined_ticket"];
    /// Leaves a ticket's room.
    LeaveTicket(TicketRef) = "leave_ticket", Join, reply::LeftTicket, ["user_left_ticket"];
    /// Reads a page of a ticket's messages, oldest first.
    GetMessages(GetMessages) = "get_messages", History, reply::Messages, [];
    /// Sends a message, to a stream of a ticket.
    SendMessage(Box<SendMessage>) = "send_message", Message, reply::MessageSent, ["new_message"];
    /// Tells others in the room that the caller types.
    TypingStart(Typing) = "typing_start", Typing, (), ["user_typing"];
    /// Tells others in the room that the caller types no more.
    TypingStop(Typing) = "typing_stop", Typing, (), ["user_stopped_typing"];
    /// Tells who has a ticket's room joined.
    GetOnlineUsers(TicketRef) = "get_online_users", Other, reply::OnlineUsers, [];
    /// Tells whether the connection works.
    Ping = "ping", Other, reply::Pong, [];
    /// Changes the text of a message.
    EditMessage(EditMessage) = "edit_message", Message, reply::MessageEdited, ["message_edited"];
    /// Empties a message; its place stays.
    DeleteMessage(MessageRef) = "delete_message", Message, reply::MessageDeleted, ["message_deleted"];
    /// Puts an emoji under a message.
    AddReaction(React) = "add_reaction", Reaction, reply::ReactionAdded, ["reaction_added"];
    /// Takes the caller's own emoji away again.
    RemoveReaction(React) = "remove_reaction", Reaction, reply::ReactionRemoved, ["reaction_removed"];
    /// Confirms that the caller's client has got messages.
    MarkDelivered(Mark) = "mark_delivered", Receipt, reply::Receipt, ["messages_delivered"];
    /// Confirms that the caller has read messages.
    MarkRead(Mark) = "mark_read", Receipt, reply::Receipt, ["messages_read"];
    /// Reads a page of the tickets that the caller sees.
    ListTickets(Box<ListTickets>) = "list_tickets", History, reply::Tickets, [];
    /// Reads a ticket.
    GetTicket(TicketRef) = "get_ticket", History, reply::Ticket, [];
    /// Changes fields of a ticket.
    UpdateTicket(Box<UpdateTicket>) = "update_ticket", Ticket, reply::TicketUpdated, ["ticket_updated"];
    /// Adds someone to a ticket.
    AddParticipant(Participant) = "add_participant", Ticket, reply::ParticipantAdded, ["participant_added", "notification"];
    /// Removes someone from a ticket, or leaves it for good.
    RemoveParticipant(Participant) = "remove_participant", Ticket, reply::ParticipantRemoved, ["participant_removed", "notification"];
    /// Rates a closed ticket of the caller's own.
    RateTicket(RateTicket) = "rate_ticket", Ticket, reply::TicketRated, ["ticket_rated"];
    /// Watches the queue.
    SubscribeQueue(SubscribeQueue) = "subscribe_queue", Join, reply::QueueSubscribed, [];
    /// Watches the queue no more.
    UnsubscribeQueue = "unsubscribe_queue", Join, reply::QueueUnsubscribed, [];
    /// Tells how a user is seen.
    GetUserStatus(UserRef) = "get_user_status", Other, reply::UserStatus, [];
    /// Tells how several users are seen.
    GetUsersStatus(UserRefs) = "get_users_status", Other, reply::UsersStatus, [];
    /// Says how the caller wants to be seen.
    SetStatus(SetStatus) = "set_status", Other, reply::UserStatus, ["user_status"];
    /// Reads a page of the caller's notifications, newest first.
    GetNotifications(GetNotifications) = "get_notifications", History, reply::Notifications, [];
    /// Marks a notification as read.
    MarkNotificationRead(NotificationRef) = "mark_notification_read", Receipt, reply::NotificationRead, ["notification_read"];
    /// Marks all of the caller's notifications as read.
    MarkAllNotificationsRead = "mark_all_notifications_read", Receipt, reply::NotificationsReadAll, ["notifications_read_all"];
    /// Searches the messages that the caller sees, newest first.
    SearchMessages(SearchMessages) = "search_messages", Search, reply::SearchResults, [];
    /// Lists the shared canned responses and the caller's own.
    ListCannedResponses = "list_canned_responses", Other, reply::CannedResponses, [];
    /// Saves a canned response.
    SaveCannedResponse(Box<SaveCannedResponse>) = "save_canned_response", Other, reply::CannedResponseSaved, [];
    /// Deletes a canned response.
    DeleteCannedResponse(CannedResponseRef) = "delete_canned_response", Other, reply::CannedResponseDeleted, [];
}
