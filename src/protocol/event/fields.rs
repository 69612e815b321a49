//! The fields of the events that are not in a ticket's log: what is encoded, and what the documents say
//! of it.

use serde::Serialize;
use utoipa::ToSchema;

pub use super::{
    custom::{Announcement, CustomEvent},
    log::{
        MessageDeleted, MessageEdited, ParticipantAdded, ParticipantRemoved, ReactionAdded, ReactionRemoved,
        TicketRated, TicketUpdated,
    },
    notifications::{NotificationRead, NotificationsReadAll},
    receipts::{MessagesDelivered, MessagesRead},
    watching::QueueTicket,
};
use crate::{
    domain::{TicketId, User, UserId},
    protocol::{
        ErrorCode, FEATURES, VERSION, examples,
        objects::{PositionObject, Rfc3339, UserObject},
    },
};

/// What the server says first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HelloEvent, examples(examples::hello))]
pub struct Hello {
    /// The version of the protocol.
    protocol: u32,
    /// Program and version.
    server: &'static str,
    /// Names the connection in the server's log.
    connection_id: String,
    /// What the server can do.
    #[schema(value_type = Vec<String>)]
    features: &'static [&'static str],
    /// How often the server sends a ping.
    heartbeat_ms: u64,
    /// How long the client has to authenticate.
    auth_timeout_ms: u64,
    /// The largest message that the server takes, once authenticated.
    max_frame_bytes: usize,
    /// The largest attachment that the server takes.
    max_attachment_bytes: usize,
}

impl From<&super::Hello> for Hello {
    fn from(hello: &super::Hello) -> Self {
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

/// `authenticate` without an `ack`, or a bearer header, was refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthenticationErrorEvent, examples(examples::authentication_error))]
pub struct AuthenticationError<'a> {
    /// Why, for programs.
    pub(super) code: ErrorCode,
    /// Why, for people.
    pub(super) message: &'a str,
    /// When trying again may work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) retry_after_ms: Option<u64>,
}

/// The token ends soon.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenExpiringEvent, examples(examples::token_expiring))]
pub struct TokenExpiring {
    /// When.
    pub(super) expires_at: Rfc3339,
}

/// The server is about to restart.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerDrainingEvent, examples(examples::server_draining))]
pub struct ServerDraining {
    /// How long to wait before coming back.
    pub(super) reconnect_after_ms: u64,
}

macro_rules! room_users {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(examples::room_user))]
        pub struct $type<'a> {
            /// In which ticket.
            ticket_id: TicketId,
            /// Who.
            user: UserObject<'a>,
            /// The same as `user.name`.
            user_name: &'a str,
        }

        impl<'a> $type<'a> {
            pub(super) fn new(ticket_id: TicketId, user: &'a User) -> Self {
                Self { ticket_id, user: UserObject::from(user), user_name: &user.name }
            }
        }
    )+};
}

room_users! {
    /// A user's first connection joined the room.
    UserJoinedTicket as UserJoinedTicketEvent;
    /// A user's last connection left the room.
    UserLeftTicket as UserLeftTicketEvent;
}

macro_rules! typing_users {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema, examples(examples::typing_user))]
        pub struct $type<'a> {
            /// In which ticket.
            ticket_id: TicketId,
            /// Who.
            user_id: &'a UserId,
            /// Their name.
            user_name: &'a str,
        }

        impl<'a> $type<'a> {
            pub(super) fn new(ticket_id: TicketId, user: &'a User) -> Self {
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

/// The connection lost access to a ticket whose room it had joined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LeftTicketEvent, examples(examples::room_lost))]
pub struct LeftTicket<'a> {
    /// Which ticket.
    pub(super) ticket_id: TicketId,
    /// `access_lost`.
    pub(super) reason: &'a str,
}

/// All that was missed has come; what follows is live.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayCompleteEvent, examples(examples::replay_complete))]
pub struct ReplayComplete {
    /// In which ticket.
    pub(super) ticket_id: TicketId,
    /// That of `joined_ticket`.
    pub(super) position: PositionObject,
}
