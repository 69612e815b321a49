//! Messages: the commands that read, send, edit and delete them, with their replies and events.
//!
//! Owns names and fields. A message itself is an object, and the event of a new one is nothing but that.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    decode::bounded,
    examples::{durable, message, whole_position},
    objects::{MessageObject, PositionObject, Since},
    schema::{AnyId, names},
    spec::{CommandSpec, Order, Route},
};
use crate::domain::{Action, Class, ClientKey, LogKind, MessageId, Stream, TicketId};

names! {
    Messages = "messages";
    MessageSent<'_> = "message_sent";
    MessageEdited<'_> = "message_edited";
    MessageDeleted = "message_deleted";
    MessageObject<'_> = LogKind::MessageSent.event();
    MessageEditedEvent<'_> = LogKind::MessageEdited.event();
    MessageDeletedEvent = LogKind::MessageDeleted.event();
}

/// How `message` is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As HTML, which is sanitised.
    #[default]
    Html,
    /// As plain text, of which every character is kept.
    Text,
}

impl Format {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Text => "text",
        }
    }
}

/// A file as `{name, data}`, a link as `{name, url}`, or `{id}`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AttachmentToSend, examples(attached_file, attached_link))]
pub struct AttachmentInput {
    /// The file's name.
    pub name: Option<String>,
    /// Base64.
    pub data: Option<String>,
    /// Of an attachment that was uploaded before.
    pub id: Option<String>,
    /// An http(s) link.
    pub url: Option<String>,
}

/// Reads a page of a ticket's messages, oldest first.
///
/// At most one of `before`, `after` and `offset`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(get_messages))]
pub struct GetMessages {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// The page that ends so many messages before the newest.
    pub offset: Option<u32>,
    /// The page that ends right before this message.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<MessageId>,
    /// The page that begins right after this message.
    #[schema(value_type = Option<AnyId>)]
    pub after: Option<MessageId>,
}

impl CommandSpec for GetMessages {
    const NAME: &'static str = "get_messages";
    const CLASS: Class = Class::History;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const ROUTE: Option<Route> = Some(Route::get("/tickets/{id}/messages", &["ticketId"]).own());
    type Reply = Messages;
}

/// Sends a message, to a stream of a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(send_message))]
pub struct SendMessage {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// May be missing when there is an attachment.
    pub message: Option<String>,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
    /// Files and links.
    #[serde(default, deserialize_with = "bounded")]
    pub attachments: Option<Vec<AttachmentInput>>,
    /// Makes the command repeatable.
    pub client_message_id: Option<ClientKey>,
    /// A message of the same ticket that the caller sees.
    #[schema(value_type = Option<AnyId>)]
    pub reply_to: Option<MessageId>,
    /// `public` if it is not given; `internal` is for agents.
    pub visibility: Option<Stream>,
    /// Refuse if the ticket has moved past this.
    pub if_position: Option<Since>,
}

impl CommandSpec for SendMessage {
    const NAME: &'static str = "send_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Send, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["new_message"];
    const ROUTE: Option<Route> = Some(Route::post("/tickets/{id}/messages", &["ticketId"]).own());
    const ORDER: Order = Order::Pipelined;
    type Reply = MessageSent<'static>;
}

/// Changes the text of a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(edit_message))]
pub struct EditMessage {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
    /// The new text; may be empty only if the message has attachments.
    pub message: String,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
}

impl CommandSpec for EditMessage {
    const NAME: &'static str = "edit_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Edit];
    const EVENTS: &'static [&'static str] = &["message_edited"];
    const ROUTE: Option<Route> = Some(Route::patch("/messages/{id}", &["messageId"]).tag("messages"));
    type Reply = MessageEdited<'static>;
}

/// Empties a message; its place stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(message_ref))]
pub struct DeleteMessage {
    /// The message.
    #[schema(value_type = AnyId)]
    pub message_id: MessageId,
}

impl CommandSpec for DeleteMessage {
    const NAME: &'static str = "delete_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Delete];
    const EVENTS: &'static [&'static str] = &["message_deleted"];
    const ROUTE: Option<Route> = Some(Route::delete("/messages/{id}", &["messageId"]).tag("messages"));
    type Reply = MessageDeleted;
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

fn attached_file() -> Value {
    json!({"name": "hello.txt", "data": "aGVsbG8="})
}

fn attached_link() -> Value {
    json!({"name": "Tracking", "url": "https://example.com/track/1"})
}

fn get_messages() -> Value {
    json!({"ticketId": "3", "limit": 50, "before": "9"})
}

fn send_message() -> Value {
    json!({
        "ticketId": "3", "message": "Any news? <b>Thanks</b>", "clientMessageId": "m-1",
        "attachments": [attached_file(), attached_link()],
    })
}

fn edit_message() -> Value {
    json!({"messageId": "6", "message": "Any news? Thanks", "format": "text"})
}

fn message_ref() -> Value {
    json!({"messageId": "6"})
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
