//! Messages, what is under them, and who has read them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{AttachmentObject, Rfc3339, UserObject};
use crate::{
    domain::{Message, MessageId, MessageStatus, Reaction, Receipt, Stream, TicketId, UserId},
    protocol::examples,
};

/// An emoji under a message.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reaction, examples(examples::reaction))]
pub struct ReactionObject<'a> {
    /// Fully qualified.
    pub emoji: &'a str,
    /// Who gave it, first to last.
    pub user_ids: &'a [UserId],
}

impl<'a> From<&'a Reaction> for ReactionObject<'a> {
    fn from(reaction: &'a Reaction) -> Self {
        Self { emoji: &reaction.emoji, user_ids: &reaction.users }
    }
}

/// How far someone has got and read a stream of a ticket, cumulatively.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Receipt, examples(examples::receipt))]
pub struct ReceiptObject<'a> {
    /// Who.
    pub user_id: &'a UserId,
    /// Which stream.
    pub stream: Stream,
    /// Up to which number their client got it; at least what they read.
    #[schema(minimum = 0)]
    pub delivered_seq: i64,
    /// Up to which number they read it.
    #[schema(minimum = 0)]
    pub read_seq: i64,
}

impl<'a> From<&'a Receipt> for ReceiptObject<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        Self {
            user_id: &receipt.user_id,
            stream: receipt.stream,
            delivered_seq: receipt.delivered_seq,
            read_seq: receipt.read_seq,
        }
    }
}

/// A message. One that has `deletedAt` is empty, and keeps its place.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Message, examples(examples::message))]
pub struct MessageObject<'a> {
    /// Given by the server.
    pub id: MessageId,
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Who sees it.
    pub stream: Stream,
    /// Its number in the stream, dense from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// What the sender's client calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_message_id: Option<&'a str>,
    /// Who sent it.
    pub sender: UserObject<'a>,
    /// Sanitised HTML.
    pub message: &'a str,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reply_to: Option<MessageId>,
    /// Files and links.
    pub attachments: Vec<AttachmentObject<'a>>,
    /// In the order in which each emoji was first used.
    pub reactions: Vec<ReactionObject<'a>>,
    /// How far it had come at that moment.
    pub status: MessageStatus,
    /// When it was committed.
    pub created_at: Rfc3339,
    /// When it was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub edited_at: Option<Rfc3339>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted_at: Option<Rfc3339>,
}

impl<'a> From<&'a Message> for MessageObject<'a> {
    fn from(message: &'a Message) -> Self {
        let deleted = message.deleted_at.is_some();
        let attachments = if deleted { &[] } else { message.attachments.as_slice() };
        Self {
            id: message.id,
            ticket_id: message.ticket_id,
            stream: message.stream,
            seq: message.seq,
            client_message_id: message.client_message_id.as_ref().map(|key| key.as_str()),
            sender: UserObject::from(&message.sender),
            message: if deleted { "" } else { &message.body },
            reply_to: message.reply_to,
            attachments: attachments.iter().map(AttachmentObject::from).collect(),
            reactions: message.reactions.iter().map(ReactionObject::from).collect(),
            status: message.status,
            created_at: Rfc3339(message.created_at),
            edited_at: message.edited_at.map(Rfc3339),
            deleted_at: message.deleted_at.map(Rfc3339),
        }
    }
}
