//! The fields of the commands that change, confirm, watch and search conversations.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{Format, Since, bounded};
use crate::{
    domain::{
        Availability, CannedResponseId, MessageId, NotificationId, Priority, Stream, TicketId, TicketStatus,
        UserId,
    },
    protocol::{examples as example, objects::Rfc3339, schema::AnyId},
};

/// Changes the text of a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::edit_message))]
pub struct EditMessage {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
    /// The new text; may be empty only if the message has attachments.
    pub message: String,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
}

/// Which message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::message_ref))]
pub struct MessageRef {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
}

/// An emoji for a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::react))]
pub struct React {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
    /// Exactly one emoji, with its skin tone if it has one.
    #[schema(min_length = 1)]
    pub emoji: String,
}

/// Confirms messages: up to `seq`, or up to a message; exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::mark))]
pub struct Mark {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// The message's own with `messageId`, else `public` if it is not given.
    pub stream: Option<Stream>,
    /// Up to which number of the stream.
    pub seq: Option<u64>,
    /// Up to which message of the ticket.
    #[schema(value_type = Option<AnyId>)]
    pub message_id: Option<MessageId>,
}

/// Reads a page of the tickets that the caller sees. All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::list_tickets))]
pub struct ListTickets {
    /// Only those in this status.
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
    /// Only those of this requester.
    pub requester_id: Option<UserId>,
    /// Only those with exactly this label; agents only.
    pub label: Option<String>,
    /// A ticket's number, or words of its subject.
    pub query: Option<String>,
    /// The `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Changes a ticket; a field that is missing stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(example::update_ticket))]
pub struct UpdateTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// What it is about; markup is removed.
    #[schema(min_length = 1)]
    pub subject: Option<String>,
    /// Where it is in its life.
    pub status: Option<TicketStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// `null` returns the ticket to the queue.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
    /// The whole new set.
    #[serde(default, deserialize_with = "bounded")]
    pub labels: Option<Vec<String>>,
    /// `null` wakes the ticket up.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Rfc3339>)]
    pub snoozed_until: Option<Option<Rfc3339>>,
    /// Of the caller alone.
    pub muted: Option<bool>,
    /// Refuse if the ticket has moved past this.
    pub if_position: Option<Since>,
}

/// Who, and in which ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::participant_ref))]
pub struct Participant {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// Known to the server.
    pub user_id: UserId,
}

/// Says what a requester thinks of how they were helped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::rate_ticket))]
pub struct RateTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i64,
    /// Plain text; an empty one is none.
    pub comment: Option<String>,
}

/// Watches the queue. All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::subscribe_queue))]
pub struct SubscribeQueue {
    /// Only those in this status.
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
}

/// Which user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::user_ref))]
pub struct UserRef {
    /// The user.
    pub user_id: UserId,
}

/// Which users.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::user_refs))]
pub struct UserRefs {
    /// Each is answered once.
    #[serde(deserialize_with = "bounded")]
    #[schema(required, nullable = false, min_items = 1, max_items = 200)]
    pub user_ids: Option<Vec<UserId>>,
}

/// Sets the caller's own status.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::set_status))]
pub struct SetStatus {
    /// As what others see the caller.
    pub status: Availability,
}

/// Reads a page of the caller's notifications.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::get_notifications))]
pub struct GetNotifications {
    /// Only those that are not read; `false` if it is not given.
    pub unread_only: Option<bool>,
    /// The page that ends right before this one.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<NotificationId>,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Which notification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::notification_ref))]
pub struct NotificationRef {
    /// The notification.
    #[schema(value_type = AnyId)]
    pub notification_id: NotificationId,
}

/// Searches the messages that the caller sees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::search_messages))]
pub struct SearchMessages {
    /// 1 to 16 words; the last may be the beginning of one.
    pub query: String,
    /// Only in this ticket.
    #[schema(value_type = Option<AnyId>)]
    pub ticket_id: Option<TicketId>,
    /// Only older ones.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<MessageId>,
    /// 20 if it is not given.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Saves a canned response; with an `id` it replaces that one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::save_canned_response))]
pub struct SaveCannedResponse {
    /// Which one to change; without it a new one is saved.
    #[schema(value_type = Option<AnyId>)]
    pub id: Option<CannedResponseId>,
    /// Letters, digits, `-` and `_`; no two of one agent, nor of the shared ones, have the same.
    #[schema(min_length = 1, max_length = 50)]
    pub shortcut: String,
    /// Plain text.
    #[schema(min_length = 1)]
    pub title: String,
    /// Plain text, with fields such as `{{customer.name}}`.
    #[schema(min_length = 1)]
    pub message: String,
    /// Whether all agents have it; `false` if it is not given.
    pub shared: Option<bool>,
}

/// Which canned response.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::canned_response_ref))]
pub struct CannedResponseRef {
    /// The canned response.
    #[schema(value_type = AnyId)]
    pub id: CannedResponseId,
}

/// Tells `null` (`Some(None)`) from a field that is missing (`None`, by default).
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
