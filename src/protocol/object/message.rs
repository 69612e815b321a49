//! Messages, what is under them, and who has read them.

use serde::Serialize;

use super::{AttachmentObject, Rfc3339, UserObject};
use crate::domain::{Message, MessageId, MessageStatus, Reaction, Receipt, Stream, TicketId, UserId};

/// `{emoji, userIds}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct ReactionObject<'a> {
    pub emoji: &'a str,
    pub user_ids: &'a [UserId],
}

impl<'a> From<&'a Reaction> for ReactionObject<'a> {
    fn from(reaction: &'a Reaction) -> Self {
        Self { emoji: &reaction.emoji, user_ids: &reaction.users }
    }
}

/// `{userId, stream, deliveredSeq, readSeq}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct ReceiptObject<'a> {
    pub user_id: &'a UserId,
    pub stream: Stream,
    pub delivered_seq: i64,
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

/// A message; `message` is sanitised HTML.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct MessageObject<'a> {
    pub id: MessageId,
    pub ticket_id: TicketId,
    pub stream: Stream,
    pub seq: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<&'a str>,
    pub sender: UserObject<'a>,
    pub message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    pub attachments: Vec<AttachmentObject<'a>>,
    pub reactions: Vec<ReactionObject<'a>>,
    pub status: MessageStatus,
    pub created_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
