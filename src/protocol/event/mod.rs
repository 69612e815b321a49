//! What the server sends by itself.
//!
//! Owns names and fields of events. Does not know who gets them.

mod catalogue;
mod custom;
pub mod fields;
mod log;
mod notifications;
mod receipts;
mod watching;

use bytestring::ByteString;

pub use catalogue::{CATALOGUE, EventEntry};
pub use custom::{Announcement, CustomEvent};
pub use log::log_entry;
pub use notifications::notifications_read;
pub use receipts::messages_confirmed;
pub use watching::QueueReason;

use super::{
    ErrorCode,
    frame::encode_event as encode,
    objects::{MessageObject, NotificationObject, PositionObject, Rfc3339, StatusObject},
    schema::Named,
};
use crate::domain::{
    ConnectionId, Message, Notification, Ticket, TicketId, Timestamp, User, UserId, UserStatus,
};

/// The name of the event that carries a message.
pub const NEW_MESSAGE: &str = MessageObject::NAME;

/// An event that is not in a ticket's log.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the variants are the events of docs/PROTOCOL.md")]
pub enum Event<'a> {
    Hello(Hello),
    AuthenticationError { code: ErrorCode, message: &'a str, retry_after_ms: Option<u64> },
    TokenExpiring { expires_at: Timestamp },
    ServerDraining { reconnect_after_ms: u64 },
    UserJoinedTicket { ticket_id: TicketId, user: &'a User },
    UserLeftTicket { ticket_id: TicketId, user: &'a User },
    UserTyping { ticket_id: TicketId, user: &'a User },
    UserStoppedTyping { ticket_id: TicketId, user: &'a User },
    LeftTicket { ticket_id: TicketId, reason: &'a str },
    ReplayComplete { ticket_id: TicketId, position: PositionObject },
    Notification(&'a Notification),
    UserStatus { user_id: &'a UserId, status: UserStatus },
    QueueTicket { reason: QueueReason, ticket: &'a Ticket },
}

/// The fields of `hello`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct Hello {
    pub connection_id: ConnectionId,
    pub heartbeat_ms: u64,
    pub auth_timeout_ms: u64,
    pub max_frame_bytes: usize,
    pub max_attachment_bytes: usize,
}

/// A committed message as the frame that everyone in its stream gets.
pub fn new_message(message: &Message) -> ByteString {
    encode(&MessageObject::from(message))
}

impl Event<'_> {
    /// As a frame.
    pub fn encode(&self) -> ByteString {
        match *self {
            Self::Hello(ref hello) => encode(&fields::Hello::from(hello)),
            Self::AuthenticationError { code, message, retry_after_ms } => {
                encode(&fields::AuthenticationError { code, message, retry_after_ms })
            }
            Self::TokenExpiring { expires_at } => {
                encode(&fields::TokenExpiring { expires_at: Rfc3339(expires_at) })
            }
            Self::ServerDraining { reconnect_after_ms } => {
                encode(&fields::ServerDraining { reconnect_after_ms })
            }
            Self::UserJoinedTicket { ticket_id, user } => {
                encode(&fields::UserJoinedTicket::new(ticket_id, user))
            }
            Self::UserLeftTicket { ticket_id, user } => encode(&fields::UserLeftTicket::new(ticket_id, user)),
            Self::UserTyping { ticket_id, user } => encode(&fields::UserTyping::new(ticket_id, user)),
            Self::UserStoppedTyping { ticket_id, user } => {
                encode(&fields::UserStoppedTyping::new(ticket_id, user))
            }
            Self::LeftTicket { ticket_id, reason } => encode(&fields::LeftTicket { ticket_id, reason }),
            Self::ReplayComplete { ticket_id, position } => {
                encode(&fields::ReplayComplete { ticket_id, position })
            }
            Self::Notification(notification) => encode(&NotificationObject::from(notification)),
            Self::UserStatus { user_id, status } => encode(&StatusObject::new(user_id, status)),
            Self::QueueTicket { reason, ticket } => watching::queue_ticket(reason, ticket),
        }
    }
}
