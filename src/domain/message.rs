//! Messages as the store gives them out.

use serde::Serialize;

use super::{Attachment, ClientKey, MessageId, Stream, TicketId, Timestamp, User, UserId};

/// A committed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Given by the database.
    pub id: MessageId,
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream, dense from 1.
    pub seq: i64,
    /// Its place in the one order across both streams of the ticket; never sent.
    pub pos: i64,
    /// What the sender's client calls it.
    pub client_message_id: Option<ClientKey>,
    /// Who sent it.
    pub sender: User,
    /// Sanitised HTML.
    pub body: String,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    /// Files and links.
    pub attachments: Vec<Attachment>,
    /// In the order in which each emoji was first used.
    pub reactions: Vec<Reaction>,
    /// How far it has come.
    pub status: MessageStatus,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji, fully qualified.
    pub emoji: String,
    /// Who gave it, first to last.
    pub users: Vec<UserId>,
}

/// How far a message has come with anyone but its sender; computed from their read positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// Committed.
    #[default]
    Sent,
    /// Someone's client confirmed it.
    Delivered,
    /// Someone read it.
    Read,
}

/// How far someone has got and read a stream of a ticket, cumulatively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who.
    pub user_id: UserId,
    /// Which stream.
    pub stream: Stream,
    /// Up to which number their client got it; at least what they read.
    pub delivered_seq: i64,
    /// Up to which number they read it.
    pub read_seq: i64,
}
