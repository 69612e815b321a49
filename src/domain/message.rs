//! Messages as the store gives them out.

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::{Attachment, ClientKey, ConnectionId, MessageId, Stream, TicketId, Timestamp, User, UserId};

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
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MessageStatus {
    /// Committed.
    #[default]
    Sent,
    /// Someone's client confirmed it.
    Delivered,
    /// Someone read it.
    Read,
}

impl MessageStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
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

/// What someone's client confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confirmation {
    /// It has got the messages.
    Delivered,
    /// Its user has read them, and so it has got them.
    Read,
}

/// A confirmation that reached further than those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// Whose.
    pub user_id: UserId,
    /// Of what.
    pub what: Confirmation,
    /// Up to which number.
    pub seq: i64,
    /// The messages of others that it covers and none before it did, oldest first; of many the newest.
    pub message_ids: Vec<MessageId>,
    /// The connection that it came over.
    pub by: Option<ConnectionId>,
}
