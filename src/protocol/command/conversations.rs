//! The fields of the commands that change, confirm, watch and search conversations.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{Format, Since, bounded};
use crate::{
    domain::{
        Availability, CannedResponseId, MessageId, NotificationId, Priority, Stream, TicketId, TicketStatus,
        UserId,
    },
    protocol::object::Rfc3339,
};

/// `edit_message`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct EditMessage {
    pub message_id: MessageId,
    pub message: String,
    pub format: Option<Format>,
}

/// `delete_message`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct MessageRef {
    pub message_id: MessageId,
}

/// `add_reaction`, `remove_reaction`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct React {
    pub message_id: MessageId,
    pub emoji: String,
}

/// `mark_delivered`, `mark_read`: up to `seq`, or up to a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct Mark {
    pub ticket_id: TicketId,
    pub stream: Option<Stream>,
    pub seq: Option<u64>,
    pub message_id: Option<MessageId>,
}

/// `list_tickets`
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct ListTickets {
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    pub assignee_id: Option<Option<UserId>>,
    pub requester_id: Option<UserId>,
    pub label: Option<String>,
    pub query: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

/// `update_ticket`; a field that is missing stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct UpdateTicket {
    pub ticket_id: TicketId,
    pub subject: Option<String>,
    pub status: Option<TicketStatus>,
    pub priority: Option<Priority>,
    /// `null` returns the ticket to the queue.
    #[serde(default, deserialize_with = "nullable")]
    pub assignee_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "bounded")]
    pub labels: Option<Vec<String>>,
    /// `null` wakes the ticket up.
    #[serde(default, deserialize_with = "nullable")]
    pub snoozed_until: Option<Option<Rfc3339>>,
    /// Of the caller alone.
    pub muted: Option<bool>,
    /// Refuse if the ticket has moved past this.
    pub if_position: Option<Since>,
}

/// `add_participant`, `remove_participant`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct Participant {
    pub ticket_id: TicketId,
    pub user_id: UserId,
}

/// `rate_ticket`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct RateTicket {
    pub ticket_id: TicketId,
    pub score: i64,
    pub comment: Option<String>,
}

/// `subscribe_queue`
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct SubscribeQueue {
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    pub assignee_id: Option<Option<UserId>>,
}

/// `get_user_status`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct UserRef {
    pub user_id: UserId,
}

/// `get_users_status`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct UserRefs {
    #[serde(deserialize_with = "bounded")]
    pub user_ids: Option<Vec<UserId>>,
}

/// `set_status`
#[derive(Debug, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct SetStatus {
    pub status: Availability,
}

/// `get_notifications`
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct GetNotifications {
    pub unread_only: Option<bool>,
    pub before: Option<NotificationId>,
    pub limit: Option<u32>,
}

/// `mark_notification_read`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct NotificationRef {
    pub notification_id: NotificationId,
}

/// `search_messages`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct SearchMessages {
    pub query: String,
    pub ticket_id: Option<TicketId>,
    pub before: Option<MessageId>,
    pub limit: Option<u32>,
}

/// `save_canned_response`; with an `id` it replaces that one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct SaveCannedResponse {
    pub id: Option<CannedResponseId>,
    pub shortcut: String,
    pub title: String,
    pub message: String,
    pub shared: Option<bool>,
}

/// `delete_canned_response`
#[derive(Debug, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct CannedResponseRef {
    pub id: CannedResponseId,
}

/// Tells `null` (`Some(None)`) from a field that is missing (`None`, by default).
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
