//! Messages: the replies to reading, sending, editing and deleting them, and the events of it.
//!
//! Owns names and fields. A message itself is an object, and the event of a new one is nothing but that.

use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    examples::{durable, message, whole_position},
    objects::{MessageObject, PositionObject},
    schema::names,
};
use crate::domain::{LogKind, MessageId, Stream, TicketId};

names! {
    Messages = "messages";
    MessageSent<'_> = "message_sent";
    MessageEdited<'_> = "message_edited";
    MessageDeleted = "message_deleted";
    MessageObject<'_> = LogKind::MessageSent.event();
    MessageEditedEvent<'_> = LogKind::MessageEdited.event();
    MessageDeletedEvent = LogKind::MessageDeleted.event();
}

/// A page of a ticket's messages, oldest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessagesReply, examples(page))]
pub struct Messages {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Oldest first.
    #[schema(value_type = Vec<MessageObject<'_>>)]
    pub messages: Vec<Box<RawValue>>,
    /// How many the caller sees in the ticket.
    pub total: u64,
    /// Whether there are more in the direction of reading.
    pub has_more: bool,
    /// The state that the page reflects.
    pub position: PositionObject,
}

/// The message as it was committed.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageSentReply, examples(sent))]
pub struct MessageSent<'a> {
    /// As it is now.
    #[schema(value_type = MessageObject<'a>)]
    pub message: &'a RawValue,
    /// `true` if it had been sent before, by the same command; else left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// The message with its new text.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageEditedReply, examples(edited))]
pub struct MessageEdited<'a> {
    /// As it is now.
    pub message: MessageObject<'a>,
}

/// Which message is empty now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageDeletedReply, examples(deleted))]
pub struct MessageDeleted {
    /// Its ticket.
    pub ticket_id: TicketId,
    /// The message.
    pub message_id: MessageId,
}

/// A message has a new text.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageEditedEvent, examples(edited_event))]
pub struct MessageEditedEvent<'a> {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The event's number in the stream, dense from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// As it is now; its `seq` stays what it was.
    pub message: MessageObject<'a>,
}

/// A message is empty now: its text, attachments and reactions are gone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(deleted_event))]
pub struct MessageDeletedEvent {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The event's number in the stream, dense from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// The message.
    pub message_id: MessageId,
}

fn page() -> Value {
    json!({
        "ticketId": "3", "messages": [message()], "total": 2, "hasMore": true, "position": whole_position(),
    })
}

fn sent() -> Value {
    json!({"message": message()})
}

fn edited() -> Value {
    let mut message = message();
    message["message"] = "Any news? Thanks".into();
    message["editedAt"] = "2026-11-21T09:26:30.192Z".into();
    json!({"message": message})
}

fn deleted() -> Value {
    json!({"ticketId": "3", "messageId": "6"})
}

fn edited_event() -> Value {
    durable(edited())
}

fn deleted_event() -> Value {
    durable(json!({"messageId": "6"}))
}
