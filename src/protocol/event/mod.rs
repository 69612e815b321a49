//! What the server sends by itself.
//!
//! Owns names and fields of events. Does not know who gets them.

mod custom;
mod log;
mod notifications;
mod receipts;
mod watching;

use bytestring::ByteString;
use serde::Serialize;

pub use custom::{CustomData, announcement, custom_event};
pub use log::log_entry;
pub use notifications::notifications_read;
pub use receipts::messages_confirmed;
pub use watching::QueueReason;

use super::{
    ErrorCode, FEATURES, VERSION,
    frame::encode_event,
    object::{MessageObject, NotificationObject, PositionObject, Rfc3339, StatusObject, UserObject},
};
use crate::domain::{
    ConnectionId, Message, Notification, Ticket, TicketId, Timestamp, User, UserId, UserStatus,
};

/// The name of the event that carries a message.
pub const NEW_MESSAGE: &str = "new_message";

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
    encode_event(NEW_MESSAGE, &MessageObject::from(message))
}

impl Event<'_> {
    /// As a frame.
    pub fn encode(&self) -> ByteString {
        match self {
            Self::Hello(hello) => encode_event("hello", &HelloData::from(hello)),
            Self::AuthenticationError { code, message, retry_after_ms } => encode_event(
                "authentication_error",
                &AuthenticationErrorData { code: *code, message, retry_after_ms: *retry_after_ms },
            ),
            Self::TokenExpiring { expires_at } => {
                encode_event("token_expiring", &TokenExpiringData { expires_at: Rfc3339(*expires_at) })
            }
            Self::ServerDraining { reconnect_after_ms } => {
                encode_event("server_draining", &DrainingData { reconnect_after_ms: *reconnect_after_ms })
            }
            Self::UserJoinedTicket { ticket_id, user } => {
                encode_event("user_joined_ticket", &RoomUserData::new(*ticket_id, user))
            }
            Self::UserLeftTicket { ticket_id, user } => {
                encode_event("user_left_ticket", &RoomUserData::new(*ticket_id, user))
            }
            Self::UserTyping { ticket_id, user } => {
                encode_event("user_typing", &TypingData::new(*ticket_id, user))
            }
            Self::UserStoppedTyping { ticket_id, user } => {
                encode_event("user_stopped_typing", &TypingData::new(*ticket_id, user))
            }
            Self::LeftTicket { ticket_id, reason } => {
                encode_event("left_ticket", &LeftData { ticket_id: *ticket_id, reason })
            }
            Self::ReplayComplete { ticket_id, position } => {
                encode_event("replay_complete", &ReplayData { ticket_id: *ticket_id, position: *position })
            }
            Self::Notification(notification) => {
                encode_event("notification", &NotificationObject::from(*notification))
            }
            Self::UserStatus { user_id, status } => {
                encode_event("user_status", &StatusObject::new(user_id, *status))
            }
            Self::QueueTicket { reason, ticket } => watching::queue_ticket(*reason, ticket),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HelloData {
    protocol: u32,
    server: &'static str,
    connection_id: String,
    features: &'static [&'static str],
    heartbeat_ms: u64,
    auth_timeout_ms: u64,
    max_frame_bytes: usize,
    max_attachment_bytes: usize,
}

impl From<&Hello> for HelloData {
    fn from(hello: &Hello) -> Self {
        Self {
            protocol: VERSION,
            server: concat!("deskwire/", env!("CARGO_PKG_VERSION")),
            connection_id: hello.connection_id.to_string(),
            features: FEATURES,
            heartbeat_ms: hello.heartbeat_ms,
            auth_timeout_ms: hello.auth_timeout_ms,
            max_frame_bytes: hello.max_frame_bytes,
            max_attachment_bytes: hello.max_attachment_bytes,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationErrorData<'a> {
    code: ErrorCode,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenExpiringData {
    expires_at: Rfc3339,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DrainingData {
    reconnect_after_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoomUserData<'a> {
    ticket_id: TicketId,
    user: UserObject<'a>,
    user_name: &'a str,
}

impl<'a> RoomUserData<'a> {
    fn new(ticket_id: TicketId, user: &'a User) -> Self {
        Self { ticket_id, user: UserObject::from(user), user_name: &user.name }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TypingData<'a> {
    ticket_id: TicketId,
    user_id: &'a UserId,
    user_name: &'a str,
}

impl<'a> TypingData<'a> {
    fn new(ticket_id: TicketId, user: &'a User) -> Self {
        Self { ticket_id, user_id: &user.id, user_name: &user.name }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LeftData<'a> {
    ticket_id: TicketId,
    reason: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplayData {
    ticket_id: TicketId,
    position: PositionObject,
}
